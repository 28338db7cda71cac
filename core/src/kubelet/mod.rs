//! The kubelet of one node: it hears of the Pods bound to its node, makes their containers run, and reports what became of
//! them. Models `pkg/kubelet`; the container runtime under it is simulated ([`crate::runtime`]).

mod container;
mod credentials;
mod downward;
mod environment;
mod eviction;
mod hooks;
mod image_manager;
mod images;
mod logs;
mod network;
mod node;
mod probes;
mod processes;
mod requests;
mod resolv;
mod start_container;
mod status;
mod sync_pod;
mod termination;
mod usage;
mod volumes;
mod worker;

pub use network::{Listener, Outgoing};
pub use node::NodeSpec;
pub use processes::Streamed;
pub use usage::PodUsage;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{AnyObject, Pod};
use crate::apiserver::User;
use crate::client::{Env, EventRecorder, EventType};
use crate::runtime::{Catalog, Volumes};
use crate::sim::{EventQueue, Time, TraceId};
use crate::sorted::SortedMap;
use crate::userland::Folder;
use container::Step;
use environment::Variables;
use images::ImageStore;
use processes::Stream;
use worker::PodWorker;

/// How long a change takes to reach the kubelet.
const WATCH_LATENCY: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(10));
/// How often the node's lease is renewed, and its status computed (`nodeStatusUpdateFrequency`).
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How often the node's status is reported when nothing changes (`nodeStatusReportFrequency`).
const NODE_STATUS_PERIOD: Duration = Duration::from_secs(300);
/// The last address of a node's range that Pods get.
const FREE_ADDRESSES: u32 = 254;

/// What the kubelet is woken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Timer {
    /// A change of a Pod has arrived.
    Inbox,
    /// The worker of the Pod with this UID has something to do.
    Pod(String),
    /// The processes of the Pod with this UID have something to do.
    Processes(String),
    /// The node's lease and its status are due.
    Heartbeat(u32),
    /// The node's network is set up.
    Ready,
}

/// A change of a Pod on its way to the kubelet.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Arrival {
    at: Time,
    pod: Pod,
    gone: bool,
    cause: Option<TraceId>,
}

/// The kubelet of one node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kubelet {
    spec: NodeSpec,
    user: User,
    recorder: EventRecorder,
    inbox: Vec<Arrival>,
    arrivals: u64,
    workers: SortedMap<String, PodWorker>,
    images: ImageStore,
    timers: EventQueue<Timer>,
    last_ip: u32,
    /// Which Pod has an address of the node's range, by UID.
    addresses: SortedMap<Ipv4Addr, String>,
    /// What programs in containers have sent.
    outgoing: Vec<Outgoing>,
    /// When the node's status was last written.
    reported_at: Time,
    /// When the node's network is set up.
    ready_at: Time,
    /// Whether it writes events about its node.
    announces: bool,
    /// The node's own files, as `hostPath` volumes see them.
    files: Folder,
    /// Who is attached to containers.
    streams: SortedMap<u64, Stream>,
    /// Whether anything came over a stream since it was last asked.
    spoke: bool,
    /// The environment made last: most containers have the same.
    environment: Arc<Variables>,
    /// What its node runs short of.
    pressure: eviction::Pressure,
    /// How often it was started.
    starts: u32,
}

/// What all nodes share: the images that can be pulled, and the volumes of the cluster by name.
pub struct Machinery<'a> {
    /// The images.
    pub catalog: &'a Catalog,
    /// The files of PersistentVolumes.
    pub claims: &'a mut SortedMap<String, Folder>,
}

/// An image on its way to a container: nothing in the store says so but an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImagePull<'a> {
    /// The Pod's namespace.
    pub namespace: &'a str,
    /// The Pod's name.
    pub pod: &'a str,
    /// The container's name.
    pub container: &'a str,
    /// When it began.
    pub since: Time,
    /// When it will be there, or refused.
    pub until: Time,
}

/// What a Pod's worker needs of its kubelet while it works.
struct Host<'a> {
    spec: &'a NodeSpec,
    user: &'a User,
    recorder: &'a mut EventRecorder,
    images: &'a mut ImageStore,
    catalog: &'a Catalog,
    last_ip: &'a mut u32,
    addresses: &'a mut SortedMap<Ipv4Addr, String>,
    outgoing: &'a mut Vec<Outgoing>,
    files: &'a mut Folder,
    claims: &'a mut SortedMap<String, Folder>,
    streams: &'a mut SortedMap<u64, Stream>,
    spoke: &'a mut bool,
    environment: &'a mut Arc<Variables>,
    /// Whether Pods can be given a network.
    network_ready: bool,
}

impl Host<'_> {
    /// The next free address of the node's range, for the Pod of this UID (the `host-local` plugin); `None` if there is none left.
    fn allocate_ip(&mut self, uid: &str) -> Option<String> {
        let first = u32::from(self.spec.pod_network);
        for _ in 2..=FREE_ADDRESSES {
            *self.last_ip = if *self.last_ip >= FREE_ADDRESSES {
                2
            } else {
                *self.last_ip + 1
            };
            let address = Ipv4Addr::from(first + *self.last_ip);
            if !self.addresses.contains_key(&address) {
                self.addresses.insert(address, uid.to_owned());
                return Some(address.to_string());
            }
        }
        None
    }

    /// One copy of an environment that containers share.
    fn shared_environment(&mut self, variables: Variables) -> Arc<Variables> {
        if **self.environment != variables {
            *self.environment = Arc::new(variables);
        }
        Arc::clone(self.environment)
    }

    /// Where mounts lead.
    fn volumes<'a>(&'a mut self, pod: &'a mut SortedMap<String, Folder>) -> Volumes<'a> {
        Volumes {
            pod,
            node: self.files,
            claims: self.claims,
        }
    }
}

impl Kubelet {
    /// The kubelet of this node.
    #[must_use]
    pub fn new(spec: NodeSpec) -> Self {
        let user = User::new(
            &format!("system:node:{}", spec.name),
            &["system:nodes", "system:authenticated"],
        );
        let recorder = EventRecorder::new("kubelet", &spec.name);
        Self {
            spec,
            user,
            recorder,
            inbox: Vec::new(),
            arrivals: 0,
            workers: SortedMap::new(),
            images: ImageStore::default(),
            timers: EventQueue::default(),
            last_ip: 1,
            addresses: SortedMap::new(),
            outgoing: Vec::new(),
            reported_at: Time::ZERO,
            ready_at: Time::ZERO,
            announces: false,
            files: Folder::with_directories([
                "/etc", "/home", "/mnt", "/opt", "/run", "/srv", "/tmp", "/var", "/var/lib", "/var/log",
            ]),
            streams: SortedMap::new(),
            spoke: false,
            environment: Arc::default(),
            pressure: eviction::Pressure::default(),
            starts: 0,
        }
    }

    /// Its machine.
    #[must_use]
    pub fn spec(&self) -> &NodeSpec {
        &self.spec
    }

    /// It was cut off, or has just been started, and lists its Pods: it catches up, and reports what happened meanwhile.
    pub fn reconnect(&mut self, env: &mut Env<'_>, machinery: &mut Machinery<'_>, pods: Vec<Pod>) {
        self.inbox.clear();
        let there = |uid: &String| pods.iter().any(|pod| pod.uid() == uid);
        let gone: Vec<String> = self.workers.keys().filter(|uid| !there(uid)).cloned().collect();
        for uid in gone {
            self.forget_worker(&uid);
        }
        for pod in pods {
            let uid = pod.uid().to_owned();
            let worker = self
                .workers
                .entry(uid.clone())
                .or_insert_with(|| PodWorker::new(pod.clone()));
            worker.update(pod);
            worker.resume();
            self.work(env, machinery, &uid);
        }
        self.heartbeat_now(env);
    }

    /// The node's name.
    #[must_use]
    pub fn node_name(&self) -> &str {
        &self.spec.name
    }

    /// Starts it: it registers its node and says how it is, ready from `ready_at` on. `announces` says whether it writes
    /// events about its node.
    pub fn start(&mut self, env: &mut Env<'_>, ready_at: Time, announces: bool) {
        self.ready_at = ready_at;
        self.announces = announces;
        let known = node::register(&self.spec, env, &self.user);
        let node = self.report(env, true);
        if let Some(node) = node.filter(|_| announces && known) {
            node::announce(env, &self.user, &mut self.recorder, &node);
            if self.is_ready(env.sim.now) {
                self.say_ready(env, &node);
            }
        }
        node::renew_lease(&self.spec, env, &self.user);
        let offset = env
            .sim
            .rng
            .duration("heartbeat", &self.spec.name, 0, Duration::ZERO, HEARTBEAT);
        self.starts += 1;
        self.timers
            .push(env.sim.now + offset, Timer::Heartbeat(self.starts));
        if !self.is_ready(env.sim.now) {
            self.timers.push(self.ready_at, Timer::Ready);
        }
    }

    /// Its network will be set up at a moment; [`Time::MAX`] if nothing is installed that does so.
    pub fn set_network_ready(&mut self, env: &mut Env<'_>, at: Time) {
        self.ready_at = at;
        if at < Time::MAX {
            self.timers.push(at, Timer::Ready);
        }
        self.report(env, true);
    }

    fn is_ready(&self, now: Time) -> bool {
        self.ready_at <= now
    }

    fn report(&mut self, env: &mut Env<'_>, anyway: bool) -> Option<AnyObject> {
        let how = (
            self.is_ready(env.sim.now),
            anyway,
            self.pressure.holds(env.sim.now),
        );
        let node = node::report(&self.spec, env, &self.user, &self.images, how);
        if anyway && node.is_some() {
            self.reported_at = env.sim.now;
        }
        node
    }

    fn say_ready(&mut self, env: &mut Env<'_>, node: &AnyObject) {
        let message = format!("Node {} status is now: NodeReady", self.spec.name);
        let kind = (EventType::Normal, "NodeReady");
        self.recorder.record(env, &self.user, node, None, kind, message);
    }

    fn heartbeat_now(&mut self, env: &mut Env<'_>) {
        node::renew_lease(&self.spec, env, &self.user);
        self.report(env, true);
    }

    fn heartbeat(&mut self, env: &mut Env<'_>) {
        node::renew_lease(&self.spec, env, &self.user);
        let due = env.sim.now.since(self.reported_at) >= NODE_STATUS_PERIOD;
        self.report(env, due);
        self.timers
            .push(env.sim.now + HEARTBEAT, Timer::Heartbeat(self.starts));
    }

    /// A Pod of this node was written or removed: the kubelet hears of it after the watch's latency.
    pub fn notify(&mut self, env: &Env<'_>, pod: &Pod, gone: bool, cause: Option<TraceId>) {
        let (low, high) = WATCH_LATENCY;
        let latency = env
            .sim
            .rng
            .duration("kubelet-watch", &self.spec.name, self.arrivals, low, high);
        self.arrivals += 1;
        // What was written later never arrives earlier.
        let at = self
            .inbox
            .last()
            .map_or(Time::ZERO, |last| last.at)
            .max(env.sim.now + latency);
        self.inbox.push(Arrival {
            at,
            pod: pod.clone(),
            gone,
            cause,
        });
        self.timers.push(at, Timer::Inbox);
    }

    /// When it next has something to do.
    #[must_use]
    pub fn wake_at(&self) -> Option<Time> {
        self.timers.next_at()
    }

    /// Does what is due.
    pub fn wake(&mut self, env: &mut Env<'_>, machinery: &mut Machinery<'_>) {
        while let Some((_, timer)) = self.timers.pop_until(env.sim.now) {
            match timer {
                Timer::Inbox => self.receive(env, machinery),
                Timer::Pod(uid) => self.work(env, machinery, &uid),
                Timer::Processes(uid) => self.run_processes(env, machinery, &uid),
                // One of an earlier start is done with.
                Timer::Heartbeat(start) if start != self.starts => {}
                Timer::Heartbeat(_) => {
                    self.manage_evictions(env, machinery);
                    self.heartbeat(env);
                }
                Timer::Ready => {
                    let node = self.report(env, true);
                    if let Some(node) = node.filter(|_| self.announces) {
                        self.say_ready(env, &node);
                    }
                }
            }
        }
    }

    fn receive(&mut self, env: &mut Env<'_>, machinery: &mut Machinery<'_>) {
        let now = env.sim.now;
        let due = self.inbox.iter().take_while(|arrival| arrival.at <= now).count();
        let arrived: Vec<Arrival> = self.inbox.drain(..due).collect();
        for Arrival { pod, gone, cause, .. } in arrived {
            let uid = pod.uid().to_owned();
            if gone {
                self.forget_worker(&uid);
                continue;
            }
            env.sim.cause = cause;
            let worker = self
                .workers
                .entry(uid.clone())
                .or_insert_with(|| PodWorker::new(pod.clone()));
            let new = worker.started_at.is_none();
            if worker.update(pod) || new {
                self.work(env, machinery, &uid);
            }
        }
    }

    fn work(&mut self, env: &mut Env<'_>, machinery: &mut Machinery<'_>, uid: &str) {
        let (workers, mut host) = self.split(machinery);
        let Some(worker) = workers.get_mut(uid) else {
            return;
        };
        worker.sync(env, &mut host);
        self.plan_worker(uid, env.sim.now);
    }

    fn run_processes(&mut self, env: &mut Env<'_>, machinery: &mut Machinery<'_>, uid: &str) {
        let (workers, mut host) = self.split(machinery);
        let Some(worker) = workers.get_mut(uid) else {
            return;
        };
        worker.processes_planned = None;
        if processes::run_due(worker, env, &mut host) {
            worker.sync(env, &mut host);
        }
        self.plan_worker(uid, env.sim.now);
    }

    /// Plans when a worker and its processes are woken next.
    fn plan_worker(&mut self, uid: &str, now: Time) {
        let Some(worker) = self.workers.get_mut(uid) else {
            return;
        };
        if let Some(at) = worker.take_wake(now) {
            self.timers.push(at, Timer::Pod(uid.to_owned()));
        }
        if let Some(at) = worker.processes_wake() {
            self.plan_processes(uid, at.max(now));
        }
    }

    fn plan_processes(&mut self, uid: &str, at: Time) {
        let Some(worker) = self.workers.get_mut(uid) else {
            return;
        };
        if worker.processes_planned.is_none_or(|planned| at < planned) {
            worker.processes_planned = Some(at);
            self.timers.push(at, Timer::Processes(uid.to_owned()));
        }
    }

    /// Its workers, and what they need of it.
    fn split<'a>(
        &'a mut self,
        machinery: &'a mut Machinery<'_>,
    ) -> (&'a mut SortedMap<String, PodWorker>, Host<'a>) {
        let network_ready = self.ready_at < Time::MAX;
        let host = Host {
            spec: &self.spec,
            user: &self.user,
            recorder: &mut self.recorder,
            images: &mut self.images,
            catalog: machinery.catalog,
            last_ip: &mut self.last_ip,
            addresses: &mut self.addresses,
            outgoing: &mut self.outgoing,
            files: &mut self.files,
            claims: machinery.claims,
            streams: &mut self.streams,
            spoke: &mut self.spoke,
            environment: &mut self.environment,
            network_ready,
        };
        (&mut self.workers, host)
    }

    /// Whether anything came over a stream since this was last asked.
    pub fn spoke(&mut self) -> bool {
        std::mem::take(&mut self.spoke)
    }

    /// The lines of a container of one of its Pods.
    ///
    /// # Errors
    ///
    /// When the container has not started yet.
    pub fn logs(
        &self,
        request: &crate::apiserver::LogRequest,
        now: Time,
    ) -> Result<String, crate::api::StatusError> {
        let worker = self.workers.values().find(|worker| {
            worker.pod().namespace() == request.namespace && worker.pod().name() == request.pod
        });
        logs::answer(worker, request, now)
    }

    /// The image pulls under way.
    pub fn image_pulls(&self) -> impl Iterator<Item = ImagePull<'_>> {
        self.workers.values().flat_map(|worker| {
            worker
                .containers
                .iter()
                .filter_map(move |container| match &container.step {
                    Some(Step::Pulling { since, until, .. }) => Some(ImagePull {
                        namespace: worker.pod.namespace(),
                        pod: worker.pod.name(),
                        container: &container.name,
                        since: *since,
                        until: *until,
                    }),
                    _ => None,
                })
        })
    }

    /// Whether the change of this object concerns the kubelet.
    #[must_use]
    pub fn concerns(&self, object: &AnyObject) -> bool {
        object
            .get::<Pod>()
            .is_some_and(|pod| pod.spec.node_name.as_deref() == Some(self.node_name()))
    }
}
