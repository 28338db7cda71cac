//! `PriorityClass`

use super::writer::Writer;
use crate::api::PriorityClass;
use crate::apiserver::printing::format_labels;

/// A PriorityClass.
pub(super) fn write(w: &mut Writer, class: &PriorityClass) {
    w.field(0, "Name", class.name());
    w.field(0, "Value", class.spec.value.unwrap_or(0));
    w.field(0, "GlobalDefault", class.spec.global_default.unwrap_or(false));
    let policy = class.spec.preemption_policy.as_deref().unwrap_or_default();
    w.field(0, "PreemptionPolicy", policy);
    let description = class.spec.description.as_deref().unwrap_or_default();
    w.field(0, "Description", description);
    let annotations = format_labels(class.metadata.annotations.as_ref());
    w.field(0, "Annotations", annotations);
}
