//! `DaemonSet`: its rules (`pkg/apis/apps/v1/defaults.go`, `pkg/apis/apps/validation`, `pkg/registry/apps/daemonset`).

use std::sync::Arc;

use serde_json::json;

use super::deployment::{is_zero, number_or_percent, percentage, shown_strategy};
use super::pod::validation::int_or_string;
use super::pod::{self, defaults};
use super::replicaset::only_always;
use crate::api::labels::{format_selector, selector_matches};
use crate::api::meta::MetaExt;
use crate::api::types::IntOrString;
use crate::api::types::apps::{DaemonSetSpec, DaemonSetUpdateStrategy, RollingUpdateDaemonSet};
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, Cause, DaemonSet, StatusError};
use crate::apiserver::printing::{age_of, container_cells, format_labels};
use crate::apiserver::strategy::{Strategy, Surroundings};
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, selectors};
use crate::sim::Time;

/// The rules of `DaemonSet`.
pub(crate) struct DaemonSetStrategy;

/// How often the template changed: a field of the first versions that lives on as an annotation.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Desired"),
    Column::new("Current"),
    Column::new("Ready"),
    Column::new("Up-to-date"),
    Column::new("Available"),
    Column::new("Node Selector"),
    Column::new("Age"),
    Column::wide("Containers"),
    Column::wide("Images"),
    Column::wide("Selector"),
];

impl Strategy for DaemonSetStrategy {
    fn default(&self, object: &mut AnyObject) {
        let Some(set) = object.get_mut::<DaemonSet>() else {
            return;
        };
        let spec = set.spec_mut();
        let strategy = spec.update_strategy.get_or_insert_default();
        defaults::text(&mut strategy.type_, "RollingUpdate");
        if strategy.type_.as_deref() == Some("RollingUpdate") {
            let rolling = strategy.rolling_update.get_or_insert_default();
            rolling.max_unavailable.get_or_insert(IntOrString::Int(1));
            rolling.max_surge.get_or_insert(IntOrString::Int(0));
        }
        spec.revision_history_limit.get_or_insert(10);
        defaults::template(&mut spec.template);
    }

    fn prepare_for_create(&self, object: &mut AnyObject, _: Surroundings<'_>) -> Result<(), StatusError> {
        object.reset_status();
        let given = template_generation(object).max(1);
        set_template_generation(object, given);
        Ok(())
    }

    fn prepare_for_update(
        &self,
        object: &mut AnyObject,
        old: &AnyObject,
        _: Surroundings<'_>,
    ) -> Result<(), StatusError> {
        let template = |object: &AnyObject| object.get::<DaemonSet>().map(|set| set.spec.template.clone());
        let changed = !object.same_spec(old) && template(object) != template(old);
        set_template_generation(object, template_generation(old) + i64::from(changed));
        Ok(())
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(set) = object.get::<DaemonSet>() {
            validate_spec(&mut causes, &set.spec);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(new), Some(old)) = (object.get::<DaemonSet>(), old.get::<DaemonSet>()) else {
            return causes;
        };
        if !Arc::ptr_eq(&new.spec, &old.spec) {
            validate_spec(&mut causes, &new.spec);
            if new.spec.selector != old.spec.selector {
                let selector = selectors::shown(&new.spec.selector);
                causes.push(field::invalid("spec.selector", selector, field::IMMUTABLE));
            }
        }
        causes
    }

    fn warnings(&self, object: &AnyObject) -> Vec<String> {
        object
            .get::<DaemonSet>()
            .map(|set| pod::template_warnings(Some(&set.spec.template)))
            .unwrap_or_default()
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(set) = object.get::<DaemonSet>() else {
            return Vec::new();
        };
        let (spec, status) = (&set.spec, &set.status);
        let template = spec.template.spec.as_ref();
        let [names, images] = container_cells(template);
        vec![
            set.name().to_owned(),
            status.desired_number_scheduled.to_string(),
            status.current_number_scheduled.to_string(),
            status.number_ready.to_string(),
            status.updated_number_scheduled.unwrap_or(0).to_string(),
            status.number_available.unwrap_or(0).to_string(),
            format_labels(template.and_then(|spec| spec.node_selector.as_ref())),
            age_of(&set.metadata, now),
            names,
            images,
            format_selector(&spec.selector),
        ]
    }
}

fn template_generation(object: &AnyObject) -> i64 {
    let text = object.metadata().annotation(TEMPLATE_GENERATION);
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn set_template_generation(object: &mut AnyObject, generation: i64) {
    let generation = generation.to_string();
    if object.metadata().annotation(TEMPLATE_GENERATION) != Some(&generation) {
        object
            .metadata_mut()
            .set_annotation(TEMPLATE_GENERATION, generation);
    }
}

fn validate_spec(causes: &mut Vec<Cause>, spec: &DaemonSetSpec) {
    let path = Path::new("spec");
    let (selector, at) = (&spec.selector, path.child("selector"));
    let faults = causes.len();
    selectors::validate(causes, selector, at);
    let template = path.child("template");
    let none = ObjectMeta::default();
    let metadata = spec.template.metadata.as_ref().unwrap_or(&none);
    // A selector that nobody wrote selects nothing, an unreadable one is not held against the labels.
    let absent = selector.match_labels.is_none() && selector.match_expressions.is_none();
    let matches = !absent && selector_matches(Some(selector), metadata.labels_or_empty());
    if causes.len() == faults && !matches {
        let detail = "`selector` does not match template `labels`";
        let at = template.child("metadata");
        causes.push(field::invalid(at.child("labels"), json!(metadata.labels), detail));
    }
    if !absent && selectors::is_empty(selector) {
        let detail = "empty selector is invalid for daemonset";
        causes.push(field::invalid(at, selectors::shown(selector), detail));
    }
    pod::validation::template(causes, &spec.template, template);
    only_always(causes, &spec.template, "DaemonSet", template);
    let ready_secs = spec.min_ready_seconds.unwrap_or(0);
    field::non_negative(causes, ready_secs.into(), path.child("minReadySeconds"));
    if let Some(strategy) = &spec.update_strategy {
        validate_strategy(causes, strategy, path.child("updateStrategy"));
    }
    let limit = spec.revision_history_limit.unwrap_or(0);
    field::non_negative(causes, limit.into(), path.child("revisionHistoryLimit"));
}

fn validate_strategy(causes: &mut Vec<Cause>, strategy: &DaemonSetUpdateStrategy, path: Path<'_>) {
    let at = path.child("rollingUpdate");
    match (
        strategy.type_.as_deref().unwrap_or_default(),
        &strategy.rolling_update,
    ) {
        ("OnDelete", _) => {}
        ("RollingUpdate", None) => causes.push(field::required(at, "")),
        ("RollingUpdate", Some(rolling)) => rolling_update(causes, rolling, at),
        (other, rolling) => {
            let rolling = rolling
                .as_ref()
                .map(|rolling| (&rolling.max_unavailable, &rolling.max_surge));
            let shown = shown_strategy(other, rolling);
            causes.push(field::not_supported(path, shown, &["RollingUpdate", "OnDelete"]));
        }
    }
}

fn rolling_update(causes: &mut Vec<Cause>, rolling: &RollingUpdateDaemonSet, path: Path<'_>) {
    let zero = IntOrString::Int(0);
    let unavailable = rolling.max_unavailable.as_ref().unwrap_or(&zero);
    let surge = rolling.max_surge.as_ref().unwrap_or(&zero);
    let (at_unavailable, at_surge) = (path.child("maxUnavailable"), path.child("maxSurge"));
    number_or_percent(causes, unavailable, at_unavailable);
    number_or_percent(causes, surge, at_surge);
    for (value, at) in [(unavailable, at_unavailable), (surge, at_surge)] {
        if percentage(value).is_some_and(|percentage| percentage > 100) {
            let detail = "must not be greater than 100%";
            causes.push(field::invalid(at, int_or_string(value), detail));
        }
    }
    match (is_zero(unavailable), is_zero(surge)) {
        (false, false) => {
            let detail = "may not be set when maxUnavailable is non-zero";
            causes.push(field::invalid(at_surge, int_or_string(surge), detail));
        }
        (true, true) => causes.push(field::required(at_unavailable, "cannot be 0 when maxSurge is 0")),
        _ => {}
    }
}
