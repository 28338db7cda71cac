//! Where an object comes from: a line of the work folder, or a command.

use serde_json::Value;

use super::{Place, World};
use crate::api::quantity::Amount;
use crate::api::schema::check::find;
use crate::api::{AnyObject, Kind};
use crate::manifest::{self, LineIndex, Node};
use crate::sim::{Action, Time};

/// The line that a field of an object comes from. A field of a Pod may stand in the template of what made it.
pub(super) fn place(world: &World<'_>, object: &AnyObject, path: &str) -> Option<Place> {
    for (object, path) in origins(world, object, path) {
        if let Some(place) = written(world, object, &path) {
            return Some(place);
        }
    }
    None
}

/// The object and those that it belongs to, each with where it holds the field.
fn origins<'o>(world: &World<'o>, object: &'o AnyObject, path: &str) -> Vec<(&'o AnyObject, String)> {
    let mut path = path.to_owned();
    let mut below = None;
    let mut found = Vec::new();
    for object in world.lineage(object) {
        match below {
            Some(Kind::Pod) => path.insert_str(0, "spec.template."),
            Some(Kind::Job) => path.insert_str(0, "spec.jobTemplate."),
            _ => {}
        }
        found.push((object, path.clone()));
        below = Some(object.kind());
    }
    found
}

/// The line of a field in the manifest of this very object.
fn written(world: &World<'_>, object: &AnyObject, path: &str) -> Option<Place> {
    let names = object.names();
    for file in &world.files {
        let known = [".yaml", ".yml", ".json"]
            .iter()
            .any(|end| file.path.ends_with(end));
        // Most files do not hold the name at all.
        if !known || !file.text.contains(object.name()) {
            continue;
        }
        for document in manifest::parse(&file.text).into_iter().flatten() {
            let text = |parts: &[&str]| {
                let found = parts.iter().try_fold(&document.root, |node, part| node.get(part));
                found.and_then(Node::as_str).unwrap_or_default().to_owned()
            };
            let namespace = text(&["metadata", "namespace"]);
            let same = text(&["kind"]) == names.kind
                && text(&["metadata", "name"]) == object.name()
                && (namespace.is_empty() || namespace == object.namespace());
            if same && agrees(object, &document.value, path) {
                return Some(line(&file.path, &file.text, &document.root, path));
            }
        }
    }
    None
}

/// Whether the object has the field as the file says: what a command changed since does not come from there.
fn agrees(object: &AnyObject, written: &Value, path: &str) -> bool {
    let live = object.to_value();
    let Some(live) = find(&live, path) else {
        return true;
    };
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(on) => Some(on.to_string()),
        _ => None,
    };
    let Some(live) = scalar(live) else { return true };
    let Some(written) = find(written, path).and_then(scalar) else {
        return false;
    };
    let amounts = || Some(Amount::parse(&live).ok()?.nanos == Amount::parse(&written).ok()?.nanos);
    live == written || amounts().unwrap_or(false)
}

/// The line of the field, or of the nearest one above it that is written.
fn line(file: &str, text: &str, root: &Node, path: &str) -> Place {
    let mut path = path;
    let found = loop {
        match root.locate(path) {
            Some(found) if !path.is_empty() => break Some(found),
            _ if path.is_empty() => break root.locate("metadata.name"),
            _ => {
                path = path
                    .rfind(['.', '['])
                    .map_or("", |at| path.get(..at).unwrap_or(""));
            }
        }
    };
    let start = found.map_or(root.span.start, |found| found.name().start);
    let number = LineIndex::new(text).position(start).line;
    let index = usize::try_from(number.saturating_sub(1)).unwrap_or_default();
    Place {
        file: file.to_owned(),
        line: number,
        text: text.lines().nth(index).unwrap_or_default().trim().to_owned(),
    }
}

/// The command that gave an object this field, or made it; or did so for the one that it belongs to.
pub(super) fn command(world: &World<'_>, object: &AnyObject, path: &str) -> Option<String> {
    let root = world.lineage(object).pop()?;
    let (names, name) = (root.names(), root.name());
    let mut written: Vec<Time> = Vec::new();
    for entry in world.trace.entries() {
        let by_hand = !["system:", "kubelet", "default-scheduler"]
            .iter()
            .any(|who| entry.actor.name().starts_with(who));
        let same = entry.subject.kind == names.kind
            && *entry.subject.name == *name
            && *entry.subject.namespace == *root.namespace();
        if by_hand && same && matches!(entry.action, Action::Create | Action::Update) {
            written.push(entry.at);
        }
    }
    let last = written.last()?;
    let typed = world.commands.iter().rev().filter(|(at, _)| at <= last);
    typed
        .filter(|(_, line)| line.starts_with("kubectl ") && gives(line, root, path))
        .map(|(_, line)| line.clone())
        .next()
}

/// Whether a command may have given the object this field.
fn gives(line: &str, object: &AnyObject, path: &str) -> bool {
    let words: Vec<&str> = line.split(' ').skip(1).filter(|word| !word.is_empty()).collect();
    let (verb, next) = (
        words.first().copied().unwrap_or_default(),
        words.get(1).copied().unwrap_or_default(),
    );
    let named = line.contains(object.name());
    let from_file = [" -f", " --filename", " -k"]
        .iter()
        .any(|flag| line.contains(flag));
    let info = object.kind().info();
    let of_kind = next == info.singular || next == info.plural || info.short_names.contains(&next);
    match verb {
        "apply" | "create" | "replace" if from_file => true,
        "create" => named && of_kind,
        "run" => named && object.kind() == Kind::Pod,
        "expose" => named && object.kind() == Kind::Service,
        "autoscale" => named && object.kind() == Kind::HorizontalPodAutoscaler,
        "edit" | "patch" => named,
        "scale" => named && path.contains("replicas"),
        "set" => named && path.contains(next),
        "rollout" => named && (next == "undo" || path.contains(next.trim_end_matches('e'))),
        _ => false,
    }
}
