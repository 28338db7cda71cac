//! `kubectl diff`: what applying a manifest would change, shown as `diff -u -N` shows two folders.

use serde_json::{Map, Value, json};
use similar::TextDiff;

use super::apply::{LAST_APPLIED, patch_of, select};
use super::command::Command;
use super::common::{self, DryRun, FIELD_MANAGER, FILENAME, SELECTOR};
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use super::resources::{Checks, Info, infos};
use super::value::map_mut;
use crate::apiserver::ContentType;
use crate::manifest::print::to_yaml;
use crate::sim::calendar;
use crate::sorted::{SortedMap, json_object};

const FLAGS: &[Flag] = &[
    Flag::int(
        "concurrency",
        "1",
        "Number of objects to process in parallel when diffing against the live version.",
    ),
    Flag::off(
        "force-conflicts",
        "If true, server-side apply will force the changes against conflicts.",
    ),
    Flag::off("prune", "Include resources that would be deleted by pruning."),
    Flag::array(
        "prune-allowlist",
        "Overwrite the default allowlist with <group/version/kind> for --prune",
    ),
    Flag::off(
        "server-side",
        "If true, apply runs in the server instead of the client.",
    ),
    Flag::off(
        "show-managed-fields",
        "If true, include managed fields in the diff.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "-f FILENAME",
    flags: &[FLAGS, FILENAME, SELECTOR, FIELD_MANAGER],
    run: Some(run),
    ..Command::named("diff", "Diff the live version against a would-be applied version")
};

/// A failure ends with one more than elsewhere: 1 says that there are differences.
#[expect(clippy::unnecessary_wraps, reason = "commands have one signature")]
fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    match diff(cx, parsed) {
        Ok(different) => Ok(Flow::Done(i32::from(different))),
        Err(failure) => {
            let said = failure.say();
            cx.io.stderr(&said.text);
            Ok(Flow::Done(said.code + 1))
        }
    }
}

fn diff(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<bool, Failure> {
    if !parsed.args.is_empty() {
        let message = format!("Unexpected args: [{}]", parsed.args.join(" "));
        return Err(Failure::usage("kubectl diff", &message));
    }
    if parsed.text("filename").is_empty() && parsed.text("kustomize").is_empty() {
        return Err("must specify one of -f and -k".into());
    }
    let enforced = cx.enforced();
    let files = common::files(parsed);
    let (mut found, failures) = infos(cx, files, enforced.as_deref(), Checks { schema: true });
    if let Some(failure) = Failure::all(failures) {
        return Err(failure);
    }
    select(&mut found, parsed.text("selector"))?;
    // Files in a folder: the order is that of their names.
    let mut compared: SortedMap<String, (String, String)> = SortedMap::new();
    for info in &found {
        let (mut live, mut merged) = versions(cx, parsed, info)?;
        if info.kind == crate::api::Kind::Secret {
            mask(&mut live, &mut merged);
        }
        let names = cx.names(info.kind);
        let group = if names.group.is_empty() {
            String::new()
        } else {
            format!("{}.", names.group)
        };
        let file = format!(
            "{group}{}.{}.{}.{}",
            names.version, names.kind, info.namespace, info.name
        );
        let text = |object: &Option<Value>| object.as_ref().map_or_else(String::new, to_yaml);
        compared.insert(file, (text(&live), text(&merged)));
    }
    let mut different = false;
    let now = calendar::utc("%Y-%m-%d %H:%M:%S.%N +0000", cx.api.now().timestamp());
    let number = 1_000_000_000 + cx.api.now().as_micros() % 3_000_000_000;
    for (file, (live, merged)) in &compared {
        if live == merged {
            continue;
        }
        different = true;
        let (old, new) = (
            format!("/tmp/LIVE-{number}/{file}"),
            format!("/tmp/MERGED-{number}/{file}"),
        );
        let difference = TextDiff::from_lines(live.as_str(), merged.as_str());
        cx.io.stdout(&format!(
            "diff -u -N {old} {new}\n--- {old}\t{now}\n+++ {new}\t{now}\n"
        ));
        let hunks = difference.unified_diff().context_radius(3).to_string();
        cx.io.stdout(&hunks);
    }
    Ok(different)
}

/// An object as it is, if it is, and as it would be.
fn versions(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    info: &Info,
) -> Result<(Option<Value>, Option<Value>), Failure> {
    let live = match cx.get(info.kind, &info.namespace, &info.name) {
        Ok(live) => Some(live),
        Err(error) if error.code == 404 => None,
        Err(error) => return Err(error.into()),
    };
    let mut write = common::write(DryRun::Server, "");
    write.force = parsed.on("force-conflicts");
    let place = (info.kind, info.namespace.as_str(), info.name.as_str());
    if parsed.on("server-side") {
        let merged = cx.patch(place, ContentType::Apply, info.object.clone(), &write)?;
        return Ok((live, Some(merged)));
    }
    let Some(current) = &live else {
        let merged = cx.create(info.kind, &info.namespace, info.object.clone(), &write)?;
        return Ok((None, Some(merged)));
    };
    let mut modified = info.object.clone();
    map_mut(&mut modified, &["metadata", "annotations"]).remove(LAST_APPLIED);
    let annotation = current
        .pointer("/metadata/annotations")
        .and_then(|annotations| annotations.get(LAST_APPLIED))
        .and_then(Value::as_str);
    let original = annotation
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_else(|| json!({}));
    let (patch, content_type) = patch_of(info, &original, &modified, current).map_err(Failure::Message)?;
    let merged = cx.patch(place, content_type, patch, &write)?;
    Ok((live, Some(merged)))
}

/// Secrets are compared, not shown (`diff.Masker`).
fn mask(live: &mut Option<Value>, merged: &mut Option<Value>) {
    let data = |object: &Option<Value>| -> Map<String, Value> {
        let data = object
            .as_ref()
            .and_then(|object| object.get("data"))
            .and_then(Value::as_object);
        data.cloned().unwrap_or_default()
    };
    let (old, new) = (data(live), data(merged));
    let masked =
        |own: &Map<String, Value>, other: &Map<String, Value>, changed: &str| -> Map<String, Value> {
            let shown = |(key, value): (&String, &Value)| {
                let text = match other.get(key) {
                    Some(other) if other != value => changed,
                    _ => "***",
                };
                (key.clone(), Value::from(text))
            };
            json_object(own.iter().map(shown))
        };
    for (object, data) in [
        (live, masked(&old, &new, "*** (before)")),
        (merged, masked(&new, &old, "*** (after)")),
    ] {
        if let Some(Value::Object(object)) = object
            && object.contains_key("data")
        {
            object.insert("data".to_owned(), Value::Object(data));
        }
    }
}
