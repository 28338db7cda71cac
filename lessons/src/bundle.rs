//! A lesson as one JSON file, for the lab's web build: its card, its texts as static HTML, and its source files, from which the engine loads it
//! as it would from a teacher's folder.
use crate::doc::{escape, html};
use crate::load::Loaded;
use crate::source::Memory;
use crate::view::{self, LessonCard, StepView};
use serde::{Deserialize, Serialize};

/// The home page's course map: `index.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The lessons, in the course's order.
    pub lessons: Vec<LessonCard>,
}

/// One lesson: `<id>.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// What the map shows.
    pub card: LessonCard,
    /// Its source files.
    pub files: Memory,
}

/// A lesson's pages as one static article that reads without the lab.
pub fn article(loaded: &Loaded) -> String {
    let lesson = view::lesson(loaded);
    let card = &lesson.card;
    let mut out = format!(
        "<article lang=\"fr\" data-lesson=\"{}\">\n<h1>{}</h1>\n",
        escape(&card.id),
        escape(&card.title)
    );
    for (label, text) in [
        ("Ce qu’il faut savoir", &card.needs),
        ("Ce que vous saurez faire", &card.gives),
    ] {
        out.push_str(&format!(
            "<p><strong>{label}\u{a0}:</strong> {}</p>\n",
            escape(text)
        ));
    }
    for step in &lesson.steps {
        match step {
            StepView::Page { title, text } => out.push_str(&format!(
                "<section>\n<h2>{}</h2>\n{}</section>\n",
                escape(title),
                html(text)
            )),
            StepView::Exercise(id) => {
                let exercise = card.exercises.iter().find(|e| e.id == *id);
                let title = exercise.map_or("", |e| e.title.as_str());
                let href = format!("#/cours/{}/{}", escape(&card.id), escape(id));
                out.push_str(&format!(
                    "<p class=\"exercise\"><a href=\"{href}\">Exercice\u{a0}: {}</a></p>\n",
                    escape(title)
                ));
            }
        }
    }
    out.push_str(&html(&lesson.links));
    out.push_str("</article>\n");
    out
}
