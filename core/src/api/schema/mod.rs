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

/// What Kubernetes' documentation says of a type (`field` none) or of one of its fields.
///
/// Calling this is what brings the descriptions (about 80 KB compressed) into a program.
#[must_use]
pub fn description(of: &TypeSchema, field: Option<&str>) -> String {
    static LINES: OnceLock<Vec<&'static str>> = OnceLock::new();
    let lines = LINES.get_or_init(|| include_str!("descriptions.txt").lines().collect());
    let line = description_line(of, field).and_then(|line| lines.get(line));
    line.map(|line| description_text(line)).unwrap_or_default()
}

/// The line of the descriptions' file that speaks of a type (`field` none) or of one of its fields. The site serves the file: hovering
/// reads it from there.
#[must_use]
pub fn description_line(of: &TypeSchema, field: Option<&str>) -> Option<usize> {
    let offset = match field {
        None => 0,
        Some(name) => of.fields.binary_search_by(|f| f.name.cmp(name)).ok()? + 1,
    };
    Some(of.line + offset)
}

/// What a line of the descriptions' file says.
#[must_use]
pub fn description_text(line: &str) -> String {
    unescape(line)
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
