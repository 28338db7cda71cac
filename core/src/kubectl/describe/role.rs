//! `Role`, `ClusterRole`, `RoleBinding`, `ClusterRoleBinding`

use super::writer::Writer;
use crate::api::types::meta::ObjectMeta;
use crate::api::types::rbac::{PolicyRule, RoleRef, Subject};
use crate::kubectl::auth::rules::{HEADS, rows};

fn identity(w: &mut Writer, metadata: &ObjectMeta) {
    w.field(0, "Name", metadata.name.as_deref().unwrap_or_default());
    w.labels("", "Labels", metadata.labels.as_ref());
    w.annotations("Annotations", metadata.annotations.as_ref());
}

fn underlined(heads: &[&str]) -> String {
    let lines: Vec<String> = heads.iter().map(|head| "-".repeat(head.len())).collect();
    lines.join("\t")
}

/// A role of either kind.
pub(super) fn write(w: &mut Writer, metadata: &ObjectMeta, rules: Option<&Vec<PolicyRule>>) {
    identity(w, metadata);
    w.line(0, "PolicyRule:");
    w.line(1, HEADS.join("\t"));
    w.line(1, underlined(&HEADS));
    for cells in rows(rules.into_iter().flatten()) {
        w.line(1, cells.join("\t"));
    }
}

/// A binding of either kind.
pub(super) fn write_binding(
    w: &mut Writer,
    metadata: &ObjectMeta,
    role: &RoleRef,
    subjects: Option<&Vec<Subject>>,
) {
    const SUBJECT: [&str; 3] = ["Kind", "Name", "Namespace"];
    identity(w, metadata);
    w.line(0, "Role:");
    w.field(1, "Kind", &role.kind);
    w.field(1, "Name", &role.name);
    w.line(0, "Subjects:");
    w.line(1, SUBJECT.join("\t"));
    w.line(1, underlined(&SUBJECT));
    for subject in subjects.into_iter().flatten() {
        let namespace = subject.namespace.as_deref().unwrap_or_default();
        w.line(1, format!("{}\t{}\t{namespace}", subject.kind, subject.name));
    }
}
