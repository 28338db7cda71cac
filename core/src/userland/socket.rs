//! What programs send over the network, and what comes back. A program sends a [`Packet`], waits, and asks for its [`Arrival`]: names, connections,
//! timing and failures are those of the sockets below a real client.

use crate::sorted::SortedMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::traffic::{Reply, Request};
use crate::sim::Time;

/// Answers that nobody came for; older ones are dropped.
const KEPT_ARRIVALS: usize = 64;

/// Something on its way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packet {
    /// A question to a name server.
    Question {
        /// The server.
        server: Ipv4Addr,
        /// The full name, without its last dot.
        name: String,
        /// What is asked about it.
        kind: Record,
    },
    /// A request over a connection of its own.
    Request {
        /// The address.
        to: Ipv4Addr,
        /// What is asked; its `source` is filled in on the way.
        request: Request,
        /// The name that TLS is asked for; none in clear.
        tls: Option<String>,
    },
    /// An ICMP echo request.
    Echo {
        /// The address.
        to: Ipv4Addr,
        /// How many routers it may pass.
        hops: u8,
    },
    /// A question to the machine's own kernel: its packet filter's rules.
    Rules,
}

/// What can be asked about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// Addresses.
    A,
    /// IPv6 addresses, which nothing here has.
    Aaaa,
    /// Another name.
    Cname,
    /// The name of an address.
    Ptr,
    /// Ports and names.
    Srv,
    /// Anything else.
    Other,
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameRecord {
    /// The name that it is about.
    pub name: String,
    /// How long it may be kept, in seconds.
    pub ttl: u32,
    /// What it says.
    pub data: RecordData,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordData {
    /// An address.
    A(Ipv4Addr),
    /// Another name.
    Cname(String),
    /// The name of an address.
    Ptr(String),
    /// Priority, weight, port and name.
    Srv(u16, u16, u16, String),
}

/// How a name server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rcode {
    /// `NOERROR`
    NoError,
    /// `SERVFAIL`
    ServFail,
    /// `NXDOMAIN`
    NxDomain,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// A name server's answer, and whether the zone is its own.
    Names(Rcode, Vec<NameRecord>, bool),
    /// A server's.
    Reply(Reply),
    /// A machine's: its address and how many routers its packets may still pass; false if it only says that it will not pass one on.
    Echo(Ipv4Addr, u8, bool),
    /// The kernel's.
    Text(String),
}

/// Why nothing came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Failure {
    /// The machine says that nobody listens.
    Refused,
    /// No answer at all: packets are dropped.
    TimedOut,
    /// A router says that there is no way.
    Unreachable,
    /// The connection stands, but no answer comes.
    Silent,
    /// The server closed the connection without a word.
    Empty,
    /// The connection broke in the middle.
    Reset,
    /// The other side speaks no TLS.
    NoTls,
}

/// What a server shows of itself over TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Whom it is for.
    pub subject: String,
    /// Who vouches for it.
    pub issuer: String,
    /// The names it is good for.
    pub names: Vec<String>,
    /// Whether everybody trusts its issuer.
    pub trusted: bool,
}

/// What became of a packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// How long it took until the connection stood, TLS not included.
    pub connected: Option<Duration>,
    /// And until the answer was there, or its failure.
    pub took: Duration,
    /// The answer.
    pub result: Result<Answer, Failure>,
    /// The certificate that the server showed.
    pub certificate: Option<Certificate>,
}

/// What a machine has sent and not heard of yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sockets {
    next: u64,
    /// On their way out, by number.
    pub outgoing: Vec<(u64, Packet)>,
    /// Given up.
    pub abandoned: Vec<u64>,
    /// Since when connections stand whose answer is waited for.
    connections: SortedMap<u64, Time>,
    arrivals: SortedMap<u64, Arrival>,
}

impl Sockets {
    /// Sends something; answers its number.
    pub fn send(&mut self, packet: Packet) -> u64 {
        let id = self.number();
        self.outgoing.push((id, packet));
        id
    }

    /// A number for something that needs no packet.
    pub fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// What became of it, once that is known.
    pub fn receive(&mut self, id: u64) -> Option<Arrival> {
        self.arrivals.remove(&id)
    }

    /// Nobody waits for it any more.
    pub fn abandon(&mut self, id: u64) {
        self.connections.remove(&id);
        if self.arrivals.remove(&id).is_none() {
            self.abandoned.push(id);
        }
    }

    /// It has come.
    pub fn arrive(&mut self, id: u64, arrival: Arrival) {
        while self.arrivals.len() >= KEPT_ARRIVALS {
            self.arrivals.pop_first();
        }
        self.connections.remove(&id);
        self.arrivals.insert(id, arrival);
    }

    /// Its connection will stand from then on.
    pub fn connect(&mut self, id: u64, at: Time) {
        self.connections.insert(id, at);
    }

    /// Whether its connection stands.
    #[must_use]
    pub fn is_connected(&self, id: u64, now: Time) -> bool {
        self.connections.get(&id).is_some_and(|at| *at <= now)
    }

    /// Whether nothing is on its way out.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.outgoing.is_empty() && self.abandoned.is_empty()
    }
}
