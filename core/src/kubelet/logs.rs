//! What `kubectl logs` asks the kubelet for (`pkg/kubelet/server` `containerLogs`, `validateContainerLogStatus`).

use std::collections::VecDeque;
use std::time::Duration;

use super::worker::PodWorker;
use crate::api::StatusError;
use crate::apiserver::LogRequest;
use crate::sim::{Time, calendar};

/// The lines asked for.
pub(super) fn answer(
    worker: Option<&PodWorker>,
    request: &LogRequest,
    now: Time,
) -> Result<String, StatusError> {
    let (name, pod) = (&request.container, &request.pod);
    let refuse =
        |why: &str| StatusError::bad_request(format!("container \"{name}\" in pod \"{pod}\" is {why}"));
    let found = worker.and_then(|worker| Some((worker, worker.container(name)?)));
    let Some((worker, container)) = found else {
        return Err(refuse("waiting to start: ContainerCreating"));
    };
    // The instance is the one that the status speaks of, as it was last reported.
    let status = &worker.pod().status;
    let statuses = status
        .container_statuses
        .iter()
        .chain(&status.init_container_statuses)
        .flatten();
    let reported = statuses.into_iter().find(|status| status.name == *name);
    let state = reported
        .and_then(|status| status.state.clone())
        .unwrap_or_default();
    let last = reported
        .and_then(|status| {
            status
                .last_state
                .as_ref()?
                .terminated
                .as_ref()?
                .container_id
                .clone()
        })
        .filter(|id| !id.is_empty());
    let ended = state.terminated.as_ref().and_then(|end| end.container_id.clone());
    let running = state.running.is_some().then(|| container.id.clone());
    let id = if request.previous {
        last.ok_or_else(|| {
            StatusError::bad_request(format!(
                "previous terminated container \"{name}\" in pod \"{pod}\" not found"
            ))
        })?
    } else if let Some(id) = running.or(ended).or(last) {
        id
    } else {
        let reason = state
            .waiting
            .and_then(|waiting| waiting.reason)
            .unwrap_or_default();
        return Err(refuse(&match reason.as_str() {
            "ErrImagePull" => "waiting to start: image can't be pulled".to_owned(),
            "ImagePullBackOff" => "waiting to start: trying and failing to pull image".to_owned(),
            "" => "waiting to start: ContainerCreating".to_owned(),
            reason => format!("waiting to start: {reason}"),
        }));
    };
    Ok(if id == container.id {
        select(container.live.log.lines(), request, now)
    } else if id == container.previous_id {
        select(&container.previous_log, request, now)
    } else {
        format!("unable to retrieve container logs for {id}")
    })
}

/// The lines that a request is about.
fn select(lines: &VecDeque<(Time, String)>, request: &LogRequest, now: Time) -> String {
    let oldest = request
        .since_secs
        .map_or(Time::ZERO, |secs| now - Duration::from_secs(secs));
    let oldest = request.since.map_or(oldest, |since| since.max(oldest));
    let written: Vec<_> = lines
        .iter()
        .filter(|(at, _)| *at <= now && *at >= oldest)
        .collect();
    let skipped = request.tail_lines.map_or(0, |tail| {
        written
            .len()
            .saturating_sub(usize::try_from(tail).unwrap_or(usize::MAX))
    });
    let mut text = String::new();
    for (at, line) in written.into_iter().skip(skipped) {
        if request.timestamps {
            text.push_str(&calendar::utc("%Y-%m-%dT%H:%M:%S.%NZ ", at.timestamp_micros()));
        }
        text.push_str(line);
    }
    if let Some(limit) = request.limit_bytes {
        let mut end = usize::try_from(limit).unwrap_or(usize::MAX).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}
