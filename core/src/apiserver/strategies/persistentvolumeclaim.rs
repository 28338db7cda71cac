//! `PersistentVolumeClaim`: its rules (`ValidatePersistentVolumeClaim`, `pkg/registry/core/persistentvolumeclaim`).

use std::sync::Arc;

use serde_json::json;

use super::persistentvolume::{UNSET, VOLUME_MODES, validate_class, validate_modes, validate_size};
use super::pod::defaults::{canonical, text};
use super::pod::validation::internal;
use crate::api::meta::MetaExt;
use crate::api::quantity::amount;
use crate::api::types::core::PersistentVolumeClaimSpec;
use crate::api::volumes::{claim_class, requested};
use crate::api::{AnyObject, Cause, PersistentVolumeClaim, StatusError};
use crate::apiserver::printing::{access_modes, age_of};
use crate::apiserver::strategy::{Strategy, Surroundings};
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::unified_diff::unified_diff;
use crate::apiserver::validation::{field, selectors};
use crate::sim::Time;

/// The rules of `PersistentVolumeClaim`.
pub(crate) struct PersistentVolumeClaimStrategy;

const CHANGEABLE: &str = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Status"),
    Column::new("Volume"),
    Column::new("Capacity"),
    Column::new("Access Modes"),
    Column::new("StorageClass"),
    Column::new("VolumeAttributesClass"),
    Column::new("Age"),
    Column::wide("VolumeMode"),
];

impl Strategy for PersistentVolumeClaimStrategy {
    fn default(&self, object: &mut AnyObject) {
        if let Some(claim) = object.get_mut::<PersistentVolumeClaim>() {
            default_spec(claim.spec_mut());
        }
    }

    fn prepare_for_create(&self, object: &mut AnyObject, _: Surroundings<'_>) -> Result<(), StatusError> {
        object.reset_status();
        if let Some(claim) = object.get_mut::<PersistentVolumeClaim>() {
            claim.status_mut().phase = Some("Pending".to_owned());
        }
        Ok(())
    }

    fn has_generation(&self) -> bool {
        false
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(claim) = object.get::<PersistentVolumeClaim>() {
            validate_spec(&mut causes, &claim.spec, Path::new("spec"));
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let claims = (
            object.get::<PersistentVolumeClaim>(),
            old.get::<PersistentVolumeClaim>(),
        );
        if let (Some(new), Some(old)) = claims
            && !Arc::ptr_eq(&new.spec, &old.spec)
        {
            validate_spec(&mut causes, &new.spec, Path::new("spec"));
            validate_change(&mut causes, new, old);
        }
        causes
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(claim) = object.get::<PersistentVolumeClaim>() else {
            return Vec::new();
        };
        let (spec, status) = (&claim.spec, &claim.status);
        let phase = if claim.metadata.is_deleting() {
            "Terminating"
        } else {
            status.phase.as_deref().unwrap_or_default()
        };
        let volume = spec.volume_name.clone().unwrap_or_default();
        let (mut capacity, mut modes) = (String::new(), String::new());
        if !volume.is_empty() {
            let storage = status
                .capacity
                .as_ref()
                .and_then(|capacity| capacity.get("storage"));
            capacity = storage.map_or_else(|| "0".to_owned(), |storage| amount(storage).to_string());
            modes = access_modes(status.access_modes.as_deref());
        }
        let or_unset = |text: &Option<String>| text.clone().unwrap_or_else(|| UNSET.to_owned());
        vec![
            claim.name().to_owned(),
            phase.to_owned(),
            volume,
            capacity,
            modes,
            claim_class(claim).to_owned(),
            or_unset(&spec.volume_attributes_class_name),
            age_of(&claim.metadata, now),
            or_unset(&spec.volume_mode),
        ]
    }
}

/// The defaults of a claim, also where a StatefulSet asks for one.
pub(super) fn default_spec(spec: &mut PersistentVolumeClaimSpec) {
    text(&mut spec.volume_mode, "Filesystem");
    if let Some(resources) = &mut spec.resources {
        resources.requests.iter_mut().for_each(canonical);
        resources.limits.iter_mut().for_each(canonical);
    }
}

/// What is wrong with a claim, also where a StatefulSet asks for one.
pub(super) fn validate_spec(causes: &mut Vec<Cause>, spec: &PersistentVolumeClaimSpec, path: Path<'_>) {
    if spec.access_modes.as_ref().is_none_or(Vec::is_empty) {
        let detail = "at least 1 access mode is required";
        causes.push(field::required(path.child("accessModes"), detail));
    }
    if let Some(selector) = &spec.selector {
        selectors::validate(causes, selector, path.child("selector"));
    }
    validate_modes(causes, spec.access_modes.as_deref(), path.child("accessModes"));
    let at = path.child("resources");
    let requests = spec
        .resources
        .as_ref()
        .and_then(|resources| resources.requests.as_ref());
    match requests.and_then(|requests| requests.get("storage")) {
        None => causes.push(field::required(at.key("storage"), "")),
        Some(size) => {
            if amount(size).nanos < 0 {
                let size = amount(size).to_string();
                causes.push(field::invalid(at.key("storage"), size, field::NOT_NEGATIVE));
            }
            validate_size(causes, size, at.key("storage"));
        }
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

/// A claim gets its volume once, and its class if it had none; once bound it may ask for more.
fn validate_change(causes: &mut Vec<Cause>, new: &PersistentVolumeClaim, old: &PersistentVolumeClaim) {
    let (mut after, mut before) = ((*new.spec).clone(), (*old.spec).clone());
    if before.volume_name.as_deref().unwrap_or_default().is_empty() {
        before.volume_name.clone_from(&after.volume_name);
        if before.storage_class_name.is_none() {
            before.storage_class_name.clone_from(&after.storage_class_name);
        }
    }
    if new.status.phase.as_deref() == Some("Bound") {
        let asked = |spec: &mut PersistentVolumeClaimSpec| {
            let requests = spec
                .resources
                .as_mut()
                .and_then(|resources| resources.requests.as_mut());
            requests.and_then(|requests| requests.remove("storage"))
        };
        let (was, is) = (asked(&mut before), asked(&mut after));
        for spec in [&mut before, &mut after] {
            let requests = spec
                .resources
                .as_mut()
                .and_then(|resources| resources.requests.as_mut());
            if let (Some(requests), Some(was)) = (requests, was.clone().or(is.clone())) {
                requests.insert("storage".to_owned(), was);
            }
        }
    }
    after
        .volume_attributes_class_name
        .clone_from(&before.volume_attributes_class_name);
    if after != before {
        let diff = unified_diff(
            &internal::printed_claim(&before),
            &internal::printed_claim(&after),
        );
        causes.push(field::forbidden("spec", &format!("{CHANGEABLE}\n{diff}")));
    }
    let had = new
        .status
        .capacity
        .as_ref()
        .and_then(|capacity| capacity.get("storage"));
    let had = had.map_or(0, |size| amount(size).nanos);
    let (size, old_size) = (requested(new).nanos, requested(old).nanos);
    if size < old_size && size <= had {
        let detail = "field can not be less than status.capacity";
        causes.push(field::forbidden("spec.resources.requests.storage", detail));
    }
    if new.spec.volume_mode != old.spec.volume_mode {
        let given = json!(new.spec.volume_mode);
        causes.push(field::invalid("volumeMode", given, field::IMMUTABLE));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::Kind;

    fn claim(spec: Value, status: Value) -> AnyObject {
        let mut whole =
            json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
        for (key, value) in spec.as_object().cloned().unwrap_or_default() {
            whole[&key] = value;
        }
        let value = json!({"metadata": {"name": "c"}, "spec": whole, "status": status});
        let mut object = AnyObject::from_value(Kind::PersistentVolumeClaim, value).expect("a claim");
        PersistentVolumeClaimStrategy.default(&mut object);
        object
    }

    fn said(causes: &[Cause]) -> Vec<String> {
        let first = |cause: &Cause| cause.to_string().lines().next().unwrap_or_default().to_owned();
        causes.iter().map(first).collect()
    }

    #[test]
    fn claims_ask_for_something() {
        for (spec, expected) in [
            (json!({}), vec![]),
            (
                json!({"accessModes": [], "resources": {}}),
                vec![
                    "spec.accessModes: Required value: at least 1 access mode is required",
                    "spec.resources[storage]: Required value",
                ],
            ),
            (
                json!({"accessModes": ["RWO"]}),
                vec![
                    "spec.accessModes: Unsupported value: \"RWO\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"",
                ],
            ),
            (
                json!({"accessModes": ["ReadWriteOncePod", "ReadWriteOnce"]}),
                vec!["spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes"],
            ),
            (
                json!({"resources": {"requests": {"storage": "0"}}}),
                vec!["spec.resources[storage]: Invalid value: \"0\": must be greater than zero"],
            ),
            (
                json!({"volumeMode": "Disque"}),
                vec![
                    "spec.volumeMode: Unsupported value: \"Disque\": supported values: \"Block\", \"Filesystem\"",
                ],
            ),
        ] {
            let causes = PersistentVolumeClaimStrategy.validate(&claim(spec, json!({})));
            assert_eq!(said(&causes), expected);
        }
    }

    #[test]
    fn claims_change_little() {
        let bound = json!({"phase": "Bound", "capacity": {"storage": "1Gi"}});
        let size = |size: &str| json!({"volumeName": "v", "resources": {"requests": {"storage": size}}});
        let immutable = format!("spec: Forbidden: {CHANGEABLE}");
        let lesser = "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity";
        for (status, old, new, expected) in [
            (json!({}), json!({}), json!({"volumeName": "v"}), vec![]),
            (json!({}), json!({}), json!({"storageClassName": "s"}), vec![]),
            (
                json!({}),
                json!({"storageClassName": "s"}),
                json!({"storageClassName": "t"}),
                vec![immutable.as_str()],
            ),
            (json!({}), json!({}), size("2Gi"), vec![immutable.as_str()]),
            (bound.clone(), size("1Gi"), size("2Gi"), vec![]),
            (bound.clone(), size("2Gi"), size("1Gi"), vec![lesser]),
            (
                bound,
                size("1Gi"),
                json!({"volumeName": "w"}),
                vec![immutable.as_str()],
            ),
        ] {
            let (old, new) = (claim(old, status.clone()), claim(new, status));
            let causes = PersistentVolumeClaimStrategy.validate_update(&new, &old);
            assert_eq!(said(&causes), expected);
        }
    }
}
