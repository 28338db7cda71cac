//! Load: requests sent at a pace, steady, growing or in bursts, from somewhere to an address of the web. Each is simulated and counted like any other.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::carry::Sending;
use super::flight::Ticket;
use super::local::{Counted, Local, is_own};
use super::traffic::{End, Fate, Hop, Reason, Stage, Target, Trip};
use super::{Ground, Network, Origin, dns};
use crate::runtime::traffic::{HttpRequest, Payload, Request};
use crate::sim::Time;

/// How long an address that was looked up is used.
const RESOLVED_FOR: Duration = Duration::from_secs(1);
/// How long an answer is waited for unless it is said.
const PATIENCE: Duration = Duration::from_secs(5);
/// The fastest pace, in requests per second.
const MOST_PER_SEC: u32 = 20_000;

/// The number of a generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GeneratorId(pub u32);

/// How many requests per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// Always as many.
    Steady(u32),
    /// From so many to so many within a time; then it stays there.
    Growing(u32, u32, Duration),
    /// So many; and every so often, for so long, so many more.
    Bursts {
        /// Between the bursts.
        low: u32,
        /// In them.
        high: u32,
        /// From one burst's beginning to the next one's.
        every: Duration,
        /// How long one lasts.
        lasting: Duration,
    },
}

impl Shape {
    /// Requests per second so long after the beginning.
    #[must_use]
    pub fn rate(self, after: Duration) -> u32 {
        let rate = match self {
            Self::Steady(rate) => rate,
            Self::Growing(from, to, over) => {
                let (whole, done) = (over.as_micros().max(1), after.min(over).as_micros());
                let part = |low: u32, high: u32| u128::from(high - low) * done / whole;
                let step = |wide: u128| u32::try_from(wide).unwrap_or(u32::MAX);
                if to >= from {
                    from + step(part(from, to))
                } else {
                    from - step(part(to, from))
                }
            }
            Self::Bursts {
                low,
                high,
                every,
                lasting,
            } => {
                let every = every.as_micros().max(1);
                // The first burst comes after the first pause.
                let within = after.as_micros() % every;
                if within >= every.saturating_sub(lasting.as_micros()) {
                    high
                } else {
                    low
                }
            }
        };
        rate.min(MOST_PER_SEC)
    }
}

/// A generator of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generator {
    /// What it is called.
    pub name: String,
    /// Where its requests begin.
    pub origin: Origin,
    /// The host that it asks: a name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether over TLS.
    pub tls: bool,
    /// What it asks.
    pub request: HttpRequest,
    /// How many requests per second.
    pub shape: Shape,
    /// Since when.
    pub started: Time,
    /// Until when.
    pub until: Time,
    /// How long it waits for an answer.
    pub timeout: Duration,
    /// How many it has sent.
    pub sent: u64,
}

impl Generator {
    /// Requests for an address of the web; `None` if it is none. They wait five seconds for an answer.
    #[must_use]
    pub fn new(url: &str, origin: Origin, shape: Shape, (started, until): (Time, Time)) -> Option<Self> {
        let (tls, rest) = match url.split_once("://") {
            Some(("http", rest)) => (false, rest),
            Some(("https", rest)) => (true, rest),
            Some(_) => return None,
            None => (false, url),
        };
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, if tls { 443 } else { 80 }),
        };
        let authority = if matches!((port, tls), (80, false) | (443, true)) {
            host.to_owned()
        } else {
            format!("{host}:{port}")
        };
        (!host.is_empty()).then(|| Self {
            name: url.to_owned(),
            origin,
            host: host.to_owned(),
            port,
            tls,
            request: HttpRequest::get(&authority, path),
            shape,
            started,
            until,
            timeout: PATIENCE,
            sent: 0,
        })
    }

    /// What it asks, in a few words.
    fn asked(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        let HttpRequest {
            method, host, path, ..
        } = &self.request;
        format!("{method} {scheme}://{host}{path}")
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Running {
    id: GeneratorId,
    generator: Generator,
    next_at: Time,
    /// The address of its host, as of a moment.
    resolved: Option<(Option<Ipv4Addr>, Time)>,
    /// The request, kept from one to the next.
    prepared: Request,
    /// Where it was counted last.
    record: Option<u32>,
}

impl Running {
    /// A request for the laptop itself.
    fn local(&self) -> Local {
        let generator = &self.generator;
        Local {
            request: self.prepared.clone(),
            tls: generator.tls.then(|| generator.host.clone()),
            load: Counted {
                asked: generator.asked(),
                host: format!("{}:{}", generator.host, generator.port),
                patience: generator.timeout,
            },
        }
    }
}

/// All generators.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Load {
    running: Vec<Running>,
    last: u32,
}

impl Load {
    pub(super) fn next_at(&self) -> Option<Time> {
        self.running.iter().map(|running| running.next_at).min()
    }
}

impl Network {
    /// Begins to send requests; answers the generator's number.
    pub fn start_load(&mut self, generator: Generator) -> GeneratorId {
        self.load.last += 1;
        let id = GeneratorId(self.load.last);
        let prepared = Request {
            source: String::new(),
            port: generator.port,
            payload: Payload::Http(generator.request.clone()),
        };
        self.load.running.push(Running {
            id,
            next_at: generator.started,
            resolved: None,
            prepared,
            record: None,
            generator,
        });
        id
    }

    /// Sends no more; whether it did.
    pub fn stop_load(&mut self, id: GeneratorId) -> bool {
        let before = self.load.running.len();
        self.load.running.retain(|running| running.id != id);
        self.load.running.len() < before
    }

    /// The generators that run.
    pub fn loads(&self) -> impl Iterator<Item = (GeneratorId, &Generator)> {
        self.load
            .running
            .iter()
            .map(|running| (running.id, &running.generator))
    }

    /// Sends what is due.
    pub(super) fn run_load(&mut self, ground: &mut dyn Ground) {
        let now = ground.now();
        if self.load.next_at().is_none_or(|at| at > now) {
            return;
        }
        let mut load = std::mem::take(&mut self.load);
        for running in &mut load.running {
            while running.next_at <= now && running.next_at < running.generator.until {
                self.pull(ground, running);
            }
        }
        load.running
            .retain(|running| running.next_at < running.generator.until);
        self.load = load;
    }

    /// Sends one request, and plans the next.
    fn pull(&mut self, ground: &mut dyn Ground, running: &mut Running) {
        let now = ground.now();
        let rate = running.generator.shape.rate(now.since(running.generator.started));
        if rate == 0 {
            running.next_at += Duration::from_millis(100);
            return;
        }
        running.next_at += Duration::from_micros((1_000_000 / u64::from(rate)).max(1));
        running.generator.sent += 1;
        let stale = running
            .resolved
            .is_none_or(|(_, at)| now.since(at) >= RESOLVED_FOR);
        if stale {
            let (found, _) = self.look_up(ground, &running.generator.origin, &running.generator.host, 0);
            running.resolved = Some((found, now));
        }
        let Some((Some(to), _)) = running.resolved else {
            self.unresolved(ground, &running.generator);
            return;
        };
        if running.generator.origin == Origin::Laptop && is_own(to) {
            self.local.push(running.local());
            return;
        }
        let n = self.draw();
        let traced = running
            .record
            .is_none_or(|record| self.traffic.sample_due(record, now));
        running.prepared.port = running.generator.port;
        let tls = running.generator.tls.then(|| running.generator.host.clone());
        let mut sending = Sending {
            origin: &running.generator.origin,
            to,
            request: &mut running.prepared,
            udp: false,
            tls: tls.as_deref(),
            n,
            depth: 0,
            traced,
        };
        let generator = &running.generator;
        let asked = || generator.asked();
        let flown = self.fly(ground, Ticket::Load, &mut sending, (&asked, generator.timeout));
        running.record = Some(flown.record);
    }

    /// The host's name does not exist, or no name server says what it is: the request is lost all the same, for the Service that was meant.
    fn unresolved(&mut self, ground: &mut dyn Ground, generator: &Generator) {
        let now = ground.now();
        let meant = dns::meant(ground.store(), &generator.origin, &generator.host);
        let target = meant.map_or_else(
            || Target::Host(generator.host.as_str().into()),
            |(namespace, name)| Target::Service(namespace.into(), name.into()),
        );
        let record = self.traffic.record(target.clone());
        self.traffic.sent(record, now);
        let fate = Fate::Failed(Reason::Name);
        let end = End {
            at: now,
            took: Duration::ZERO,
            fate,
            pod: None,
        };
        self.traffic.ended_at(record, &end, &std::sync::Arc::default);
        let (kept, _) = self.traffic.failure_due(record, now);
        if !kept {
            return;
        }
        let hop = |stage, name: String| Hop {
            after: Duration::ZERO,
            stage,
            name,
            note: "".into(),
        };
        let origin = generator.origin.label(&self.machines);
        let client = hop(Stage::Client, origin.clone());
        let asked = hop(Stage::Dns, generator.host.clone());
        self.traffic.keep(Trip {
            id: 0,
            origin,
            target,
            asked: generator.asked(),
            at: now,
            took: Duration::ZERO,
            fate,
            pod: None,
            hops: vec![client, asked],
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_what_they_say() {
        let secs = Duration::from_secs;
        let growing = Shape::Growing(10, 110, secs(100));
        assert_eq!(
            [0, 50, 100, 900].map(|at| growing.rate(secs(at))),
            [10, 60, 110, 110]
        );
        assert_eq!(Shape::Growing(100, 0, secs(10)).rate(secs(5)), 50);
        let bursts = Shape::Bursts {
            low: 5,
            high: 200,
            every: secs(60),
            lasting: secs(10),
        };
        assert_eq!(
            [0, 49, 50, 59, 60].map(|at| bursts.rate(secs(at))),
            [5, 5, 200, 200, 5]
        );
    }
}
