//! `kubectl create priorityclass`

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
        "description",
        "",
        "description is an arbitrary string that usually provides guidelines on when this priority class should be used.",
    ),
    Flag::off(
        "global-default",
        "global-default specifies whether this PriorityClass should be considered as the default priority.",
    ),
    Flag::text(
        "preemption-policy",
        "PreemptLowerPriority",
        "preemption-policy is the policy for preempting pods with lower priority.",
    ),
    Flag::int("value", "0", "the value of this priority class."),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    aliases: &["pc"],
    usage: "NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]",
    flags: &[FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &["value"],
    run: Some(run),
    ..Command::named("priorityclass", "Create a priority class with the specified name")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create priorityclass")?;
    let mut object = json!({
        "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
        "value": parsed.int("value"), "preemptionPolicy": parsed.text("preemption-policy"),
    });
    if !parsed.text("description").is_empty() {
        put(&mut object, &["description"], json!(parsed.text("description")));
    }
    if parsed.on("global-default") {
        put(&mut object, &["globalDefault"], json!(true));
    }
    finish(cx, parsed, object)
}
