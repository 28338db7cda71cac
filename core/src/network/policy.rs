//! NetworkPolicies (`networking.k8s.io/v1`): a Pod that some policy selects takes, or sends, only what some policy allows.

use std::net::Ipv4Addr;

use super::carry::Sending;
use super::journey::Journey;
use super::route::{Lost, Way};
use super::traffic::Stage;
use super::{Ground, Network, Origin};
use crate::api::labels::selector_matches;
use crate::api::meta::MetaExt;
use crate::api::types::IntOrString;
use crate::api::types::networking::{IPBlock, NetworkPolicyPeer, NetworkPolicyPort};
use crate::api::{Key, Kind, Namespace, NetworkPolicy, Pod};
use crate::etcd::Store;

impl Network {
    /// A policy that keeps a packet away from the machine of its address, or on the one that it comes from.
    pub(super) fn refused_by_policy(
        &self,
        ground: &dyn Ground,
        sending: &Sending<'_>,
        way: &Way,
        journey: &mut Journey,
    ) -> Option<Lost> {
        let store = ground.store();
        if !self.cni.enforces() || store.count(Kind::NetworkPolicy) == 0 {
            return None;
        }
        let pod = |namespace: &str, name: &str| {
            let found = store.get(&Key::new(Kind::Pod, namespace, name))?.get::<Pod>()?;
            (found.spec.host_network != Some(true)).then_some(found)
        };
        let from = match sending.origin {
            Origin::Pod { namespace, name, .. } => pod(namespace, name),
            _ => None,
        };
        let holder = self.holder(way.to, way.machine)?;
        // What comes from the Pod's own node always passes: its probes do, and its kubelet.
        if matches!(sending.origin, Origin::Node(from) | Origin::Forwarded(from) if *from == holder) {
            return None;
        }
        let resident = ground.resident(holder, way.to, way.port);
        let to = resident.and_then(|found| pod(&found.pod.0, &found.pod.1));
        let ends = (
            &End {
                address: way.source,
                pod: from,
            },
            &End {
                address: way.to,
                pod: to,
            },
        );
        let protocol = if sending.udp { "UDP" } else { "TCP" };
        let (kind, name) = refusal(store, ends, (way.port, protocol))?;
        journey.hop(Stage::Policy, || (name, format!("{kind}: denied")));
        Some(Lost::dropped())
    }
}

/// One end of a connection.
pub(super) struct End<'a> {
    pub(super) address: Ipv4Addr,
    /// The Pod, unless it is somebody else or uses its node's network.
    pub(super) pod: Option<&'a Pod>,
}

/// The policy that stands in the way of a connection, and which way: `egress` or `ingress`; `None` if it may pass.
pub(super) fn refusal(
    store: &Store,
    (from, to): (&End<'_>, &End<'_>),
    (port, protocol): (u16, &str),
) -> Option<(&'static str, String)> {
    for (own, other, way) in [(from, to, "Egress"), (to, from, "Ingress")] {
        let Some(pod) = own.pod else { continue };
        let policies = store
            .list_in(Kind::NetworkPolicy, pod.namespace())
            .filter_map(|object| object.get::<NetworkPolicy>());
        let mut selecting = policies
            .filter(|policy| {
                selector_matches(policy.spec.pod_selector.as_ref(), pod.metadata.labels_or_empty())
            })
            .filter(|policy| policy.spec.policy_types.iter().flatten().any(|kind| kind == way))
            .peekable();
        let first = selecting.peek().map(|policy| policy.name().to_owned());
        let Some(first) = first else { continue };
        let allowed = selecting.any(|policy| {
            let fits = |peers: Option<&Vec<NetworkPolicyPeer>>, ports: Option<&Vec<NetworkPolicyPort>>| {
                peers_fit(store, policy.namespace(), peers, other)
                    && ports_fit(ports, to.pod, (port, protocol))
            };
            if way == "Egress" {
                let mut rules = policy.spec.egress.iter().flatten();
                rules.any(|rule| fits(rule.to.as_ref(), rule.ports.as_ref()))
            } else {
                let mut rules = policy.spec.ingress.iter().flatten();
                rules.any(|rule| fits(rule.from.as_ref(), rule.ports.as_ref()))
            }
        });
        if !allowed {
            return Some((way, first));
        }
    }
    None
}

fn peers_fit(
    store: &Store,
    namespace: &str,
    peers: Option<&Vec<NetworkPolicyPeer>>,
    other: &End<'_>,
) -> bool {
    let Some(peers) = peers.filter(|peers| !peers.is_empty()) else {
        return true;
    };
    peers.iter().any(|peer| {
        if let Some(block) = &peer.ip_block {
            return in_block(block, other.address);
        }
        let Some(pod) = other.pod else { return false };
        let namespace_fits = match &peer.namespace_selector {
            None => pod.namespace() == namespace,
            Some(selector) => {
                let key = Key::new(Kind::Namespace, "", pod.namespace());
                let found = store.get(&key).and_then(|object| object.get::<Namespace>());
                found.is_some_and(|found| selector_matches(Some(selector), found.metadata.labels_or_empty()))
            }
        };
        let pod_fits = peer
            .pod_selector
            .as_ref()
            .is_none_or(|selector| selector_matches(Some(selector), pod.metadata.labels_or_empty()));
        namespace_fits && pod_fits
    })
}

fn in_block(block: &IPBlock, address: Ipv4Addr) -> bool {
    in_range(&block.cidr, address)
        && !block
            .except
            .iter()
            .flatten()
            .any(|range| in_range(range, address))
}

/// Whether an address is in a range (`10.0.0.0/8`).
pub(super) fn in_range(range: &str, address: Ipv4Addr) -> bool {
    let (base, length) = range.split_once('/').unwrap_or((range, "32"));
    let (Ok(base), Ok(length)) = (base.parse::<Ipv4Addr>(), length.parse::<u32>()) else {
        return false;
    };
    let mask = u32::MAX.checked_shl(32 - length.min(32)).unwrap_or(0);
    u32::from(base) & mask == u32::from(address) & mask
}

fn ports_fit(
    ports: Option<&Vec<NetworkPolicyPort>>,
    to: Option<&Pod>,
    (port, protocol): (u16, &str),
) -> bool {
    let Some(ports) = ports.filter(|ports| !ports.is_empty()) else {
        return true;
    };
    ports.iter().any(|allowed| {
        if allowed.protocol.as_deref().unwrap_or("TCP") != protocol {
            return false;
        }
        let number = i32::from(port);
        match (&allowed.port, allowed.end_port) {
            (None, _) => true,
            (Some(IntOrString::Int(first)), Some(last)) => (*first..=last).contains(&number),
            (Some(IntOrString::Int(only)), None) => *only == number,
            (Some(IntOrString::String(name)), _) => {
                let containers = to.into_iter().flat_map(|pod| &pod.spec.containers);
                let mut named = containers.flat_map(|container| container.ports.iter().flatten());
                named.any(|known| known.name.as_ref() == Some(name) && known.container_port == number)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_they_should() {
        let address = Ipv4Addr::new(10, 244, 1, 7);
        assert!(in_range("10.244.0.0/16", address));
        assert!(in_range("0.0.0.0/0", address));
        assert!(in_range("10.244.1.7/32", address));
        assert!(!in_range("10.244.2.0/24", address));
        assert!(!in_range("nonsense", address));
    }
}
