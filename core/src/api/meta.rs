//! Manners for object metadata and conditions (`k8s.io/apimachinery/pkg/apis/meta/v1`).

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference, Time as MetaTime};

use super::object::AnyObject;
use crate::sim::Time;

/// `metav1.Time` of a virtual moment.
#[must_use]
pub fn meta_time(at: Time) -> MetaTime {
    MetaTime(at.timestamp())
}

/// The finalizer of an owner that goes after what it owns.
pub const FOREGROUND_FINALIZER: &str = "foregroundDeletion";
/// The finalizer of an owner that leaves what it owns alone.
pub const ORPHAN_FINALIZER: &str = "orphan";

/// What controllers ask of metadata.
pub trait MetaExt {
    /// The owner whose `controller` is true.
    fn controller(&self) -> Option<&OwnerReference>;
    /// Whether that owner is this one.
    fn is_controlled_by(&self, uid: &str) -> bool;
    /// Whether a deletion timestamp is set.
    fn is_deleting(&self) -> bool;
    /// The labels, empty if unset.
    fn labels_or_empty(&self) -> &BTreeMap<String, String>;
    /// The value of an annotation.
    fn annotation(&self, name: &str) -> Option<&str>;
    /// Sets an annotation.
    fn set_annotation(&mut self, name: &str, value: impl Into<String>);
    /// Whether this finalizer is set.
    fn has_finalizer(&self, finalizer: &str) -> bool;
    /// When it was created, in virtual time.
    fn created_at(&self) -> Time;
}

static NO_LABELS: BTreeMap<String, String> = BTreeMap::new();

impl MetaExt for ObjectMeta {
    fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references
            .as_ref()?
            .iter()
            .find(|owner| owner.controller == Some(true))
    }

    fn is_controlled_by(&self, uid: &str) -> bool {
        self.controller().is_some_and(|owner| owner.uid == uid)
    }

    fn is_deleting(&self) -> bool {
        self.deletion_timestamp.is_some()
    }

    fn labels_or_empty(&self) -> &BTreeMap<String, String> {
        self.labels.as_ref().unwrap_or(&NO_LABELS)
    }

    fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(name).map(String::as_str)
    }

    fn set_annotation(&mut self, name: &str, value: impl Into<String>) {
        self.annotations
            .get_or_insert_default()
            .insert(name.to_owned(), value.into());
    }

    fn has_finalizer(&self, finalizer: &str) -> bool {
        self.finalizers
            .as_ref()
            .is_some_and(|finalizers| finalizers.iter().any(|f| f == finalizer))
    }

    fn created_at(&self) -> Time {
        self.creation_timestamp
            .as_ref()
            .map_or(Time::ZERO, |time| Time::from_timestamp(time.0))
    }
}

/// An owner reference that makes `owner` the controller, as `metav1.NewControllerRef`.
#[must_use]
pub fn controller_reference(owner: &AnyObject) -> OwnerReference {
    OwnerReference {
        api_version: owner.names().api_version(),
        kind: owner.names().kind.to_owned(),
        name: owner.name().to_owned(),
        uid: owner.uid().to_owned(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}
