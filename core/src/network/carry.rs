//! A request carried from its client to a process: the rule that takes its address, the endpoint that chance or affinity chooses, the policies on the
//! way, the machine, the Pod, the server; and what comes back, and when. The whole way is worked out when the request is sent.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use super::journey::Journey;
use super::route::{Lost, Way};
use super::traffic::{Fate, Hop, Stage, Target};
use super::{Ground, Network, Origin, Resident, world};
use crate::runtime::traffic::Request;
use crate::userland::socket::{Answer, Certificate, Failure};

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
}
