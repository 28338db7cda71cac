//! `kubectl auth can-i`: may I do this; and everything I may do.

use serde_json::{Value, json};

use super::rules::{HEADS, rows};
use crate::api::types::rbac::PolicyRule;
use crate::apiserver::{Body, Method};
use crate::kubectl::command::Command;
use crate::kubectl::common::ALL_NAMESPACES;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::output::tabwriter::{TABLE, aligned};
use crate::kubectl::resources::Resource;
use crate::kubectl::value::{items, text};

const FLAGS: &[Flag] = &[
    Flag::off("list", "If true, prints all allowed actions."),
    Flag::off("no-headers", "If true, prints allowed actions without headers"),
    Flag::off("quiet", "If true, suppress output and just return the exit code.").short('q'),
    Flag::text(
        "subresource",
        "",
        "SubResource such as pod/log or deployment/scale",
    ),
];

/// The command.
pub(super) const COMMAND: Command = Command {
    usage: "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
    flags: &[FLAGS, ALL_NAMESPACES],
    run: Some(run),
    ..Command::named("can-i", "Check whether an action is allowed")
};

const RESOURCE_VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
];
const PATH_VERBS: &[&str] = &["get", "put", "post", "head", "options", "delete", "patch", "*"];

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if parsed.on("list") {
        return list(cx, parsed);
    }
    let [verb, what] = parsed.args.as_slice() else {
        return Err(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples."
                .into(),
        );
    };
    let spec = if what.starts_with('/') {
        of_path(cx, parsed, verb, what)?
    } else {
        of_resource(cx, parsed, verb, what)
    };
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let body =
        json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec});
    let answer = cx.post(path, body)?;
    let allowed = answer.pointer("/status/allowed") == Some(&json!(true));
    if !parsed.on("quiet") {
        let mut said = if allowed { "yes" } else { "no" }.to_owned();
        for why in ["/status/reason", "/status/evaluationError"] {
            if !allowed && !text(&answer, why).is_empty() {
                said.push_str(&format!(" - {}", text(&answer, why)));
            }
        }
        cx.say(&said);
    }
    Ok(Flow::Done(i32::from(!allowed)))
}

fn warn(cx: &mut Cx<'_>, warning: &str) {
    cx.warn(&format!("Warning: {warning}\n"));
}

fn of_path(cx: &mut Cx<'_>, parsed: &Parsed, verb: &str, path: &str) -> Result<Value, Failure> {
    if !parsed.text("subresource").is_empty() {
        return Err("--subresource can not be used with NonResourceURL".into());
    }
    if !PATH_VERBS.contains(&verb) {
        warn(cx, &format!("verb '{verb}' is not a known verb"));
    }
    Ok(json!({"nonResourceAttributes": {"verb": verb, "path": path}}))
}

fn of_resource(cx: &mut Cx<'_>, parsed: &Parsed, verb: &str, what: &str) -> Value {
    let (word, name) = what.split_once('/').unwrap_or((what, ""));
    let resource = if word == "*" {
        Resource {
            plural: "*".to_owned(),
            group: String::new(),
            namespaced: None,
        }
    } else {
        cx.resource_named(word).unwrap_or_else(|| {
            let (resource, group) = word.split_once('.').unwrap_or((word, ""));
            let within = if group.is_empty() {
                String::new()
            } else {
                format!(" in group '{group}'")
            };
            warn(
                cx,
                &format!("the server doesn't have a resource type '{resource}'{within}"),
            );
            Resource {
                plural: resource.to_owned(),
                group: group.to_owned(),
                namespaced: None,
            }
        })
    };
    let Resource {
        plural,
        group,
        namespaced,
    } = resource;
    let everywhere = parsed.on("all-namespaces");
    if !everywhere {
        if namespaced == Some(false) {
            let within = if group.is_empty() {
                String::new()
            } else {
                format!(" in group '{group}'")
            };
            warn(
                cx,
                &format!("resource '{plural}' is not namespace scoped{within}"),
            );
        }
        if !RESOURCE_VERBS.contains(&verb) {
            warn(cx, &format!("verb '{verb}' is not a known verb"));
        }
    }
    let namespace = if everywhere { "" } else { cx.namespace.as_str() };
    json!({"resourceAttributes": {
        "namespace": namespace, "verb": verb, "group": group, "resource": plural,
        "subresource": parsed.text("subresource"), "name": name,
    }})
}

fn list(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if !parsed.args.is_empty() {
        return Err("list option must be specified with no arguments".into());
    }
    if parsed.on("quiet") || parsed.on("all-namespaces") || !parsed.text("subresource").is_empty() {
        return Err(
            "list option can't be specified with neither quiet, all-namespaces nor subresource options"
                .into(),
        );
    }
    let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let body = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": cx.namespace},
    });
    let answer = cx.post(path, body)?;
    let all = items(&answer, "/status/resourceRules")
        .iter()
        .chain(items(&answer, "/status/nonResourceRules"));
    let rules: Vec<PolicyRule> = all
        .filter_map(|rule| crate::api::from_json(rule.clone()).ok())
        .collect();
    if answer.pointer("/status/incomplete") == Some(&json!(true)) {
        let why = text(&answer, "/status/evaluationError");
        cx.warn(&format!("warning: the list may be incomplete: {why}"));
    }
    let mut out = String::new();
    if !parsed.on("no-headers") {
        out.push_str(&(HEADS.join("\t") + "\n"));
    }
    for cells in rows(rules.iter()) {
        out.push_str(&(cells.join("\t") + "\n"));
    }
    cx.io.stdout(&aligned(&out, TABLE));
    Ok(Flow::Done(0))
}

impl Cx<'_> {
    /// Creates something at a path, and answers what came back.
    pub(super) fn post(&mut self, path: &str, body: Value) -> Result<Value, Failure> {
        let request = self.request(Method::Post, path).with_body(Body::Json(body));
        Ok(self.send(request)?.to_value().unwrap_or_default())
    }
}
