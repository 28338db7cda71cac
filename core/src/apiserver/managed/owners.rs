//! The record of writes, and what it says of each manager (`managedfields.FieldManager`).

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::route::Form;
use super::super::versions::shown_object;
use super::compare::compare;
use super::set::Set;
use super::shape::Shape;
use crate::api::types::meta::{FieldsV1, ManagedFieldsEntry};
use crate::api::{AnyObject, Cause, Key, Kind, StatusError, meta};
use crate::sim::Time;
use crate::sorted::SortedMap;

/// Writes of an object that are kept before they are worked out.
const KEPT_WRITES: usize = 6;

/// How a field was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Operation {
    /// Server-side apply.
    Apply,
    /// Any other write.
    Update,
}

/// Who writes, and to what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Writer {
    /// The manager; empty: nobody manages what this write changes.
    pub(crate) name: Cow<'static, str>,
    /// The subresource.
    pub(crate) subresource: Cow<'static, str>,
    /// The managers after an apply, which are worked out as it is done.
    pub(crate) applied: Option<Vec<Manager>>,
}

/// A manager and its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manager {
    /// Its name.
    pub(crate) name: String,
    /// How it wrote.
    pub(crate) operation: Operation,
    /// The version it wrote in.
    pub(crate) api_version: String,
    /// The subresource it wrote to.
    pub(crate) subresource: String,
    /// When it last changed something.
    pub(crate) time: Time,
    /// What it manages.
    pub(crate) fields: Set,
}

/// A write that is not worked out yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Write {
    writer: Writer,
    time: Time,
    /// The object before; nothing: it was created.
    before: Option<AnyObject>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Record {
    managers: Vec<Manager>,
    writes: Vec<Write>,
}

/// The record of all objects' writes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Owners {
    records: SortedMap<Key, Arc<Record>>,
}

impl Owners {
    /// An object is written. `before` is asked for where the writer is another than last time.
    pub(crate) fn note(
        &mut self,
        key: &Key,
        writer: &Writer,
        time: Time,
        before: impl FnOnce() -> Option<AnyObject>,
    ) {
        // Events are written once, or by one writer.
        if key.kind == Kind::Event {
            return;
        }
        let record = Arc::make_mut(self.records.entry(key.clone()).or_default());
        if let Some(applied) = &writer.applied {
            record.managers.clone_from(applied);
            record.writes.clear();
            return;
        }
        if let Some(last) = record.writes.last_mut()
            && last.writer == *writer
        {
            last.time = time;
            return;
        }
        let before = before();
        if record.writes.len() == KEPT_WRITES
            && let Some(now) = &before
        {
            record.managers = record.work_out(now);
            record.writes.clear();
        }
        record.writes.push(Write {
            writer: writer.clone(),
            time,
            before,
        });
    }

    /// An object is gone.
    pub(crate) fn forget(&mut self, key: &Key) {
        self.records.remove(key);
    }

    /// Who manages what of an object.
    pub(crate) fn of(&self, object: &AnyObject) -> Vec<Manager> {
        let record = self.records.get(&object.key());
        record.map_or_else(Vec::new, |record| record.work_out(object))
    }

    /// `metadata.managedFields` of an object.
    pub(crate) fn entries(&self, object: &AnyObject) -> Vec<ManagedFieldsEntry> {
        let mut managers = self.of(object);
        crate::sort::sort_by(&mut managers, |a, b| {
            (a.operation, a.time, &a.name, &a.subresource).cmp(&(
                b.operation,
                b.time,
                &b.name,
                &b.subresource,
            ))
        });
        managers.into_iter().map(Manager::entry).collect()
    }
}

impl Record {
    /// The managers, the writes worked out one after the other; `now` is the object after the last.
    fn work_out(&self, now: &AnyObject) -> Vec<Manager> {
        let mut managers = self.managers.clone();
        let custom = now.custom_kind().cloned();
        let form = match &custom {
            Some(kind) => Form::Custom(kind),
            None => Form::Kind(now.kind()),
        };
        let value = |object: &AnyObject| shown_object(object.clone(), form).to_value();
        let shape = Shape::of(form);
        for (index, write) in self.writes.iter().enumerate() {
            let before = write.before.as_ref().map_or_else(|| empty(now), value);
            let after = self.writes.get(index + 1).and_then(|next| next.before.as_ref());
            let after = value(after.unwrap_or(now));
            let (changed, removed) = compare(&before, &after, &shape);
            for manager in &mut managers {
                manager.fields.remove(&removed);
            }
            let mut changed_here = changed;
            changed_here.strip(&write.writer.subresource);
            if write.before.is_none() {
                forget_admitted(now.kind(), &mut changed_here);
            }
            update(&mut managers, write, now, changed_here);
        }
        managers.retain(|manager| !manager.fields.is_empty());
        managers
    }
}

/// Leaves out what admission and allocation fill in after a creation was looked at: nobody manages it.
fn forget_admitted(kind: Kind, set: &mut Set) {
    let Some(spec) = set.children.get_mut("f:spec") else {
        return;
    };
    let filled: &[&str] = match kind {
        Kind::Pod => &[
            "f:nodeName",
            "f:preemptionPolicy",
            "f:priority",
            "f:serviceAccount",
            "f:serviceAccountName",
            "f:tolerations",
        ],
        Kind::Service => &["f:clusterIP", "f:clusterIPs", "f:ipFamilies", "f:ipFamilyPolicy"],
        _ => return,
    };
    spec.children.retain(|step, _| !filled.contains(&step.as_str()));
    let token = |step: &String| {
        step.contains("kube-api-access-") || step.contains("/var/run/secrets/kubernetes.io/serviceaccount")
    };
    forget(spec, &token);
}

/// Leaves out what stands below such steps, and what is empty then.
fn forget(set: &mut Set, unwanted: &impl Fn(&String) -> bool) {
    let before = set.children.len();
    set.children.retain(|step, inner| {
        forget(inner, unwanted);
        !unwanted(step) && !inner.is_empty()
    });
    if set.children.is_empty() && before > 0 {
        set.member = false;
    }
}

/// What a new object is compared with: one without anything, as its type prints it.
fn empty(object: &AnyObject) -> Value {
    let names = object.names();
    let bare = json!({"apiVersion": names.api_version(), "kind": names.kind, "metadata": {}});
    match object.custom_kind() {
        Some(_) => bare,
        None => AnyObject::from_value(object.kind(), bare.clone()).map_or(bare, |object| object.to_value()),
    }
}

fn update(managers: &mut Vec<Manager>, write: &Write, object: &AnyObject, changed: Set) {
    for manager in managers.iter_mut() {
        let own = manager.operation == Operation::Update
            && manager.name == write.writer.name
            && manager.subresource == write.writer.subresource;
        if !own {
            manager.fields.remove(&changed);
        }
    }
    if write.writer.name.is_empty() || changed.is_empty() {
        return;
    }
    let own = managers.iter_mut().find(|manager| {
        manager.operation == Operation::Update
            && manager.name == write.writer.name
            && manager.subresource == write.writer.subresource
    });
    match own {
        Some(manager) => {
            manager.fields.add(&changed);
            manager.time = write.time;
        }
        None => managers.push(Manager {
            name: write.writer.name.clone().into_owned(),
            operation: Operation::Update,
            api_version: object.names().api_version(),
            subresource: write.writer.subresource.clone().into_owned(),
            time: write.time,
            fields: changed,
        }),
    }
}

impl Manager {
    fn entry(self) -> ManagedFieldsEntry {
        ManagedFieldsEntry {
            manager: Some(self.name),
            operation: Some(format!("{:?}", self.operation)),
            api_version: Some(self.api_version),
            time: Some(meta::meta_time(self.time)),
            fields_type: Some("FieldsV1".to_owned()),
            fields_v1: Some(FieldsV1(self.fields.to_value())),
            subresource: Some(self.subresource).filter(|name| !name.is_empty()),
        }
    }

    /// How errors name it.
    fn shown(&self) -> String {
        let mut shown = format!("{:?}", self.name);
        if !self.subresource.is_empty() {
            shown.push_str(&format!(" with subresource {:?}", self.subresource));
        }
        if self.operation == Operation::Update {
            shown.push_str(&format!(" using {}", self.api_version));
        }
        shown
    }
}

/// 409: others manage what an apply would change (`NewConflictError`).
pub(crate) fn conflict(mut conflicts: Vec<(&Manager, Vec<String>)>) -> StatusError {
    crate::sort::sort_by(&mut conflicts, |(a, _), (b, _)| {
        (&a.name, a.operation).cmp(&(&b.name, b.operation))
    });
    let count: usize = conflicts.iter().map(|(_, paths)| paths.len()).sum();
    let message = match conflicts.as_slice() {
        [(manager, paths)] if count == 1 => {
            let path = paths.first().map_or("", String::as_str);
            format!(
                "Apply failed with 1 conflict: conflict with {}: {path}",
                manager.shown()
            )
        }
        _ => {
            let mut lines = Vec::new();
            for (manager, paths) in &conflicts {
                lines.push(format!("conflicts with {}:", manager.shown()));
                lines.extend(paths.iter().map(|path| format!("- {path}")));
            }
            format!("Apply failed with {count} conflicts: {}", lines.join("\n"))
        }
    };
    let causes = conflicts.iter().flat_map(|(manager, paths)| {
        paths.iter().map(|path| Cause {
            reason: "FieldManagerConflict".to_owned(),
            message: format!("conflict with {}", manager.shown()),
            field: path.clone(),
        })
    });
    StatusError {
        causes: causes.collect(),
        ..StatusError::new(409, "Conflict", message)
    }
}
