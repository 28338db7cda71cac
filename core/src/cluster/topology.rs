//! The machines a cluster is made of, and what is on it from the start.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::kubelet::NodeSpec;
use crate::network::Cni;

const GIB: i64 = 1 << 30;

/// What a cluster is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    /// The machines.
    pub nodes: Vec<NodeSpec>,
    /// No Pods in `kube-system`, and a registry that has every image: the cluster the reference was recorded on.
    pub bare: bool,
    /// How many members etcd has: 1, 3 or 5.
    #[serde(default = "one")]
    pub etcd_members: u8,
    /// Between how many workers the cluster autoscaler keeps it, if there is one.
    #[serde(default)]
    pub autoscaler: Option<(usize, usize)>,
    /// What connects the Pods.
    #[serde(default)]
    pub cni: Cni,
    /// Whether there is a provider of load balancers.
    #[serde(default)]
    pub load_balancer: bool,
}

fn one() -> u8 {
    1
}

impl Default for Topology {
    /// A control plane and three workers, 4 CPU, 8 Gi and 110 Pods each.
    fn default() -> Self {
        Self::with_workers(3)
    }
}

impl Topology {
    /// A control plane and so many workers, 4 CPU, 8 Gi and 110 Pods each.
    #[must_use]
    pub fn with_workers(count: u16) -> Self {
        Self {
            nodes: (0..=count).map(worker).collect(),
            bare: false,
            etcd_members: 1,
            autoscaler: None,
            cni: Cni::default(),
            load_balancer: false,
        }
    }

    /// The cluster that the reference was recorded on: nothing in `kube-system`, fast pulls, every image there is.
    #[must_use]
    pub fn bare() -> Self {
        let mut topology = Self {
            bare: true,
            ..Self::default()
        };
        for node in &mut topology.nodes {
            node.pull_mib_per_sec = 500;
        }
        topology
    }
}

/// The machine of this number; the first is the control plane.
pub(super) fn worker(index: u16) -> NodeSpec {
    NodeSpec {
        name: if index == 0 {
            "control-plane".to_owned()
        } else {
            format!("worker-{index}")
        },
        address: offset(Ipv4Addr::new(172, 18, 0, 2), u32::from(index)),
        pod_network: offset(Ipv4Addr::new(10, 244, 0, 0), u32::from(index) << 8),
        cpu_millis: 4_000,
        memory_bytes: 8 * GIB,
        max_pods: 110,
        control_plane: index == 0,
        pull_mib_per_sec: 40,
        labels: BTreeMap::new(),
    }
}

fn offset(address: Ipv4Addr, by: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(address) + by)
}
