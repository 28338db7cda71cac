//! Reads a Dockerfile (`moby/buildkit/frontend/dockerfile/parser`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Instruction {
    /// Its name in capitals.
    pub(super) name: String,
    /// Its arguments as they stand there.
    pub(super) text: String,
    /// Its line, from 1, and its last.
    pub(super) lines: (usize, usize),
}

const KNOWN: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// The instructions of a Dockerfile, or what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Vec<Instruction>, String> {
    let mut found: Vec<Instruction> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut joined = line.to_owned();
        let mut last = index;
        while joined.ends_with('\\') {
            joined.pop();
            let Some((at, next)) = lines.next() else { break };
            last = at;
            if !next.trim_start().starts_with('#') {
                joined.push_str(next.trim());
            } else {
                joined.push('\\');
            }
        }
        let (name, rest) = joined.split_once(char::is_whitespace).unwrap_or((&joined, ""));
        let upper = name.to_ascii_uppercase();
        if !KNOWN.contains(&upper.as_str()) {
            return Err(format!(
                "dockerfile parse error on line {}: unknown instruction: {name}",
                index + 1
            ));
        }
        if rest.trim().is_empty() {
            return Err(format!(
                "dockerfile parse error on line {}: {upper} requires at least one argument",
                index + 1
            ));
        }
        if found.is_empty() && !matches!(upper.as_str(), "FROM" | "ARG") {
            return Err("no build stage in current context".to_owned());
        }
        found.push(Instruction {
            name: upper,
            text: rest.trim().to_owned(),
            lines: (index + 1, last + 1),
        });
    }
    if found.is_empty() {
        return Err("the Dockerfile cannot be empty".to_owned());
    }
    Ok(found)
}

/// The words of `CMD`, `ENTRYPOINT`, `RUN`: a list of JSON, or a text for the shell.
pub(super) fn command(text: &str) -> Vec<String> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Array(items)) if items.iter().all(serde_json::Value::is_string) => items
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => ["/bin/sh", "-c", text].map(str::to_owned).to_vec(),
    }
}

/// The pairs of `ENV`, `LABEL`, `ARG`.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let words = words(text);
    if let Some(first) = words.first().filter(|word| !word.contains('=')) {
        let rest = text.strip_prefix(first.as_str()).unwrap_or_default();
        return vec![(first.clone(), rest.trim().to_owned())];
    }
    let pairs = words.iter().filter_map(|word| word.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Words between spaces, quotes taken off.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in text.chars() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if matches!(letter, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            None if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// A text with `$NAME` and `${NAME}` replaced.
pub(super) fn expand(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if after.starts_with('{') {
            let (inside, tail) = after.split_once('}').unwrap_or((after, ""));
            out.push_str(&crate::userland::expand(&format!("${inside}}}"), variables));
            rest = tail;
            continue;
        }
        let end = after
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
            .unwrap_or(after.len());
        let (name, tail) = after.split_at(end);
        match variables.get(name) {
            Some(value) => out.push_str(value),
            None if name.is_empty() => out.push('$'),
            None => {}
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_unknown_ones_refused() {
        let found =
            parse("# une image\nFROM nginx:1.27\nRUN echo a && \\\n    echo b\n").expect("it is right");
        assert_eq!(found[1].text, "echo a && echo b");
        assert_eq!(found[1].lines, (3, 4));
        assert_eq!(
            parse("FROM a\nCOPPY a b\n").expect_err("no such instruction"),
            "dockerfile parse error on line 2: unknown instruction: COPPY"
        );
    }

    #[test]
    fn commands_and_pairs() {
        assert_eq!(
            command("[\"nginx\", \"-g\", \"daemon off;\"]"),
            ["nginx", "-g", "daemon off;"]
        );
        assert_eq!(command("echo a"), ["/bin/sh", "-c", "echo a"]);
        assert_eq!(
            pairs("A=1 B=\"x y\""),
            [
                ("A".to_owned(), "1".to_owned()),
                ("B".to_owned(), "x y".to_owned())
            ]
        );
        assert_eq!(pairs("A un deux"), [("A".to_owned(), "un deux".to_owned())]);
        let variables = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        assert_eq!(expand("$A/${A}/${B:-2}$", &variables), "1/1/2$");
    }
}
