//! Where the Pod would like to be, and where it is liked (`interpodaffinity/scoring.go`).

use super::terms::{preferred, required_affinity};
use super::{Counts, count};
use crate::api::meta::MetaExt;
use crate::scheduler::framework::{MAX_NODE_SCORE, PodState};
use crate::scheduler::node_info::NodeInfo;

/// What a required affinity of a Pod that is there counts for one that it selects (`hardPodAffinityWeight`).
const HARD_WEIGHT: i64 = 1;

/// What scoring needs: how much each domain is liked.
pub(in crate::scheduler) struct Preferred {
    likes: Counts,
}

impl Preferred {
    pub(in crate::scheduler) fn of(state: &PodState<'_>) -> Self {
        let (pod, cache) = (state.pod, state.cache);
        let own = preferred(pod);
        let (namespace, labels) = (pod.namespace(), pod.metadata.labels_or_empty());
        let mut likes = Counts::new();
        if !own.is_empty() {
            for node in state.nodes.iter() {
                for (group, pods) in node.groups() {
                    for (term, weight) in &own {
                        if term.selects(&group.namespace, &group.labels, cache) {
                            count(&mut likes, node, &term.topology_key, weight * pods);
                        }
                    }
                }
            }
        }
        for node in state.nodes.with_affinity() {
            for other in node.pods_with_affinity() {
                let hard = required_affinity(other)
                    .into_iter()
                    .map(|term| (term, HARD_WEIGHT));
                for (term, weight) in preferred(other).into_iter().chain(hard) {
                    if term.selects(namespace, labels, cache) {
                        count(&mut likes, node, &term.topology_key, weight);
                    }
                }
            }
        }
        Self { likes }
    }

    pub(super) fn scores(&self, nodes: &[&NodeInfo]) -> Option<Vec<i64>> {
        if self.likes.is_empty() {
            return None;
        }
        let of = |node: &&NodeInfo| -> i64 {
            let here = self
                .likes
                .iter()
                .filter(|((key, value), _)| node.label(key) == Some(value));
            here.map(|(_, likes)| likes).sum()
        };
        let scores: Vec<i64> = nodes.iter().map(of).collect();
        let (least, most) = (scores.iter().min().copied()?, scores.iter().max().copied()?);
        let span = most - least;
        let normalise = |score: i64| {
            if span == 0 {
                0
            } else {
                MAX_NODE_SCORE * (score - least) / span
            }
        };
        Some(scores.into_iter().map(normalise).collect())
    }
}
