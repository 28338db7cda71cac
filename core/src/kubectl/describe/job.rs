//! `Job`

use super::template;
use super::writer::{Writer, moment};
use crate::api::Job;
use crate::api::labels::format_selector;
use crate::apiserver::printing::human_duration;
use crate::sim::Time;

/// The longest list of indexes that is printed whole.
const INDEXES_WIDTH: usize = 50;

/// A Job.
pub(super) fn write(w: &mut Writer, job: &Job) {
    let (spec, status) = (&job.spec, &job.status);
    w.name(&job.metadata);
    let selector = spec.selector.as_ref().map(format_selector);
    w.field(0, "Selector", selector.unwrap_or_default());
    w.labels("", "Labels", job.metadata.labels.as_ref());
    w.annotations("Annotations", job.metadata.annotations.as_ref());
    w.controller(&job.metadata);
    let mut optional = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            w.field(0, name, value);
        }
    };
    optional("Parallelism", spec.parallelism.map(|count| count.to_string()));
    let completions = spec.completions.map(|count| count.to_string());
    optional("Completions", completions.or_else(|| Some("<unset>".to_owned())));
    optional("Completion Mode", spec.completion_mode.clone());
    optional("Suspend", spec.suspend.map(|suspended| suspended.to_string()));
    optional("Backoff Limit", spec.backoff_limit.map(|count| count.to_string()));
    let ttl_secs = spec.ttl_seconds_after_finished;
    optional(
        "TTL Seconds After Finished",
        ttl_secs.map(|secs| secs.to_string()),
    );
    let (start, end) = (status.start_time.as_ref(), status.completion_time.as_ref());
    optional("Start Time", start.map(|at| moment(Some(at))));
    optional("Completed At", end.map(|at| moment(Some(at))));
    let duration = start
        .zip(end)
        .map(|(start, end)| human_duration(Time::from_timestamp(end.0).since(Time::from_timestamp(start.0))));
    optional("Duration", duration);
    let deadline_secs = spec.active_deadline_seconds;
    optional(
        "Active Deadline Seconds",
        deadline_secs.map(|secs| format!("{secs}s")),
    );
    let ready = status.ready.map(|ready| format!("({ready} Ready) "));
    let pods = format!(
        "{} Active {}/ {} Succeeded / {} Failed",
        status.active.unwrap_or(0),
        ready.unwrap_or_default(),
        status.succeeded.unwrap_or(0),
        status.failed.unwrap_or(0)
    );
    optional("Pods Statuses", Some(pods));
    if spec.completion_mode.as_deref() == Some("Indexed") {
        let completed = status.completed_indexes.as_deref().unwrap_or_default();
        optional("Completed Indexes", Some(shortened(completed)));
        let failed = spec.backoff_limit_per_index.and(status.failed_indexes.as_deref());
        optional("Failed Indexes", failed.map(shortened));
    }
    template::write(w, &spec.template);
}

/// A list of indexes, cut after a whole number (`capIndexesListOrNone`).
fn shortened(indexes: &str) -> String {
    if indexes.is_empty() {
        return "<none>".to_owned();
    }
    if indexes.len() <= INDEXES_WIDTH {
        return indexes.to_owned();
    }
    let head = indexes.get(..INDEXES_WIDTH).unwrap_or(indexes);
    let whole = head.rfind(',').and_then(|comma| head.get(..=comma));
    format!("{}...", whole.unwrap_or(head))
}
