//! `kubectl cordon` and `uncordon`: whether a node takes new pods.

use serde_json::json;

use super::command::Command;
use super::common::{DRY_RUN, DryRun, SELECTOR, write};
use super::context::Cx;
use super::failure::Failure;
use super::flags::Parsed;
use super::machine::Flow;
use super::resources::Pick;
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
    let selector = parsed.text("selector");
    if parsed.args.is_empty() && selector.is_empty() {
        let path = format!("kubectl {command}");
        return Err(Failure::usage(&path, &format!("USAGE: {command} NODE [flags]")));
    }
    if !parsed.args.is_empty() && !selector.is_empty() {
        return Err("error: cannot specify both a node name and a --selector option".into());
    }
    let dry_run = DryRun::of(cx, parsed)?;
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
    let picked = cx.pick(parsed, &words, pick)?;
    let mut failures = picked.failures;
    for info in &picked.infos {
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
        let changed = match dry_run {
            DryRun::Client => Ok(()),
            _ => cx
                .patch(
                    place,
                    ContentType::StrategicMergePatch,
                    patch,
                    &write(dry_run, ""),
                )
                .map(|_| ()),
        };
        match changed {
            Ok(()) => cx.say(&format!("node/{} {command}ed{}", info.name, dry_run.suffix())),
            Err(error) => failures.push(Failure::Message(format!(
                "error: unable to {command} node {:?}: {}",
                info.name, error.message
            ))),
        }
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(Flow::Done(0)),
    }
}
