//! What the containers of a node use, as the kubelet's resource metrics tell it (`/metrics/resource`).

use std::sync::Arc;

use super::Kubelet;
use super::container::Container;
use super::requests;
use crate::apiserver::Usage;
use crate::runtime::Limits;
use crate::sim::{Rng, Time};

const MIB: u64 = 1 << 20;
/// What the kubelet and the system use besides.
const SYSTEM: Usage = Usage {
    cpu_nanos: 60_000_000,
    memory_bytes: 420 * MIB,
};

/// What the containers of a Pod use.
pub struct PodUsage {
    /// The Pod's namespace and name.
    pub pod: (Arc<str>, Arc<str>),
    /// Each running container and what it uses.
    pub containers: Vec<(String, Usage)>,
}

impl Kubelet {
    /// What the node uses now, for somebody whose looks do not count: the metrics server finds what it would have found anyway.
    #[must_use]
    pub fn usage_seen(&self, now: Time) -> Usage {
        let cpu_millis = self.spec.cpu_millis;
        let mut node = SYSTEM;
        for worker in self.workers.values() {
            for container in worker
                .containers
                .iter()
                .filter(|container| container.is_running())
            {
                let limits = requests::limits(worker.spec_of(&container.name), cpu_millis);
                let nanos = container.live.cpu_nanos(now, limits);
                node += bounded(limits, nanos, container.live.memory_bytes(now));
            }
        }
        node
    }

    /// What the node uses, and what its Pods use, at a moment.
    pub fn usage(&mut self, rng: Rng, now: Time) -> (Usage, Vec<PodUsage>) {
        let mut node = SYSTEM;
        let mut pods = Vec::new();
        let cpu_millis = self.spec.cpu_millis;
        for worker in self.workers.values_mut() {
            let specs: Vec<Limits> = worker
                .containers
                .iter()
                .map(|container| requests::limits(worker.spec_of(&container.name), cpu_millis))
                .collect();
            let containers: Vec<(String, Usage)> = worker
                .containers
                .iter_mut()
                .zip(specs)
                .filter(|(container, _)| container.is_running())
                .map(|(container, limits)| (container.name.clone(), of(container, limits, rng, now)))
                .collect();
            for (_, usage) in &containers {
                node += *usage;
            }
            if !containers.is_empty() {
                let pod = worker.pod();
                pods.push(PodUsage {
                    pod: (pod.namespace().into(), pod.name().into()),
                    containers,
                });
            }
        }
        (node, pods)
    }
}

fn of(container: &mut Container, limits: Limits, rng: Rng, now: Time) -> Usage {
    // Nothing real is quite still: a twentieth more or less, from look to look.
    let wobble = 950 + rng.draw("usage", &container.id, now.as_secs()) % 100;
    let cpu_nanos = container.live.take_cpu_nanos(now, limits) * wobble / 1_000;
    let memory_bytes = container.live.memory_bytes(now) * wobble / 1_000;
    bounded(limits, cpu_nanos, memory_bytes)
}

/// No container uses more than its limits let it.
fn bounded(limits: Limits, cpu_nanos: u64, memory_bytes: u64) -> Usage {
    let most = limits
        .cpu_millis
        .map_or(u64::MAX, |millis| millis.saturating_mul(1_000_000));
    Usage {
        cpu_nanos: cpu_nanos.min(most),
        memory_bytes: memory_bytes.min(limits.memory_bytes.unwrap_or(u64::MAX)),
    }
}
