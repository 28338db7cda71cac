//! `PersistentVolumeClaim`

use super::writer::{Writer, moment};
use crate::api::quantity::amount;
use crate::api::types::core::PersistentVolumeClaimCondition;
use crate::api::volumes::claim_class;
use crate::api::{AnyObject, Kind, PersistentVolumeClaim, Pod};
use crate::apiserver::printing::{access_modes, since};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;

/// A PersistentVolumeClaim, with the Pods that use it.
pub(super) fn write(cx: &mut Cx<'_>, w: &mut Writer, claim: &PersistentVolumeClaim) -> Result<(), Failure> {
    let (metadata, spec, status) = (&claim.metadata, &claim.spec, &claim.status);
    w.name(metadata);
    w.field(0, "StorageClass", claim_class(claim));
    match &metadata.deletion_timestamp {
        Some(at) => {
            let since = since(Some(at), cx.api.now());
            w.field(0, "Status", format!("Terminating (lasts {since})"));
        }
        None => w.field(0, "Status", status.phase.as_deref().unwrap_or_default()),
    }
    let volume = spec.volume_name.as_deref().unwrap_or_default();
    w.field(0, "Volume", volume);
    w.labels("", "Labels", metadata.labels.as_ref());
    w.annotations("Annotations", metadata.annotations.as_ref());
    let finalizers = metadata.finalizers.as_deref().unwrap_or_default();
    w.field(0, "Finalizers", format!("[{}]", finalizers.join(" ")));
    let (mut capacity, mut modes) = (String::new(), String::new());
    if !volume.is_empty() {
        let storage = status
            .capacity
            .as_ref()
            .and_then(|capacity| capacity.get("storage"));
        capacity = storage.map_or_else(|| "0".to_owned(), |storage| amount(storage).to_string());
        modes = access_modes(status.access_modes.as_deref());
    }
    w.field(0, "Capacity", capacity);
    w.field(0, "Access Modes", modes);
    if let Some(mode) = &spec.volume_mode {
        w.field(0, "VolumeMode", mode);
    }
    if let Some(source) = &spec.data_source {
        w.line(0, "DataSource:");
        if let Some(group) = &source.api_group {
            w.field(1, "APIGroup", group);
        }
        w.field(1, "Kind", &source.kind);
        w.field(1, "Name", &source.name);
    }
    used_by(cx, w, claim)?;
    conditions(w, status.conditions.as_deref().unwrap_or_default());
    Ok(())
}

fn used_by(cx: &mut Cx<'_>, w: &mut Writer, claim: &PersistentVolumeClaim) -> Result<(), Failure> {
    let listed = cx.list(Kind::Pod, claim.namespace(), "", "")?;
    let uses = |pod: &&Pod| {
        let mut volumes = pod.spec.volumes.iter().flatten();
        volumes.any(|volume| {
            let named = volume.persistent_volume_claim.as_ref();
            named.is_some_and(|named| named.claim_name == claim.name())
                || (volume.ephemeral.is_some() && format!("{}-{}", pod.name(), volume.name) == claim.name())
        })
    };
    let pods = listed.items.iter().filter_map(AnyObject::get::<Pod>).filter(uses);
    let mut title = "Used By:";
    for pod in pods {
        w.line(0, format!("{title}\t{}", pod.name()));
        title = "";
    }
    if !title.is_empty() {
        w.line(0, "Used By:\t<none>");
    }
    Ok(())
}

fn conditions(w: &mut Writer, conditions: &[PersistentVolumeClaimCondition]) {
    if conditions.is_empty() {
        return;
    }
    w.line(0, "Conditions:");
    w.line(
        1,
        "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage",
    );
    w.line(
        1,
        "----\t------\t-----------------\t------------------\t------\t-------",
    );
    for condition in conditions {
        w.line(
            1,
            format!(
                "{} \t{} \t{} \t{} \t{} \t{}",
                condition.type_,
                condition.status,
                moment(condition.last_probe_time.as_ref()),
                moment(condition.last_transition_time.as_ref()),
                condition.reason.as_deref().unwrap_or_default(),
                condition.message.as_deref().unwrap_or_default()
            ),
        );
    }
}
