//! Completion and hovering of the editor: the schema's answers as messages; and the descriptions, which the engine fetches when
//! somebody first wants to read one.

use timonier_core::{
    api::schema::{description_at, has_descriptions, provide_descriptions, schema},
    manifest::assist::{self, Meaning},
};

use crate::protocol::{Answer, Input, Suggestion};

use super::course::fetch_text;

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
pub(super) async fn meaning(text: &str, line: u32, letter: u32) -> Answer {
    let found = assist::meaning(text, index(line), index(letter), schema());
    let Some(Meaning {
        title,
        about: told,
        start,
        end,
    }) = found
    else {
        return Answer::Meaning(None);
    };
    let words = match told {
        Some(line) => about(number(line)).await,
        None => String::new(),
    };
    Answer::Meaning(Some((title, words, number(start), number(end))))
}

/// What Kubernetes' documentation says in this line of the descriptions; nothing when they cannot be fetched.
pub(super) async fn about(line: u32) -> String {
    descriptions().await;
    description_at(index(line))
}

/// Fetches what Kubernetes' documentation says of each field, once.
async fn descriptions() {
    if !has_descriptions()
        && let Ok(text) = fetch_text("descriptions.txt").await
    {
        provide_descriptions(text);
    }
}

/// Fetches what a command is about to print, before it runs: a command cannot wait for the network.
pub(super) async fn prepare(input: &Input) {
    if let Input::Line(line) | Input::Beside(line) = input
        && line.contains("explain")
    {
        descriptions().await;
    }
}
