//! `ReplicaSet`

use super::template;
use super::writer::Writer;
use crate::api::labels::format_selector;
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Kind, Pod, ReplicaSet};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;

/// A ReplicaSet.
pub(super) fn write(cx: &mut Cx<'_>, w: &mut Writer, set: &ReplicaSet) -> Result<(), Failure> {
    let selector = format_selector(&set.spec.selector);
    w.name(&set.metadata);
    w.field(0, "Selector", &selector);
    w.labels("", "Labels", set.metadata.labels.as_ref());
    w.annotations("Annotations", set.metadata.annotations.as_ref());
    w.controller(&set.metadata);
    let (current, desired) = (set.status.replicas, set.spec.replicas.unwrap_or(1));
    w.field(0, "Replicas", format!("{current} current / {desired} desired"));
    w.field(
        0,
        "Pods Status",
        pods_status(cx, set.namespace(), &selector, set.uid())?,
    );
    if let Some(found) = &set.spec.template {
        template::write(w, found);
    }
    let found = set.status.conditions.iter().flatten();
    conditions(
        w,
        found.map(|found| (&found.type_, &found.status, found.reason.as_ref())),
    );
    Ok(())
}

/// Conditions: type, status and reason.
pub(super) fn conditions<'c>(
    w: &mut Writer,
    conditions: impl Iterator<Item = (&'c String, &'c String, Option<&'c String>)>,
) {
    let mut conditions = conditions.peekable();
    if conditions.peek().is_none() {
        return;
    }
    w.line(0, "Conditions:");
    w.line(1, "Type\tStatus\tReason");
    w.line(1, "----\t------\t------");
    for (type_, status, reason) in conditions {
        let reason = reason.map_or("", String::as_str);
        w.line(1, format!("{type_} \t{status}\t{reason}"));
    }
}

/// How many pods of a controller are in which phase.
pub(super) fn pods_status(
    cx: &mut Cx<'_>,
    namespace: &str,
    selector: &str,
    uid: &str,
) -> Result<String, Failure> {
    let listed = cx.list(Kind::Pod, namespace, selector, "")?;
    let phases: Vec<&str> = listed
        .items
        .iter()
        .filter_map(AnyObject::get::<Pod>)
        .filter(|pod| pod.metadata.is_controlled_by(uid))
        .map(|pod| pod.status.phase.as_deref().unwrap_or_default())
        .collect();
    let count = |phase: &str| phases.iter().filter(|found| **found == phase).count();
    Ok(format!(
        "{} Running / {} Waiting / {} Succeeded / {} Failed",
        count("Running"),
        count("Pending"),
        count("Succeeded"),
        count("Failed")
    ))
}
