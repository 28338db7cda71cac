//! `Namespace`

use super::writer::{Writer, moment};
use super::{limitrange, resourcequota};
use crate::api::{AnyObject, Kind, Namespace};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;

/// A Namespace, with its quotas and limits.
pub(super) fn write(cx: &mut Cx<'_>, w: &mut Writer, namespace: &Namespace) -> Result<(), Failure> {
    w.field(0, "Name", namespace.name());
    w.labels("", "Labels", namespace.metadata.labels.as_ref());
    w.annotations("Annotations", namespace.metadata.annotations.as_ref());
    w.field(0, "Status", namespace.status.phase.as_deref().unwrap_or_default());
    let conditions = namespace.status.conditions.as_deref().unwrap_or_default();
    if !conditions.is_empty() {
        w.line(0, "Conditions:");
        w.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        w.line(1, "----\t------\t------------------\t------\t-------");
        for condition in conditions {
            w.line(
                1,
                format!(
                    "{}\t{}\t{}\t{}\t{}",
                    condition.type_,
                    condition.status,
                    moment(condition.last_transition_time.as_ref()),
                    condition.reason.as_deref().unwrap_or_default(),
                    condition.message.as_deref().unwrap_or_default()
                ),
            );
        }
    }
    let listed = cx.list(Kind::ResourceQuota, namespace.name(), "", "")?;
    let found: Vec<_> = listed.items.iter().filter_map(AnyObject::get).collect();
    w.line(0, "");
    resourcequota::write_all(w, &found);
    let listed = cx.list(Kind::LimitRange, namespace.name(), "", "")?;
    let found: Vec<_> = listed.items.iter().filter_map(AnyObject::get).collect();
    w.line(0, "");
    limitrange::write_all(w, &found);
    Ok(())
}
