//! Probes (`pkg/kubelet/prober`): whether a container has started, lives, and is ready. Each probe of a container has a worker of its own
//! that ticks from the moment the Pod came to the node.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::container::{Container, State};
use super::worker::PodWorker;
use super::{Host, processes, requests};
use crate::api::Pod;
use crate::api::types::core::{Container as ContainerSpec, Probe};
use crate::client::{Env, EventType};
use crate::sim::Time;
use crate::sorted::SortedMap;

/// What a probe is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Purpose {
    Startup,
    Liveness,
    Readiness,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::Startup, Self::Liveness, Self::Readiness];

    const fn name(self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
        }
    }

    const fn of(self, spec: &ContainerSpec) -> Option<&Probe> {
        match self {
            Self::Startup => spec.startup_probe.as_ref(),
            Self::Liveness => spec.liveness_probe.as_ref(),
            Self::Readiness => spec.readiness_probe.as_ref(),
        }
    }
}

/// One probe of one container.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Prober {
    next_at: Time,
    /// The last result, and how often it came in a row.
    last: Option<bool>,
    run: i32,
    /// The command that runs, and when its time is up.
    session: Option<(u64, Time)>,
}

/// The probes of a Pod's running containers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Probes {
    probers: SortedMap<(String, Purpose), Prober>,
    /// Containers that failed a probe and are to be restarted.
    failed: SortedMap<String, bool>,
}

impl Probes {
    /// When the next one is due.
    pub(super) fn next_at(&self) -> Option<Time> {
        let times = self.probers.values().map(|prober| match prober.session {
            Some((_, deadline)) => deadline,
            None => prober.next_at,
        });
        times.min()
    }

    /// A container started.
    pub(super) fn begin(&mut self, spec: &ContainerSpec, now: Time) {
        for purpose in Purpose::ALL {
            let Some(probe) = purpose.of(spec) else { continue };
            // The first probe comes a moment after the start, as the prober's loop is not in step with it.
            let delay = secs(probe.initial_delay_seconds, 0).max(Duration::from_millis(350));
            let prober = Prober {
                next_at: now + delay,
                last: None,
                run: 0,
                session: None,
            };
            self.probers.insert((spec.name.clone(), purpose), prober);
        }
    }

    /// A container ended.
    pub(super) fn forget(&mut self, name: &str) {
        self.probers.retain(|(container, _), _| container != name);
        self.failed.remove(name);
    }

    /// A look at the Pod makes containers that are not ready be asked at once.
    pub(super) fn trigger(&mut self, containers: &[Container], now: Time) {
        for container in containers
            .iter()
            .filter(|container| container.is_running() && container.started && !container.ready)
        {
            let State::Running { since } = container.state else {
                continue;
            };
            if let Some(prober) = self
                .probers
                .get_mut(&(container.name.clone(), Purpose::Readiness))
                && prober.last.is_none()
                && prober.session.is_none()
                && now > since
            {
                prober.next_at = prober.next_at.min(now);
            }
        }
    }

    /// Whether a container failed a probe that ends it.
    pub(super) fn must_restart(&self, name: &str) -> bool {
        self.failed.contains_key(name)
    }

    /// How long a container that failed gets to stop, and what is said of it.
    pub(super) fn restart(&mut self, name: &str, pod: &Pod) -> (Duration, String) {
        let startup = self.failed.remove(name).unwrap_or(false);
        let init = pod.spec.init_containers.iter().flatten();
        let spec = init
            .chain(&pod.spec.containers)
            .find(|container| container.name == name);
        let purpose = if startup {
            Purpose::Startup
        } else {
            Purpose::Liveness
        };
        let own = spec
            .and_then(|spec| purpose.of(spec))
            .and_then(|probe| probe.termination_grace_period_seconds);
        let grace = own.or(pod.spec.termination_grace_period_seconds).unwrap_or(30);
        let what = purpose.name().to_lowercase();
        (
            Duration::from_secs(grace.max(0).unsigned_abs()),
            format!(
                "Container {name} failed {what} probe{}",
                if pod.spec.restart_policy.as_deref() == Some("Never") {
                    ""
                } else {
                    ", will be restarted"
                }
            ),
        )
    }
}

fn secs(value: Option<i32>, default: u64) -> Duration {
    let secs = value
        .and_then(|value| u64::try_from(value).ok())
        .unwrap_or(default);
    Duration::from_secs(secs)
}

/// Runs the probes that are due, and hears of those that ended.
pub(super) fn run(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>) {
    let now = env.sim.now;
    let probers = worker.probes.probers.iter();
    let due: Vec<(String, Purpose)> = probers
        .filter(|(_, prober)| prober.session.is_some() || prober.next_at <= now)
        .map(|(key, _)| key.clone())
        .collect();
    for (name, purpose) in due {
        let index = worker
            .containers
            .iter()
            .position(|container| container.name == name);
        let probe = worker.spec_of(&name).and_then(|spec| purpose.of(spec)).cloned();
        if let (Some(index), Some(probe)) = (index, probe) {
            run_one(worker, env, host, (index, purpose), &probe);
        }
    }
}

fn run_one(
    worker: &mut PodWorker,
    env: &mut Env<'_>,
    host: &mut Host<'_>,
    (index, purpose): (usize, Purpose),
    probe: &Probe,
) {
    let now = env.sim.now;
    let Some(container) = worker.containers.get_mut(index) else {
        return;
    };
    let key = (container.name.clone(), purpose);
    let Some(prober) = worker.probes.probers.get_mut(&key) else {
        return;
    };
    if let Some((session, deadline)) = prober.session {
        let ended = container
            .live
            .processes
            .as_ref()
            .map_or(Some(137), |processes| processes.ended(session));
        if ended.is_none() && now < deadline {
            return;
        }
        prober.session = None;
        let (output, status) = container
            .live
            .processes
            .as_mut()
            .map_or((Vec::new(), None), |processes| {
                let taken = processes.take(session);
                processes.drop_session(session);
                taken
            });
        let text: String = output
            .iter()
            .map(|chunk| String::from_utf8_lossy(&chunk.bytes))
            .collect();
        let failure = match status {
            Some(0) => None,
            Some(_) => Some(text),
            None => {
                let command = probe
                    .exec
                    .as_ref()
                    .and_then(|exec| exec.command.clone())
                    .unwrap_or_default();
                let secs = probe.timeout_seconds.unwrap_or(1);
                Some(format!(
                    "command timed out: {:?} timed out after {secs}s",
                    command.join(" ")
                ))
            }
        };
        return conclude(worker, env, host, (index, purpose), (probe, failure));
    }
    if prober.next_at > now {
        return;
    }
    prober.next_at = now + secs(probe.period_seconds, 10).max(Duration::from_secs(1));
    // Whether it has started is asked first, and alone; then no more.
    if !container.is_running()
        || container.stopping.is_some()
        || (purpose == Purpose::Startup) == container.started
    {
        return;
    }
    if let Some(action) = &probe.exec {
        let argv = action.command.clone().unwrap_or_default();
        let deadline = now + secs(probe.timeout_seconds, 1);
        match processes::exec(worker, env, host, index, (&argv, false, false)) {
            Ok(session) => {
                if let Some(prober) = worker.probes.probers.get_mut(&key) {
                    prober.session = Some((session, deadline));
                }
            }
            Err(why) => {
                let failure = format!(
                    "OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown"
                );
                conclude(worker, env, host, (index, purpose), (probe, Some(failure)));
            }
        }
        return;
    }
    let failure = request_failure(worker, env, host, index, probe);
    conclude(worker, env, host, (index, purpose), (probe, failure));
}

/// What a failing request says; `None` if it succeeds.
fn request_failure(
    worker: &mut PodWorker,
    env: &mut Env<'_>,
    host: &mut Host<'_>,
    index: usize,
    probe: &Probe,
) -> Option<String> {
    let by_image = |container: &Container| container.live.server.is_some();
    if host.catalog.answers_every_probe() && worker.containers.get(index).is_some_and(by_image) {
        return None;
    }
    if let Some(action) = &probe.http_get {
        let timeout = secs(probe.timeout_seconds, 1);
        return match requests::http_get(worker, env, host, index, (action, timeout)) {
            Ok(reply) if (200..400).contains(&reply.status) => None,
            Ok(reply) => Some(format!("HTTP probe failed with statuscode: {}", reply.status)),
            Err(why) => Some(why),
        };
    }
    // No server here speaks HTTP/2: a gRPC client waits for its preface until its time is up, whether the port is open or not.
    if let Some(action) = &probe.grpc {
        return Some(format!(
            "timeout: failed to connect service \"{}:{}\" within {}s: context deadline exceeded",
            worker.ip(),
            action.port,
            secs(probe.timeout_seconds, 1).as_secs()
        ));
    }
    let tcp = probe.tcp_socket.as_ref()?;
    requests::connect(worker, env, host, index, &tcp.port).err()
}

/// Takes a result over: so many of a kind in a row change what the container is held for.
fn conclude(
    worker: &mut PodWorker,
    env: &mut Env<'_>,
    host: &mut Host<'_>,
    (index, purpose): (usize, Purpose),
    (probe, failure): (&Probe, Option<String>),
) {
    let passed = failure.is_none();
    if let Some(output) = failure {
        let message = format!("{} probe failed: {output}", purpose.name());
        worker.event(env, host, index, (EventType::Warning, "Unhealthy"), message);
    }
    let Some(container) = worker.containers.get_mut(index) else {
        return;
    };
    let key = (container.name.clone(), purpose);
    let Some(prober) = worker.probes.probers.get_mut(&key) else {
        return;
    };
    prober.run = if prober.last == Some(passed) {
        prober.run + 1
    } else {
        1
    };
    prober.last = Some(passed);
    let threshold = if passed {
        probe.success_threshold.unwrap_or(1)
    } else {
        probe.failure_threshold.unwrap_or(3)
    };
    if prober.run < threshold {
        return;
    }
    match purpose {
        Purpose::Readiness => {
            worker.changed |= container.ready != passed;
            container.ready = passed;
        }
        Purpose::Startup if passed => {
            container.started = true;
            worker.changed = true;
            worker.dirty = true;
            let readiness = (key.0.clone(), Purpose::Readiness);
            if !worker.probes.probers.contains_key(&readiness) {
                container.ready = true;
            }
            worker.probes.probers.remove(&key);
        }
        _ if passed => {}
        Purpose::Startup | Purpose::Liveness => {
            // Nothing more is asked until there is a new instance.
            worker.probes.probers.retain(|(name, _), _| *name != key.0);
            worker.probes.failed.insert(key.0, purpose == Purpose::Startup);
            worker.dirty = true;
        }
    }
}
