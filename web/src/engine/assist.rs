//! Completion and hovering of the editor: the schema's answers as messages.

use timonier_core::{
    api::schema::schema,
    manifest::assist::{self, Meaning},
};

use crate::protocol::{Answer, Suggestion};

use super::course::Course;

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// What may stand at a place of a manifest.
pub(super) fn suggest(text: &str, line: u32, letter: u32) -> Answer {
    let (start, list) = assist::suggest(text, index(line), index(letter), schema());
    let list = list.into_iter().map(|found| Suggestion {
        label: found.label,
        insert: found.insert,
        detail: found.detail,
        rank: found.rank,
        about: found.about.map(number),
    });
    Answer::Suggestions(number(start), list.collect())
}

/// What the word at a place means.
pub(super) async fn meaning(course: &mut Course, text: &str, line: u32, letter: u32) -> Answer {
    let found = assist::meaning(text, index(line), index(letter), schema());
    let Some(Meaning {
        title,
        about,
        start,
        end,
    }) = found
    else {
        return Answer::Meaning(None);
    };
    let words = match about {
        Some(line) => course.description(number(line)).await,
        None => String::new(),
    };
    Answer::Meaning(Some((title, words, number(start), number(end))))
}
