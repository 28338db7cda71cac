//! `PodDisruptionBudget`: its rules (`pkg/apis/policy/validation`, `pkg/registry/policy/poddisruptionbudget`).

use std::sync::Arc;

use serde_json::{Value, json};

use super::deployment::{number_or_percent, percentage};
use super::pod::validation::int_or_string;
use crate::api::types::IntOrString;
use crate::api::types::policy::PodDisruptionBudgetSpec;
use crate::api::{AnyObject, Cause, PodDisruptionBudget};
use crate::apiserver::printing::age_of;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, selectors};
use crate::sim::Time;

/// The rules of `PodDisruptionBudget`.
pub(crate) struct PodDisruptionBudgetStrategy;

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Min Available"),
    Column::new("Max Unavailable"),
    Column::new("Allowed Disruptions"),
    Column::new("Age"),
];

impl Strategy for PodDisruptionBudgetStrategy {
    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(budget) = object.get::<PodDisruptionBudget>() {
            validate_spec(&mut causes, &budget.spec);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        match (
            object.get::<PodDisruptionBudget>(),
            old.get::<PodDisruptionBudget>(),
        ) {
            (Some(new), Some(old)) if !Arc::ptr_eq(&new.spec, &old.spec) => self.validate(object),
            _ => Vec::new(),
        }
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(budget) = object.get::<PodDisruptionBudget>() else {
            return Vec::new();
        };
        let shown = |value: &Option<IntOrString>| match value {
            Some(IntOrString::Int(number)) => number.to_string(),
            Some(IntOrString::String(text)) => text.clone(),
            None => "N/A".to_owned(),
        };
        vec![
            budget.name().to_owned(),
            shown(&budget.spec.min_available),
            shown(&budget.spec.max_unavailable),
            budget.status.disruptions_allowed.unwrap_or(0).to_string(),
            age_of(&budget.metadata, now),
        ]
    }
}

fn validate_spec(causes: &mut Vec<Cause>, spec: &PodDisruptionBudgetSpec) {
    let path = Path::new("spec");
    if let (Some(least), Some(most)) = (&spec.min_available, &spec.max_unavailable) {
        // The Go type has no names of its own for JSON.
        let selector = spec
            .selector
            .as_ref()
            .map_or_else(|| "null".to_owned(), selectors::text);
        let (least, most) = (int_or_string(least), int_or_string(most));
        let policy = json!(spec.unhealthy_pod_eviction_policy);
        let shown = field::Shown::json(format!(
            "{{\"MinAvailable\":{least},\"Selector\":{selector},\"MaxUnavailable\":{most},\"UnhealthyPodEvictionPolicy\":{policy}}}"
        ));
        let detail = "minAvailable and maxUnavailable cannot be both set";
        causes.push(field::invalid(path, shown, detail));
    }
    for (name, value) in [
        ("minAvailable", &spec.min_available),
        ("maxUnavailable", &spec.max_unavailable),
    ] {
        let Some(value) = value else { continue };
        let at = path.child(name);
        number_or_percent(causes, value, at);
        if percentage(value).is_some_and(|percentage| percentage > 100) {
            let detail = "must not be greater than 100%";
            causes.push(field::invalid(at, int_or_string(value), detail));
        }
    }
    if let Some(selector) = &spec.selector {
        selectors::validate(causes, selector, path.child("selector"));
    }
    if let Some(policy) = &spec.unhealthy_pod_eviction_policy
        && !matches!(policy.as_str(), "IfHealthyBudget" | "AlwaysAllow")
    {
        causes.push(field::not_supported(
            path.child("unhealthyPodEvictionPolicy"),
            Value::from(policy.as_str()),
            &["AlwaysAllow", "IfHealthyBudget"],
        ));
    }
}
