//! The worker of one Pod (`pkg/kubelet/pod_workers.go`, `kuberuntime.SyncPod`): from the Pod's spec and the state of its
//! containers to the next thing to do. Level-triggered: it may be called at any moment, and says when to be called again.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::container::{Container, Step};
use super::{Host, probes, status, termination, volumes};
use crate::api::types::core::Container as ContainerSpec;
use crate::api::{AnyObject, Key, Kind, Pod, as_container};
use crate::client::{Env, EventType};
use crate::runtime::Generated;
use crate::sim::Time;

/// After a failure the worker looks again after this long (`backOffPeriod`, jittered).
pub(super) const RETRY_TIME: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(15));
/// Creating and starting a container.
pub(super) const START_TIME: (Duration, Duration) = (Duration::from_millis(40), Duration::from_millis(90));
/// Until the kubelet notices that a container has started, and that one has ended (`PLEG`, which lists once a second).
pub(super) const SEEN_STARTED: (Duration, Duration) = (Duration::from_millis(80), Duration::from_millis(300));
pub(super) const SEEN_ENDED: (Duration, Duration) =
    (Duration::from_millis(300), Duration::from_millis(1_000));

/// What is said of a Pod that was active for too long.
const EXCEEDED: &str = "Pod was active on the node longer than the specified deadline";
/// The least time between two wakes of a worker.
const LEAST_PAUSE: Duration = Duration::from_millis(1);

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
    pub(super) relist_at: Option<Time>,
    retry_at: Option<Time>,
    planned: Option<Time>,
    /// When its processes are woken.
    pub(super) processes_planned: Option<Time>,
    pub(super) draws: u64,
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
    pub(super) fn in_flight(&self) -> bool {
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

    pub(super) fn notice(&mut self, env: &Env<'_>, range: (Duration, Duration)) {
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

    /// The Pod as the kubelet names it in messages.
    pub(super) fn identity(&self) -> String {
        format!("{}_{}({})", self.pod.name(), self.pod.namespace(), self.pod.uid())
    }

    pub(super) fn retry(&mut self, env: &Env<'_>, range: (Duration, Duration)) {
        let at = env.sim.now + self.draw(env, "worker-retry", range);
        self.retry_no_later_than(at);
    }

    pub(super) fn retry_no_later_than(&mut self, at: Time) {
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
