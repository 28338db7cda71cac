//! The network below the Pods: one request carried hop by hop, from its client through names, rules, routes and policies to a process, and back.
//!
//! One file for each part of a real one: `dns` (CoreDNS), `proxy` (kube-proxy on each node), `cni`, `policy`, `ingress` (ingress-nginx), `balancer`
//! (a cloud's load balancers). [`Network`] is all of it; it knows no kubelet: what it asks of machines is the trait [`Ground`]. Nothing here wakes up
//! by itself but requests and load: rules are brought up to date when somebody looks at them, as of that moment.

mod apiserver;
mod balancer;
mod carry;
mod client;
mod cni;
mod dns;
mod flight;
mod ingress;
mod journey;
mod load;
mod local;
mod nat;
mod origin;
mod pem;
mod policy;
mod proxy;
mod route;
mod rules;
mod serve;
mod service;
mod sha256;
mod traffic;
mod world;

pub use apiserver::{api_certificate, http_to_https};
pub use client::{Delivery, PATIENCE};
pub use cni::Cni;
pub use flight::Ticket;
pub use load::{Generator, GeneratorId, Shape};
pub use local::{Counted, Local, is_own};
pub use origin::{Machine, Origin};
pub use rules::iptables_save;
pub use traffic::{
    Bucket, Counts, Fate, Histogram, Hop, PodShare, Reason, Record, Stage, Target, Traffic, Trip,
};

use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::meta::MetaExt;
use crate::api::{AnyObject, EndpointSlice, Kind};
use crate::apiserver::{ProxyRequest, Response};
use crate::etcd::Store;
use crate::runtime::traffic::{Refused, Request, Served};
use crate::sim::{EventQueue, Rng, Time};
use crate::sorted::SortedMap;

/// A process that may answer: which Pod's, on which machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resident {
    /// The Pod's UID.
    pub uid: std::sync::Arc<str>,
    /// Its namespace and name.
    pub pod: (std::sync::Arc<str>, std::sync::Arc<str>),
    /// What the container that listens runs: a server of its own, or one that the network plays.
    pub role: Role,
    /// The instance of that container: since when it runs; `None` if none listens.
    pub since: Option<Time>,
}

/// What a container's server is to the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// An application.
    Application,
    /// A name server of the cluster.
    Dns,
    /// An ingress controller.
    Ingress,
}

/// How a request of the API server's is brought to a Pod.
pub type Pass<'a> = dyn FnMut(&mut dyn Ground, &ProxyRequest) -> (Response, Duration) + 'a;

/// The machines and what runs on them, as the network sees them.
pub trait Ground {
    /// The present moment.
    fn now(&self) -> Time;
    /// Chance.
    fn rng(&self) -> Rng;
    /// The cluster's objects.
    fn store(&self) -> &Store;
    /// Who has this address on a machine and listens on the port, or has the address at least.
    fn resident(&self, machine: u32, address: Ipv4Addr, port: u16) -> Option<Resident>;
    /// Asks a Pod's server.
    ///
    /// # Errors
    ///
    /// When it gives no answer.
    fn serve(&mut self, machine: u32, uid: &str, request: &Request) -> Result<Served, Refused>;
    /// The address of a name in the laptop's `/etc/hosts`.
    fn in_hosts(&self, name: &str) -> Option<Ipv4Addr>;
    /// Asks the API server; what it has to pass on to a Pod it hands over, for the answer and how long that took.
    fn api(&mut self, request: &Request, pass: &mut Pass<'_>) -> Option<Served>;
    /// Whether the container that was asked still runs: the instance that runs since then.
    fn lives(&self, machine: u32, uid: &str, since: Time) -> bool;
    /// Writes what a Service's load balancer is.
    fn set_balancer(&mut self, namespace: &str, name: &str, address: Option<Ipv4Addr>);
    /// Notes something in the trace about an object.
    fn note(&mut self, kind: Kind, namespace: &str, name: &str, message: String);
}

/// The network of a cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Network {
    cni: Cni,
    machines: Vec<Machine>,
    proxy: proxy::Proxies,
    balancer: balancer::Balancer,
    clients: client::Clients,
    load: load::Load,
    /// What load is to ask on the laptop itself.
    local: Vec<Local>,
    traffic: Traffic,
    flights: EventQueue<flight::Flight>,
    /// How many requests were begun: the key of what chance decides about each.
    drawn: u64,
    /// Who keeps to which endpoint (`sessionAffinity: ClientIP`).
    sticky: SortedMap<(Ipv4Addr, u16, Ipv4Addr), (Ipv4Addr, Time)>,
}

impl Network {
    /// A network of this kind without machines; `hosted` if kube-proxy runs as Pods.
    #[must_use]
    pub fn new(cni: Cni, hosted: bool) -> Self {
        Self {
            cni,
            machines: Vec::new(),
            proxy: proxy::Proxies::new(hosted),
            balancer: balancer::Balancer::default(),
            clients: client::Clients::default(),
            load: load::Load::default(),
            local: Vec::new(),
            traffic: Traffic::default(),
            flights: EventQueue::default(),
            drawn: 0,
            sticky: SortedMap::new(),
        }
    }

    /// What requests met.
    #[must_use]
    pub const fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// The network plugin.
    #[must_use]
    pub const fn cni(&self) -> Cni {
        self.cni
    }

    /// Another network plugin.
    pub fn set_cni(&mut self, cni: Cni) {
        self.cni = cni;
    }

    /// The machines that it connects.
    #[must_use]
    pub fn machines(&self) -> &[Machine] {
        &self.machines
    }

    /// A machine joins.
    pub fn add_machine(&mut self, machine: Machine, now: Time) {
        self.proxy.add(now);
        self.machines.push(machine);
    }

    /// A machine is switched off, or on.
    pub fn switch_machine(&mut self, index: u32, on: bool) {
        if let Some(machine) = self.machine_mut(index) {
            machine.on = on;
        }
    }

    fn machine(&self, index: u32) -> Option<&Machine> {
        self.machines.get(usize::try_from(index).ok()?)
    }

    fn machine_mut(&mut self, index: u32) -> Option<&mut Machine> {
        self.machines.get_mut(usize::try_from(index).ok()?)
    }

    fn machine_of(&self, address: Ipv4Addr) -> Option<u32> {
        let found = self
            .machines
            .iter()
            .position(|machine| machine.address == address)?;
        u32::try_from(found).ok()
    }

    /// Whether an address is a machine's own.
    fn is_machine(&self, address: Ipv4Addr) -> bool {
        self.machine_of(address).is_some()
    }

    /// Something was written: what the rules are made of is noted, to be looked at when somebody needs them.
    pub fn notify(&mut self, object: &AnyObject, gone: bool, rng: Rng, now: Time, store: &Store) {
        match object {
            AnyObject::Service(service) => {
                self.proxy
                    .changed(service.namespace(), service.name(), (now, rng, store));
                self.balancer.changed(service, gone, now);
            }
            AnyObject::EndpointSlice(slice) => {
                if let Some(name) = service_of(slice) {
                    self.proxy.changed(slice.namespace(), name, (now, rng, store));
                }
            }
            AnyObject::Pod(pod) if self.proxy.is_proxy(pod) => {
                let node = pod.spec.node_name.as_deref();
                let found = self
                    .machines
                    .iter()
                    .position(|machine| Some(&*machine.name) == node);
                if let Some(index) = found {
                    self.proxy.switch(index, pod, gone, (rng, now));
                }
            }
            _ => {}
        }
    }

    /// When something next happens by itself.
    #[must_use]
    pub fn wake_at(&self) -> Option<Time> {
        [
            self.flights.next_at(),
            self.load.next_at(),
            self.balancer.next_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Does what is due at this moment.
    pub fn wake(&mut self, ground: &mut dyn Ground) {
        let now = ground.now();
        while let Some((at, flight)) = self.flights.pop_until(now) {
            self.land(ground, at, flight);
        }
        self.run_balancer(ground);
        self.run_load(ground);
    }
}

/// The Service that a slice belongs to.
fn service_of(slice: &EndpointSlice) -> Option<&str> {
    let labels = slice.metadata.labels_or_empty();
    labels.get("kubernetes.io/service-name").map(String::as_str)
}

/// A random duration about the request of this number.
fn jitter(rng: Rng, purpose: &str, n: u64, low_micros: u64, high_micros: u64) -> Duration {
    rng.duration(
        purpose,
        "",
        n,
        Duration::from_micros(low_micros),
        Duration::from_micros(high_micros),
    )
}
