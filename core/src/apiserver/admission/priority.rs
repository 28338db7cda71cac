//! `Priority`: a Pod's class says its priority (`plugin/pkg/admission/priority`).

use crate::api::{Key, Kind, Pod, PriorityClass, StatusError};
use crate::etcd::Store;

const PREEMPT: &str = "PreemptLowerPriority";

/// The class of Pods that name none: of several the least.
fn default_class(store: &Store) -> Option<&PriorityClass> {
    let classes = store.list(Kind::PriorityClass).filter_map(|class| class.get());
    let defaults = classes.filter(|class: &&PriorityClass| class.spec.global_default == Some(true));
    defaults.min_by_key(|class| class.spec.value)
}

/// Admits a new Pod.
pub(super) fn admit(store: &Store, pod: &mut Pod) -> Result<(), StatusError> {
    let named = pod.spec.priority_class_name.clone().unwrap_or_default();
    let class = if named.is_empty() {
        default_class(store)
    } else {
        let found = store.get(&Key::new(Kind::PriorityClass, "", &named));
        let found = found.and_then(|class| class.get::<PriorityClass>());
        if found.is_none() {
            let why = format!("no PriorityClass with name {named} was found");
            return Err(StatusError::forbidden(Kind::Pod, pod.name(), &why));
        }
        found
    };
    let priority = class.and_then(|class| class.spec.value).unwrap_or(0);
    let policy = class.and_then(|class| class.spec.preemption_policy.as_deref());
    let policy = policy.filter(|policy| !policy.is_empty()).unwrap_or(PREEMPT);
    if let Some(given) = pod.spec.priority.filter(|given| *given != priority) {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {priority} from the given PriorityClass name"
        );
        return Err(StatusError::forbidden(Kind::Pod, pod.name(), &why));
    }
    let given = pod.spec.preemption_policy.as_deref();
    if let Some(given) = given.filter(|given| !given.is_empty() && *given != policy) {
        let why = format!(
            "the string value of PreemptionPolicy ({given}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name"
        );
        return Err(StatusError::forbidden(Kind::Pod, pod.name(), &why));
    }
    let (policy, name) = (policy.to_owned(), class.map(|class| class.name().to_owned()));
    let spec = pod.spec_mut();
    spec.priority = Some(priority);
    spec.preemption_policy = Some(policy);
    if let Some(name) = name {
        spec.priority_class_name = Some(name);
    }
    Ok(())
}

/// Admits a new or changed class: only one is the default.
pub(super) fn admit_class(store: &Store, class: &PriorityClass) -> Result<(), StatusError> {
    if class.spec.global_default != Some(true) {
        return Ok(());
    }
    match default_class(store).filter(|other| other.name() != class.name()) {
        None => Ok(()),
        Some(other) => {
            let why = format!(
                "PriorityClass {} is already marked as default. Only one default can exist",
                other.name()
            );
            Err(StatusError::forbidden(Kind::PriorityClass, class.name(), &why))
        }
    }
}
