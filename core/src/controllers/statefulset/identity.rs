//! What makes a Pod the one of its ordinal: its name, its labels, its volumes
//! (`pkg/controller/statefulset/stateful_set_utils.go`).

use crate::api::meta::MetaExt;
use crate::api::types::apps::StatefulSetUpdateStrategy;
use crate::api::types::core::{PersistentVolumeClaimVolumeSource, PodTemplateSpec, Volume};
use crate::api::{AnyObject, Pod, StatefulSet};
use crate::controllers::history::HASH_LABEL;
use crate::controllers::pod_control::{is_available, is_ready, pod_from_template};
use crate::sim::Time;

const POD_NAME_LABEL: &str = "statefulset.kubernetes.io/pod-name";
const POD_INDEX_LABEL: &str = "apps.kubernetes.io/pod-index";

/// The set and the ordinal that a Pod's name tells (`getParentNameAndOrdinal`).
pub(super) fn parent_and_ordinal(name: &str) -> Option<(&str, i32)> {
    let (parent, ordinal) = name.rsplit_once('-')?;
    let digits =
        !parent.is_empty() && !ordinal.is_empty() && ordinal.bytes().all(|byte| byte.is_ascii_digit());
    Some((parent, ordinal.parse().ok().filter(|_| digits)?))
}

/// The ordinal of a Pod, -1 if its name has none.
pub(super) fn ordinal(pod: &Pod) -> i32 {
    parent_and_ordinal(pod.name()).map_or(-1, |(_, ordinal)| ordinal)
}

/// The first ordinal.
pub(super) fn start_ordinal(set: &StatefulSet) -> i32 {
    let ordinals = set.spec.ordinals.as_ref();
    ordinals.and_then(|ordinals| ordinals.start).unwrap_or(0)
}

/// How many Pods are wanted.
pub(super) fn wanted(set: &StatefulSet) -> i32 {
    set.spec.replicas.unwrap_or(1)
}

/// Whether a Pod's ordinal is one of those wanted (`podInOrdinalRange`).
pub(super) fn in_range(pod: &Pod, set: &StatefulSet) -> bool {
    let start = start_ordinal(set);
    (start..start.saturating_add(wanted(set))).contains(&ordinal(pod))
}

/// The name of the claim of a template for an ordinal.
pub(super) fn claim_name(set: &StatefulSet, template: &str, ordinal: i32) -> String {
    format!("{template}-{}-{ordinal}", set.name())
}

/// The names of a set's claim templates.
pub(super) fn claim_templates(set: &StatefulSet) -> impl Iterator<Item = &str> {
    let templates = set.spec.volume_claim_templates.iter().flatten();
    templates.map(|claim| claim.metadata.name.as_deref().unwrap_or_default())
}

/// Whether Pods need not wait for each other.
pub(super) fn allows_burst(set: &StatefulSet) -> bool {
    set.spec.pod_management_policy.as_deref() == Some("Parallel")
}

fn strategy(set: &StatefulSet) -> Option<&StatefulSetUpdateStrategy> {
    set.spec.update_strategy.as_ref()
}

/// Whether Pods are replaced by the controller.
pub(super) fn is_rolling(set: &StatefulSet) -> bool {
    strategy(set).and_then(|strategy| strategy.type_.as_deref()) == Some("RollingUpdate")
}

/// Below this many Pods nothing is updated.
pub(super) fn partition(set: &StatefulSet) -> i32 {
    let rolling = strategy(set).and_then(|strategy| strategy.rolling_update.as_ref());
    rolling.and_then(|rolling| rolling.partition).unwrap_or(0)
}

/// Running and ready.
pub(super) fn is_running_and_ready(pod: &Pod) -> bool {
    pod.status.phase.as_deref() == Some("Running") && is_ready(pod)
}

/// Running, and ready for long enough.
pub(super) fn is_running_and_available(pod: &Pod, set: &StatefulSet, now: Time) -> bool {
    is_running_and_ready(pod) && is_available(pod, set.spec.min_ready_seconds.unwrap_or(0), now)
}

/// Whether the API server has it.
pub(super) fn is_created(pod: &Pod) -> bool {
    pod.status.phase.as_deref().is_some_and(|phase| !phase.is_empty())
}

/// Whether it is neither available nor about to be replaced (`isUnavailable`).
pub(super) fn is_unavailable(pod: &Pod, set: &StatefulSet, now: Time) -> bool {
    !is_running_and_available(pod, set, now) || pod.metadata.is_deleting()
}

/// The revision that a Pod is of.
pub(super) fn revision(pod: &Pod) -> &str {
    pod.metadata
        .labels_or_empty()
        .get(HASH_LABEL)
        .map_or("", String::as_str)
}

/// The Pod of an ordinal, of this revision of the template (`newStatefulSetPod`).
pub(super) fn new_pod(
    owner: &AnyObject,
    set: &StatefulSet,
    template: &PodTemplateSpec,
    revision: &str,
    ordinal: i32,
) -> Pod {
    let mut pod = pod_from_template(template, owner);
    let name = format!("{}-{ordinal}", set.name());
    std::sync::Arc::make_mut(&mut pod.metadata).name = Some(name.clone());
    update_identity(set, &mut pod, ordinal);
    let labels = std::sync::Arc::make_mut(&mut pod.metadata)
        .labels
        .get_or_insert_default();
    labels.insert(HASH_LABEL.to_owned(), revision.to_owned());
    let spec = pod.spec_mut();
    spec.hostname = Some(name);
    spec.subdomain = set.spec.service_name.clone();
    update_storage(set, &mut pod, ordinal);
    pod
}

/// Whether a Pod is labelled as the one of its ordinal.
pub(super) fn identity_matches(set: &StatefulSet, pod: &Pod) -> bool {
    let Some((parent, ordinal)) = parent_and_ordinal(pod.name()) else {
        return false;
    };
    let label = |name: &str| pod.metadata.labels_or_empty().get(name).map(String::as_str);
    parent == set.name()
        && label(POD_NAME_LABEL) == Some(pod.name())
        && label(POD_INDEX_LABEL) == Some(&ordinal.to_string())
}

/// Labels a Pod as the one of its ordinal.
pub(super) fn update_identity(set: &StatefulSet, pod: &mut Pod, ordinal: i32) {
    let name = format!("{}-{ordinal}", set.name());
    let labels = std::sync::Arc::make_mut(&mut pod.metadata)
        .labels
        .get_or_insert_default();
    labels.insert(POD_NAME_LABEL.to_owned(), name);
    labels.insert(POD_INDEX_LABEL.to_owned(), ordinal.to_string());
}

/// Whether a Pod's volumes are the claims of its ordinal.
pub(super) fn storage_matches(set: &StatefulSet, pod: &Pod) -> bool {
    let ordinal = ordinal(pod);
    claim_templates(set).all(|template| {
        let mut volumes = pod.spec.volumes.iter().flatten();
        let claim = volumes
            .find(|volume| volume.name == template)
            .and_then(|volume| volume.persistent_volume_claim.as_ref());
        claim.is_some_and(|claim| claim.claim_name == claim_name(set, template, ordinal))
    })
}

/// Makes a Pod's volumes the claims of its ordinal.
fn update_storage(set: &StatefulSet, pod: &mut Pod, ordinal: i32) {
    let mut volumes: Vec<Volume> = claim_templates(set)
        .map(|template| Volume {
            name: template.to_owned(),
            persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
                claim_name: claim_name(set, template, ordinal),
                read_only: None,
            }),
            ..Volume::default()
        })
        .collect();
    if volumes.is_empty() {
        return;
    }
    let spec = pod.spec_mut();
    let given = spec.volumes.take().unwrap_or_default();
    volumes.extend(
        given
            .into_iter()
            .filter(|volume| !claim_templates(set).any(|template| template == volume.name)),
    );
    spec.volumes = Some(volumes);
}
