//! Which objects of a kind a request is about: namespace, label selector, field selector.

use serde::{Deserialize, Serialize};

use super::request::Request;
use super::route::Form;
use super::strategy::strategy;
use crate::api::labels::Selector;
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, StatusError};

/// One condition on a field (`status.phase=Running`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRequirement {
    /// The field's name (`metadata.name`).
    pub field: String,
    /// The value.
    pub value: String,
    /// Whether the field must have it, or must not.
    pub equal: bool,
}

/// Which objects of a kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Only in this namespace; all if `None`.
    pub namespace: Option<String>,
    /// Only with such labels.
    pub labels: Selector,
    /// Only with such fields.
    pub fields: Vec<FieldRequirement>,
}

impl Selection {
    /// Reads the selectors of a request.
    ///
    /// # Errors
    ///
    /// 400 when a selector cannot be read, or names a field that cannot be selected by.
    pub(super) fn from_request(
        request: &Request,
        form: Form<'_>,
        namespace: Option<&str>,
    ) -> Result<Self, StatusError> {
        let label_text = request.param("labelSelector").unwrap_or_default();
        let field_text = request.param("fieldSelector").unwrap_or_default();
        let refuse = |why: String| {
            let info = form.names();
            let resource = format!("{}/{}, Resource={}", info.group, info.version, info.plural);
            StatusError::bad_request(format!(
                "Unable to find \"{resource}\" that match label selector \"{label_text}\", field selector \"{field_text}\": {why}"
            ))
        };
        let labels = Selector::parse(label_text).map_err(|error| refuse(error.to_string()))?;
        let fields = parse_fields(field_text).map_err(&refuse)?;
        for requirement in &fields {
            let field = requirement.field.as_str();
            let own = match form {
                Form::Kind(kind) => strategy(kind.storage()).selectable_fields(),
                Form::Custom(_) => &[],
            };
            let custom = match form {
                Form::Custom(kind) => kind.definition.selectable.as_slice(),
                Form::Kind(_) => &[],
            };
            if matches!(field, "metadata.name" | "metadata.namespace")
                || own.contains(&field)
                || custom.iter().any(|path| path.trim_start_matches('.') == field)
            {
                continue;
            }
            return Err(refuse(if matches!(form, Form::Custom(_)) {
                format!("field label not supported: {field}")
            } else if own.is_empty() {
                format!(
                    "\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                )
            } else {
                format!("field label not supported: {field}")
            }));
        }
        Ok(Self {
            namespace: namespace.map(str::to_owned),
            labels,
            fields,
        })
    }

    /// Whether it leaves nothing out.
    pub(super) fn is_whole(&self) -> bool {
        self.labels == Selector::default() && self.fields.is_empty()
    }

    /// Whether it selects this object.
    #[must_use]
    pub fn selects(&self, object: &AnyObject) -> bool {
        self.namespace
            .as_ref()
            .is_none_or(|namespace| namespace == object.namespace())
            && self.labels.matches(object.metadata().labels_or_empty())
            && self.fields.iter().all(|requirement| {
                let equal = match requirement.field.as_str() {
                    "metadata.name" => object.name() == requirement.value,
                    "metadata.namespace" => object.namespace() == requirement.value,
                    field => match object {
                        AnyObject::Dynamic(_) => dynamic_field(object, field) == requirement.value,
                        _ => strategy(object.kind()).field(object, field) == requirement.value,
                    },
                };
                equal == requirement.equal
            })
    }
}

/// The text of a field of an object that is kept as JSON.
fn dynamic_field(object: &AnyObject, field: &str) -> String {
    match super::custom::paths::find(&object.to_value(), field) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) if !value.is_null() => value.to_string(),
        _ => String::new(),
    }
}

/// Reads a field selector (`k8s.io/apimachinery/pkg/fields`).
fn parse_fields(text: &str) -> Result<Vec<FieldRequirement>, String> {
    let mut requirements = Vec::new();
    for term in text.split(',').map(str::trim).filter(|term| !term.is_empty()) {
        let parsed = [("!=", false), ("==", true), ("=", true)]
            .into_iter()
            .find_map(|(operator, equal)| {
                term.split_once(operator)
                    .map(|(field, value)| (field, value, equal))
            });
        let Some((field, value, equal)) = parsed else {
            return Err(format!("invalid selector: '{text}'; can't understand '{term}'"));
        };
        requirements.push(FieldRequirement {
            field: field.to_owned(),
            value: value.to_owned(),
            equal,
        });
    }
    Ok(requirements)
}
