//! Patches: from a document and an object's JSON to the JSON of the changed object.

use serde_json::Value;

use crate::api::{Kind, StatusError};

/// Applies a JSON merge patch (RFC 7386).
#[must_use]
pub fn merge(target: Value, document: &Value) -> Value {
    let Value::Object(fields) = document else {
        return document.clone();
    };
    let mut map = if let Value::Object(map) = target {
        map
    } else {
        serde_json::Map::new()
    };
    for (name, value) in fields {
        if value.is_null() {
            map.remove(name);
        } else {
            let before = map.remove(name).unwrap_or_default();
            map.insert(name.clone(), merge(before, value));
        }
    }
    Value::Object(map)
}

/// Applies a JSON patch (RFC 6902).
///
/// # Errors
///
/// When the document is no patch, or does not fit the object.
pub fn json(_target: Value, _document: &Value) -> Result<Value, StatusError> {
    Err(StatusError::unsupported_media_type(
        "JSON patches are not served yet",
    ))
}

/// Applies a strategic merge patch.
///
/// # Errors
///
/// When the document does not fit the kind.
pub fn strategic(_kind: Kind, target: Value, document: &Value) -> Result<Value, StatusError> {
    Ok(merge(target, document))
}
