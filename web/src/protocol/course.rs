//! The course, its lessons and its exercises as the page shows them. The engine makes these from `timonier-lessons`.

use serde::{Deserialize, Serialize};

use super::doc::Doc;

/// The course map of the home page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CourseMap {
    /// The course, chapter by chapter.
    pub chapters: Vec<Chapter>,
}

/// A part of the course.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chapter {
    /// Its title.
    pub title: String,
    /// Its lessons.
    pub lessons: Vec<LessonCard>,
}

/// A lesson on the course map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LessonCard {
    /// Stable id, part of the address.
    pub id: String,
    /// Its title.
    pub title: String,
    /// One sentence about it.
    pub summary: String,
    /// About how long it takes, in minutes.
    pub minutes: u32,
    /// Its exercises.
    pub exercises: Vec<ExerciseCard>,
}

/// An exercise on the course map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExerciseCard {
    /// Stable id within its lesson.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Full mark.
    pub max: u32,
    /// Best mark so far; `None` when not tried.
    pub best: Option<u32>,
}

/// A lesson, ready to be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    /// Stable id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it teaches, in one sentence.
    pub summary: String,
    /// Its steps in order.
    pub steps: Vec<Step>,
    /// The lesson after this one in the course.
    pub next: Option<(String, String)>,
}

/// A step of a lesson: text, or text with an exercise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: Doc,
    /// The exercise at its end.
    pub exercise: Option<Exercise>,
}

/// An exercise as given to the learner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exercise {
    /// Stable id within its lesson.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What there is to do, with this learner's parameters.
    pub text: Doc,
    /// What kind: `do`, `mend`, `predict`, `measure`, `explain`.
    pub kind: String,
    /// What an answer is asked for, in exercises that want one.
    pub question: Option<Question>,
}

/// A question with an answer to give, for `predict`, `measure` and `explain`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// What is asked.
    pub prompt: Doc,
    /// The answers to choose from; empty for a free one.
    pub choices: Vec<String>,
}

/// How an exercise stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Which exercise.
    pub exercise: String,
    /// Its goals.
    pub goals: Vec<Goal>,
    /// Points earned now, after what hints and solution cost.
    pub points: u32,
    /// Full mark.
    pub max: u32,
    /// Best mark so far.
    pub best: u32,
    /// Hints already shown.
    pub hints: Vec<Doc>,
    /// How many hints there are.
    pub hints_total: u32,
    /// What the next hint costs.
    pub hint_cost: u32,
    /// What the solution costs.
    pub solution_cost: u32,
    /// The solution, once shown.
    pub solution: Option<Doc>,
    /// Known mistakes recognised in what was done, and what to say about them.
    pub mistakes: Vec<Doc>,
}

/// One goal of an exercise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    /// What must be so.
    pub text: String,
    /// What it is worth.
    pub points: u32,
    /// Whether it is so.
    pub met: bool,
    /// Why not yet, in words.
    pub why: String,
}
