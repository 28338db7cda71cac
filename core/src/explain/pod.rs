//! Why a Pod is not what one expects: it goes from the first thing that a Pod needs to the last.

use super::container::{self, Part};
use super::{Chain, World, node, pending, probe, texts};
use crate::api::types::core::{Container, ContainerStatus};
use crate::api::{AnyObject, Pod};

/// Explains a Pod.
pub(super) fn explain(world: &World<'_>, object: &AnyObject, pod: &Pod, chain: &mut Chain) {
    let phase = pod.status.phase.as_deref().unwrap_or_default();
    if phase == "Failed" && pod.status.reason.is_some() {
        return evicted(world, object, pod, chain);
    }
    if pod.spec.node_name.as_deref().unwrap_or_default().is_empty() {
        return pending::explain(world, object, pod, chain);
    }
    if phase == "Succeeded" {
        chain.say(texts::SUCCEEDED, &[pod.name()]).about(object);
        return;
    }
    if node::lost(world, object, pod, chain) {
        return;
    }
    for part in parts(object, pod) {
        if container::explain(world, &part, chain) {
            return;
        }
    }
    if !is_ready(pod) {
        probe::explain(world, object, pod, chain);
    }
}

/// Its containers with how they are, those of its initialisation first.
pub(super) fn parts<'a>(object: &'a AnyObject, pod: &'a Pod) -> Vec<Part<'a>> {
    let init = pod.spec.init_containers.as_deref().unwrap_or_default();
    let lists: [(&str, &[Container], &Option<Vec<ContainerStatus>>); 2] = [
        ("spec.initContainers", init, &pod.status.init_container_statuses),
        (
            "spec.containers",
            &pod.spec.containers,
            &pod.status.container_statuses,
        ),
    ];
    let mut parts = Vec::new();
    for (path, list, statuses) in lists {
        for (index, spec) in list.iter().enumerate() {
            let mut statuses = statuses.iter().flatten();
            parts.push(Part {
                object,
                pod,
                spec,
                path: format!("{path}[{index}]"),
                status: statuses.find(|status| status.name == spec.name),
            });
        }
    }
    parts
}

/// Whether its condition Ready is true.
pub(super) fn is_ready(pod: &Pod) -> bool {
    condition(pod, "Ready").is_some_and(|(status, _, _)| status == "True")
}

/// A condition: its status, reason and message.
pub(super) fn condition<'a>(pod: &'a Pod, name: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let mut conditions = pod.status.conditions.iter().flatten();
    let found = conditions.find(|condition| condition.type_ == name)?;
    let text = |part: &'a Option<String>| part.as_deref().unwrap_or_default();
    Some((&found.status, text(&found.reason), text(&found.message)))
}

/// The kubelet, a drain or the scheduler took it away.
fn evicted(world: &World<'_>, object: &AnyObject, pod: &Pod, chain: &mut Chain) {
    let reason = pod.status.reason.as_deref().unwrap_or_default();
    let node = pod.spec.node_name.as_deref().unwrap_or_default();
    let words = pod.status.message.as_deref().unwrap_or_default();
    let text = match reason {
        "Evicted" => texts::EVICTED,
        "DeadlineExceeded" => texts::DEADLINE,
        _ => texts::POD_FAILED,
    };
    chain
        .blame(text, &[pod.name(), node, reason])
        .about(object)
        .quoting(words);
    if reason == "DeadlineExceeded" {
        chain
            .say(texts::DEADLINE_LINE, &[])
            .from(world, object, "spec.activeDeadlineSeconds");
    } else if reason == "Evicted" {
        chain.say(texts::EVICTED_WHY, &[node]).named("Node", "", node);
        if let Some(owner) = world.lineage(object).get(1) {
            chain
                .say(
                    texts::REPLACED,
                    &[&texts::the_first(owner.names().kind), owner.name()],
                )
                .about(owner);
        }
    }
}
