//! `kubectl rollout`: status, history, undo, pause, resume, restart.

mod history;
mod pause;
mod status;
mod undo;

pub(crate) use status::Watching;

use super::command::Command;
use super::context::Cx;
use super::failure::Failure;
use super::flags::Parsed;
use super::resources::{Info, Pick, Picked};
use crate::api::labels::format_selector;
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Deployment, Kind, ReplicaSet};

/// The annotation that numbers the revisions of a Deployment.
const REVISION: &str = "deployment.kubernetes.io/revision";
/// The annotation that says why a revision was made.
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// The group of commands.
pub(crate) const COMMAND: Command = Command {
    commands: &[
        history::COMMAND,
        pause::PAUSE,
        pause::RESTART,
        pause::RESUME,
        status::COMMAND,
        undo::COMMAND,
    ],
    ..Command::named("rollout", "Manage the rollout of a resource")
};

/// The objects that a command line names.
fn pick(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Picked, Failure> {
    if parsed.args.is_empty() && parsed.list("filename").is_empty() {
        return Err("required resource not specified".into());
    }
    let pick = Pick {
        fetch: true,
        types_alone: true,
    };
    cx.pick(parsed, &parsed.args, pick)
}

/// The ReplicaSets of a Deployment with their revisions, oldest first.
fn revisions(cx: &mut Cx<'_>, info: &Info) -> Result<Vec<(i64, ReplicaSet)>, Failure> {
    let object = cx.get_object(info.kind, &info.namespace, &info.name)?;
    let Some(deployment) = object.get::<Deployment>() else {
        return Err(unsupported(info, "history viewer"));
    };
    let selector = format_selector(&deployment.spec.selector);
    let listed = cx.list(Kind::ReplicaSet, &info.namespace, &selector, "")?;
    let mut found: Vec<(i64, ReplicaSet)> = listed
        .items
        .iter()
        .filter_map(AnyObject::get::<ReplicaSet>)
        .filter(|set| set.metadata.is_controlled_by(deployment.uid()))
        .filter_map(|set| Some((set.metadata.annotation(REVISION)?.parse().ok()?, set.clone())))
        .collect();
    found.sort_by_key(|(revision, _)| *revision);
    Ok(found)
}

fn unsupported(info: &Info, what: &str) -> Failure {
    let kind = info.kind.info();
    let name = if kind.group.is_empty() {
        kind.name.to_owned()
    } else {
        format!("{}.{}", kind.name, kind.group)
    };
    Failure::Message(format!("no {what} has been implemented for {name:?}"))
}
