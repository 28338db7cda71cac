//! The rows of Jobs (`printJob` in `pkg/printers/internalversion`).

use crate::api::labels::format_selector;
use crate::api::meta::MetaExt;
use crate::api::{Job, types::meta::Time as MetaTime};
use crate::apiserver::printing::{age_of, container_cells, human_duration, since};
use crate::apiserver::table::Column;
use crate::sim::Time;

pub(super) const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Status"),
    Column::new("Completions"),
    Column::new("Duration"),
    Column::new("Age"),
    Column::wide("Containers"),
    Column::wide("Images"),
    Column::wide("Selector"),
];

pub(super) fn cells(job: &Job, now: Time) -> Vec<String> {
    let [names, images] = container_cells(job.spec.template.spec.as_ref());
    vec![
        job.name().to_owned(),
        status(job).to_owned(),
        completions(job),
        duration(job, now),
        age_of(&job.metadata, now),
        names,
        images,
        job.spec
            .selector
            .as_ref()
            .map_or_else(|| "<none>".to_owned(), format_selector),
    ]
}

fn status(job: &Job) -> &'static str {
    let conditions = job.status.conditions.as_deref().unwrap_or_default();
    let holds = |name: &str| {
        conditions
            .iter()
            .any(|condition| condition.type_ == name && condition.status == "True")
    };
    let first = ["Complete", "Failed"].into_iter().find(|name| holds(name));
    first.unwrap_or_else(|| {
        if job.metadata.is_deleting() {
            return "Terminating";
        }
        ["Suspended", "FailureTarget", "SuccessCriteriaMet"]
            .into_iter()
            .find(|name| holds(name))
            .unwrap_or("Running")
    })
}

fn completions(job: &Job) -> String {
    let succeeded = job.status.succeeded.unwrap_or(0);
    match (job.spec.completions, job.spec.parallelism.unwrap_or(0)) {
        (Some(completions), _) => format!("{succeeded}/{completions}"),
        (None, parallelism) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        _ => format!("{succeeded}/1"),
    }
}

fn duration(job: &Job, now: Time) -> String {
    let moment = |time: &MetaTime| Time::from_timestamp(time.0);
    match (&job.status.start_time, &job.status.completion_time) {
        (None, _) => String::new(),
        (Some(start), Some(end)) => human_duration(moment(end).since(moment(start))),
        (start, None) => since(start.as_ref(), now),
    }
}
