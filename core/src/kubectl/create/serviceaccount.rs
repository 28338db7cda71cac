//! `kubectl create serviceaccount`

use serde_json::json;

use super::{finish, name};
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Parsed;
use crate::kubectl::machine::Flow;

/// The command.
pub(crate) const COMMAND: Command = Command {
    aliases: &["sa"],
    usage: "NAME [--dry-run=server|client|none]",
    flags: &[PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &[],
    run: Some(run),
    ..Command::named(
        "serviceaccount",
        "Create a service account with the specified name",
    )
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create serviceaccount")?;
    let object = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}});
    finish(cx, parsed, object)
}
