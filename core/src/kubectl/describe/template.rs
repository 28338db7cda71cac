//! The pods that a controller makes.

use super::writer::Writer;
use super::{containers, volumes};
use crate::api::types::core::PodTemplateSpec;

/// A template as part of a description.
pub(super) fn write(w: &mut Writer, template: &PodTemplateSpec) {
    w.line(0, "Pod Template:");
    let metadata = template.metadata.as_ref();
    w.labels(
        "",
        "  Labels",
        metadata.and_then(|metadata| metadata.labels.as_ref()),
    );
    let annotations = metadata.and_then(|metadata| metadata.annotations.as_ref());
    if annotations.is_some_and(|annotations| !annotations.is_empty()) {
        w.annotations("  Annotations", annotations);
    }
    let Some(spec) = &template.spec else { return };
    if let Some(account) = spec.service_account_name.as_ref().filter(|name| !name.is_empty()) {
        w.field(1, "Service Account", account);
    }
    let init = spec.init_containers.as_deref().unwrap_or_default();
    if !init.is_empty() {
        containers::write(w, "Init Containers", init, None, (None, "  "));
    }
    containers::write(w, "Containers", &spec.containers, None, (None, "  "));
    volumes::write(w, spec.volumes.as_ref(), "  ");
    super::pod::spread(w, spec.topology_spread_constraints.as_ref(), "  ");
    if let Some(class) = spec.priority_class_name.as_ref().filter(|name| !name.is_empty()) {
        w.field(1, "Priority Class Name", class);
    }
    w.labels("", "  Node-Selectors", spec.node_selector.as_ref());
    w.tolerations("  Tolerations", spec.tolerations.as_ref());
}

/// A template on its own, with its tabs as upstream leaves them.
pub(crate) fn pod_template(template: &PodTemplateSpec) -> String {
    let mut w = Writer::default();
    write(&mut w, template);
    w.raw()
}
