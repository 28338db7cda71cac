//! Programs that wait for what they sent: on the laptop, and in containers.

use crate::sorted::SortedMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::carry::Sending;
use super::flight::Ticket;
use super::origin::LAPTOP;
use super::traffic::{Fate, Trip};
use super::{Ground, Network, Origin, dns, jitter, world};
use crate::runtime::traffic::{Payload, Request};
use crate::sim::Time;
use crate::userland::socket::{Answer, Arrival, Failure, Packet, Rcode, Record, RecordData};

/// The name server of the cluster.
const CLUSTER_DNS: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 10);

/// How long a program waits.
pub const PATIENCE: Duration = Duration::from_secs(3_600);

/// How deep servers that ask servers may go.
const MOST_LOOKUPS: u8 = 6;

/// Whose socket an answer is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Delivery {
    /// The laptop's.
    Laptop(u64),
    /// A container's.
    Container {
        /// The machine.
        machine: u32,
        /// The Pod's UID.
        uid: Arc<str>,
        /// The container's name.
        container: Arc<str>,
        /// The id of its instance.
        id: Arc<str>,
        /// The number of the packet there.
        socket: u64,
    },
}

/// Who waits, since when, and what is counted if they give up.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Waiting {
    record: Option<u32>,
    sent: Time,
    /// The way of their request.
    trip: Option<Box<Trip>>,
}

/// Clients that wait, and what has come for them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Clients {
    waiting: SortedMap<Delivery, Waiting>,
    arrived: Vec<(Delivery, Arrival)>,
}

impl Clients {
    /// The way of a request, if somebody still waited for it.
    pub(super) fn finish(&mut self, delivery: &Delivery) -> Option<Option<Box<Trip>>> {
        self.waiting.remove(delivery).map(|waiting| waiting.trip)
    }

    pub(super) fn arrived(&mut self, delivery: Delivery, arrival: Arrival) {
        self.arrived.push((delivery, arrival));
    }
}

impl Network {
    /// Takes what has arrived for clients.
    pub fn take_arrivals(&mut self) -> Vec<(Delivery, Arrival)> {
        std::mem::take(&mut self.clients.arrived)
    }

    /// A program sends something; answers when its connection will stand, if it will.
    pub fn send(
        &mut self,
        ground: &mut dyn Ground,
        origin: &Origin,
        delivery: Delivery,
        packet: Packet,
    ) -> Option<Time> {
        let now = ground.now();
        let flight = self.flights.len();
        let connected = match packet {
            Packet::Request { to, mut request, tls } => {
                let asked = describe(&request, tls.is_some());
                let mut sending = Sending {
                    origin,
                    to,
                    request: &mut request,
                    udp: false,
                    tls: tls.as_deref(),
                    n: self.draw(),
                    depth: 0,
                    traced: true,
                };
                let ticket = Ticket::Client(delivery.clone());
                self.fly(ground, ticket, &mut sending, (&|| asked.clone(), PATIENCE))
                    .connected
            }
            Packet::Question { server, name, kind } => {
                self.question(ground, origin, delivery.clone(), (server, &name, kind));
                None
            }
            Packet::Rules => {
                let text = match origin {
                    Origin::Node(index) => {
                        let machine = usize::try_from(*index)
                            .ok()
                            .and_then(|index| self.machines().get(index));
                        let name = machine
                            .map(|machine| Arc::clone(&machine.name))
                            .unwrap_or_default();
                        super::iptables_save(self, &name, ground.rng(), now)
                    }
                    _ => String::new(),
                };
                self.post(
                    ground,
                    delivery.clone(),
                    (Ok(Answer::Text(text)), Duration::from_millis(2)),
                );
                None
            }
            Packet::Echo { to, hops } => {
                self.echo(ground, origin, delivery.clone(), (to, hops));
                None
            }
        };
        debug_assert!(self.flights.len() > flight, "every packet lands");
        connected.map(|after| now + after)
    }

    /// A connection that kubectl forwards to a Pod at an address of a machine; answers when it stands, and what its request will meet.
    pub fn forward(
        &mut self,
        ground: &mut dyn Ground,
        (ticket, patience): (Ticket, Duration),
        (machine, to): (u32, Ipv4Addr),
        (mut request, tls): (Request, Option<String>),
    ) -> (Option<Time>, Fate) {
        let asked = describe(&request, tls.is_some());
        let mut sending = Sending {
            origin: &Origin::Forwarded(machine),
            to,
            request: &mut request,
            udp: false,
            tls: tls.as_deref(),
            n: self.draw(),
            depth: 0,
            traced: true,
        };
        let flown = self.fly(ground, ticket, &mut sending, (&|| asked.clone(), patience));
        (flown.connected.map(|after| ground.now() + after), flown.fate)
    }

    /// Something that needs no network has arrived for somebody, a while from now.
    pub fn post_arrival(&mut self, now: Time, delivery: Delivery, arrival: Arrival) {
        self.wait(delivery.clone(), (None, None), now);
        self.post_flight(now + arrival.took, delivery, arrival);
    }

    /// Nobody waits for a packet any more.
    pub fn abandon(&mut self, ground: &mut dyn Ground, delivery: &Delivery) {
        let Some(waiting) = self.clients.waiting.remove(delivery) else {
            return;
        };
        if let Some(record) = waiting.record {
            self.given_up(ground, (record, waiting.sent), waiting.trip);
        }
    }

    /// Notes that somebody waits: the flight that was just begun is theirs.
    pub(super) fn wait(
        &mut self,
        delivery: Delivery,
        (record, trip): (Option<u32>, Option<Box<Trip>>),
        sent: Time,
    ) {
        self.clients
            .waiting
            .insert(delivery, Waiting { record, sent, trip });
    }

    /// Asks a name server: the laptop's own, one of the Internet's, or a Pod of the cluster by its Service.
    fn question(
        &mut self,
        ground: &mut dyn Ground,
        origin: &Origin,
        delivery: Delivery,
        (server, name, kind): (Ipv4Addr, &str, Record),
    ) {
        let n = self.draw();
        let (result, took) = self.ask_server(ground, origin, (server, n), (name, kind));
        self.post(ground, delivery, (result, took));
    }

    /// The answer of a name server, and how long it took.
    fn ask_server(
        &mut self,
        ground: &mut dyn Ground,
        origin: &Origin,
        (server, n): (Ipv4Addr, u64),
        (name, kind): (&str, Record),
    ) -> (Result<Answer, Failure>, Duration) {
        let rng = ground.rng();
        if world::SERVERS.contains(&server) && (origin.machine().is_none() || server == LAPTOP) {
            let (code, records, own) = dns::outside(name, kind);
            let took = jitter(rng, "resolver", n, 6_000, 18_000);
            return (Ok(Answer::Names(code, records, own)), took);
        }
        let mut request = Request {
            source: String::new(),
            port: 53,
            payload: Payload::Tcp,
        };
        let mut sending = Sending {
            origin,
            to: server,
            request: &mut request,
            udp: true,
            tls: None,
            n,
            depth: 0,
            traced: false,
        };
        let carried = self.carry(ground, &mut sending);
        self.count_inner(ground, &carried, true);
        match carried.result {
            Ok(_) if world::SERVERS.contains(&server) => {
                let (code, records, own) = dns::outside(name, kind);
                (Ok(Answer::Names(code, records, own)), carried.took)
            }
            Ok(_) => {
                let (code, records, own) = dns::answer(ground.store(), name, kind, n);
                // What is not its own, CoreDNS asks others about.
                let forwarded = if own {
                    Duration::from_micros(150)
                } else {
                    jitter(rng, "forward", n, 5_000, 15_000)
                };
                (Ok(Answer::Names(code, records, own)), carried.took + forwarded)
            }
            Err(failure) => (Err(failure), carried.took),
        }
    }

    /// The address that a name has for somebody, and how long it takes to find out: what the C library does, for who is no program of ours.
    pub(super) fn look_up(
        &mut self,
        ground: &mut dyn Ground,
        origin: &Origin,
        host: &str,
        depth: u8,
    ) -> (Option<Ipv4Addr>, Duration) {
        if let Ok(address) = host.parse() {
            return (Some(address), Duration::ZERO);
        }
        let known = match origin {
            Origin::Laptop => ground.in_hosts(host),
            _ => (host == "localhost").then_some(Ipv4Addr::LOCALHOST),
        };
        if known.is_some() {
            return (known, Duration::ZERO);
        }
        let (server, names) = match origin {
            Origin::Pod { namespace, .. } => {
                let search = [
                    format!("{host}.{namespace}.svc.cluster.local"),
                    format!("{host}.svc.cluster.local"),
                    format!("{host}.cluster.local"),
                    host.to_owned(),
                ];
                (CLUSTER_DNS, search.to_vec())
            }
            _ => (LAPTOP, vec![host.to_owned()]),
        };
        let mut spent = Duration::ZERO;
        for name in names {
            let n = self.draw();
            let (result, took) = if depth > MOST_LOOKUPS {
                (Err(Failure::TimedOut), Duration::ZERO)
            } else {
                self.ask_server(ground, origin, (server, n), (&name, Record::A))
            };
            match result {
                Ok(Answer::Names(Rcode::NoError, records, _)) => {
                    spent += took;
                    let found = records.iter().find_map(|record| match record.data {
                        RecordData::A(address) => Some(address),
                        _ => None,
                    });
                    if found.is_some() {
                        return (found, spent);
                    }
                }
                Ok(_) => spent += took,
                // Two attempts of five seconds, or as many refusals.
                Err(_) => return (None, spent + took.min(Duration::from_secs(5)) * 2),
            }
        }
        (None, spent)
    }

    /// A Pod or a machine that is there answers an echo; the address of a Service is nobody's.
    fn echo(
        &mut self,
        ground: &mut dyn Ground,
        origin: &Origin,
        delivery: Delivery,
        (to, hops): (Ipv4Addr, u8),
    ) {
        let n = self.draw();
        let rng = ground.rng();
        let own = origin.machine();
        let machine = self.holder(to, own);
        let alive = machine.is_some_and(|index| {
            let on = self
                .machines()
                .get(usize::try_from(index).unwrap_or(usize::MAX))
                .is_some_and(|machine| machine.on);
            on && (self.is_machine(to) || ground.resident(index, to, 0).is_some())
        });
        let reachable = own.is_some() || self.is_machine(to);
        let public = world::is_public(to);
        let result = if alive && reachable {
            let far = machine != own;
            let took = jitter(
                rng,
                "ping",
                n,
                if far { 250 } else { 60 },
                if far { 700 } else { 140 },
            );
            // Each machine on the way takes one off.
            let routers = u8::from(far && !self.is_machine(to)) + u8::from(far);
            if hops <= routers {
                let at = machine.and_then(|index| self.machines().get(usize::try_from(index).ok()?));
                let at = at.map_or(to, |machine| machine.address);
                (Ok(Answer::Echo(at, 64, false)), took)
            } else {
                (Ok(Answer::Echo(to, 64 - routers, true)), took)
            }
        } else if public {
            let took = jitter(rng, "ping", n, 9_000, 16_000);
            (Ok(Answer::Echo(to, 56, true)), took)
        } else {
            (Err(Failure::TimedOut), Duration::from_secs(3_600))
        };
        self.post(ground, delivery, result);
    }

    fn post(
        &mut self,
        ground: &dyn Ground,
        delivery: Delivery,
        (result, took): (Result<Answer, Failure>, Duration),
    ) {
        let arrival = Arrival {
            connected: None,
            took,
            result,
            certificate: None,
        };
        self.post_arrival(ground.now(), delivery, arrival);
    }
}

/// A request in a few words.
pub(super) fn describe(request: &Request, tls: bool) -> String {
    match &request.payload {
        Payload::Http(asked) => {
            let scheme = if tls { "https" } else { "http" };
            format!("{} {scheme}://{}{}", asked.method, asked.host, asked.path)
        }
        Payload::Redis(words) => words.join(" "),
        Payload::Sql(sql) => sql.text.clone(),
        Payload::Tcp => format!("TCP {}", request.port),
    }
}
