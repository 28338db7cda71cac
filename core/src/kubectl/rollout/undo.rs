//! `kubectl rollout undo`: the pod template of an earlier revision again.

use std::collections::BTreeMap;

use serde_json::json;

use super::{REVISION, Revision, has_history, pick, revisions, unsupported};
use crate::api::types::core::PodTemplateSpec;
use crate::api::{AnyObject, Kind};
use crate::apiserver::ContentType;
use crate::kubectl::apply::LAST_APPLIED;
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, DryRun, FILENAME, PRINT, SELECTOR, write};
use crate::kubectl::context::Cx;
use crate::kubectl::describe::pod_template;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::output::Printer;
use crate::kubectl::resources::Info;

const FLAGS: &[Flag] = &[Flag::int(
    "to-revision",
    "0",
    "The revision to rollback to. Default to 0 (last revision).",
)];

/// The command.
pub(super) const COMMAND: Command = Command {
    usage: "(TYPE NAME | TYPE/NAME) [flags]",
    flags: &[FLAGS, FILENAME, PRINT, SELECTOR, DRY_RUN],
    run: Some(run),
    ..Command::named("undo", "Undo a previous rollout")
};

/// Annotations that belong to the Deployment and not to a revision.
const OWN: &[&str] = &[
    LAST_APPLIED,
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];
const HASH: &str = "pod-template-hash";

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let dry_run = DryRun::of(cx, parsed)?;
    let mut printer = Printer::of(cx, parsed)?;
    let picked = pick(cx, parsed)?;
    let mut failures = picked.failures;
    for info in &picked.infos {
        let applied = info
            .object
            .pointer("/metadata/annotations")
            .is_some_and(|annotations| annotations.get(LAST_APPLIED).is_some());
        if applied {
            let name = format!("{}/{}", info.kind.info().plural, info.name);
            cx.io.stderr(&format!("Warning: resource {name} was previously managed with 'kubectl apply'. Rolling back will not update the {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.\n"));
        }
        match roll_back(cx, info, parsed.int("to-revision"), dry_run) {
            Ok(done) => printer.print(cx, &info.object, &format!("{done}{}", dry_run.suffix()))?,
            Err(failure) => failures.push(failure),
        }
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(Flow::Done(0)),
    }
}

fn roll_back(cx: &mut Cx<'_>, info: &Info, revision: i64, dry_run: DryRun) -> Result<String, Failure> {
    if !has_history(info.kind) {
        return Err(unsupported(info, "rollbacker"));
    }
    let object = cx.get_object(info.kind, &info.namespace, &info.name)?;
    let known = revisions(cx, &object)?;
    let chosen = chosen(&known, revision, &object)?;
    let mut template = chosen.template.clone();
    if dry_run == DryRun::Client {
        return Ok(pod_template(&template));
    }
    let current = match &object {
        AnyObject::Deployment(found) if found.spec.paused == Some(true) => {
            return Err("you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again".into());
        }
        AnyObject::Deployment(found) => found.spec.template.clone(),
        AnyObject::DaemonSet(found) => found.spec.template.clone(),
        AnyObject::StatefulSet(found) => found.spec.template.clone(),
        _ => PodTemplateSpec::default(),
    };
    forget_hash(&mut template);
    let mut current = current;
    forget_hash(&mut current);
    if template == current {
        return Ok(format!(
            "skipped rollback (current template already matches revision {revision})"
        ));
    }
    let (content_type, patch) = match &object {
        AnyObject::Deployment(_) => {
            let annotations = annotations(&object, &chosen.keeper);
            let patch = json!([
                {"op": "replace", "path": "/spec/template", "value": crate::api::to_json(&template)},
                {"op": "replace", "path": "/metadata/annotations", "value": annotations},
            ]);
            (ContentType::JsonPatch, patch)
        }
        _ => {
            let data = chosen.keeper.to_value().get("data").cloned();
            (ContentType::StrategicMergePatch, data.unwrap_or_default())
        }
    };
    let place = (info.kind, info.namespace.as_str(), info.name.as_str());
    cx.patch(place, content_type, patch, &write(dry_run, ""))
        .map_err(|error| {
            Failure::Message(format!("failed restoring revision {revision}: {}", error.message))
        })?;
    Ok("rolled back".to_owned())
}

/// The annotations of a Deployment that is rolled back: its own, and the others of the revision.
fn annotations(deployment: &AnyObject, set: &AnyObject) -> BTreeMap<String, String> {
    let mut annotations = BTreeMap::new();
    for (own, object) in [(true, deployment), (false, set)] {
        let all = object.metadata().annotations.iter().flatten();
        let kept = all.filter(|(key, _)| OWN.contains(&key.as_str()) == own);
        annotations.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
    }
    annotations
}

/// The revision asked for; the last but one if none is.
fn chosen<'r>(known: &'r [Revision], revision: i64, object: &AnyObject) -> Result<&'r Revision, Failure> {
    let found = if revision == 0 {
        known.iter().rev().nth(1)
    } else {
        known.iter().find(|found| found.number == revision)
    };
    found.ok_or_else(|| match (revision, object.kind()) {
        (0, Kind::Deployment) => Failure::Message(format!(
            "no rollout history found for deployment {:?}",
            object.name()
        )),
        (0, _) => "no last revision to roll back to".into(),
        _ => Failure::Message(format!("unable to find specified revision {revision} in history")),
    })
}

fn forget_hash(template: &mut PodTemplateSpec) {
    let labels = template
        .metadata
        .as_mut()
        .and_then(|metadata| metadata.labels.as_mut());
    if let Some(labels) = labels {
        labels.remove(HASH);
    }
}
