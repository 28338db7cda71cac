//! `StatefulSet`

use super::containers::port;
use super::replicaset::pods_status;
use super::template;
use super::writer::{Writer, moment};
use crate::api::StatefulSet;
use crate::api::labels::format_selector;
use crate::api::types::core::PersistentVolumeClaim;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;

/// A StatefulSet.
pub(super) fn write(cx: &mut Cx<'_>, w: &mut Writer, set: &StatefulSet) -> Result<(), Failure> {
    let selector = format_selector(&set.spec.selector);
    w.name(&set.metadata);
    w.field(
        0,
        "CreationTimestamp",
        moment(set.metadata.creation_timestamp.as_ref()),
    );
    w.field(0, "Selector", &selector);
    w.labels("", "Labels", set.metadata.labels.as_ref());
    w.annotations("Annotations", set.metadata.annotations.as_ref());
    let (desired, total) = (set.spec.replicas.unwrap_or(1), set.status.replicas);
    w.field(0, "Replicas", format!("{desired} desired | {total} total"));
    let strategy = set.spec.update_strategy.as_ref();
    let kind = strategy.and_then(|strategy| strategy.type_.as_deref());
    w.field(0, "Update Strategy", kind.unwrap_or_default());
    if let Some(rolling) = strategy.and_then(|strategy| strategy.rolling_update.as_ref()) {
        if let Some(partition) = rolling.partition {
            w.field(1, "Partition", partition);
        }
        if let Some(unavailable) = &rolling.max_unavailable {
            w.field(1, "MaxUnavailable", port(unavailable));
        }
    }
    let pods = pods_status(cx, set.namespace(), &selector, set.uid())?;
    w.field(0, "Pods Status", pods);
    template::write(w, &set.spec.template);
    claims(w, set.spec.volume_claim_templates.as_deref().unwrap_or_default());
    Ok(())
}

/// (`describeVolumeClaimTemplates`)
fn claims(w: &mut Writer, templates: &[PersistentVolumeClaim]) {
    if templates.is_empty() {
        w.field(0, "Volume Claims", "<none>");
        return;
    }
    w.line(0, "Volume Claims:");
    for claim in templates {
        let spec = claim.spec.clone().unwrap_or_default();
        let metadata = &claim.metadata;
        w.field(1, "Name", metadata.name.as_deref().unwrap_or_default());
        w.field(1, "StorageClass", spec.storage_class_name.unwrap_or_default());
        w.labels("", "  Labels", metadata.labels.as_ref());
        // Annotations are printed as labels are.
        w.labels("", "  Annotations", metadata.annotations.as_ref());
        let requests = spec.resources.and_then(|resources| resources.requests);
        let size = requests.and_then(|requests| requests.get("storage").cloned());
        w.field(
            1,
            "Capacity",
            size.map_or_else(|| "<default>".to_owned(), |size| size.0),
        );
        let modes = spec.access_modes.unwrap_or_default().join(" ");
        w.field(1, "Access Modes", format!("[{modes}]"));
    }
}
