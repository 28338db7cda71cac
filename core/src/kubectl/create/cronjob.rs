//! `kubectl create cronjob`

use serde_json::json;

use super::{finish, name, rest};
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;

const FLAGS: &[Flag] = &[
    Flag::text("image", "", "Image name to run."),
    Flag::text(
        "restart",
        "",
        "job's restart policy. supported values: OnFailure, Never",
    ),
    Flag::text(
        "schedule",
        "",
        "A schedule in the Cron format the job should be run with.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    aliases: &["cj"],
    usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
    flags: &[FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &["image", "schedule"],
    run: Some(run),
    ..Command::named("cronjob", "Create a cron job with the specified name")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create cronjob")?;
    let restart = match parsed.text("restart") {
        "" => "OnFailure",
        given => given,
    };
    let template = super::job::template(name, parsed.text("image"), rest(parsed), restart);
    let object = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name},
        "spec": {
            "jobTemplate": {"metadata": {"name": name}, "spec": {"template": template}},
            "schedule": parsed.text("schedule"),
        },
        "status": {},
    });
    finish(cx, parsed, object)
}
