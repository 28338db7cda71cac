//! Causes of invalid objects, worded as `k8s.io/apimachinery/pkg/util/validation/field` words them.

use std::fmt::Display;

use serde_json::Value;

use crate::api::Cause;

fn cause(reason: &str, field: impl Into<String>, message: String) -> Cause {
    Cause {
        reason: reason.to_owned(),
        message,
        field: field.into(),
    }
}

fn with_detail(what: String, detail: &str) -> String {
    if detail.is_empty() {
        what
    } else {
        format!("{what}: {detail}")
    }
}

/// `Required value`
#[must_use]
pub fn required(field: impl Into<String>, detail: &str) -> Cause {
    cause(
        "FieldValueRequired",
        field,
        with_detail("Required value".to_owned(), detail),
    )
}

/// `Invalid value: "x": detail`, the value printed as JSON.
#[must_use]
pub fn invalid(field: impl Into<String>, value: impl Into<Value>, detail: &str) -> Cause {
    let value: Value = value.into();
    cause(
        "FieldValueInvalid",
        field,
        with_detail(format!("Invalid value: {value}"), detail),
    )
}

/// `Unsupported value: "x": supported values: "a", "b"`
#[must_use]
pub fn not_supported(field: impl Into<String>, value: &str, supported: &[&str]) -> Cause {
    let supported: Vec<_> = supported.iter().map(|value| format!("\"{value}\"")).collect();
    let message = format!(
        "Unsupported value: \"{value}\": supported values: {}",
        supported.join(", ")
    );
    cause("FieldValueNotSupported", field, message)
}

/// `Not found: "x"`
#[must_use]
pub fn not_found(field: impl Into<String>, value: &str) -> Cause {
    cause("FieldValueNotFound", field, format!("Not found: \"{value}\""))
}

/// `Duplicate value: "x"`
#[must_use]
pub fn duplicate(field: impl Into<String>, value: impl Into<Value>) -> Cause {
    let value: Value = value.into();
    cause("FieldValueDuplicate", field, format!("Duplicate value: {value}"))
}

/// `Forbidden: detail`
#[must_use]
pub fn forbidden(field: impl Into<String>, detail: &str) -> Cause {
    cause(
        "FieldValueForbidden",
        field,
        with_detail("Forbidden".to_owned(), detail),
    )
}

/// `Too long: may not be more than n bytes`
#[must_use]
pub fn too_long(field: impl Into<String>, max: impl Display) -> Cause {
    cause(
        "FieldValueTooLong",
        field,
        format!("Too long: may not be more than {max} bytes"),
    )
}

/// `Internal error: detail`
#[must_use]
pub fn internal(field: impl Into<String>, detail: &str) -> Cause {
    cause("InternalError", field, format!("Internal error: {detail}"))
}
