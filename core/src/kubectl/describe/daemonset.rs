//! `DaemonSet`

use super::replicaset::pods_status;
use super::template;
use super::writer::Writer;
use crate::api::DaemonSet;
use crate::api::labels::format_selector;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;

/// A DaemonSet.
pub(super) fn write(cx: &mut Cx<'_>, w: &mut Writer, set: &DaemonSet) -> Result<(), Failure> {
    let selector = format_selector(&set.spec.selector);
    let status = &set.status;
    w.name(&set.metadata);
    w.field(0, "Selector", &selector);
    let template = set.spec.template.spec.as_ref();
    let nodes = template.and_then(|spec| spec.node_selector.as_ref());
    w.field(
        0,
        "Node-Selector",
        crate::apiserver::printing::format_labels(nodes),
    );
    w.labels("", "Labels", set.metadata.labels.as_ref());
    w.annotations("Annotations", set.metadata.annotations.as_ref());
    // Numbers are not in a column.
    for (what, number) in [
        (
            "Desired Number of Nodes Scheduled",
            status.desired_number_scheduled,
        ),
        (
            "Current Number of Nodes Scheduled",
            status.current_number_scheduled,
        ),
        (
            "Number of Nodes Scheduled with Up-to-date Pods",
            status.updated_number_scheduled.unwrap_or(0),
        ),
        (
            "Number of Nodes Scheduled with Available Pods",
            status.number_available.unwrap_or(0),
        ),
        ("Number of Nodes Misscheduled", status.number_misscheduled),
    ] {
        w.line(0, format!("{what}: {number}"));
    }
    let pods = pods_status(cx, set.namespace(), &selector, set.uid())?;
    w.field(0, "Pods Status", pods);
    template::write(w, &set.spec.template);
    Ok(())
}
