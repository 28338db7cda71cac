//! Terms that select Pods (`framework.AffinityTerm`).

use std::collections::BTreeMap;

use crate::api::labels::selector_matches;
use crate::api::meta::MetaExt;
use crate::api::types::core::{Affinity, PodAffinityTerm, WeightedPodAffinityTerm};
use crate::api::types::meta::{LabelSelector, LabelSelectorRequirement};
use crate::api::{Namespace, Pod};
use crate::client::Cache;

/// A term of a Pod.
pub(super) struct Term {
    pub(super) topology_key: String,
    namespaces: Vec<String>,
    namespace_selector: Option<LabelSelector>,
    selector: Option<LabelSelector>,
}

type Labels = BTreeMap<String, String>;

impl Term {
    fn new(pod: &Pod, term: &PodAffinityTerm) -> Self {
        let mut namespaces = term.namespaces.clone().unwrap_or_default();
        if namespaces.is_empty() && term.namespace_selector.is_none() {
            namespaces.push(pod.namespace().to_owned());
        }
        let mut selector = term.label_selector.clone();
        let labels = pod.metadata.labels_or_empty();
        for (keys, operator) in [
            (&term.match_label_keys, "In"),
            (&term.mismatch_label_keys, "NotIn"),
        ] {
            for key in keys.iter().flatten() {
                if let (Some(selector), Some(value)) = (&mut selector, labels.get(key)) {
                    selector
                        .match_expressions
                        .get_or_insert_default()
                        .push(LabelSelectorRequirement {
                            key: key.clone(),
                            operator: operator.to_owned(),
                            values: Some(vec![value.clone()]),
                        });
                }
            }
        }
        Self {
            topology_key: term.topology_key.clone(),
            namespaces,
            namespace_selector: term.namespace_selector.clone(),
            selector,
        }
    }

    /// Whether it selects Pods of this namespace with these labels.
    pub(super) fn selects(&self, namespace: &str, labels: &Labels, cache: &Cache) -> bool {
        let in_namespace = || {
            self.namespaces.iter().any(|name| name == namespace)
                || self.namespace_selector.as_ref().is_some_and(|selector| {
                    let found = cache.typed::<Namespace>("", namespace);
                    let labels = found.map(|namespace| namespace.metadata.labels_or_empty());
                    selector_matches(Some(selector), labels.unwrap_or(&BTreeMap::new()))
                })
        };
        selector_matches(self.selector.as_ref(), labels) && in_namespace()
    }

    /// The same without looking namespaces up.
    pub(super) fn may_select(&self, namespace: &str, labels: &Labels) -> bool {
        selector_matches(self.selector.as_ref(), labels)
            && (self.namespace_selector.is_some() || self.namespaces.iter().any(|name| name == namespace))
    }
}

fn affinity(pod: &Pod) -> Option<&Affinity> {
    pod.spec.affinity.as_ref()
}

fn terms(pod: &Pod, terms: Option<&Vec<PodAffinityTerm>>) -> Vec<Term> {
    terms
        .into_iter()
        .flatten()
        .map(|term| Term::new(pod, term))
        .collect()
}

fn weighted(pod: &Pod, terms: Option<&Vec<WeightedPodAffinityTerm>>) -> Vec<(Term, i64)> {
    let term = |weighted: &WeightedPodAffinityTerm| {
        (
            Term::new(pod, &weighted.pod_affinity_term),
            i64::from(weighted.weight),
        )
    };
    terms.into_iter().flatten().map(term).collect()
}

/// The Pods that it must be near.
pub(super) fn required_affinity(pod: &Pod) -> Vec<Term> {
    let found = affinity(pod).and_then(|affinity| affinity.pod_affinity.as_ref());
    terms(
        pod,
        found.and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref()),
    )
}

/// The Pods that it must be far from.
pub(super) fn required_anti_affinity(pod: &Pod) -> Vec<Term> {
    let found = affinity(pod).and_then(|affinity| affinity.pod_anti_affinity.as_ref());
    terms(
        pod,
        found.and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref()),
    )
}

/// The Pods that it would like to be near, with how much; those that it would like to be far from count less than nothing.
pub(super) fn preferred(pod: &Pod) -> Vec<(Term, i64)> {
    let near = affinity(pod).and_then(|affinity| affinity.pod_affinity.as_ref());
    let far = affinity(pod).and_then(|affinity| affinity.pod_anti_affinity.as_ref());
    let mut found = weighted(
        pod,
        near.and_then(|a| a.preferred_during_scheduling_ignored_during_execution.as_ref()),
    );
    let far = weighted(
        pod,
        far.and_then(|a| a.preferred_during_scheduling_ignored_during_execution.as_ref()),
    );
    found.extend(far.into_iter().map(|(term, weight)| (term, -weight)));
    found
}
