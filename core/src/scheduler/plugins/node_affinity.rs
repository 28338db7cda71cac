//! `NodeAffinity`: `nodeSelector` and `affinity.nodeAffinity`.

use crate::api::scheduling::{required_affinity_matches, term_matches};
use crate::api::types::core::NodeSelectorTerm;
use crate::api::{Node, Pod};
use crate::scheduler::framework::{ClusterEvent, Plugin, PodState, Refusal, Scoring, normalise_by_largest};
use crate::scheduler::node_info::NodeInfo;
use crate::sorted::SortedSet;

pub(super) struct NodeAffinity;

/// Whether a node is one that the Pod asks for.
pub(super) fn required_matches(pod: &Pod, node: &Node) -> bool {
    required_affinity_matches(&pod.spec, node)
}

fn required(pod: &Pod) -> Option<&[NodeSelectorTerm]> {
    let affinity = pod.spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let required = affinity
        .required_during_scheduling_ignored_during_execution
        .as_ref()?;
    Some(&required.node_selector_terms)
}

/// The nodes that a term names, if it names some.
fn named(term: &NodeSelectorTerm) -> Option<SortedSet<String>> {
    let mut names: Option<SortedSet<String>> = None;
    let fields = term.match_fields.iter().flatten();
    for field in fields.filter(|field| field.key == "metadata.name" && field.operator == "In") {
        let these: SortedSet<String> = field.values.iter().flatten().cloned().collect();
        names = Some(match names {
            Some(before) => before.intersection(&these).cloned().collect(),
            None => these,
        });
    }
    names
}

impl Plugin for NodeAffinity {
    fn name(&self) -> &'static str {
        "NodeAffinity"
    }

    fn pre_filter(&self, state: &PodState<'_>) -> Result<Option<SortedSet<String>>, Refusal> {
        let terms = required(state.pod).unwrap_or_default();
        let mut names = SortedSet::new();
        for term in terms {
            match named(term) {
                Some(these) => names.extend(these),
                None => return Ok(None),
            }
        }
        if !terms.is_empty() && names.is_empty() {
            return Err(Refusal::unresolvable("pod affinity terms conflict"));
        }
        Ok(Some(names).filter(|names| !names.is_empty()))
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        if required_matches(pod.pod, &node.node) {
            return Ok(());
        }
        Err(Refusal::unresolvable(
            "node(s) didn't match Pod's node affinity/selector",
        ))
    }

    fn weight(&self) -> i64 {
        2
    }

    fn score(&self, pod: &PodState<'_>, scoring: &Scoring<'_>) -> Option<Vec<i64>> {
        let affinity = pod.pod.spec.affinity.as_ref()?.node_affinity.as_ref()?;
        let preferred = affinity
            .preferred_during_scheduling_ignored_during_execution
            .as_ref()
            .filter(|terms| !terms.is_empty())?;
        let of = |node: &&NodeInfo| -> i64 {
            let met = preferred
                .iter()
                .filter(|term| term_matches(&term.preference, &node.node));
            met.map(|term| i64::from(term.weight)).sum()
        };
        let mut scores: Vec<i64> = scoring.nodes.iter().map(of).collect();
        normalise_by_largest(&mut scores, false);
        Some(scores)
    }

    fn hint(&self, pod: &Pod, event: ClusterEvent<'_>) -> bool {
        match event {
            ClusterEvent::NodeAdded(node) => required_matches(pod, node),
            ClusterEvent::NodeUpdated(before, after) => {
                required_matches(pod, after) && !required_matches(pod, before)
            }
            _ => false,
        }
    }
}
