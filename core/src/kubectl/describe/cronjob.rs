//! `CronJob`

use super::template;
use super::writer::{Writer, moment, or_none};
use crate::api::CronJob;
use crate::api::labels::format_selector;

/// A CronJob.
pub(super) fn write(w: &mut Writer, cron_job: &CronJob) {
    let (spec, status) = (&cron_job.spec, &cron_job.status);
    let unset = |value: Option<String>| value.unwrap_or_else(|| "<unset>".to_owned());
    let number = |value: Option<i32>| unset(value.map(|count| count.to_string()));
    w.name(&cron_job.metadata);
    w.labels("", "Labels", cron_job.metadata.labels.as_ref());
    w.annotations("Annotations", cron_job.metadata.annotations.as_ref());
    w.field(0, "Schedule", &spec.schedule);
    w.field(
        0,
        "Concurrency Policy",
        spec.concurrency_policy.as_deref().unwrap_or_default(),
    );
    let suspended = spec
        .suspend
        .map(|on| if on { "True" } else { "False" }.to_owned());
    w.field(0, "Suspend", unset(suspended));
    w.field(0, "Time Zone", unset(spec.time_zone.clone()));
    w.field(
        0,
        "Successful Job History Limit",
        number(spec.successful_jobs_history_limit),
    );
    w.field(
        0,
        "Failed Job History Limit",
        number(spec.failed_jobs_history_limit),
    );
    let deadline_secs = spec.starting_deadline_seconds;
    w.field(
        0,
        "Starting Deadline Seconds",
        unset(deadline_secs.map(|secs| format!("{secs}s"))),
    );
    if let Some(job) = &spec.job_template.spec {
        w.field(0, "Selector", unset(job.selector.as_ref().map(format_selector)));
        w.field(0, "Parallelism", number(job.parallelism));
        w.field(0, "Completions", number(job.completions));
        if let Some(secs) = job.active_deadline_seconds {
            w.field(0, "Active Deadline Seconds", format!("{secs}s"));
        }
        template::write(w, &job.template);
    }
    let last = status.last_schedule_time.as_ref();
    w.field(0, "Last Schedule Time", unset(last.map(|at| moment(Some(at)))));
    let active = status.active.iter().flatten();
    let names: Vec<&str> = active.filter_map(|job| job.name.as_deref()).collect();
    w.field(0, "Active Jobs", or_none(names.join(", ")));
}
