//! How containers and Pods end (`killContainer`, `SyncTerminatingPod`): containers run their `preStop` hook and are asked to stop,
//! killed when their time is up, and the API server is told when nothing is left.

#![expect(clippy::collapsible_if, reason = "the outer question stands for itself")]
#![expect(
    clippy::indexing_slicing,
    reason = "indices come from the worker's own list of containers, which never changes"
)]

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::container::{Container, State};
use super::worker::{PodWorker, SEEN_ENDED};
use super::{Host, hooks, processes, requests};
use crate::client::{Client, DeleteOptions, Env, EventType};
use crate::sh::Files;
use crate::sim::Time;

/// SIGTERM
const TERM: i32 = 15;
/// What the runtime takes to stop a container at the least.
const STOP_TIME: (Duration, Duration) = (Duration::from_millis(60), Duration::from_millis(180));
/// The least time a container gets after SIGTERM (`minimumGracePeriodInSeconds`).
const LEAST_GRACE: Duration = Duration::from_secs(2);

/// How much of a termination message is read (`MaxContainerTerminationMessageLength`).
const MESSAGE_BYTES: usize = 4_096;

/// A container that is being stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stopping {
    since: Time,
    grace: Duration,
    /// Its `preStop` hook runs.
    hook: Option<hooks::Running>,
    signalled: bool,
}

impl Stopping {
    /// When to look at it again.
    pub(super) fn wake_at(&self) -> Option<Time> {
        let hook = self.hook?;
        let out_of_time = self.since + self.grace;
        Some(hook.wake_at().map_or(out_of_time, |at| at.min(out_of_time)))
    }
}

/// How long the containers of a Pod get.
fn grace(worker: &PodWorker) -> Duration {
    // Who is evicted gets no time.
    if worker
        .failed
        .as_ref()
        .is_some_and(|(reason, _)| reason == "Evicted")
    {
        return Duration::ZERO;
    }
    let secs = worker
        .pod
        .metadata
        .deletion_grace_period_seconds
        .or(worker.pod.spec.termination_grace_period_seconds)
        .unwrap_or(30);
    Duration::from_secs(secs.max(0).unsigned_abs())
}

/// Stops the containers that still run: the sidecars after the others.
pub(super) fn stop(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>) {
    let now = env.sim.now;
    worker.terminating_since.get_or_insert(now);
    let grace = grace(worker);
    let main_runs = worker
        .containers
        .iter()
        .any(|container| container.is_running() && !worker.is_sidecar(container));
    for index in 0..worker.containers.len() {
        let Some(container) = worker.containers.get_mut(index) else {
            continue;
        };
        container.step = None;
        if !container.is_running() {
            continue;
        }
        let held = main_runs
            && worker
                .containers
                .get(index)
                .is_some_and(|container| worker.is_sidecar(container));
        if held {
            continue;
        }
        match worker
            .containers
            .get_mut(index)
            .and_then(|container| container.stopping.as_mut())
        {
            // Asked to hurry: a second deletion with a shorter time.
            Some(stopping) if grace < stopping.grace => {
                stopping.grace = grace;
                stopping.signalled = false;
                stopping.hook = None;
            }
            Some(_) => {}
            None => {
                let name = worker
                    .containers
                    .get(index)
                    .map(|container| container.name.clone());
                let message = format!("Stopping container {}", name.unwrap_or_default());
                begin(worker, env, host, index, (grace, message));
            }
        }
        advance(worker, env, host, index);
    }
}

/// Stops what still runs of a Pod whose own containers have all ended: its sidecars.
pub(super) fn stop_sidecars(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>) {
    for index in 0..worker.containers.len() {
        let Some(container) = worker.containers.get_mut(index) else {
            continue;
        };
        container.step = None;
        if !container.is_running() {
            continue;
        }
        if container.stopping.is_none() {
            let message = format!("Stopping container {}", container.name);
            let grace = grace(worker);
            begin(worker, env, host, index, (grace, message));
        }
        advance(worker, env, host, index);
    }
}

/// Begins to stop a container.
pub(super) fn begin(
    worker: &mut PodWorker,
    env: &mut Env<'_>,
    host: &mut Host<'_>,
    index: usize,
    (grace, message): (Duration, String),
) {
    let now = env.sim.now;
    worker.event(env, host, index, (EventType::Normal, "Killing"), message);
    let pre_stop = worker
        .containers
        .get(index)
        .and_then(|container| {
            worker
                .spec_of(&container.name)?
                .lifecycle
                .as_ref()?
                .pre_stop
                .clone()
        })
        .filter(|_| !grace.is_zero());
    let hook = pre_stop.and_then(|handler| match hooks::start(worker, env, host, index, &handler) {
        Ok(hook) => hook,
        Err(why) => {
            worker.event(
                env,
                host,
                index,
                (EventType::Warning, "FailedPreStopHook"),
                format!("PreStopHook failed: {why}"),
            );
            None
        }
    });
    if let Some(container) = worker.containers.get_mut(index) {
        container.stopping = Some(Stopping {
            since: now,
            grace,
            hook,
            signalled: false,
        });
    }
}

/// Goes on with stopping a container: after its hook comes the signal.
pub(super) fn advance(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) {
    let now = env.sim.now;
    let Some(stopping) = worker
        .containers
        .get(index)
        .and_then(|container| container.stopping)
    else {
        return;
    };
    if stopping.signalled {
        return;
    }
    if let Some(hook) = stopping.hook {
        let result = hooks::result(worker, index, hook, now);
        let timed_out = now >= stopping.since + stopping.grace;
        match result {
            None if !timed_out => return,
            Some(Err(why)) => {
                worker.event(
                    env,
                    host,
                    index,
                    (EventType::Warning, "FailedPreStopHook"),
                    format!("PreStopHook failed: {why}"),
                );
            }
            _ => {}
        }
    }
    let extra = worker.draw(env, "container-stop", STOP_TIME);
    let Some(container) = worker.containers.get_mut(index) else {
        return;
    };
    let left = (stopping.since + stopping.grace).since(now).max(LEAST_GRACE);
    container.stopping = Some(Stopping {
        hook: None,
        signalled: true,
        ..stopping
    });
    container.live.terminate(TERM, now, (now + left + extra, extra));
}

impl PodWorker {
    /// When a container will have grown beyond its limit of memory.
    pub(super) fn outgrows_at(&self, container: &Container) -> Option<Time> {
        let limits = requests::limits(self.spec_of(&container.name), 0);
        let limit = limits.memory_bytes.filter(|_| container.is_running())?;
        container.live.outgrows(limit)
    }

    pub(super) fn watch_memory(&mut self, now: Time, index: usize) {
        if let Some(at) = self.outgrows_at(&self.containers[index]).filter(|at| *at <= now) {
            let State::Running { since } = self.containers[index].state else {
                return;
            };
            self.containers[index].live.run_out_of_memory(at.max(since));
        }
    }

    pub(super) fn end_if_due(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) {
        let now = env.sim.now;
        let Some((at, code)) = self.containers[index].ends_at().filter(|(at, _)| *at <= now) else {
            return;
        };
        let reason = match code {
            _ if self.containers[index].live.out_of_memory => "OOMKilled",
            0 => "Completed",
            _ => "Error",
        };
        if code == 0
            && let Some((live, around)) = processes::enter(self, env, host, index)
        {
            live.save(around);
        }
        let message = self.termination_message(env, host, index, code);
        self.containers[index].end(at, code, reason, message);
        self.probes.forget(&self.containers[index].name);
        self.notice(env, SEEN_ENDED);
    }

    /// What a container left to say about its end.
    fn termination_message(
        &mut self,
        env: &mut Env<'_>,
        host: &mut Host<'_>,
        index: usize,
        code: i32,
    ) -> Option<String> {
        let spec = self.spec_of(&self.containers[index].name)?;
        let path = spec
            .termination_message_path
            .clone()
            .unwrap_or_else(|| "/dev/termination-log".to_owned());
        let from_log = spec.termination_message_policy.as_deref() == Some("FallbackToLogsOnError");
        let mut message = String::new();
        let container = &self.containers[index];
        // A server that wrote nothing has no message.
        if container.live.layer.is_some() || container.live.processes.is_some() {
            if let Some((live, around)) = processes::enter(self, env, host, index) {
                live.with(around, &mut |_, inside| {
                    let bytes = inside.read(&path, 0, MESSAGE_BYTES).unwrap_or_default();
                    message = String::from_utf8_lossy(&bytes).into_owned();
                });
            }
        }
        if message.is_empty() && from_log && code != 0 {
            let log = self.containers[index].live.log.lines();
            let lines = log.iter().skip(log.len().saturating_sub(80));
            message = lines.map(|(_, line)| line.as_str()).collect();
        }
        (!message.is_empty()).then_some(message)
    }
}

/// Tells the API server that the Pod is gone, once it is.
pub(super) fn finish(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>) {
    let stopped = worker.terminating_since.is_some() && !worker.containers.iter().any(Container::is_running);
    if !stopped || worker.pod.metadata.deletion_timestamp.is_none() {
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
