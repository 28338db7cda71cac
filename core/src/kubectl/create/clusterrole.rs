//! `kubectl create clusterrole`

use serde_json::json;

use super::{finish, name};
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

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create clusterrole")?;
    let mut object = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name},
    });
    let aggregation = parsed.text("aggregation-rule");
    if aggregation.is_empty() {
        put(
            &mut object,
            &["rules"],
            json!(super::role::rules(cx, parsed, parsed.list("non-resource-url"))?),
        );
    } else {
        let mut labels = json!({});
        for pair in aggregation.split(',') {
            let (label, value) = pair.split_once('=').unwrap_or((pair, ""));
            put(&mut labels, &[label], json!(value));
        }
        put(
            &mut object,
            &["aggregationRule"],
            json!({"clusterRoleSelectors": [{"matchLabels": labels}]}),
        );
        put(&mut object, &["rules"], json!(null));
    }
    finish(cx, parsed, object)
}
