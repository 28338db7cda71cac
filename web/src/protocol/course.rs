//! The course, its lessons and its exercises as the page shows them: the plain data of `timonier-lessons`, and the marks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use timonier_lessons::doc::{Block, Callout, Code, Doc, Span};
pub use timonier_lessons::view::{
    ExerciseCard, ExerciseView, GoalView, LessonCard, LessonView, QuestionView, Standing, StepView,
};

use super::save::Marks;

/// The course map of the home page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseMap {
    /// The lessons, in the course's order.
    pub lessons: Vec<LessonCard>,
    /// Marks, by exercise.
    pub marks: BTreeMap<String, Marks>,
}

/// A lesson, ready to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    /// Its pages and the places of its exercises.
    pub view: LessonView,
    /// The lesson after this one: id and title.
    pub next: Option<(String, String)>,
}
