//! `kubectl create role`

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{finish, name};
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::resources::kind_named;
use crate::kubectl::value::put;

const FLAGS: &[Flag] = &[
    Flag::list("resource", "Resource that the rule applies to"),
    Flag::array(
        "resource-name",
        "Resource in the white list that the rule applies to, repeat this flag for multiple items",
    ),
    Flag::list("verb", "Verb that applies to the resources contained in the rule"),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    aliases: &[],
    usage: "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]",
    flags: &[FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &[],
    run: Some(run),
    ..Command::named("role", "Create a role with single rule")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create role")?;
    let rules = rules(cx, parsed, &[])?;
    let object = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name}, "rules": rules,
    });
    finish(cx, parsed, object)
}

const VERBS: &[&str] = &[
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
    "*",
];

/// The rules that `--verb` and `--resource` make, one for each API group.
pub(super) fn rules(cx: &mut Cx<'_>, parsed: &Parsed, urls: &[String]) -> Result<Vec<Value>, Failure> {
    let mut verbs: Vec<&str> = Vec::new();
    for verb in parsed.list("verb") {
        if !verbs.contains(&verb.as_str()) {
            verbs.push(verb);
        }
    }
    if verbs.contains(&"*") {
        verbs = vec!["*"];
    }
    if verbs.is_empty() {
        return Err("at least one verb must be specified".into());
    }
    for verb in verbs.iter().filter(|verb| !VERBS.contains(verb)) {
        cx.io
            .stderr(&format!("Warning: '{verb}' is not a standard resource verb\n"));
    }
    if parsed.list("resource").is_empty() && urls.is_empty() {
        return Err("at least one resource must be specified".into());
    }
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for word in parsed.list("resource") {
        let (word, subresource) = word.split_once('/').unwrap_or((word, ""));
        let (resource, group) = known(word)?;
        let resource = if subresource.is_empty() {
            resource
        } else {
            format!("{resource}/{subresource}")
        };
        let resources = groups.entry(group).or_default();
        if !resources.contains(&resource) {
            resources.push(resource);
        }
    }
    let mut rules: Vec<Value> = groups
        .into_iter()
        .map(|(group, resources)| {
            let mut rule = json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
            if !parsed.list("resource-name").is_empty() {
                put(&mut rule, &["resourceNames"], json!(parsed.list("resource-name")));
            }
            rule
        })
        .collect();
    if !urls.is_empty() {
        rules.push(json!({"nonResourceURLs": urls, "verbs": verbs}));
    }
    Ok(rules)
}

/// The full name and the group of a resource.
fn known(word: &str) -> Result<(String, String), Failure> {
    if word == "*" {
        return Ok(("*".to_owned(), String::new()));
    }
    if let Ok(kind) = kind_named(word) {
        let info = kind.info();
        return Ok((info.plural.to_owned(), info.group.to_owned()));
    }
    let (resource, group) = word.split_once('.').unwrap_or((word, ""));
    UNSERVED
        .iter()
        .find(|(plural, names, known)| {
            (*plural == resource || names.contains(&resource)) && (group.is_empty() || known == &group)
        })
        .map(|(plural, _, group)| ((*plural).to_owned(), (*group).to_owned()))
        .ok_or_else(|| Failure::Message(format!("the server doesn't have a resource type {resource:?}")))
}

/// Resources of Kubernetes that the API server does not serve yet; rules may name them.
const UNSERVED: &[(&str, &[&str], &str)] = &[
    ("secrets", &["secret"], ""),
    ("endpoints", &["ep"], ""),
    ("persistentvolumes", &["pv", "persistentvolume"], ""),
    ("persistentvolumeclaims", &["pvc", "persistentvolumeclaim"], ""),
    ("resourcequotas", &["quota", "resourcequota"], ""),
    ("limitranges", &["limits", "limitrange"], ""),
    ("replicationcontrollers", &["rc", "replicationcontroller"], ""),
    ("daemonsets", &["ds", "daemonset"], "apps"),
    ("statefulsets", &["sts", "statefulset"], "apps"),
    ("jobs", &["job"], "batch"),
    ("cronjobs", &["cj", "cronjob"], "batch"),
    ("ingresses", &["ing", "ingress"], "networking.k8s.io"),
    (
        "networkpolicies",
        &["netpol", "networkpolicy"],
        "networking.k8s.io",
    ),
    ("roles", &["role"], "rbac.authorization.k8s.io"),
    ("rolebindings", &["rolebinding"], "rbac.authorization.k8s.io"),
    ("clusterroles", &["clusterrole"], "rbac.authorization.k8s.io"),
    (
        "clusterrolebindings",
        &["clusterrolebinding"],
        "rbac.authorization.k8s.io",
    ),
    ("horizontalpodautoscalers", &["hpa"], "autoscaling"),
    ("poddisruptionbudgets", &["pdb"], "policy"),
    ("storageclasses", &["sc", "storageclass"], "storage.k8s.io"),
    ("priorityclasses", &["pc", "priorityclass"], "scheduling.k8s.io"),
    ("leases", &["lease"], "coordination.k8s.io"),
];
