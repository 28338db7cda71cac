//! One exchange of a client: the name is looked up, a connection made, a request sent, an answer taken, all within the client's patience.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::System;
use super::resolver::{Resolved, Resolver, waiting};
use crate::sh::{Io, Until};
use crate::sim::Time;
use crate::userland::socket::{Arrival, Packet};
use crate::userland::traffic::{Payload, Request};

/// What a client wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wish {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) payload: Payload,
    /// The name that TLS is asked for.
    pub(super) tls: Option<String>,
    /// Where the name leads, if that was said.
    pub(super) address: Option<Ipv4Addr>,
    /// How long looking up and connecting may take.
    pub(super) connect_within: Option<Duration>,
    /// And all of it.
    pub(super) within: Option<Duration>,
}

impl Wish {
    pub(super) fn new(host: &str, port: u16, payload: Payload) -> Self {
        Self {
            host: host.to_owned(),
            port,
            payload,
            tls: None,
            address: None,
            connect_within: None,
            within: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    Looking(Box<Resolver>),
    Waiting { id: u64 },
    Done,
}

/// An exchange under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Exchange {
    wish: Wish,
    phase: Phase,
    pub(super) started: Time,
    /// How long the name took.
    pub(super) looked_up: Duration,
    /// Where the connection goes.
    pub(super) address: Option<Ipv4Addr>,
}

/// What came of an exchange.
pub(super) enum Ended {
    /// There is no such name, or no server that says so.
    NoName,
    /// What the network brought.
    Arrived(Box<Arrival>),
    /// Patience ended while the name was looked up.
    LookingTooLong,
    /// While the connection was made.
    ConnectingTooLong,
    /// While the answer was waited for.
    AnsweringTooLong,
}

/// Where an exchange stands.
pub(super) enum Progress {
    /// It goes on.
    Pending(Until),
    /// It is over.
    Ended(Ended),
}

impl Exchange {
    pub(super) fn start(wish: Wish, io: &Io<'_>, host: &dyn System) -> Self {
        let name = match wish.address {
            Some(address) => address.to_string(),
            None => wish.host.clone(),
        };
        Self {
            phase: Phase::Looking(Box::new(Resolver::start(&name, host))),
            wish,
            started: io.now,
            looked_up: Duration::ZERO,
            address: None,
        }
    }

    /// When patience ends, as far as it does before the answer.
    fn deadline(&self, limits: &[Option<Duration>]) -> Time {
        let least = limits.iter().flatten().min();
        least.map_or(Time::MAX, |limit| self.started + *limit)
    }

    pub(super) fn step(&mut self, io: &Io<'_>, host: &mut dyn System) -> Progress {
        let connecting = self.deadline(&[self.wish.connect_within, self.wish.within]);
        if let Phase::Looking(resolver) = &mut self.phase {
            match resolver.step(io, host) {
                Resolved::Pending(_) if io.now >= connecting => {
                    return self.end(Ended::LookingTooLong);
                }
                Resolved::Pending(until) => return Progress::Pending(sooner(until, connecting)),
                Resolved::Done(Err(_)) => return self.end(Ended::NoName),
                Resolved::Done(Ok(addresses)) => {
                    let to = addresses.first().copied().unwrap_or(Ipv4Addr::LOCALHOST);
                    self.looked_up = io.now.since(self.started);
                    self.address = Some(to);
                    let request = Request {
                        source: String::new(),
                        port: self.wish.port,
                        payload: self.wish.payload.clone(),
                    };
                    let tls = self.wish.tls.clone();
                    let id = host.send(Packet::Request { to, request, tls });
                    self.phase = Phase::Waiting { id };
                }
            }
        }
        let Phase::Waiting { id } = self.phase else {
            return Progress::Ended(Ended::LookingTooLong);
        };
        // Whether the connection stands is known only with the answer: a server that is slow to answer was quick to take it.
        if let Some(arrival) = host.receive(id) {
            return self.end(Ended::Arrived(Box::new(arrival)));
        }
        let stands = host.is_connected(id, io.now);
        let deadline = if stands {
            self.deadline(&[self.wish.within])
        } else {
            connecting
        };
        if io.now >= deadline {
            host.abandon(id);
            return self.end(if stands {
                Ended::AnsweringTooLong
            } else {
                Ended::ConnectingTooLong
            });
        }
        Progress::Pending(waiting(deadline))
    }

    fn end(&mut self, ended: Ended) -> Progress {
        self.phase = Phase::Done;
        Progress::Ended(ended)
    }
}

fn sooner(until: Until, limit: Time) -> Until {
    let at = until.at.unwrap_or(Time::MAX).min(limit);
    Until {
        at: Some(at).filter(|at| *at < Time::MAX),
        ..until
    }
}
