//! Whether a schema is structural: it must say what there is (`structural-schema/validation.go`, `validation.go`).

use serde_json::Value;

use super::super::validation::field;
use crate::api::Cause;

/// What is wrong with the schema at this path.
pub(crate) fn validate(schema: &Value, path: &str) -> Vec<Cause> {
    let mut causes = Vec::new();
    match schema.get("type").and_then(Value::as_str) {
        None | Some("") => causes.push(field::required(
            format!("{path}.type"),
            "must not be empty at the root",
        )),
        Some("object") => {}
        Some(other) => {
            causes.push(field::invalid(
                format!("{path}.type"),
                other,
                "must be object at the root",
            ));
        }
    }
    level(schema, path, Place::Root, &mut causes);
    causes
}

/// Where a schema stands, as far as rules differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Field,
    Item,
}

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

fn level(schema: &Value, path: &str, place: Place, causes: &mut Vec<Cause>) {
    let flag = |name: &str| schema.get(name) == Some(&Value::Bool(true));
    let free = flag("x-kubernetes-int-or-string") || flag("x-kubernetes-preserve-unknown-fields");
    match schema.get("type").and_then(Value::as_str).unwrap_or_default() {
        "" if place == Place::Root || free => {}
        "" => {
            let detail = if place == Place::Item {
                "must not be empty for specified array items"
            } else {
                "must not be empty for specified object fields"
            };
            causes.push(field::required(format!("{path}.type"), detail));
        }
        found if TYPES.contains(&found) => {}
        found => causes.push(field::not_supported(format!("{path}.type"), found, &TYPES)),
    }
    if schema.get("type").and_then(Value::as_str) == Some("array") && schema.get("items").is_none() {
        causes.push(field::required(format!("{path}.items"), "must be specified"));
    }
    forbidden(schema, path, causes);
    if schema
        .get("properties")
        .is_some_and(|found| found.as_object().is_some_and(|map| !map.is_empty()))
        && schema
            .get("additionalProperties")
            .is_some_and(|found| *found != Value::Bool(false))
    {
        let detail = "additionalProperties and properties are mutual exclusive";
        causes.push(field::forbidden(format!("{path}.additionalProperties"), detail));
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, inner) in properties.into_iter().flatten() {
        let below = format!("{path}.properties[{name}]");
        if place == Place::Root && name == "metadata" {
            metadata(inner, &below, causes);
        }
        level(inner, &below, Place::Field, causes);
    }
    if let Some(inner) = schema
        .get("additionalProperties")
        .filter(|found| found.is_object())
    {
        level(
            inner,
            &format!("{path}.additionalProperties"),
            Place::Field,
            causes,
        );
    }
    if let Some(inner) = schema.get("items").filter(|found| found.is_object()) {
        level(inner, &format!("{path}.items"), Place::Item, causes);
    }
}

fn forbidden(schema: &Value, path: &str, causes: &mut Vec<Cause>) {
    for name in [
        "definitions",
        "dependencies",
        "deprecated",
        "discriminator",
        "id",
        "patternProperties",
        "$ref",
    ] {
        if schema
            .get(name)
            .is_some_and(|found| !found.is_null() && found.as_str() != Some(""))
        {
            causes.push(field::forbidden(
                format!("{path}.{name}"),
                &format!("{name} is not supported"),
            ));
        }
    }
    if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
        let detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        causes.push(field::forbidden(format!("{path}.uniqueItems"), detail));
    }
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        let detail = "additionalProperties cannot be set to false";
        causes.push(field::forbidden(format!("{path}.additionalProperties"), detail));
    }
}

/// The metadata may be narrowed in its name only.
fn metadata(schema: &Value, path: &str, causes: &mut Vec<Cause>) {
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        causes.push(field::invalid(format!("{path}.type"), "", "must be object"));
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let narrowed = properties
        .into_iter()
        .flatten()
        .any(|(name, _)| name != "name" && name != "generateName");
    if narrowed {
        let root = path.trim_end_matches(".properties[metadata]");
        let detail = "must not specify anything other than name and generateName, but metadata is implicitly specified";
        causes.push(field::forbidden(format!("{root}.properties[metadata]"), detail));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_must_be_structural() {
        let check = |schema: Value, expected: &[&str]| {
            let said: Vec<String> = validate(&schema, "s").iter().map(ToString::to_string).collect();
            assert_eq!(said, expected, "{schema}");
        };
        check(json!({"type": "object"}), &[]);
        check(
            json!({}),
            &["s.type: Required value: must not be empty at the root"],
        );
        check(
            json!({"type": "string"}),
            &["s.type: Invalid value: \"string\": must be object at the root"],
        );
        check(
            json!({"type": "object", "properties": {"spec": {"properties": {}}}}),
            &["s.properties[spec].type: Required value: must not be empty for specified object fields"],
        );
        check(
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {}}}}),
            &["s.properties[spec].items.type: Required value: must not be empty for specified array items"],
        );
        check(
            json!({"type": "object", "properties": {"a": {"type": "text"}}}),
            &[
                "s.properties[a].type: Unsupported value: \"text\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"",
            ],
        );
        check(
            json!({"type": "object", "properties": {"a": {"x-kubernetes-int-or-string": true}}}),
            &[],
        );
    }
}
