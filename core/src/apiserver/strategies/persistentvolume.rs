//! `PersistentVolume`: its rules (`ValidatePersistentVolume`, `pkg/registry/core/persistentvolume`). The sources that the
//! lab can mount are looked into; of the others only that there is one of them.

use std::sync::Arc;

use serde_json::json;

use super::pod::defaults::{canonical, text};
use super::pod::validation::{host_path, internal, local_volume, nfs};
use crate::api::meta::{MetaExt, meta_time};
use crate::api::quantity::amount;
use crate::api::to_json;
use crate::api::types::Quantity;
use crate::api::types::core::PersistentVolumeSpec;
use crate::api::volumes::{capacity, volume_class};
use crate::api::{AnyObject, Cause, PersistentVolume, StatusError};
use crate::apiserver::printing::{access_modes, age_of};
use crate::apiserver::strategy::{Strategy, Surroundings};
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::unified_diff::unified_diff;
use crate::apiserver::validation::{field, names};
use crate::sim::Time;

/// The rules of `PersistentVolume`.
pub(crate) struct PersistentVolumeStrategy;

/// The ways to be mounted.
pub(super) const ACCESS_MODES: [&str; 4] = [
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOnce",
    "ReadWriteOncePod",
];
/// What a volume looks like to a container.
pub(super) const VOLUME_MODES: [&str; 2] = ["Block", "Filesystem"];
/// What stands where nothing was said.
pub(super) const UNSET: &str = "<unset>";

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Capacity"),
    Column::new("Access Modes"),
    Column::new("Reclaim Policy"),
    Column::new("Status"),
    Column::new("Claim"),
    Column::new("StorageClass"),
    Column::new("VolumeAttributesClass"),
    Column::new("Reason"),
    Column::new("Age"),
    Column::wide("VolumeMode"),
];

impl Strategy for PersistentVolumeStrategy {
    fn default(&self, object: &mut AnyObject) {
        if let Some(volume) = object.get_mut::<PersistentVolume>() {
            let spec = volume.spec_mut();
            text(&mut spec.persistent_volume_reclaim_policy, "Retain");
            text(&mut spec.volume_mode, "Filesystem");
            if let Some(host_path) = &mut spec.host_path {
                host_path.type_.get_or_insert_default();
            }
            spec.capacity.iter_mut().for_each(canonical);
        }
    }

    fn prepare_for_create(
        &self,
        object: &mut AnyObject,
        around: Surroundings<'_>,
    ) -> Result<(), StatusError> {
        object.reset_status();
        if let Some(volume) = object.get_mut::<PersistentVolume>() {
            let status = volume.status_mut();
            status.phase = Some("Pending".to_owned());
            status.last_phase_transition_time = Some(meta_time(around.now));
        }
        Ok(())
    }

    fn has_generation(&self) -> bool {
        false
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(volume) = object.get::<PersistentVolume>() {
            validate(&mut causes, &volume.spec);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(new), Some(old)) = (object.get::<PersistentVolume>(), old.get::<PersistentVolume>()) else {
            return causes;
        };
        if Arc::ptr_eq(&new.spec, &old.spec) {
            return causes;
        }
        validate(&mut causes, &new.spec);
        let [after, before] = [new, old].map(|volume| internal::printed_sources(&volume.spec));
        if after != before {
            let diff = unified_diff(&after, &before);
            let path = Path::new("spec");
            let detail = format!("spec.persistentvolumesource is immutable after creation\n{diff}");
            causes.push(field::forbidden(path.child("persistentvolumesource"), &detail));
        }
        if new.spec.volume_mode != old.spec.volume_mode {
            let given = new.spec.volume_mode.as_deref().unwrap_or_default();
            causes.push(field::invalid("volumeMode", given, field::IMMUTABLE));
        }
        if old.spec.node_affinity.is_some() && new.spec.node_affinity != old.spec.node_affinity {
            let given = to_json(&new.spec.node_affinity);
            causes.push(field::invalid("spec.nodeAffinity", given, field::IMMUTABLE));
        }
        causes
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(volume) = object.get::<PersistentVolume>() else {
            return Vec::new();
        };
        let (spec, status) = (&volume.spec, &volume.status);
        let phase = if volume.metadata.is_deleting() {
            "Terminating"
        } else {
            status.phase.as_deref().unwrap_or_default()
        };
        let claim = spec.claim_ref.as_ref().map(|claim| {
            let part = |text: &Option<String>| text.clone().unwrap_or_default();
            format!("{}/{}", part(&claim.namespace), part(&claim.name))
        });
        let or_unset = |text: &Option<String>| text.clone().unwrap_or_else(|| UNSET.to_owned());
        vec![
            volume.name().to_owned(),
            capacity(volume).to_string(),
            access_modes(spec.access_modes.as_deref()),
            spec.persistent_volume_reclaim_policy.clone().unwrap_or_default(),
            phase.to_owned(),
            claim.unwrap_or_default(),
            volume_class(volume).to_owned(),
            or_unset(&spec.volume_attributes_class_name),
            status.reason.clone().unwrap_or_default(),
            age_of(&volume.metadata, now),
            or_unset(&spec.volume_mode),
        ]
    }
}

/// How a volume can be mounted, as of volumes so of claims.
pub(super) fn validate_modes(causes: &mut Vec<Cause>, modes: Option<&[String]>, path: Path<'_>) {
    let modes = modes.unwrap_or_default();
    let mut alone = false;
    for mode in modes {
        if !ACCESS_MODES.contains(&mode.as_str()) {
            causes.push(field::not_supported(path, mode.as_str(), &ACCESS_MODES));
        }
        alone |= mode == "ReadWriteOncePod";
    }
    if alone && modes.iter().any(|mode| mode != "ReadWriteOncePod") {
        let detail = "may not use ReadWriteOncePod with other access modes";
        causes.push(field::forbidden(path, detail));
    }
}

/// A size is more than nothing.
pub(super) fn validate_size(causes: &mut Vec<Cause>, size: &Quantity, path: Path<'_>) {
    let size = amount(size);
    if size.nanos <= 0 {
        causes.push(field::invalid(
            path,
            size.to_string(),
            "must be greater than zero",
        ));
    }
}

/// The name of a class, if there is one.
pub(super) fn validate_class(causes: &mut Vec<Cause>, class: Option<&str>, path: Path<'_>) {
    if let Some(class) = class.filter(|class| !class.is_empty()) {
        field::invalid_each(causes, path, class, &names::dns1123_subdomain(class));
    }
}

fn validate(causes: &mut Vec<Cause>, spec: &PersistentVolumeSpec) {
    let path = Path::new("spec");
    if spec.access_modes.as_ref().is_none_or(Vec::is_empty) {
        causes.push(field::required(path.child("accessModes"), ""));
    }
    validate_modes(causes, spec.access_modes.as_deref(), path.child("accessModes"));
    let at = path.child("capacity");
    let capacity = spec.capacity.clone().unwrap_or_default();
    if capacity.is_empty() {
        causes.push(field::required(at, ""));
    }
    if !capacity.contains_key("storage") || capacity.len() > 1 {
        causes.push(field::not_supported(at, json!(capacity), &["storage"]));
    }
    for (name, size) in &capacity {
        if amount(size).nanos < 0 {
            let detail = "must be a valid resource quantity";
            causes.push(field::invalid(at.key(name), amount(size).units(), detail));
        }
        validate_size(causes, size, at.key(name));
    }
    let policies = ["Delete", "Recycle", "Retain"];
    let policy = spec
        .persistent_volume_reclaim_policy
        .as_deref()
        .unwrap_or_default();
    let at = path.child("persistentVolumeReclaimPolicy");
    if !policies.contains(&policy) {
        causes.push(field::not_supported(at, policy, &policies));
    }
    validate_source(causes, spec, path);
    let root = spec.host_path.as_ref().is_some_and(|source| source.path == "/");
    if root && policy == "Recycle" {
        let detail = "may not be 'recycle' for a hostPath mount of '/'";
        causes.push(field::forbidden(at, detail));
    }
    let class = spec.storage_class_name.as_deref();
    validate_class(causes, class, path.child("storageClassName"));
    let mode = spec.volume_mode.as_deref().unwrap_or_default();
    if !VOLUME_MODES.contains(&mode) {
        causes.push(field::not_supported(
            path.child("volumeMode"),
            mode,
            &VOLUME_MODES,
        ));
    }
}

fn validate_source(causes: &mut Vec<Cause>, spec: &PersistentVolumeSpec, path: Path<'_>) {
    let mut given = internal::sources(spec).into_iter();
    if given.next().is_none() {
        causes.push(field::required(path, "must specify a volume type"));
    }
    for name in given {
        let detail = "may not specify more than 1 volume type";
        causes.push(field::forbidden(path.child(name), detail));
    }
    if let Some(source) = &spec.host_path {
        host_path(causes, source, path.child("hostPath"));
    } else if let Some(source) = &spec.nfs {
        nfs(causes, source, path.child("nfs"));
    } else if let Some(source) = &spec.local {
        local_volume(causes, &source.path, path.child("local"));
        let required = spec
            .node_affinity
            .as_ref()
            .and_then(|affinity| affinity.required.as_ref());
        if required.is_none() {
            let detail = "Local volume requires node affinity";
            causes.push(field::required(path.child("nodeAffinity"), detail));
        }
    } else if let Some(source) = &spec.csi {
        let path = path.child("csi");
        for (name, value) in [
            ("driver", &source.driver),
            ("volumeHandle", &source.volume_handle),
        ] {
            if value.is_empty() {
                causes.push(field::required(path.child(name), ""));
            }
        }
    }
}
