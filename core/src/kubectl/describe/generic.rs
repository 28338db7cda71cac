//! Kinds without a description of their own: all of their fields.

use serde_json::{Map, Value};

use super::writer::Writer;
use crate::api::AnyObject;
use crate::kubectl::output::sprint;

const SKIPPED: &[&str] = &[
    ".metadata.managedFields",
    ".metadata.name",
    ".metadata.namespace",
    ".metadata.labels",
    ".metadata.annotations",
];

/// An object of any kind.
pub(super) fn write(w: &mut Writer, object: &AnyObject) {
    w.identity(object.metadata());
    if let Value::Object(map) = object.to_value() {
        fields(w, 0, &map, "");
    }
}

fn fields(w: &mut Writer, level: usize, map: &Map<String, Value>, prefix: &str) {
    for (name, value) in map {
        let path = format!("{prefix}.{name}");
        if SKIPPED.contains(&path.as_str()) {
            continue;
        }
        match value {
            Value::Object(inner) => {
                w.line(level, format!("{}:", label(name)));
                fields(w, level + 1, inner, &path);
            }
            Value::Array(items) => {
                w.line(level, format!("{}:", label(name)));
                for item in items {
                    match item {
                        Value::Object(inner) => fields(w, level + 1, inner, &path),
                        other => w.line(level + 1, sprint(other)),
                    }
                }
            }
            other => w.field(level, &label(name), sprint(other)),
        }
    }
}

/// `involvedObject` as `Involved Object`; `apiVersion` as `API Version`; what has other signs than letters and dashes as it
/// is (`smartLabelFor`).
fn label(field: &str) -> String {
    if field.chars().any(|c| !c.is_alphabetic() && c != '-') {
        return field.to_owned();
    }
    let known = ["API", "URL", "UID", "OSB", "GUID"];
    let words: Vec<String> = camel_words(field)
        .into_iter()
        .map(|word| {
            let upper = word.to_uppercase();
            if known.contains(&upper.as_str()) {
                return upper;
            }
            let mut chars = word.chars();
            chars
                .next()
                .map(|first| first.to_uppercase().chain(chars).collect())
                .unwrap_or_default()
        })
        .collect();
    words.join(" ")
}

/// The words of a name in camel case: capitals in a row are one word, the last of them begins the next
/// (`github.com/fatih/camelcase`).
fn camel_words(field: &str) -> Vec<String> {
    let class = |c: char| (c.is_lowercase(), c.is_uppercase());
    let mut words: Vec<String> = Vec::new();
    let mut last = None;
    for c in field.chars() {
        match words.last_mut().filter(|_| last == Some(class(c))) {
            Some(word) => word.push(c),
            None => words.push(c.to_string()),
        }
        last = Some(class(c));
    }
    for index in 1..words.len() {
        let capital = |word: &String| word.chars().all(char::is_uppercase);
        let (before, after) = words.split_at_mut(index);
        if let (Some(before), Some(after)) = (before.last_mut(), after.first_mut())
            && capital(before)
            && after.chars().all(char::is_lowercase)
            && let Some(first) = before.pop()
        {
            after.insert(0, first);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
