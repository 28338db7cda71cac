//! `PriorityClass`: its rules (`pkg/apis/scheduling/validation.ValidatePriorityClass`, `printPriorityClass`).

use crate::api::{AnyObject, Cause, PriorityClass};
use crate::apiserver::printing::age;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::field;
use crate::sim::Time;

/// The rules of `PriorityClass`.
pub(crate) struct PriorityClassStrategy;

/// The classes of every cluster: their values and what they are for (`pkg/apis/scheduling/v1/helpers.go`).
pub(in crate::apiserver) const SYSTEM_CLASSES: [(&str, i32, &str); 2] = [
    (
        "system-cluster-critical",
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
    (
        "system-node-critical",
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
];
/// The highest value that is not the system's (`HighestUserDefinablePriority`).
const HIGHEST: i32 = 1_000_000_000;
const PREEMPT: &str = "PreemptLowerPriority";

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Value"),
    Column::new("Global-Default"),
    Column::new("Age"),
    Column::new("PreemptionPolicy"),
];

/// Whether it is one of the system's own, unchanged (`IsKnownSystemPriorityClass`).
fn check_system(name: &str, class: &PriorityClass) -> Result<(), String> {
    let known = SYSTEM_CLASSES.iter().find(|(known, ..)| *known == name);
    let Some((_, value, _)) = known else {
        return Err(format!("{name} is not a known system priority class"));
    };
    if class.spec.value != Some(*value) {
        return Err(format!("value of {name} PriorityClass must be {value}"));
    }
    if class.spec.global_default == Some(true) {
        return Err(format!("globalDefault of {name} PriorityClass must be false"));
    }
    Ok(())
}

impl Strategy for PriorityClassStrategy {
    fn default(&self, object: &mut AnyObject) {
        if let Some(class) = object.get_mut::<PriorityClass>() {
            class
                .spec_mut()
                .preemption_policy
                .get_or_insert_with(|| PREEMPT.to_owned());
        }
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let Some(class) = object.get::<PriorityClass>() else {
            return causes;
        };
        if class.name().starts_with("system-") {
            if let Err(why) = check_system(class.name(), class) {
                let detail = format!(
                    "priority class names with 'system-' prefix are reserved for system use only. error: {why}"
                );
                causes.push(field::forbidden("metadata.name", &detail));
            }
        } else if class.spec.value > Some(HIGHEST) {
            let detail = format!("maximum allowed value of a user defined priority is {HIGHEST}");
            causes.push(field::forbidden("value", &detail));
        }
        match class.spec.preemption_policy.as_deref() {
            None | Some("Never" | PREEMPT) => {}
            Some("") => causes.push(field::required("preemptionPolicy", "")),
            Some(other) => {
                let known = [PREEMPT, "Never"];
                causes.push(field::not_supported("preemptionPolicy", other, &known));
            }
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(class), Some(old)) = (object.get::<PriorityClass>(), old.get::<PriorityClass>()) else {
            return causes;
        };
        if class.spec.value != old.spec.value {
            causes.push(field::forbidden("value", "may not be changed in an update."));
        }
        if class.spec.preemption_policy != old.spec.preemption_policy {
            let policy = class.spec.preemption_policy.as_deref().unwrap_or_default();
            causes.push(field::invalid("preemptionPolicy", policy, "field is immutable"));
        }
        causes
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(class) = object.get::<PriorityClass>() else {
            return Vec::new();
        };
        vec![
            class.name().to_owned(),
            class.spec.value.unwrap_or(0).to_string(),
            class.spec.global_default.unwrap_or(false).to_string(),
            age(object, now),
            class.spec.preemption_policy.clone().unwrap_or_default(),
        ]
    }
}
