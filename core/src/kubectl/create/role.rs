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
use crate::kubectl::resources::Resource;
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
    let rules = rules(cx, parsed)?;
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

/// Verbs that only some resources have.
const SPECIAL: &[(&str, &[(&str, &str)])] = &[
    (
        "use",
        &[
            ("podsecuritypolicies", "policy"),
            ("podsecuritypolicies", "extensions"),
        ],
    ),
    (
        "bind",
        &[
            ("roles", "rbac.authorization.k8s.io"),
            ("clusterroles", "rbac.authorization.k8s.io"),
        ],
    ),
    (
        "escalate",
        &[
            ("roles", "rbac.authorization.k8s.io"),
            ("clusterroles", "rbac.authorization.k8s.io"),
        ],
    ),
    (
        "impersonate",
        &[
            ("users", ""),
            ("serviceaccounts", ""),
            ("groups", ""),
            ("userextras", "authentication.k8s.io"),
        ],
    ),
];

/// The values of a repeated flag, each once; `*` alone where it is among them.
pub(super) fn verbs(parsed: &Parsed) -> Vec<String> {
    let mut verbs: Vec<String> = Vec::new();
    for verb in parsed.list("verb") {
        if !verbs.contains(verb) {
            verbs.push(verb.clone());
        }
    }
    if verbs.iter().any(|verb| verb == "*") {
        verbs = vec!["*".to_owned()];
    }
    verbs
}

/// The rules that `--verb` and `--resource` make, one for each API group.
fn rules(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Vec<Value>, Failure> {
    let verbs = verbs(parsed);
    if verbs.is_empty() {
        return Err("at least one verb must be specified".into());
    }
    warn_of(cx, &verbs);
    if parsed.list("resource").is_empty() {
        return Err("at least one resource must be specified".into());
    }
    resource_rules(cx, parsed, &verbs)
}

/// Verbs may be any word; one that is unusual is told.
pub(super) fn warn_of(cx: &mut Cx<'_>, verbs: &[String]) {
    for verb in verbs.iter().filter(|verb| !VERBS.contains(&verb.as_str())) {
        cx.warn(&format!("Warning: '{verb}' is not a standard resource verb"));
    }
}

/// The rules about resources, one for each API group.
pub(super) fn resource_rules(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    verbs: &[String],
) -> Result<Vec<Value>, Failure> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for word in parsed.list("resource") {
        let (word, subresource) = word.split_once('/').unwrap_or((word, ""));
        let found = known(cx, word, verbs)?;
        let resource = if subresource.is_empty() {
            found.plural
        } else {
            format!("{}/{subresource}", found.plural)
        };
        let all = word == "*" && subresource.is_empty();
        let resources = groups.entry(found.group).or_default();
        if !resources.contains(&resource) {
            resources.push(resource);
        }
        if all {
            break;
        }
    }
    let mut names: Vec<&String> = Vec::new();
    for name in parsed.list("resource-name") {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let rule = |(group, resources): (String, Vec<String>)| {
        let mut rule = json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
        if !names.is_empty() {
            put(&mut rule, &["resourceNames"], json!(names));
        }
        rule
    };
    Ok(groups.into_iter().map(rule).collect())
}

/// The resource of that name. Verbs that only some resources have make it be one of those, served or not.
fn known(cx: &mut Cx<'_>, word: &str, verbs: &[String]) -> Result<Resource, Failure> {
    let (name, group) = word.split_once('.').unwrap_or((word, ""));
    if name.is_empty() {
        return Err("resource must be specified if apiGroup/subresource specified".into());
    }
    let given = || Resource {
        plural: name.to_owned(),
        group: group.to_owned(),
        namespaced: None,
    };
    if name == "*" {
        return Ok(given());
    }
    let served = cx.resource_named(word);
    let unknown = served.is_none();
    let found = served.unwrap_or_else(given);
    let (plural, within) = (found.plural.as_str(), found.group.as_str());
    let mut excused = false;
    for verb in verbs {
        let Some((_, resources)) = SPECIAL.iter().find(|(special, _)| special == verb) else {
            continue;
        };
        if !resources.contains(&(plural, within)) {
            let message = format!("can not perform '{verb}' on '{plural}' in group '{within}'");
            return Err(Failure::Message(message));
        }
        excused = true;
    }
    if unknown && !excused {
        let within = if group.is_empty() {
            String::new()
        } else {
            format!(" in group {group:?}")
        };
        let message = format!("the server doesn't have a resource type {name:?}{within}");
        return Err(Failure::Plain(message));
    }
    Ok(found)
}
