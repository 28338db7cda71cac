//! Kubernetes' types to JSON values and back (`k8s.io/apimachinery/pkg/runtime/converter.go`).
//!
//! `serde_json` can do it too. This is a tenth of the code, which every visitor downloads: there are hundreds of types, and
//! each has a reader and a writer of its own. Here a type is a list of its fields ([`Reflect`], generated), and one reader and
//! one writer walk them all. A value of the wrong type is read as nothing, and noted.

mod leaves;
mod nodes;
mod reflect;

use std::fmt;

use serde_json::Value;

pub use reflect::{Note, Reflect};

/// A value somewhere in the JSON is of another type than the field it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch;

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value does not fit its field")
    }
}

impl std::error::Error for Mismatch {}

/// One of Kubernetes' types from its JSON.
///
/// # Errors
///
/// When some value does not fit: callers hold the JSON against the schema before, and tell what is wrong in Go's words.
pub(crate) fn from_json<P: Reflect>(mut value: Value) -> Result<P, Mismatch> {
    let mut note = Note::default();
    let mut part = P::zero();
    part.read(&mut value, &mut note);
    if note.0 { Err(Mismatch) } else { Ok(part) }
}

/// The JSON of one of Kubernetes' types, or of a list of them.
pub(crate) fn to_json(part: &dyn Reflect) -> Value {
    let mut value = Value::Null;
    part.write(&mut value);
    value
}

#[cfg(test)]
mod tests;
