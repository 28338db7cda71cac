//! `StorageClass`: its rules (`pkg/apis/storage/v1/defaults.go`, `pkg/apis/storage/validation`).

use std::sync::Arc;

use super::pod::defaults::text;
use super::pod::validation::one_of;
use crate::api::volumes::is_default_class;
use crate::api::{AnyObject, Cause, StorageClass};
use crate::apiserver::printing::age_of;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};
use crate::sim::Time;

/// The rules of `StorageClass`.
pub(crate) struct StorageClassStrategy;

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Provisioner"),
    Column::new("ReclaimPolicy"),
    Column::new("VolumeBindingMode"),
    Column::new("AllowVolumeExpansion"),
    Column::new("Age"),
];

impl Strategy for StorageClassStrategy {
    fn default(&self, object: &mut AnyObject) {
        if let Some(class) = object.get_mut::<StorageClass>() {
            let spec = class.spec_mut();
            text(&mut spec.reclaim_policy, "Delete");
            text(&mut spec.volume_binding_mode, "Immediate");
        }
    }

    fn has_generation(&self) -> bool {
        false
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(class) = object.get::<StorageClass>() {
            validate(&mut causes, class);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(new), Some(old)) = (object.get::<StorageClass>(), old.get::<StorageClass>()) else {
            return causes;
        };
        if Arc::ptr_eq(&new.spec, &old.spec) {
            return causes;
        }
        for (name, changed) in [
            ("parameters", new.spec.parameters != old.spec.parameters),
            ("provisioner", new.spec.provisioner != old.spec.provisioner),
            (
                "reclaimPolicy",
                new.spec.reclaim_policy != old.spec.reclaim_policy,
            ),
        ] {
            if changed {
                let detail = format!("updates to {name} are forbidden.");
                causes.push(field::forbidden(name, &detail));
            }
        }
        if new.spec.volume_binding_mode != old.spec.volume_binding_mode {
            let given = new.spec.volume_binding_mode.as_deref().unwrap_or_default();
            causes.push(field::invalid("volumeBindingMode", given, field::IMMUTABLE));
        }
        causes
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(class) = object.get::<StorageClass>() else {
            return Vec::new();
        };
        let spec = &class.spec;
        let mark = if is_default_class(class) { " (default)" } else { "" };
        vec![
            format!("{}{mark}", class.name()),
            spec.provisioner.clone(),
            spec.reclaim_policy.clone().unwrap_or_default(),
            spec.volume_binding_mode.clone().unwrap_or_default(),
            spec.allow_volume_expansion.unwrap_or(false).to_string(),
            age_of(&class.metadata, now),
        ]
    }
}

fn validate(causes: &mut Vec<Cause>, class: &StorageClass) {
    let (spec, path) = (&class.spec, Path::new("provisioner"));
    if spec.provisioner.is_empty() {
        causes.push(field::required(path, ""));
    } else {
        let wrong = names::qualified_name(&spec.provisioner.to_lowercase());
        field::invalid_each(causes, path, &spec.provisioner, &wrong);
    }
    let mut parameters = spec.parameters.iter().flatten();
    if parameters.any(|(name, _)| name.is_empty()) {
        causes.push(field::invalid("parameters", "", "field can not be empty."));
    }
    let policies = ["Delete", "Retain"];
    one_of(
        causes,
        spec.reclaim_policy.as_deref(),
        &policies,
        Path::new("reclaimPolicy"),
    );
    let modes = ["Immediate", "WaitForFirstConsumer"];
    let mode = spec.volume_binding_mode.as_deref();
    one_of(causes, mode, &modes, Path::new("volumeBindingMode"));
}
