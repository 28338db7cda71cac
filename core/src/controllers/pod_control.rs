//! Pods made from a template, owned by who asked for them (`pkg/controller/controller_utils.go`).

use std::cmp::Ordering;

use crate::api::meta::{MetaExt, controller_reference};
use crate::api::types::core::PodTemplateSpec;
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, Pod};
use crate::sim::Time;

/// A Pod of this template, controlled by `owner` (`GetPodFromTemplate`).
pub(super) fn pod_from_template(template: &PodTemplateSpec, owner: &AnyObject) -> Pod {
    let from = template.metadata.clone().unwrap_or_default();
    let metadata = ObjectMeta {
        // A name that is too long is cut by the API server.
        generate_name: Some(format!("{}-", owner.name())),
        namespace: Some(owner.namespace().to_owned()),
        labels: from.labels,
        annotations: from.annotations,
        finalizers: from.finalizers,
        owner_references: Some(vec![controller_reference(owner)]),
        ..ObjectMeta::default()
    };
    Pod::new(
        metadata,
        template.spec.clone().unwrap_or_default(),
        Default::default(),
    )
}

/// Whether a Pod still counts: it has not ended and is not being deleted (`IsPodActive`).
pub(super) fn is_active(pod: &Pod) -> bool {
    !matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed")) && !pod.metadata.is_deleting()
}

/// Whether a Pod is ready (`IsPodReady`).
pub(super) fn is_ready(pod: &Pod) -> bool {
    ready_since(pod).is_some()
}

/// Since when a Pod is ready.
pub(super) fn ready_since(pod: &Pod) -> Option<Time> {
    let conditions = pod.status.conditions.iter().flatten();
    let ready = conditions
        .clone()
        .find(|condition| condition.type_ == "Ready" && condition.status == "True")?;
    Some(
        ready
            .last_transition_time
            .as_ref()
            .map_or(Time::ZERO, |time| Time::from_timestamp(time.0)),
    )
}

/// Whether a Pod has been ready for so long (`IsPodAvailable`).
pub(super) fn is_available(pod: &Pod, min_ready_secs: i32, now: Time) -> bool {
    let Some(since) = ready_since(pod) else {
        return false;
    };
    let needed = std::time::Duration::from_secs(u64::try_from(min_ready_secs).unwrap_or(0));
    needed.is_zero() || since + needed <= now
}

/// How dear a Pod is when some must go, the least dear first (`ActivePodsWithRanks`): without a node, not running, not
/// ready, on a node with more of its siblings (`rank`), with a lower deletion cost, ready more recently, restarted more,
/// younger.
pub(super) fn compare_for_deletion(a: (&Pod, usize), b: (&Pod, usize)) -> Ordering {
    let (a, rank_a) = a;
    let (b, rank_b) = b;
    let assigned = |pod: &Pod| pod.spec.node_name.as_deref().is_some_and(|node| !node.is_empty());
    let phase = |pod: &Pod| match pod.status.phase.as_deref() {
        Some("Pending") | None => 0,
        Some("Unknown") => 1,
        _ => 2,
    };
    let cost = |pod: &Pod| -> i32 {
        let text = pod
            .metadata
            .annotation("controller.kubernetes.io/pod-deletion-cost");
        text.and_then(|cost| cost.parse().ok()).unwrap_or(0)
    };
    let restarts = |pod: &Pod| {
        let statuses = pod.status.container_statuses.iter().flatten();
        statuses.map(|status| status.restart_count).max().unwrap_or(0)
    };
    assigned(a)
        .cmp(&assigned(b))
        .then(phase(a).cmp(&phase(b)))
        .then(is_ready(a).cmp(&is_ready(b)))
        .then(cost(a).cmp(&cost(b)))
        .then(rank_b.cmp(&rank_a))
        .then_with(|| match (ready_since(a), ready_since(b)) {
            (Some(since_a), Some(since_b)) => since_b.cmp(&since_a),
            _ => Ordering::Equal,
        })
        .then(restarts(b).cmp(&restarts(a)))
        .then_with(|| b.metadata.created_at().cmp(&a.metadata.created_at()))
}
