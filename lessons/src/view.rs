//! What a page shows of the course: the map, a lesson, an exercise with a learner's parameters, where it stands. Plain data, texts as [`Doc`]s.
use crate::doc::{Block, Code, Doc, Span, plain};
use crate::format::{Kind, Step};
use crate::grade::{Grader, Report};
use crate::load::{Loaded, LoadedStep, Variant};
use crate::markdown::{inline, render};
use crate::typography::set;
use serde::{Deserialize, Serialize};
use timonier_core::sim::Time;

/// A lesson on the course map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonCard {
    /// Stable id, part of the address `#/cours/<id>`.
    pub id: String,
    /// Revision.
    pub revision: u32,
    /// Title.
    pub title: String,
    /// Rows of the topic list.
    pub topics: Vec<u32>,
    /// What it needs.
    pub needs: String,
    /// What it gives.
    pub gives: String,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// Its exercises.
    pub exercises: Vec<ExerciseCard>,
}

/// An exercise on the course map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseCard {
    /// Stable id.
    pub id: String,
    /// What sort it is.
    pub kind: Kind,
    /// Title.
    pub title: String,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// Full mark.
    pub max: u32,
}

/// A lesson, ready to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonView {
    /// What the map shows.
    pub card: LessonCard,
    /// Pages and exercises, in reading order.
    pub steps: Vec<StepView>,
    /// The official documentation.
    pub links: Doc,
}

/// A page, or the place of an exercise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepView {
    /// A page.
    Page {
        /// Its title.
        title: String,
        /// Its text.
        text: Doc,
    },
    /// The exercise of this id.
    Exercise(String),
}

/// An exercise as one learner gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseView {
    /// Stable id.
    pub id: String,
    /// What sort it is.
    pub kind: Kind,
    /// Title.
    pub title: String,
    /// Which variant.
    pub variant: u32,
    /// The situation.
    pub situation: Doc,
    /// Questions.
    pub questions: Vec<QuestionView>,
    /// Full mark.
    pub max: u32,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionView {
    /// Its id.
    pub id: String,
    /// The question.
    pub text: Doc,
    /// The choices: id and words.
    pub choices: Vec<(String, Vec<Span>)>,
}

/// Where an exercise stands, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The exercise's id.
    pub exercise: String,
    /// Goal by goal.
    pub goals: Vec<GoalView>,
    /// Points earned less what help has cost.
    pub points: u32,
    /// Full mark.
    pub max: u32,
    /// Whether every goal is met.
    pub solved: bool,
    /// Hints taken.
    pub hints: Vec<Doc>,
    /// How many hints there are.
    pub hints_total: usize,
    /// What the next hint costs.
    pub hint_cost: u32,
    /// What the solution costs.
    pub solution_cost: u32,
    /// The solution, once shown.
    pub solution: Option<Doc>,
    /// What to say of mistakes recognised now.
    pub mistakes: Vec<Doc>,
    /// What to say of the last answer to each question: question id, whether right, words.
    pub answers: Vec<(String, bool, Doc)>,
}

/// Where a goal stands, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalView {
    /// Its id.
    pub id: String,
    /// What must be so.
    pub text: Vec<Span>,
    /// What it is worth.
    pub points: u32,
    /// Whether it is so.
    pub met: bool,
    /// Why not yet.
    pub why: Vec<Span>,
    /// Whether it can no longer be met without starting again.
    pub lost: bool,
}

/// A lesson's card for the map.
pub fn card(loaded: &Loaded) -> LessonCard {
    let lesson = &loaded.lesson;
    let exercise = |e: &crate::load::LoadedExercise| ExerciseCard {
        id: e.exercise.id.clone(),
        kind: e.exercise.kind,
        title: title(&e.exercise.title),
        minutes: e.exercise.minutes,
        max: e.exercise.goals.iter().map(|g| g.points).sum(),
    };
    LessonCard {
        id: lesson.id.clone(),
        revision: lesson.revision,
        title: title(&lesson.title),
        topics: lesson.topics.clone(),
        needs: title(&lesson.needs),
        gives: title(&lesson.gives),
        minutes: lesson.minutes,
        exercises: loaded.exercises().map(exercise).collect(),
    }
}

/// A lesson to read.
pub fn lesson(loaded: &Loaded) -> LessonView {
    let step = |step: &LoadedStep| match step {
        LoadedStep::Page(page) => StepView::Page {
            title: page.rendered.title.clone().unwrap_or_else(|| page.file.clone()),
            text: page.rendered.doc.clone(),
        },
        LoadedStep::Exercise(exercise) => StepView::Exercise(exercise.exercise.id.clone()),
    };
    let link = |link: &crate::format::Link| {
        vec![Block::Paragraph(vec![Span::Link {
            href: link.url.clone(),
            text: inline(&link.text),
        }])]
    };
    let items: Vec<Doc> = loaded.lesson.links.iter().map(link).collect();
    let links = if items.is_empty() {
        Doc::new()
    } else {
        vec![Block::List { start: None, items }]
    };
    LessonView {
        card: card(loaded),
        steps: loaded.steps.iter().map(step).collect(),
        links,
    }
}

/// An exercise to do.
pub fn exercise(variant: &Variant) -> ExerciseView {
    let exercise = &variant.exercise;
    let question = |q: &crate::format::Question| QuestionView {
        id: q.id.clone(),
        text: render(&q.text).doc,
        choices: q
            .choices
            .iter()
            .map(|c| (c.id.clone(), inline(&c.text)))
            .collect(),
    };
    ExerciseView {
        id: exercise.id.clone(),
        kind: exercise.kind,
        title: title(&exercise.title),
        variant: variant.number,
        situation: render(&exercise.situation).doc,
        questions: exercise.questions.iter().map(question).collect(),
        max: exercise.goals.iter().map(|g| g.points).sum(),
    }
}

/// Where an exercise stands at `now`, in words.
pub fn standing(grader: &Grader, now: Time) -> Standing {
    let Report {
        goals,
        score,
        max,
        solved,
        mistakes,
        ..
    } = grader.report(now);
    let (exercise, ledger) = (grader.exercise(), grader.ledger());
    let goal = |(goal, report): (&crate::format::Goal, crate::grade::GoalReport)| GoalView {
        id: goal.id.clone(),
        text: inline(&goal.text),
        points: goal.points,
        met: report.met,
        why: report.why.as_deref().map(inline).unwrap_or_default(),
        lost: report.lost,
    };
    let said = |(question, choices): (&String, &Vec<String>)| {
        let question = exercise.questions.iter().find(|q| q.id == *question)?;
        let choice = question.choices.iter().find(|c| Some(&c.id) == choices.last())?;
        Some((question.id.clone(), choice.right, render(&choice.say).doc))
    };
    Standing {
        exercise: exercise.id.clone(),
        goals: exercise.goals.iter().zip(goals).map(goal).collect(),
        points: score,
        max,
        solved,
        hints: exercise
            .hints
            .iter()
            .take(ledger.hints)
            .map(|h| render(&h.text).doc)
            .collect(),
        hints_total: exercise.hints.len(),
        hint_cost: exercise.hints.get(ledger.hints).map_or(0, |h| h.cost),
        solution_cost: grader.solution_cost(),
        solution: ledger.solution.then(|| solution(exercise)),
        mistakes: mistakes.iter().map(|m| render(&m.say).doc).collect(),
        answers: ledger.answers.iter().filter_map(said).collect(),
    }
}

/// The solution as read: what to write and type, then why.
pub fn solution(exercise: &crate::format::Exercise) -> Doc {
    let mut doc = Doc::new();
    let mut typed: Vec<&str> = Vec::new();
    for step in &exercise.solution.steps {
        match step {
            Step { run: Some(line), .. } => typed.push(line),
            Step {
                write: Some(file), ..
            } => {
                flush(&mut doc, &mut typed);
                let (language, text) = ("yaml".to_owned(), file.text.clone());
                doc.push(Block::Code(Code {
                    language,
                    run: false,
                    file: Some(file.file.clone()),
                    text,
                }));
            }
            Step {
                answer: Some(answer), ..
            } => {
                flush(&mut doc, &mut typed);
                doc.extend(answer_block(exercise, answer));
            }
            _ => {}
        }
    }
    flush(&mut doc, &mut typed);
    doc.extend(render(&exercise.solution.explanation).doc);
    doc
}

fn flush(doc: &mut Doc, typed: &mut Vec<&str>) {
    if !typed.is_empty() {
        let text = format!("{}\n", typed.join("\n"));
        doc.push(Block::Code(Code {
            language: "sh".to_owned(),
            run: true,
            file: None,
            text,
        }));
        typed.clear();
    }
}

fn answer_block(exercise: &crate::format::Exercise, answer: &crate::format::Answer) -> Option<Block> {
    let question = exercise.questions.iter().find(|q| q.id == answer.question)?;
    let choice = question.choices.iter().find(|c| c.id == answer.choice)?;
    let mut words = vec![Span::Text(set("Réponse : "))];
    words.extend(inline(&choice.text));
    Some(Block::Paragraph(words))
}

fn title(text: &str) -> String {
    plain(&inline(text))
}
