//! Custom objects, and the kinds that nobody in the cluster acts on: kept as JSON
//! (`apiextensions-apiserver/pkg/registry/customresource`).

use std::borrow::Cow;

use crate::api::{AnyObject, Cause, CustomKind, StatusError};
use crate::apiserver::custom::{cel, defaults, validate};
use crate::apiserver::strategy::{Strategy, Surroundings};
use crate::apiserver::validation::field;

/// The rules of objects that are kept as JSON.
pub(crate) struct DynamicStrategy;

/// The custom kind of an object and whether it has that subresource.
fn has_status(object: &AnyObject) -> bool {
    let declared = |kind: &CustomKind| kind.subresources.iter().any(|name| name == "status");
    object.custom_kind().is_none_or(|kind| declared(kind))
}

/// What is wrong with an object, by its schema and then by the schema's rules.
fn held(object: &AnyObject, old: Option<&AnyObject>) -> Vec<Cause> {
    let Some(kind) = object.custom_kind() else {
        return Vec::new();
    };
    let (schema, value) = (&kind.definition.schema, object.to_value());
    let mut causes = validate::validate(&value, schema);
    let blocking = |cause: &Cause| {
        let reasons = ["Required", "TooLong", "TooMany", "TypeInvalid"];
        reasons
            .iter()
            .any(|reason| cause.reason.strip_prefix("FieldValue") == Some(*reason))
    };
    if !causes.iter().any(blocking) {
        causes.extend(cel::validate(
            &value,
            old.map(AnyObject::to_value).as_ref(),
            schema,
        ));
    } else if cel::has_rules(schema) {
        let detail = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
        causes.push(field::invalid("<nil>", serde_json::Value::Null, detail));
    }
    causes
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
        held(object, None)
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        held(object, Some(old))
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
