//! Affinity to nodes and to other Pods (`validateAffinity`).

use crate::api::Cause;
use crate::api::types::core::{
    Affinity, NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm,
    WeightedPodAffinityTerm,
};
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names, selectors};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

pub(super) fn affinity(causes: &mut Vec<Cause>, affinity: &Affinity, path: Path<'_>) {
    if let Some(nodes) = &affinity.node_affinity {
        node_affinity(causes, nodes, path.child("nodeAffinity"));
    }
    if let Some(pods) = &affinity.pod_affinity {
        let required = pods
            .required_during_scheduling_ignored_during_execution
            .as_deref();
        let preferred = pods
            .preferred_during_scheduling_ignored_during_execution
            .as_deref();
        pod_affinity(causes, required, preferred, path.child("podAffinity"));
    }
    if let Some(pods) = &affinity.pod_anti_affinity {
        let required = pods
            .required_during_scheduling_ignored_during_execution
            .as_deref();
        let preferred = pods
            .preferred_during_scheduling_ignored_during_execution
            .as_deref();
        pod_affinity(causes, required, preferred, path.child("podAntiAffinity"));
    }
}

fn node_affinity(causes: &mut Vec<Cause>, affinity: &NodeAffinity, path: Path<'_>) {
    if let Some(required) = &affinity.required_during_scheduling_ignored_during_execution {
        let path = path.child(REQUIRED);
        let path = path.child("nodeSelectorTerms");
        if required.node_selector_terms.is_empty() {
            let detail = "must have at least one node selector term";
            causes.push(field::required(path, detail));
        }
        for (index, term) in required.node_selector_terms.iter().enumerate() {
            node_term(causes, term, true, path.index(index));
        }
    }
    let path = path.child(PREFERRED);
    let preferred = affinity
        .preferred_during_scheduling_ignored_during_execution
        .as_deref();
    for (index, term) in preferred.unwrap_or_default().iter().enumerate() {
        let path = path.index(index);
        weight(causes, term.weight, path.child("weight"));
        node_term(causes, &term.preference, false, path.child("preference"));
    }
}

fn weight(causes: &mut Vec<Cause>, weight: i32, path: Path<'_>) {
    if !(1..=100).contains(&weight) {
        causes.push(field::invalid(path, weight, "must be in the range 1-100"));
    }
}

fn node_term(causes: &mut Vec<Cause>, term: &NodeSelectorTerm, check_values: bool, path: Path<'_>) {
    let inner = path.child("matchExpressions");
    for (index, requirement) in term.match_expressions.iter().flatten().enumerate() {
        node_expression(causes, requirement, check_values, inner.index(index));
    }
    let inner = path.child("matchFields");
    for (index, requirement) in term.match_fields.iter().flatten().enumerate() {
        node_field(causes, requirement, inner.index(index));
    }
}

fn node_expression(
    causes: &mut Vec<Cause>,
    requirement: &NodeSelectorRequirement,
    check_values: bool,
    path: Path<'_>,
) {
    let values = requirement.values.as_deref().unwrap_or_default();
    let at = path.child("values");
    match requirement.operator.as_str() {
        "In" | "NotIn" => {
            if values.is_empty() {
                let detail = "must be specified when `operator` is 'In' or 'NotIn'";
                causes.push(field::required(at, detail));
            }
        }
        "Exists" | "DoesNotExist" => {
            if !values.is_empty() {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                causes.push(field::forbidden(at, detail));
            }
        }
        "Gt" | "Lt" => {
            if values.len() != 1 {
                let detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                causes.push(field::required(at, detail));
            }
        }
        other => {
            let detail = "not a valid selector operator";
            causes.push(field::invalid(path.child("operator"), other, detail));
        }
    }
    let key = &requirement.key;
    field::invalid_each(causes, path.child("key"), key, &names::qualified_name(key));
    if check_values {
        for (index, value) in values.iter().enumerate() {
            field::invalid_each(causes, at.index(index), value, &names::label_value(value));
        }
    }
}

fn node_field(causes: &mut Vec<Cause>, requirement: &NodeSelectorRequirement, path: Path<'_>) {
    let values = requirement.values.as_deref().unwrap_or_default();
    let at = path.child("values");
    match requirement.operator.as_str() {
        "In" | "NotIn" => {
            if values.len() != 1 {
                let detail =
                    "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
                causes.push(field::required(at, detail));
            }
        }
        other => {
            let detail = "not a valid selector operator";
            causes.push(field::invalid(path.child("operator"), other, detail));
        }
    }
    if requirement.key == "metadata.name" {
        for (index, value) in values.iter().enumerate() {
            field::invalid_each(causes, at.index(index), value, &names::dns1123_subdomain(value));
        }
    } else {
        let detail = "not a valid field selector key";
        causes.push(field::invalid(
            path.child("key"),
            requirement.key.as_str(),
            detail,
        ));
    }
}

fn pod_affinity(
    causes: &mut Vec<Cause>,
    required: Option<&[PodAffinityTerm]>,
    preferred: Option<&[WeightedPodAffinityTerm]>,
    path: Path<'_>,
) {
    let inner = path.child(REQUIRED);
    for (index, term) in required.unwrap_or_default().iter().enumerate() {
        pod_term(causes, term, inner.index(index));
    }
    let inner = path.child(PREFERRED);
    for (index, term) in preferred.unwrap_or_default().iter().enumerate() {
        let path = inner.index(index);
        weight(causes, term.weight, path.child("weight"));
        pod_term(causes, &term.pod_affinity_term, path.child("podAffinityTerm"));
    }
}

fn pod_term(causes: &mut Vec<Cause>, term: &PodAffinityTerm, path: Path<'_>) {
    if let Some(selector) = &term.label_selector {
        selectors::validate(causes, selector, path.child("labelSelector"));
    }
    if let Some(selector) = &term.namespace_selector {
        selectors::validate(causes, selector, path.child("namespaceSelector"));
    }
    for namespace in term.namespaces.iter().flatten() {
        let wrong = names::dns1123_label(namespace);
        field::invalid_each(causes, path.child("namespace"), namespace, &wrong);
    }
    let keys = [
        ("matchLabelKeys", term.match_label_keys.as_deref()),
        ("mismatchLabelKeys", term.mismatch_label_keys.as_deref()),
    ];
    for (name, keys) in keys {
        let keys = keys.unwrap_or_default();
        let path = path.child(name);
        if !keys.is_empty() && term.label_selector.is_none() {
            let detail = "must not be specified when labelSelector is not set";
            causes.push(field::forbidden(path, detail));
            continue;
        }
        for (index, key) in keys.iter().enumerate() {
            field::invalid_each(causes, path.index(index), key, &names::qualified_name(key));
        }
    }
    let key = term.topology_key.as_str();
    if key.is_empty() {
        causes.push(field::required(path.child("topologyKey"), "can not be empty"));
    }
    field::invalid_each(
        causes,
        path.child("topologyKey"),
        key,
        &names::qualified_name(key),
    );
}
