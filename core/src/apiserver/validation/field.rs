//! Causes of invalid objects, worded as `k8s.io/apimachinery/pkg/util/validation/field` words them.

use serde_json::Value;

use super::names::Wrong;
use crate::api::Cause;

/// A wrong value as it is shown: as JSON, in the order of Go's fields.
pub struct Shown(String);

impl Shown {
    /// Text that is JSON already.
    #[must_use]
    pub fn json(text: String) -> Self {
        Self(text)
    }
}

impl<T: Into<Value>> From<T> for Shown {
    fn from(value: T) -> Self {
        Self(value.into().to_string())
    }
}

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
pub fn invalid(field: impl Into<String>, value: impl Into<Shown>, detail: &str) -> Cause {
    let Shown(value) = value.into();
    cause(
        "FieldValueInvalid",
        field,
        with_detail(format!("Invalid value: {value}"), detail),
    )
}

/// One `Invalid value` for each thing that is wrong with a text.
pub fn invalid_each(causes: &mut Vec<Cause>, field: impl Into<String>, value: &str, wrong: &Wrong) {
    if wrong.is_empty() {
        return;
    }
    let field = field.into();
    causes.extend(wrong.iter().map(|detail| invalid(field.clone(), value, detail)));
}

/// `Unsupported value: "x": supported values: "a", "b"`
#[must_use]
pub fn not_supported(field: impl Into<String>, value: impl Into<Shown>, supported: &[&str]) -> Cause {
    let Shown(value) = value.into();
    let supported: Vec<_> = supported.iter().map(|value| format!("\"{value}\"")).collect();
    let message = format!(
        "Unsupported value: {value}: supported values: {}",
        supported.join(", ")
    );
    cause("FieldValueNotSupported", field, message)
}

/// `Not found: "x"`
#[must_use]
pub fn not_found(field: impl Into<String>, value: &str) -> Cause {
    let Shown(value) = value.into();
    cause("FieldValueNotFound", field, format!("Not found: {value}"))
}

/// `Duplicate value: "x"`
#[must_use]
pub fn duplicate(field: impl Into<String>, value: impl Into<Shown>) -> Cause {
    duplicate_with(field, value, "")
}

/// `Duplicate value: "x": detail`
#[must_use]
pub fn duplicate_with(field: impl Into<String>, value: impl Into<Shown>, detail: &str) -> Cause {
    let Shown(value) = value.into();
    cause(
        "FieldValueDuplicate",
        field,
        with_detail(format!("Duplicate value: {value}"), detail),
    )
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
pub fn too_long(field: impl Into<String>, max: usize) -> Cause {
    cause(
        "FieldValueTooLong",
        field,
        format!("Too long: may not be more than {max} bytes"),
    )
}

/// `Too many: 5: must have at most 3 items`
#[must_use]
pub fn too_many(field: impl Into<String>, found: usize, max: usize) -> Cause {
    let items = if max == 1 { "item" } else { "items" };
    let message = format!("Too many: {found}: must have at most {max} {items}");
    cause("FieldValueTooMany", field, message)
}

/// `Internal error: detail`
#[must_use]
pub fn internal(field: impl Into<String>, detail: &str) -> Cause {
    cause("InternalError", field, format!("Internal error: {detail}"))
}

/// `must be greater than or equal to 0` (`ValidateNonnegativeField`)
pub fn non_negative(causes: &mut Vec<Cause>, value: i64, field: impl Into<String>) {
    if value < 0 {
        causes.push(invalid(field, value, NOT_NEGATIVE));
    }
}

/// What is said of negative numbers.
pub const NOT_NEGATIVE: &str = "must be greater than or equal to 0";

/// What is said of a field that may not change.
pub const IMMUTABLE: &str = "field is immutable";
