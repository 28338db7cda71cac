//! What may change in a Pod (`ValidatePodUpdate`): hardly anything but images.

use std::sync::Arc;

use super::{internal, tolerations};
use crate::api::types::core::{Container, PodSpec, Toleration};
use crate::api::{Cause, Pod};
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::unified_diff::unified_diff;
use crate::apiserver::validation::{field, names};

const CHANGEABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// What is wrong with a change of a Pod's spec.
pub(in super::super) fn pod(causes: &mut Vec<Cause>, pod: &Pod, old: &Pod) {
    if Arc::ptr_eq(&pod.spec, &old.spec) {
        return;
    }
    super::pod_and_spec(causes, pod);
    let (new, before) = (&*pod.spec, &*old.spec);
    let path = Path::new("spec");
    let lists = [
        (
            "containers",
            new.containers.as_slice(),
            before.containers.as_slice(),
        ),
        ("initContainers", init(new), init(before)),
    ];
    for (name, new, before) in lists {
        if new.len() != before.len() {
            let detail = "pod updates may not add or remove containers";
            causes.push(field::forbidden(path.child(name), detail));
            return;
        }
        let path = path.child(name);
        for (index, container) in new.iter().enumerate() {
            let path = path.index(index);
            let image = container.image.as_deref().unwrap_or_default();
            if image.is_empty() {
                causes.push(field::required(path.child("image"), ""));
            }
        }
    }
    if !active_deadline(causes, new, before, path.child("activeDeadlineSeconds")) {
        return;
    }
    let list = |spec: &PodSpec| spec.tolerations.clone().unwrap_or_default();
    only_added(causes, &list(new), &list(before), path.child("tolerations"));
    scheduling_gates(causes, new, before, path.child("schedulingGates"));
    if new != before {
        let munged = munged(new, before);
        if munged != *before {
            let diff = unified_diff(&internal::printed(before), &internal::printed(&munged));
            causes.push(field::forbidden(path, &format!("{CHANGEABLE}\n{diff}")));
        }
    }
}

fn init(spec: &PodSpec) -> &[Container] {
    spec.init_containers.as_deref().unwrap_or_default()
}

/// From nothing to a number, or from a number to a lesser one. Answers whether to go on.
fn active_deadline(causes: &mut Vec<Cause>, new: &PodSpec, before: &PodSpec, path: Path<'_>) -> bool {
    match (new.active_deadline_seconds, before.active_deadline_seconds) {
        (Some(secs), earlier) => {
            let most = i64::from(i32::MAX);
            if !(0..=most).contains(&secs) {
                causes.push(field::invalid(path, secs, &names::between(0, most)));
                return false;
            }
            if earlier.is_some_and(|earlier| earlier < secs) {
                let detail = "must be less than or equal to previous value";
                causes.push(field::invalid(path, secs, detail));
                return false;
            }
        }
        (None, Some(_)) => {
            let detail = "must not update from a positive integer to nil value";
            causes.push(field::invalid(path, serde_json::Value::Null, detail));
        }
        (None, None) => {}
    }
    true
}

fn only_added(causes: &mut Vec<Cause>, new: &[Toleration], before: &[Toleration], path: Path<'_>) {
    let kept = |old: &Toleration| {
        new.iter().any(|toleration| {
            let same = Toleration {
                toleration_seconds: toleration.toleration_seconds,
                ..old.clone()
            };
            same == *toleration
        })
    };
    if before.iter().all(kept) {
        tolerations::tolerations(causes, new, path);
    } else {
        let detail = "existing toleration can not be modified except its tolerationSeconds";
        causes.push(field::forbidden(path, detail));
    }
}

fn scheduling_gates(causes: &mut Vec<Cause>, new: &PodSpec, before: &PodSpec, path: Path<'_>) {
    let earlier = before.scheduling_gates.as_deref().unwrap_or_default();
    for (index, gate) in new.scheduling_gates.iter().flatten().enumerate() {
        if !earlier.contains(gate) {
            let detail = format!(
                "only deletion is allowed, but found new scheduling gate '{}'",
                gate.name
            );
            let path = path.index(index);
            causes.push(field::forbidden(path.child("name"), &detail));
        }
    }
}

/// The new spec with what may change put back.
fn munged(new: &PodSpec, before: &PodSpec) -> PodSpec {
    let mut spec = new.clone();
    for (container, old) in spec.containers.iter_mut().zip(&before.containers) {
        container.image.clone_from(&old.image);
    }
    for (container, old) in spec.init_containers.iter_mut().flatten().zip(init(before)) {
        container.image.clone_from(&old.image);
    }
    spec.active_deadline_seconds = before.active_deadline_seconds;
    spec.scheduling_gates.clone_from(&before.scheduling_gates);
    spec.tolerations.clone_from(&before.tolerations);
    let negative = before
        .termination_grace_period_seconds
        .is_some_and(|secs| secs < 0);
    if negative && spec.termination_grace_period_seconds == Some(1) {
        spec.termination_grace_period_seconds = before.termination_grace_period_seconds;
    }
    // A Pod that is not scheduled yet may still be steered.
    if before
        .scheduling_gates
        .as_ref()
        .is_some_and(|gates| !gates.is_empty())
    {
        spec.node_selector.clone_from(&before.node_selector);
        let nodes = before
            .affinity
            .as_ref()
            .and_then(|affinity| affinity.node_affinity.clone());
        if let Some(affinity) = &mut spec.affinity {
            affinity.node_affinity = nodes;
            if before.affinity.is_none() && *affinity == Default::default() {
                spec.affinity = None;
            }
        }
    }
    spec
}
