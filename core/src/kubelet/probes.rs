//! Probes (`pkg/kubelet/prober`): whether a container that runs is ready.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Host;
use super::container::{Container, State};
use super::worker::PodWorker;
use crate::api::types::IntOrString;
use crate::api::types::core::{Container as ContainerSpec, Probe};
use crate::client::{Env, EventType};
use crate::sim::Time;

/// The readiness probe of one container.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Prober {
    next_at: Time,
    successes: i32,
    failures: i32,
}

/// The readiness probes of a Pod's containers, by container.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Probes {
    probers: BTreeMap<String, Prober>,
}

impl Probes {
    /// When the next one is due.
    pub(super) fn next_at(&self) -> Option<Time> {
        self.probers.values().map(|prober| prober.next_at).min()
    }

    /// A container started.
    pub(super) fn begin(&mut self, spec: &ContainerSpec, container: &Container, now: Time) {
        if let Some(probe) = &spec.readiness_probe {
            let delay = Duration::from_secs(secs(probe.initial_delay_seconds, 0));
            // The first probe comes a moment after the start, as the prober's loop is not in step with it.
            let next_at = now + delay.max(Duration::from_millis(100));
            self.probers.insert(
                container.name.clone(),
                Prober {
                    next_at,
                    successes: 0,
                    failures: 0,
                },
            );
        }
    }

    /// A container ended.
    pub(super) fn forget(&mut self, name: &str) {
        self.probers.remove(name);
    }
}

fn secs(value: Option<i32>, default: u64) -> u64 {
    value
        .and_then(|value| u64::try_from(value).ok())
        .unwrap_or(default)
}

/// Runs the probes that are due.
pub(super) fn run(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>) {
    let now = env.sim.now;
    let due: Vec<String> = worker
        .probes
        .probers
        .iter()
        .filter(|(_, prober)| prober.next_at <= now)
        .map(|(name, _)| name.clone())
        .collect();
    for name in due {
        let Some(index) = worker
            .containers
            .iter()
            .position(|container| container.name == name)
        else {
            continue;
        };
        let Some(spec) = worker.spec_of(&name).cloned() else {
            continue;
        };
        let (Some(probe), Some(container)) = (spec.readiness_probe.clone(), worker.containers.get_mut(index))
        else {
            continue;
        };
        let failure = failure(&probe, &spec, container, now);
        let Some(prober) = worker.probes.probers.get_mut(&name) else {
            continue;
        };
        prober.next_at = now + Duration::from_secs(secs(probe.period_seconds, 10).max(1));
        if let Some(output) = failure {
            prober.successes = 0;
            prober.failures += 1;
            if prober.failures >= probe.failure_threshold.unwrap_or(3) {
                container.ready = false;
            }
            let message = format!("Readiness probe failed: {output}");
            worker.event(env, host, index, (EventType::Warning, "Unhealthy"), message);
        } else {
            prober.failures = 0;
            prober.successes += 1;
            if prober.successes >= probe.success_threshold.unwrap_or(1) {
                container.ready = true;
            }
        }
    }
}

/// What a failing probe says; `None` if it succeeds.
fn failure(probe: &Probe, spec: &ContainerSpec, container: &Container, now: Time) -> Option<String> {
    let State::Running { since } = container.state else {
        return Some("container is not running".to_owned());
    };
    let program = container.program.as_ref()?;
    let serves = |port: u16| program.ports.contains(&port) && now >= since + program.startup;
    let port_of = |port: &IntOrString| match port {
        IntOrString::Int(port) => u16::try_from(*port).ok(),
        IntOrString::String(name) => {
            let mut named = spec.ports.iter().flatten();
            let port = named.find(|port| port.name.as_ref() == Some(name))?;
            u16::try_from(port.container_port).ok()
        }
    };
    if let Some(action) = &probe.http_get {
        let port = port_of(&action.port)?;
        let path = action.path.as_deref().unwrap_or("/");
        let refused =
            format!("Get \"http://10.244.0.0:{port}{path}\": dial tcp: connect: connection refused");
        return (!serves(port)).then_some(refused);
    }
    if let Some(action) = &probe.tcp_socket {
        let port = port_of(&action.port)?;
        return (!serves(port)).then(|| format!("dial tcp :{port}: connect: connection refused"));
    }
    None
}
