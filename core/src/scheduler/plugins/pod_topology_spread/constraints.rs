//! The constraints of a Pod, or those of the cluster (`podtopologyspread/common.go`, `systemDefaultConstraints`).

use std::collections::BTreeMap;

use crate::api::labels::{contains_all, selector_matches};
use crate::api::meta::MetaExt;
use crate::api::types::meta::{LabelSelector, LabelSelectorRequirement};
use crate::api::{Pod, ReplicaSet, ReplicationController, Service, StatefulSet};
use crate::client::Cache;

/// How far the domains of a key may differ, and in which Pods.
#[derive(Clone, Debug)]
pub(super) struct Constraint {
    pub(super) key: String,
    pub(super) max_skew: i32,
    pub(super) min_domains: i32,
    pub(super) honours_affinity: bool,
    pub(super) honours_taints: bool,
    selector: Option<LabelSelector>,
}

impl Constraint {
    pub(super) fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        selector_matches(self.selector.as_ref(), labels)
    }
}

/// The Pod's own constraints that are met in this way.
pub(super) fn of_pod(pod: &Pod, when_unsatisfiable: &str) -> Vec<Constraint> {
    let labels = pod.metadata.labels_or_empty();
    let constraints = pod.spec.topology_spread_constraints.iter().flatten();
    constraints
        .filter(|constraint| constraint.when_unsatisfiable == when_unsatisfiable)
        .map(|constraint| {
            let mut selector = constraint.label_selector.clone();
            // Pods of the same value of these labels: a Deployment's new ReplicaSet is spread by itself.
            for key in constraint.match_label_keys.iter().flatten() {
                if let Some(value) = labels.get(key) {
                    let expressions = selector
                        .get_or_insert_default()
                        .match_expressions
                        .get_or_insert_default();
                    expressions.push(LabelSelectorRequirement {
                        key: key.clone(),
                        operator: "In".to_owned(),
                        values: Some(vec![value.clone()]),
                    });
                }
            }
            Constraint {
                key: constraint.topology_key.clone(),
                max_skew: constraint.max_skew,
                min_domains: constraint.min_domains.unwrap_or(1),
                honours_affinity: constraint.node_affinity_policy.as_deref() != Some("Ignore"),
                honours_taints: constraint.node_taints_policy.as_deref() == Some("Honor"),
                selector,
            }
        })
        .collect()
}

/// The cluster's constraints for a Pod that has none (`buildDefaultConstraints`).
pub(super) fn of_cluster(pod: &Pod, cache: &Cache) -> Vec<Constraint> {
    let Some(selector) = default_selector(pod, cache) else {
        return Vec::new();
    };
    [("kubernetes.io/hostname", 3), ("topology.kubernetes.io/zone", 5)]
        .into_iter()
        .map(|(key, max_skew)| Constraint {
            key: key.to_owned(),
            max_skew,
            min_domains: 1,
            honours_affinity: true,
            honours_taints: false,
            selector: Some(selector.clone()),
        })
        .collect()
}

/// The Pods of the same Services and of the same owner (`helper.DefaultSelector`).
fn default_selector(pod: &Pod, cache: &Cache) -> Option<LabelSelector> {
    let labels = pod.metadata.labels_or_empty();
    let mut selector = LabelSelector::default();
    let equal = selector.match_labels.get_or_insert_default();
    for service in cache.list_in::<Service>(pod.namespace()) {
        if let Some(wanted) = service
            .spec
            .selector
            .as_ref()
            .filter(|wanted| contains_all(wanted, labels))
        {
            equal.extend(wanted.clone());
        }
    }
    if let Some(owner) = pod.metadata.controller() {
        let namespace = pod.namespace();
        let of_owner = match owner.kind.as_str() {
            "ReplicationController" => {
                let owner = cache.typed::<ReplicationController>(namespace, &owner.name);
                equal.extend(
                    owner
                        .and_then(|owner| owner.spec.selector.clone())
                        .unwrap_or_default(),
                );
                None
            }
            "ReplicaSet" => cache
                .typed::<ReplicaSet>(namespace, &owner.name)
                .map(|owner| &owner.spec.selector),
            "StatefulSet" => cache
                .typed::<StatefulSet>(namespace, &owner.name)
                .map(|owner| &owner.spec.selector),
            _ => None,
        };
        if let Some(of_owner) = of_owner {
            equal.extend(of_owner.match_labels.clone().unwrap_or_default());
            selector.match_expressions.clone_from(&of_owner.match_expressions);
        }
    }
    let empty = selector.match_labels.as_ref().is_none_or(BTreeMap::is_empty)
        && selector.match_expressions.as_ref().is_none_or(Vec::is_empty);
    (!empty).then_some(selector)
}
