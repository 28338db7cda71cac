//! `InterPodAffinity`: Pods that want to be near other Pods, or far from them; both sides count.

mod scoring;
mod terms;

pub(in crate::scheduler) use scoring::Preferred;

use crate::api::meta::MetaExt;
use crate::api::{Node, Pod};
use crate::client::Cache;
use crate::scheduler::framework::{ClusterEvent, Plugin, PodState, Refusal, Scoring};
use crate::scheduler::node_info::{NodeInfo, Snapshot};
use crate::sorted::SortedMap;
use terms::{Term, required_affinity, required_anti_affinity};

pub(in crate::scheduler) struct InterPodAffinity;

/// How many Pods there are in each domain: by the key and the value of the nodes' label.
type Counts = SortedMap<(String, String), i64>;

fn count(counts: &mut Counts, node: &NodeInfo, key: &str, pods: i64) {
    if let Some(value) = node.label(key) {
        *counts.entry((key.to_owned(), value.clone())).or_default() += pods;
    }
}

/// What filtering needs.
pub(in crate::scheduler) struct Required {
    affinity: Vec<Term>,
    anti_affinity: Vec<Term>,
    near: Counts,
    far: Counts,
    /// Pods that are there already and do not want this one near them.
    unwelcome: Counts,
    /// Whether the Pod would satisfy its own terms.
    itself: bool,
}

impl Required {
    pub(in crate::scheduler) fn of(pod: &Pod, nodes: Snapshot<'_>, cache: &Cache) -> Self {
        let (affinity, anti_affinity) = (required_affinity(pod), required_anti_affinity(pod));
        let (namespace, labels) = (pod.namespace(), pod.metadata.labels_or_empty());
        let all = |terms: &[Term], namespace: &str, labels| {
            !terms.is_empty() && terms.iter().all(|term| term.selects(namespace, labels, cache))
        };
        let (mut near, mut far, mut unwelcome) = (Counts::new(), Counts::new(), Counts::new());
        for node in nodes.with_affinity() {
            for other in node.pods_with_affinity() {
                for term in required_anti_affinity(other) {
                    if term.selects(namespace, labels, cache) {
                        count(&mut unwelcome, node, &term.topology_key, 1);
                    }
                }
            }
        }
        let asks = !affinity.is_empty() || !anti_affinity.is_empty();
        for node in nodes.iter().filter(|_| asks) {
            for (group, pods) in node.groups() {
                if all(&affinity, &group.namespace, &group.labels) {
                    for term in &affinity {
                        count(&mut near, node, &term.topology_key, pods);
                    }
                }
                for term in &anti_affinity {
                    if term.selects(&group.namespace, &group.labels, cache) {
                        count(&mut far, node, &term.topology_key, pods);
                    }
                }
            }
        }
        Self {
            itself: all(&affinity, namespace, labels),
            affinity,
            anti_affinity,
            near,
            far,
            unwelcome,
        }
    }

    fn satisfies_affinity(&self, node: &NodeInfo) -> bool {
        let mut near = true;
        for term in &self.affinity {
            let Some(value) = node.label(&term.topology_key) else {
                return false;
            };
            let place = (term.topology_key.clone(), value.clone());
            near &= self.near.get(&place).is_some_and(|pods| *pods > 0);
        }
        // The first of a group of Pods that want to be together may go anywhere.
        near || (self.near.is_empty() && self.itself)
    }

    fn satisfies_anti_affinity(&self, node: &NodeInfo) -> bool {
        self.anti_affinity.iter().all(|term| {
            let value = node.label(&term.topology_key);
            value.is_none_or(|value| {
                let place = (term.topology_key.clone(), value.clone());
                self.far.get(&place).is_none_or(|pods| *pods == 0)
            })
        })
    }

    fn is_welcome(&self, node: &NodeInfo) -> bool {
        let mut places = self.unwelcome.keys();
        !places.any(|(key, value)| node.label(key) == Some(value))
    }
}

impl Plugin for InterPodAffinity {
    fn name(&self) -> &'static str {
        "InterPodAffinity"
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        let required = &pod.affinity;
        if !required.satisfies_affinity(node) {
            let why = "node(s) didn't match pod affinity rules";
            return Err(Refusal::unresolvable(why));
        }
        if !required.satisfies_anti_affinity(node) {
            let why = "node(s) didn't match pod anti-affinity rules";
            return Err(Refusal::unschedulable(why));
        }
        if !required.is_welcome(node) {
            let why = "node(s) didn't satisfy existing pods anti-affinity rules";
            return Err(Refusal::unschedulable(why));
        }
        Ok(())
    }

    fn weight(&self) -> i64 {
        2
    }

    fn score(&self, _: &PodState<'_>, scoring: &Scoring<'_>) -> Option<Vec<i64>> {
        scoring.state.affinity.scores(scoring.nodes)
    }

    fn hint(&self, pod: &Pod, event: ClusterEvent<'_>) -> bool {
        let (affinity, anti_affinity) = (required_affinity(pod), required_anti_affinity(pod));
        let selects = |terms: &[Term], other: &Pod| {
            let labels = other.metadata.labels_or_empty();
            terms
                .iter()
                .any(|term| term.may_select(other.namespace(), labels))
        };
        let keyed = |node: &Node| {
            let labels = node.metadata.labels_or_empty();
            affinity
                .iter()
                .all(|term| labels.contains_key(&term.topology_key))
        };
        match event {
            ClusterEvent::PodAdded(other) => selects(&affinity, other),
            ClusterEvent::PodDeleted(other) => {
                let labels = pod.metadata.labels_or_empty();
                let of_other = required_anti_affinity(other);
                selects(&anti_affinity, other)
                    || of_other
                        .iter()
                        .any(|term| term.may_select(pod.namespace(), labels))
            }
            ClusterEvent::PodUpdated(before, after) => {
                selects(&affinity, after) && !selects(&affinity, before)
                    || selects(&anti_affinity, before) && !selects(&anti_affinity, after)
            }
            ClusterEvent::NodeAdded(node) => keyed(node),
            ClusterEvent::NodeUpdated(before, after) => before.metadata.labels != after.metadata.labels,
            ClusterEvent::NodeDeleted(_) => false,
            ClusterEvent::Changed(object) => object.kind() == crate::api::Kind::Namespace,
        }
    }
}

#[cfg(test)]
mod tests;
