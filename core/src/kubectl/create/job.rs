//! `kubectl create job`

use serde_json::{Value, json};

use super::{finish, name, rest};
use crate::api::{AnyObject, Kind};
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::resources::kind_named;
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
        let object = from_cron_job(cx, name, from)?;
        return finish(cx, parsed, object);
    }
    let object = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
        "spec": {"template": template(name, image, command, "Never")}, "status": {},
    });
    finish(cx, parsed, object)
}

/// The Job that a CronJob would start, started by hand (`createJobFromCronJob`).
fn from_cron_job(cx: &mut Cx<'_>, name: &str, from: &str) -> Result<Value, Failure> {
    let (kind, source) = match from.split_once('/') {
        Some((kind, source)) => (kind_named(kind)?, source),
        None => (Kind::CronJob, from),
    };
    let namespace = cx.namespace.clone();
    let found = cx.get_object(kind, &namespace, source)?;
    let AnyObject::CronJob(cron_job) = &found else {
        return Err("from must be an existing cronjob".into());
    };
    let template = &cron_job.spec.job_template;
    let from = template.metadata.clone().unwrap_or_default();
    let mut annotations = from.annotations.unwrap_or_default();
    annotations.insert(
        "cronjob.kubernetes.io/instantiate".to_owned(),
        "manual".to_owned(),
    );
    let mut object = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {
            "name": name, "annotations": annotations,
            // Without blockOwnerDeletion, which would need a right of its own.
            "ownerReferences": [{
                "apiVersion": "batch/v1", "kind": "CronJob", "name": cron_job.name(), "uid": cron_job.uid(),
                "controller": true,
            }],
        },
        "spec": found.to_value().pointer("/spec/jobTemplate/spec").cloned().unwrap_or_default(),
        "status": {},
    });
    if let Some(labels) = from.labels {
        put(&mut object, &["metadata", "labels"], json!(labels));
    }
    Ok(object)
}

/// The pods of a job.
pub(super) fn template(name: &str, image: &str, command: &[String], restart: &str) -> Value {
    let mut container = json!({"name": name, "image": image, "resources": {}});
    if !command.is_empty() {
        put(&mut container, &["command"], json!(command));
    }
    json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}})
}
