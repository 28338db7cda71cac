//! `kubectl create job`

use serde_json::{Value, json};

use super::{finish, name, rest};
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::value::put;

const FLAGS: &[Flag] = &[
    Flag::text(
        "from",
        "",
        "The name of the resource to create a Job from (only cronjob is supported).",
    ),
    Flag::text("image", "", "Image name to run."),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    aliases: &[],
    usage: "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
    flags: &[FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &[],
    run: Some(run),
    ..Command::named("job", "Create a job with the specified name")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create job")?;
    let (image, from, command) = (parsed.text("image"), parsed.text("from"), rest(parsed));
    if image.is_empty() == from.is_empty() {
        return Err("either --image or --from must be specified".into());
    }
    if !command.is_empty() && !from.is_empty() {
        return Err("cannot specify --from and command".into());
    }
    if !from.is_empty() {
        return Err(Failure::Message(format!(
            "the server doesn't have a resource type {:?}",
            from.split('/').next().unwrap_or(from)
        )));
    }
    let object = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
        "spec": {"template": template(name, image, command, "Never")}, "status": {},
    });
    finish(cx, parsed, object)
}

/// The pods of a job.
pub(super) fn template(name: &str, image: &str, command: &[String], restart: &str) -> Value {
    let mut container = json!({"name": name, "image": image, "resources": {}});
    if !command.is_empty() {
        put(&mut container, &["command"], json!(command));
    }
    json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}})
}
