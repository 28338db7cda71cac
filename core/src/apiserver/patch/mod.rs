//! Patches: from a document and an object's JSON to the JSON of the changed object; and, for `kubectl apply`, from what
//! was applied, what is wanted and what is there to a patch.
//!
//! Models `k8s.io/apiserver`'s patch handlers over `strategicpatch`, `jsonmergepatch` and the JSON patch library, with
//! their errors. Kubernetes goes through Go maps in random order where it collects errors; here the order is that of the
//! keys.

mod diff;
mod json_patch;
mod list;
mod meta;
mod strategic;
mod three_way;

use serde_json::{Map, Value};

pub use json_patch::apply as json_patch;
pub use three_way::{three_way_merge, three_way_strategic, two_way_strategic};

use super::custom::prune::prune;
use super::decode::{Decoded, FieldValidation};
use super::request::ContentType;
use super::route::Form;
use crate::api::schema::check::Problem;
use crate::api::schema::{FieldType, schema};
use crate::api::{AnyObject, Cause, Kind, StatusError};
use meta::Meta;

/// Applies a JSON merge patch (RFC 7386).
#[must_use]
pub fn merge(target: Value, document: &Value) -> Value {
    let Value::Object(fields) = document else {
        return document.clone();
    };
    let mut map = if let Value::Object(map) = target {
        map
    } else {
        Map::new()
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
pub fn json(target: Value, document: &Value) -> Result<Value, StatusError> {
    json_patch::apply(target, document).map_err(|error| match error {
        json_patch::Error::Malformed(message) => StatusError::bad_request(message),
        json_patch::Error::DoesNotApply(_) => rejected(),
    })
}

/// Applies a strategic merge patch.
///
/// # Errors
///
/// When the document does not fit the kind.
pub fn strategic(kind: Kind, target: Value, document: &Value) -> Result<Value, StatusError> {
    let info = kind.info();
    strategic_merge(&info.api_version(), info.name, target, document)
}

/// Applies a strategic merge patch to an object of any kind that the schema knows.
///
/// # Errors
///
/// When the document does not fit the kind.
pub fn strategic_merge(
    api_version: &str,
    kind: &str,
    target: Value,
    document: &Value,
) -> Result<Value, StatusError> {
    let Value::Object(fields) = document else {
        return Err(StatusError::bad_request(not_an_object(document)));
    };
    let original = if let Value::Object(map) = target {
        map
    } else {
        Map::new()
    };
    let merged = strategic::merge_map(
        original,
        fields.clone(),
        Meta::of(api_version, kind),
        strategic::APPLY,
    );
    merged.map(Value::Object).map_err(|error| match error {
        strategic::Error::Format(message) => StatusError::bad_request(message),
        strategic::Error::NoListOfLists => rejected(),
        strategic::Error::Other(message) => StatusError::new(500, "InternalError", message),
    })
}

/// The object that a patch makes of the old one.
///
/// # Errors
///
/// When the document is no patch, does not apply, or makes something that does not fit the kind.
pub(super) fn patched(
    form: Form<'_>,
    old: &AnyObject,
    content_type: ContentType,
    document: &Value,
    fields: FieldValidation,
) -> Result<Decoded, StatusError> {
    let before = || super::versions::shown_object(old.clone(), form).to_value();
    let value = match content_type {
        ContentType::MergePatch if !document.is_object() => {
            let why = not_an_object(document);
            return Err(StatusError::bad_request(format!("error decoding patch: {why}")));
        }
        ContentType::MergePatch => merge(before(), document),
        ContentType::JsonPatch => json(before(), document)?,
        ContentType::StrategicMergePatch => match form {
            Form::Kind(kind) => strategic(kind, before(), document)?,
            Form::Custom(_) => {
                return Err(StatusError::unsupported_media_type(
                    "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
                ));
            }
        },
        ContentType::Json | ContentType::Apply => {
            return Err(StatusError::unsupported_media_type(
                "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml",
            ));
        }
    };
    let shown = match content_type {
        ContentType::StrategicMergePatch => Shown::Patch(document),
        _ => Shown::Result,
    };
    decode_patched(form, value, shown, fields)
}

/// What the API server quotes when the result of a patch does not fit.
enum Shown<'a> {
    /// The patch, as Go prints a map.
    Patch(&'a Value),
    /// The patched object, as JSON.
    Result,
}

fn decode_patched(
    form: Form<'_>,
    value: Value,
    shown: Shown<'_>,
    fields: FieldValidation,
) -> Result<Decoded, StatusError> {
    let names = form.names();
    let schema = schema();
    let invalid = |why: &str| {
        let quoted = match shown {
            Shown::Patch(document) => go_map(document),
            Shown::Result => crate::manifest::print::to_json_compact(&value),
        };
        invalid_patch(&format!("Invalid value: {quoted:?}: {why}"))
    };
    let root = schema.kind(&names.api_version(), names.kind);
    let (fitting, unknown) = match (form, root) {
        (Form::Custom(kind), _) => {
            let mut value = value.clone();
            let dropped = prune(&mut value, &kind.definition.schema);
            let unknown = dropped.iter().map(|path| format!("unknown field {path:?}"));
            (value, unknown.collect())
        }
        (Form::Kind(_), None) => (value.clone(), Vec::new()),
        (Form::Kind(_), Some(root)) => {
            let checked = schema.check(root, &value);
            if let Some(problem) = checked.error() {
                let why = match shown {
                    Shown::Patch(_) => conversion_error(problem, &value),
                    Shown::Result => problem.message.clone(),
                };
                return Err(invalid(&why));
            }
            let unknown: Vec<String> = checked.unknown_fields().map(str::to_owned).collect();
            (checked.value, unknown)
        }
    };
    if fields == FieldValidation::Strict && !unknown.is_empty() {
        return Err(invalid(&format!("strict decoding error: {}", unknown.join(", "))));
    }
    let object = super::versions::stored(form, fitting).map_err(|error| invalid(&error.to_string()))?;
    let warnings = if fields == FieldValidation::Warn {
        unknown
    } else {
        Vec::new()
    };
    Ok(Decoded { object, warnings })
}

/// What the converter from maps to structs says; it does not go through JSON and has words of its own.
fn conversion_error(problem: &Problem, value: &Value) -> String {
    let found = crate::api::schema::check::find(value, &problem.path);
    let from = match found {
        Some(Value::String(_)) => "string",
        Some(Value::Bool(_)) => "bool",
        Some(Value::Number(number)) if number.is_f64() => "float64",
        Some(Value::Number(_)) => "int64",
        Some(Value::Array(_)) => "slice",
        _ => "map",
    };
    let numeric = from == "int64" || from == "float64";
    match &problem.expected {
        Some(FieldType::Object(_)) => format!("cannot restore struct from: {from}"),
        Some(FieldType::Map(_)) => format!("cannot restore map from {from}"),
        Some(FieldType::List(_)) => format!("cannot restore slice from {from}"),
        Some(FieldType::String) if numeric => format!("cannot convert {from} to string"),
        Some(kind @ (FieldType::Int32 | FieldType::Int64)) if numeric => {
            format!("cannot convert {from} to {}", schema().go_plain_type(kind))
        }
        Some(
            kind @ (FieldType::String
            | FieldType::Int32
            | FieldType::Int64
            | FieldType::Bool
            | FieldType::Double),
        ) => {
            format!("unrecognized type: {}", schema().go_plain_type(kind))
        }
        _ => match problem.message.split_once(" Go struct field ") {
            // A custom decoder stands alone: it knows no field.
            Some((start, rest)) => {
                let target = rest.rsplit(" of type ").next().unwrap_or_default();
                format!("{start} Go value of type {target}")
            }
            None => problem.message.clone(),
        },
    }
}

fn not_an_object(document: &Value) -> String {
    let found = match document {
        Value::Null | Value::Object(_) => "object",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
    };
    format!("json: cannot unmarshal {found} into Go value of type map[string]interface {{}}")
}

/// 422 without a field: what the server says when a patch makes no sense for the object.
fn rejected() -> StatusError {
    StatusError::new(
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
    )
}

/// 422 about the field `patch` of nothing in particular.
fn invalid_patch(message: &str) -> StatusError {
    StatusError {
        causes: vec![Cause {
            reason: "FieldValueInvalid".to_owned(),
            message: message.to_owned(),
            field: "patch".to_owned(),
        }],
        ..StatusError::new(422, "Invalid", format!(" \"\" is invalid: patch: {message}"))
    }
}

/// A value as Go's `%+v` prints it: `map[spec:map[replicas:x]]`.
fn go_map(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_map).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(k, v)| format!("{k}:{}", go_map(v))).collect();
            format!("map[{}]", entries.join(" "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
