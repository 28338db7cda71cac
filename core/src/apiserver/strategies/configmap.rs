//! `ConfigMap`: its rules (`pkg/apis/core/validation.ValidateConfigMap`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::{AnyObject, Cause, ConfigMap};
use crate::apiserver::printing::age_of;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};
use crate::sim::Time;

/// The rules of `ConfigMap`.
pub(crate) struct ConfigMapStrategy;

/// A mebibyte.
const MAX_BYTES: usize = 1 << 20;
const IMMUTABLE: &str = "field is immutable when `immutable` is set";

impl Strategy for ConfigMapStrategy {
    fn has_generation(&self) -> bool {
        false
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(config_map) = object.get::<ConfigMap>() {
            validate(&mut causes, config_map);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(new), Some(old)) = (object.get::<ConfigMap>(), old.get::<ConfigMap>()) else {
            return causes;
        };
        if Arc::ptr_eq(&new.spec, &old.spec) {
            return causes;
        }
        if old.spec.immutable == Some(true) {
            let changed = [
                ("immutable", new.spec.immutable != Some(true)),
                ("data", differ(new.spec.data.as_ref(), old.spec.data.as_ref())),
                (
                    "binaryData",
                    differ(new.spec.binary_data.as_ref(), old.spec.binary_data.as_ref()),
                ),
            ];
            for (name, _) in changed.into_iter().filter(|(_, changed)| *changed) {
                causes.push(field::forbidden(name, IMMUTABLE));
            }
        }
        validate(&mut causes, new);
        causes
    }

    fn columns(&self) -> &'static [Column] {
        const { &[Column::new("Name"), Column::new("Data"), Column::new("Age")] }
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(config_map) = object.get::<ConfigMap>() else {
            return Vec::new();
        };
        let texts = config_map.spec.data.as_ref().map_or(0, BTreeMap::len);
        let bytes = config_map.spec.binary_data.as_ref().map_or(0, BTreeMap::len);
        vec![
            config_map.name().to_owned(),
            (texts + bytes).to_string(),
            age_of(&config_map.metadata, now),
        ]
    }
}

/// None and empty are alike.
fn differ<T: PartialEq>(new: Option<&BTreeMap<String, T>>, old: Option<&BTreeMap<String, T>>) -> bool {
    new.filter(|map| !map.is_empty()) != old.filter(|map| !map.is_empty())
}

fn validate(causes: &mut Vec<Cause>, config_map: &ConfigMap) {
    let texts = config_map.spec.data.iter().flatten();
    let bytes = config_map.spec.binary_data.iter().flatten();
    let mut size = 0;
    let (data, binary_data) = (Path::new("data"), Path::new("binaryData"));
    for (key, value) in texts {
        field::invalid_each(causes, data.key(key), key, &names::config_map_key(key));
        let binary = config_map.spec.binary_data.as_ref();
        if binary.is_some_and(|binary| binary.contains_key(key)) {
            let detail = "duplicate of key present in binaryData";
            causes.push(field::invalid(data.key(key), key.as_str(), detail));
        }
        size += value.len();
    }
    for (key, value) in bytes {
        field::invalid_each(causes, binary_data.key(key), key, &names::config_map_key(key));
        size += value.0.len();
    }
    if size > MAX_BYTES {
        causes.push(field::too_long("", MAX_BYTES));
    }
}
