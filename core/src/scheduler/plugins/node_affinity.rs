//! `NodeAffinity`: `nodeSelector` and `affinity.nodeAffinity`.

use crate::api::labels::contains_all;
use crate::api::meta::MetaExt;
use crate::api::types::core::{NodeSelectorRequirement, NodeSelectorTerm};
use crate::scheduler::framework::{Plugin, PodState, Refusal, normalise_by_largest};
use crate::scheduler::node_info::NodeInfo;

pub(super) struct NodeAffinity;

fn requirement_matches(requirement: &NodeSelectorRequirement, value: Option<&str>) -> bool {
    let values = requirement.values.as_deref().unwrap_or_default();
    let among = |value: &str| values.iter().any(|wanted| wanted == value);
    let compare = |holds: fn(&i64, &i64) -> bool| {
        let wanted = values.first().and_then(|wanted| wanted.parse().ok());
        value
            .and_then(|value| value.parse().ok())
            .zip(wanted)
            .is_some_and(|(found, wanted)| holds(&found, &wanted))
    };
    match requirement.operator.as_str() {
        "In" => value.is_some_and(among),
        "NotIn" => value.is_none_or(|value| !among(value)),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => compare(i64::gt),
        "Lt" => compare(i64::lt),
        _ => false,
    }
}

/// Whether a term selects the node; an empty term selects none.
fn term_matches(term: &NodeSelectorTerm, node: &NodeInfo) -> bool {
    let labels = node.node.metadata.labels_or_empty();
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    if expressions.is_empty() && fields.is_empty() {
        return false;
    }
    let name = |requirement: &NodeSelectorRequirement| {
        (requirement.key == "metadata.name").then(|| node.node.name())
    };
    expressions
        .iter()
        .all(|r| requirement_matches(r, labels.get(&r.key).map(String::as_str)))
        && fields.iter().all(|r| requirement_matches(r, name(r)))
}

impl Plugin for NodeAffinity {
    fn name(&self) -> &'static str {
        "NodeAffinity"
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        let spec = &pod.pod.spec;
        let selected = spec
            .node_selector
            .as_ref()
            .is_none_or(|selector| contains_all(selector, node.node.metadata.labels_or_empty()));
        let required = spec
            .affinity
            .as_ref()
            .and_then(|affinity| affinity.node_affinity.as_ref())
            .and_then(|affinity| {
                affinity
                    .required_during_scheduling_ignored_during_execution
                    .as_ref()
            });
        let required_met = required.is_none_or(|selector| {
            selector
                .node_selector_terms
                .iter()
                .any(|term| term_matches(term, node))
        });
        if selected && required_met {
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
            .filter(|term| term_matches(&term.preference, node));
        met.map(|term| i64::from(term.weight)).sum()
    }

    fn normalise(&self, scores: &mut [i64]) {
        normalise_by_largest(scores, false);
    }
}
