//! Values in Go's own notation (`%#v`), which go-yaml prints when a mapping is used as a key. The usual culprit is a
//! template that was never rendered: `image: {{ .Values.image }}`.

use serde_json::{Number, Value};

use super::node::{Node, NodeData};

/// `%#v` of a decoded YAML value, on its own or as what a key stands for.
pub(super) fn go_syntax(node: &Node) -> String {
    match &node.data {
        NodeData::Scalar(Value::Null) => "<nil>".to_owned(),
        _ => inside(node),
    }
}

fn inside(node: &Node) -> String {
    match &node.data {
        NodeData::Scalar(Value::Null) => "interface {}(nil)".to_owned(),
        NodeData::Scalar(value) => scalar(value),
        NodeData::Sequence(items) => {
            let items: Vec<String> = items.iter().map(inside).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        NodeData::Mapping(entries) => {
            let mut entries: Vec<String> = entries
                .iter()
                .map(|e| format!("{:?}:{}", e.key, inside(&e.value)))
                .collect();
            crate::sort::sort(&mut entries);
            format!("map[interface {{}}]interface {{}}{{{}}}", entries.join(", "))
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

/// A number as the key of a mapping: sigs.k8s.io/yaml prints floats with the shortest 32-bit form.
pub(super) fn float_key(number: &Number) -> String {
    match number.as_f64() {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "Go formats the key as a 32-bit float"
        )]
        Some(float) if number.is_f64() => format!("{}", float as f32),
        _ => number.to_string(),
    }
}
