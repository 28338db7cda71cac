//! What a PodDisruptionBudget says of itself (`k8s.io/component-helpers/apps/poddisruptionbudget`).

use super::Pod;
use super::PodDisruptionBudget;
use super::labels::selector_matches;
use super::meta::{MetaExt, meta_time};
use super::types::meta::Condition;
use crate::sim::Time;

/// The condition's name.
pub const DISRUPTION_ALLOWED: &str = "DisruptionAllowed";

/// Whether a budget is about a Pod: an empty selector selects everything, none nothing.
#[must_use]
pub fn concerns(budget: &PodDisruptionBudget, pod: &Pod) -> bool {
    budget.namespace() == pod.namespace()
        && selector_matches(budget.spec.selector.as_ref(), pod.metadata.labels_or_empty())
}

/// Says in the conditions whether disruptions are allowed (`UpdateDisruptionAllowedCondition`).
pub fn update_condition(budget: &mut PodDisruptionBudget, now: Time) {
    let allowed = budget.status.disruptions_allowed.unwrap_or(0) > 0;
    let (status, reason) = if allowed {
        ("True", "SufficientPods")
    } else {
        ("False", "InsufficientPods")
    };
    set_condition(budget, (status, reason, String::new()), now);
}

/// Sets the condition; its time changes with its status only.
pub fn set_condition(
    budget: &mut PodDisruptionBudget,
    (status, reason, message): (&str, &str, String),
    now: Time,
) {
    let generation = budget.metadata.generation;
    let conditions = budget.status_mut().conditions.get_or_insert_default();
    let wanted = Condition {
        type_: DISRUPTION_ALLOWED.to_owned(),
        status: status.to_owned(),
        reason: reason.to_owned(),
        message,
        observed_generation: generation,
        last_transition_time: meta_time(now),
    };
    match conditions.iter_mut().find(|found| found.type_ == wanted.type_) {
        Some(found) => {
            let since = found.last_transition_time.clone();
            let same = found.status == wanted.status;
            *found = wanted;
            if same {
                found.last_transition_time = since;
            }
        }
        None => conditions.push(wanted),
    }
}
