//! The worker of one Pod (`pkg/kubelet/pod_workers.go`, `kuberuntime.SyncPod`): from the Pod's spec and the state of its
//! containers to the next thing to do. Level-triggered: it may be called at any moment, and says when to be called again.

#![expect(clippy::collapsible_if, reason = "the outer question stands for itself")]
#![expect(
    clippy::indexing_slicing,
    reason = "indices come from the worker's own list of containers, which never changes"
)]

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::container::{Container, State, Step};
use super::environment::{self, Variables};
use super::{Host, hooks, probes, processes, requests, status, termination, volumes};
use crate::api::types::core::Container as ContainerSpec;
use crate::api::{AnyObject, Key, Kind, Pod, as_container};
use crate::client::{Env, EventType};
use crate::runtime::{Command, Credential, Entry, Generated, ImageReference};
use crate::sh::Files;
use crate::sim::Time;

/// Mounting the volumes and setting up the sandbox with its network.
const SANDBOX_TIME: (Duration, Duration) = (Duration::from_millis(60), Duration::from_millis(160));
/// Creating and starting a container.
const START_TIME: (Duration, Duration) = (Duration::from_millis(40), Duration::from_millis(90));
/// What a registry takes to refuse.
const REFUSAL_TIME: (Duration, Duration) = (Duration::from_millis(400), Duration::from_millis(900));
/// After a failure the worker looks again after this long (`backOffPeriod`, jittered).
const RETRY_TIME: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(15));
/// After the first failed pull it looks again sooner: the runtime's event of the new sandbox wakes it.
const PULL_RETRY_TIME: (Duration, Duration) = (Duration::from_millis(500), Duration::from_millis(1_500));
/// Until the kubelet notices that a container has started, and that one has ended (`PLEG`, which lists once a second).
const SEEN_STARTED: (Duration, Duration) = (Duration::from_millis(80), Duration::from_millis(300));
const SEEN_ENDED: (Duration, Duration) = (Duration::from_millis(300), Duration::from_millis(1_000));

/// What is said of a Pod that was active for too long.
const EXCEEDED: &str = "Pod was active on the node longer than the specified deadline";
/// The least time between two wakes of a worker.
const LEAST_PAUSE: Duration = Duration::from_millis(1);
/// What the runtime says when runc cannot start a container.
const RUNC: &str = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";
/// The same when the kernel kills runc itself, for want of memory.
const STARVED: &str = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?): unknown";
/// How much of a termination message is read (`MaxContainerTerminationMessageLength`).
const MESSAGE_BYTES: usize = 4_096;

/// The Pod's network namespace and address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Sandbox {
    /// Not there.
    #[default]
    Absent,
    /// Being set up until then.
    Creating { until: Time },
    /// Up, with this address.
    Up { ip: String },
}

/// The worker of one Pod.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PodWorker {
    pub(super) pod: Pod,
    /// Init containers first, in the order of the spec.
    pub(super) containers: Vec<Container>,
    pub(super) sandbox: Sandbox,
    pub(super) started_at: Option<Time>,
    pub(super) probes: probes::Probes,
    pub(super) volumes: volumes::Mounts,
    /// Since when it is being stopped.
    pub(super) terminating_since: Option<Time>,
    /// Nothing is left to do.
    pub(super) done: bool,
    /// The Pod's spec has changed, or a probe's result: it is looked at as soon as that can be.
    pub(super) dirty: bool,
    /// It has failed as a whole, for this reason: active for too long, evicted.
    pub(super) failed: Option<(String, String)>,
    /// A probe's result is to be reported.
    pub(super) changed: bool,
    /// When changes of its containers are noticed.
    relist_at: Option<Time>,
    retry_at: Option<Time>,
    planned: Option<Time>,
    /// When its processes are woken.
    pub(super) processes_planned: Option<Time>,
    draws: u64,
    /// What is made for its containers, as they saw it last.
    #[serde(skip)]
    pub(super) generated: Option<Arc<Generated>>,
}

impl PodWorker {
    /// The worker of a Pod that was just bound.
    pub(super) fn new(pod: Pod) -> Self {
        let init = pod.spec.init_containers.as_deref().unwrap_or_default();
        let waiting = if init.is_empty() {
            "ContainerCreating"
        } else {
            "PodInitializing"
        };
        let containers = init
            .iter()
            .map(|container| Container::new(&container.name, true, "PodInitializing"))
            .chain(
                pod.spec
                    .containers
                    .iter()
                    .map(|container| Container::new(&container.name, false, waiting)),
            )
            .collect();
        let mut worker = Self {
            pod,
            containers,
            sandbox: Sandbox::Absent,
            started_at: None,
            probes: probes::Probes::default(),
            volumes: volumes::Mounts::default(),
            terminating_since: None,
            done: false,
            dirty: true,
            failed: None,
            changed: false,
            relist_at: None,
            retry_at: None,
            planned: None,
            processes_planned: None,
            draws: 0,
            generated: None,
        };
        worker.adopt_ephemeral();
        worker
    }

    /// The Pod as last heard of.
    pub(super) fn pod(&self) -> &Pod {
        &self.pod
    }

    /// The Pod was written; answers whether that is anything to look at.
    pub(super) fn update(&mut self, pod: Pod) -> bool {
        let (old, new) = (&self.pod.metadata, &pod.metadata);
        let same_spec = Arc::ptr_eq(&self.pod.spec, &pod.spec) || self.pod.spec == pod.spec;
        let same = same_spec
            && old.labels == new.labels
            && old.annotations == new.annotations
            && old.deletion_timestamp == new.deletion_timestamp
            && old.deletion_grace_period_seconds == new.deletion_grace_period_seconds;
        self.pod = pod;
        self.adopt_ephemeral();
        self.dirty |= !same;
        !same
    }

    /// Ephemeral containers that were added to the Pod are its own from now on.
    fn adopt_ephemeral(&mut self) {
        for added in self.pod.spec.ephemeral_containers.iter().flatten() {
            if self.container(&added.name).is_none() {
                let mut container = Container::new(&added.name, false, "ContainerCreating");
                container.ephemeral = Some(Box::new(as_container(added)));
                self.containers.push(container);
            }
        }
    }

    /// Nothing that was said lately may have been heard: everything is said again.
    pub(super) fn resume(&mut self) {
        self.done = false;
        self.dirty = true;
        self.changed = true;
    }

    /// The Pod's address, empty before it has one.
    pub(super) fn ip(&self) -> String {
        self.address().to_owned()
    }

    /// Its address; empty before it has one.
    pub(super) fn address(&self) -> &str {
        match &self.sandbox {
            Sandbox::Up { ip } => ip,
            _ => "",
        }
    }

    /// Whether something is being done that the next look waits for.
    fn in_flight(&self) -> bool {
        matches!(self.sandbox, Sandbox::Creating { .. })
            || self.containers.iter().any(|container| {
                container.step.is_some() || container.stopping.is_some() && container.is_running()
            })
    }

    /// Whether it is time to look at the Pod as a whole.
    fn is_due(&self, now: Time) -> bool {
        let due = |at: Option<Time>| at.is_some_and(|at| at <= now);
        self.dirty || due(self.retry_at) || due(self.relist_at)
    }

    fn notice(&mut self, env: &Env<'_>, range: (Duration, Duration)) {
        let at = env.sim.now + self.draw(env, "relist", range);
        self.relist_at = Some(self.relist_at.map_or(at, |before| before.min(at)));
    }

    /// The container of this name.
    pub(super) fn container(&self, name: &str) -> Option<&Container> {
        self.containers.iter().find(|container| container.name == name)
    }

    /// When its processes are to be run.
    pub(super) fn processes_wake(&self) -> Option<Time> {
        let processes = self
            .containers
            .iter()
            .filter_map(|container| container.live.processes.as_ref());
        processes.filter_map(crate::runtime::Processes::wake_at).min()
    }

    /// When to be called again, if that is not planned already.
    pub(super) fn take_wake(&mut self, now: Time) -> Option<Time> {
        if self.planned.is_some_and(|planned| planned <= now) {
            self.planned = None;
        }
        // Time passes between two looks, whatever happens.
        let next = self.next_wake()?.max(now + LEAST_PAUSE);
        if self.planned.is_some_and(|planned| planned <= next) {
            return None;
        }
        self.planned = Some(next);
        Some(next)
    }

    fn next_wake(&self) -> Option<Time> {
        if self.done {
            return None;
        }
        let sandbox = if let Sandbox::Creating { until } = self.sandbox {
            Some(until)
        } else {
            None
        };
        let steps = self.containers.iter().flat_map(|container| {
            let step = match &container.step {
                Some(Step::Pulling { until, .. } | Step::Starting { until }) => Some(*until),
                Some(Step::PostStart(hook)) => hook.wake_at(),
                None => None,
            };
            let ends = container.ends_at().map(|(at, _)| at);
            let outgrows = self.outgrows_at(container);
            let stopping = container
                .stopping
                .as_ref()
                .filter(|_| container.is_running())
                .and_then(termination::Stopping::wake_at);
            [step, ends, outgrows, stopping]
        });
        if self.terminating_since.is_some() {
            return steps.flatten().min();
        }
        let looks = [self.retry_at, self.relist_at, self.dirty.then_some(Time::ZERO)];
        let looks = looks.into_iter().filter(|_| !self.in_flight());
        let others = [
            sandbox,
            self.probes.next_at(),
            self.volumes.wake_at(),
            self.deadline(),
        ];
        steps.chain(looks).chain(others).flatten().min()
    }

    /// When the Pod has been active for too long.
    fn deadline(&self) -> Option<Time> {
        let active = self.terminating_since.is_none() && self.failed.is_none() && !self.has_ended();
        let secs = self.pod.spec.active_deadline_seconds.filter(|_| active)?;
        Some(self.started_at? + Duration::from_secs(secs.max(0).unsigned_abs()))
    }

    /// A random duration of the worker's own.
    pub(super) fn draw(
        &mut self,
        env: &Env<'_>,
        purpose: &str,
        (low, high): (Duration, Duration),
    ) -> Duration {
        self.draws += 1;
        env.sim
            .rng
            .duration(purpose, self.pod.uid(), self.draws, low, high)
    }

    /// Does what can be done now, and reports the Pod's status.
    pub(super) fn sync(&mut self, env: &mut Env<'_>, host: &mut Host<'_>) {
        if self.done {
            return;
        }
        let now = env.sim.now;
        self.started_at.get_or_insert(now);
        for index in 0..self.containers.len() {
            self.watch_memory(now, index);
            self.end_if_due(env, host, index);
        }
        if self.deadline().is_some_and(|at| at <= now) && !self.has_ended() {
            self.failed = Some(("DeadlineExceeded".to_owned(), EXCEEDED.to_owned()));
            let about = AnyObject::Pod(self.pod.clone());
            let kind = (EventType::Normal, "DeadlineExceeded");
            host.recorder
                .record(env, host.user, &about, None, kind, EXCEEDED.to_owned());
        }
        if self.pod.metadata.deletion_timestamp.is_some() || self.failed.is_some() {
            self.dirty = false;
            self.relist_at = None;
            self.retry_at = None;
            termination::stop(self, env, host);
            status::report(self, env, host);
            termination::finish(self, env, host);
            return;
        }
        volumes::refresh(self, env, host);
        // A look at the Pod waits for the end of the one before.
        if !self.in_flight() && self.is_due(now) {
            self.dirty = false;
            self.relist_at = self.relist_at.filter(|at| *at > now);
            self.retry_at = None;
            for container in &mut self.containers {
                container.tried = false;
            }
            self.probes.trigger(&self.containers, now);
            status::report(self, env, host);
            self.changed = false;
        }
        if self.has_ended() {
            termination::stop_sidecars(self, env, host);
        } else {
            self.bring_up(env, host);
            probes::run(self, env, host);
        }
        if std::mem::take(&mut self.changed) {
            status::report(self, env, host);
        }
    }

    /// When a container will have grown beyond its limit of memory.
    fn outgrows_at(&self, container: &Container) -> Option<Time> {
        let limits = requests::limits(self.spec_of(&container.name), 0);
        let limit = limits.memory_bytes.filter(|_| container.is_running())?;
        container.live.outgrows(limit)
    }

    fn watch_memory(&mut self, now: Time, index: usize) {
        if let Some(at) = self.outgrows_at(&self.containers[index]).filter(|at| *at <= now) {
            let State::Running { since } = self.containers[index].state else {
                return;
            };
            self.containers[index].live.run_out_of_memory(at.max(since));
        }
    }

    fn end_if_due(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) {
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

    /// Whether no container will ever run again.
    pub(super) fn has_ended(&self) -> bool {
        let failed_init = self.containers.iter().any(|container| {
            container.init
                && container.ended().is_some_and(|end| end.exit_code != 0)
                && !self.restarts(container)
        });
        let mut main = self
            .containers
            .iter()
            .filter(|container| container.is_main())
            .peekable();
        let all_ended = main.peek().is_some()
            && main.all(|container| container.ended().is_some() && !self.restarts(container));
        failed_init || all_ended
    }

    /// Whether a container that ended is to be started again.
    pub(super) fn restarts(&self, container: &Container) -> bool {
        let Some(end) = container.last_ended() else {
            return true;
        };
        match self.pod.spec.restart_policy.as_deref() {
            _ if container.ephemeral.is_some() => false,
            Some("Never") => self.is_sidecar(container),
            Some("OnFailure") => end.exit_code != 0 || self.is_sidecar(container),
            _ if container.init => end.exit_code != 0 || self.is_sidecar(container),
            _ => true,
        }
    }

    /// Whether it is an init container that goes on running beside the others.
    pub(super) fn is_sidecar(&self, container: &Container) -> bool {
        container.init
            && self
                .spec_of(&container.name)
                .is_some_and(|spec| spec.restart_policy.as_deref() == Some("Always"))
    }

    /// The container's spec.
    pub(super) fn spec_of(&self, name: &str) -> Option<&ContainerSpec> {
        let init = self.pod.spec.init_containers.iter().flatten();
        init.chain(&self.pod.spec.containers)
            .find(|container| container.name == name)
            .or_else(|| self.container(name)?.ephemeral.as_deref())
    }

    fn bring_up(&mut self, env: &mut Env<'_>, host: &mut Host<'_>) {
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

    /// Begins to start a container; answers whether it is on its way.
    fn begin(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) -> bool {
        let now = env.sim.now;
        let Some(container) = self.containers.get_mut(index) else {
            return false;
        };
        if container.last_ended().is_some() && container.restart_blocked_until() > now {
            self.hold_back(env, host, index);
            return false;
        }
        if container.pull_blocked_until > now {
            self.hold_pull(env, host, index);
            return false;
        }
        if container.last_ended().is_some() {
            container.restarting(now);
        }
        let Some(spec) = self.spec_of(&self.containers[index].name).cloned() else {
            return false;
        };
        let image_name = spec.image.clone().unwrap_or_default();
        let credentials = super::credentials::of(&self.pod.clone(), env, host);
        // An image that was pulled with a secret is there only for those who know it (`KubeletEnsureSecretPulledImages`).
        let present = ImageReference::parse(&image_name)
            .filter(|reference| host.catalog.admits(reference, &credentials))
            .and_then(|reference| host.images.get(&reference.to_string()).cloned());
        let policy = spec.image_pull_policy.as_deref().unwrap_or("IfNotPresent");
        match present {
            Some(image) if policy != "Always" => {
                let message = format!(
                    "Container image \"{image_name}\" already present on machine and can be accessed by the pod"
                );
                self.event(env, host, index, (EventType::Normal, "Pulled"), message);
                let until = now + self.draw(env, "container-start", START_TIME);
                self.containers[index].image = Some(image);
                self.containers[index].step = Some(Step::Starting { until });
            }
            None if policy == "Never" => {
                let message =
                    format!("Container image \"{image_name}\" is not present with pull policy of Never");
                self.event(
                    env,
                    host,
                    index,
                    (EventType::Warning, "ErrImageNeverPull"),
                    message.clone(),
                );
                self.event(
                    env,
                    host,
                    index,
                    (EventType::Warning, "Failed"),
                    "Error: ErrImageNeverPull".to_owned(),
                );
                self.containers[index].fail("ErrImageNeverPull", message);
                self.retry(env, RETRY_TIME);
                return false;
            }
            _ => self.pull(env, host, index, (&image_name, &credentials)),
        }
        true
    }

    fn pull(
        &mut self,
        env: &mut Env<'_>,
        host: &mut Host<'_>,
        index: usize,
        (image_name, credentials): (&str, &[Credential]),
    ) {
        let now = env.sim.now;
        self.event(
            env,
            host,
            index,
            (EventType::Normal, "Pulling"),
            format!("Pulling image \"{image_name}\""),
        );
        let (until, result) = match host.catalog.resolve(env.sim.rng, image_name, credentials) {
            Ok(image) => {
                let (node, speed) = (&host.spec.name, host.spec.pull_mib_per_sec);
                (host.images.pull(now, env.sim.rng, node, &image, speed), Ok(image))
            }
            Err(refusal) => {
                let takes = Duration::from_secs(refusal.takes_secs);
                let until = now + takes + self.draw(env, "pull-refusal", REFUSAL_TIME);
                (until, Err(refusal.message))
            }
        };
        self.containers[index].step = Some(Step::Pulling {
            since: now,
            until,
            result,
        });
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
                let millis = now.since(since).as_millis();
                let took = format_go_duration(millis);
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

    fn pull_failed(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize, error: String) {
        let now = env.sim.now;
        let name = self.image_name(index);
        let message = format!("Failed to pull image \"{name}\": {error}");
        self.event(env, host, index, (EventType::Warning, "Failed"), message);
        self.event(
            env,
            host,
            index,
            (EventType::Warning, "Failed"),
            "Error: ErrImagePull".to_owned(),
        );
        let container = &mut self.containers[index];
        let again = container
            .failure
            .as_ref()
            .is_some_and(|(reason, _)| matches!(reason.as_str(), "ErrImagePull" | "ImagePullBackOff"));
        container.fail("ErrImagePull", error);
        container.pull_blocked_until = now + container.pull_back_off.next(now);
        self.retry(env, if again { RETRY_TIME } else { PULL_RETRY_TIME });
    }

    /// The pull is held back after a failure.
    fn hold_pull(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) {
        let name = self.image_name(index);
        let error = match &self.containers[index].failure {
            Some((reason, message)) if reason == "ErrImagePull" => Some(message.clone()),
            _ => None,
        };
        self.event(
            env,
            host,
            index,
            (EventType::Normal, "BackOff"),
            format!("Back-off pulling image \"{name}\""),
        );
        self.event(
            env,
            host,
            index,
            (EventType::Warning, "Failed"),
            "Error: ImagePullBackOff".to_owned(),
        );
        if let Some(error) = error {
            let message = format!("Back-off pulling image \"{name}\": ErrImagePull: {error}");
            self.containers[index].fail("ImagePullBackOff", message);
        }
        let blocked = self.containers[index].pull_blocked_until;
        let jitter = self.draw(
            env,
            "worker-jitter",
            (Duration::from_secs(1), Duration::from_secs(5)),
        );
        self.retry_no_later_than(blocked + jitter);
    }

    /// The restart is held back after an end.
    fn hold_back(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) {
        let identity = self.identity();
        let container = &mut self.containers[index];
        let name = container.name.clone();
        let delay = format_go_duration(container.restart_delay().as_millis());
        let message = format!("back-off {delay} restarting failed container={name} pod={identity}");
        container.fail("CrashLoopBackOff", message);
        let message = format!("Back-off restarting failed container {name} in pod {identity}");
        self.event(env, host, index, (EventType::Warning, "BackOff"), message);
        self.retry(env, RETRY_TIME);
    }

    /// The Pod as the kubelet names it in messages.
    fn identity(&self) -> String {
        format!("{}_{}({})", self.pod.name(), self.pod.namespace(), self.pod.uid())
    }

    /// The configuration of a container is wrong.
    fn misconfigured(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize, why: String) -> bool {
        let message = format!("Error: {why}");
        self.event(env, host, index, (EventType::Warning, "Failed"), message);
        self.containers[index].fail("CreateContainerConfigError", why);
        self.retry(env, RETRY_TIME);
        false
    }

    fn start(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) -> bool {
        let Some(spec) = self.spec_of(&self.containers[index].name).cloned() else {
            return false;
        };
        let ip = self.ip();
        let source = environment::Source {
            pod: &self.pod,
            spec: &spec,
            ip: &ip,
        };
        let mut variables = match environment::make(&source, env, host) {
            Ok(variables) => variables,
            Err(why) => return self.misconfigured(env, host, index, why),
        };
        let Some(image) = self.containers[index].image.clone() else {
            return false;
        };
        let facts = host.catalog.facts(&image.reference);
        let uid = processes::user(&self.pod, &spec, facts.user);
        if let Some(why) = self.root_refused(&spec, (uid, facts.user_name.as_deref())) {
            return self.misconfigured(env, host, index, why);
        }
        let expand = |words: &Option<Vec<String>>, variables: &Variables| -> Vec<String> {
            let words = words.iter().flatten();
            words
                .map(|word| environment::expand(word, &[variables]))
                .collect()
        };
        let (command, args) = (expand(&spec.command, &variables), expand(&spec.args, &variables));
        let hostname = processes::hostname(&self.pod, host);
        processes::runtime_variables(&mut variables, &facts, (&hostname, uid));
        let entry = host
            .catalog
            .entry(&image.reference, (&command, &args), &variables);
        let id = self.container_id(env);
        self.event(
            env,
            host,
            index,
            (EventType::Normal, "Created"),
            "Container created".to_owned(),
        );
        self.containers[index].uid = uid;
        self.run_entry(env, host, (index, &spec), (id, entry, variables))
    }

    /// Runs what a container begins with.
    fn run_entry(
        &mut self,
        env: &mut Env<'_>,
        host: &mut Host<'_>,
        (index, spec): (usize, &ContainerSpec),
        (id, entry, variables): (String, Entry, Variables),
    ) -> bool {
        let now = env.sim.now;
        let env_shared = host.shared_environment(variables);
        self.containers[index].start(now, id, env_shared);
        volumes::freeze(self, spec, env, host);
        self.containers[index].mounts = volumes::mounts(self, spec);
        let started = if requests::limits(Some(spec), 0).starve() {
            Err(STARVED.to_owned())
        } else {
            let refused = |why| format!("{RUNC}error during container init: {why}: unknown");
            self.run_first(env, host, (index, spec), entry).map_err(refused)
        };
        if let Err(message) = started {
            self.event(
                env,
                host,
                index,
                (EventType::Warning, "Failed"),
                format!("Error: {message}"),
            );
            self.containers[index].end(now, 128, "StartError", Some(message.clone()));
            self.containers[index].fail("RunContainerError", message);
            self.notice(env, SEEN_ENDED);
            return false;
        }
        self.event(
            env,
            host,
            index,
            (EventType::Normal, "Started"),
            "Container started".to_owned(),
        );
        let container = &mut self.containers[index];
        container.ready = spec.readiness_probe.is_none() && spec.startup_probe.is_none();
        container.started = spec.startup_probe.is_none();
        self.probes.begin(spec, now);
        self.notice(env, SEEN_STARTED);
        let post_start = spec
            .lifecycle
            .as_ref()
            .and_then(|lifecycle| lifecycle.post_start.as_ref());
        let Some(handler) = post_start else { return true };
        match hooks::start(self, env, host, index, handler) {
            Ok(None) => true,
            Ok(Some(hook)) => {
                self.containers[index].step = Some(Step::PostStart(hook));
                false
            }
            Err(why) => self.hook_failed(env, host, index, &why),
        }
    }

    /// Starts the first process of a container.
    fn run_first(
        &mut self,
        env: &mut Env<'_>,
        host: &mut Host<'_>,
        (index, spec): (usize, &ContainerSpec),
        entry: Entry,
    ) -> Result<(), String> {
        let line = processes::served_by(spec, &self.containers[index]);
        let Some((live, around)) = processes::enter(self, env, host, index) else {
            return Ok(());
        };
        match entry {
            Entry::Server(server) => {
                live.line = line;
                live.start_server(server, around);
                Ok(())
            }
            Entry::Command(argv) => {
                let command = Command {
                    argv,
                    env: (*live.env).clone(),
                    cwd: spec.working_dir.clone().unwrap_or_default(),
                    stdin: spec.stdin == Some(true),
                    terminal: spec.tty == Some(true),
                };
                live.start_command(command, around)
            }
        }
    }

    /// Why a container may not run as root, if it would.
    fn root_refused(&self, spec: &ContainerSpec, (uid, name): (i64, Option<&str>)) -> Option<String> {
        let own = spec.security_context.as_ref();
        let shared = self.pod.spec.security_context.as_ref();
        let non_root = own
            .and_then(|context| context.run_as_non_root)
            .or_else(|| shared.and_then(|context| context.run_as_non_root));
        if non_root != Some(true) || uid != 0 && name.is_none() {
            return None;
        }
        let named = own
            .and_then(|context| context.run_as_user)
            .or_else(|| shared.and_then(|context| context.run_as_user));
        let about = format!("(pod: {:?}, container: {})", self.identity(), spec.name);
        if let Some(name) = name {
            return named.is_none().then(|| {
                format!("container has runAsNonRoot and image has non-numeric user ({name}), cannot verify user is non-root {about}")
            });
        }
        Some(if named.is_some() {
            format!("container's runAsUser breaks non-root policy {about}")
        } else {
            format!("container has runAsNonRoot and image will run as root {about}")
        })
    }

    /// The hook after a container's start failed: the container is killed.
    fn hook_failed(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize, why: &str) -> bool {
        let message = format!("PostStartHook failed: {why}");
        self.event(
            env,
            host,
            index,
            (EventType::Warning, "FailedPostStartHook"),
            message,
        );
        self.containers[index].step = None;
        let grace = self.pod.spec.termination_grace_period_seconds.unwrap_or(30);
        let grace = Duration::from_secs(grace.max(0).unsigned_abs());
        termination::begin(self, env, host, index, (grace, "FailedPostStartHook".to_owned()));
        termination::advance(self, env, host, index);
        self.containers[index].failure = Some(("PostStartHookError".to_owned(), why.to_owned()));
        false
    }

    fn container_id(&mut self, env: &Env<'_>) -> String {
        self.draws += 1;
        let word = |n| {
            env.sim
                .rng
                .draw("container-id", self.pod.uid(), self.draws * 4 + n)
        };
        format!(
            "containerd://{:016x}{:016x}{:016x}{:016x}",
            word(0),
            word(1),
            word(2),
            word(3)
        )
    }

    fn image_name(&self, index: usize) -> String {
        let name = self
            .containers
            .get(index)
            .map(|container| container.name.as_str())
            .unwrap_or_default();
        self.spec_of(name)
            .and_then(|spec| spec.image.clone())
            .unwrap_or_default()
    }

    fn retry(&mut self, env: &Env<'_>, range: (Duration, Duration)) {
        let at = env.sim.now + self.draw(env, "worker-retry", range);
        self.retry_no_later_than(at);
    }

    fn retry_no_later_than(&mut self, at: Time) {
        self.retry_at = Some(self.retry_at.map_or(at, |before| before.min(at)));
    }

    /// Records an event about one container.
    pub(super) fn event(
        &self,
        env: &mut Env<'_>,
        host: &mut Host<'_>,
        index: usize,
        kind: (EventType, &str),
        message: String,
    ) {
        let Some(container) = self.containers.get(index) else {
            return;
        };
        let list = if container.init {
            "initContainers"
        } else if container.ephemeral.is_some() {
            "ephemeralContainers"
        } else {
            "containers"
        };
        let field_path = format!("spec.{list}{{{}}}", container.name);
        let about = AnyObject::Pod(self.pod.clone());
        host.recorder
            .record(env, host.user, &about, Some(&field_path), kind, message);
    }

    /// Where the Pod is found.
    pub(super) fn key(&self) -> Key {
        Key::new(Kind::Pod, self.pod.namespace(), self.pod.name())
    }
}

/// A duration as Go prints it.
fn format_go_duration(millis: u128) -> String {
    match millis {
        0..1_000 => format!("{millis}ms"),
        _ => {
            let (minutes, rest) = (millis / 60_000, millis % 60_000);
            let mut secs = format!("{}.{:03}", rest / 1_000, rest % 1_000);
            secs.truncate(secs.trim_end_matches('0').trim_end_matches('.').len());
            if minutes == 0 {
                format!("{secs}s")
            } else {
                format!("{minutes}m{secs}s")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_printed_as_go_does() {
        for (millis, text) in [
            (280, "280ms"),
            (1_500, "1.5s"),
            (10_000, "10s"),
            (90_000, "1m30s"),
            (300_000, "5m0s"),
        ] {
            assert_eq!(format_go_duration(millis), text);
        }
    }
}
