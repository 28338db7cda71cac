//! A cluster: the API server, its components and the loop that wakes them in virtual time.
//!
//! Each component says when it next has something to do; the loop wakes the earliest, tells the others what was written,
//! and goes on. Everything is plain data: a fork is a clone, a save is its serialisation.

mod autoscaler;
mod commands;
mod control_plane;
mod docker;
mod laptop;
mod metrics;
mod network;
mod requests;
mod save;
mod sessions;
mod system;
mod topology;
mod unsimulated;

use crate::sorted::{SortedMap, SortedSet};
pub use save::LoadError;
pub use sessions::SessionId;
pub use topology::Topology;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{AnyObject, Key, Kind, Pod, StatusError};
use crate::apiserver::{
    ApiServer, ExecRequest, Request, Response, ResponseBody, StreamId, Watch, WatchEvent,
};
use crate::client::Env;
use crate::controllers::ControllerManager;
use crate::etcd::{ChangeType, Store};
use crate::kubelet::{ImagePull, Kubelet, Machinery};
use crate::network::Network;
use crate::runtime::Catalog;
use crate::scheduler::{Decision, Scheduler};
use crate::sim::{EventQueue, Sim, Time, Trace, TraceId};
use crate::terminal::{DockerEngine, Laptop};
use crate::userland::Folder;
use crate::userland::socket::Sockets;
use control_plane::ControlPlane;
use sessions::OpenSession;

/// How long the control plane takes to come up.
const STARTING_TIME: Duration = Duration::from_secs(2);
/// How long a new cluster is run before it is handed out, so that it is found settled.
const SETTLING_TIME: Duration = Duration::from_secs(8);

/// Whom the loop wakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Actor {
    ControllerManager,
    Scheduler,
    Kubelet(u32),
    Session(SessionId),
    MetricsServer,
    /// Docker on the laptop.
    Docker,
    /// The cluster autoscaler.
    Autoscaler,
    /// Requests under way, and load.
    Network,
}

/// A moment of a cluster.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// When.
    pub now: Time,
    /// The last trace entry then.
    pub trace: TraceId,
    /// The objects then.
    pub store: Store,
}

/// A Kubernetes cluster in virtual time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cluster {
    sim: Sim,
    api: ApiServer,
    controller_manager: ControllerManager,
    scheduler: Scheduler,
    kubelets: Vec<Kubelet>,
    kubelet_of: SortedMap<String, u32>,
    catalog: Catalog,
    /// The files of PersistentVolumes by name.
    claims: SortedMap<String, Folder>,
    network: Network,
    /// What programs on the laptop have sent.
    sockets: Sockets,
    laptop: Laptop,
    /// Docker on the laptop; its containers mount no volumes of the cluster.
    docker: DockerEngine,
    nothing: SortedMap<String, Folder>,
    /// The cluster autoscaler, while it is switched on.
    autoscaler: Option<Box<autoscaler::Autoscaler>>,
    sessions: SortedMap<SessionId, OpenSession>,
    next_session: u32,
    wakes: EventQueue<Actor>,
    planned: SortedMap<Actor, Time>,
    /// The revision up to which components were told of changes.
    told: u64,
    control_plane: ControlPlane,
    /// What was used and does nothing here, and what of it nobody was told yet.
    #[serde(default)]
    unsimulated_seen: SortedSet<Arc<str>>,
    #[serde(default)]
    unsimulated: Vec<String>,
}

impl Cluster {
    /// A settled cluster of this topology: its nodes registered, its system Pods running.
    ///
    /// # Panics
    ///
    /// Never: a test reads the built-in image catalogue.
    #[must_use]
    pub fn new(seed: u64, topology: &Topology) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "the catalogue is part of the program, and tested"
        )]
        let catalog = Catalog::builtin(topology.bare).expect("the built-in catalogue is right");
        let kubelets: Vec<Kubelet> = topology.nodes.iter().cloned().map(Kubelet::new).collect();
        let kubelet_of = (0..)
            .zip(&kubelets)
            .map(|(index, kubelet)| (kubelet.node_name().to_owned(), index))
            .collect();
        let mut cluster = Self {
            sim: Sim::new(seed),
            api: ApiServer::default(),
            controller_manager: ControllerManager::new(!topology.bare),
            scheduler: Scheduler::default(),
            kubelets,
            kubelet_of,
            catalog,
            claims: SortedMap::new(),
            network: Network::new(topology.cni, !topology.bare),
            sockets: Sockets::default(),
            laptop: Laptop::new(),
            docker: DockerEngine::default(),
            nothing: SortedMap::new(),
            autoscaler: None,
            sessions: SortedMap::new(),
            next_session: 0,
            wakes: EventQueue::default(),
            planned: SortedMap::new(),
            told: 0,
            control_plane: ControlPlane::new(topology.etcd_members, topology.bare),
            unsimulated_seen: SortedSet::new(),
            unsimulated: Vec::new(),
        };
        for index in 0..cluster.kubelets.len() {
            cluster.connect_machine(index);
        }
        cluster.network.have_balancers(topology.load_balancer);
        cluster.api.bootstrap(&mut cluster.sim);
        let mut env = Env {
            sim: &mut cluster.sim,
            api: &mut cluster.api,
        };
        let ready_at = if topology.cni.is_there() {
            Time::ZERO
        } else {
            Time::MAX
        };
        for kubelet in &mut cluster.kubelets {
            kubelet.start(&mut env, ready_at, !topology.bare);
        }
        cluster.settle();
        for actor in [Actor::ControllerManager, Actor::Scheduler] {
            cluster.plan(actor);
        }
        for index in 0..cluster.kubelets.len() {
            cluster.plan(Actor::Kubelet(u32::try_from(index).unwrap_or(u32::MAX)));
        }
        cluster.plan(Actor::MetricsServer);
        // The default ServiceAccounts must be there before the first Pod.
        cluster.run_for(STARTING_TIME);
        if !topology.bare {
            cluster.install_system(topology);
        }
        cluster.run_for(SETTLING_TIME);
        if let Some((least, most)) = topology.autoscaler {
            cluster.set_autoscaler(Some((least, most)));
        }
        cluster.forget_unsimulated();
        cluster
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Time {
        self.sim.now
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.sim.rng.seed()
    }

    /// The trace of everything done.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.sim.trace
    }

    /// The objects, to look at: the lab's views and the grader read them here.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.api.store()
    }

    /// The images that can be pulled.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The custom kinds that are served.
    pub fn custom_kinds(&self) -> impl Iterator<Item = &Arc<crate::api::CustomKind>> {
        self.api.custom_kinds()
    }

    /// The images that can be pulled, to add some: a lesson's own.
    pub fn catalog_mut(&mut self) -> &mut Catalog {
        &mut self.catalog
    }

    /// The image pulls under way on all nodes: the lab's views show how far they are.
    pub fn image_pulls(&self) -> impl Iterator<Item = ImagePull<'_>> {
        self.kubelets.iter().flat_map(Kubelet::image_pulls)
    }

    /// Why a Pod that waits was not placed.
    #[must_use]
    pub fn scheduling_decision(&self, namespace: &str, pod: &str) -> Option<&Decision> {
        self.scheduler.decision(&Key::new(Kind::Pod, namespace, pod))
    }

    /// When something next happens by itself.
    #[must_use]
    pub fn next_event_at(&self) -> Option<Time> {
        self.planned.values().min().copied()
    }

    /// Lets the next thing happen, and answers when it did; `None` if nothing ever will.
    pub fn step(&mut self) -> Option<Time> {
        let at = self.next_event_at()?;
        self.wake_next(at);
        Some(self.sim.now)
    }

    /// Runs for so long.
    pub fn run_for(&mut self, duration: Duration) {
        self.run_until(self.sim.now + duration);
    }

    /// Runs until a moment.
    pub fn run_until(&mut self, until: Time) {
        while self.wake_next(until) {}
        self.sim.now = self.sim.now.max(until);
    }

    /// Runs towards a moment, at most so many events; answers whether it got there.
    pub fn run_slice(&mut self, until: Time, events: u32) -> bool {
        for _ in 0..events {
            if !self.wake_next(until) {
                self.sim.now = self.sim.now.max(until);
                return true;
            }
        }
        false
    }

    /// An independent copy that continues identically.
    #[must_use]
    pub fn fork(&self) -> Self {
        self.clone()
    }

    /// What the cluster is at this moment, to keep and to compare: it shares the objects and does not change any more.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            now: self.sim.now,
            trace: self.sim.trace.last_id(),
            store: self.api.store().clone(),
        }
    }

    /// Answers a request now, whoever makes it.
    pub fn request(&mut self, request: &Request) -> Response {
        self.sim.cause = None;
        let response = self.api.handle(&mut self.sim, request);
        let response = self.ask_kubelet(response);
        self.settle();
        response
    }

    /// The next events of a watch.
    ///
    /// # Errors
    ///
    /// 410 when the changes are no longer kept: list again.
    pub fn watch_next(&self, watch: &mut Watch) -> Result<Vec<WatchEvent>, StatusError> {
        self.api.watch_next(watch)
    }

    /// Passes on what only a kubelet can answer.
    fn ask_kubelet(&mut self, response: Response) -> Response {
        match &response.body {
            ResponseBody::Logs(request) => {
                let nodes = (&self.kubelet_of, &self.control_plane);
                requests::logs(&self.kubelets, nodes, request, self.sim.now)
            }
            ResponseBody::Exec(request) => self.open_stream(request),
            ResponseBody::Proxy(to) => self.on_network(|network, ground| network.proxy(ground, to)),
            _ => response,
        }
    }

    fn open_stream(&mut self, request: &ExecRequest) -> Response {
        let index = self.kubelet_of.get(&request.node).copied().unwrap_or(u32::MAX);
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        let Some(kubelet) = self.kubelets.get_mut(place) else {
            return Response::ok(ResponseBody::Text(String::new()));
        };
        if !self.control_plane.kubelet_runs(index) {
            let path = format!("exec/{}/{}/{}", request.namespace, request.pod, request.container);
            return Err(requests::kubelet_refused(kubelet, &path)).into();
        }
        let mut env = Env {
            sim: &mut self.sim,
            api: &mut self.api,
        };
        let mut machinery = Machinery {
            catalog: &self.catalog,
            claims: &mut self.claims,
        };
        let opened = kubelet.open(&mut env, &mut machinery, request);
        self.plan(Actor::Kubelet(index));
        let node = request.node.clone();
        opened
            .map(|id| Response::ok(ResponseBody::Stream(StreamId { node, id })))
            .into()
    }

    fn kubelet(&self, index: u32) -> Option<&Kubelet> {
        self.kubelets.get(usize::try_from(index).ok()?)
    }

    /// Wakes whoever is due next until a moment; answers whether there was somebody.
    fn wake_next(&mut self, until: Time) -> bool {
        while let Some((at, actor)) = self.wakes.pop_until(until) {
            // A plan that was replaced by an earlier one.
            if self.planned.get(&actor) != Some(&at) {
                continue;
            }
            self.planned.remove(&actor);
            self.sim.now = self.sim.now.max(at);
            self.sim.cause = None;
            self.wake(actor, until);
            self.plan(actor);
            self.settle();
            return true;
        }
        false
    }

    fn wake(&mut self, actor: Actor, until: Time) {
        if let Actor::Session(id) = actor {
            return self.poll_session(id, None);
        }
        if actor == Actor::MetricsServer {
            return self.scrape_metrics();
        }
        if actor == Actor::Docker {
            return self.wake_docker();
        }
        if actor == Actor::Autoscaler {
            return self.wake_autoscaler();
        }
        if actor == Actor::Network {
            return self.run_network(until);
        }
        self.tick_lease(actor);
        if !self.control_plane.acts(actor) {
            return;
        }
        let mut env = Env {
            sim: &mut self.sim,
            api: &mut self.api,
        };
        match actor {
            Actor::Session(_) | Actor::MetricsServer | Actor::Docker | Actor::Autoscaler | Actor::Network => {
            }
            Actor::ControllerManager => self.controller_manager.wake(&mut env),
            Actor::Scheduler => self.scheduler.wake(&mut env),
            Actor::Kubelet(index) => {
                let place = usize::try_from(index).unwrap_or(usize::MAX);
                let mut machinery = Machinery {
                    catalog: &self.catalog,
                    claims: &mut self.claims,
                };
                if let Some(kubelet) = self.kubelets.get_mut(place) {
                    kubelet.wake(&mut env, &mut machinery);
                    if kubelet.spoke() {
                        self.notify_sessions();
                    }
                    self.send_outgoing(index);
                }
            }
        }
    }

    /// Plans the next wake of an actor.
    fn plan(&mut self, actor: Actor) {
        let work = match actor {
            _ if !self.control_plane.acts(actor) => None,
            Actor::ControllerManager => self.controller_manager.wake_at(),
            Actor::Scheduler => self.scheduler.wake_at(),
            Actor::Kubelet(index) => self.kubelet(index).and_then(Kubelet::wake_at),
            Actor::Session(id) => self.sessions.get(&id).and_then(OpenSession::wake_at),
            Actor::MetricsServer => self.next_scrape(),
            Actor::Docker => self.docker.wake_at(),
            Actor::Autoscaler => self.autoscaler_wake_at(),
            Actor::Network => self.network.wake_at(),
        };
        let lease = self.control_plane.lease_due_at(actor);
        let at = [work, lease].into_iter().flatten().min();
        let Some(at) = at.map(|at| at.max(self.sim.now)) else {
            return;
        };
        if self.planned.get(&actor).is_none_or(|planned| at < *planned) {
            self.planned.insert(actor, at);
            self.wakes.push(at, actor);
        }
    }

    /// Tells the components what was written since the last time, and plans their wakes.
    fn settle(&mut self) {
        let revision = self.api.store().revision();
        if revision == self.told {
            return;
        }
        let changes: Vec<_> = match self.api.store().changes_since(self.told) {
            Ok(changes) => changes
                .map(|change| (change.object.clone(), change.change, Some(change.trace)))
                .collect(),
            // More was written at once than is kept: everything may have changed.
            Err(_) => self
                .api
                .store()
                .all()
                .map(|object| (object.clone(), ChangeType::Modified, None))
                .collect(),
        };
        self.told = revision;
        // Heartbeats concern nobody but who watches leases.
        if changes.iter().all(|(object, _, _)| object.kind() == Kind::Lease) {
            return self.notify_sessions();
        }
        let env = Env {
            sim: &mut self.sim,
            api: &mut self.api,
        };
        let mut concerned = vec![Actor::ControllerManager, Actor::Scheduler, Actor::Network];
        for (object, change, cause) in &changes {
            self.controller_manager.notify(&env, object);
            self.scheduler.notify(&env, object);
            let gone = *change == ChangeType::Deleted;
            self.network
                .notify(object, gone, env.sim.rng, env.sim.now, env.api.store());
            let AnyObject::Pod(pod) = object else { continue };
            if metrics::is_server(pod) {
                concerned.push(Actor::MetricsServer);
            }
            let index = kubelet_for(&self.kubelet_of, pod);
            if let Some(index) = index.filter(|index| self.control_plane.kubelet_runs(*index)) {
                let place = usize::try_from(index).unwrap_or(usize::MAX);
                if let Some(kubelet) = self.kubelets.get_mut(place) {
                    kubelet.notify(&env, pod, *change == ChangeType::Deleted, *cause);
                    concerned.push(Actor::Kubelet(index));
                }
            }
        }
        concerned.dedup();
        for actor in concerned {
            self.plan(actor);
        }
        for (object, change, _) in &changes {
            if *change == ChangeType::Added {
                self.note_unsimulated(object);
            }
        }
        self.notify_sessions();
    }
}

fn kubelet_for(kubelets: &SortedMap<String, u32>, pod: &Pod) -> Option<u32> {
    kubelets.get(pod.spec.node_name.as_deref()?).copied()
}

#[cfg(test)]
mod command_tests;
#[cfg(test)]
mod container_tests;
#[cfg(test)]
mod custom_rules_tests;
#[cfg(test)]
mod docker_tests;
#[cfg(test)]
mod kustomize_tests;
#[cfg(test)]
mod loopback_tests;
#[cfg(test)]
mod network_tests;
#[cfg(test)]
mod proxy_tests;
#[cfg(test)]
mod resource_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod timing_tests;
#[cfg(test)]
mod ways_tests;
#[cfg(test)]
mod workload_tests;
