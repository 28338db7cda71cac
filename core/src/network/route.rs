//! The way of a packet to the machine of its address: into the cluster, through the rules of the machine it is on, past the policies, along the routes.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use super::carry::Sending;
use super::journey::Journey;
use super::origin::{LAPTOP, internet_client};
use super::traffic::{Reason, Stage};
use super::{Ground, Network, Origin, jitter, policy, world};
use crate::userland::socket::Failure;

/// How long a kernel tries to connect where nobody answers (`tcp_syn_retries`).
const CONNECT_GIVES_UP: Duration = Duration::from_millis(131_072);

/// Until a router says that it knows no such neighbour.
pub(super) const NO_NEIGHBOUR: Duration = Duration::from_millis(3_064);

/// Where a packet goes after the rules.
pub(super) struct Way {
    pub(super) to: Ipv4Addr,
    pub(super) port: u16,
    pub(super) source: Ipv4Addr,
    /// The machine whose rules it passed last, none if it never came to one.
    pub(super) machine: Option<u32>,
    pub(super) service: Option<(Arc<str>, Arc<str>)>,
}

/// A packet that does not arrive: why, what its sender sees, and after how long.
pub(super) struct Lost {
    pub(super) reason: Reason,
    pub(super) failure: Failure,
    pub(super) after: Duration,
}

impl Lost {
    pub(super) const fn dropped() -> Self {
        Self {
            reason: Reason::Dropped,
            failure: Failure::TimedOut,
            after: CONNECT_GIVES_UP,
        }
    }

    pub(super) const fn no_route() -> Self {
        Self {
            reason: Reason::NoRoute,
            failure: Failure::TimedOut,
            after: CONNECT_GIVES_UP,
        }
    }

    pub(super) const fn no_neighbour() -> Self {
        Self {
            reason: Reason::NoRoute,
            failure: Failure::Unreachable,
            after: NO_NEIGHBOUR,
        }
    }

    pub(super) const fn refused(reason: Reason) -> Self {
        Self {
            reason,
            failure: Failure::Refused,
            after: Duration::ZERO,
        }
    }
}

impl Network {
    /// Through rules and policies to the machine of its address; the way as far as it goes, and why no further.
    pub(super) fn route(
        &mut self,
        ground: &mut dyn Ground,
        sending: &Sending<'_>,
        journey: &mut Journey,
    ) -> (Way, Option<Lost>) {
        let source = match sending.origin {
            Origin::Laptop => LAPTOP,
            Origin::Internet => internet_client(sending.n),
            // The kubelet connects inside the Pod.
            Origin::Forwarded(_) => Ipv4Addr::LOCALHOST,
            Origin::Node(index) => self.machine(*index).map_or(LAPTOP, |machine| machine.address),
            Origin::Pod { address, .. } => *address,
        };
        let mut way = Way {
            to: sending.to,
            port: sending.request.port,
            source,
            machine: sending.origin.machine(),
            service: None,
        };
        let lost = self.enter(ground, sending, &mut way, journey);
        let lost = lost.or_else(|| self.translate(ground, sending, &mut way, journey));
        let lost = lost.or_else(|| self.cross(ground, sending, &mut way, journey));
        (way, lost)
    }

    /// To the first machine of the cluster, for who comes from outside.
    fn enter(
        &mut self,
        ground: &dyn Ground,
        sending: &Sending<'_>,
        way: &mut Way,
        journey: &mut Journey,
    ) -> Option<Lost> {
        if let Origin::Forwarded(index) = sending.origin {
            journey.takes(jitter(ground.rng(), "forward", sending.n, 900, 2_400));
            let machine = self.machine(*index)?;
            journey.hop(Stage::Node, || {
                let note = "through the API server and the kubelet";
                (machine.name.to_string(), note.to_owned())
            });
        }
        if way.machine.is_some() {
            // A node port of another machine is that machine's to take.
            if let Some(index) = self
                .machine_of(way.to)
                .filter(|index| Some(*index) != way.machine)
            {
                journey.takes(jitter(ground.rng(), "wire", sending.n, 150, 400));
                if !self.machine(index).is_some_and(|machine| machine.on) {
                    return Some(Lost::no_neighbour());
                }
                way.machine = Some(index);
            }
            return None;
        }
        let far = if matches!(sending.origin, Origin::Internet) {
            (9_000, 26_000)
        } else {
            (180, 420)
        };
        if world::is_public(way.to) {
            return None;
        }
        journey.takes(jitter(ground.rng(), "access", sending.n, far.0, far.1));
        let balanced = self.is_balancer(way.to);
        let index = if balanced {
            self.balance(ground, sending, way, journey)
        } else {
            self.machine_of(way.to)
        };
        let Some(index) = index else {
            return Some(if balanced {
                Lost::dropped()
            } else if policy::in_range("172.18.0.0/16", way.to) {
                Lost::no_neighbour()
            } else {
                Lost::no_route()
            });
        };
        way.machine = Some(index);
        let machine = self.machine(index)?;
        journey.hop(Stage::Node, || (machine.name.to_string(), String::new()));
        (!machine.on).then(Lost::no_neighbour)
    }

    /// The machine on which an address is sought: for a Pod's, one's own network comes first, then the routes.
    pub(super) fn holder(&self, address: Ipv4Addr, from: Option<u32>) -> Option<u32> {
        if let Some(index) = self.machine_of(address) {
            return Some(index);
        }
        let in_network = |index: u32| {
            self.machine(index)
                .is_some_and(|machine| u32::from(machine.pod_network) >> 8 == u32::from(address) >> 8)
        };
        if let Some(own) = from.filter(|own| in_network(*own)) {
            return Some(own);
        }
        (0..u32::try_from(self.machines.len()).unwrap_or(u32::MAX)).find(|index| in_network(*index))
    }

    /// From the machine of the rules to that of the address, past the policies.
    fn cross(
        &mut self,
        ground: &dyn Ground,
        sending: &Sending<'_>,
        way: &mut Way,
        journey: &mut Journey,
    ) -> Option<Lost> {
        let rng = ground.rng();
        let Some(from) = way.machine else {
            journey.takes(jitter(rng, "world", sending.n, 6_000, 14_000));
            return None;
        };
        if let Some(lost) = self.refused_by_policy(ground, sending, way, journey) {
            return Some(lost);
        }
        let Some(holder) = self.holder(way.to, Some(from)) else {
            if world::is_public(way.to) {
                journey.takes(jitter(rng, "world", sending.n, 6_000, 14_000));
                journey.hop(Stage::Internet, || (way.to.to_string(), String::new()));
                way.machine = None;
                return None;
            }
            let near = policy::in_range("172.18.0.0/16", way.to);
            return Some(if near {
                Lost::no_neighbour()
            } else {
                Lost::no_route()
            });
        };
        if holder == from {
            journey.takes(jitter(rng, "veth", sending.n, 25, 80));
        } else {
            let low = 150 + self.cni.overhead_micros();
            journey.takes(jitter(rng, "route", sending.n, low, low + 250));
            let machine = self.machine(holder)?;
            let way_text = self.cni.way();
            journey.hop(Stage::Route, || (machine.name.to_string(), way_text.to_owned()));
            if !machine.on {
                return Some(Lost::no_neighbour());
            }
        }
        way.machine = Some(holder);
        None
    }
}
