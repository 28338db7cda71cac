//! Block-style YAML as sigs.k8s.io/yaml writes it: keys sorted, two blanks a level, lists not indented below their key.

use serde_json::{Map, Value};

use super::number::yaml_number;
use super::order::compare_keys;
use super::scalar::{Place, is_simple_key, write_scalar};

const STEP: usize = 2;

/// What `kubectl -o yaml` prints for one object, newline included.
#[must_use]
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => write_mapping(&mut out, map, 0),
        Value::Array(items) if !items.is_empty() => write_sequence(&mut out, items, 0),
        _ => write_leaf(&mut out, value, 0, STEP),
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// Writes entries at `indent`; the first one goes where the cursor stands.
fn write_mapping(out: &mut String, map: &Map<String, Value>, indent: usize) {
    let mut entries: Vec<(&String, &Value)> = map.iter().collect();
    crate::sort::sort_by(&mut entries, |(a, _), (b, _)| compare_keys(a, b));
    for (index, (key, value)) in entries.into_iter().enumerate() {
        if index > 0 {
            new_line(out, indent);
        }
        let simple = is_simple_key(key);
        if !simple {
            out.push_str("? ");
        }
        let place = Place {
            column: column(out),
            indent: indent + STEP,
            key: simple,
        };
        write_scalar(out, key, place);
        if simple {
            out.push(':');
            write_value(out, value, indent);
        } else {
            new_line(out, indent);
            out.push_str(": ");
            write_inline(out, value, indent + STEP);
        }
    }
}

/// Writes what follows a colon.
fn write_value(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            new_line(out, indent + STEP);
            write_mapping(out, map, indent + STEP);
        }
        Value::Array(items) if !items.is_empty() => {
            new_line(out, indent);
            write_sequence(out, items, indent);
        }
        _ => {
            out.push(' ');
            write_leaf(out, value, column(out), indent + STEP);
        }
    }
}

fn write_sequence(out: &mut String, items: &[Value], indent: usize) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            new_line(out, indent);
        }
        out.push_str("- ");
        write_inline(out, item, indent + STEP);
    }
}

/// Writes a value that begins on the line of its dash or colon.
fn write_inline(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => write_mapping(out, map, indent),
        Value::Array(items) if !items.is_empty() => write_sequence(out, items, indent),
        _ => write_leaf(out, value, column(out), indent),
    }
}

fn write_leaf(out: &mut String, value: &Value, column: usize, indent: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&yaml_number(number)),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
        Value::String(text) => write_scalar(
            out,
            text,
            Place {
                column,
                indent,
                key: false,
            },
        ),
    }
}

/// Starts a line; a literal block that ended with its own newline has started it already.
fn new_line(out: &mut String, indent: usize) {
    if !out.ends_with('\n') {
        out.push('\n');
    }
    for _ in 0..indent {
        out.push(' ');
    }
}

fn column(out: &str) -> usize {
    out.rsplit('\n').next().map_or(0, |line| line.chars().count())
}
