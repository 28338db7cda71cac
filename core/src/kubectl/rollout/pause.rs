//! `kubectl rollout pause`, `resume` and `restart`: one field of the object each.

use serde_json::{Value, json};

use super::pick;
use crate::api::Kind;
use crate::apiserver::ContentType;
use crate::kubectl::command::Command;
use crate::kubectl::common::{FIELD_MANAGER, FILENAME, PRINT, SELECTOR};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Parsed;
use crate::kubectl::machine::Flow;
use crate::kubectl::output::Printer;
use crate::kubectl::resources::Info;
use crate::kubectl::rest::Write;
use crate::sim::calendar;

/// `kubectl rollout pause`
pub(super) const PAUSE: Command = Command {
    usage: "RESOURCE",
    flags: &[FILENAME, PRINT, SELECTOR, FIELD_MANAGER],
    run: Some(pause),
    ..Command::named("pause", "Mark the provided resource as paused")
};

/// `kubectl rollout resume`
pub(super) const RESUME: Command = Command {
    usage: "RESOURCE",
    flags: &[FILENAME, PRINT, SELECTOR, FIELD_MANAGER],
    run: Some(resume),
    ..Command::named("resume", "Resume a paused resource")
};

/// `kubectl rollout restart`
pub(super) const RESTART: Command = Command {
    usage: "RESOURCE",
    flags: &[FILENAME, PRINT, SELECTOR, FIELD_MANAGER],
    run: Some(restart),
    ..Command::named("restart", "Restart a resource")
};

fn pause(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    run(cx, parsed, "paused", |info, _| {
        match (info.kind, is_paused(info)) {
            (Kind::Deployment, true) => Err("is already paused".to_owned()),
            (Kind::Deployment, false) => Ok(json!({"spec": {"paused": true}})),
            _ => Err("pausing is not supported".to_owned()),
        }
    })
}

fn resume(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    run(cx, parsed, "resumed", |info, _| {
        match (info.kind, is_paused(info)) {
            (Kind::Deployment, false) => Err("is not paused".to_owned()),
            (Kind::Deployment, true) => Ok(json!({"spec": {"paused": null}})),
            _ => Err("resuming is not supported".to_owned()),
        }
    })
}

fn restart(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    run(cx, parsed, "restarted", |info, now| {
        match (info.kind, is_paused(info)) {
            (Kind::Deployment, true) => {
                Err("can't restart paused deployment (run rollout resume first)".to_owned())
            }
            (Kind::Deployment | Kind::DaemonSet | Kind::StatefulSet, _) => {
                Ok(json!({"spec": {"template": {"metadata": {"annotations": {
                    "kubectl.kubernetes.io/restartedAt": now,
                }}}}}))
            }
            _ => Err("restarting is not supported".to_owned()),
        }
    })
}

fn is_paused(info: &Info) -> bool {
    info.object.pointer("/spec/paused") == Some(&Value::Bool(true))
}

fn run(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    done: &str,
    change: impl Fn(&Info, &str) -> Result<Value, String>,
) -> Result<Flow, Failure> {
    let mut printer = Printer::of(cx, parsed)?;
    let picked = pick(cx, parsed)?;
    if picked.infos.is_empty() && picked.failures.is_empty() {
        let message = format!("No resources found in {} namespace.", cx.namespace);
        cx.warn(&message);
        return Ok(Flow::Done(0));
    }
    let now = calendar::rfc3339(cx.api.now().timestamp());
    let mut failures = picked.failures;
    for info in &picked.infos {
        let patch = match change(info, &now) {
            Ok(patch) => patch,
            Err(why) => {
                let resource = info.kind.info().group_resource();
                failures.push(Failure::Message(format!(
                    "error: {resource} {:?} {why}",
                    info.name
                )));
                continue;
            }
        };
        let place = (info.kind, info.namespace.as_str(), info.name.as_str());
        match cx.patch(place, ContentType::StrategicMergePatch, patch, &Write::default()) {
            Ok(object) => printer.print(cx, &object, done)?,
            Err(error) => failures.push(Failure::Message(format!("failed to patch: {}", error.message))),
        }
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(Flow::Done(0)),
    }
}
