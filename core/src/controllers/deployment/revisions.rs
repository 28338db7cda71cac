//! Revisions: the annotations by which ReplicaSets remember which version they are, and the hash that names them
//! (`deployment/util/deployment_util.go`).

use std::collections::BTreeMap;

use crate::api::meta::MetaExt;
use crate::api::types::core::PodTemplateSpec;
use crate::api::{Deployment, ReplicaSet};
use crate::controllers::hash::safe_hash;

/// The number of a revision.
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
/// The numbers it had before it was rolled back to.
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// The Deployment's size when the ReplicaSet was last sized.
pub(super) const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
/// The same with its surge.
pub(super) const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";
/// The label that tells a Deployment's ReplicaSets and their Pods apart.
pub(super) const HASH_LABEL: &str = "pod-template-hash";

/// Annotations that a ReplicaSet does not take from its Deployment.
const SKIPPED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISION_HISTORY,
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    "deprecated.deployment.rollback.to",
];

/// The number of a ReplicaSet's revision, 0 if it has none.
pub(super) fn revision_of(set: &ReplicaSet) -> i64 {
    set.metadata
        .annotation(REVISION)
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

/// The highest revision of some ReplicaSets.
pub(super) fn max_revision<'a>(sets: impl IntoIterator<Item = &'a ReplicaSet>) -> i64 {
    sets.into_iter().map(revision_of).max().unwrap_or(0)
}

/// The annotations that the ReplicaSet of the present template shall have (`SetNewReplicaSetAnnotations`).
pub(super) fn new_set_annotations(
    deployment: &Deployment,
    present: Option<&BTreeMap<String, String>>,
    revision: i64,
) -> BTreeMap<String, String> {
    let mut annotations = present.cloned().unwrap_or_default();
    for (name, value) in deployment.metadata.annotations.iter().flatten() {
        if !SKIPPED.contains(&name.as_str()) {
            annotations.insert(name.clone(), value.clone());
        }
    }
    let old = annotations
        .get(REVISION)
        .and_then(|text| text.parse::<i64>().ok());
    if old.is_none_or(|old| old < revision) {
        if let Some(old) = old {
            let history = annotations.entry(REVISION_HISTORY.to_owned()).or_default();
            if !history.is_empty() {
                history.push(',');
            }
            history.push_str(&old.to_string());
        }
        annotations.insert(REVISION.to_owned(), revision.to_string());
    }
    annotations
}

/// Whether two templates are equal but for the hash label (`EqualIgnoreHash`).
pub(super) fn same_template(a: &PodTemplateSpec, b: &PodTemplateSpec) -> bool {
    let labels = |template: &PodTemplateSpec| {
        let mut labels = template
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.labels.clone())
            .unwrap_or_default();
        labels.remove(HASH_LABEL);
        labels
    };
    let annotations = |template: &PodTemplateSpec| {
        template
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.annotations.clone())
            .unwrap_or_default()
    };
    a.spec == b.spec && labels(a) == labels(b) && annotations(a) == annotations(b)
}

/// The hash of a template, as a name's part (`ComputeHash`).
pub(super) fn template_hash(template: &PodTemplateSpec, collisions: i32) -> String {
    safe_hash(&crate::api::to_json(template).to_string(), collisions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_rolled_back_to_remembers_its_old_number() {
        let deployment = Deployment::default();
        let first = new_set_annotations(&deployment, None, 1);
        assert_eq!(first.get(REVISION).map(String::as_str), Some("1"));
        let third = new_set_annotations(&deployment, Some(&first), 3);
        assert_eq!(third.get(REVISION).map(String::as_str), Some("3"));
        assert_eq!(third.get(REVISION_HISTORY).map(String::as_str), Some("1"));
        let fifth = new_set_annotations(&deployment, Some(&third), 5);
        assert_eq!(fifth.get(REVISION_HISTORY).map(String::as_str), Some("1,3"));
    }

    #[test]
    fn hashes_are_made_of_safe_letters() {
        assert!(template_hash(&PodTemplateSpec::default(), 0).len() <= 10);
        assert_ne!(
            template_hash(&PodTemplateSpec::default(), 0),
            template_hash(&PodTemplateSpec::default(), 1)
        );
    }
}
