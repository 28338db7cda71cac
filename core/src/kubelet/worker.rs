//! The worker of one Pod (`pkg/kubelet/pod_workers.go`, `kuberuntime.SyncPod`): from the Pod's spec and the state of its
//! containers to the next thing to do. Level-triggered: it may be called at any moment, and says when to be called again.

#![expect(
    clippy::indexing_slicing,
    reason = "indices come from the worker's own list of containers, which never changes"
)]

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::container::{Container, State, Step};
use super::{Host, probes, status, termination, volumes};
use crate::api::types::core::Container as ContainerSpec;
use crate::api::{AnyObject, Key, Kind, Pod};
use crate::client::{Env, EventType};
use crate::runtime::{Ending, ImageReference};
use crate::sim::Time;

/// Mounting the volumes and setting up the sandbox with its network.
const SANDBOX_TIME: (Duration, Duration) = (Duration::from_millis(60), Duration::from_millis(160));
/// Creating and starting a container.
const START_TIME: (Duration, Duration) = (Duration::from_millis(40), Duration::from_millis(90));
/// What a registry takes to refuse.
const REFUSAL_TIME: (Duration, Duration) = (Duration::from_millis(400), Duration::from_millis(900));
/// After a failure the worker looks again after this long (`backOffPeriod`, jittered).
const RETRY_TIME: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(15));
/// After a failed pull it looks again sooner: the runtime's own event wakes it.
const PULL_RETRY_TIME: (Duration, Duration) = (Duration::from_millis(500), Duration::from_millis(1_500));

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
    retry_at: Option<Time>,
    planned: Option<Time>,
    draws: u64,
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
        Self {
            pod,
            containers,
            sandbox: Sandbox::Absent,
            started_at: None,
            probes: probes::Probes::default(),
            volumes: volumes::Mounts::default(),
            terminating_since: None,
            done: false,
            retry_at: None,
            planned: None,
            draws: 0,
        }
    }

    /// The Pod as last heard of.
    pub(super) fn pod(&self) -> &Pod {
        &self.pod
    }

    /// The Pod was written.
    pub(super) fn update(&mut self, pod: Pod) {
        self.pod = pod;
    }

    /// The container of this name.
    pub(super) fn container(&self, name: &str) -> Option<&Container> {
        self.containers.iter().find(|container| container.name == name)
    }

    /// When to be called again, if that is not planned already.
    pub(super) fn take_wake(&mut self, now: Time) -> Option<Time> {
        if self.planned.is_some_and(|planned| planned <= now) {
            self.planned = None;
        }
        let next = self.next_wake()?;
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
        let steps = self
            .containers
            .iter()
            .filter_map(|container| match &container.step {
                Some(Step::Pulling { until, .. } | Step::Starting { until }) => Some(*until),
                None => container.ends_at().map(|(at, _)| at),
            });
        steps
            .chain(sandbox)
            .chain(self.retry_at)
            .chain(self.probes.next_at())
            .chain(self.volumes.retry_at())
            .min()
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
        if self.retry_at.is_some_and(|at| at <= now) {
            self.retry_at = None;
        }
        for index in 0..self.containers.len() {
            self.end_if_due(now, index);
        }
        if self.pod.metadata.deletion_timestamp.is_some() {
            termination::stop(self, env, host);
        } else if !self.has_ended() {
            self.bring_up(env, host);
            probes::run(self, env, host);
        }
        status::report(self, env, host);
        termination::finish(self, env, host);
    }

    fn end_if_due(&mut self, now: Time, index: usize) {
        let Some(container) = self.containers.get_mut(index) else {
            return;
        };
        if let Some((at, code)) = container.ends_at().filter(|(at, _)| *at <= now) {
            let reason = if code == 0 { "Completed" } else { "Error" };
            container.end(at, code, reason, None);
            self.probes.forget(&container.name);
        }
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
            .filter(|container| !container.init)
            .peekable();
        let all_ended = main.peek().is_some()
            && main.all(|container| container.ended().is_some() && !self.restarts(container));
        failed_init || all_ended
    }

    /// Whether a container that ended is to be started again.
    fn restarts(&self, container: &Container) -> bool {
        let Some(end) = container.last_ended() else {
            return true;
        };
        match self.pod.spec.restart_policy.as_deref() {
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
    }

    fn bring_up(&mut self, env: &mut Env<'_>, host: &mut Host<'_>) {
        let now = env.sim.now;
        match self.sandbox {
            Sandbox::Absent => {
                if volumes::mount(self, env, host) {
                    let until = now + self.draw(env, "sandbox", SANDBOX_TIME);
                    self.sandbox = Sandbox::Creating { until };
                }
                return;
            }
            Sandbox::Creating { until } if until > now => return,
            Sandbox::Creating { .. } => {
                let on_host = self.pod.spec.host_network == Some(true);
                let ip = if on_host {
                    host.spec.address.to_string()
                } else {
                    host.allocate_ip()
                };
                self.sandbox = Sandbox::Up { ip };
            }
            Sandbox::Up { .. } => {}
        }
        for index in 0..self.containers.len() {
            if !self.bring_up_container(env, host, index) {
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
            return self.advance(env, host, index, step) && (!init || sidecar);
        }
        match &container.state {
            State::Running { .. } => !init || sidecar,
            State::Terminated(end) if init && end.exit_code == 0 && !sidecar => true,
            _ if !self.restarts(container) => true,
            _ => {
                let started = self.begin(env, host, index);
                // A container that waits for its back-off does not hold up the others; one being started does.
                !started && !init
            }
        }
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
        let present = ImageReference::parse(&image_name)
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
                self.containers[index].wait("ErrImageNeverPull", Some(message));
                self.retry(env, RETRY_TIME);
                return false;
            }
            _ => self.pull(env, host, index, &image_name),
        }
        true
    }

    fn pull(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize, image_name: &str) {
        let now = env.sim.now;
        self.event(
            env,
            host,
            index,
            (EventType::Normal, "Pulling"),
            format!("Pulling image \"{image_name}\""),
        );
        let (until, result) = match host.catalog.resolve(env.sim.rng, image_name) {
            Ok(image) => {
                let (node, speed) = (&host.spec.name, host.spec.pull_mib_per_sec);
                (host.images.pull(now, env.sim.rng, node, &image, speed), Ok(image))
            }
            Err(refusal) => (now + self.draw(env, "pull-refusal", REFUSAL_TIME), Err(refusal.0)),
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
        container.step = None;
        container.wait("ErrImagePull", Some(error));
        container.pull_blocked_until = now + container.pull_back_off.next(now);
        self.retry(env, PULL_RETRY_TIME);
    }

    /// The pull is held back after a failure.
    fn hold_pull(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) {
        let name = self.image_name(index);
        let waiting = matches!(&self.containers[index].state, State::Waiting { reason, .. } if reason == "ErrImagePull");
        let error = match &self.containers[index].state {
            State::Waiting {
                message: Some(message),
                ..
            } => message.clone(),
            _ => String::new(),
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
        if waiting {
            let message = format!("Back-off pulling image \"{name}\": ErrImagePull: {error}");
            self.containers[index].wait("ImagePullBackOff", Some(message));
        }
        let blocked = self.containers[index].pull_blocked_until;
        let jitter = self.draw(
            env,
            "worker-jitter",
            (Duration::from_secs(1), Duration::from_secs(5)),
        );
        self.retry_no_later_than(blocked + jitter);
    }

    /// The restart is held back after an end: shown from the second look on, as the kubelet's cache of reasons does.
    fn hold_back(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) {
        let identity = format!("{}_{}({})", self.pod.name(), self.pod.namespace(), self.pod.uid());
        let container = &mut self.containers[index];
        let name = container.name.clone();
        let delay = format_go_duration(container.restart_delay().as_millis());
        if self.retry_at.is_some() {
            return;
        }
        let seen_before = container
            .ended()
            .is_some_and(|end| env.sim.now.since(end.finished_at) > RETRY_TIME.0);
        if seen_before && let State::Terminated(end) = container.state.clone() {
            container.last = Some(end);
            let message = format!("back-off {delay} restarting failed container={name} pod={identity}");
            container.wait("CrashLoopBackOff", Some(message));
        }
        let message = format!("Back-off restarting failed container {name} in pod {identity}");
        self.event(env, host, index, (EventType::Warning, "BackOff"), message);
        self.retry(env, RETRY_TIME);
    }

    fn start(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) -> bool {
        let now = env.sim.now;
        let Some(spec) = self.spec_of(&self.containers[index].name).cloned() else {
            return false;
        };
        if let Err(error) = volumes::check_environment(&self.pod, &spec, env, host.user) {
            self.event(
                env,
                host,
                index,
                (EventType::Warning, "Failed"),
                format!("Error: {error}"),
            );
            self.containers[index].step = None;
            self.containers[index].wait("CreateContainerConfigError", Some(error));
            self.retry(env, RETRY_TIME);
            return false;
        }
        let Some(image) = self.containers[index].image.clone() else {
            return false;
        };
        let program = host
            .catalog
            .program(&image.reference, spec.command.as_deref(), spec.args.as_deref());
        self.draws += 1;
        let word = |n| {
            env.sim
                .rng
                .draw("container-id", self.pod.uid(), self.draws * 4 + n)
        };
        let id = format!(
            "containerd://{:016x}{:016x}{:016x}{:016x}",
            word(0),
            word(1),
            word(2),
            word(3)
        );
        self.event(
            env,
            host,
            index,
            (EventType::Normal, "Created"),
            "Container created".to_owned(),
        );
        let cannot_start = if let Ending::CannotStart { message } = &program.ending {
            Some(message.clone())
        } else {
            None
        };
        self.containers[index].start(now, id, program);
        if let Some(message) = cannot_start {
            self.event(
                env,
                host,
                index,
                (EventType::Warning, "Failed"),
                format!("Error: {message}"),
            );
            self.containers[index].end(now, 128, "StartError", Some(message));
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
        container.ready = spec.readiness_probe.is_none();
        self.probes.begin(&spec, container, now);
        true
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
