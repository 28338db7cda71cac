//! `kubectl create rolebinding`

use serde_json::{Value, json};

use super::{finish, name};
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::value::put;

const FLAGS: &[Flag] = &[
    Flag::text("clusterrole", "", "ClusterRole this RoleBinding should reference"),
    Flag::array("group", "Groups to bind to the role."),
    Flag::text("role", "", "Role this RoleBinding should reference"),
    Flag::array(
        "serviceaccount",
        "Service accounts to bind to the role, in the format <namespace>:<name>.",
    ),
    Flag::array("user", "Usernames to bind to the role."),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    aliases: &[],
    usage: "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    flags: &[FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &[],
    run: Some(run),
    ..Command::named(
        "rolebinding",
        "Create a role binding for a particular role or cluster role",
    )
};

/// The same for the whole cluster.
pub(crate) const CLUSTER_COMMAND: Command = Command {
    usage: "NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    flags: &[FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &["clusterrole"],
    run: Some(run_cluster),
    ..Command::named(
        "clusterrolebinding",
        "Create a cluster role binding for a particular cluster role",
    )
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create rolebinding")?;
    let (role, cluster_role) = (parsed.text("role"), parsed.text("clusterrole"));
    if role.is_empty() == cluster_role.is_empty() {
        return Err("exactly one of clusterrole or role must be specified".into());
    }
    let (kind, role) = if role.is_empty() {
        ("ClusterRole", cluster_role)
    } else {
        ("Role", role)
    };
    let object = binding("RoleBinding", name, kind, role, parsed)?;
    finish(cx, parsed, object)
}

fn run_cluster(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create clusterrolebinding")?;
    let object = binding(
        "ClusterRoleBinding",
        name,
        "ClusterRole",
        parsed.text("clusterrole"),
        parsed,
    )?;
    finish(cx, parsed, object)
}

fn binding(kind: &str, name: &str, role_kind: &str, role: &str, parsed: &Parsed) -> Result<Value, Failure> {
    let group = "rbac.authorization.k8s.io";
    let mut subjects = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        for subject in parsed.list(flag) {
            subjects.push(json!({"apiGroup": group, "kind": kind, "name": subject}));
        }
    }
    for account in parsed.list("serviceaccount") {
        let parts: Vec<&str> = account.split(':').collect();
        let [namespace, name] = parts.as_slice() else {
            return Err("serviceaccount must be <namespace>:<name>".into());
        };
        subjects.push(json!({"kind": "ServiceAccount", "namespace": namespace, "name": name}));
    }
    let mut object = json!({
        "apiVersion": format!("{group}/v1"), "kind": kind, "metadata": {"name": name},
        "roleRef": {"apiGroup": group, "kind": role_kind, "name": role},
    });
    if !subjects.is_empty() {
        put(&mut object, &["subjects"], Value::Array(subjects));
    }
    Ok(object)
}
