//! `ReplicaSet`: its rules (`pkg/apis/apps/v1/defaults.go`, `pkg/apis/apps/validation`, `pkg/registry/apps/replicaset`).

use std::sync::Arc;

use serde_json::json;

use super::pod::{self, defaults};
use crate::api::labels::{format_selector, selector_matches};
use crate::api::meta::MetaExt;
use crate::api::types::core::PodTemplateSpec;
use crate::api::types::meta::{LabelSelector, ObjectMeta};
use crate::api::{AnyObject, Cause, ReplicaSet};
use crate::apiserver::printing::{age_of, container_cells};
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, selectors};
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

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(replica_set) = object.get::<ReplicaSet>() {
            validate_spec(&mut causes, replica_set);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(new), Some(old)) = (object.get::<ReplicaSet>(), old.get::<ReplicaSet>()) else {
            return causes;
        };
        if !Arc::ptr_eq(&new.spec, &old.spec) {
            validate_spec(&mut causes, new);
            if new.spec.selector != old.spec.selector {
                let selector = selectors::shown(&new.spec.selector);
                causes.push(field::invalid("spec.selector", selector, field::IMMUTABLE));
            }
        }
        causes
    }

    fn warnings(&self, object: &AnyObject) -> Vec<String> {
        object
            .get::<ReplicaSet>()
            .map(|replica_set| pod::template_warnings(replica_set.spec.template.as_ref()))
            .unwrap_or_default()
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
}

fn validate_spec(causes: &mut Vec<Cause>, replica_set: &ReplicaSet) {
    let (spec, path) = (&*replica_set.spec, Path::new("spec"));
    let replicas = spec.replicas.unwrap_or(0);
    field::non_negative(causes, replicas.into(), path.child("replicas"));
    let ready_secs = spec.min_ready_seconds.unwrap_or(0);
    field::non_negative(causes, ready_secs.into(), path.child("minReadySeconds"));
    selector_and_template(causes, &spec.selector, spec.template.as_ref(), path);
}

/// The selector, and the template that it must select (`ValidatePodTemplateSpecForReplicaSet`): Deployments are checked
/// alike, to the letter.
pub(super) fn selector_and_template(
    causes: &mut Vec<Cause>,
    selector: &LabelSelector,
    template: Option<&PodTemplateSpec>,
    path: Path<'_>,
) {
    let at = path.child("selector");
    let faults = causes.len();
    if selectors::is_empty(selector) {
        causes.push(field::required(at, ""));
    }
    selectors::validate(causes, selector, at);
    let unreadable = causes.len() > faults && !selectors::is_empty(selector);
    if unreadable {
        causes.push(field::invalid(
            at,
            selectors::shown(selector),
            "invalid label selector",
        ));
        return;
    }
    let at = path.child("template");
    let Some(template) = template else {
        causes.push(field::required(at, ""));
        return;
    };
    let none = ObjectMeta::default();
    let metadata = template.metadata.as_ref().unwrap_or(&none);
    if selectors::is_empty(selector) || !selector_matches(Some(selector), metadata.labels_or_empty()) {
        let at = at.child("metadata");
        let detail = "`selector` does not match template `labels`";
        causes.push(field::invalid(at.child("labels"), json!(metadata.labels), detail));
    }
    pod::validation::template(causes, template, at);
    only_always(causes, template, "ReplicaSet", at);
}

/// The Pods of a controller never end by themselves.
pub(super) fn only_always(causes: &mut Vec<Cause>, template: &PodTemplateSpec, kind: &str, at: Path<'_>) {
    let Some(spec) = &template.spec else { return };
    let at = at.child("spec");
    match spec.restart_policy.as_deref() {
        Some("Always") => {}
        other => {
            let given = other.unwrap_or_default();
            causes.push(field::not_supported(
                at.child("restartPolicy"),
                given,
                &["Always"],
            ));
        }
    }
    if spec.active_deadline_seconds.is_some() {
        let detail = format!("activeDeadlineSeconds in {kind} is not Supported");
        causes.push(field::forbidden(at.child("activeDeadlineSeconds"), &detail));
    }
}
