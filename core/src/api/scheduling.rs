//! Which nodes a Pod may be on: taints, selectors and required affinity, for all who ask the same question as the
//! scheduler (`k8s.io/component-helpers/scheduling/corev1`).

use super::Node;
use super::labels::contains_all;
use super::meta::MetaExt;
use super::taints::tolerates;
use super::types::core::{NodeSelectorRequirement, NodeSelectorTerm, PodSpec, Toleration};

/// Whether a node has a taint of one of these effects that nothing tolerates (`FindMatchingUntoleratedTaint`).
#[must_use]
pub fn has_untolerated_taint(node: &Node, tolerations: &[Toleration], effects: &[&str]) -> bool {
    let taints = node.spec.taints.iter().flatten();
    taints
        .filter(|taint| effects.contains(&taint.effect.as_str()))
        .any(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint)))
}

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
#[must_use]
pub fn term_matches(term: &NodeSelectorTerm, node: &Node) -> bool {
    let labels = node.metadata.labels_or_empty();
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    if expressions.is_empty() && fields.is_empty() {
        return false;
    }
    let name =
        |requirement: &NodeSelectorRequirement| (requirement.key == "metadata.name").then(|| node.name());
    expressions
        .iter()
        .all(|r| requirement_matches(r, labels.get(&r.key).map(String::as_str)))
        && fields.iter().all(|r| requirement_matches(r, name(r)))
}

/// Whether the node is what `nodeSelector` and required node affinity ask for (`GetRequiredNodeAffinity`).
#[must_use]
pub fn required_affinity_matches(spec: &PodSpec, node: &Node) -> bool {
    let selected = spec
        .node_selector
        .as_ref()
        .is_none_or(|selector| contains_all(selector, node.metadata.labels_or_empty()));
    let required = spec
        .affinity
        .as_ref()
        .and_then(|affinity| affinity.node_affinity.as_ref())
        .and_then(|affinity| {
            affinity
                .required_during_scheduling_ignored_during_execution
                .as_ref()
        });
    selected
        && required.is_none_or(|selector| {
            selector
                .node_selector_terms
                .iter()
                .any(|term| term_matches(term, node))
        })
}
