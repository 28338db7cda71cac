//! Load for the laptop itself: the network sends nothing, who listens there answers, and it is counted like any other.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Network;
use super::flight::{Flight, Ticket};
use super::traffic::{Fate, Hop, Reason, Stage, Target, Trip};
use crate::runtime::traffic::{Reply, Request};
use crate::sim::Time;
use crate::userland::socket::{Answer, Arrival, Failure};

/// A request of load that is due.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Local {
    /// What is asked.
    pub request: Request,
    /// The name that TLS is asked for; none in clear.
    pub tls: Option<String>,
    /// How it is counted.
    pub load: Counted,
}

/// What is told of a request of load.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counted {
    /// In a few words: `GET http://localhost:8080/`.
    pub asked: String,
    /// Whom it is for, if nobody knows better: `localhost:8080`.
    pub host: String,
    /// How long an answer is waited for.
    pub patience: Duration,
}

/// Whether an address is the machine's own who asks.
#[must_use]
pub fn is_own(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_unspecified()
}

impl Network {
    /// Takes the requests that are due on the laptop itself.
    pub fn take_local(&mut self) -> Vec<Local> {
        std::mem::take(&mut self.local)
    }

    /// Counts a request of load whose answer the laptop itself will give.
    pub fn count_local(&mut self, now: Time, load: &Counted, arrival: &Arrival) {
        let fate = match &arrival.result {
            _ if arrival.took > load.patience => Fate::Failed(Reason::TooSlow),
            Ok(Answer::Reply(Reply::Http(reply))) => Fate::Served(reply.status),
            Ok(_) => Fate::Served(200),
            Err(Failure::Refused) => Fate::Failed(Reason::NotListening),
            Err(Failure::NoTls) => Fate::Failed(Reason::Nonsense),
            Err(_) => Fate::Failed(Reason::Broken),
        };
        let took = arrival.took.min(load.patience);
        let target = Target::Host(load.host.as_str().into());
        let record = self.traffic.record(target.clone());
        self.traffic.sent(record, now);
        let due = if fate.is_good() {
            self.traffic.sample_due(record, now)
        } else {
            self.traffic.wants_failure(record, now)
        };
        let hop = |stage, name: &str| Hop {
            after: Duration::ZERO,
            stage,
            name: name.to_owned(),
            note: "".into(),
        };
        let trip = due.then(|| {
            Box::new(Trip {
                id: 0,
                origin: "laptop".to_owned(),
                target,
                asked: load.asked.clone(),
                at: now,
                took,
                fate,
                pod: None,
                hops: vec![hop(Stage::Client, "laptop"), hop(Stage::Process, &load.host)],
            })
        });
        let flight = Flight {
            ticket: Ticket::Load,
            record: Some(record),
            sent: now,
            fate,
            server: None,
            arrival: None,
            trip,
        };
        self.flights.push(now + took, flight);
    }
}
