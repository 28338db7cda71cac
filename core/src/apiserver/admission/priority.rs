//! `Priority`: a Pod's class says its priority. Of PriorityClasses there are only the two that every cluster has.

use crate::api::{Kind, Pod, StatusError};

/// The classes of every cluster (`pkg/apis/scheduling/helpers.go`).
const SYSTEM_CLASSES: [(&str, i32); 2] = [
    ("system-cluster-critical", 2_000_000_000),
    ("system-node-critical", 2_000_001_000),
];

/// Admits a new Pod.
pub(super) fn admit(pod: &mut Pod) -> Result<(), StatusError> {
    let class = pod.spec.priority_class_name.as_deref().unwrap_or_default();
    let priority = match SYSTEM_CLASSES.iter().find(|(name, _)| *name == class) {
        Some((_, priority)) => *priority,
        None if class.is_empty() => 0,
        None => {
            let why = format!("no PriorityClass with name {class} was found");
            return Err(StatusError::forbidden(Kind::Pod, pod.name(), &why));
        }
    };
    if let Some(given) = pod.spec.priority.filter(|given| *given != priority) {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {priority} from the given PriorityClass name"
        );
        return Err(StatusError::forbidden(Kind::Pod, pod.name(), &why));
    }
    let spec = pod.spec_mut();
    spec.priority = Some(priority);
    let policy = spec.preemption_policy.get_or_insert_default();
    if policy.is_empty() {
        "PreemptLowerPriority".clone_into(policy);
    }
    Ok(())
}
