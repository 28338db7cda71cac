//! Requests under way: what becomes of one is known when it is sent, and lands when its answer, or its failure, is there. A container that ends in between
//! takes its requests with it.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::carry::{Carried, Sending};
use super::client::Delivery;
use super::traffic::{End, Fate, Reason, Target, Trip};
use super::{Ground, Network, Origin, Resident};
use crate::api::{Key, Kind};
use crate::sim::Time;
use crate::userland::socket::{Arrival, Failure};

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

/// A request on its way, as far as its sender is concerned.
pub(super) struct Flown {
    /// How long until its connection stands.
    pub(super) connected: Option<Duration>,
    /// Where it is counted.
    pub(super) record: u32,
    /// What will become of it, unless its server ends before.
    pub(super) fate: Fate,
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

impl Network {
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
