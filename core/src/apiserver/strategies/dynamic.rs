//! Custom objects, and the kinds that nobody in the cluster acts on: kept as JSON
//! (`apiextensions-apiserver/pkg/registry/customresource`).

use std::borrow::Cow;

use crate::api::{AnyObject, Cause, CustomKind, StatusError};
use crate::apiserver::custom::{defaults, validate};
use crate::apiserver::strategy::{Strategy, Surroundings};

/// The rules of objects that are kept as JSON.
pub(crate) struct DynamicStrategy;

/// The custom kind of an object and whether it has that subresource.
fn has_status(object: &AnyObject) -> bool {
    let declared = |kind: &CustomKind| kind.subresources.iter().any(|name| name == "status");
    object.custom_kind().is_none_or(|kind| declared(kind))
}

impl Strategy for DynamicStrategy {
    fn default(&self, object: &mut AnyObject) {
        let Some(kind) = object.custom_kind().cloned() else {
            return;
        };
        let schema = &kind.definition.schema;
        if schema.is_null() {
            return;
        }
        let mut value = object.to_value();
        defaults::fill(&mut value, schema);
        if let Ok(defaulted) = AnyObject::custom(&kind, value) {
            *object = defaulted;
        }
    }

    fn prepare_for_create(&self, object: &mut AnyObject, _: Surroundings<'_>) -> Result<(), StatusError> {
        if has_status(object) {
            object.reset_status();
        }
        Ok(())
    }

    fn keeps_status(&self, object: &AnyObject) -> bool {
        has_status(object)
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let schema = object.custom_kind().map(|kind| &kind.definition.schema);
        schema.map_or_else(Vec::new, |schema| validate::validate(&object.to_value(), schema))
    }

    fn warnings(&self, object: &AnyObject) -> Vec<String> {
        let deprecated = object
            .custom_kind()
            .and_then(|kind| kind.definition.deprecated.clone());
        deprecated.into_iter().collect()
    }

    fn is_new_generation(&self, object: &AnyObject, old: &AnyObject) -> bool {
        !object.same_spec(old) || (!has_status(object) && !object.same_status(old))
    }

    fn field<'a>(&self, _: &'a AnyObject, _: &str) -> Cow<'a, str> {
        Cow::Borrowed("")
    }
}
