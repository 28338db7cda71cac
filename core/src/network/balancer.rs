//! A cloud's load balancers (`cloud-provider`'s service controller), which a cluster has or has not: without one, a Service of type LoadBalancer waits
//! for its address for ever.

use crate::sorted::{SortedMap, SortedSet};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::carry::Sending;
use super::journey::Journey;
use super::route::Way;
use super::service::{Choice, Port};
use super::traffic::Stage;
use super::{Ground, Network, jitter};
use crate::api::meta::MetaExt;
use crate::api::{Key, Kind, Service};
use crate::sim::Time;

/// The addresses that it gives, in the nodes' own network so that the laptop reaches them (MetalLB's usual range there).
const FIRST: u32 = u32::from_be_bytes([172, 18, 255, 200]);
const LAST: u32 = u32::from_be_bytes([172, 18, 255, 250]);
/// How long it takes to set one up.
const SETS_UP_IN: Duration = Duration::from_secs(2);

/// A Service's namespace and name.
type Name = (String, String);

/// The provider of load balancers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Balancer {
    on: bool,
    given: SortedMap<Name, Ipv4Addr>,
    due: SortedSet<(Time, Name)>,
}

impl Balancer {
    /// A Service was written.
    pub(super) fn changed(&mut self, service: &Service, gone: bool, now: Time) {
        let name = (service.namespace().to_owned(), service.name().to_owned());
        let wanted = !gone && service.spec.type_.as_deref() == Some("LoadBalancer");
        if wanted == self.given.contains_key(&name) {
            return;
        }
        if gone {
            self.given.remove(&name);
        } else if self.on {
            self.due.insert((now + SETS_UP_IN, name));
        }
    }

    pub(super) fn next_at(&self) -> Option<Time> {
        self.due.first().map(|(at, _)| *at)
    }
}

impl Network {
    /// The machine that a load balancer chooses: one that is on, and has an endpoint if only those will do (`healthCheckNodePort`).
    pub(super) fn balance(
        &mut self,
        ground: &dyn Ground,
        sending: &Sending<'_>,
        way: &Way,
        journey: &mut Journey,
    ) -> Option<u32> {
        let (rng, now) = (ground.rng(), ground.now());
        journey.takes(jitter(rng, "balancer", sending.n, 90, 220));
        journey.hop(Stage::LoadBalancer, || (way.to.to_string(), String::new()));
        let mut able = Vec::new();
        for index in 0..self.machines.len() {
            let on = self
                .machines
                .get(index)
                .is_some_and(|machine| machine.on && !machine.control_plane);
            if !on {
                continue;
            }
            let name = self.machines.get(index).map(|machine| Arc::clone(&machine.name));
            let rule = self.proxy.by_address(index, way.to, (rng, now));
            let fits = rule.is_none_or(|rule| {
                let local = |port: &Port| {
                    matches!(
                        port.choice(name.as_deref().unwrap_or_default(), true),
                        Choice::Any(_)
                    )
                };
                !rule.external_local || rule.ports.iter().any(local)
            });
            if fits {
                able.push(u32::try_from(index).ok()?);
            }
        }
        let count = u64::try_from(able.len()).ok().filter(|count| *count > 0)?;
        let at = rng.draw("balancer-node", "", sending.n) % count;
        able.get(usize::try_from(at).ok()?).copied()
    }

    /// Whether there is a provider of load balancers.
    #[must_use]
    pub const fn has_balancers(&self) -> bool {
        self.balancer.on
    }

    /// Says whether there is a provider of load balancers, before there is anything to balance.
    pub const fn have_balancers(&mut self, on: bool) {
        self.balancer.on = on;
    }

    /// The provider of load balancers comes or goes; what it has given stays.
    pub fn switch_balancers(&mut self, ground: &mut dyn Ground, on: bool) {
        self.balancer.on = on;
        if !on {
            self.balancer.due.clear();
            return;
        }
        let now = ground.now();
        let services = ground.store().list(Kind::Service);
        for service in services.filter_map(|object| object.get::<Service>()) {
            self.balancer.changed(service, false, now);
        }
    }

    /// Sets up, and takes down, what is due.
    pub(super) fn run_balancer(&mut self, ground: &mut dyn Ground) {
        let now = ground.now();
        while let Some((_, name)) = self.balancer.due.first().filter(|(at, _)| *at <= now).cloned() {
            self.balancer.due.pop_first();
            let key = Key::new(Kind::Service, &name.0, &name.1);
            let service = ground
                .store()
                .get(&key)
                .and_then(|object| object.get::<Service>());
            let wanted = service.filter(|service| {
                service.spec.type_.as_deref() == Some("LoadBalancer") && !service.metadata.is_deleting()
            });
            let asked = wanted.and_then(|service| service.spec.load_balancer_ip.as_deref()?.parse().ok());
            if wanted.is_some() {
                let taken: SortedSet<u32> = self.balancer.given.values().map(|ip| u32::from(*ip)).collect();
                let free = (FIRST..=LAST)
                    .find(|address| !taken.contains(address))
                    .map(Ipv4Addr::from);
                let given = self.balancer.given.get(&name).copied();
                let Some(address) = given.or(asked).or(free) else {
                    continue;
                };
                self.balancer.given.insert(name.clone(), address);
                ground.set_balancer(&name.0, &name.1, Some(address));
            } else if self.balancer.given.remove(&name).is_some() {
                ground.set_balancer(&name.0, &name.1, None);
            }
        }
    }

    /// Whether an address is one of a load balancer's.
    pub(super) fn is_balancer(&self, address: Ipv4Addr) -> bool {
        self.balancer.given.values().any(|known| *known == address)
    }
}
