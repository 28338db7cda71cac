//! Lessons that somebody opened from a zip or a folder: checked as the course's are, kept in the store. The page hands over their files
//! (`assets/lesson-files.js` unpacks a zip with what browsers have for it).

use std::rc::Rc;

use timonier_core::sorted::SortedMap;
use timonier_lessons::{
    error::{Fault, Place},
    load::{Loaded, load},
    source::{Memory, Source, Under, lessons_in},
    view::{self, LessonCard},
};

use crate::protocol::{OWN, OpenedLessons};

use super::persist::Keeper;

/// What a folder or zip without any lesson is told.
const NO_LESSON: &str =
    "Aucune leçon ici\u{a0}: il faut un fichier «\u{a0}lesson.yaml\u{a0}», avec ses pages et ses exercices.";

/// The opened lessons, by id.
#[derive(Default)]
pub(super) struct Own {
    /// `None` until they are first asked for.
    lessons: Option<SortedMap<String, Rc<Loaded>>>,
}

impl Own {
    async fn all(&mut self, keeper: &Keeper) -> &mut SortedMap<String, Rc<Loaded>> {
        if self.lessons.is_none() {
            let mut lessons = SortedMap::new();
            for files in keeper.lessons().await {
                match play(&files) {
                    Ok(loaded) => drop(lessons.insert(loaded.lesson.id.clone(), Rc::new(loaded))),
                    // It was whole when it was kept: another version of the format reads it no more.
                    Err(faults) => web_sys::console::warn_1(&format!("{faults:?}").into()),
                }
            }
            self.lessons = Some(lessons);
        }
        self.lessons.get_or_insert_default()
    }

    /// What the map shows of them.
    pub(super) async fn cards(&mut self, keeper: &Keeper) -> Vec<LessonCard> {
        let all = self.all(keeper).await;
        all.values().map(|loaded| view::lesson(loaded).card).collect()
    }

    /// One of them.
    pub(super) async fn lesson(&mut self, id: &str, keeper: &Keeper) -> Option<Rc<Loaded>> {
        self.all(keeper).await.get(id).cloned()
    }

    /// Opens lessons: those without a fault are kept, in place of an earlier one of the same id.
    pub(super) async fn open(&mut self, files: Vec<(String, Vec<u8>)>, keeper: &mut Keeper) -> OpenedLessons {
        let (found, faults) = read(files);
        let mut opened = OpenedLessons {
            faults: faults
                .into_iter()
                .map(|fault| (fault.place.to_string(), fault.message))
                .collect(),
            ..OpenedLessons::default()
        };
        for (files, loaded) in found {
            opened.lessons.push(view::lesson(&loaded).card);
            keeper.keep_lesson(&loaded.lesson.id, Some(&files)).await;
            let all = self.all(keeper).await;
            all.insert(loaded.lesson.id.clone(), Rc::new(loaded));
        }
        opened
    }

    /// Puts a lesson away. What was done in it is found again when it is opened again.
    pub(super) async fn close(&mut self, id: &str, keeper: &mut Keeper) {
        self.all(keeper).await.remove(id);
        keeper.keep_lesson(id, None).await;
    }
}

/// The lessons in these files, and what is wrong with those that cannot be played. What is no text is a picture or the like.
fn read(files: Vec<(String, Vec<u8>)>) -> (Vec<(Memory, Loaded)>, Vec<Fault>) {
    let text = |(path, bytes)| Some((path, String::from_utf8(bytes).ok()?));
    let source = Memory::new(files.into_iter().filter_map(text));
    let mut faults = Vec::new();
    let mut found = Vec::new();
    for folder in lessons_in(&source) {
        let read = Memory::copy_of(&Under::new(&source, &folder))
            .map_err(|message| vec![Fault::new(Place::file("lesson.yaml"), message)]);
        match read.and_then(|files| play(&files).map(|loaded| (files, loaded))) {
            Ok(lesson) => found.push(lesson),
            Err(more) => faults.extend(more.into_iter().map(|fault| below(&folder, fault))),
        }
    }
    if found.is_empty() && faults.is_empty() {
        faults.push(Fault::new(Place::file("lesson.yaml"), NO_LESSON));
    }
    (found, faults)
}

/// A lesson to be played here, under an id of its own.
fn play(files: &dyn Source) -> Result<Loaded, Vec<Fault>> {
    let mut loaded = load(files)?;
    let (written, here) = (loaded.lesson.id.clone(), format!("{OWN}{}", loaded.lesson.id));
    // The author's links say the id that the author gave.
    let texts = files.list().into_iter().filter_map(|path| {
        let text = files.read(&path).ok()?;
        Some((
            path,
            text.replace(&format!("#/cours/{written}"), &format!("#/cours/{here}")),
        ))
    });
    loaded.steps = load(&Memory::new(texts))?.steps;
    loaded.lesson.id = here;
    // Work saved under other exercises or another start cannot be continued, whether its author said so or not.
    loaded.lesson.revision = loaded.lesson.revision.wrapping_add(data_hash(files));
    Ok(loaded)
}

/// FNV-1a of all files but pages, whose words may change under a learner's work.
fn data_hash(files: &dyn Source) -> u32 {
    let data = files.list().into_iter().filter(|path| !path.ends_with(".md"));
    let texts = data.filter_map(|path| files.read(&path).ok());
    texts.fold(0x811c_9dc5, |hash, text| {
        text.bytes().fold(hash, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
    })
}

/// A fault's file as it stands in the opened folder.
fn below(folder: &str, mut fault: Fault) -> Fault {
    if !folder.is_empty() {
        fault.place.file = format!("{folder}/{}", fault.place.file);
    }
    fault
}

#[cfg(test)]
mod tests {
    use super::{Memory, play, read};

    const LESSON: &str = "format: 1\nid: essai\nrevision: 1\ntitle: Un essai\ntopics: [1]\nneeds: Rien.\ngives: Peu.\nminutes: 5\nsteps: [un.md]\n";

    fn check(files: &[(&str, &str)], ids: &[&str], faults: &[&str]) {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
            .collect();
        let (found, wrong) = read(files);
        let found: Vec<_> = found
            .iter()
            .map(|(_, loaded)| loaded.lesson.id.as_str())
            .collect();
        assert_eq!(found, ids);
        let wrong: Vec<_> = wrong.iter().map(|fault| fault.place.to_string()).collect();
        assert_eq!(wrong, faults);
    }

    #[test]
    fn lessons_of_a_folder() {
        check(
            &[("l/lesson.yaml", LESSON), ("l/un.md", "# Un")],
            &["~essai"],
            &[],
        );
        check(&[("lesson.yaml", LESSON), ("un.md", "# Un")], &["~essai"], &[]);
        check(&[("l/lesson.yaml", LESSON)], &[], &["l/lesson.yaml:9:9"]);
        check(&[("l/un.md", "# Un")], &[], &["lesson.yaml"]);
    }

    #[test]
    fn other_data_is_another_revision() {
        let revision = |lesson: &str, page: &str| {
            let files = Memory::new([("lesson.yaml", lesson), ("un.md", page)]);
            play(&files).expect("a lesson").lesson.revision
        };
        assert_eq!(revision(LESSON, "# Un"), revision(LESSON, "# Autre"));
        assert_ne!(
            revision(LESSON, "# Un"),
            revision(&LESSON.replace("minutes: 5", "minutes: 6"), "# Un")
        );
    }
}
