//! The cluster's machines and the processes on them, which can be stopped and started: what depends on them stops, what runs
//! lives on, and nothing is lost.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Actor, Cluster};
use crate::api::Pod;
use crate::apiserver::{Outage, validation::names};
use crate::client::{Election, Env, LeaderElector};
use crate::controllers::ControllerManager;
use crate::kubelet::{Kubelet, Machinery, NodeSpec};
use crate::scheduler::Scheduler;
use crate::sim::Time;
use crate::sorted::SortedSet;
use crate::terminal::{Component, Order, Outcome, Status};

/// How long a machine takes until its network is set up.
const NETWORK_TIME: (Duration, Duration) = (Duration::from_secs(4), Duration::from_secs(9));

/// A process that acts only while it holds its lease.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Replica {
    running: bool,
    pub(super) elector: LeaderElector,
}

impl Replica {
    fn new(name: &str, recorder: &str) -> Self {
        Self {
            running: true,
            elector: LeaderElector::new(name, "control-plane", recorder),
        }
    }

    fn acts(&self) -> bool {
        self.running && self.elector.leads()
    }
}

/// What runs of the control plane and of the machines.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ControlPlane {
    /// Whether each member of etcd runs.
    etcd: Vec<bool>,
    api_server: bool,
    pub(super) controller_manager: Replica,
    pub(super) scheduler: Replica,
    stopped_kubelets: SortedSet<u32>,
    /// Machines that were switched off for good.
    off: SortedSet<u32>,
    /// A cluster without Pods of its own: the one that the reference was recorded on.
    bare: bool,
}

impl ControlPlane {
    pub(super) fn new(etcd_members: u8, bare: bool) -> Self {
        Self {
            etcd: vec![true; usize::from(etcd_members.max(1))],
            api_server: true,
            controller_manager: Replica::new("kube-controller-manager", "kube-controller-manager"),
            scheduler: Replica::new("kube-scheduler", "default-scheduler"),
            stopped_kubelets: SortedSet::new(),
            off: SortedSet::new(),
            bare,
        }
    }

    /// Why the API server does not answer.
    fn outage(&self) -> Option<Outage> {
        let running = self.etcd.iter().filter(|running| **running).count();
        if !self.api_server {
            Some(Outage::Refused)
        } else if running * 2 <= self.etcd.len() {
            Some(Outage::NoQuorum)
        } else {
            None
        }
    }

    pub(super) fn kubelet_runs(&self, index: u32) -> bool {
        !self.stopped_kubelets.contains(&index) && !self.off.contains(&index)
    }

    fn replica(&mut self, actor: Actor) -> Option<&mut Replica> {
        match actor {
            Actor::ControllerManager => Some(&mut self.controller_manager),
            Actor::Scheduler => Some(&mut self.scheduler),
            Actor::Kubelet(_)
            | Actor::Session(_)
            | Actor::MetricsServer
            | Actor::Docker
            | Actor::Autoscaler
            | Actor::Network => None,
        }
    }

    /// Whether an actor is there to act.
    pub(super) fn acts(&self, actor: Actor) -> bool {
        match actor {
            Actor::ControllerManager => self.controller_manager.acts() && self.outage().is_none(),
            Actor::Scheduler => self.scheduler.acts() && self.outage().is_none(),
            Actor::Kubelet(index) => self.kubelet_runs(index),
            Actor::Session(_) | Actor::Docker | Actor::Network => true,
            Actor::MetricsServer | Actor::Autoscaler => self.outage().is_none(),
        }
    }

    /// When its lease is next to be seen to.
    pub(super) fn lease_due_at(&self, actor: Actor) -> Option<Time> {
        let replica = match actor {
            Actor::ControllerManager => &self.controller_manager,
            Actor::Scheduler => &self.scheduler,
            Actor::Kubelet(_)
            | Actor::Session(_)
            | Actor::MetricsServer
            | Actor::Docker
            | Actor::Autoscaler
            | Actor::Network => return None,
        };
        replica.running.then(|| replica.elector.due_at())
    }
}

impl Cluster {
    /// Sees to the lease of a component, and starts it anew when it has lost it.
    pub(super) fn tick_lease(&mut self, actor: Actor) {
        let Some(replica) = self
            .control_plane
            .replica(actor)
            .filter(|replica| replica.running)
        else {
            return;
        };
        let mut env = Env {
            sim: &mut self.sim,
            api: &mut self.api,
        };
        match replica.elector.tick(&mut env) {
            Election::Same => {}
            Election::Lost => {
                replica.elector.restart(env.sim.now);
                self.forget(actor);
            }
            Election::Won => match actor {
                Actor::ControllerManager => self.controller_manager.begin(&env),
                Actor::Scheduler => self.scheduler.begin(&env),
                Actor::Kubelet(_)
                | Actor::Session(_)
                | Actor::MetricsServer
                | Actor::Docker
                | Actor::Autoscaler
                | Actor::Network => {}
            },
        }
    }

    /// What a process knew is gone with it.
    fn forget(&mut self, actor: Actor) {
        match actor {
            Actor::ControllerManager => {
                self.controller_manager = ControllerManager::new(!self.control_plane.bare);
            }
            Actor::Scheduler => self.scheduler = Scheduler::default(),
            Actor::Kubelet(_)
            | Actor::Session(_)
            | Actor::MetricsServer
            | Actor::Docker
            | Actor::Autoscaler
            | Actor::Network => {}
        }
    }

    /// Carries out an order on the machines.
    pub fn operate(&mut self, order: &Order) -> Outcome {
        let outcome = match order {
            Order::Stop(component) => self.switch(component, false),
            Order::Start(component) => self.switch(component, true),
            Order::AddNode(name) => self.add_node(name.as_deref()),
            Order::RemoveNode(name) => self.remove_node(name),
            Order::Autoscale(range) => self.set_autoscaler(*range),
            Order::CrashLaptop => {
                self.docker.crash(self.sim.now);
                self.plan(Actor::Docker);
                Outcome::Done
            }
        };
        self.settle();
        outcome
    }

    /// How every component is.
    #[must_use]
    pub fn components(&self) -> Vec<Status> {
        let plane = &self.control_plane;
        let status = |component, running, leads| Status {
            component,
            running,
            leads,
        };
        let mut all: Vec<Status> = (1..)
            .zip(&plane.etcd)
            .map(|(number, running)| status(Component::Etcd(number), *running, None))
            .collect();
        all.push(status(Component::ApiServer, plane.api_server, None));
        for (component, replica) in [
            (Component::ControllerManager, &plane.controller_manager),
            (Component::Scheduler, &plane.scheduler),
        ] {
            all.push(status(component, replica.running, Some(replica.elector.leads())));
        }
        for (index, kubelet) in (0..).zip(&self.kubelets) {
            if !plane.off.contains(&index) {
                let component = Component::Kubelet(kubelet.node_name().to_owned());
                all.push(status(component, plane.kubelet_runs(index), None));
            }
        }
        all
    }

    fn switch(&mut self, component: &Component, on: bool) -> Outcome {
        let is = self
            .components()
            .into_iter()
            .find(|status| status.component == *component);
        match is {
            None => return Outcome::Unknown,
            Some(status) if status.running == on => return Outcome::AlreadySo,
            Some(_) => {}
        }
        let before = self.control_plane.outage();
        match component {
            Component::Etcd(number) => {
                let place = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
                if let Some(member) = self.control_plane.etcd.get_mut(place) {
                    *member = on;
                }
            }
            Component::ApiServer => self.control_plane.api_server = on,
            Component::ControllerManager => self.switch_replica(Actor::ControllerManager, on),
            Component::Scheduler => self.switch_replica(Actor::Scheduler, on),
            Component::Kubelet(node) => {
                if let Some(index) = self.kubelet_of.get(node).copied() {
                    self.switch_kubelet(index, on);
                }
            }
        }
        let outage = self.control_plane.outage();
        self.api.set_outage(outage);
        if before.is_some() && outage.is_none() {
            self.reconnect();
        }
        Outcome::Done
    }

    fn switch_replica(&mut self, actor: Actor, on: bool) {
        let now = self.sim.now;
        if let Some(replica) = self.control_plane.replica(actor) {
            replica.running = on;
            replica.elector.restart(now);
        }
        self.forget(actor);
        self.mirror_static_pods();
        self.plan(actor);
    }

    /// The static Pods of components go and come with their manifests, once the API server hears of it.
    fn mirror_static_pods(&mut self) {
        if self.control_plane.bare || self.control_plane.outage().is_some() {
            return;
        }
        let plane = &self.control_plane;
        for (name, running) in [
            ("kube-controller-manager", plane.controller_manager.running),
            ("kube-scheduler", plane.scheduler.running),
        ] {
            self.mirror(name, running);
        }
    }

    fn switch_kubelet(&mut self, index: u32, on: bool) {
        if !on {
            self.control_plane.stopped_kubelets.insert(index);
            return;
        }
        self.control_plane.stopped_kubelets.remove(&index);
        let (now, announces) = (self.sim.now, !self.control_plane.bare);
        self.start_kubelet(index, now, announces);
        self.reconnect_kubelet(index);
    }

    fn start_kubelet(&mut self, index: u32, ready_at: Time, announces: bool) {
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        let mut env = Env {
            sim: &mut self.sim,
            api: &mut self.api,
        };
        if let Some(kubelet) = self.kubelets.get_mut(place) {
            kubelet.start(&mut env, ready_at, announces);
        }
        self.plan(Actor::Kubelet(index));
    }

    /// The API server answers again: everybody who waited for it goes on.
    fn reconnect(&mut self) {
        let kubelets = u32::try_from(self.kubelets.len()).unwrap_or(u32::MAX);
        for index in 0..kubelets {
            if self.control_plane.kubelet_runs(index) {
                self.reconnect_kubelet(index);
            }
        }
        self.mirror_static_pods();
        for actor in [Actor::ControllerManager, Actor::Scheduler] {
            self.plan(actor);
        }
    }

    /// A kubelet lists its Pods.
    fn reconnect_kubelet(&mut self, index: u32) {
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        let node = self.kubelets.get(place).map_or("", Kubelet::node_name);
        // Another machine may have its name by now.
        if self.kubelet_of.get(node) != Some(&index) {
            return;
        }
        let pods: Vec<Pod> = self.api.store().pods_on(node).cloned().collect();
        let mut env = Env {
            sim: &mut self.sim,
            api: &mut self.api,
        };
        if let Some(kubelet) = self.kubelets.get_mut(place) {
            let mut machinery = Machinery {
                catalog: &self.catalog,
                claims: &mut self.claims,
            };
            kubelet.reconnect(&mut env, &mut machinery, pods);
        }
        self.plan(Actor::Kubelet(index));
    }

    /// Switches a new machine on, whose kubelet joins the cluster.
    pub fn add_node(&mut self, name: Option<&str>) -> Outcome {
        let taken = |name: &str| {
            let index = self.kubelet_of.get(name);
            index.is_some_and(|index| !self.control_plane.off.contains(index))
        };
        let name = match name {
            Some(name) if !names::dns1123_label(name).is_empty() => return Outcome::BadName,
            Some(name) if taken(name) => return Outcome::Taken,
            Some(name) => name.to_owned(),
            None => (1..)
                .map(|number: u32| format!("worker-{number}"))
                .find(|name| !self.kubelet_of.contains_key(name))
                .unwrap_or_default(),
        };
        let Ok(index) = u16::try_from(self.kubelets.len()) else {
            return Outcome::BadName;
        };
        let like = self.kubelets.last().map(Kubelet::spec);
        let spec = NodeSpec {
            name: name.clone(),
            pull_mib_per_sec: like.map_or(40, |like| like.pull_mib_per_sec),
            ..super::topology::worker(index)
        };
        self.kubelet_of.insert(name.clone(), u32::from(index));
        self.kubelets.push(Kubelet::new(spec.clone()));
        self.connect_machine(usize::from(index));
        let (low, high) = NETWORK_TIME;
        let ready_at = if self.network.cni().is_there() {
            self.sim.now + self.sim.rng.duration("network", &name, 0, low, high)
        } else {
            Time::MAX
        };
        self.start_kubelet(u32::from(index), ready_at, !self.control_plane.bare);
        if !self.control_plane.bare {
            self.install_on(&spec);
        }
        self.settle();
        Outcome::Joined(name)
    }

    /// Switches a machine off for good. The API knows its node until somebody deletes it.
    pub fn remove_node(&mut self, name: &str) -> Outcome {
        let Some(index) = self.kubelet_of.get(name).copied() else {
            return Outcome::Unknown;
        };
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        if self
            .kubelets
            .get(place)
            .is_some_and(|kubelet| kubelet.spec().control_plane)
        {
            return Outcome::ControlPlane;
        }
        if !self.control_plane.off.insert(index) {
            return Outcome::Unknown;
        }
        self.network.switch_machine(index, false);
        Outcome::Done
    }
}

#[cfg(test)]
mod tests;
