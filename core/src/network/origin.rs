//! Where requests begin, and the machines.

use std::net::Ipv4Addr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The learner's laptop: the far end of the nodes' network.
pub(super) const LAPTOP: Ipv4Addr = Ipv4Addr::new(172, 18, 0, 1);

/// A machine of the cluster, as the network sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Its node's name.
    pub name: Arc<str>,
    /// Its own address.
    pub address: Ipv4Addr,
    /// The first address of its Pods' range, a /24.
    pub pod_network: Ipv4Addr,
    /// Whether the API server runs on it.
    pub control_plane: bool,
    /// Whether it is switched on.
    pub on: bool,
}

/// Where a request begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Origin {
    /// The learner's laptop.
    Laptop,
    /// Somewhere else in the world, at one of many addresses.
    Internet,
    /// A machine of the cluster.
    Node(u32),
    /// The learner's laptop, through the API server and the kubelet of this machine (`kubectl port-forward`).
    Forwarded(u32),
    /// A Pod.
    Pod {
        /// Its machine.
        machine: u32,
        /// Its address.
        address: Ipv4Addr,
        /// Its namespace.
        namespace: Arc<str>,
        /// Its name.
        name: Arc<str>,
    },
}

impl Origin {
    /// A client in the cluster that is no Pod of anybody's: an address of the control plane's range, in the namespace `default`.
    #[must_use]
    pub fn client() -> Self {
        Self::Pod {
            machine: 0,
            address: Ipv4Addr::new(10, 244, 0, 255),
            namespace: "default".into(),
            name: "client".into(),
        }
    }

    /// The machine it is on, if it is in the cluster.
    #[must_use]
    pub const fn machine(&self) -> Option<u32> {
        match self {
            Self::Laptop | Self::Internet => None,
            Self::Node(machine) | Self::Forwarded(machine) | Self::Pod { machine, .. } => Some(*machine),
        }
    }

    /// What it is called: `laptop`, `internet`, a node's name, `pod/NAMESPACE/NAME`.
    #[must_use]
    pub fn label(&self, machines: &[Machine]) -> String {
        match self {
            Self::Laptop | Self::Forwarded(_) => "laptop".to_owned(),
            Self::Internet => "internet".to_owned(),
            Self::Node(index) => {
                let machine = usize::try_from(*index).ok().and_then(|index| machines.get(index));
                format!("node/{}", machine.map_or("", |machine| &*machine.name))
            }
            Self::Pod { namespace, name, .. } => format!("pod/{namespace}/{name}"),
        }
    }
}

/// One of the many addresses of the Internet's clients.
pub(super) fn internet_client(n: u64) -> Ipv4Addr {
    let [.., a, b] = (n.wrapping_mul(0x9e37_79b9) >> 8).to_be_bytes();
    Ipv4Addr::new(203, 0, 113, a ^ b)
}
