//! The network among the cluster's machines: what it asks of kubelets and of the API server, and what it brings to programs.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use super::control_plane::ControlPlane;
use super::requests::logs;
use super::{Actor, Cluster};
use crate::api::types::core::{LoadBalancerIngress, LoadBalancerStatus, PortStatus};
use crate::api::{AnyObject, Key, Kind, Service};
use crate::apiserver::{ApiServer, ResponseBody, User};
use crate::client::{Client, Env, EventRecorder, EventType};
use crate::etcd::Store;
use crate::kubelet::{Kubelet, Machinery};
use crate::network::{
    Cni, Delivery, Generator, GeneratorId, Ground, Machine, Network, Origin, Pass, Resident, Role, Traffic,
};
use crate::runtime::Catalog;
use crate::runtime::traffic::{Payload, Refused, Reply, Request, Served};
use crate::sim::trace::Subject;
use crate::sim::{Action, Entry, Rng, Sim, Time};
use crate::sorted::SortedMap;
use crate::terminal::api_call;
use crate::userland::socket::Packet;
use crate::userland::{Folder, in_hosts};

/// Requests in a row, when nothing else happens, before the clock is looked at again.
const IN_A_ROW: u32 = 400;
/// What the API server takes to answer.
const API_TIME: Duration = Duration::from_millis(3);

/// The machines, as the network sees them.
struct Terrain<'a> {
    sim: &'a mut Sim,
    api: &'a mut ApiServer,
    kubelets: &'a mut [Kubelet],
    catalog: &'a Catalog,
    claims: &'a mut SortedMap<String, Folder>,
    /// The laptop's files.
    folder: &'a Folder,
    /// Which machines run their kubelet.
    nodes: (&'a SortedMap<String, u32>, &'a ControlPlane),
    /// The machines whose containers were asked something.
    touched: Vec<u32>,
}

impl Terrain<'_> {
    fn kubelet(&self, machine: u32) -> Option<&Kubelet> {
        self.kubelets.get(usize::try_from(machine).ok()?)
    }
}

impl Ground for Terrain<'_> {
    fn now(&self) -> Time {
        self.sim.now
    }

    fn rng(&self) -> Rng {
        self.sim.rng
    }

    fn store(&self) -> &Store {
        self.api.store()
    }

    fn resident(&self, machine: u32, address: Ipv4Addr, port: u16) -> Option<Resident> {
        let listener = self.kubelet(machine)?.listener(address, port, self.sim.now)?;
        let (uid, namespace, name) = listener.pod;
        Some(Resident {
            uid: uid.into(),
            pod: (namespace.into(), name.into()),
            role: match listener.image {
                "coredns/coredns" => Role::Dns,
                "ingress-nginx/controller" => Role::Ingress,
                _ => Role::Application,
            },
            since: listener.since,
        })
    }

    fn serve(&mut self, machine: u32, uid: &str, request: &Request) -> Result<Served, Refused> {
        let place = usize::try_from(machine).unwrap_or(usize::MAX);
        let kubelet = self.kubelets.get_mut(place).ok_or(Refused::Gone)?;
        let mut env = Env {
            sim: self.sim,
            api: self.api,
        };
        let mut machinery = Machinery {
            catalog: self.catalog,
            claims: self.claims,
        };
        let served = kubelet.serve(&mut env, &mut machinery, uid, request);
        if served.is_err() && !self.touched.contains(&machine) {
            self.touched.push(machine);
        }
        served
    }

    fn api(&mut self, request: &Request, pass: &mut Pass<'_>) -> Option<Served> {
        let mut latency = API_TIME;
        let reply = match &request.payload {
            Payload::Tcp => Reply::Accepted,
            Payload::Http(asked) => {
                let (call, answer) = api_call(asked, User::anonymous());
                let mut response = self.api.handle(self.sim, &call);
                if response.status == 0 {
                    return None;
                }
                match &response.body {
                    ResponseBody::Proxy(to) => {
                        let (came, took) = pass(self, to);
                        response = came;
                        latency += took;
                    }
                    ResponseBody::Logs(of) => response = logs(self.kubelets, self.nodes, of, self.sim.now),
                    _ => {}
                }
                Reply::Http(answer(&response))
            }
            _ => Reply::Hung,
        };
        Some(Served {
            reply,
            latency,
            cpu: Duration::ZERO,
        })
    }

    fn in_hosts(&self, name: &str) -> Option<Ipv4Addr> {
        in_hosts(self.folder, name).first().copied()
    }

    fn lives(&self, machine: u32, uid: &str, since: Time) -> bool {
        self.kubelet(machine)
            .is_some_and(|kubelet| kubelet.lives(uid, since, self.sim.now))
    }

    fn set_balancer(&mut self, namespace: &str, name: &str, address: Option<Ipv4Addr>) {
        let user = User::component("system:serviceaccount:kube-system:service-controller");
        let key = Key::new(Kind::Service, namespace, name);
        let mut env = Env {
            sim: self.sim,
            api: self.api,
        };
        let written = Client::new(&mut env, &user).modify(&key, Some("status"), |object| {
            let Some(service) = object.get_mut::<Service>() else {
                return;
            };
            let ports = service.spec.ports.iter().flatten().map(|port| PortStatus {
                port: port.port,
                protocol: port.protocol.clone().unwrap_or_else(|| "TCP".to_owned()),
                ..PortStatus::default()
            });
            let ports: Vec<PortStatus> = ports.collect();
            let ingress = address.map(|address| {
                vec![LoadBalancerIngress {
                    ip: Some(address.to_string()),
                    ip_mode: Some("VIP".to_owned()),
                    ports: Some(ports),
                    ..LoadBalancerIngress::default()
                }]
            });
            service.status_mut().load_balancer = Some(LoadBalancerStatus { ingress });
        });
        let Ok(object) = written else { return };
        let (reason, message) = match address {
            Some(_) => ("EnsuredLoadBalancer", "Ensured load balancer"),
            None => ("DeletedLoadBalancer", "Deleted load balancer"),
        };
        let mut recorder = EventRecorder::new("service-controller", "");
        let kind = (EventType::Normal, reason);
        recorder.record(&mut env, &user, &object, None, kind, message.to_owned());
    }

    fn note(&mut self, kind: Kind, namespace: &str, name: &str, message: String) {
        let now = self.sim.now;
        self.sim.trace.push(|id| Entry {
            id,
            at: now,
            actor: crate::sim::Actor::new("network"),
            action: Action::Note,
            subject: Subject {
                kind: kind.name().into(),
                namespace: namespace.into(),
                name: name.into(),
            },
            revision: 0,
            cause: None,
            message: message.into(),
        });
    }
}

impl Cluster {
    /// What requests met since the cluster came up: counts by target over time, and the way of some of them.
    #[must_use]
    pub const fn traffic(&self) -> &Traffic {
        self.network.traffic()
    }

    /// The network below the Pods.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// Does something with the network, which sees the machines meanwhile; what follows from it is planned.
    pub(super) fn on_network<T>(&mut self, act: impl FnOnce(&mut Network, &mut dyn Ground) -> T) -> T {
        let mut terrain = Terrain {
            sim: &mut self.sim,
            api: &mut self.api,
            kubelets: &mut self.kubelets,
            catalog: &self.catalog,
            claims: &mut self.claims,
            folder: &self.laptop.folder,
            nodes: (&self.kubelet_of, &self.control_plane),
            touched: Vec::new(),
        };
        let result = act(&mut self.network, &mut terrain);
        let touched = std::mem::take(&mut terrain.touched);
        for machine in touched {
            self.plan(Actor::Kubelet(machine));
        }
        self.deliver_arrivals();
        self.plan(Actor::Network);
        result
    }

    /// Connects a machine to the network.
    pub(super) fn connect_machine(&mut self, index: usize) {
        let Some(spec) = self.kubelets.get(index).map(Kubelet::spec) else {
            return;
        };
        let machine = Machine {
            name: spec.name.as_str().into(),
            address: spec.address,
            pod_network: spec.pod_network,
            control_plane: spec.control_plane,
            on: true,
        };
        self.network.add_machine(machine, self.sim.now);
    }

    /// Lets the network do what is due; and as long as nobody else has anything to do, what comes next.
    pub(super) fn run_network(&mut self, until: Time) {
        let others = self
            .planned
            .iter()
            .filter(|(actor, _)| **actor != Actor::Network)
            .map(|(_, at)| *at)
            .min();
        // Whoever else is due at this very moment comes first, however it came to be planned.
        if others.is_some_and(|at| at <= self.sim.now) {
            return self.plan(Actor::Network);
        }
        let limit = others.unwrap_or(Time::MAX).min(until);
        for _ in 0..IN_A_ROW {
            let revision = self.api.store().revision();
            self.on_network(|network, ground| network.wake(ground));
            self.answer_local();
            let next = self.network.wake_at();
            let Some(next) = next.filter(|next| *next < limit && self.api.store().revision() == revision)
            else {
                return;
            };
            // Somebody was woken.
            let woken = self
                .planned
                .iter()
                .any(|(actor, at)| *actor != Actor::Network && *at <= next);
            if woken {
                return;
            }
            self.sim.now = self.sim.now.max(next);
        }
    }

    /// Sends what programs in the containers of a machine have sent.
    pub(super) fn send_outgoing(&mut self, machine: u32) {
        let place = usize::try_from(machine).unwrap_or(usize::MAX);
        let outgoing = match self.kubelets.get_mut(place) {
            Some(kubelet) => kubelet.take_outgoing(),
            None => return,
        };
        for sent in outgoing {
            let (uid, namespace, name) = sent.pod;
            let (container, id) = sent.container;
            let origin = if sent.host_network {
                Origin::Node(machine)
            } else {
                Origin::Pod {
                    machine,
                    address: sent.address,
                    namespace,
                    name,
                }
            };
            let delivery = |socket: u64| Delivery::Container {
                machine,
                uid: Arc::clone(&uid),
                container: Arc::clone(&container),
                id: Arc::clone(&id),
                socket,
            };
            for socket in sent.abandoned {
                let given_up = delivery(socket);
                self.on_network(|network, ground| network.abandon(ground, &given_up));
            }
            for (socket, packet) in sent.packets {
                let whose = delivery(socket);
                let packet = loopback(packet, sent.address);
                let stands = self.on_network(|network, ground| network.send(ground, &origin, whose, packet));
                if let (Some(at), Some(kubelet)) = (stands, self.kubelets.get_mut(place)) {
                    kubelet.connect(&uid, (&container, &id), socket, at);
                }
            }
        }
    }

    /// Hands over what has arrived.
    fn deliver_arrivals(&mut self) {
        let now = self.sim.now;
        let mut on_laptop = false;
        for (delivery, arrival) in self.network.take_arrivals() {
            match delivery {
                Delivery::Laptop(socket) => {
                    self.sockets.arrive(socket, arrival);
                    on_laptop = true;
                }
                Delivery::Container {
                    machine,
                    uid,
                    container,
                    id,
                    socket,
                } => {
                    let place = usize::try_from(machine).unwrap_or(usize::MAX);
                    if let Some(kubelet) = self.kubelets.get_mut(place) {
                        kubelet.deliver(&uid, (&container, &id), (socket, arrival), now);
                    }
                    self.plan(Actor::Kubelet(machine));
                }
            }
        }
        if on_laptop {
            self.wake_sessions();
        }
    }

    /// Begins to send requests at a pace.
    pub fn start_load(&mut self, generator: Generator) -> GeneratorId {
        let id = self.network.start_load(generator);
        self.plan(Actor::Network);
        id
    }

    /// Sends no more; whether it did.
    pub fn stop_load(&mut self, id: GeneratorId) -> bool {
        self.network.stop_load(id)
    }

    /// Switches the provider of load balancers on or off.
    pub fn switch_balancers(&mut self, on: bool) {
        self.on_network(|network, ground| network.switch_balancers(ground, on));
        self.settle();
    }

    /// Installs another network plugin on every machine: their Pods have a network from a few seconds later on.
    pub fn install_cni(&mut self, cni: Cni) {
        let before = self.network.cni();
        self.network.set_cni(cni);
        if before.is_there() == cni.is_there() {
            return;
        }
        for place in 0..self.kubelets.len() {
            let (now, rng) = (self.sim.now, self.sim.rng);
            let number = u64::try_from(place).unwrap_or_default();
            let (low, high) = (Duration::from_secs(4), Duration::from_secs(9));
            let at = if cni.is_there() {
                now + rng.duration("cni", "", number, low, high)
            } else {
                Time::MAX
            };
            let mut env = Env {
                sim: &mut self.sim,
                api: &mut self.api,
            };
            if let Some(kubelet) = self.kubelets.get_mut(place) {
                kubelet.set_network_ready(&mut env, at);
            }
            self.plan(Actor::Kubelet(u32::try_from(place).unwrap_or(u32::MAX)));
        }
        self.settle();
    }

    /// The rules of a node, as `iptables-save` prints them there; empty if there is no such node.
    pub fn iptables_save(&mut self, node: &str) -> String {
        crate::network::iptables_save(&mut self.network, node, self.sim.rng, self.sim.now)
    }

    /// The Service of this name, to look at.
    #[must_use]
    pub fn service(&self, namespace: &str, name: &str) -> Option<&Service> {
        let key = Key::new(Kind::Service, namespace, name);
        self.api.store().get(&key).and_then(AnyObject::get)
    }
}

/// A Pod's containers share one network: what is sent to oneself stays there.
fn loopback(packet: Packet, own: Ipv4Addr) -> Packet {
    match packet {
        Packet::Request { to, request, tls } if to.is_loopback() => Packet::Request {
            to: own,
            request,
            tls,
        },
        Packet::Echo { to, hops } if to.is_loopback() => Packet::Echo { to: own, hops },
        other => other,
    }
}
