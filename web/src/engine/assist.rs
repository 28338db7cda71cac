//! Completion and hovering of the editor: the schema's answers as messages; and the descriptions, which the engine fetches when
//! somebody first wants to read one.

use timonier_core::{
    api::schema::{description_at, has_descriptions, provide_descriptions, schema},
    explain::typeset,
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
        field,
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
    let french = in_french(&field).await;
    let words = if french.is_empty() {
        words
    } else {
        format!("{french}\n{words}")
    };
    Answer::Meaning(Some((title, words, number(start), number(end))))
}

/// What Kubernetes' documentation says in this line of the descriptions; nothing when they cannot be fetched.
pub(super) async fn about(line: u32) -> String {
    descriptions().await;
    description_at(index(line))
}

thread_local! {
    /// What the course says of fields, once it has been fetched.
    static FRENCH: std::cell::RefCell<Option<String>> = const { std::cell::RefCell::new(None) };
}

/// What the course says of a field; nothing of most.
async fn in_french(field: &str) -> String {
    if FRENCH.with_borrow(Option::is_none) {
        let text = fetch_text("champs.txt").await.unwrap_or_default();
        FRENCH.set(Some(text));
    }
    FRENCH.with_borrow(|text| {
        let lines = text.as_deref().unwrap_or_default().lines();
        let mut found = lines.filter_map(|line| line.strip_prefix(field)?.strip_prefix(' '));
        found.next().map(typeset).unwrap_or_default()
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_is_explained_exists() {
        let text = include_str!("../../../assets/champs.txt");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let mut count = 0;
        for line in lines {
            let (name, words) = line.split_once(' ').expect("a field and its words");
            let (owner, field) = name.rsplit_once('.').expect("a type and a field");
            let of = schema().types.iter().find(|of| of.name == owner);
            let of = of.unwrap_or_else(|| panic!("no type {owner}"));
            assert!(of.field(field).is_some(), "{owner} has no {field}");
            assert!(words.ends_with(['.', '?']) && !words.contains("{}"), "{line}");
            count += 1;
        }
        assert!(count > 150, "{count}");
    }
}
