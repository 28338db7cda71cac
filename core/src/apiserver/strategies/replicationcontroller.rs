//! `ReplicationController`: its rules (`pkg/apis/core/v1/defaults.go`, `pkg/apis/core/validation`,
//! `pkg/registry/core/replicationcontroller`).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::pod::{self, defaults};
use super::replicaset::only_always;
use crate::api::labels::contains_all;
use crate::api::meta::MetaExt;
use crate::api::types::core::PodTemplateSpec;
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, Cause, ReplicationController};
use crate::apiserver::printing::{age_of, container_cells, format_labels};
use crate::apiserver::strategy::{DefaultPropagation, Strategy};
use crate::apiserver::table::Column;
use crate::apiserver::validation::field;
use crate::apiserver::validation::path::Path;
use crate::sim::Time;

/// The rules of `ReplicationController`.
pub(crate) struct ReplicationControllerStrategy;

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

impl Strategy for ReplicationControllerStrategy {
    /// Selector and labels are those of the template, unless they are given.
    fn default(&self, object: &mut AnyObject) {
        let Some(controller) = object.get_mut::<ReplicationController>() else {
            return;
        };
        let spec = controller.spec_mut();
        spec.replicas.get_or_insert(1);
        let Some(template) = &mut spec.template else {
            return;
        };
        defaults::template(template);
        let labels = template.metadata.as_ref().and_then(|meta| meta.labels.clone());
        let Some(labels) = labels.filter(|labels| !labels.is_empty()) else {
            return;
        };
        if spec.selector.as_ref().is_none_or(BTreeMap::is_empty) {
            spec.selector = Some(labels.clone());
        }
        if controller.metadata.labels_or_empty().is_empty() {
            Arc::make_mut(&mut controller.metadata).labels = Some(labels);
        }
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(controller) = object.get::<ReplicationController>() {
            validate_spec(&mut causes, controller);
        }
        causes
    }

    fn warnings(&self, object: &AnyObject) -> Vec<String> {
        object
            .get::<ReplicationController>()
            .map(|controller| pod::template_warnings(controller.spec.template.as_ref()))
            .unwrap_or_default()
    }

    /// As it was before there was a garbage collector.
    fn default_propagation(&self) -> DefaultPropagation {
        DefaultPropagation::Orphan
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(controller) = object.get::<ReplicationController>() else {
            return Vec::new();
        };
        let (spec, status) = (&controller.spec, &controller.status);
        let template = spec.template.as_ref().and_then(|template| template.spec.as_ref());
        let [names, images] = container_cells(template);
        vec![
            controller.name().to_owned(),
            spec.replicas.unwrap_or(0).to_string(),
            status.replicas.to_string(),
            status.ready_replicas.unwrap_or(0).to_string(),
            age_of(&controller.metadata, now),
            names,
            images,
            format_labels(spec.selector.as_ref()),
        ]
    }
}

fn validate_spec(causes: &mut Vec<Cause>, controller: &ReplicationController) {
    let (spec, path) = (&*controller.spec, Path::new("spec"));
    let ready_secs = spec.min_ready_seconds.unwrap_or(0);
    field::non_negative(causes, ready_secs.into(), path.child("minReadySeconds"));
    let none = BTreeMap::new();
    let selector = spec.selector.as_ref().unwrap_or(&none);
    if selector.is_empty() {
        causes.push(field::required(path.child("selector"), ""));
    }
    let replicas = spec.replicas.unwrap_or(0);
    field::non_negative(causes, replicas.into(), path.child("replicas"));
    let at = path.child("template");
    let Some(template) = &spec.template else {
        causes.push(field::required(at, ""));
        return;
    };
    let none = ObjectMeta::default();
    let metadata = template.metadata.as_ref().unwrap_or(&none);
    if !contains_all(selector, metadata.labels_or_empty()) {
        let at = at.child("metadata");
        let detail = "`selector` does not match template `labels`";
        causes.push(field::invalid(at.child("labels"), json!(metadata.labels), detail));
    }
    template_of(causes, template, at);
}

fn template_of(causes: &mut Vec<Cause>, template: &PodTemplateSpec, at: Path<'_>) {
    pod::validation::template(causes, template, at);
    only_always(causes, template, "ReplicationController", at);
}
