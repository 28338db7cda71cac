//! Validation of object metadata (`ValidateObjectMeta`, `ValidateObjectMetaUpdate`).

use super::field;
use crate::api::types::meta::ObjectMeta;
use crate::api::{Cause, Kind};
use crate::apiserver::strategy::strategy;

/// What is wrong with the metadata of a new object.
#[must_use]
pub fn validate(kind: Kind, metadata: &ObjectMeta) -> Vec<Cause> {
    let mut causes = Vec::new();
    let name = metadata.name.as_deref().unwrap_or_default();
    if name.is_empty() {
        causes.push(field::required(
            "metadata.name",
            "name or generateName is required",
        ));
    } else {
        let wrong = strategy(kind).validate_name(name);
        causes.extend(
            wrong
                .iter()
                .map(|detail| field::invalid("metadata.name", name, detail)),
        );
    }
    causes
}

/// What is wrong with a change of metadata.
#[must_use]
pub fn validate_update(kind: Kind, metadata: &ObjectMeta, _old: &ObjectMeta) -> Vec<Cause> {
    validate(kind, metadata)
}
