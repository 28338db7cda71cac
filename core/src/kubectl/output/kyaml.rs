//! KYAML: YAML in flow style, every string quoted, nothing that depends on indentation (`sigs.k8s.io/yaml/kyaml`).

use serde_json::Value;

use crate::manifest::print::to_json_compact;

/// What `kubectl -o kyaml` prints.
pub(super) fn to_kyaml(value: &Value) -> String {
    let mut out = "---\n".to_owned();
    write(&mut out, value, 0);
    out.push('\n');
    out
}

fn write(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            // Lists of maps cuddle their brackets.
            let cuddled = items
                .iter()
                .all(|item| matches!(item, Value::Object(map) if !map.is_empty()));
            if cuddled {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    write(out, item, depth);
                }
                out.push(']');
                return;
            }
            out.push_str("[\n");
            for item in items {
                indent(out, depth + 1);
                write(out, item, depth + 1);
                out.push_str(",\n");
            }
            indent(out, depth);
            out.push(']');
        }
        Value::Object(map) if !map.is_empty() => {
            out.push_str("{\n");
            for (key, item) in map {
                indent(out, depth + 1);
                if is_plain(key) {
                    out.push_str(key);
                } else {
                    out.push_str(&to_json_compact(&Value::String(key.clone())));
                }
                out.push_str(": ");
                write(out, item, depth + 1);
                out.push_str(",\n");
            }
            indent(out, depth);
            out.push('}');
        }
        other => out.push_str(&to_json_compact(other)),
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Whether a key needs no quotes.
fn is_plain(key: &str) -> bool {
    let ambiguous = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        && !ambiguous.contains(&key.to_lowercase().as_str())
}
