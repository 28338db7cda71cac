//! What a node's rules make of a packet (the chains `KUBE-SERVICES`, `KUBE-SVC-`, `KUBE-SEP-` and `KUBE-EXT-` of the table `nat`): the address of a Service
//! becomes that of an endpoint.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use super::carry::Sending;
use super::journey::Journey;
use super::route::{Lost, Way};
use super::service::{Choice, Picked, Port, Rule};
use super::traffic::{Reason, Stage};
use super::{Ground, Network, jitter, policy};
use crate::sim::{Rng, Time};

/// The services' range.
const SERVICE_RANGE: &str = "10.96.0.0/12";

impl Network {
    /// Through the rules of the machine that the packet is on: the address of a Service becomes that of an endpoint.
    #[expect(clippy::too_many_lines, reason = "one case after another")]
    pub(super) fn translate(
        &mut self,
        ground: &dyn Ground,
        sending: &Sending<'_>,
        way: &mut Way,
        journey: &mut Journey,
    ) -> Option<Lost> {
        let index = way.machine?;
        let place = usize::try_from(index).ok()?;
        let (rng, now) = (ground.rng(), ground.now());
        let (node, own) = self
            .machine(index)
            .map(|machine| (Arc::clone(&machine.name), machine.address))?;
        let on_node = way.to == own;
        let rule = if on_node {
            self.proxy.by_node_port(place, way.port, (rng, now))
        } else {
            self.proxy.by_address(place, way.to, (rng, now))
        };
        let Some(rule) = rule else {
            let services = policy::in_range(SERVICE_RANGE, way.to);
            journey.takes(jitter(rng, "rules", sending.n, 12, 35));
            if services {
                journey.hop(Stage::Proxy, || {
                    (node.to_string(), "no rule for this address".to_owned())
                });
            }
            return services.then(Lost::no_route);
        };
        way.service = Some((Arc::clone(&rule.namespace), Arc::clone(&rule.name)));
        journey.takes(jitter(rng, "rules", sending.n, 12, 35));
        let fits = |port: &&Port| {
            port.udp == sending.udp
                && if on_node {
                    port.node_port == way.port
                } else {
                    port.port == way.port
                }
        };
        let Some(port) = rule.ports.iter().find(fits) else {
            journey.hop(Stage::Proxy, || {
                (
                    node.to_string(),
                    format!("{}/{} has no port {}", rule.namespace, rule.name, way.port),
                )
            });
            return Some(Lost::no_route());
        };
        let inside = rule.cluster_ip == Some(way.to);
        let from_outside = sending.origin.machine().is_none();
        let local = if inside {
            rule.internal_local
        } else {
            // Who is in the cluster may go to every endpoint (`KUBE-EXT` short-circuits for local sources).
            rule.external_local && from_outside
        };
        if rule.balancers.contains(&way.to)
            && !rule.source_ranges.is_empty()
            && !rule
                .source_ranges
                .iter()
                .any(|range| policy::in_range(range.trim(), way.source))
        {
            return Some(Lost::dropped());
        }
        let choice = port.choice(&node, local);
        let named = format!("{}/{}", rule.namespace, rule.name);
        match choice {
            Choice::Reject => {
                journey.hop(Stage::Proxy, || {
                    (node.to_string(), format!("{named} has no endpoints: REJECT"))
                });
                Some(Lost::refused(Reason::NoEndpoint))
            }
            Choice::Drop => {
                journey.hop(Stage::Proxy, || {
                    (node.to_string(), format!("{named} has no local endpoints: DROP"))
                });
                Some(Lost::dropped())
            }
            Choice::Any(endpoints) => {
                let chosen = self.choose(endpoints, &rule, (way, sending.n), (rng, now))?;
                journey.hop(Stage::Proxy, || {
                    let of = endpoints.len();
                    let note = format!("{named}: {}:{} of {of}", chosen.0, chosen.1);
                    (node.to_string(), note)
                });
                // Whoever came by a node port, or from outside, seems to come from the node (`KUBE-MARK-MASQ`).
                let keeps = inside || local;
                if !keeps || (inside && from_outside) || chosen.0 == way.source {
                    way.source = own;
                }
                (way.to, way.port) = chosen;
                None
            }
        }
    }

    /// The endpoint that a packet goes to: the one its client keeps to, or any.
    fn choose(
        &mut self,
        endpoints: Picked<'_>,
        rule: &Rule,
        (way, n): (&Way, u64),
        (rng, now): (Rng, Time),
    ) -> Option<(Ipv4Addr, u16)> {
        let key = (rule.cluster_ip.unwrap_or(way.to), way.port, way.source);
        if let Some(secs) = rule.affinity_secs
            && let Some((kept, at)) = self.sticky.get_mut(&key)
            && now.since(*at) < Duration::from_secs(secs)
            && let Some(endpoint) = endpoints.iter().find(|endpoint| endpoint.address == *kept)
        {
            *at = now;
            return Some((endpoint.address, endpoint.port));
        }
        let count = u64::try_from(endpoints.len()).ok().filter(|count| *count > 0)?;
        let at = usize::try_from(rng.draw("endpoint", "", n) % count).ok()?;
        let chosen = endpoints.iter().nth(at)?;
        if rule.affinity_secs.is_some() {
            if self.sticky.len() > 10_000 {
                self.sticky.clear();
            }
            self.sticky.insert(key, (chosen.address, now));
        }
        Some((chosen.address, chosen.port))
    }
}
