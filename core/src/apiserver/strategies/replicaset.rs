//! `ReplicaSet`: its rules (`pkg/apis/apps/v1/defaults.go`, `pkg/apis/apps/validation`, `pkg/registry/apps/replicaset`).

use super::pod::defaults;
use crate::api::labels::format_selector;
use crate::api::{AnyObject, ReplicaSet};
use crate::apiserver::printing::{age_of, container_cells};
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::sim::Time;

/// The rules of `ReplicaSet`.
pub(crate) struct ReplicaSetStrategy;

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Desired"),
    Column::new("Current"),
    Column::new("Ready"),
    Column::new("Age"),
    Column::wide("Containers"),
    Column::wide("Images"),
    Column::wide("Selector"),
];

impl Strategy for ReplicaSetStrategy {
    fn default(&self, object: &mut AnyObject) {
        let Some(replica_set) = object.get_mut::<ReplicaSet>() else {
            return;
        };
        let spec = replica_set.spec_mut();
        spec.replicas.get_or_insert(1);
        defaults::template(spec.template.get_or_insert_default());
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(replica_set) = object.get::<ReplicaSet>() else {
            return Vec::new();
        };
        let (spec, status) = (&replica_set.spec, &replica_set.status);
        let template = spec.template.as_ref().and_then(|template| template.spec.as_ref());
        let [names, images] = container_cells(template);
        vec![
            replica_set.name().to_owned(),
            spec.replicas.unwrap_or(0).to_string(),
            status.replicas.to_string(),
            status.ready_replicas.unwrap_or(0).to_string(),
            age_of(&replica_set.metadata, now),
            names,
            images,
            format_selector(&spec.selector),
        ]
    }

    fn selectable_fields(&self) -> &'static [&'static str] {
        &["status.replicas"]
    }

    fn field(&self, object: &AnyObject, _: &str) -> String {
        object
            .get::<ReplicaSet>()
            .map(|replica_set| replica_set.status.replicas.to_string())
            .unwrap_or_default()
    }
}
