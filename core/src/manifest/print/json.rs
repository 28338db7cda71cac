//! JSON as Go's `encoding/json` writes it: `<`, `>`, `&` and two line separators escaped, keys sorted.

use serde_json::Value;

use super::number::json_number;

/// Four blanks: the step of `kubectl -o json`.
const INDENT: &str = "    ";

/// What `kubectl -o json` prints, without the newline at the end.
#[must_use]
pub fn to_json(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, Some(0));
    out
}

/// JSON without blanks, as in requests and in the last-applied-configuration annotation.
#[must_use]
pub fn to_json_compact(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, None);
    out
}

/// Appends `text` as a JSON string, quoted and escaped as Go does.
pub fn write_json_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// `depth` is none for compact text.
fn write_value(out: &mut String, value: &Value, depth: Option<usize>) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&json_number(number)),
        Value::String(text) => write_json_string(out, text),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(out, index, depth);
                write_value(out, item, depth.map(|d| d + 1));
            }
            new_line(out, depth);
            out.push(']');
        }
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Object(map) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                separate(out, index, depth);
                write_json_string(out, key);
                out.push_str(if depth.is_some() { ": " } else { ":" });
                write_value(out, item, depth.map(|d| d + 1));
            }
            new_line(out, depth);
            out.push('}');
        }
    }
}

fn separate(out: &mut String, index: usize, depth: Option<usize>) {
    if index > 0 {
        out.push(',');
    }
    new_line(out, depth.map(|d| d + 1));
}

fn new_line(out: &mut String, depth: Option<usize>) {
    if let Some(depth) = depth {
        out.push('\n');
        for _ in 0..depth {
            out.push_str(INDENT);
        }
    }
}
