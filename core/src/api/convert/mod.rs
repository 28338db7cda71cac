//! Kubernetes' types to JSON values and back (`k8s.io/apimachinery/pkg/runtime/converter.go`).
//!
//! `serde_json` can do it too. This is a third of the code, which every visitor downloads: there are hundreds of types, and
//! each has a reader and a writer of its own. Errors do not exist here ([`Never`]), so no type carries the code that
//! gives up half-way; a value of the wrong type is read as nothing, and noted.

#![expect(clippy::disallowed_types, reason = "a note that lives for one call")]

mod fitting;
mod reader;
mod writer;

use std::cell::Cell;
use std::fmt;

use k8s_openapi::DeepMerge;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A value somewhere in the JSON is of another type than the field it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch;

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value does not fit its field")
    }
}

impl std::error::Error for Mismatch {}

/// One of Kubernetes' types (each is `DeepMerge`, ours are not) from its JSON.
///
/// # Errors
///
/// When some value does not fit.
pub(crate) fn from_json<P: DeserializeOwned + DeepMerge>(value: Value) -> Result<P, Mismatch> {
    from_value(value)
}

/// The JSON of one of Kubernetes' types, or of a list of them.
pub(crate) fn to_json<P: Serialize>(part: &P) -> Value {
    let mut value = Value::Null;
    let Ok(()) = part.serialize(writer::Writer(&mut value));
    value
}

/// One of Kubernetes' types from its JSON.
///
/// # Errors
///
/// When some value does not fit: callers hold the JSON against the schema before, and tell what is wrong in Go's words.
pub(super) fn from_value<P: DeserializeOwned>(mut value: Value) -> Result<P, Mismatch> {
    let mismatch = Cell::new(false);
    let Ok(part) = P::deserialize(reader::Reader::new(&mut value, &mismatch));
    if mismatch.get() { Err(Mismatch) } else { Ok(part) }
}

/// The error that never is: what could fail is made to fit before a type sees it ([`fitting`]).
#[derive(Debug)]
pub(crate) enum Never {}

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl std::error::Error for Never {}

#[expect(
    clippy::panic,
    reason = "a bug: a type of k8s-openapi that can refuse a value unknown to `fitting`; a test reads every kind from garbage"
)]
#[cold]
fn never<T>() -> T {
    panic!("a type refused a value that was made to fit")
}

impl serde::de::Error for Never {
    fn custom<T: fmt::Display>(_: T) -> Self {
        never()
    }

    fn invalid_type(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        never()
    }

    fn invalid_value(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        never()
    }
}

impl serde::ser::Error for Never {
    fn custom<T: fmt::Display>(_: T) -> Self {
        never()
    }
}

#[cfg(test)]
mod tests;
