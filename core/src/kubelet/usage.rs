//! What the containers of a node use, as the kubelet's resource metrics tell it (`/metrics/resource`).

use std::sync::Arc;

use super::Kubelet;
use super::container::Container;
use super::worker::PodWorker;
use crate::api::quantity::amount;
use crate::apiserver::Usage;
use crate::sim::{Rng, Time};

const MIB: u64 = 1 << 20;
/// What a process that waits uses.
const IDLE_CPU_NANOS: u64 = 1_000_000;
/// What a process that computes without pause uses, unless it is limited.
const BUSY_CPU_NANOS: u64 = 1_000_000_000;
/// What a shell and what it runs use.
const SHELL_MEMORY: u64 = MIB;
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
    /// What the node uses, and what its Pods use, at a moment.
    #[must_use]
    pub fn usage(&self, rng: Rng, now: Time) -> (Usage, Vec<PodUsage>) {
        let mut node = SYSTEM;
        let mut pods = Vec::new();
        for worker in self.workers.values() {
            let running = worker
                .containers
                .iter()
                .filter(|container| container.is_running());
            let containers: Vec<(String, Usage)> = running
                .map(|container| (container.name.clone(), of(worker, container, rng, now)))
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

fn of(worker: &PodWorker, container: &Container, rng: Rng, now: Time) -> Usage {
    let limits = worker
        .spec_of(&container.name)
        .and_then(|spec| spec.resources.as_ref()?.limits.as_ref());
    let limit = |name: &str| limits.and_then(|limits| limits.get(name)).map(amount);
    let computes = container
        .processes
        .as_ref()
        .is_some_and(crate::runtime::Processes::computes);
    let served = container
        .program
        .as_ref()
        .map(|program| u64::from(program.memory_mib) * MIB);
    let memory = if container.processes.is_some() {
        SHELL_MEMORY.max(served.unwrap_or(0))
    } else {
        served.unwrap_or(SHELL_MEMORY)
    };
    let cpu = if computes { BUSY_CPU_NANOS } else { IDLE_CPU_NANOS };
    // Nothing real is quite still: a twentieth more or less, from look to look.
    let wobble = 950 + rng.draw("usage", &container.id, now.as_secs()) % 100;
    let cpu = cpu * wobble / 1_000;
    let cpu_limit = limit("cpu").and_then(|found| u64::try_from(found.nanos).ok());
    let memory_limit = limit("memory").and_then(|found| u64::try_from(found.units()).ok());
    Usage {
        cpu_nanos: cpu.min(cpu_limit.unwrap_or(u64::MAX)),
        memory_bytes: (memory * wobble / 1_000).min(memory_limit.unwrap_or(u64::MAX)),
    }
}
