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
use crate::api::types::core::PodTemplateSpec;
use crate::api::{AnyObject, Kind};

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
    if parsed.args.is_empty() && crate::kubectl::common::files(parsed).is_empty() {
        return Err("required resource not specified".into());
    }
    let pick = Pick {
        fetch: true,
        types_alone: true,
    };
    cx.pick(parsed, &parsed.args, pick)
}

/// An earlier version of a Deployment, DaemonSet or StatefulSet.
#[derive(Clone, Debug)]
struct Revision {
    number: i64,
    /// The ReplicaSet or ControllerRevision that remembers it.
    keeper: AnyObject,
    template: PodTemplateSpec,
}

impl Revision {
    fn cause(&self) -> Option<&str> {
        let cause = self.keeper.metadata().annotation(CHANGE_CAUSE);
        cause.filter(|cause| !cause.is_empty())
    }

    fn of(keeper: &AnyObject) -> Option<Self> {
        let (number, template) = match keeper {
            AnyObject::ReplicaSet(set) => (
                set.metadata.annotation(REVISION)?.parse().ok()?,
                set.spec.template.clone().unwrap_or_default(),
            ),
            AnyObject::ControllerRevision(revision) => {
                let data = revision.spec.data.as_ref()?;
                let template = data.0.pointer("/spec/template")?.clone();
                (revision.spec.revision, crate::api::from_json(template).ok()?)
            }
            _ => return None,
        };
        Some(Self {
            number,
            keeper: keeper.clone(),
            template,
        })
    }
}

/// The revisions of an object, oldest first.
fn revisions(cx: &mut Cx<'_>, object: &AnyObject) -> Result<Vec<Revision>, Failure> {
    let (kind, selector) = match object {
        AnyObject::Deployment(found) => (Kind::ReplicaSet, &found.spec.selector),
        AnyObject::DaemonSet(found) => (Kind::ControllerRevision, &found.spec.selector),
        AnyObject::StatefulSet(found) => (Kind::ControllerRevision, &found.spec.selector),
        _ => return Ok(Vec::new()),
    };
    let listed = cx.list(kind, object.namespace(), &format_selector(selector), "")?;
    let mut found: Vec<Revision> = listed
        .items
        .iter()
        .filter(|keeper| keeper.metadata().is_controlled_by(object.uid()))
        .filter_map(Revision::of)
        .collect();
    crate::sort::sort_by_key(&mut found, |revision| revision.number);
    Ok(found)
}

/// Whether a kind has a history of its templates.
fn has_history(kind: Kind) -> bool {
    matches!(kind, Kind::Deployment | Kind::DaemonSet | Kind::StatefulSet)
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
