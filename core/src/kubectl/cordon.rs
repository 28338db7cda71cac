//! `kubectl cordon` and `uncordon`: whether a node takes new pods.

use serde_json::json;

use super::command::Command;
use super::common::{DRY_RUN, DryRun, SELECTOR, write};
use super::context::Cx;
use super::failure::Failure;
use super::flags::Parsed;
use super::machine::Flow;
use super::resources::{Info, Pick};
use crate::api::Kind;
use crate::apiserver::ContentType;

/// `kubectl cordon`
pub(crate) const CORDON: Command = Command {
    usage: "NODE",
    flags: &[SELECTOR, DRY_RUN],
    run: Some(cordon),
    ..Command::named("cordon", "Mark node as unschedulable")
};

/// `kubectl uncordon`
pub(crate) const UNCORDON: Command = Command {
    usage: "NODE",
    flags: &[SELECTOR, DRY_RUN],
    run: Some(uncordon),
    ..Command::named("uncordon", "Mark node as schedulable")
};

fn cordon(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    set(cx, parsed, "cordon", true)
}

fn uncordon(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    set(cx, parsed, "uncordon", false)
}

fn set(cx: &mut Cx<'_>, parsed: &Parsed, command: &str, desired: bool) -> Result<Flow, Failure> {
    let dry_run = DryRun::of(cx, parsed)?;
    let nodes = nodes(cx, parsed, command)?;
    mark(cx, &nodes, desired, dry_run);
    Ok(Flow::Done(0))
}

/// The nodes that the command line names.
///
/// # Errors
///
/// When it names none, or one that is not there.
pub(super) fn nodes(cx: &mut Cx<'_>, parsed: &Parsed, command: &str) -> Result<Vec<Info>, Failure> {
    let path = format!("kubectl {command}");
    if parsed.args.is_empty() && !parsed.given("selector") {
        return Err(Failure::usage(&path, &format!("USAGE: {command} NODE [flags]")));
    }
    if !parsed.args.is_empty() && !parsed.text("selector").is_empty() {
        let why = "error: cannot specify both a node name and a --selector option";
        return Err(Failure::usage(&path, why));
    }
    // Names stand without their type; `node/NAME` is taken too.
    let mut words: Vec<String> = Vec::new();
    if !parsed.args.iter().any(|arg| arg.contains('/')) {
        words.push("nodes".to_owned());
    }
    words.extend(parsed.args.iter().cloned());
    let pick = Pick {
        fetch: true,
        types_alone: true,
    };
    let infos = cx.pick(parsed, &words, pick)?.all()?;
    match infos.iter().find(|info| info.kind != Kind::Node) {
        Some(info) => Err(Failure::Message(format!(
            "expected resource of type node, got {:?}",
            info.kind.info().plural
        ))),
        None => Ok(infos),
    }
}

/// Marks nodes as taking new Pods or not, and says so (`RunCordonOrUncordon`).
pub(super) fn mark(cx: &mut Cx<'_>, nodes: &[Info], desired: bool, dry_run: DryRun) {
    let command = if desired { "cordon" } else { "uncordon" };
    for info in nodes {
        let is = info.object.pointer("/spec/unschedulable") == Some(&json!(true));
        if is == desired {
            cx.say(&format!(
                "node/{} already {command}ed{}",
                info.name,
                dry_run.suffix()
            ));
            continue;
        }
        let value = if desired { json!(true) } else { json!(null) };
        let patch = json!({"spec": {"unschedulable": value}});
        let place = (info.kind, "", info.name.as_str());
        let strategic = ContentType::StrategicMergePatch;
        let changed = match dry_run {
            DryRun::Client => Ok(()),
            _ => cx.patch(place, strategic, patch, &write(dry_run, "")).map(|_| ()),
        };
        match changed {
            Ok(()) => cx.say(&format!("node/{} {command}ed{}", info.name, dry_run.suffix())),
            Err(error) => cx.warn(&format!(
                "error: unable to {command} node {:?}: {}",
                info.name, error.message
            )),
        }
    }
}
