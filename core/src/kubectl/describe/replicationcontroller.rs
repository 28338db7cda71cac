//! `ReplicationController`

use super::replicaset::{conditions, pods_status};
use super::template;
use super::writer::Writer;
use crate::api::ReplicationController;
use crate::apiserver::printing::format_labels;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;

/// A ReplicationController.
pub(super) fn write(cx: &mut Cx<'_>, w: &mut Writer, found: &ReplicationController) -> Result<(), Failure> {
    let selector = format_labels(found.spec.selector.as_ref());
    w.name(&found.metadata);
    w.field(0, "Selector", &selector);
    w.labels("", "Labels", found.metadata.labels.as_ref());
    w.annotations("Annotations", found.metadata.annotations.as_ref());
    let (current, desired) = (found.status.replicas, found.spec.replicas.unwrap_or(1));
    w.field(0, "Replicas", format!("{current} current / {desired} desired"));
    let pods = pods_status(cx, found.namespace(), &selector, found.uid())?;
    w.field(0, "Pods Status", pods);
    if let Some(found) = &found.spec.template {
        template::write(w, found);
    }
    let found = found.status.conditions.iter().flatten();
    conditions(
        w,
        found.map(|found| (&found.type_, &found.status, found.reason.as_ref())),
    );
    Ok(())
}
