//! Label selectors as fields of objects (`k8s.io/apimachinery/pkg/labels`).

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::{Deserialize, Serialize};

/// Whether the labels satisfy the selector: an empty one selects everything, an absent one nothing.
#[must_use]
pub fn selector_matches(selector: Option<&LabelSelector>, labels: &BTreeMap<String, String>) -> bool {
    let Some(selector) = selector else {
        return false;
    };
    let equal = selector
        .match_labels
        .iter()
        .flatten()
        .all(|(name, value)| labels.get(name) == Some(value));
    equal
        && selector.match_expressions.iter().flatten().all(|requirement| {
            let values = requirement.values.as_deref().unwrap_or_default();
            let value = labels.get(&requirement.key);
            match requirement.operator.as_str() {
                "In" => value.is_some_and(|value| values.contains(value)),
                "NotIn" => value.is_none_or(|value| !values.contains(value)),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

/// Whether all pairs of `wanted` are among the labels.
#[must_use]
pub fn contains_all(wanted: &BTreeMap<String, String>, labels: &BTreeMap<String, String>) -> bool {
    wanted.iter().all(|(name, value)| labels.get(name) == Some(value))
}

/// How a requirement compares a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// `in`, `=`, `==`
    In,
    /// `notin`, `!=`
    NotIn,
    /// The label is there.
    Exists,
    /// The label is not there.
    DoesNotExist,
    /// The label is a greater integer.
    GreaterThan,
    /// The label is a lesser integer.
    LessThan,
}

/// One condition on a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub values: Vec<String>,
}

/// Conditions on labels that must all hold; none selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    /// The conditions.
    pub requirements: Vec<Requirement>,
}

impl Selector {
    /// Whether the labels satisfy every condition.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            let number = |text: &str| text.parse::<i64>().ok();
            let compare = |holds: fn(&i64, &i64) -> bool| {
                let wanted = requirement.values.first().and_then(|text| number(text));
                value
                    .and_then(|text| number(text))
                    .zip(wanted)
                    .is_some_and(|(found, wanted)| holds(&found, &wanted))
            };
            match requirement.operator {
                Operator::In => value.is_some_and(|value| requirement.values.contains(value)),
                Operator::NotIn => value.is_none_or(|value| !requirement.values.contains(value)),
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
                Operator::GreaterThan => compare(i64::gt),
                Operator::LessThan => compare(i64::lt),
            }
        })
    }
}

/// A selector field as text (`metav1.FormatLabelSelector`), `<none>` if it selects everything.
#[must_use]
pub fn format_selector(selector: &LabelSelector) -> String {
    let mut terms: Vec<(&str, String)> = selector
        .match_labels
        .iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), format!("{name}={value}")))
        .collect();
    for requirement in selector.match_expressions.iter().flatten() {
        let key = &requirement.key;
        let values = requirement.values.as_deref().unwrap_or_default().join(",");
        let text = match requirement.operator.as_str() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.clone(),
            _ => format!("!{key}"),
        };
        terms.push((key, text));
    }
    crate::sort::sort(&mut terms);
    if terms.is_empty() {
        return "<none>".to_owned();
    }
    terms
        .into_iter()
        .map(|(_, text)| text)
        .collect::<Vec<_>>()
        .join(",")
}
