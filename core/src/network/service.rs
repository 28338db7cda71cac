//! A Service and its endpoints as kube-proxy knows them (`pkg/proxy/servicechangetracker.go`, `endpointschangetracker.go`, `topology.go`).

use std::net::Ipv4Addr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::api::meta::MetaExt;
use crate::api::{EndpointSlice, Key, Kind, Service};
use crate::etcd::Store;

/// An endpoint of one port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Endpoint {
    pub(super) address: Ipv4Addr,
    pub(super) port: u16,
    pub(super) node: Arc<str>,
    pub(super) ready: bool,
    /// Ready but for being stopped.
    pub(super) serving: bool,
    pub(super) terminating: bool,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Port {
    pub(super) name: String,
    pub(super) udp: bool,
    pub(super) port: u16,
    pub(super) node_port: u16,
    pub(super) endpoints: Vec<Endpoint>,
}

/// A Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rule {
    pub(super) namespace: Arc<str>,
    pub(super) name: Arc<str>,
    /// None for a headless one.
    pub(super) cluster_ip: Option<Ipv4Addr>,
    /// Addresses from outside: external ones, and those of load balancers.
    pub(super) external: Vec<Ipv4Addr>,
    pub(super) balancers: Vec<Ipv4Addr>,
    /// Seconds for which a client keeps to its endpoint.
    pub(super) affinity_secs: Option<u64>,
    pub(super) internal_local: bool,
    pub(super) external_local: bool,
    /// Whom the load balancer takes (`loadBalancerSourceRanges`).
    pub(super) source_ranges: Vec<String>,
    pub(super) ports: Vec<Port>,
}

/// Where a packet may go.
pub(super) enum Choice<'a> {
    /// To any of these.
    Any(Picked<'a>),
    /// There are none: the rule says so at once.
    Reject,
    /// There are some, but none here: the packet is dropped.
    Drop,
}

/// Those of a port's endpoints that a packet may go to. They are counted and found again rather than put together: every request asks.
#[derive(Clone, Copy)]
pub(super) struct Picked<'a> {
    endpoints: &'a [Endpoint],
    /// The node that they are on, if only those on it will do.
    here: Option<&'a str>,
    /// None is ready: those that stop, and still serve, stand in.
    stopping: bool,
}

impl<'a> Picked<'a> {
    /// Each of them, in order.
    pub(super) fn iter(self) -> impl Iterator<Item = &'a Endpoint> {
        let fits = move |endpoint: &&Endpoint| {
            self.here.is_none_or(|here| *endpoint.node == *here)
                && if self.stopping {
                    endpoint.serving && endpoint.terminating
                } else {
                    endpoint.ready
                }
        };
        self.endpoints.iter().filter(fits)
    }

    /// How many there are.
    pub(super) fn len(self) -> usize {
        self.iter().count()
    }
}

impl Port {
    /// The endpoints for packets on a node; `local` if only those on it will do.
    pub(super) fn choice<'a>(&'a self, node: &'a str, local: bool) -> Choice<'a> {
        let pick = |here| {
            let picked = |stopping| Picked {
                endpoints: &self.endpoints,
                here,
                stopping,
            };
            let mut either = [picked(false), picked(true)].into_iter();
            either.find(|picked| picked.iter().next().is_some())
        };
        let Some(all) = pick(None) else {
            return Choice::Reject;
        };
        if !local {
            return Choice::Any(all);
        }
        pick(Some(node)).map_or(Choice::Drop, Choice::Any)
    }
}

/// The Service of this name as it is in the store; `None` if there is none that kube-proxy looks at.
pub(super) fn compile(store: &Store, namespace: &str, name: &str) -> Option<Rule> {
    let key = Key::new(Kind::Service, namespace, name);
    let service = store.get(&key)?.get::<Service>()?;
    let spec = &service.spec;
    let cluster_ip = spec.cluster_ip.as_deref().and_then(|ip| ip.parse().ok());
    if spec.type_.as_deref() == Some("ExternalName") {
        return None;
    }
    let slices = slices_of(store, namespace, name);
    let ports = spec.ports.iter().flatten().map(|port| {
        let port_name = port.name.clone().unwrap_or_default();
        Port {
            udp: port.protocol.as_deref() == Some("UDP"),
            port: number(port.port),
            node_port: port.node_port.map_or(0, number),
            endpoints: endpoints(&slices, &port_name),
            name: port_name,
        }
    });
    let addresses = |list: Option<&Vec<String>>| -> Vec<Ipv4Addr> {
        let list = list.into_iter().flatten();
        list.filter_map(|ip| ip.parse().ok()).collect()
    };
    let ingress = service.status.load_balancer.as_ref();
    let ingress = ingress
        .and_then(|status| status.ingress.as_ref())
        .into_iter()
        .flatten();
    let affinity = spec.session_affinity.as_deref() == Some("ClientIP");
    let timeout = spec
        .session_affinity_config
        .as_ref()
        .and_then(|config| config.client_ip.as_ref()?.timeout_seconds);
    Some(Rule {
        namespace: namespace.into(),
        name: name.into(),
        cluster_ip,
        external: addresses(spec.external_ips.as_ref()),
        balancers: ingress.filter_map(|one| one.ip.as_ref()?.parse().ok()).collect(),
        affinity_secs: affinity.then(|| timeout.unwrap_or(10_800).max(0).unsigned_abs().into()),
        internal_local: spec.internal_traffic_policy.as_deref() == Some("Local"),
        external_local: spec.external_traffic_policy.as_deref() == Some("Local"),
        source_ranges: spec.load_balancer_source_ranges.clone().unwrap_or_default(),
        ports: ports.collect(),
    })
}

/// The slices of a Service.
pub(super) fn slices_of<'a>(store: &'a Store, namespace: &'a str, name: &'a str) -> Vec<&'a EndpointSlice> {
    let slices = store
        .list_in(Kind::EndpointSlice, namespace)
        .filter_map(|object| object.get::<EndpointSlice>());
    slices
        .filter(|slice| {
            slice
                .metadata
                .labels_or_empty()
                .get("kubernetes.io/service-name")
                .is_some_and(|service| service == name)
        })
        .collect()
}

/// The endpoints of a port, each once.
fn endpoints(slices: &[&EndpointSlice], port_name: &str) -> Vec<Endpoint> {
    let mut found: Vec<Endpoint> = Vec::new();
    for slice in slices.iter().filter(|slice| slice.spec.address_type == "IPv4") {
        let mut ports = slice.spec.ports.iter().flatten();
        let port = ports.find(|port| port.name.as_deref().unwrap_or_default() == port_name);
        let Some(port) = port.and_then(|port| port.port) else {
            continue;
        };
        for endpoint in slice.spec.endpoints.iter().flatten() {
            let Some(address) = endpoint.addresses.first().and_then(|ip| ip.parse().ok()) else {
                continue;
            };
            let conditions = endpoint.conditions.as_ref();
            // Unknown is ready (`discovery.k8s.io/v1` EndpointConditions).
            let ready = conditions.and_then(|known| known.ready).unwrap_or(true);
            found.push(Endpoint {
                address,
                port: number(port),
                node: endpoint.node_name.as_deref().unwrap_or_default().into(),
                ready,
                serving: conditions.and_then(|known| known.serving).unwrap_or(ready),
                terminating: conditions.and_then(|known| known.terminating).unwrap_or(false),
            });
        }
    }
    // In kube-proxy's order.
    crate::sort::sort_by_key(&mut found, |endpoint| (endpoint.address, endpoint.port));
    found.dedup_by(|a, b| (a.address, a.port) == (b.address, b.port));
    found
}

fn number(port: i32) -> u16 {
    u16::try_from(port).unwrap_or_default()
}
