//! `NodeAffinity`: `nodeSelector` and `affinity.nodeAffinity`.

use crate::api::scheduling::{required_affinity_matches, term_matches};
use crate::scheduler::framework::{Plugin, PodState, Refusal, normalise_by_largest};
use crate::scheduler::node_info::NodeInfo;

pub(super) struct NodeAffinity;

impl Plugin for NodeAffinity {
    fn name(&self) -> &'static str {
        "NodeAffinity"
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        if required_affinity_matches(&pod.pod.spec, &node.node) {
            return Ok(());
        }
        Err(Refusal::unresolvable(
            "node(s) didn't match Pod's node affinity/selector",
        ))
    }

    fn weight(&self) -> i64 {
        2
    }

    fn score(&self, pod: &PodState<'_>, node: &NodeInfo) -> i64 {
        let affinity = pod
            .pod
            .spec
            .affinity
            .as_ref()
            .and_then(|affinity| affinity.node_affinity.as_ref());
        let preferred =
            affinity.and_then(|a| a.preferred_during_scheduling_ignored_during_execution.as_ref());
        let met = preferred
            .into_iter()
            .flatten()
            .filter(|term| term_matches(&term.preference, &node.node));
        met.map(|term| i64::from(term.weight)).sum()
    }

    fn normalise(&self, scores: &mut [i64]) {
        normalise_by_largest(scores, false);
    }
}
