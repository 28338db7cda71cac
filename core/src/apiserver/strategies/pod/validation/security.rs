//! Security contexts (`validatePodSpecSecurityContext`, `ValidateSecurityContext`).

use crate::api::Cause;
use crate::api::to_json;
use crate::api::types::core::{PodSecurityContext, PodSpec, SeccompProfile, SecurityContext};
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};

fn id(causes: &mut Vec<Cause>, id: Option<i64>, path: Path<'_>) {
    let most = i64::from(i32::MAX);
    if let Some(id) = id.filter(|id| !(0..=most).contains(id)) {
        causes.push(field::invalid(path, id, &names::between(0, most)));
    }
}

pub(super) fn pod(causes: &mut Vec<Cause>, spec: &PodSpec, context: &PodSecurityContext, path: Path<'_>) {
    id(causes, context.fs_group, path.child("fsGroup"));
    id(causes, context.run_as_user, path.child("runAsUser"));
    id(causes, context.run_as_group, path.child("runAsGroup"));
    let groups = path.child("supplementalGroups");
    for (index, group) in context.supplemental_groups.iter().flatten().enumerate() {
        id(causes, Some(*group), groups.index(index));
    }
    if spec.share_process_namespace == Some(true) && spec.host_pid == Some(true) {
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        causes.push(field::invalid(path.child("shareProcessNamespace"), true, detail));
    }
    let policies = [
        (
            "fsGroupChangePolicy",
            &context.fs_group_change_policy,
            ["Always", "OnRootMismatch"],
        ),
        (
            "supplementalGroupsPolicy",
            &context.supplemental_groups_policy,
            ["Merge", "Strict"],
        ),
    ];
    for (name, policy, supported) in policies {
        if let Some(policy) = policy.as_deref().filter(|policy| !supported.contains(policy)) {
            causes.push(field::not_supported(path.child(name), policy, &supported));
        }
    }
    if let Some(profile) = &context.seccomp_profile {
        seccomp(causes, profile, path.child("seccompProfile"));
    }
}

pub(super) fn container(causes: &mut Vec<Cause>, context: &SecurityContext, path: Path<'_>) {
    id(causes, context.run_as_user, path.child("runAsUser"));
    id(causes, context.run_as_group, path.child("runAsGroup"));
    if let Some(profile) = &context.seccomp_profile {
        seccomp(causes, profile, path.child("seccompProfile"));
    }
    if context.allow_privilege_escalation != Some(false) {
        return;
    }
    if context.privileged == Some(true) {
        let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        causes.push(field::invalid(path, to_json(context), detail));
    }
    let added = context.capabilities.as_ref().and_then(|list| list.add.as_ref());
    if added.is_some_and(|added| added.iter().any(|name| name == "CAP_SYS_ADMIN")) {
        let detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
        causes.push(field::invalid(path, to_json(context), detail));
    }
}

fn seccomp(causes: &mut Vec<Cause>, profile: &SeccompProfile, path: Path<'_>) {
    let supported = ["Localhost", "RuntimeDefault", "Unconfined"];
    match profile.type_.as_str() {
        "" => {
            let detail = "type is required when seccompProfile is set";
            causes.push(field::required(path.child("type"), detail));
        }
        type_ if supported.contains(&type_) => {}
        type_ => causes.push(field::not_supported(path.child("type"), type_, &supported)),
    }
    let at = path.child("localhostProfile");
    match (&profile.localhost_profile, profile.type_ == "Localhost") {
        (None, true) => {
            let detail = "must be set when seccomp type is Localhost";
            causes.push(field::required(at, detail));
        }
        (Some(file), true) => super::volumes::descending_path(causes, file, at),
        (Some(_), false) => {
            let detail = "can only be set when seccomp type is Localhost";
            causes.push(field::invalid(at, to_json(profile), detail));
        }
        (None, false) => {}
    }
}
