//! `Job`: its rules (`pkg/apis/batch/v1/defaults.go`, `pkg/apis/batch/validation`, `pkg/registry/batch/job`).

mod printing;
mod selector;
pub(super) mod validation;

use std::sync::Arc;

use super::pod::{self, defaults};
use crate::api::types::batch::JobSpec;
use crate::api::{AnyObject, Cause, Job, StatusError};
use crate::apiserver::strategy::{DefaultPropagation, Strategy, Surroundings};
use crate::apiserver::table::Column;
use crate::apiserver::validation::{field, names};
use crate::sim::Time;

/// The rules of `Job`.
pub(crate) struct JobStrategy;

/// How often failed Pods are replaced when nothing is said.
const BACKOFF_LIMIT: i32 = 6;

impl Strategy for JobStrategy {
    fn default(&self, object: &mut AnyObject) {
        if let Some(job) = object.get_mut::<Job>() {
            set_defaults(job.spec_mut());
        }
    }

    fn prepare_for_create(
        &self,
        object: &mut AnyObject,
        _around: Surroundings<'_>,
    ) -> Result<(), StatusError> {
        object.reset_status();
        if let Some(job) = object.get_mut::<Job>() {
            selector::generate(job);
        }
        Ok(())
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(job) = object.get::<Job>() {
            selector::validate(&mut causes, job);
            validation::spec(&mut causes, &job.spec);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(new), Some(old)) = (object.get::<Job>(), old.get::<Job>()) else {
            return causes;
        };
        if !Arc::ptr_eq(&new.spec, &old.spec) {
            validation::update(&mut causes, new, old);
        }
        causes
    }

    fn warnings(&self, object: &AnyObject) -> Vec<String> {
        let Some(job) = object.get::<Job>() else {
            return Vec::new();
        };
        let mut warnings = name_warnings(job.name());
        warnings.extend(pod::template_warnings(Some(&job.spec.template)));
        warnings
    }

    /// `batch/v1` keeps to what its first version did; kubectl always says what it wants.
    fn default_propagation(&self) -> DefaultPropagation {
        DefaultPropagation::Orphan
    }

    fn columns(&self) -> &'static [Column] {
        printing::COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        object
            .get::<Job>()
            .map(|job| printing::cells(job, now))
            .unwrap_or_default()
    }

    fn selectable_fields(&self) -> &'static [&'static str] {
        &["status.successful"]
    }

    fn field<'a>(&self, object: &'a AnyObject, _field: &str) -> std::borrow::Cow<'a, str> {
        let succeeded = object.get::<Job>().and_then(|job| job.status.succeeded);
        succeeded.unwrap_or(0).to_string().into()
    }
}

fn set_defaults(spec: &mut JobSpec) {
    if spec.completions.is_none() && spec.parallelism.is_none() {
        spec.completions = Some(1);
    }
    spec.parallelism.get_or_insert(1);
    let unlimited = spec.backoff_limit_per_index.is_some();
    spec.backoff_limit
        .get_or_insert(if unlimited { i32::MAX } else { BACKOFF_LIMIT });
    defaults::text(&mut spec.completion_mode, "NonIndexed");
    spec.suspend.get_or_insert(false);
    let replacement = if spec.pod_failure_policy.is_some() {
        "Failed"
    } else {
        "TerminatingOrFailed"
    };
    defaults::text(&mut spec.pod_replacement_policy, replacement);
    spec.manual_selector.get_or_insert(false);
    for rule in spec
        .pod_failure_policy
        .iter_mut()
        .flat_map(|policy| &mut policy.rules)
    {
        for pattern in rule.on_pod_conditions.iter_mut().flatten() {
            defaults::text(&mut pattern.status, "True");
        }
    }
    defaults::template(&mut spec.template);
}

/// Names that Pods and their hostnames could not bear.
pub(super) fn name_warnings(name: &str) -> Vec<String> {
    let wrong = names::dns1123_label(name);
    if wrong.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is \
         recommended: [{}]",
        wrong.join(" ")
    )]
}

/// What a count that may be absent must not be.
fn non_negative(causes: &mut Vec<Cause>, value: Option<i32>, at: impl Into<String>) {
    if let Some(value) = value {
        field::non_negative(causes, value.into(), at);
    }
}
