//! `kubectl create clusterrole`

use serde_json::{Value, json};

use super::{finish, name, role};
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::value::put;

const FLAGS: &[Flag] = &[
    Flag::text(
        "aggregation-rule",
        "",
        "An aggregation label selector for combining ClusterRoles.",
    ),
    Flag::list(
        "non-resource-url",
        "A partial url that user should have access to.",
    ),
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
    usage: "NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]",
    flags: &[FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &[],
    run: Some(run),
    ..Command::named("clusterrole", "Create a cluster role")
};

const PATH_VERBS: &[&str] = &["*", "get", "post", "put", "delete", "patch", "head", "options"];

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create clusterrole")?;
    let mut object = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name},
    });
    let aggregation = parsed.text("aggregation-rule");
    if aggregation.is_empty() {
        put(&mut object, &["rules"], json!(rules(cx, parsed)?));
        return finish(cx, parsed, object);
    }
    let others = ["non-resource-url", "verb", "resource", "resource-name"];
    if others.iter().any(|flag| !parsed.list(flag).is_empty()) {
        return Err(
            "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames"
                .into(),
        );
    }
    let mut labels = json!({});
    for pair in aggregation.split(',') {
        let Some((label, value)) = pair.split_once('=') else {
            return Err(Failure::Message(format!(
                "invalid argument {aggregation:?} for \"--aggregation-rule\" flag: {pair} must be formatted as key=value\nSee 'kubectl create clusterrole --help' for usage."
            )));
        };
        put(&mut labels, &[label], json!(value));
    }
    let rule = json!({"clusterRoleSelectors": [{"matchLabels": labels}]});
    put(&mut object, &["aggregationRule"], rule);
    put(&mut object, &["rules"], json!(null));
    finish(cx, parsed, object)
}

fn rules(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Vec<Value>, Failure> {
    let verbs = role::verbs(parsed);
    let (resources, urls) = (parsed.list("resource"), parsed.list("non-resource-url"));
    if verbs.is_empty() {
        return Err("at least one verb must be specified".into());
    }
    if resources.is_empty() && urls.is_empty() {
        return Err("one of resource or nonResourceURL must be specified".into());
    }
    let mut rules = Vec::new();
    if !resources.is_empty() {
        role::warn_of(cx, &verbs);
        rules = role::resource_rules(cx, parsed, &verbs)?;
    }
    if urls.is_empty() {
        return Ok(rules);
    }
    if let Some(verb) = verbs.iter().find(|verb| !PATH_VERBS.contains(&verb.as_str())) {
        return Err(Failure::Message(format!(
            "invalid verb: '{verb}' for nonResourceURL"
        )));
    }
    for url in urls.iter().filter(|url| *url != "*") {
        if !url.starts_with('/') {
            return Err("nonResourceURL should start with /".into());
        }
        if url.trim_end_matches('*').contains('*') || url.ends_with("**") {
            return Err("nonResourceURL only supports wildcard matches when '*' is at the end".into());
        }
    }
    rules.push(json!({"nonResourceURLs": urls, "verbs": verbs}));
    Ok(rules)
}
