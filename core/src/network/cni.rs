//! The network plugin: what connects Pods of different machines, and whether it enforces NetworkPolicies.

use serde::{Deserialize, Serialize};

/// A network plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cni {
    /// None is installed: nodes are not ready, Pods get no address.
    None,
    /// A bridge on each node and routes between them (the `bridge` plugin, kindnet). NetworkPolicies are accepted and ignored.
    #[default]
    Bridge,
    /// An overlay in VXLAN (flannel). NetworkPolicies are accepted and ignored.
    Flannel,
    /// Routes, and NetworkPolicies enforced.
    Calico,
}

impl Cni {
    /// Whether NetworkPolicies are enforced.
    #[must_use]
    pub const fn enforces(self) -> bool {
        matches!(self, Self::Calico)
    }

    /// Whether Pods get addresses.
    #[must_use]
    pub const fn is_there(self) -> bool {
        !matches!(self, Self::None)
    }

    /// How it carries packets to another machine.
    pub(super) const fn way(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Bridge => "cni0 bridge, host route",
            Self::Flannel => "flannel.1, VXLAN",
            Self::Calico => "cali, host route",
        }
    }

    /// What an overlay adds to each packet's way, in microseconds.
    pub(super) const fn overhead_micros(self) -> u64 {
        if matches!(self, Self::Flannel) { 90 } else { 0 }
    }
}
