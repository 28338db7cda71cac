//! What a kubelet does when its node runs short (`pkg/kubelet/eviction`): Pods whose files are larger than they may be, and Pods that use most of
//! what is scarce, are evicted; when memory is gone altogether, the kernel kills. Looked at every ten seconds.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the path of the method is longer"
)]

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::container::Container;
use super::worker::PodWorker;
use super::{Kubelet, Machinery};
use crate::api::quantity::{Amount, amount};
use crate::api::types::core::Container as ContainerSpec;
use crate::api::{AnyObject, Node};
use crate::client::{Client, Env, EventType};
use crate::sim::Time;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
/// `memory.available`
const MEMORY_THRESHOLD: u64 = 100 * MIB;
/// The node's disk, and `nodefs.available` of it.
const DISK: u64 = 100 * GIB;
const DISK_THRESHOLD: u64 = DISK / 10;
/// What is on the disk from the start.
const DISK_SYSTEM: u64 = 12 * GIB;
/// How long a pressure is still said to be there (`evictionPressureTransitionPeriod`).
const TRANSITION: Duration = Duration::from_secs(300);
/// Pods from this priority on are not evicted (`SystemCriticalPriority`).
const CRITICAL: i32 = 2_000_000_000;
/// What the kubelet and the system use of memory.
const SYSTEM_MEMORY: u64 = 420 * MIB;

/// When each kind of pressure was last there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pressure {
    memory: Option<Time>,
    disk: Option<Time>,
}

impl Pressure {
    /// Whether memory and disk are said to be short.
    pub(super) fn holds(self, now: Time) -> (bool, bool) {
        let recent = |at: Option<Time>| at.is_some_and(|at| now.since(at) < TRANSITION);
        (recent(self.memory), recent(self.disk))
    }
}

/// A resource that can run short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scarce {
    Memory,
    Disk,
}

impl Scarce {
    const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Disk => "ephemeral-storage",
        }
    }
}

/// What a Pod uses of a resource, and what it asked for, by container.
struct Use {
    uid: String,
    priority: i32,
    containers: Vec<(String, u64, u64)>,
    used: u64,
    requested: u64,
}

impl Use {
    /// Whom it costs most to keep: who uses more than asked for, then low priority, then by how much more
    /// (`rankMemoryPressure`).
    fn rank(&self) -> (bool, i32, std::cmp::Reverse<i128>) {
        let beyond = i128::from(self.used) - i128::from(self.requested);
        (beyond <= 0, self.priority, std::cmp::Reverse(beyond))
    }
}

fn request(spec: &ContainerSpec, name: &str) -> u64 {
    let requests = spec
        .resources
        .as_ref()
        .and_then(|resources| resources.requests.as_ref());
    let asked = requests.and_then(|requests| requests.get(name)).map(amount);
    asked
        .and_then(|asked| u64::try_from(asked.units()).ok())
        .unwrap_or(0)
}

/// A size as Kubernetes writes it.
fn size(bytes: u64) -> String {
    Amount::from_bytes(i64::try_from(bytes).unwrap_or(i64::MAX)).to_string()
}

/// Whole kibibytes, as cAdvisor measures.
fn measured(bytes: u64) -> String {
    if bytes == 0 {
        "0".to_owned()
    } else {
        format!("{}Ki", bytes >> 10)
    }
}

/// Bytes of the volumes that are held in memory, and of those on the disk.
fn volume_bytes(worker: &PodWorker) -> (u64, u64) {
    let mut sums = (0, 0);
    for volume in worker.pod.spec.volumes.iter().flatten() {
        let Some(source) = &volume.empty_dir else { continue };
        let bytes = worker
            .volumes
            .folders
            .get(&volume.name)
            .map_or(0, |folder| folder.disk_bytes());
        if source.medium.as_deref() == Some("Memory") {
            sums.0 += bytes;
        } else {
            sums.1 += bytes;
        }
    }
    sums
}

/// Bytes that a container has written over its image.
fn layer_bytes(container: &Container, machinery: &Machinery<'_>) -> u64 {
    let Some(layer) = &container.live.layer else {
        return 0;
    };
    let own = container.image.as_ref().map_or(0, |image| {
        machinery.catalog.facts(&image.reference).files.disk_bytes()
    });
    layer.disk_bytes().saturating_sub(own)
}

fn running<'a>(worker: &'a PodWorker, name: &str) -> Option<&'a Container> {
    worker.container(name).filter(|container| container.is_running())
}

/// What a look at a resource needs.
type Look<'a> = (Scarce, &'a Machinery<'a>, Time);

fn container_bytes(container: &Container, (scarce, machinery, now): Look<'_>) -> u64 {
    match scarce {
        Scarce::Memory => container.live.memory_bytes(now),
        Scarce::Disk => layer_bytes(container, machinery),
    }
}

/// Bytes of a Pod's volumes that count as this resource.
fn shared_bytes(worker: &PodWorker, scarce: Scarce) -> u64 {
    let (in_memory, on_disk) = volume_bytes(worker);
    match scarce {
        Scarce::Memory => in_memory,
        Scarce::Disk => on_disk,
    }
}

/// Bytes that a Pod uses.
fn used_bytes(worker: &PodWorker, look: Look<'_>) -> u64 {
    let containers = worker.pod.spec.containers.iter();
    let own = containers.filter_map(|spec| Some(container_bytes(running(worker, &spec.name)?, look)));
    shared_bytes(worker, look.0) + own.sum::<u64>()
}

fn usage(worker: &PodWorker, look: Look<'_>) -> Use {
    let mut containers = Vec::new();
    let mut requested = 0;
    for spec in &worker.pod.spec.containers {
        let Some(container) = running(worker, &spec.name) else {
            continue;
        };
        let asked = request(spec, look.0.name());
        requested += asked;
        containers.push((spec.name.clone(), container_bytes(container, look), asked));
    }
    Use {
        uid: worker.pod.uid().to_owned(),
        priority: worker.pod.spec.priority.unwrap_or(0),
        used: shared_bytes(worker, look.0) + containers.iter().map(|(_, used, _)| used).sum::<u64>(),
        containers,
        requested,
    }
}

/// Whether a Pod is still to be looked at.
fn active(worker: &PodWorker) -> bool {
    worker.terminating_since.is_none() && worker.failed.is_none() && !worker.has_ended()
}

/// Why a Pod's files are more than they may be (`localStorageEviction`).
fn too_large(worker: &PodWorker, machinery: &Machinery<'_>) -> Option<String> {
    for volume in worker.pod.spec.volumes.iter().flatten() {
        let limit = volume
            .empty_dir
            .as_ref()
            .and_then(|source| source.size_limit.as_ref());
        let Some(limit) = limit else { continue };
        let most = u64::try_from(amount(limit).units()).unwrap_or(0);
        let bytes = worker
            .volumes
            .folders
            .get(&volume.name)
            .map_or(0, |folder| folder.disk_bytes());
        if most > 0 && bytes > most {
            return Some(format!(
                "Usage of EmptyDir volume {:?} exceeds the limit {:?}. ",
                volume.name, limit.0
            ));
        }
    }
    let mut total = 0;
    let mut limit_of_all = 0;
    let mut all_limited = !worker.pod.spec.containers.is_empty();
    for spec in &worker.pod.spec.containers {
        let bytes = worker
            .container(&spec.name)
            .map_or(0, |container| layer_bytes(container, machinery));
        total += bytes;
        let limits = spec
            .resources
            .as_ref()
            .and_then(|resources| resources.limits.as_ref());
        match limits.and_then(|limits| limits.get("ephemeral-storage")) {
            Some(limit) => {
                let most = u64::try_from(amount(limit).units()).unwrap_or(0);
                limit_of_all += most;
                if bytes > most {
                    return Some(format!(
                        "Container {} exceeded its local ephemeral storage limit {:?}. ",
                        spec.name, limit.0
                    ));
                }
            }
            None => all_limited = false,
        }
    }
    total += volume_bytes(worker).1;
    (all_limited && total > limit_of_all).then(|| {
        format!(
            "Pod ephemeral local storage usage exceeds the total limit of containers {}. ",
            size(limit_of_all)
        )
    })
}

impl Kubelet {
    /// Looks whether anything is short, and acts on it.
    pub(super) fn manage_evictions(&mut self, env: &mut Env<'_>, machinery: &mut Machinery<'_>) {
        let large: Vec<(String, String)> = self
            .workers
            .values()
            .filter(|worker| active(worker))
            .filter_map(|worker| Some((worker.pod.uid().to_owned(), too_large(worker, machinery)?)))
            .collect();
        for (uid, message) in large {
            self.evict(env, machinery, (&uid, message));
        }
        for scarce in [Scarce::Memory, Scarce::Disk] {
            self.relieve(env, machinery, scarce);
        }
    }

    fn relieve(&mut self, env: &mut Env<'_>, machinery: &mut Machinery<'_>, scarce: Scarce) {
        let now = env.sim.now;
        let look = (scarce, &*machinery, now);
        let workers = || self.workers.values().filter(|worker| active(worker));
        let used: u64 = workers().map(|worker| used_bytes(worker, look)).sum();
        let (capacity, threshold, system) = match scarce {
            Scarce::Memory => (
                self.spec.memory_bytes.unsigned_abs(),
                MEMORY_THRESHOLD,
                SYSTEM_MEMORY,
            ),
            Scarce::Disk => {
                let images: u64 = self.images.iter().map(|image| image.size_bytes).sum();
                (
                    DISK,
                    DISK_THRESHOLD,
                    DISK_SYSTEM + images + self.files.disk_bytes(),
                )
            }
        };
        let taken = used + system;
        let available = capacity.saturating_sub(taken);
        if available >= threshold {
            return;
        }
        let mut uses: Vec<Use> = workers().map(|worker| usage(worker, look)).collect();
        let before = self.pressure.holds(now);
        match scarce {
            Scarce::Memory => self.pressure.memory = Some(now),
            Scarce::Disk => self.pressure.disk = Some(now),
        }
        if self.pressure.holds(now) != before {
            let news = match scarce {
                Scarce::Memory => "NodeHasInsufficientMemory",
                Scarce::Disk => "NodeHasDiskPressure",
            };
            self.tell_node(
                env,
                EventType::Normal,
                news,
                &format!("Node {} status is now: {news}", self.spec.name),
            );
        }
        if scarce == Scarce::Memory && taken > capacity {
            return self.kill_for_memory(env, machinery, &uses);
        }
        let what = format!("Attempting to reclaim {}", scarce.name());
        self.tell_node(env, EventType::Warning, "EvictionThresholdMet", &what);
        crate::sort::sort_by_key(&mut uses, Use::rank);
        let Some(worst) = uses.into_iter().find(|usage| usage.priority < CRITICAL) else {
            return;
        };
        let mut message = format!(
            "The node was low on resource: {}. Threshold quantity: {}, available: {}. ",
            scarce.name(),
            size(threshold),
            measured(available)
        );
        for (name, used, asked) in &worst.containers {
            if used > asked {
                message.push_str(&format!(
                    "Container {name} was using {}, request is {}, has larger consumption of {}. ",
                    measured(*used),
                    size(*asked),
                    scarce.name()
                ));
            }
        }
        self.evict(env, machinery, (&worst.uid, message));
    }

    /// The kernel is out of memory: it kills whoever has the highest score (`oom_score_adj` as `pkg/kubelet/qos` sets it).
    fn kill_for_memory(&mut self, env: &mut Env<'_>, machinery: &mut Machinery<'_>, uses: &[Use]) {
        let now = env.sim.now;
        let capacity = self.spec.memory_bytes.unsigned_abs().max(1);
        let mut worst: Option<(i64, String, String)> = None;
        for usage in uses {
            let Some(worker) = self.workers.get(&usage.uid) else {
                continue;
            };
            let guaranteed = worker.pod.status.qos_class.as_deref() == Some("Guaranteed");
            for (name, used, asked) in &usage.containers {
                let part =
                    |bytes: u64| i64::try_from(bytes.saturating_mul(1_000) / capacity).unwrap_or(1_000);
                let adjustment = if guaranteed || usage.priority >= CRITICAL {
                    -997
                } else if *asked == 0 {
                    1_000
                } else {
                    (1_000 - part(*asked)).clamp(3, 999)
                };
                let score = adjustment + part(*used);
                if worst.as_ref().is_none_or(|(most, _, _)| score > *most) {
                    worst = Some((score, usage.uid.clone(), name.clone()));
                }
            }
        }
        let Some((_, uid, name)) = worst else { return };
        let mut process = name.clone();
        if let Some(worker) = self.workers.get_mut(&uid)
            && let Some(container) = worker
                .containers
                .iter_mut()
                .find(|container| container.name == name)
        {
            process = container
                .live
                .line
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_owned();
            container.live.run_out_of_memory(now);
        }
        let message = format!("System OOM encountered, victim process: {process}, pid: 4242");
        self.tell_node(env, EventType::Warning, "SystemOOM", &message);
        self.work(env, machinery, &uid);
    }

    fn tell_node(&mut self, env: &mut Env<'_>, kind: EventType, reason: &str, message: &str) {
        if let Ok(node) = Client::new(env, &self.user).get::<Node>("", &self.spec.name) {
            let about = AnyObject::Node(node);
            self.recorder
                .record(env, &self.user, &about, None, (kind, reason), message);
        }
    }

    /// A Pod has to go: it fails, and its containers are killed.
    fn evict(&mut self, env: &mut Env<'_>, machinery: &mut Machinery<'_>, (uid, message): (&str, String)) {
        let Some(worker) = self.workers.get_mut(uid) else {
            return;
        };
        let about = AnyObject::Pod(worker.pod.clone());
        worker.failed = Some(("Evicted".to_owned(), message.clone()));
        worker.dirty = true;
        let kind = (EventType::Warning, "Evicted");
        self.recorder.record(env, &self.user, &about, None, kind, message);
        self.work(env, machinery, uid);
    }
}
