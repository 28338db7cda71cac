//! What the few readers that can refuse a value are given instead, so that none does. They say what they expect.

use jiff::Timestamp;
use serde::de::Expected;
use serde_json::{Map, Value};

use crate::api::base64;

const EPOCH: &str = "1970-01-01T00:00:00Z";

/// Makes `value` one that a reader which `expects` something takes; answers whether it already was.
pub(super) fn make_fit(value: &mut Value, expects: &dyn Expected) -> bool {
    let expects = expects.to_string();
    let nothing = match (expects.as_str(), &mut *value) {
        ("a timestamp string", Value::String(text)) if text.parse::<Timestamp>().is_ok() => return true,
        ("a timestamp string", _) => Value::from(EPOCH),
        ("a base64-encoded string", Value::String(text)) => {
            // Go passes over ends of lines and bits too many.
            text.retain(|c| !matches!(c, '\n' | '\r'));
            match base64::decode(text) {
                Some(bytes) => {
                    *text = base64::encode(&bytes);
                    return true;
                }
                None => Value::from(""),
            }
        }
        ("a base64-encoded string", _) => Value::from(""),
        ("IntOrString", Value::String(_)) => return true,
        ("IntOrString", Value::Number(number))
            if number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) =>
        {
            return true;
        }
        ("IntOrString", _) => Value::from(0),
        ("Quantity", Value::String(_)) => return true,
        ("Quantity", Value::Number(number)) => {
            *value = Value::from(number.to_string());
            return true;
        }
        ("Quantity", _) => Value::from("0"),
        ("JSONSchemaPropsOrBool", Value::Bool(_) | Value::Object(_))
        | ("JSONSchemaPropsOrArray" | "JSONSchemaPropsOrStringArray", Value::Array(_) | Value::Object(_)) => {
            return true;
        }
        ("JSONSchemaPropsOrBool" | "JSONSchemaPropsOrArray" | "JSONSchemaPropsOrStringArray", _) => {
            Value::Object(Map::new())
        }
        // Whoever takes any JSON.
        _ => return true,
    };
    let was_nothing = value.is_null();
    *value = nothing;
    was_nothing
}

/// Makes the fields of a type acceptable to it.
pub(super) fn make_object_fit(map: &mut Map<String, Value>, name: &str, fields: &[&str]) {
    // Whole objects refuse another version and kind than their own; who decodes them has chosen by those.
    if matches!(fields, ["apiVersion", "kind", ..]) && fields.contains(&"metadata") {
        map.remove("apiVersion");
        map.remove("kind");
    }
    // A moment has no zero here.
    if name == "Condition" && map.get("lastTransitionTime").is_none_or(Value::is_null) {
        map.insert("lastTransitionTime".to_owned(), Value::from(EPOCH));
    }
}
