//! `Namespace`

use super::writer::{Writer, moment};
use crate::api::Namespace;

/// A Namespace. Quotas and limits are not served yet.
pub(super) fn write(w: &mut Writer, namespace: &Namespace) {
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
    w.line(0, "\nNo resource quota.\n\nNo LimitRange resource.");
}
