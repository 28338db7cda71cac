//! A request carried from its client to a process: the rule that takes its address, the endpoint that chance or affinity chooses, the policies on the
//! way, the machine, the Pod, the server; and what comes back, and when.
//!
//! The way is worked out when the request is sent; it lands when its answer is there. A container that ends in between takes its requests with it.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::client::Delivery;
use super::origin::LAPTOP;
use super::policy;
use super::service::{Choice, Picked, Rule};
use super::traffic::{End, Fate, Hop, Reason, Stage, Target, Trip};
use super::{Ground, Network, Origin, Resident, Role, apiserver, jitter, world};
use crate::api::{Key, Kind, Pod};
use crate::runtime::traffic::{HttpReply, Refused, Reply, Request, Served};
use crate::sim::Time;
use crate::userland::socket::{Answer, Arrival, Certificate, Failure};

/// How long a kernel tries to connect where nobody answers (`tcp_syn_retries`).
const CONNECT_GIVES_UP: Duration = Duration::from_millis(131_072);
/// Until a router says that it knows no such neighbour.
const NO_NEIGHBOUR: Duration = Duration::from_millis(3_064);
/// How long an answer is waited for at the most.
const ANSWER_GIVES_UP: Duration = Duration::from_secs(3_600);
/// How many servers one request may go through.
const MOST_SERVERS: u8 = 5;
/// The services' range.
const SERVICE_RANGE: &str = "10.96.0.0/12";

/// Who waits for a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ticket {
    /// A client that is told.
    Client(Delivery),
    /// Load: nobody.
    Load,
}

/// A request under way: everything is known but whether its server lives to answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Flight {
    pub(super) ticket: Ticket,
    /// Where it is counted, if it is.
    pub(super) record: Option<u32>,
    pub(super) sent: Time,
    pub(super) fate: Fate,
    pub(super) server: Option<(u32, Resident)>,
    pub(super) arrival: Option<Box<Arrival>>,
    pub(super) trip: Option<Box<Trip>>,
}

/// What a request is.
pub(super) struct Sending<'a> {
    pub(super) origin: &'a Origin,
    pub(super) to: Ipv4Addr,
    pub(super) request: &'a mut Request,
    pub(super) udp: bool,
    pub(super) tls: Option<&'a str>,
    /// Its number: the key of chance.
    pub(super) n: u64,
    /// How many servers it went through already.
    pub(super) depth: u8,
    /// Whether its way is to be kept whatever happens.
    pub(super) traced: bool,
}

/// What became of a request, and how long after it was sent.
pub(super) struct Carried {
    pub(super) record: u32,
    pub(super) server: Option<(u32, Resident)>,
    pub(super) fate: Fate,
    pub(super) connected: Option<Duration>,
    pub(super) took: Duration,
    pub(super) result: Result<Answer, Failure>,
    pub(super) certificate: Option<Certificate>,
    pub(super) hops: Option<Vec<Hop>>,
}

impl Carried {
    /// kubectl takes every connection; where it leads to nobody, it closes it again.
    fn seen_through_kubectl(&mut self) {
        const TAKEN: Duration = Duration::from_micros(80);
        self.connected = Some(TAKEN);
        if self.result.is_err() {
            self.took = self.took.min(Duration::from_secs(1));
            self.result = Err(Failure::Empty);
        }
    }
}

/// A request on its way, as far as its sender is concerned.
pub(super) struct Flown {
    /// How long until its connection stands.
    pub(super) connected: Option<Duration>,
    /// Where it is counted.
    pub(super) record: u32,
    /// What will become of it, unless its server ends before.
    pub(super) fate: Fate,
}

/// Where a packet goes after the rules.
struct Way {
    to: Ipv4Addr,
    port: u16,
    source: Ipv4Addr,
    /// The machine whose rules it passed last, none if it never came to one.
    machine: Option<u32>,
    service: Option<(Arc<str>, Arc<str>)>,
}

/// A packet that does not arrive: why, what its sender sees, and after how long.
struct Lost {
    reason: Reason,
    failure: Failure,
    after: Duration,
}

impl Lost {
    const fn dropped() -> Self {
        Self {
            reason: Reason::Dropped,
            failure: Failure::TimedOut,
            after: CONNECT_GIVES_UP,
        }
    }

    const fn no_route() -> Self {
        Self {
            reason: Reason::NoRoute,
            failure: Failure::TimedOut,
            after: CONNECT_GIVES_UP,
        }
    }

    const fn no_neighbour() -> Self {
        Self {
            reason: Reason::NoRoute,
            failure: Failure::Unreachable,
            after: NO_NEIGHBOUR,
        }
    }

    const fn refused(reason: Reason) -> Self {
        Self {
            reason,
            failure: Failure::Refused,
            after: Duration::ZERO,
        }
    }
}

/// The way so far: the time it took, and its hops if they are kept.
pub(super) struct Journey {
    after: Duration,
    hops: Option<Vec<Hop>>,
}

impl Journey {
    pub(super) fn new(traced: bool) -> Self {
        Self {
            after: Duration::ZERO,
            hops: traced.then(Vec::new),
        }
    }

    pub(super) fn hop(&mut self, stage: Stage, name: impl FnOnce() -> (String, String)) {
        if let Some(hops) = &mut self.hops {
            let (name, note) = name();
            hops.push(Hop {
                after: self.after,
                stage,
                name,
                note: note.into(),
            });
        }
    }

    fn takes(&mut self, span: Duration) {
        self.after += span;
    }

    /// Whether hops are kept.
    pub(super) const fn is_traced(&self) -> bool {
        self.hops.is_some()
    }

    /// A server on the way sends a request of its own: its hops belong to this way.
    pub(super) fn add(&mut self, inner: &Carried, backend: &str) {
        self.hop(Stage::Ingress, || (backend.to_owned(), String::new()));
        self.extend(inner, Duration::ZERO);
    }

    /// The hops of a request that was sent from here, so long after having come here.
    pub(super) fn extend(&mut self, inner: &Carried, after: Duration) {
        let start = self.after + after;
        if let (Some(hops), Some(more)) = (&mut self.hops, &inner.hops) {
            hops.extend(more.iter().skip(1).map(|hop| Hop {
                after: start + hop.after,
                ..hop.clone()
            }));
        }
    }
}

impl Network {
    /// The next request's number.
    pub(super) fn draw(&mut self) -> u64 {
        self.drawn += 1;
        self.drawn
    }

    /// Carries a request to its process, at this moment.
    pub(super) fn carry(&mut self, ground: &mut dyn Ground, sending: &mut Sending<'_>) -> Carried {
        let now = ground.now();
        let (mut journey, way, lost) = self.set_out(ground, sending, sending.traced);
        let target = self.target(ground, sending, &way);
        let record = self.traffic.record(target);
        self.traffic.sent(record, now);
        let (asked, delivered) = (sending.request.port, lost.is_none());
        let carried = match lost {
            Some(lost) => Carried {
                record,
                server: None,
                fate: Fate::Failed(lost.reason),
                connected: None,
                took: journey.after + lost.after,
                result: Err(lost.failure),
                certificate: None,
                hops: journey.hops.take(),
            },
            None => self.deliver(ground, sending, (&way, record), journey),
        };
        if carried.hops.is_some() || carried.fate.is_good() || !self.traffic.wants_failure(record, now) {
            return carried;
        }
        // A failure's way is worth going again, to be looked at, from the port that was asked for.
        sending.request.port = asked;
        let (mut journey, way, _) = self.set_out(ground, sending, true);
        if delivered {
            journey.hop(Stage::Pod, || match &carried.server {
                Some((_, resident)) => {
                    let (namespace, name) = &resident.pod;
                    (format!("{namespace}/{name}"), format!("{}:{}", way.to, way.port))
                }
                None => (way.to.to_string(), "no such address".to_owned()),
            });
        }
        Carried {
            hops: journey.hops,
            ..carried
        }
    }

    /// The way of a request as far as the machine of its address.
    fn set_out(
        &mut self,
        ground: &mut dyn Ground,
        sending: &Sending<'_>,
        traced: bool,
    ) -> (Journey, Way, Option<Lost>) {
        let mut journey = Journey::new(traced);
        journey.hop(Stage::Client, || {
            (sending.origin.label(&self.machines), String::new())
        });
        let (way, lost) = self.route(ground, sending, &mut journey);
        (journey, way, lost)
    }

    /// Whom a request counts for.
    fn target(&self, ground: &dyn Ground, sending: &Sending<'_>, way: &Way) -> Target {
        if let Some((namespace, name)) = &way.service {
            return Target::Service(Arc::clone(namespace), Arc::clone(name));
        }
        if let Some(name) = world::name_of(sending.to) {
            return Target::Host(name.into());
        }
        let resident = self
            .holder(way.to, way.machine)
            .and_then(|machine| ground.resident(machine, way.to, way.port));
        match resident {
            Some(found) if self.machine_of(way.to).is_none() => Target::Pod(found.pod.0, found.pod.1),
            _ => Target::Host(format!("{}:{}", sending.to, sending.request.port).into()),
        }
    }

    /// Through rules and policies to the machine of its address; the way as far as it goes, and why no further.
    fn route(
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

    /// The machine that a load balancer chooses: one that is on, and has an endpoint if only those will do (`healthCheckNodePort`).
    fn balance(
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
                let local = |port: &super::service::Port| {
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

    /// Through the rules of the machine that the packet is on: the address of a Service becomes that of an endpoint.
    #[expect(clippy::too_many_lines, reason = "one case after another")]
    fn translate(
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
        let fits = |port: &&super::service::Port| {
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
        (rng, now): (crate::sim::Rng, Time),
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

    fn refused_by_policy(
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
            &policy::End {
                address: way.source,
                pod: from,
            },
            &policy::End {
                address: way.to,
                pod: to,
            },
        );
        let protocol = if sending.udp { "UDP" } else { "TCP" };
        let (kind, name) = policy::refusal(store, ends, (way.port, protocol))?;
        journey.hop(Stage::Policy, || (name, format!("{kind}: denied")));
        Some(Lost::dropped())
    }

    /// At the machine of its address: the process that listens answers.
    fn deliver(
        &mut self,
        ground: &mut dyn Ground,
        sending: &mut Sending<'_>,
        (way, record): (&Way, u32),
        mut journey: Journey,
    ) -> Carried {
        let travel = journey.after;
        let round_trip = travel * 2;
        let connected = (!sending.udp).then_some(round_trip);
        let handshake = if sending.tls.is_some() {
            round_trip + Duration::from_micros(1_400)
        } else {
            Duration::ZERO
        };
        let before = connected.unwrap_or_default() + handshake;
        sending.request.port = way.port;
        let source = way.source.to_string();
        if sending.request.source != source {
            sending.request.source = source;
        }
        let mut certificate = None;
        let (server, served) = match way.machine {
            None => {
                journey.hop(Stage::Internet, || (way.to.to_string(), String::new()));
                if sending.tls.is_some() {
                    certificate = Some(site_certificate(sending.tls.unwrap_or_default()));
                }
                (None, world::serve(way.to, sending.request))
            }
            Some(machine) => self.ask(ground, sending, (way, machine), (&mut journey, &mut certificate)),
        };
        // Who knows no TLS does not understand the greeting.
        if sending.tls.is_some() && certificate.is_none() && served.is_ok() {
            return Carried {
                record,
                server,
                fate: Fate::Failed(Reason::Nonsense),
                connected,
                took: before + round_trip,
                result: Err(Failure::NoTls),
                certificate: None,
                hops: journey.hops,
            };
        }
        let outcome = |fate, result, took| Carried {
            record,
            server,
            fate,
            connected,
            took,
            result,
            certificate,
            hops: journey.hops,
        };
        match served {
            Ok(served) => {
                let took = before + served.latency + round_trip;
                let (fate, result) = match &served.reply {
                    Reply::Http(reply) => (Fate::Served(reply.status), None),
                    Reply::Hung | Reply::Call(_) => (Fate::Failed(Reason::Nonsense), Some(Failure::Empty)),
                    Reply::Redis(_) | Reply::Sql(_) | Reply::Accepted => (Fate::Served(200), None),
                };
                let result = match result {
                    Some(failure) => Err(failure),
                    None => Ok(Answer::Reply(served.reply)),
                };
                outcome(fate, result, took)
            }
            Err(refused) => {
                let (reason, failure, took) = match refused {
                    Refused::Closed => (Reason::NotListening, Failure::Refused, round_trip),
                    Refused::Gone => (Reason::NoRoute, Failure::Unreachable, travel + NO_NEIGHBOUR),
                    Refused::Reset => (Reason::Broken, Failure::Empty, before + round_trip),
                    Refused::Silent => (Reason::TooSlow, Failure::Silent, before + ANSWER_GIVES_UP),
                };
                let mut carried = outcome(Fate::Failed(reason), Err(failure), took);
                if matches!(refused, Refused::Closed | Refused::Gone) {
                    carried.connected = None;
                }
                carried
            }
        }
    }

    /// Asks whoever listens at an address of a machine.
    fn ask(
        &mut self,
        ground: &mut dyn Ground,
        sending: &mut Sending<'_>,
        (way, machine): (&Way, u32),
        (journey, certificate): (&mut Journey, &mut Option<Certificate>),
    ) -> (Option<(u32, Resident)>, Result<Served, Refused>) {
        let on_node = self.machine_of(way.to) == Some(machine);
        if on_node && way.port == apiserver::PORT {
            let served = self.ask_api(ground, machine, (sending, journey));
            *certificate = sending.tls.is_some().then(apiserver::api_certificate);
            return (None, served.ok_or(Refused::Closed));
        }
        let Some(resident) = ground.resident(machine, way.to, way.port) else {
            let refused = if on_node { Refused::Closed } else { Refused::Gone };
            journey.hop(Stage::Pod, || (way.to.to_string(), "no such address".to_owned()));
            return (None, Err(refused));
        };
        let named = || format!("{}/{}", resident.pod.0, resident.pod.1);
        journey.hop(Stage::Pod, || (named(), format!("{}:{}", way.to, way.port)));
        if resident.since.is_none() {
            journey.hop(Stage::Process, || (named(), "connection refused".to_owned()));
            return (Some((machine, resident)), Err(Refused::Closed));
        }
        let origin = Origin::Pod {
            machine,
            address: way.to,
            namespace: Arc::clone(&resident.pod.0),
            name: Arc::clone(&resident.pod.1),
        };
        let served = match resident.role {
            Role::Ingress if matches!(way.port, 80 | 443) => {
                let secure = way.port == 443;
                if secure {
                    *certificate = Some(super::ingress::certificate(
                        ground.store(),
                        sending.tls.unwrap_or_default(),
                    ));
                }
                self.pass_on(ground, (&origin, secure), sending, journey)
            }
            _ => ground.serve(machine, &resident.uid, sending.request),
        };
        let served = match served {
            Ok(Served {
                reply: Reply::Call(call),
                latency,
                cpu,
            }) if sending.depth < MOST_SERVERS => {
                let (reply, took) = self.call(ground, &origin, &call, (sending, journey));
                Ok(Served {
                    reply: Reply::Http(reply),
                    latency: latency + took,
                    cpu,
                })
            }
            other => other,
        };
        journey.hop(Stage::Process, || {
            let note = match &served {
                Ok(Served {
                    reply: Reply::Http(reply),
                    ..
                }) => format!("{} {}", reply.status, reply.reason()),
                Ok(_) => String::new(),
                Err(Refused::Silent) => "no answer".to_owned(),
                Err(_) => "connection reset".to_owned(),
            };
            (named(), note)
        });
        (Some((machine, resident)), served)
    }

    /// A server asks another before it answers.
    fn call(
        &mut self,
        ground: &mut dyn Ground,
        origin: &Origin,
        call: &crate::runtime::traffic::Call,
        (sending, journey): (&Sending<'_>, &mut Journey),
    ) -> (HttpReply, Duration) {
        let (found, looked) = self.look_up(ground, origin, &call.host, sending.depth + 1);
        let Some(to) = found else {
            let why = format!("getaddrinfo ENOTFOUND {}", call.host);
            return (call.finish(Err(&why)), looked);
        };
        let mut request = Request {
            source: String::new(),
            port: call.port,
            payload: call.payload.clone(),
        };
        let mut inner = Sending {
            origin,
            to,
            request: &mut request,
            udp: false,
            tls: None,
            n: self.draw(),
            depth: sending.depth + 1,
            traced: journey.hops.is_some(),
        };
        let carried = self.carry(ground, &mut inner);
        let patient = carried.took <= call.timeout;
        self.count_inner(ground, &carried, patient);
        journey.extend(&carried, looked);
        let took = looked + carried.took.min(call.timeout);
        let reply = match (&carried.result, patient) {
            (Ok(Answer::Reply(reply)), true) => call.finish(Ok(reply)),
            (Err(Failure::Refused), true) => {
                call.finish(Err(&format!("connect ECONNREFUSED {to}:{}", call.port)))
            }
            (Err(Failure::Unreachable), true) => {
                call.finish(Err(&format!("connect EHOSTUNREACH {to}:{}", call.port)))
            }
            (Err(Failure::Empty | Failure::Reset), true) => call.finish(Err("socket hang up")),
            _ => call.finish(Err(&format!(
                "timeout of {}ms exceeded",
                call.timeout.as_millis()
            ))),
        };
        (reply, took)
    }

    /// Counts a request of a server's own: its end is known at once.
    pub(super) fn count_inner(&mut self, ground: &dyn Ground, carried: &Carried, patient: bool) {
        let fate = if patient {
            carried.fate
        } else {
            Fate::Failed(Reason::TooSlow)
        };
        let end = End {
            at: ground.now(),
            took: carried.took,
            fate,
            pod: carried.server.as_ref().map(|(_, resident)| &resident.pod),
        };
        self.traffic
            .ended_at(carried.record, &end, &|| labels(ground, end.pod));
    }

    /// Sends a request on its way: it lands when its answer, or its failure, is there.
    pub(super) fn fly(
        &mut self,
        ground: &mut dyn Ground,
        ticket: Ticket,
        sending: &mut Sending<'_>,
        (asked, patience): (&dyn Fn() -> String, Duration),
    ) -> Flown {
        let now = ground.now();
        let mut carried = self.carry(ground, sending);
        if matches!(sending.origin, Origin::Forwarded(_)) {
            carried.seen_through_kubectl();
        }
        let connected = carried.connected;
        let hurried = carried.took > patience;
        let fate = if hurried && matches!(carried.fate, Fate::Served(_)) {
            Fate::Failed(Reason::TooSlow)
        } else {
            carried.fate
        };
        let took = carried.took.min(patience);
        let trip = carried.hops.map(|hops| {
            Box::new(Trip {
                id: 0,
                origin: sending.origin.label(&self.machines),
                target: Target::Host("".into()),
                asked: asked(),
                at: now,
                took,
                fate,
                pod: carried.server.as_ref().map(|(_, resident)| resident.pod.clone()),
                hops,
            })
        });
        let arrival = matches!(ticket, Ticket::Client(_)).then(|| {
            Box::new(Arrival {
                connected,
                took,
                result: carried.result,
                certificate: carried.certificate,
            })
        });
        // Who gives up before it lands is told of the way all the same.
        let mut trip = trip;
        if let Ticket::Client(delivery) = &ticket {
            let way = trip.take();
            self.wait(delivery.clone(), (Some(carried.record), way), now);
        }
        let flight = Flight {
            ticket,
            record: Some(carried.record),
            sent: now,
            fate,
            server: carried.server,
            arrival,
            trip,
        };
        let record = carried.record;
        self.flights.push(now + took, flight);
        Flown {
            connected,
            record,
            fate,
        }
    }

    /// Something else than a request will have arrived for a client at a moment.
    pub(super) fn post_flight(&mut self, at: Time, delivery: Delivery, arrival: Arrival) {
        let flight = Flight {
            ticket: Ticket::Client(delivery),
            record: None,
            sent: at,
            fate: Fate::Served(200),
            server: None,
            arrival: Some(Box::new(arrival)),
            trip: None,
        };
        self.flights.push(at, flight);
    }

    /// Whether an address is a machine's own.
    pub(super) fn is_machine(&self, address: Ipv4Addr) -> bool {
        self.machine_of(address).is_some()
    }

    /// A request is over.
    pub(super) fn land(&mut self, ground: &mut dyn Ground, at: Time, mut flight: Flight) {
        if let Ticket::Client(delivery) = &flight.ticket {
            let Some(trip) = self.clients.finish(delivery) else {
                // Its client gave up: it was counted then.
                return;
            };
            flight.trip = trip;
        }
        let broken = matches!(flight.fate, Fate::Served(_))
            && flight.server.as_ref().is_some_and(|(machine, resident)| {
                resident
                    .since
                    .is_some_and(|since| !ground.lives(*machine, &resident.uid, since))
            });
        if broken {
            flight.fate = Fate::Failed(Reason::Broken);
            if let Some(arrival) = &mut flight.arrival {
                arrival.result = Err(Failure::Empty);
            }
        }
        self.conclude(ground, at, &mut flight);
        if let (Ticket::Client(delivery), Some(arrival)) = (flight.ticket, flight.arrival) {
            self.clients.arrived(delivery, *arrival);
        }
    }

    /// Its client has given up: what it would have met, if that was a failure, is why.
    pub(super) fn given_up(
        &mut self,
        ground: &mut dyn Ground,
        (record, sent): (u32, Time),
        mut trip: Option<Box<Trip>>,
    ) {
        let fate = match trip.as_ref().map(|trip| trip.fate) {
            Some(fate @ Fate::Failed(_)) => fate,
            _ => Fate::Failed(Reason::TooSlow),
        };
        if let Some(trip) = &mut trip {
            trip.fate = fate;
        }
        let mut flight = Flight {
            ticket: Ticket::Load,
            record: Some(record),
            sent,
            fate,
            server: None,
            arrival: None,
            trip,
        };
        let at = ground.now();
        self.conclude(ground, at, &mut flight);
    }

    /// Counts a request that is over, and keeps its way if that is due.
    pub(super) fn conclude(&mut self, ground: &mut dyn Ground, at: Time, flight: &mut Flight) {
        let Some(record) = flight.record else { return };
        let took = at.since(flight.sent);
        let end = End {
            at,
            took,
            fate: flight.fate,
            pod: flight.server.as_ref().map(|(_, resident)| &resident.pod),
        };
        self.traffic.ended_at(record, &end, &|| labels(&*ground, end.pod));
        let good = flight.fate.is_good();
        let (due, noted) = if good {
            (true, false)
        } else {
            self.traffic.failure_due(record, at)
        };
        let place = usize::try_from(record).unwrap_or(usize::MAX);
        let Some(target) = self
            .traffic
            .records()
            .get(place)
            .map(|record| record.target.clone())
        else {
            return;
        };
        if noted && let Target::Service(namespace, name) = &target {
            let message = match flight.fate {
                Fate::Served(status) => format!("request answered with {status}"),
                Fate::Failed(reason) => format!("request lost: {reason:?}"),
            };
            ground.note(Kind::Service, namespace, name, message);
        }
        if let Some(trip) = flight.trip.take().filter(|_| due) {
            self.traffic.keep(Trip {
                target,
                took,
                fate: flight.fate,
                ..*trip
            });
        }
    }
}

/// The labels of a Pod.
fn labels(
    ground: &dyn Ground,
    pod: Option<&(Arc<str>, Arc<str>)>,
) -> Arc<std::collections::BTreeMap<String, String>> {
    let found = pod.and_then(|(namespace, name)| {
        let object = ground.store().get(&Key::new(Kind::Pod, namespace, name))?;
        object.metadata().labels.clone()
    });
    Arc::new(found.unwrap_or_default())
}

/// One of the many addresses of the Internet's clients.
fn internet_client(n: u64) -> Ipv4Addr {
    let [.., a, b] = (n.wrapping_mul(0x9e37_79b9) >> 8).to_be_bytes();
    Ipv4Addr::new(203, 0, 113, a ^ b)
}

/// A certificate that everybody trusts has no issuer to be asked about: the site's own name is enough.
fn site_certificate(name: &str) -> Certificate {
    Certificate {
        subject: format!("CN={name}"),
        issuer: "C=US; O=Let's Encrypt; CN=R11".to_owned(),
        names: vec![name.to_owned()],
        trusted: true,
    }
}
