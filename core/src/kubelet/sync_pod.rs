//! From a Pod's spec to a sandbox and containers that run (`kuberuntime_manager.go`, `SyncPod`): one after the other, each held back as it must be.

#![expect(
    clippy::indexing_slicing,
    reason = "indices come from the worker's own list of containers, which never changes"
)]

use std::time::Duration;

use super::container::{State, Step};
use super::start_container::STARVED;
use super::worker::{PodWorker, RETRY_TIME, SEEN_ENDED, SEEN_STARTED, START_TIME, Sandbox};
use super::{Host, hooks, requests, termination, volumes};
use crate::api::AnyObject;
use crate::client::{Env, EventType};
use crate::sim::go_duration;

/// Mounting the volumes and setting up the sandbox with its network.
const SANDBOX_TIME: (Duration, Duration) = (Duration::from_millis(60), Duration::from_millis(160));

impl PodWorker {
    pub(super) fn bring_up(&mut self, env: &mut Env<'_>, host: &mut Host<'_>) {
        let now = env.sim.now;
        match self.sandbox {
            Sandbox::Absent if !host.network_ready && self.pod.spec.host_network != Some(true) => {
                return self.no_network(env, host);
            }
            Sandbox::Absent => {
                if volumes::mount(self, env, host) {
                    let until = now + self.draw(env, "sandbox", SANDBOX_TIME);
                    self.sandbox = Sandbox::Creating { until };
                }
                return;
            }
            Sandbox::Creating { until } if until > now => return,
            Sandbox::Creating { .. } => {
                if requests::starves(&self.pod.spec) {
                    return self.sandbox_refused(env, host, ("start", STARVED));
                }
                let on_host = self.pod.spec.host_network == Some(true);
                let ip = if on_host {
                    host.spec.address.to_string()
                } else {
                    match host.allocate_ip(self.pod.uid()) {
                        Some(ip) => ip,
                        None => return self.no_address(env, host),
                    }
                };
                self.sandbox = Sandbox::Up { ip };
                self.notice(env, SEEN_ENDED);
            }
            Sandbox::Up { .. } => {}
        }
        // Ephemeral ones wait for nobody.
        for index in 0..self.containers.len() {
            if self.containers[index].ephemeral.is_some() {
                self.bring_up_container(env, host, index);
            }
        }
        for index in 0..self.containers.len() {
            if self.containers[index].ephemeral.is_none() && !self.bring_up_container(env, host, index) {
                return;
            }
        }
    }

    /// Brings one container up; answers whether the next one's turn has come.
    fn bring_up_container(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) -> bool {
        let Some(container) = self.containers.get(index) else {
            return false;
        };
        let (init, sidecar) = (container.init, self.is_sidecar(container));
        if let Some(step) = container.step.clone() {
            return self.advance(env, host, index, step)
                && (!init || sidecar && self.containers[index].started);
        }
        if container.stopping.is_some() && container.is_running() {
            termination::advance(self, env, host, index);
            return !init;
        }
        match &container.state {
            State::Running { .. } if self.probes.must_restart(&container.name) => {
                let (grace, message) = self.probes.restart(&container.name, &self.pod);
                termination::begin(self, env, host, index, (grace, message));
                termination::advance(self, env, host, index);
                // What is killed is started again in the same look.
                self.containers[index].tried = false;
                !init
            }
            State::Running { .. } => !init || sidecar && container.started,
            State::Terminated(end) if init && end.exit_code == 0 && !sidecar => !self.is_unseen(index),
            _ if !self.restarts(container) => true,
            _ if container.tried => !init,
            _ => {
                self.containers[index].tried = true;
                let started = self.begin(env, host, index);
                // A container that waits for its back-off does not hold up the others; one being started does.
                !started && !init
            }
        }
    }

    /// The node has no network for Pods: it is looked at again after a while.
    fn no_network(&mut self, env: &mut Env<'_>, host: &mut Host<'_>) {
        let about = AnyObject::Pod(self.pod.clone());
        let kind = (EventType::Warning, "NetworkNotReady");
        let message = format!("network is not ready: {}", super::node::NO_NETWORK);
        host.recorder.record(env, host.user, &about, None, kind, message);
        self.retry(env, RETRY_TIME);
    }

    /// The sandbox could not be set up: it is tried again after a while.
    pub(super) fn sandbox_failed(&mut self, env: &Env<'_>) {
        let until = env.sim.now + self.draw(env, "sandbox-retry", RETRY_TIME);
        self.sandbox = Sandbox::Creating { until };
    }

    /// Whether nobody has looked at the container since it ended.
    fn is_unseen(&self, index: usize) -> bool {
        self.relist_at.is_some()
            && self
                .containers
                .get(index)
                .is_some_and(|container| container.tried)
    }

    /// Goes on with a step that has begun; answers whether the container runs.
    fn advance(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize, step: Step) -> bool {
        let now = env.sim.now;
        match step {
            Step::Pulling { until, .. } | Step::Starting { until } if until > now => false,
            Step::Pulling {
                since,
                result: Ok(image),
                ..
            } => {
                let name = self.image_name(index);
                let took = go_duration(now.since(since));
                let size = image.size_bytes;
                let message = format!(
                    "Successfully pulled image \"{name}\" in {took} ({took} including waiting). Image size: {size} bytes."
                );
                self.event(env, host, index, (EventType::Normal, "Pulled"), message);
                host.images.add(image.clone());
                let until = now + self.draw(env, "container-start", START_TIME);
                self.containers[index].image = Some(image);
                self.containers[index].step = Some(Step::Starting { until });
                false
            }
            Step::Pulling {
                result: Err(error), ..
            } => {
                self.pull_failed(env, host, index, error);
                false
            }
            Step::Starting { .. } => self.start(env, host, index),
            Step::PostStart(hook) => match hooks::result(self, index, hook, now) {
                None => false,
                Some(Ok(())) => {
                    self.containers[index].step = None;
                    self.notice(env, SEEN_STARTED);
                    true
                }
                Some(Err(why)) => self.hook_failed(env, host, index, &why),
            },
        }
    }

    /// The restart is held back after an end.
    pub(super) fn hold_back(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) {
        let identity = self.identity();
        let container = &mut self.containers[index];
        let name = container.name.clone();
        let delay = go_duration(container.restart_delay());
        let message = format!("back-off {delay} restarting failed container={name} pod={identity}");
        container.fail("CrashLoopBackOff", message);
        let message = format!("Back-off restarting failed container {name} in pod {identity}");
        self.event(env, host, index, (EventType::Warning, "BackOff"), message);
        self.retry(env, RETRY_TIME);
    }
}
