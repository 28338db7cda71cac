//! What the scheduler knows of a node: the node and what its Pods have asked for (`framework.NodeInfo`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::quantity::amount;
use crate::api::types::Quantity;
use crate::api::types::core::ResourceRequirements;
use crate::api::{Key, Kind, Node, Pod};

/// What a Pod without requests is scored as having asked for (`DefaultMilliCPURequest`, `DefaultMemoryRequest`).
const DEFAULT_CPU_MILLIS: i64 = 100;
const DEFAULT_MEMORY_BYTES: i64 = 200 * 1024 * 1024;

/// Amounts of resources: CPU in thousandths, everything else in units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources(pub BTreeMap<String, i64>);

impl Resources {
    /// The amounts of a list of quantities.
    #[must_use]
    pub fn of(list: Option<&BTreeMap<String, Quantity>>) -> Self {
        let value = |name: &str, quantity| {
            let amount = amount(quantity);
            if name == "cpu" {
                amount.millis()
            } else {
                amount.units()
            }
        };
        Self(
            list.into_iter()
                .flatten()
                .map(|(name, quantity)| (name.clone(), value(name, quantity)))
                .collect(),
        )
    }

    /// The amount of one, 0 if absent.
    #[must_use]
    pub fn get(&self, name: &str) -> i64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    fn add(&mut self, other: &Self, sign: i64) {
        for (name, value) in &other.0 {
            *self.0.entry(name.clone()).or_default() += sign * value;
        }
    }

    fn max(&mut self, other: &Self) {
        for (name, value) in &other.0 {
            let entry = self.0.entry(name.clone()).or_default();
            *entry = (*entry).max(*value);
        }
    }
}

/// What a Pod asks for: the sum of its containers, or its largest init container.
fn pod_requests(pod: &Pod) -> Resources {
    requests_of(pod, |resources| {
        Resources::of(resources.and_then(|r| r.requests.as_ref()))
    })
}

/// The same for scoring: a container without a request counts as asking for a little.
fn pod_requests_for_scoring(pod: &Pod) -> Resources {
    requests_of(pod, |resources| {
        let mut asked = Resources::of(resources.and_then(|r| r.requests.as_ref()));
        asked.0.entry("cpu".to_owned()).or_insert(DEFAULT_CPU_MILLIS);
        asked.0.entry("memory".to_owned()).or_insert(DEFAULT_MEMORY_BYTES);
        asked
    })
}

fn requests_of(pod: &Pod, asked: impl Fn(Option<&ResourceRequirements>) -> Resources) -> Resources {
    let mut total = Resources::default();
    for container in &pod.spec.containers {
        total.add(&asked(container.resources.as_ref()), 1);
    }
    for container in pod.spec.init_containers.iter().flatten() {
        total.max(&asked(container.resources.as_ref()));
    }
    if let Some(overhead) = &pod.spec.overhead {
        total.add(&Resources::of(Some(overhead)), 1);
    }
    total
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Placed {
    requests: Resources,
    scoring: Resources,
    host_ports: Vec<(String, i32)>,
}

/// A node and what is on it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NodeInfo {
    /// The node.
    pub node: Node,
    /// What it has for Pods.
    pub allocatable: Resources,
    /// What its Pods asked for.
    pub requested: Resources,
    /// The same, with a little for those that asked for nothing.
    pub scoring_requested: Resources,
    pods: BTreeMap<Key, Placed>,
}

impl NodeInfo {
    /// The node was written.
    pub fn set_node(&mut self, node: Node) {
        self.allocatable = Resources::of(node.status.allocatable.as_ref());
        self.node = node;
    }

    /// A Pod is on the node.
    pub fn add_pod(&mut self, pod: &Pod) {
        let key = Key::new(Kind::Pod, pod.namespace(), pod.name());
        if self.pods.contains_key(&key) {
            return;
        }
        let ports = pod
            .spec
            .containers
            .iter()
            .flat_map(|container| container.ports.iter().flatten());
        let host_ports = ports
            .filter_map(|port| {
                Some((
                    port.protocol.clone().unwrap_or_else(|| "TCP".to_owned()),
                    port.host_port?,
                ))
            })
            .filter(|(_, port)| *port != 0)
            .collect();
        let placed = Placed {
            requests: pod_requests(pod),
            scoring: pod_requests_for_scoring(pod),
            host_ports,
        };
        self.requested.add(&placed.requests, 1);
        self.scoring_requested.add(&placed.scoring, 1);
        self.pods.insert(key, placed);
    }

    /// A Pod left the node; answers whether it was there.
    pub fn remove_pod(&mut self, key: &Key) -> bool {
        let Some(placed) = self.pods.remove(key) else {
            return false;
        };
        self.requested.add(&placed.requests, -1);
        self.scoring_requested.add(&placed.scoring, -1);
        true
    }

    /// Number of Pods.
    #[must_use]
    pub fn pod_count(&self) -> usize {
        self.pods.len()
    }

    /// Whether a Pod has this port of the node.
    #[must_use]
    pub fn uses_host_port(&self, protocol: &str, port: i32) -> bool {
        self.pods
            .values()
            .any(|pod| pod.host_ports.iter().any(|(p, n)| p == protocol && *n == port))
    }
}

/// All nodes, as one cycle sees them.
#[derive(Clone, Copy)]
pub struct Snapshot<'a> {
    /// By name.
    pub nodes: &'a BTreeMap<String, NodeInfo>,
}

/// What a Pod asks for, with what scoring counts it as.
pub(super) struct PodRequests {
    pub(super) requests: Resources,
    pub(super) scoring: Resources,
}

impl PodRequests {
    pub(super) fn of(pod: &Pod) -> Self {
        Self {
            requests: pod_requests(pod),
            scoring: pod_requests_for_scoring(pod),
        }
    }
}
