//! `Deployment`: its rules (`pkg/apis/apps/v1/defaults.go`, `pkg/apis/apps/validation`, `pkg/registry/apps/deployment`).

use super::pod::defaults;
use crate::api::labels::format_selector;
use crate::api::types::IntOrString;
use crate::api::{AnyObject, Deployment};
use crate::apiserver::printing::{age_of, container_cells};
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::sim::Time;

/// The rules of `Deployment`.
pub(crate) struct DeploymentStrategy;

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Ready"),
    Column::new("Up-to-date"),
    Column::new("Available"),
    Column::new("Age"),
    Column::wide("Containers"),
    Column::wide("Images"),
    Column::wide("Selector"),
];

impl Strategy for DeploymentStrategy {
    fn default(&self, object: &mut AnyObject) {
        let Some(deployment) = object.get_mut::<Deployment>() else {
            return;
        };
        let spec = deployment.spec_mut();
        spec.replicas.get_or_insert(1);
        spec.revision_history_limit.get_or_insert(10);
        spec.progress_deadline_seconds.get_or_insert(600);
        let strategy = spec.strategy.get_or_insert_default();
        defaults::text(&mut strategy.type_, "RollingUpdate");
        if strategy.type_.as_deref() == Some("RollingUpdate") {
            let quarter = || IntOrString::String("25%".to_owned());
            let rolling = strategy.rolling_update.get_or_insert_default();
            rolling.max_unavailable.get_or_insert_with(quarter);
            rolling.max_surge.get_or_insert_with(quarter);
        }
        defaults::template(&mut spec.template);
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(deployment) = object.get::<Deployment>() else {
            return Vec::new();
        };
        let (spec, status) = (&deployment.spec, &deployment.status);
        let [names, images] = container_cells(spec.template.spec.as_ref());
        vec![
            deployment.name().to_owned(),
            format!(
                "{}/{}",
                status.ready_replicas.unwrap_or(0),
                spec.replicas.unwrap_or(0)
            ),
            status.updated_replicas.unwrap_or(0).to_string(),
            status.available_replicas.unwrap_or(0).to_string(),
            age_of(&deployment.metadata, now),
            names,
            images,
            format_selector(&spec.selector),
        ]
    }
}
