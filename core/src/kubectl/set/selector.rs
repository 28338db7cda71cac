//! `kubectl set selector`: which Pods a Service sends to.

use serde_json::{Map, Value, json};

use crate::api::Kind;
use crate::apiserver::ContentType;
use crate::kubectl::command::Command;
use crate::kubectl::common::{ALL, DRY_RUN, DryRun, FIELD_MANAGER, FILENAME, LOCAL, PRINT, RECORD, write};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::output::Printer;
use crate::kubectl::resources::Pick;
use crate::kubectl::value::put;

const FLAGS: &[Flag] = &[Flag::text(
    "resource-version",
    "",
    "If non-empty, the selectors update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.",
)];

/// The command.
pub(super) const COMMAND: Command = Command {
    usage: "(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]",
    flags: &[FLAGS, FILENAME, PRINT, ALL, DRY_RUN, FIELD_MANAGER, LOCAL, RECORD],
    run: Some(run),
    ..Command::named("selector", "Set the selector on a resource")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let Some((expression, resources)) = parsed.args.split_last() else {
        return Err(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>".into(),
        );
    };
    let mut selector = Map::new();
    for pair in expression.split(',') {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Failure::Message(format!("invalid label spec: {expression}")));
        };
        selector.insert(key.to_owned(), value.trim_start_matches('=').into());
    }
    let selector = Value::Object(selector);
    let dry_run = DryRun::of(cx, parsed)?;
    let mut printer = Printer::of(cx, parsed)?;
    let pick = Pick {
        fetch: !parsed.on("local"),
        types_alone: parsed.on("all"),
    };
    let mut failures = Vec::new();
    for info in cx.pick(parsed, resources, pick)?.all()? {
        if info.kind != Kind::Service {
            failures.push(Failure::Message(
                "setting a selector is only supported for Services".to_owned(),
            ));
            continue;
        }
        let mut object = info.object.clone();
        put(&mut object, &["spec", "selector"], selector.clone());
        if dry_run != DryRun::Client && !parsed.on("local") {
            let place = (info.kind, info.namespace.as_str(), info.name.as_str());
            let mut keys = selector.clone();
            // What is not named any more goes.
            if let (Some(keys), Some(old)) = (
                keys.as_object_mut(),
                info.object.pointer("/spec/selector").and_then(Value::as_object),
            ) {
                for key in old.keys() {
                    keys.entry(key.clone()).or_insert(Value::Null);
                }
            }
            let mut patch = json!({"spec": {"selector": keys}});
            match parsed.text("resource-version") {
                "" => {}
                version => put(&mut patch, &["metadata", "resourceVersion"], version),
            }
            match cx.patch(place, ContentType::MergePatch, patch, &write(dry_run, "")) {
                Ok(changed) => object = changed,
                Err(error) => {
                    failures.push(Failure::from(error));
                    continue;
                }
            }
        }
        printer.print(cx, &object, &format!("selector updated{}", dry_run.suffix()))?;
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(Flow::Done(0)),
    }
}
