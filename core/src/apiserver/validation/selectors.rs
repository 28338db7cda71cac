//! Label selectors as fields (`ValidateLabelSelector`).

use std::collections::BTreeMap;

use serde_json::json;

use super::field;
use super::metadata;
use super::names;
use super::path::Path;
use crate::api::Cause;
use crate::api::to_json;
use crate::api::types::meta::LabelSelector;

/// What is wrong with a selector.
pub fn validate(causes: &mut Vec<Cause>, selector: &LabelSelector, path: Path<'_>) {
    metadata::labels(causes, selector.match_labels.as_ref(), path.child("matchLabels"));
    let path = path.child("matchExpressions");
    for (index, requirement) in selector.match_expressions.iter().flatten().enumerate() {
        let path = path.index(index);
        let values = requirement.values.as_deref().unwrap_or_default();
        match requirement.operator.as_str() {
            "In" | "NotIn" if values.is_empty() => causes.push(field::required(
                path.child("values"),
                "must be specified when `operator` is 'In' or 'NotIn'",
            )),
            "In" | "NotIn" => {}
            "Exists" | "DoesNotExist" if !values.is_empty() => causes.push(field::forbidden(
                path.child("values"),
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            )),
            "Exists" | "DoesNotExist" => {}
            other => causes.push(field::invalid(
                path.child("operator"),
                other,
                "not a valid selector operator",
            )),
        }
        let key = &requirement.key;
        field::invalid_each(causes, path.child("key"), key, &names::qualified_name(key));
        let path = path.child("values");
        for (index, value) in values.iter().enumerate() {
            field::invalid_each(causes, path.index(index), value, &names::label_value(value));
        }
    }
}

/// The selector as JSON, in Go's order of fields.
#[must_use]
pub fn shown(selector: &LabelSelector) -> field::Shown {
    field::Shown::json(text(selector))
}

/// The same as text.
#[must_use]
pub fn text(selector: &LabelSelector) -> String {
    let mut parts = Vec::new();
    if let Some(labels) = selector.match_labels.as_ref().filter(|labels| !labels.is_empty()) {
        parts.push(format!("\"matchLabels\":{}", json!(labels)));
    }
    if let Some(list) = selector
        .match_expressions
        .as_ref()
        .filter(|list| !list.is_empty())
    {
        // The fields of a requirement stand in the order of their names.
        parts.push(format!("\"matchExpressions\":{}", to_json(list)));
    }
    format!("{{{}}}", parts.join(","))
}

/// Whether it selects everything.
#[must_use]
pub fn is_empty(selector: &LabelSelector) -> bool {
    selector.match_labels.as_ref().is_none_or(BTreeMap::is_empty)
        && selector.match_expressions.as_ref().is_none_or(Vec::is_empty)
}
