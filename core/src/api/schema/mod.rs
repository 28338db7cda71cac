//! What every kind is made of: fields, their types, which are required, how their lists merge, what they mean.
//!
//! Models the OpenAPI document that an API server publishes. It is one generated asset (`structure.txt`, read once, on
//! first use) and a second one with the descriptions, which only `explain` and hovering need; `core/schema-gen` writes
//! both. Strict decoding, strategic merge patches, completion, `explain` and the editor's diagnoses all read it.

pub mod check;
mod load;
mod types;

use std::sync::OnceLock;

pub use types::{Field, FieldType, KindSchema, ListType, Schema, TypeId, TypeSchema};

/// The schema of all built-in kinds of Kubernetes 1.36 that the lab knows.
#[must_use]
pub fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| load::load(include_str!("structure.txt")))
}

/// The descriptions, one line for each type and field.
static DESCRIPTIONS: OnceLock<Vec<&'static str>> = OnceLock::new();

/// What Kubernetes' documentation says of a type (`field` none) or of one of its fields; nothing where they are not there (yet), see
/// [`provide_descriptions`].
#[must_use]
pub fn description(of: &TypeSchema, field: Option<&str>) -> String {
    description_line(of, field)
        .map(description_at)
        .unwrap_or_default()
}

/// The number of the line that speaks of a type (`field` none) or of one of its fields.
#[must_use]
pub fn description_line(of: &TypeSchema, field: Option<&str>) -> Option<usize> {
    let offset = match field {
        None => 0,
        Some(name) => of.fields.binary_search_by(|f| f.name.cmp(name)).ok()? + 1,
    };
    Some(of.line + offset)
}

/// What this line says.
#[must_use]
pub fn description_at(line: usize) -> String {
    let lines = descriptions().and_then(|lines| lines.get(line));
    lines.map(|line| unescape(line)).unwrap_or_default()
}

/// Whether the descriptions are there.
#[must_use]
pub fn has_descriptions() -> bool {
    descriptions().is_some()
}

/// Gives a program for browsers the descriptions (`descriptions.txt`, some 80 KB compressed), which it does not carry: its host
/// fetches them when somebody first wants to read them.
pub fn provide_descriptions(text: String) {
    DESCRIPTIONS.get_or_init(|| text.leak().lines().collect());
}

fn descriptions() -> Option<&'static Vec<&'static str>> {
    #[cfg(not(target_arch = "wasm32"))]
    DESCRIPTIONS.get_or_init(|| include_str!("descriptions.txt").lines().collect());
    DESCRIPTIONS.get()
}

/// Undoes the generator's `\n` and `\\`.
fn unescape(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
