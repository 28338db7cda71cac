//! `StorageClass`

use super::writer::Writer;
use crate::api::StorageClass;
use crate::api::volumes::is_default_class;
use crate::apiserver::printing::format_labels;

/// A StorageClass.
pub(super) fn write(w: &mut Writer, class: &StorageClass) {
    let spec = &class.spec;
    w.field(0, "Name", class.name());
    w.field(
        0,
        "IsDefaultClass",
        if is_default_class(class) { "Yes" } else { "No" },
    );
    w.field(
        0,
        "Annotations",
        format_labels(class.metadata.annotations.as_ref()),
    );
    w.field(0, "Provisioner", &spec.provisioner);
    w.field(0, "Parameters", format_labels(spec.parameters.as_ref()));
    let expansion = match spec.allow_volume_expansion {
        None => "<unset>",
        Some(true) => "True",
        Some(false) => "False",
    };
    w.field(0, "AllowVolumeExpansion", expansion);
    match spec.mount_options.as_deref() {
        None | Some([]) => w.field(0, "MountOptions", "<none>"),
        Some(options) => {
            w.line(0, "MountOptions:");
            for option in options {
                w.line(1, option);
            }
        }
    }
    for (title, text) in [
        ("ReclaimPolicy", &spec.reclaim_policy),
        ("VolumeBindingMode", &spec.volume_binding_mode),
    ] {
        if let Some(text) = text {
            w.field(0, title, text);
        }
    }
    let Some(topologies) = &spec.allowed_topologies else {
        return;
    };
    if topologies.is_empty() {
        return w.line(0, "AllowedTopologies:\t<none>");
    }
    w.line(0, "AllowedTopologies:\t");
    for (index, term) in topologies.iter().enumerate() {
        let expressions = term.match_label_expressions.as_deref().unwrap_or_default();
        let mut title = format!("Term {index}:\t");
        for expression in expressions {
            w.line(
                1,
                format!("{title}{} in [{}]", expression.key, expression.values.join(", ")),
            );
            "\t".clone_into(&mut title);
        }
        if expressions.is_empty() {
            w.line(1, format!("{title}<none>"));
        }
    }
}
