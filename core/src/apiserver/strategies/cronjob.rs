//! `CronJob`: its rules (`pkg/apis/batch/v1/defaults.go`, `pkg/apis/batch/validation`, `pkg/registry/batch/cronjob`).

use std::sync::Arc;

use super::job;
use super::pod::{self, defaults};
use crate::api::cron::{Schedule, timezone};
use crate::api::{AnyObject, Cause, CronJob};
use crate::apiserver::printing::{age_of, container_cells, since};
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::field;
use crate::apiserver::validation::path::Path;
use crate::sim::Time;

/// The rules of `CronJob`.
pub(crate) struct CronJobStrategy;

/// 63 characters less the eleven of a Job's suffix.
const MAX_NAME: usize = 52;

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Schedule"),
    Column::new("Timezone"),
    Column::new("Suspend"),
    Column::new("Active"),
    Column::new("Last Schedule"),
    Column::new("Age"),
    Column::wide("Containers"),
    Column::wide("Images"),
    Column::wide("Selector"),
];

impl Strategy for CronJobStrategy {
    fn default(&self, object: &mut AnyObject) {
        let Some(cron_job) = object.get_mut::<CronJob>() else {
            return;
        };
        let spec = cron_job.spec_mut();
        defaults::text(&mut spec.concurrency_policy, "Allow");
        spec.suspend.get_or_insert(false);
        spec.successful_jobs_history_limit.get_or_insert(3);
        spec.failed_jobs_history_limit.get_or_insert(1);
        defaults::template(&mut spec.job_template.spec.get_or_insert_default().template);
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(cron_job) = object.get::<CronJob>() {
            validate(&mut causes, cron_job);
            if cron_job.name().len() > MAX_NAME {
                let detail = format!("must be no more than {MAX_NAME} characters");
                causes.push(field::invalid("metadata.name", cron_job.name(), &detail));
            }
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(new), Some(old)) = (object.get::<CronJob>(), old.get::<CronJob>()) else {
            return causes;
        };
        if !Arc::ptr_eq(&new.spec, &old.spec) {
            validate(&mut causes, new);
        }
        causes
    }

    fn warnings(&self, object: &AnyObject) -> Vec<String> {
        let Some(cron_job) = object.get::<CronJob>() else {
            return Vec::new();
        };
        let mut warnings = job::name_warnings(cron_job.name());
        let template = cron_job
            .spec
            .job_template
            .spec
            .as_ref()
            .map(|spec| &spec.template);
        warnings.extend(pod::template_warnings(template));
        warnings
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(cron_job) = object.get::<CronJob>() else {
            return Vec::new();
        };
        let (spec, status) = (&cron_job.spec, &cron_job.status);
        let template = spec.job_template.spec.as_ref();
        let [names, images] = container_cells(template.and_then(|job| job.template.spec.as_ref()));
        let suspended = if spec.suspend == Some(true) {
            "True"
        } else {
            "False"
        };
        let last = status.last_schedule_time.as_ref();
        vec![
            cron_job.name().to_owned(),
            spec.schedule.clone(),
            spec.time_zone.clone().unwrap_or_else(|| "<none>".to_owned()),
            suspended.to_owned(),
            status.active.as_ref().map_or(0, Vec::len).to_string(),
            last.map_or_else(|| "<none>".to_owned(), |_| since(last, now)),
            age_of(&cron_job.metadata, now),
            names,
            images,
            "<none>".to_owned(),
        ]
    }
}

fn validate(causes: &mut Vec<Cause>, cron_job: &CronJob) {
    let (spec, path) = (&*cron_job.spec, Path::new("spec"));
    if spec.schedule.is_empty() {
        causes.push(field::required(path.child("schedule"), ""));
    } else {
        schedule(causes, &spec.schedule, path.child("schedule"));
    }
    let deadline_secs = spec.starting_deadline_seconds.unwrap_or(0);
    field::non_negative(causes, deadline_secs, path.child("startingDeadlineSeconds"));
    if let Some(zone) = &spec.time_zone {
        time_zone(causes, zone, path.child("timeZone"));
    }
    pod::validation::one_of(
        causes,
        spec.concurrency_policy.as_deref(),
        &["Allow", "Forbid", "Replace"],
        path.child("concurrencyPolicy"),
    );
    let at = path.child("jobTemplate");
    let at = at.child("spec");
    if let Some(template) = &spec.job_template.spec {
        if template.manual_selector == Some(true) {
            causes.push(field::not_supported(
                at.child("manualSelector"),
                true,
                &["nil", "false"],
            ));
        }
        job::validation::within(causes, template, at);
    }
    let kept = spec.successful_jobs_history_limit.unwrap_or(0);
    field::non_negative(causes, kept.into(), path.child("successfulJobsHistoryLimit"));
    let kept = spec.failed_jobs_history_limit.unwrap_or(0);
    field::non_negative(causes, kept.into(), path.child("failedJobsHistoryLimit"));
}

fn schedule(causes: &mut Vec<Cause>, text: &str, at: Path<'_>) {
    if let Err(wrong) = Schedule::parse(text) {
        causes.push(field::invalid(at, text, &wrong));
    }
    if text.contains("TZ") {
        let detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        causes.push(field::invalid(at, text, detail));
    }
}

fn time_zone(causes: &mut Vec<Cause>, zone: &str, at: Path<'_>) {
    if zone.is_empty() {
        causes.push(field::invalid(
            at,
            zone,
            "timeZone must be nil or non-empty string",
        ));
    } else if zone.eq_ignore_ascii_case("local") {
        let detail = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        causes.push(field::invalid(at, zone, detail));
    } else if let Err(unknown) = timezone::find(zone) {
        causes.push(field::invalid(at, zone, &unknown));
    }
}
