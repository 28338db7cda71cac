//! Validation of roles and bindings, what they share (`pkg/apis/rbac/validation`, `pkg/apis/rbac/v1/defaults.go`).

use super::field::{self, Shown};
use super::names;
use super::path::Path;
use crate::api::Cause;
use crate::api::types::rbac::{PolicyRule, RoleRef, Subject};

/// The group of roles, bindings, users and groups.
pub const GROUP: &str = "rbac.authorization.k8s.io";

fn none(list: Option<&Vec<String>>) -> bool {
    list.is_none_or(Vec::is_empty)
}

fn group_of(role: &RoleRef) -> &str {
    role.api_group.as_deref().unwrap_or_default()
}

/// What is wrong with the rules of a role.
pub fn rules(causes: &mut Vec<Cause>, rules: Option<&Vec<PolicyRule>>, namespaced: bool) {
    let path = Path::new("rules");
    for (index, rule) in rules.into_iter().flatten().enumerate() {
        let at = path.index(index);
        let no_resources = none(rule.api_groups.as_ref()) && none(rule.resources.as_ref());
        if rule.verbs.is_empty() {
            causes.push(field::required(
                at.child("verbs"),
                "verbs must contain at least one value",
            ));
        }
        if let Some(urls) = rule.non_resource_urls.as_ref().filter(|urls| !urls.is_empty()) {
            let mut refuse =
                |why| causes.push(field::invalid(at.child("nonResourceURLs"), urls.clone(), why));
            if namespaced {
                refuse("namespaced rules cannot apply to non-resource URLs");
            }
            if !no_resources || !none(rule.resource_names.as_ref()) {
                refuse("rules cannot apply to both regular resources and non-resource URLs");
            }
            continue;
        }
        if none(rule.api_groups.as_ref()) {
            let why = "resource rules must supply at least one api group";
            causes.push(field::required(at.child("apiGroups"), why));
        }
        if none(rule.resources.as_ref()) {
            let why = "resource rules must supply at least one resource";
            causes.push(field::required(at.child("resources"), why));
        }
    }
}

/// What a binding says when it says nothing: the group of its role and of its subjects.
pub fn default(role: &mut RoleRef, subjects: Option<&mut Vec<Subject>>) {
    if group_of(role).is_empty() {
        role.api_group = Some(GROUP.to_owned());
    }
    for subject in subjects.into_iter().flatten() {
        let group = subject.api_group.get_or_insert_default();
        if group.is_empty() && matches!(subject.kind.as_str(), "User" | "Group") {
            GROUP.clone_into(group);
        }
        if group.is_empty() {
            subject.api_group = None;
        }
    }
}

/// Whether [`default`] would change nothing.
#[must_use]
pub fn is_complete(role: &RoleRef, subjects: Option<&Vec<Subject>>) -> bool {
    let complete = |subject: &Subject| {
        subject.kind == "ServiceAccount" || subject.api_group.as_ref().is_some_and(|group| !group.is_empty())
    };
    !group_of(role).is_empty() && subjects.into_iter().flatten().all(complete)
}

/// What is wrong with a binding. Only a namespace's may refer to a Role, or leave a service account's namespace out.
pub fn binding(causes: &mut Vec<Cause>, role: &RoleRef, subjects: Option<&Vec<Subject>>, namespaced: bool) {
    let path = Path::new("roleRef");
    let group = group_of(role);
    if group != GROUP {
        causes.push(field::not_supported(path.child("apiGroup"), group, &[GROUP]));
    }
    let kinds: &[&str] = if namespaced {
        &["Role", "ClusterRole"]
    } else {
        &["ClusterRole"]
    };
    if !kinds.contains(&role.kind.as_str()) {
        causes.push(field::not_supported(
            path.child("kind"),
            role.kind.as_str(),
            kinds,
        ));
    }
    if role.name.is_empty() {
        causes.push(field::required(path.child("name"), ""));
    } else {
        let wrong = names::path_segment(&role.name);
        field::invalid_each(causes, path.child("name"), &role.name, &wrong);
    }
    let path = Path::new("subjects");
    for (index, one) in subjects.into_iter().flatten().enumerate() {
        subject(causes, one, path.index(index), namespaced);
    }
}

fn subject(causes: &mut Vec<Cause>, subject: &Subject, at: Path<'_>, namespaced: bool) {
    if subject.name.is_empty() {
        causes.push(field::required(at.child("name"), ""));
    }
    let group = subject.api_group.as_deref().unwrap_or_default();
    match subject.kind.as_str() {
        "ServiceAccount" => {
            if !subject.name.is_empty() {
                let wrong = names::dns1123_subdomain(&subject.name);
                field::invalid_each(causes, at.child("name"), &subject.name, &wrong);
            }
            if !group.is_empty() {
                causes.push(field::not_supported(at.child("apiGroup"), group, &[""]));
            }
            if !namespaced && subject.namespace.as_deref().is_none_or(str::is_empty) {
                causes.push(field::required(at.child("namespace"), ""));
            }
        }
        "User" | "Group" if group == GROUP => {}
        "User" | "Group" => causes.push(field::not_supported(at.child("apiGroup"), group, &[GROUP])),
        other => causes.push(field::not_supported(
            at.child("kind"),
            other,
            &["ServiceAccount", "User", "Group"],
        )),
    }
}

/// A binding stays with its role.
pub fn same_role(causes: &mut Vec<Cause>, new: &RoleRef, old: &RoleRef) {
    if new == old {
        return;
    }
    let text = |text: &str| serde_json::Value::from(text);
    let shown = format!(
        "{{\"APIGroup\":{},\"Kind\":{},\"Name\":{}}}",
        text(group_of(new)),
        text(&new.kind),
        text(&new.name)
    );
    causes.push(field::invalid(
        "roleRef",
        Shown::json(shown),
        "cannot change roleRef",
    ));
}

/// The subjects by kind, as tables print them: users, groups, service accounts.
#[must_use]
pub fn subject_cells(subjects: Option<&Vec<Subject>>) -> [String; 3] {
    let of = |kind: &str| -> String {
        let found = subjects
            .into_iter()
            .flatten()
            .filter(|subject| subject.kind == kind);
        let names: Vec<String> = found
            .map(|subject| {
                if kind == "ServiceAccount" {
                    let namespace = subject.namespace.as_deref().unwrap_or_default();
                    format!("{namespace}/{}", subject.name)
                } else {
                    subject.name.clone()
                }
            })
            .collect();
        names.join(", ")
    };
    [of("User"), of("Group"), of("ServiceAccount")]
}
