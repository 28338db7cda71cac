//! `kubectl set`: images, variables, resources and service account of an object's Pods, and a Service's selector.

mod env;
mod image;
mod resources;
mod selector;
mod serviceaccount;

use serde_json::{Map, Value};

use super::command::Command;
use super::common::{DryRun, write};
use super::context::Cx;
use super::failure::Failure;
use super::flags::Parsed;
use super::output::Printer;
use super::resources::{Info, Pick};
use super::value::full_name;
use crate::apiserver::{ContentType, patch};

/// The group of commands.
pub(crate) const COMMAND: Command = Command {
    commands: &[
        env::COMMAND,
        image::COMMAND,
        resources::COMMAND,
        selector::COMMAND,
        serviceaccount::COMMAND,
    ],
    ..Command::named("set", "Set specific features on objects")
};

/// Changes the pod template of each object that is named, and sends the difference.
fn change(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    resources: &[String],
    (done, failed): (&str, &str),
    edit: impl Fn(&mut Cx<'_>, &Info, &mut Map<String, Value>) -> Result<(), Vec<Failure>>,
) -> Result<(), Failure> {
    let dry_run = DryRun::of(cx, parsed)?;
    let mut printer = Printer::of(cx, parsed)?;
    let pick = Pick {
        fetch: !parsed.on("local"),
        types_alone: parsed.on("all"),
    };
    let infos = cx.pick(parsed, resources, pick)?.all()?;
    let mut failures = Vec::new();
    for info in infos {
        let mut after = info.object.clone();
        let Some(spec) = pod_spec(&mut after) else {
            failures.push(Failure::Message(format!(
                "error: {} the object is not a pod or does not have a pod template: {}\n",
                full_name(&info.object),
                info.kind.name()
            )));
            continue;
        };
        if let Err(found) = edit(cx, &info, spec) {
            failures.extend(found);
        }
        let version = cx.names(info.kind).api_version();
        let patch = patch::two_way_strategic(&version, info.kind.name(), &info.object, &after)?;
        if patch.as_object().is_some_and(Map::is_empty) {
            continue;
        }
        let printed = if dry_run == DryRun::Client || parsed.on("local") {
            after
        } else {
            let place = (info.kind, info.namespace.as_str(), info.name.as_str());
            match cx.patch(
                place,
                ContentType::StrategicMergePatch,
                patch,
                &write(dry_run, ""),
            ) {
                Ok(object) => object,
                Err(error) => {
                    failures.push(Failure::Message(format!("{failed} {}", error.message)));
                    continue;
                }
            }
        };
        printer.print(cx, &printed, &format!("{done}{}", dry_run.suffix()))?;
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// The spec of the pods that an object describes.
fn pod_spec(object: &mut Value) -> Option<&mut Map<String, Value>> {
    let pointer = match super::value::text(object, "/kind") {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    };
    object.pointer_mut(pointer)?.as_object_mut()
}

/// The containers whose names a pattern fits.
fn containers<'v>(spec: &'v mut Map<String, Value>, pattern: &str) -> Vec<&'v mut Value> {
    let mut found = Vec::new();
    for (field, list) in spec.iter_mut() {
        if matches!(field.as_str(), "containers" | "initContainers")
            && let Some(list) = list.as_array_mut()
        {
            found.extend(list.iter_mut().filter(|container| {
                let name = super::value::text(container, "/name");
                fits(name, pattern)
            }));
        }
    }
    found
}

/// Whether a name fits a pattern with `*`.
fn fits(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            tail.is_empty() || (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| fits(rest, tail)))
        }),
    }
}

/// The words that name objects, and the pairs after them.
fn split(parsed: &Parsed, what: &str) -> Result<(Vec<String>, Vec<String>), Failure> {
    let (mut resources, mut pairs) = (Vec::new(), Vec::new());
    for arg in &parsed.args {
        let pair = arg.split_once('=').is_some_and(|(key, _)| !key.is_empty());
        let removal = arg.len() > 1 && arg.ends_with('-');
        if pair || removal {
            pairs.push(arg.clone());
        } else if pairs.is_empty() {
            resources.push(arg.clone());
        } else {
            return Err(Failure::Message(format!(
                "all resources must be specified before {what} changes: {arg}"
            )));
        }
    }
    Ok((resources, pairs))
}
