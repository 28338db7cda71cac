//! `kubectl apply view-last-applied`, `set-last-applied` and `edit-last-applied`: the annotation that keeps what was applied
//! last, alone.

use serde_json::{Value, json};

use super::{LAST_APPLIED, configured};
use crate::apiserver::ContentType;
use crate::kubectl::command::Command;
use crate::kubectl::common::{self, DRY_RUN, DryRun, FIELD_MANAGER, FILENAME, PRINT, SELECTOR};
use crate::kubectl::context::Cx;
use crate::kubectl::edit;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::output::Printer;
use crate::kubectl::resources::{Checks, Info, Pick, infos};

/// `view-last-applied`
pub(super) const VIEW: Command = Command {
    usage: "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
    flags: &[FILENAME, SELECTOR, VIEW_FLAGS],
    run: Some(view),
    ..Command::named(
        "view-last-applied",
        "View the latest last-applied-configuration annotations of a resource/object",
    )
};

const VIEW_FLAGS: &[Flag] = &[
    Flag::off(
        "all",
        "Select all resources in the namespace of the specified resource types",
    ),
    Flag::text("output", "yaml", "Output format. Must be one of (yaml, json)").short('o'),
];

/// `set-last-applied`
pub(super) const SET: Command = Command {
    usage: "-f FILENAME",
    flags: &[SET_FLAGS, FILENAME, PRINT, DRY_RUN],
    run: Some(set),
    ..Command::named(
        "set-last-applied",
        "Set the last-applied-configuration annotation on a live object to match the contents of a file",
    )
};

const SET_FLAGS: &[Flag] = &[Flag::off(
    "create-annotation",
    "Will create 'last-applied-configuration' annotations if current objects doesn't have one",
)];

/// `edit-last-applied`
pub(super) const EDIT: Command = Command {
    usage: "(RESOURCE/NAME | -f FILENAME)",
    flags: &[FILENAME, PRINT, FIELD_MANAGER],
    run: Some(edit),
    ..Command::named(
        "edit-last-applied",
        "Edit latest last-applied-configuration annotations of a resource/object",
    )
};

fn annotation(object: &Value) -> Option<&str> {
    object
        .pointer("/metadata/annotations")?
        .get(LAST_APPLIED)?
        .as_str()
}

/// What was applied last of an object.
fn last_applied(info: &Info) -> Result<Value, Failure> {
    let Some(text) = annotation(&info.object) else {
        return Err(Failure::Message(format!(
            "no last-applied-configuration annotation found on resource: {}",
            info.name
        )));
    };
    Ok(serde_json::from_str(text).unwrap_or_default())
}

fn picked(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Vec<Info>, Failure> {
    let pick = Pick {
        fetch: true,
        types_alone: true,
    };
    cx.pick(parsed, &parsed.args, pick)?.all()
}

fn view(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    for info in picked(cx, parsed)? {
        let value = last_applied(&info)?;
        let printed = match parsed.text("output") {
            "json" => crate::manifest::print::to_json(&value) + "\n",
            "yaml" => crate::manifest::print::to_yaml(&value),
            other => {
                let message =
                    format!("Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json");
                return Err(Failure::usage("kubectl apply view-last-applied", &message));
            }
        };
        cx.io.stdout(&printed);
    }
    Ok(Flow::Done(0))
}

/// The patch that sets the annotation, and nothing else.
pub(crate) fn patch(object: &Value) -> Value {
    let kept = configured(object);
    json!({"metadata": {"annotations": {LAST_APPLIED: annotation(&kept)}}})
}

fn set(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let dry_run = DryRun::of(cx, parsed)?;
    let mut printer = Printer::of(cx, parsed)?;
    let enforced = cx.enforced();
    let files = common::files(parsed);
    let (found, failures) = infos(cx, files, enforced.as_deref(), Checks { schema: false });
    if let Some(failure) = Failure::all(failures) {
        return Err(failure);
    }
    let mut changed = Vec::new();
    for info in found {
        let live = cx.get(info.kind, &info.namespace, &info.name)?;
        let before = annotation(&live);
        if before.is_none() && !parsed.on("create-annotation") {
            return Err(Failure::Message(format!(
                "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command with --create-annotation",
                info.name
            )));
        }
        if before == annotation(&configured(&info.object)) {
            cx.say(&format!("set-last-applied {}: no changes required.", info.name));
        } else {
            changed.push((info, live));
        }
    }
    for (info, live) in changed {
        let object = if dry_run == DryRun::Client {
            live
        } else {
            let write = common::write(dry_run, "");
            let place = (info.kind, info.namespace.as_str(), info.name.as_str());
            cx.patch(place, ContentType::MergePatch, patch(&info.object), &write)?
        };
        printer.print(cx, &object, &format!("configured{}", dry_run.suffix()))?;
    }
    Ok(Flow::Done(0))
}

fn edit(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let mut found = picked(cx, parsed)?;
    for info in &mut found {
        info.object = last_applied(info)?;
    }
    edit::open(cx, parsed, found, edit::Mode::LastApplied)
}
