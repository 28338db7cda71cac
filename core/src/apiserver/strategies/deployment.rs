//! `Deployment`: its rules (`pkg/apis/apps/v1/defaults.go`, `pkg/apis/apps/validation`, `pkg/registry/apps/deployment`).

use std::sync::Arc;

use serde_json::Value;

use super::pod::validation::int_or_string;
use super::pod::{self, defaults};
use super::replicaset::selector_and_template;
use crate::api::labels::format_selector;
use crate::api::types::IntOrString;
use crate::api::types::apps::{DeploymentStrategy as UpdateStrategy, RollingUpdateDeployment};
use crate::api::{AnyObject, Cause, Deployment};
use crate::apiserver::printing::{age_of, container_cells};
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names, selectors};
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

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(deployment) = object.get::<Deployment>() {
            validate_spec(&mut causes, deployment);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(new), Some(old)) = (object.get::<Deployment>(), old.get::<Deployment>()) else {
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
            .get::<Deployment>()
            .map(|deployment| pod::template_warnings(Some(&deployment.spec.template)))
            .unwrap_or_default()
    }

    /// Annotations count too: a rollout's change cause is one.
    fn is_new_generation(&self, object: &AnyObject, old: &AnyObject) -> bool {
        !object.same_spec(old) || object.metadata().annotations != old.metadata().annotations
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

fn validate_spec(causes: &mut Vec<Cause>, deployment: &Deployment) {
    let (spec, path) = (&*deployment.spec, Path::new("spec"));
    let replicas = spec.replicas.unwrap_or(0);
    field::non_negative(causes, replicas.into(), path.child("replicas"));
    selector_and_template(causes, &spec.selector, Some(&spec.template), path);
    if let Some(strategy) = &spec.strategy {
        validate_strategy(causes, strategy, path.child("strategy"));
    }
    let ready_secs = spec.min_ready_seconds.unwrap_or(0);
    field::non_negative(causes, ready_secs.into(), path.child("minReadySeconds"));
    let limit = spec.revision_history_limit.unwrap_or(0);
    field::non_negative(causes, limit.into(), path.child("revisionHistoryLimit"));
    if let Some(secs) = spec.progress_deadline_seconds {
        let path = path.child("progressDeadlineSeconds");
        field::non_negative(causes, secs.into(), path);
        if secs <= ready_secs {
            causes.push(field::invalid(path, secs, "must be greater than minReadySeconds"));
        }
    }
}

fn validate_strategy(causes: &mut Vec<Cause>, strategy: &UpdateStrategy, path: Path<'_>) {
    match (
        strategy.type_.as_deref().unwrap_or_default(),
        &strategy.rolling_update,
    ) {
        ("Recreate", Some(_)) => {
            let detail = "may not be specified when strategy `type` is 'Recreate'";
            causes.push(field::forbidden(path.child("rollingUpdate"), detail));
        }
        ("Recreate", None) => {}
        ("RollingUpdate", Some(rolling)) => rolling_update(causes, rolling, path.child("rollingUpdate")),
        ("RollingUpdate", None) => {
            let detail = "this should be defaulted and never be nil";
            causes.push(field::required(path.child("rollingUpdate"), detail));
        }
        (other, rolling) => {
            let rolling = rolling
                .as_ref()
                .map(|rolling| (&rolling.max_unavailable, &rolling.max_surge));
            let shown = shown_strategy(other, rolling);
            causes.push(field::not_supported(path, shown, &["Recreate", "RollingUpdate"]));
        }
    }
}

fn rolling_update(causes: &mut Vec<Cause>, rolling: &RollingUpdateDeployment, path: Path<'_>) {
    let zero = IntOrString::Int(0);
    let unavailable = rolling.max_unavailable.as_ref().unwrap_or(&zero);
    let surge = rolling.max_surge.as_ref().unwrap_or(&zero);
    number_or_percent(causes, unavailable, path.child("maxUnavailable"));
    number_or_percent(causes, surge, path.child("maxSurge"));
    let at = path.child("maxUnavailable");
    if is_zero(unavailable) && is_zero(surge) {
        let detail = "may not be 0 when `maxSurge` is 0";
        causes.push(field::invalid(at, int_or_string(unavailable), detail));
    }
    if percentage(unavailable).is_some_and(|percentage| percentage > 100) {
        let detail = "must not be greater than 100%";
        causes.push(field::invalid(at, int_or_string(unavailable), detail));
    }
}

/// A strategy as Go prints it: its type has no names of its own for JSON.
pub(super) fn shown_strategy(
    type_: &str,
    rolling: Option<(&Option<IntOrString>, &Option<IntOrString>)>,
) -> field::Shown {
    let shown = |value: &Option<IntOrString>| value.as_ref().map_or(Value::from(0), int_or_string);
    let rolling = rolling.map_or_else(
        || "null".to_owned(),
        |(unavailable, surge)| {
            let (unavailable, surge) = (shown(unavailable), shown(surge));
            format!("{{\"MaxUnavailable\":{unavailable},\"MaxSurge\":{surge}}}")
        },
    );
    let type_ = Value::from(type_);
    field::Shown::json(format!("{{\"Type\":{type_},\"RollingUpdate\":{rolling}}}"))
}

/// A number that is not negative, or a percentage.
pub(super) fn number_or_percent(causes: &mut Vec<Cause>, value: &IntOrString, path: Path<'_>) {
    match value {
        IntOrString::Int(number) => field::non_negative(causes, (*number).into(), path),
        IntOrString::String(text) => field::invalid_each(causes, path, text, &names::percent(text)),
    }
}

/// The number of a percentage.
pub(super) fn percentage(value: &IntOrString) -> Option<u64> {
    match value {
        IntOrString::String(text) => text.strip_suffix('%')?.parse().ok(),
        IntOrString::Int(_) => None,
    }
}

/// Whether it is no Pod at all.
pub(super) fn is_zero(value: &IntOrString) -> bool {
    match value {
        IntOrString::Int(number) => *number == 0,
        // A text that is no number counts as none.
        IntOrString::String(_) => percentage(value).unwrap_or(0) == 0,
    }
}
