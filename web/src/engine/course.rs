//! The course as the site serves it: one index, one file for each lesson, fetched when first needed from the lab's own origin.

use std::rc::Rc;

use serde::de::DeserializeOwned;
use timonier_core::sorted::SortedMap;
use timonier_lessons::{
    bundle::{Bundle, Index},
    format::Start,
    grade::Grader,
    load::{Loaded, Variant, load},
    params, tree, view,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Response, WorkerGlobalScope};

use crate::protocol::{LabId, Lesson, OWN};

use super::{own::Own, persist::Keeper};

/// The lessons fetched so far, and those that somebody opened.
#[derive(Default)]
pub(super) struct Course {
    /// Lessons opened from a zip or a folder.
    pub(super) own: Own,
    index: Option<Rc<Index>>,
    lessons: SortedMap<String, Rc<Loaded>>,
}

impl Course {
    /// The index.
    ///
    /// # Errors
    /// When it cannot be fetched or read.
    pub(super) async fn index(&mut self) -> Result<Rc<Index>, String> {
        if let Some(index) = &self.index {
            return Ok(Rc::clone(index));
        }
        let index: Rc<Index> = Rc::new(fetch("cours/index.json").await?);
        self.index = Some(Rc::clone(&index));
        Ok(index)
    }

    /// A lesson.
    ///
    /// # Errors
    /// When there is none of this id, or it cannot be played.
    pub(super) async fn lesson(&mut self, id: &str, keeper: &Keeper) -> Result<Rc<Loaded>, String> {
        if id.starts_with(OWN) {
            let found = self.own.lesson(id, keeper).await;
            return found.ok_or_else(|| format!("no opened lesson {id}"));
        }
        if let Some(lesson) = self.lessons.get(id) {
            return Ok(Rc::clone(lesson));
        }
        let known = self.index().await?.lessons.iter().any(|card| card.id == id);
        if !known {
            return Err(format!("no lesson {id}"));
        }
        let bundle: Bundle = fetch(&format!("cours/{id}.json")).await?;
        let loaded = load(&bundle.files).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            faults.join("\n")
        })?;
        let loaded = Rc::new(loaded);
        self.lessons.insert(id.to_owned(), Rc::clone(&loaded));
        Ok(loaded)
    }

    /// A lesson as it is read.
    ///
    /// # Errors
    /// As [`Self::lesson`].
    pub(super) async fn read(&mut self, id: &str, keeper: &Keeper) -> Result<Lesson, String> {
        let loaded = self.lesson(id, keeper).await?;
        let cards = if id.starts_with(OWN) {
            self.own.cards(keeper).await
        } else {
            self.index().await?.lessons.clone()
        };
        let after = cards.into_iter().skip_while(|card| card.id != id).nth(1);
        Ok(Lesson {
            view: view::lesson(&loaded),
            next: after.map(|card| (card.id, card.title)),
        })
    }

    /// What a lab is made from.
    ///
    /// # Errors
    /// As [`Self::lesson`].
    pub(super) async fn setting(&mut self, lab: &LabId, keeper: &Keeper) -> Result<Setting, String> {
        let lesson = match &lab.lesson {
            Some(id) => Some(self.lesson(id, keeper).await?),
            None => None,
        };
        Ok(Setting {
            lesson,
            exercise: lab.exercise.clone(),
        })
    }
}

/// What a lab is made from: a lesson's start, an exercise's, or nothing in particular.
#[derive(Clone, Default)]
pub(super) struct Setting {
    lesson: Option<Rc<Loaded>>,
    exercise: Option<String>,
}

impl Setting {
    /// Revision of the lesson; 0 in the sandbox.
    pub(super) fn revision(&self) -> u32 {
        self.lesson.as_ref().map_or(0, |lesson| lesson.lesson.revision)
    }

    /// The exercise as the learner with this seed gets it.
    pub(super) fn variant(&self, seed: u64) -> Option<Variant> {
        let exercise = self.lesson.as_ref()?.exercise(self.exercise.as_ref()?)?;
        exercise
            .variant(params::variant_of(&exercise.exercise, seed))
            .ok()
    }

    /// What cluster and work folder hold before the learner with this seed arrives.
    pub(super) fn start(&self, seed: u64) -> Start {
        match self.variant(seed) {
            Some(variant) => variant.exercise.start,
            None => self
                .lesson
                .as_ref()
                .map(|lesson| lesson.lesson.start.clone())
                .unwrap_or_default(),
        }
    }

    /// A grader of the exercise.
    pub(super) fn grader(&self, seed: u64) -> Option<Grader> {
        Grader::new(self.variant(seed)?.exercise).ok()
    }
}

async fn fetch<T: DeserializeOwned>(url: &str) -> Result<T, String> {
    let text = fetch_text(url)
        .await
        .map_err(|error| format!("{url}: {error:?}"))?;
    let value = serde_json::from_str(&text).map_err(|error| format!("{url}: {error}"))?;
    tree::read(&value).map_err(|misfit| format!("{url}: {}: {}", misfit.path, misfit.message))
}

/// A text file of the site.
///
/// # Errors
/// When it cannot be fetched.
pub(super) async fn fetch_text(url: &str) -> Result<String, JsValue> {
    let scope: WorkerGlobalScope = js_sys::global().dyn_into()?;
    let response: Response = JsFuture::from(scope.fetch_with_str(url)).await?.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::from(response.status()));
    }
    let text = JsFuture::from(response.text()?).await?;
    Ok(text.as_string().unwrap_or_default())
}
