//! The history of a controller's template in ControllerRevisions (`pkg/controller/history`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use serde_json::{Value, json};

use super::Context;
use super::claim::claim;
use super::hash::safe_hash;
use crate::api::meta::{MetaExt, controller_reference};
use crate::api::types::apps::ControllerRevision as FullRevision;
use crate::api::types::core::PodTemplateSpec;
use crate::api::types::meta::{LabelSelector, ObjectMeta};
use crate::api::{AnyObject, ControllerRevision, Key, Kind, StatusError};
use crate::apiserver::User;
use crate::client::{Client, DeleteOptions};

/// The label by which a Pod says which revision it is of (`ControllerRevisionHashLabelKey`).
pub(super) const HASH_LABEL: &str = "controller-revision-hash";

/// The template of an object as a patch that puts it back (`getPatch`).
pub(super) fn template_patch(owner: &AnyObject) -> Value {
    let mut template = owner
        .to_value()
        .pointer_mut("/spec/template")
        .map(Value::take)
        .unwrap_or_default();
    if let Value::Object(map) = &mut template {
        map.insert("$patch".to_owned(), Value::from("replace"));
    }
    json!({"spec": {"template": template}})
}

/// The template that a revision puts back (`ApplyRevision`).
pub(super) fn template_of(revision: &ControllerRevision) -> Option<PodTemplateSpec> {
    let data = revision.spec.data.as_ref()?;
    crate::api::from_json(data.0.pointer("/spec/template")?.clone()).ok()
}

/// The revisions of an object, orphans adopted, by number, then age, then name (`ListControllerRevisions`).
pub(super) fn revisions(
    context: &mut Context<'_, '_>,
    user: &User,
    owner: &AnyObject,
    selector: &LabelSelector,
) -> Result<Vec<ControllerRevision>, StatusError> {
    let claimed = claim::<ControllerRevision>(context, user, owner, selector, |_| true)?;
    let mut found: Vec<_> = claimed.into_iter().map(Cow::into_owned).collect();
    sort(&mut found);
    Ok(found)
}

/// (`SortControllerRevisions`)
pub(super) fn sort(revisions: &mut [ControllerRevision]) {
    crate::sort::sort_by(revisions, |a, b| {
        let key = |revision: &ControllerRevision| (revision.spec.revision, revision.metadata.created_at());
        key(a).cmp(&key(b)).then_with(|| a.name().cmp(b.name()))
    });
}

/// Whether a revision holds this template.
pub(super) fn holds(revision: &ControllerRevision, patch: &Value) -> bool {
    revision.spec.data.as_ref().is_some_and(|data| data.0 == *patch)
}

/// What a new revision is made of.
pub(super) struct NewRevision {
    /// Its template, as a patch.
    pub(super) patch: Value,
    /// Its number.
    pub(super) number: i64,
    /// The labels of the template.
    pub(super) labels: BTreeMap<String, String>,
    /// The label that takes the hash.
    pub(super) hash_label: &'static str,
}

/// Creates a revision, under another name as long as the name is taken by another template
/// (`CreateControllerRevision`).
pub(super) fn create(
    context: &mut Context<'_, '_>,
    user: &User,
    owner: &AnyObject,
    new: NewRevision,
    collisions: &mut i32,
) -> Result<ControllerRevision, StatusError> {
    let text = new.patch.to_string();
    loop {
        let hash = safe_hash(&text, *collisions);
        let prefix: String = owner.name().chars().take(223).collect();
        let name = format!("{prefix}-{hash}");
        let mut labels = new.labels.clone();
        labels.insert(new.hash_label.to_owned(), hash);
        let metadata = ObjectMeta {
            name: Some(name.clone()),
            namespace: Some(owner.namespace().to_owned()),
            labels: Some(labels),
            annotations: owner.metadata().annotations.clone(),
            owner_references: Some(vec![controller_reference(owner)]),
            ..ObjectMeta::default()
        };
        let revision = FullRevision {
            data: Some(RawExtension(new.patch.clone())),
            revision: new.number,
            ..FullRevision::default()
        };
        let revision = ControllerRevision::new(metadata, revision, Default::default());
        let mut client = Client::new(context.env, user);
        match client.create(AnyObject::ControllerRevision(revision)) {
            Ok(created) => {
                let created = created.get::<ControllerRevision>().cloned();
                return created.ok_or_else(|| StatusError::not_found(Kind::ControllerRevision, &name));
            }
            Err(error) if error.is_already_exists() => {
                let found = client.get::<ControllerRevision>(owner.namespace(), &name)?;
                if holds(&found, &new.patch) {
                    return Ok(found);
                }
                *collisions += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Gives a revision another number (`UpdateControllerRevision`).
pub(super) fn renumber(
    context: &mut Context<'_, '_>,
    user: &User,
    revision: &ControllerRevision,
    number: i64,
) -> Result<ControllerRevision, StatusError> {
    let written = Client::new(context.env, user).modify(&key_of(revision), None, |object| {
        if let Some(found) = object.get_mut::<ControllerRevision>()
            && found.spec.revision != number
        {
            found.spec_mut().revision = number;
        }
    })?;
    Ok(written.get::<ControllerRevision>().unwrap_or(revision).clone())
}

/// Deletes a revision; one that is gone is no failure.
pub(super) fn delete(
    context: &mut Context<'_, '_>,
    user: &User,
    revision: &ControllerRevision,
) -> Result<(), StatusError> {
    match Client::new(context.env, user).delete(&key_of(revision), &DeleteOptions::default()) {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}

fn key_of(revision: &ControllerRevision) -> Key {
    Key::new(Kind::ControllerRevision, revision.namespace(), revision.name())
}
