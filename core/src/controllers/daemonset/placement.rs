//! Which nodes shall have a Pod, and the Pod of a node (`NodeShouldRunDaemonPod`, `pkg/controller/daemon/util`).

use crate::api::scheduling::{has_untolerated_taint, required_affinity_matches};
use crate::api::types::core::{
    NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodSpec, Toleration,
};
use crate::api::{Node, Pod};

/// The taints of a node in trouble, which keep no daemon away.
const TOLERATED: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// What a node is to a DaemonSet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// It shall have a Pod.
    pub(super) run: bool,
    /// A Pod that it has may stay.
    pub(super) keep: bool,
}

/// Whether a node shall have a Pod of this template, tolerations included.
pub(super) fn verdict(spec: &PodSpec, node: &Node) -> Verdict {
    let named = spec.node_name.as_deref().filter(|name| !name.is_empty());
    if named.is_some_and(|name| name != node.name()) || !required_affinity_matches(spec, node) {
        return Verdict {
            run: false,
            keep: false,
        };
    }
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    Verdict {
        run: !has_untolerated_taint(node, tolerations, &["NoSchedule", "NoExecute"]),
        keep: !has_untolerated_taint(node, tolerations, &["NoExecute"]),
    }
}

/// Whether nothing changed that could bring or drive away a daemon (`shouldIgnoreNodeUpdate`).
pub(super) fn same_for_daemons(before: &Node, after: &Node) -> bool {
    before.metadata.labels == after.metadata.labels && before.spec.taints == after.spec.taints
}

/// Adds what every daemon tolerates (`AddOrUpdateDaemonPodTolerations`).
pub(super) fn add_tolerations(spec: &mut PodSpec) {
    let network = ("node.kubernetes.io/network-unavailable", "NoSchedule");
    let host_network = spec.host_network == Some(true);
    let all = TOLERATED.into_iter().chain(host_network.then_some(network));
    let known = spec.tolerations.get_or_insert_default();
    for (key, effect) in all {
        let toleration = Toleration {
            key: Some(key.to_owned()),
            operator: Some("Exists".to_owned()),
            effect: Some(effect.to_owned()),
            ..Toleration::default()
        };
        let same = |found: &Toleration| {
            found.key == toleration.key
                && found.effect == toleration.effect
                && found.operator == toleration.operator
        };
        if !known.iter().any(same) {
            known.push(toleration);
        }
    }
}

/// Binds a Pod to its node by an affinity that the scheduler obeys (`ReplaceDaemonSetPodNodeNameNodeAffinity`).
pub(super) fn pin(spec: &mut PodSpec, node: &str) {
    let affinity: &mut NodeAffinity = spec
        .affinity
        .get_or_insert_default()
        .node_affinity
        .get_or_insert_default();
    affinity.required_during_scheduling_ignored_during_execution = Some(NodeSelector {
        node_selector_terms: vec![NodeSelectorTerm {
            match_expressions: None,
            match_fields: Some(vec![NodeSelectorRequirement {
                key: "metadata.name".to_owned(),
                operator: "In".to_owned(),
                values: Some(vec![node.to_owned()]),
            }]),
        }],
    });
}

/// The node that a Pod is on, or is meant for (`GetTargetNodeName`).
pub(super) fn target_node(pod: &Pod) -> Option<&str> {
    if let Some(node) = pod.spec.node_name.as_deref().filter(|node| !node.is_empty()) {
        return Some(node);
    }
    let affinity = pod.spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let required = affinity
        .required_during_scheduling_ignored_during_execution
        .as_ref()?;
    let fields = required
        .node_selector_terms
        .iter()
        .flat_map(|term| term.match_fields.iter().flatten());
    let mut named = fields.filter(|field| field.key == "metadata.name" && field.operator == "In");
    match named.next()?.values.as_deref()? {
        [node] => Some(node),
        _ => None,
    }
}
