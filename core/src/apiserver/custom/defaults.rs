//! Defaults of a structural schema (`structural-schema/defaulting`).

use serde_json::Value;

/// Fills in the defaults; a null that may not be one counts as absent where there is a default.
pub(crate) fn fill(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(map) => {
            let properties = schema.get("properties").and_then(Value::as_object);
            for (name, inner) in properties.into_iter().flatten() {
                if let Some(default) = inner.get("default").filter(|default| !default.is_null()) {
                    let nullable = inner.get("nullable") == Some(&Value::Bool(true));
                    let missing = map.get(name).is_none_or(|found| found.is_null() && !nullable);
                    if missing {
                        map.insert(name.clone(), default.clone());
                    }
                }
            }
            let additional = schema
                .get("additionalProperties")
                .filter(|found| found.is_object());
            for (name, item) in map.iter_mut() {
                let inner = properties
                    .and_then(|properties| properties.get(name))
                    .or(additional);
                if let Some(inner) = inner {
                    fill(item, inner);
                }
            }
        }
        Value::Array(items) => {
            if let Some(inner) = schema.get("items") {
                for item in items {
                    fill(item, inner);
                }
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
    fn defaults_fill_what_is_missing() {
        let schema = json!({"properties": {
            "port": {"type": "string", "default": "Brest"},
            "crew": {"type": "object", "default": {}, "properties": {"size": {"type": "integer", "default": 3}}},
            "sails": {"type": "array", "items": {"properties": {"up": {"default": true}}}},
            "maybe": {"nullable": true, "default": "x"},
            "other": {"type": "object", "properties": {"deep": {"default": 1}}},
        }});
        let mut value = json!({"port": null, "sails": [{}, {"up": false}], "maybe": null});
        fill(&mut value, &schema);
        assert_eq!(
            value,
            json!({"port": "Brest", "crew": {"size": 3}, "sails": [{"up": true}, {"up": false}], "maybe": null})
        );
    }
}
