//! What `kubectl logs` asks the kubelet for (`pkg/kubelet/server` `containerLogs`).

use std::time::Duration;

use super::container::State;
use super::worker::PodWorker;
use crate::api::StatusError;
use crate::apiserver::LogRequest;
use crate::sim::Time;

/// The lines asked for.
pub(super) fn answer(
    worker: Option<&PodWorker>,
    request: &LogRequest,
    now: Time,
) -> Result<String, StatusError> {
    let container = worker.and_then(|worker| worker.container(&request.container));
    let refuse = |why: &str| {
        let (name, pod) = (&request.container, &request.pod);
        StatusError::bad_request(format!("container \"{name}\" in pod \"{pod}\" is {why}"))
    };
    let Some(container) = container else {
        return Err(refuse("waiting to start: ContainerCreating"));
    };
    if request.previous && container.restart_count == 0 {
        let (name, pod) = (&request.container, &request.pod);
        return Err(StatusError::bad_request(format!(
            "previous terminated container \"{name}\" in pod \"{pod}\" not found"
        )));
    }
    if let State::Waiting { reason, .. } = &container.state
        && container.id.is_empty()
    {
        let why = match reason.as_str() {
            "ErrImagePull" => "waiting to start: image can't be pulled",
            "ImagePullBackOff" => "waiting to start: trying and failing to pull image",
            _ => return Err(refuse(&format!("waiting to start: {reason}"))),
        };
        return Err(refuse(why));
    }
    let lines = if request.previous {
        &container.previous_log
    } else {
        &container.log
    };
    let oldest = request
        .since_secs
        .map_or(Time::ZERO, |secs| now - Duration::from_secs(secs));
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
            text.push_str(&format!("{:.9} ", at.timestamp_micros()));
        }
        text.push_str(line);
        text.push('\n');
    }
    Ok(text)
}
