//! `PersistentVolume`

use super::volumes;
use super::writer::Writer;
use crate::api::PersistentVolume;
use crate::api::types::core::{PersistentVolumeSpec, Volume, VolumeNodeAffinity};
use crate::api::volumes::{capacity, volume_class};
use crate::apiserver::printing::{access_modes, since};
use crate::sim::Time;

/// A PersistentVolume.
pub(super) fn write(w: &mut Writer, volume: &PersistentVolume, now: Time) {
    let (metadata, spec, status) = (&volume.metadata, &volume.spec, &volume.status);
    w.field(0, "Name", volume.name());
    w.labels("", "Labels", metadata.labels.as_ref());
    w.annotations("Annotations", metadata.annotations.as_ref());
    let finalizers = metadata.finalizers.as_deref().unwrap_or_default();
    w.field(0, "Finalizers", format!("[{}]", finalizers.join(" ")));
    w.field(0, "StorageClass", volume_class(volume));
    match &metadata.deletion_timestamp {
        Some(at) => w.field(
            0,
            "Status",
            format!("Terminating (lasts {})", since(Some(at), now)),
        ),
        None => w.field(0, "Status", status.phase.as_deref().unwrap_or_default()),
    }
    let claim = spec.claim_ref.as_ref().map(|claim| {
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        format!("{}/{}", part(&claim.namespace), part(&claim.name))
    });
    w.field(0, "Claim", claim.unwrap_or_default());
    let policy = spec.persistent_volume_reclaim_policy.as_deref();
    w.field(0, "Reclaim Policy", policy.unwrap_or_default());
    w.field(0, "Access Modes", access_modes(spec.access_modes.as_deref()));
    if let Some(mode) = &spec.volume_mode {
        w.field(0, "VolumeMode", mode);
    }
    w.field(0, "Capacity", capacity(volume));
    node_affinity(w, spec.node_affinity.as_ref());
    w.field(0, "Message", status.message.as_deref().unwrap_or_default());
    w.line(0, "Source:");
    source(w, spec);
}

fn node_affinity(w: &mut Writer, affinity: Option<&VolumeNodeAffinity>) {
    let Some(required) = affinity.and_then(|affinity| affinity.required.as_ref()) else {
        return w.line(0, "Node Affinity:\t<none>");
    };
    w.line(0, "Node Affinity:\t");
    if required.node_selector_terms.is_empty() {
        return w.line(1, "Required Terms:\t<none>");
    }
    w.line(1, "Required Terms:\t");
    for (index, term) in required.node_selector_terms.iter().enumerate() {
        let expressions = term.match_expressions.as_deref().unwrap_or_default();
        let mut title = format!("Term {index}:\t");
        for expression in expressions {
            let values = expression.values.as_deref().unwrap_or_default();
            let values = if values.is_empty() {
                String::new()
            } else {
                format!(" [{}]", values.join(", "))
            };
            let operator = expression.operator.to_lowercase();
            w.line(2, format!("{title}{} {operator}{values}", expression.key));
            "\t".clone_into(&mut title);
        }
        if expressions.is_empty() {
            w.line(2, format!("{title}<none>"));
        }
    }
}

fn source(w: &mut Writer, spec: &PersistentVolumeSpec) {
    if let Some(local) = &spec.local {
        w.field(
            2,
            "Type",
            "LocalVolume (a persistent volume backed by local storage on a node)",
        );
        w.field(2, "Path", &local.path);
    } else if let Some(csi) = &spec.csi {
        w.field(
            2,
            "Type",
            "CSI (a Container Storage Interface (CSI) volume source)",
        );
        w.field(2, "Driver", &csi.driver);
        w.field(2, "FSType", csi.fs_type.as_deref().unwrap_or_default());
        w.field(2, "VolumeHandle", &csi.volume_handle);
        w.field(2, "ReadOnly", csi.read_only.unwrap_or(false));
        let attributes = csi.volume_attributes.as_ref();
        w.labels("    ", "VolumeAttributes", attributes);
    } else {
        // The other sources are those of Pods.
        let volume = Volume {
            host_path: spec.host_path.clone(),
            nfs: spec.nfs.clone(),
            ..Volume::default()
        };
        volumes::source(w, &volume);
    }
}
