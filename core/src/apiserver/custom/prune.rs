//! Fields that a structural schema does not name are dropped (`structural-schema/pruning`).

use serde_json::{Map, Value};

/// The fields of every object: they are not the schema's to name.
const ROOT: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Drops what the schema of an object does not name; answers the paths of what was dropped.
pub(crate) fn prune(object: &mut Value, schema: &Value) -> Vec<String> {
    let mut dropped = Vec::new();
    if let Value::Object(map) = object {
        fields(map, schema, "", true, &mut dropped);
    }
    dropped
}

/// Whether unknown fields stay (`x-kubernetes-preserve-unknown-fields`).
fn preserves(schema: &Value) -> bool {
    schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true))
}

fn fields(map: &mut Map<String, Value>, schema: &Value, path: &str, root: bool, dropped: &mut Vec<String>) {
    let root = root || schema.get("x-kubernetes-embedded-resource") == Some(&Value::Bool(true));
    let properties = schema.get("properties").and_then(Value::as_object);
    let additional = schema.get("additionalProperties");
    let below = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    map.retain(|key, value| {
        if root && ROOT.contains(&key.as_str()) {
            return true;
        }
        let inner = properties
            .and_then(|properties| properties.get(key))
            .or_else(|| additional.filter(|additional| additional.is_object()));
        match inner {
            Some(inner) => {
                walk(value, inner, &below(key), dropped);
                true
            }
            None if preserves(schema) || additional == Some(&Value::Bool(true)) => true,
            None => {
                dropped.push(below(key));
                false
            }
        }
    });
}

fn walk(value: &mut Value, schema: &Value, path: &str, dropped: &mut Vec<String>) {
    match value {
        Value::Object(map) => fields(map, schema, path, false, dropped),
        Value::Array(items) => {
            let Some(inner) = schema.get("items") else { return };
            for (index, item) in items.iter_mut().enumerate() {
                walk(item, inner, &format!("{path}[{index}]"), dropped);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_schema_does_not_name_is_dropped() {
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "a": {"type": "integer"},
            "list": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "string"}}}},
            "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"y": {}}}},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
                     "properties": {"kept": {"type": "object"}}},
        }}}});
        let mut object = json!({"apiVersion": "v1", "kind": "K", "metadata": {"name": "n", "odd": 1}, "top": 1,
            "spec": {"a": 1, "b": 2, "list": [{"x": "1", "z": 1}], "map": {"k": {"y": 1, "w": 2}},
                     "free": {"any": {"thing": 1}, "kept": {"dropped": 1}}}});
        let dropped = prune(&mut object, &schema);
        assert_eq!(
            dropped,
            [
                "spec.b",
                "spec.free.kept.dropped",
                "spec.list[0].z",
                "spec.map.k.w",
                "top"
            ]
        );
        assert_eq!(
            object,
            json!({"apiVersion": "v1", "kind": "K", "metadata": {"name": "n", "odd": 1},
                   "spec": {"a": 1, "list": [{"x": "1"}], "map": {"k": {"y": 1}},
                            "free": {"any": {"thing": 1}, "kept": {}}}})
        );
    }
}
