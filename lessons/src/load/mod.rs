//! A lesson's folder to a lesson: every file read, every reference followed, every parameter known. What is loaded can be played; what could
//! be better is said by [`crate::review`].
mod check;

use timonier_core::sorted::SortedSet;

use crate::error::{Fault, Place};
use crate::format::{Exercise, Given, Lesson, Start};
use crate::markdown::{self, Rendered};
use crate::params::{self, Values};
use crate::source::Source;
use crate::yaml::Document;

/// A lesson, ready to be read and played.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// `lesson.yaml`, given files inlined.
    pub lesson: Lesson,
    /// `lesson.yaml` with its places.
    pub document: Document,
    /// Its pages and exercises, in reading order.
    pub steps: Vec<LoadedStep>,
}

/// A page or an exercise.
#[derive(Clone, Debug)]
pub enum LoadedStep {
    /// A page.
    Page(Page),
    /// An exercise, given files inlined.
    Exercise(Box<LoadedExercise>),
}

/// A page of a lesson.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its file.
    pub file: String,
    /// Its text, rendered.
    pub rendered: Rendered,
}

/// An exercise and its file.
#[derive(Clone, Debug)]
pub struct LoadedExercise {
    /// The exercise, parameters not put in.
    pub exercise: Exercise,
    /// Its file with its places.
    pub document: Document,
}

/// An exercise as one learner sees it: parameters put in.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its number.
    pub number: u32,
    /// The parameters.
    pub values: Values,
    /// The exercise with them.
    pub exercise: Exercise,
}

impl LoadedExercise {
    /// How many variants there are.
    pub fn variants(&self) -> u32 {
        params::variants(&self.exercise)
    }

    /// One variant.
    ///
    /// # Errors
    /// A fault when the parameters do not fit; loading has proved that they do.
    pub fn variant(&self, number: u32) -> Result<Variant, Fault> {
        let values = params::values(&self.exercise, number);
        let exercise = params::substitute(&self.exercise, &values).map_err(|message| {
            Fault::new(
                Place::file(self.document.file()),
                format!("Variante {number} : {message}"),
            )
        })?;
        Ok(Variant {
            number,
            values,
            exercise,
        })
    }
}

impl Loaded {
    /// Its exercises, in order.
    pub fn exercises(&self) -> impl Iterator<Item = &LoadedExercise> {
        self.steps.iter().filter_map(|step| match step {
            LoadedStep::Exercise(exercise) => Some(&**exercise),
            LoadedStep::Page(_) => None,
        })
    }

    /// Its pages, in order.
    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        self.steps.iter().filter_map(|step| match step {
            LoadedStep::Page(page) => Some(page),
            LoadedStep::Exercise(_) => None,
        })
    }

    /// The exercise of this id.
    pub fn exercise(&self, id: &str) -> Option<&LoadedExercise> {
        self.exercises().find(|e| e.exercise.id == id)
    }
}

/// Loads the lesson whose `lesson.yaml` is at the root of `source`.
///
/// # Errors
/// Every fault that keeps the lesson from being played, in the order of files.
pub fn load(source: &dyn Source) -> Result<Loaded, Vec<Fault>> {
    let document = read_yaml(source, "lesson.yaml").map_err(|f| vec![f])?;
    let mut lesson: Lesson = document.read().map_err(|f| vec![f])?;
    let mut faults = Vec::new();
    check::lesson(&lesson, &document, &mut faults);
    inline_given(&mut lesson.start, source, &document, "start", &mut faults);
    check::script(&lesson.start.script, &document, "start.script", &mut faults);
    let mut steps = Vec::new();
    let mut ids = SortedSet::new();
    for (n, file) in lesson.steps.iter().enumerate() {
        let place = document.place(&format!("steps[{n}]"));
        if !is_yaml(file) {
            match source.read(file) {
                Ok(text) => {
                    let rendered = markdown::render(&text);
                    let codes = crate::doc::codes(&rendered.doc);
                    for (code, line) in codes.into_iter().zip(&rendered.code_lines) {
                        if let Some(name) = code.file.as_deref().filter(|name| !check::is_file_name(name)) {
                            faults.push(Fault::new(Place::line(file, *line), check::not_a_file(name)));
                        }
                    }
                    steps.push(LoadedStep::Page(Page {
                        file: file.clone(),
                        rendered,
                    }));
                }
                Err(message) => faults.push(Fault::new(place, message)),
            }
            continue;
        }
        match load_exercise(source, file, &place) {
            Ok(loaded) => {
                let id = &loaded.exercise.id;
                if !ids.insert(id.clone()) {
                    let message = format!("Deux exercices s’appellent « {id} ».");
                    faults.push(Fault::new(loaded.document.place("id"), message));
                }
                steps.push(LoadedStep::Exercise(Box::new(loaded)));
            }
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() {
        Ok(Loaded {
            lesson,
            document,
            steps,
        })
    } else {
        Err(faults)
    }
}

fn is_yaml(file: &str) -> bool {
    std::path::Path::new(file)
        .extension()
        .is_some_and(|e| e == "yaml" || e == "yml")
}

fn read_yaml(source: &dyn Source, file: &str) -> Result<Document, Fault> {
    let text = source
        .read(file)
        .map_err(|message| Fault::new(Place::file(file), message))?;
    Document::parse(file, &text)
}

fn load_exercise(source: &dyn Source, file: &str, listed: &Place) -> Result<LoadedExercise, Vec<Fault>> {
    let text = source
        .read(file)
        .map_err(|message| vec![Fault::new(listed.clone(), message)])?;
    let document = Document::parse(file, &text).map_err(|f| vec![f])?;
    let mut exercise: Exercise = document.read().map_err(|f| vec![f])?;
    let mut faults = Vec::new();
    inline_given(&mut exercise.start, source, &document, "start", &mut faults);
    check::exercise(&exercise, &document, &mut faults);
    let loaded = LoadedExercise { exercise, document };
    if faults.is_empty() {
        check::variants(&loaded, &mut faults);
    }
    if faults.is_empty() {
        Ok(loaded)
    } else {
        Err(faults)
    }
}

/// Puts the text of `from:` files in the place of their names.
fn inline_given(
    start: &mut Start,
    source: &dyn Source,
    document: &Document,
    path: &str,
    faults: &mut Vec<Fault>,
) {
    let files = start.files.iter_mut().map(|entry| ("files", entry));
    for (key, (name, given)) in files.chain(start.images.iter_mut().map(|entry| ("images", entry))) {
        let place = document.place(&format!("{path}.{key}.{name}"));
        if !check::is_file_name(name) {
            faults.push(Fault::new(place.clone(), check::not_a_file(name)));
        }
        match (&given.text, &given.from) {
            (Some(_), None) => {}
            (None, Some(from)) => match source.read(from) {
                Ok(text) => {
                    *given = Given {
                        text: Some(text),
                        from: None,
                    }
                }
                Err(message) => faults.push(Fault::new(place, message)),
            },
            _ => faults.push(Fault::new(
                place,
                "Un fichier donné a « text » ou « from », l’un des deux.".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests;
