//! `PodDisruptionBudget`

use super::containers::port;
use super::writer::Writer;
use crate::api::PodDisruptionBudget;
use crate::api::labels::format_selector;

/// A PodDisruptionBudget.
pub(super) fn write(w: &mut Writer, budget: &PodDisruptionBudget) {
    let (spec, status) = (&budget.spec, &budget.status);
    w.name(&budget.metadata);
    if let Some(least) = &spec.min_available {
        w.field(0, "Min available", port(least));
    } else if let Some(most) = &spec.max_unavailable {
        w.field(0, "Max unavailable", port(most));
    }
    let selector = spec.selector.as_ref();
    w.field(
        0,
        "Selector",
        selector.map_or_else(|| "<unset>".to_owned(), format_selector),
    );
    w.line(0, "Status:");
    for (name, number) in [
        ("Allowed disruptions", status.disruptions_allowed),
        ("Current", status.current_healthy),
        ("Desired", status.desired_healthy),
        ("Total", status.expected_pods),
    ] {
        w.field(2, name, number.unwrap_or(0));
    }
}
