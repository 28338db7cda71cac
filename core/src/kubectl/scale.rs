//! `kubectl scale`

use serde_json::{Value, json};

use super::command::Command;
use super::common::{ALL, DRY_RUN, DryRun, FILENAME, PRINT, RECORD, SELECTOR};
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use super::output::Printer;
use super::resources::{Info, Pick};
use super::rest::Write;
use super::value::{int, put, text};
use crate::apiserver::ContentType;

const FLAGS: &[Flag] = &[
    Flag::int(
        "current-replicas",
        "-1",
        "Precondition for current size. Requires that the current size of the resource match this value in order to scale. -1 (default) for no condition.",
    ),
    Flag::int("replicas", "0", "The new desired number of replicas. Required."),
    Flag::text("resource-version", "", "Precondition for resource version."),
    Flag::duration(
        "timeout",
        "0s",
        "The length of time to wait before giving up on a scale operation, zero means don't wait.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    aliases: &["resize"],
    usage: "[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
    flags: &[FLAGS, FILENAME, PRINT, SELECTOR, ALL, DRY_RUN, RECORD],
    required: &["replicas"],
    run: Some(run),
    ..Command::named(
        "scale",
        "Set a new size for a deployment, replica set, or replication controller",
    )
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if parsed.int("replicas") < 0 {
        return Err(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0".into(),
        );
    }
    if parsed.int("current-replicas") < -1 {
        return Err("The --current-replicas must specify an integer of -1 or greater".into());
    }
    let dry_run = DryRun::of(cx, parsed)?;
    let mut printer = Printer::of(cx, parsed)?;
    let pick = Pick {
        fetch: true,
        types_alone: parsed.on("all"),
    };
    let picked = cx.pick(parsed, &parsed.args, pick)?;
    let failure = Failure::all(picked.failures);
    if picked.infos.is_empty() {
        return Err(failure.unwrap_or_else(|| "no objects passed to scale".into()));
    }
    if !parsed.text("resource-version").is_empty() && picked.infos.len() > 1 {
        return Err("cannot use --resource-version with multiple resources".into());
    }
    for info in &picked.infos {
        if dry_run != DryRun::Client {
            scale(cx, parsed, info, dry_run)?;
        }
        let mut object = info.object.clone();
        put(&mut object, &["spec", "replicas"], json!(parsed.int("replicas")));
        printer.print(cx, &object, &format!("scaled{}", dry_run.suffix()))?;
    }
    match failure {
        Some(failure) => Err(failure),
        None => Ok(Flow::Done(0)),
    }
}

fn scale(cx: &mut Cx<'_>, parsed: &Parsed, info: &Info, dry_run: DryRun) -> Result<(), Failure> {
    let custom = matches!(info.kind, crate::api::Kind::Custom(_));
    if !custom && !info.kind.info().subresources.contains(&"scale") {
        return Err(Failure::from(crate::api::StatusError::no_such_path()));
    }
    let wanted = parsed.int("replicas");
    let expected = parsed.int("current-replicas");
    let version = parsed.text("resource-version");
    if expected != -1 {
        let found = int(&info.object, "/spec/replicas").unwrap_or(1);
        if found != expected {
            return Err(Failure::Message(format!(
                "Expected replicas to be {expected}, was {found}"
            )));
        }
    }
    let found = text(&info.object, "/metadata/resourceVersion");
    if !version.is_empty() && found != version {
        return Err(Failure::Message(format!(
            "Expected resource version to be {version}, was {found}"
        )));
    }
    let write = Write {
        dry_run: dry_run == DryRun::Server,
        subresource: "scale".to_owned(),
        ..Write::default()
    };
    let place = (info.kind, info.namespace.as_str(), info.name.as_str());
    let document: Value = json!({"spec": {"replicas": wanted}});
    cx.patch(place, ContentType::MergePatch, document, &write)?;
    Ok(())
}
