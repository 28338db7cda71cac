//! `ConfigMap`: its rules (`pkg/apis/core/validation.ValidateConfigMap`).

use crate::api::{AnyObject, ConfigMap};
use crate::apiserver::printing::age_of;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::sim::Time;

/// The rules of `ConfigMap`.
pub(crate) struct ConfigMapStrategy;

impl Strategy for ConfigMapStrategy {
    fn has_generation(&self) -> bool {
        false
    }

    fn columns(&self) -> &'static [Column] {
        const { &[Column::new("Name"), Column::new("Data"), Column::new("Age")] }
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(config_map) = object.get::<ConfigMap>() else {
            return Vec::new();
        };
        let texts = config_map.spec.data.as_ref().map_or(0, |data| data.len());
        let bytes = config_map.spec.binary_data.as_ref().map_or(0, |data| data.len());
        vec![
            config_map.name().to_owned(),
            (texts + bytes).to_string(),
            age_of(&config_map.metadata, now),
        ]
    }
}
