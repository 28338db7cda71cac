//! `kubectl label` and `kubectl annotate`: names and values set on objects.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::command::Command;
use super::common::{
    ALL, ALL_NAMESPACES, DRY_RUN, DryRun, FIELD_MANAGER, FIELD_SELECTOR, FILENAME, LOCAL, PRINT, RECORD,
    SELECTOR, write,
};
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use super::output::Printer;
use super::resources::{Info, Pick};
use super::value::{map, map_mut, put};
use crate::apiserver::ContentType;

const FLAGS: &[Flag] = &[
    Flag::off(
        "list",
        "If true, display the labels or annotations for a given resource.",
    ),
    Flag::off(
        "overwrite",
        "If true, allow labels or annotations to be overwritten.",
    ),
    Flag::text(
        "resource-version",
        "",
        "If non-empty, the update will only succeed if this is the current resource-version for the object.",
    ),
];

/// `kubectl label`
pub(crate) const LABEL: Command = Command {
    usage: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    flags: &[
        FLAGS,
        FILENAME,
        PRINT,
        SELECTOR,
        FIELD_SELECTOR,
        ALL,
        ALL_NAMESPACES,
        DRY_RUN,
        FIELD_MANAGER,
        LOCAL,
        RECORD,
    ],
    run: Some(label),
    ..Command::named("label", "Update the labels on a resource")
};

/// `kubectl annotate`
pub(crate) const ANNOTATE: Command = Command {
    usage: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    flags: &[
        FLAGS,
        FILENAME,
        PRINT,
        SELECTOR,
        FIELD_SELECTOR,
        ALL,
        ALL_NAMESPACES,
        DRY_RUN,
        FIELD_MANAGER,
        LOCAL,
        RECORD,
    ],
    run: Some(annotate),
    ..Command::named("annotate", "Update the annotations on a resource")
};

/// What is being set: labels or annotations.
#[derive(Clone, Copy)]
struct What {
    field: &'static str,
    word: &'static str,
}

/// The changes that a command line asks for.
struct Changes {
    set: BTreeMap<String, String>,
    remove: Vec<String>,
}

fn label(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    run(
        cx,
        parsed,
        What {
            field: "labels",
            word: "label",
        },
    )
}

fn annotate(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    run(
        cx,
        parsed,
        What {
            field: "annotations",
            word: "annotation",
        },
    )
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed, what: What) -> Result<Flow, Failure> {
    let dry_run = DryRun::of(cx, parsed)?;
    let (resources, changes) = split(parsed, what.word)?;
    check(parsed, &resources, &changes, what)?;
    let mut printer = Printer::of(cx, parsed)?;
    let pick = Pick {
        fetch: !parsed.on("local"),
        types_alone: parsed.on("all"),
    };
    let picked = cx.pick(parsed, &resources, pick)?;
    let mut failures = picked.failures;
    let alone = picked.infos.len() == 1 && !parsed.on("all");
    for info in &picked.infos {
        let changed = one(cx, parsed, what, &changes, dry_run, info);
        match changed {
            Ok((object, done)) => {
                if parsed.on("list") {
                    list(cx, &object, what, alone);
                } else {
                    printer.print(cx, &object, &format!("{done}{}", dry_run.suffix()))?;
                }
            }
            Err(failure) => failures.push(failure),
        }
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(Flow::Done(0)),
    }
}

/// The words that name objects, and the changes after them.
fn split(parsed: &Parsed, word: &str) -> Result<(Vec<String>, Changes), Failure> {
    let mut resources = Vec::new();
    let mut changes = Changes {
        set: BTreeMap::new(),
        remove: Vec::new(),
    };
    let mut found = false;
    for arg in &parsed.args {
        let pair = arg.split_once('=').filter(|(key, _)| !key.is_empty());
        let removed = arg.strip_suffix('-').filter(|key| !key.is_empty());
        match (pair, removed) {
            (Some((key, value)), _) => {
                found = true;
                changes.set.insert(key.to_owned(), value.to_owned());
            }
            (None, Some(key)) => {
                found = true;
                changes.remove.push(key.to_owned());
            }
            (None, None) if found => {
                return Err(Failure::Message(format!(
                    "all resources must be specified before {word} changes: {arg}"
                )));
            }
            (None, None) => resources.push(arg.clone()),
        }
    }
    Ok((resources, changes))
}

fn check(parsed: &Parsed, resources: &[String], changes: &Changes, what: What) -> Result<(), Failure> {
    if parsed.on("all") && !parsed.text("selector").is_empty() {
        return Err("cannot set --all and --selector at the same time".into());
    }
    if parsed.on("all") && !parsed.text("field-selector").is_empty() {
        return Err("cannot set --all and --field-selector at the same time".into());
    }
    if let Some(both) = changes.remove.iter().find(|key| changes.set.contains_key(*key)) {
        let _ = both;
        return Err(Failure::Message(format!(
            "can not both modify and remove {} {} in the same command",
            if what.word == "label" { "a" } else { "an" },
            what.word
        )));
    }
    if resources.is_empty() && super::common::files(parsed).is_empty() {
        return Err(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>".into(),
        );
    }
    if changes.set.is_empty() && changes.remove.is_empty() && !parsed.on("list") {
        return Err(Failure::Message(format!(
            "at least one {} update is required",
            what.word
        )));
    }
    Ok(())
}

/// Changes one object; answers what to print.
fn one(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    what: What,
    changes: &Changes,
    dry_run: DryRun,
    info: &Info,
) -> Result<(Value, &'static str), Failure> {
    let pointer = format!("/metadata/{}", what.field);
    let before = map(&info.object, &pointer).cloned().unwrap_or_default();
    let current = |key: &str| before.get(key).and_then(Value::as_str);
    if !parsed.on("overwrite") {
        refuse_overwriting(what, changes, &current)?;
    }
    let absent: Vec<&String> = changes
        .remove
        .iter()
        .filter(|key| current(key).is_none())
        .collect();
    let added = changes
        .set
        .iter()
        .any(|(key, value)| current(key) != Some(value.as_str()));
    let removed = absent.len() < changes.remove.len();
    let done = match (what.word, added, removed) {
        ("label", true, true) => "modified",
        ("label", true, false) => "labeled",
        ("label", false, true) => "unlabeled",
        ("label", false, false) => "not labeled",
        _ => "annotated",
    };
    let mut patch = Map::new();
    for (key, value) in &changes.set {
        if current(key) != Some(value.as_str()) {
            patch.insert(key.clone(), value.clone().into());
        }
    }
    for key in changes.remove.iter().filter(|key| current(key).is_some()) {
        patch.insert(key.clone(), Value::Null);
    }
    if dry_run == DryRun::Client || parsed.on("local") || parsed.on("list") {
        let mut object = info.object.clone();
        let map = map_mut(&mut object, &["metadata", what.field]);
        for (key, value) in patch {
            if value.is_null() {
                map.remove(&key);
            } else {
                map.insert(key, value);
            }
        }
        return Ok((object, done));
    }
    if what.word == "label" {
        for key in absent {
            cx.say(&format!("label {key:?} not found."));
        }
    }
    if patch.is_empty() {
        return Ok((info.object.clone(), done));
    }
    let mut document = json!({});
    put(&mut document, &["metadata", what.field], Value::Object(patch));
    let version = parsed.text("resource-version");
    if !version.is_empty() {
        put(&mut document, &["metadata", "resourceVersion"], json!(version));
    }
    let place = (info.kind, info.namespace.as_str(), info.name.as_str());
    let object = cx.patch(place, ContentType::MergePatch, document, &write(dry_run, ""))?;
    Ok((object, done))
}

fn refuse_overwriting<'v>(
    what: What,
    changes: &Changes,
    current: &impl Fn(&str) -> Option<&'v str>,
) -> Result<(), Failure> {
    let taken: Vec<String> = changes
        .set
        .iter()
        .filter(|(key, _)| what.word == "label" || *key != "kubernetes.io/change-cause")
        .filter_map(|(key, value)| {
            let there = current(key).filter(|there| there != value)?;
            Some(format!("'{key}' already has a value ({there})"))
        })
        .collect();
    if taken.is_empty() {
        return Ok(());
    }
    Err(if what.word == "label" {
        let each = taken
            .into_iter()
            .map(|one| Failure::Message(format!("{one}, and --overwrite is false")))
            .collect();
        Failure::all(each).unwrap_or(Failure::Exit(1))
    } else {
        Failure::Message(format!(
            "--overwrite is false but found the following declared annotation(s): {}",
            taken.join("; ")
        ))
    })
}

fn list(cx: &mut Cx<'_>, object: &Value, what: What, alone: bool) {
    let pointer = format!("/metadata/{}", what.field);
    let indent = if alone { "" } else { " " };
    if !alone {
        let kind = super::value::text(object, "/kind");
        let group = super::value::text(object, "/apiVersion")
            .split_once('/')
            .map_or("", |(group, _)| group);
        let name = super::value::name(object);
        cx.say(&format!("Listing {} for {kind}.{group}/{name}:", what.field));
    }
    for (key, value) in map(object, &pointer).into_iter().flatten() {
        cx.say(&format!("{indent}{key}={}", value.as_str().unwrap_or_default()));
    }
}
