//! `PodTopologySpread`: Pods are spread over hosts, zones and what else nodes are labelled by. Filters by the constraints that
//! must hold; scores by those that should, or by the cluster's own if the Pod has none.

mod constraints;
mod scoring;

pub(in crate::scheduler) use scoring::Soft;

use super::{required_matches, taint_toleration::tolerates_node};
use crate::api::meta::MetaExt;
use crate::api::{Node, Pod};
use crate::scheduler::framework::{ClusterEvent, Plugin, PodState, Refusal, Scoring};
use crate::scheduler::node_info::{Group, NodeInfo, Snapshot};
use crate::sorted::SortedMap;
use constraints::Constraint;

pub(in crate::scheduler) struct PodTopologySpread;

impl Constraint {
    /// Whether the Pods of this node count (`matchNodeInclusionPolicies`).
    fn counts(&self, pod: &Pod, node: &Node) -> bool {
        (!self.honours_affinity || required_matches(pod, node))
            && (!self.honours_taints || tolerates_node(pod, node))
    }

    /// The number of Pods on the node that it is about (`countPodsMatchSelector`).
    fn count(&self, pod: &Pod, node: &NodeInfo) -> i64 {
        node.groups()
            .filter(|(group, _)| self.is_about(pod, group))
            .map(|(_, count)| count)
            .sum()
    }

    /// Whether it is about the Pods of a group.
    fn is_about(&self, pod: &Pod, group: &Group) -> bool {
        !group.terminating && group.namespace == pod.namespace() && self.selects(&group.labels)
    }
}

/// Whether the node has all labels by which the Pods are spread.
fn has_all_keys(node: &NodeInfo, constraints: &[Constraint]) -> bool {
    constraints.iter().all(|c| node.label(&c.key).is_some())
}

/// What filtering needs: the constraints that must hold, and the Pods in each of their domains.
pub(in crate::scheduler) struct Hard {
    constraints: Vec<(Constraint, SortedMap<String, i64>)>,
}

impl Hard {
    pub(in crate::scheduler) fn of(pod: &Pod, nodes: Snapshot<'_>) -> Self {
        let constraints = constraints::of_pod(pod, "DoNotSchedule");
        let count = |constraint: &Constraint| {
            let mut counts: SortedMap<String, i64> = SortedMap::new();
            for node in nodes.iter().filter(|node| has_all_keys(node, &constraints)) {
                if !constraint.counts(pod, &node.node) {
                    continue;
                }
                if let Some(value) = node.label(&constraint.key) {
                    *counts.entry(value.clone()).or_default() += constraint.count(pod, node);
                }
            }
            counts
        };
        let counts: Vec<_> = constraints.iter().map(count).collect();
        Self {
            constraints: constraints.into_iter().zip(counts).collect(),
        }
    }
}

impl Plugin for PodTopologySpread {
    fn name(&self) -> &'static str {
        "PodTopologySpread"
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        for (constraint, counts) in &pod.spread.constraints {
            let Some(value) = node.label(&constraint.key) else {
                return Err(Refusal::unresolvable(
                    "node(s) didn't match pod topology spread constraints (missing required label)",
                ));
            };
            let domains = i64::try_from(counts.len()).unwrap_or(i64::MAX);
            let fewest = if domains < i64::from(constraint.min_domains) {
                0
            } else {
                counts.values().min().copied().unwrap_or(0)
            };
            let itself = i64::from(constraint.selects(pod.pod.metadata.labels_or_empty()));
            let here = counts.get(value).copied().unwrap_or(0);
            if here + itself - fewest > i64::from(constraint.max_skew) {
                return Err(Refusal::unschedulable(
                    "node(s) didn't match pod topology spread constraints",
                ));
            }
        }
        Ok(())
    }

    fn weight(&self) -> i64 {
        2
    }

    fn score(&self, pod: &PodState<'_>, scoring: &Scoring<'_>) -> Option<Vec<i64>> {
        scoring.state.spread.scores(pod, scoring.nodes)
    }

    fn hint(&self, pod: &Pod, event: ClusterEvent<'_>) -> bool {
        let constraints = constraints::of_pod(pod, "DoNotSchedule");
        let selects = |other: &Pod| {
            let labels = other.metadata.labels_or_empty();
            other.namespace() == pod.namespace() && constraints.iter().any(|c| c.selects(labels))
        };
        let keyed = |node: &Node| {
            let labels = node.metadata.labels_or_empty();
            constraints.iter().all(|c| labels.contains_key(&c.key))
        };
        match event {
            ClusterEvent::PodAdded(other) | ClusterEvent::PodDeleted(other) => selects(other),
            ClusterEvent::PodUpdated(before, after) => selects(before) != selects(after),
            ClusterEvent::NodeAdded(node) | ClusterEvent::NodeDeleted(node) => keyed(node),
            ClusterEvent::NodeUpdated(before, after) => {
                let values = |node: &Node| -> Vec<Option<String>> {
                    let labels = node.metadata.labels_or_empty();
                    constraints.iter().map(|c| labels.get(&c.key).cloned()).collect()
                };
                let changed = values(before) != values(after) || before.spec.taints != after.spec.taints;
                (keyed(before) || keyed(after)) && changed
            }
            ClusterEvent::Changed(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
