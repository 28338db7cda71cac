//! Validation of object metadata (`ValidateObjectMeta`, `ValidateObjectMetaUpdate`).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::field;
use super::names;
use super::path::Path;
use crate::api::to_json;
use crate::api::types::meta::{ObjectMeta, OwnerReference};
use crate::api::{Cause, Kind};
use crate::apiserver::strategy::strategy;

const ANNOTATIONS_BYTES: usize = 256 * (1 << 10);

/// What is wrong with the metadata of a new object.
#[must_use]
pub fn validate(kind: Kind, metadata: &ObjectMeta) -> Vec<Cause> {
    let mut causes = Vec::new();
    let path = Path::new("metadata");
    let check = |name: &str| strategy(kind).validate_name(name);
    if let Some(base) = metadata.generate_name.as_deref().filter(|base| !base.is_empty()) {
        let wrong = check(&masked(base));
        field::invalid_each(&mut causes, path.child("generateName"), base, &wrong);
    }
    let name = metadata.name.as_deref().unwrap_or_default();
    if name.is_empty() {
        causes.push(field::required(
            path.child("name"),
            "name or generateName is required",
        ));
    } else {
        field::invalid_each(&mut causes, path.child("name"), name, &check(name));
    }
    let namespace = metadata.namespace.as_deref().unwrap_or_default();
    if kind.namespaced() {
        let wrong = names::dns1123_label(namespace);
        field::invalid_each(&mut causes, path.child("namespace"), namespace, &wrong);
    } else if !namespace.is_empty() {
        causes.push(field::forbidden(
            path.child("namespace"),
            "not allowed on this type",
        ));
    }
    contents(&mut causes, metadata);
    finalizers(&mut causes, metadata.finalizers.as_deref().unwrap_or_default());
    causes
}

/// What a name made from a base will look like: a suffix follows its dash.
fn masked(base: &str) -> String {
    match base.strip_suffix('-') {
        Some(stem) if !stem.is_empty() => {
            let mut stem = stem.to_owned();
            stem.pop();
            stem.push('a');
            stem
        }
        _ => base.to_owned(),
    }
}

/// What is wrong with a change of metadata; what nobody may change has been put back already.
#[must_use]
pub fn validate_update(metadata: &Arc<ObjectMeta>, old: &Arc<ObjectMeta>) -> Vec<Cause> {
    let mut causes = Vec::new();
    if Arc::ptr_eq(metadata, old) {
        return causes;
    }
    if old.deletion_timestamp.is_some() {
        let before = old.finalizers.as_deref().unwrap_or_default();
        let mut added: Vec<_> = metadata
            .finalizers
            .iter()
            .flatten()
            .filter(|finalizer| !before.contains(finalizer))
            .map(|finalizer| format!("\"{finalizer}\""))
            .collect();
        crate::sort::sort(&mut added);
        if !added.is_empty() {
            let detail = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                added.join(", ")
            );
            causes.push(field::forbidden("metadata.finalizers", &detail));
        }
    }
    contents(&mut causes, metadata);
    if metadata.finalizers != old.finalizers {
        qualified_finalizers(&mut causes, metadata.finalizers.as_deref().unwrap_or_default());
    }
    causes
}

/// Labels, annotations and owners.
fn contents(causes: &mut Vec<Cause>, metadata: &ObjectMeta) {
    let path = Path::new("metadata");
    labels(causes, metadata.labels.as_ref(), path.child("labels"));
    annotations(causes, metadata.annotations.as_ref(), path.child("annotations"));
    let owners = metadata.owner_references.as_deref().unwrap_or_default();
    owner_references(causes, owners, path.child("ownerReferences"));
}

/// `ValidateLabels`
pub fn labels(causes: &mut Vec<Cause>, labels: Option<&BTreeMap<String, String>>, path: Path<'_>) {
    for (key, value) in labels.into_iter().flatten() {
        field::invalid_each(causes, path, key, &names::qualified_name(key));
        field::invalid_each(causes, path, value, &names::label_value(value));
    }
}

/// `ValidateAnnotations`
pub fn annotations(causes: &mut Vec<Cause>, annotations: Option<&BTreeMap<String, String>>, path: Path<'_>) {
    let mut bytes = 0;
    for (key, value) in annotations.into_iter().flatten() {
        bytes += key.len() + value.len();
        // The rule is that of labels, whatever the case.
        let wrong = if key.bytes().any(|byte| byte.is_ascii_uppercase()) {
            names::qualified_name(&key.to_lowercase())
        } else {
            names::qualified_name(key)
        };
        field::invalid_each(causes, path, key, &wrong);
    }
    if bytes > ANNOTATIONS_BYTES {
        causes.push(field::too_long(path, ANNOTATIONS_BYTES));
    }
}

fn owner_references(causes: &mut Vec<Cause>, owners: &[OwnerReference], path: Path<'_>) {
    let mut controller: Option<&OwnerReference> = None;
    for owner in owners {
        let empty = [
            ("apiVersion", &owner.api_version, "version must not be empty"),
            ("kind", &owner.kind, "must not be empty"),
            ("name", &owner.name, "must not be empty"),
            ("uid", &owner.uid, "must not be empty"),
        ];
        for (name, value, detail) in empty {
            if value.is_empty() {
                causes.push(field::invalid(path.child(name), value.as_str(), detail));
            }
        }
        if owner.api_version == "v1" && owner.kind == "Event" {
            let detail = "/v1, Kind=Event is disallowed from being an owner";
            causes.push(field::invalid(path, to_json(owner), detail));
        }
        if owner.controller != Some(true) {
            continue;
        }
        if let Some(first) = controller {
            let detail = format!(
                "Only one reference can have Controller set to true. Found \"true\" in references for {}/{} and {}/{}",
                first.kind, first.name, owner.kind, owner.name
            );
            causes.push(field::invalid(
                path,
                Value::Array(owners.iter().map(|owner| to_json(owner)).collect()),
                &detail,
            ));
        } else {
            controller = Some(owner);
        }
    }
}

fn finalizers(causes: &mut Vec<Cause>, finalizers: &[String]) {
    let path = Path::new("metadata");
    let path = path.child("finalizers");
    for finalizer in finalizers {
        field::invalid_each(causes, path, finalizer, &names::qualified_name(finalizer));
    }
    let has = |name: &str| finalizers.iter().any(|finalizer| finalizer == name);
    if has("orphan") && has("foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        causes.push(field::invalid(path, json!(finalizers), detail));
    }
    qualified_finalizers(causes, finalizers);
}

/// Names without a domain are Kubernetes' own (`validateKubeFinalizerName`).
fn qualified_finalizers(causes: &mut Vec<Cause>, finalizers: &[String]) {
    let known = |name: &str| matches!(name, "orphan" | "kubernetes" | "foregroundDeletion");
    for (index, finalizer) in finalizers.iter().enumerate() {
        if !finalizer.contains('/') && !known(finalizer) {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            let path = format!("metadata.finalizers[{index}]");
            causes.push(field::invalid(path, finalizer.as_str(), detail));
        }
    }
}
