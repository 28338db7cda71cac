//! How a Pod ends (`killPod`, `SyncTerminatingPod`): its containers are asked to stop, killed when their time is up, and the
//! API server is told when nothing is left.

use std::time::Duration;

use super::worker::PodWorker;
use super::{Host, container::Container};
use crate::client::{Client, DeleteOptions, Env, EventType};

/// The exit code of a process that was killed.
const KILLED: i32 = 137;
/// What the runtime takes to stop a container at the least.
const STOP_TIME: (Duration, Duration) = (Duration::from_millis(60), Duration::from_millis(180));

/// Stops the containers that still run.
pub(super) fn stop(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>) {
    let now = env.sim.now;
    let first = worker.terminating_since.is_none();
    worker.terminating_since.get_or_insert(now);
    let grace_secs = worker
        .pod
        .metadata
        .deletion_grace_period_seconds
        .unwrap_or(30)
        .max(0);
    let grace = Duration::from_secs(grace_secs.unsigned_abs());
    for index in 0..worker.containers.len() {
        let extra = worker.draw(env, "container-stop", STOP_TIME);
        let Some(container) = worker.containers.get_mut(index) else {
            continue;
        };
        container.step = None;
        if !container.is_running() {
            continue;
        }
        let since = worker.terminating_since.unwrap_or(now);
        let (takes, code) = stopping(container, grace);
        let at = (since + takes + extra).max(now);
        if container.stops_at.is_none_or(|(before, _)| at < before) {
            container.stops_at = Some((at, code));
        }
        if first {
            let message = format!("Stopping container {}", container.name);
            worker.event(env, host, index, (EventType::Normal, "Killing"), message);
        }
    }
}

/// How long a container takes to stop, and with which code.
fn stopping(container: &Container, grace: Duration) -> (Duration, i32) {
    match container.program.as_ref().and_then(|program| program.stops_in) {
        Some(takes) if takes <= grace => (takes, 0),
        _ => (grace, KILLED),
    }
}

/// Tells the API server that the Pod is gone, once it is.
pub(super) fn finish(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>) {
    let stopped = worker.terminating_since.is_some() && !worker.containers.iter().any(Container::is_running);
    if !stopped {
        return;
    }
    let options = DeleteOptions {
        grace_period_secs: Some(0),
        uid: Some(worker.pod.uid().to_owned()),
        ..DeleteOptions::default()
    };
    let key = worker.key();
    let gone = Client::new(env, host.user).delete(&key, &options);
    // A Pod that is not there any more was removed by force: that is as good.
    drop(gone);
    worker.done = true;
}
