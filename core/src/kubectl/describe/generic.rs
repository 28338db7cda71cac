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

/// `involvedObject` as `Involved Object`; `apiVersion` as `API Version` (`smartLabelFor`).
fn label(field: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut before_lower = false;
    for c in field.chars() {
        if words.is_empty() || (c.is_uppercase() && before_lower) {
            words.push(String::new());
        }
        before_lower = c.is_lowercase();
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    let known = ["API", "URL", "UID", "OSB", "GUID"];
    let words: Vec<String> = words
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
