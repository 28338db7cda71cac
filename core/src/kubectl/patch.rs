//! `kubectl patch`

use serde_json::Value;

use super::command::Command;
use super::common::{DRY_RUN, DryRun, FIELD_MANAGER, FILENAME, LOCAL, PRINT, RECORD, write};
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use super::output::Printer;
use super::resources::{Pick, said};
use crate::apiserver::{ContentType, patch};
use crate::manifest;

const FLAGS: &[Flag] = &[
    Flag::text("patch", "", "The patch to be applied to the resource JSON file.").short('p'),
    Flag::text(
        "patch-file",
        "",
        "A file containing a patch to be applied to the resource.",
    ),
    Flag::text(
        "subresource",
        "",
        "If specified, patch will operate on the subresource of the requested object.",
    ),
    Flag::text(
        "type",
        "strategic",
        "The type of patch being provided; one of [json merge strategic]",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
    flags: &[FLAGS, FILENAME, PRINT, DRY_RUN, FIELD_MANAGER, LOCAL, RECORD],
    run: Some(run),
    ..Command::named("patch", "Update fields of a resource")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let (inline, file) = (parsed.text("patch"), parsed.text("patch-file"));
    if !inline.is_empty() && !file.is_empty() {
        return Err("cannot specify --patch and --patch-file together".into());
    }
    if inline.is_empty() && file.is_empty() {
        return Err("must specify --patch or --patch-file containing the contents of the patch".into());
    }
    let kind = parsed.text("type");
    let content_type = match kind.to_lowercase().as_str() {
        "strategic" => ContentType::StrategicMergePatch,
        "merge" => ContentType::MergePatch,
        "json" => ContentType::JsonPatch,
        _ => {
            return Err(Failure::Message(format!(
                "--type must be one of [json merge strategic], not {kind:?}"
            )));
        }
    };
    let dry_run = DryRun::of(cx, parsed)?;
    let document = document(cx, inline, file)?;
    let mut printer = Printer::of(cx, parsed)?;
    let pick = Pick {
        fetch: !parsed.on("local"),
        types_alone: false,
    };
    let picked = cx.pick(parsed, &parsed.args, pick)?;
    let mut failures = picked.failures;
    let mut options = write(dry_run, "Warn");
    parsed.text("subresource").clone_into(&mut options.subresource);
    for info in &picked.infos {
        let place = (info.kind, info.namespace.as_str(), info.name.as_str());
        let patched: Result<Value, Failure> = if parsed.on("local") || dry_run == DryRun::Client {
            let before = info.object.clone();
            match content_type {
                ContentType::JsonPatch => patch::json(before, &document).map_err(Failure::from),
                ContentType::MergePatch => Ok(patch::merge(before, &document)),
                _ => patch::strategic(info.kind, before, &document).map_err(Failure::from),
            }
        } else {
            cx.patch(place, content_type, document.clone(), &options)
                .map_err(Failure::from)
        };
        match patched {
            Ok(object) => {
                let done = if object == info.object {
                    "patched (no change)"
                } else {
                    "patched"
                };
                printer.print(cx, &object, &format!("{done}{}", dry_run.suffix()))?;
            }
            Err(failure) => failures.push(failure),
        }
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None if picked.infos.is_empty() => Err("no objects passed to patch".into()),
        None => Ok(Flow::Done(0)),
    }
}

/// The patch: JSON, or YAML that says the same.
fn document(cx: &Cx<'_>, inline: &str, file: &str) -> Result<Value, Failure> {
    let text = match (file, inline) {
        ("", inline) => inline.to_owned(),
        ("-", _) => cx.stdin.to_owned(),
        (path, _) => cx.io.read_file(path).map_err(|error| {
            Failure::Message(format!(
                "unable to read patch file: open {path}: {}",
                said(&error)
            ))
        })?,
    };
    match manifest::parse(&text).into_iter().next() {
        Some(Ok(document)) => Ok(document.value),
        Some(Err(problem)) => {
            let why = problem
                .message
                .trim_start_matches("error converting YAML to JSON: ")
                .to_owned();
            Err(Failure::Message(format!("unable to parse {text:?}: {why}")))
        }
        None => Ok(Value::Null),
    }
}
