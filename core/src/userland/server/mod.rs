//! What an image serves with, as a process: it answers on its ports until it is told to stop, crashes, or is killed.
//!
//! What it does is data ([`ServerSpec`], from the image catalogue); only stores have code of their own.

mod http;
mod spec;
mod template;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use spec::ServerSpec;

use super::System;
use super::traffic::{Payload, Refused, Reply, Request};
use crate::sh::{Files, Io, Poll, Until};
use crate::sim::{Rng, Time};

/// The signals on which a server stops.
const STOPPING: [i32; 3] = [2, 3, 15];
const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// A running server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    spec: Arc<ServerSpec>,
    since: Time,
    serves_at: Time,
    announced: bool,
    stopping: bool,
    stops_at: Option<Time>,
    /// How many requests it has answered.
    requests: u64,
    /// What requests have made it keep, in bytes.
    grown: u64,
}

/// What became of a request in a server.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its answer.
    pub reply: Reply,
    /// The CPU time it takes.
    pub cpu: Duration,
    /// How long it waits besides: for a disk, for somebody else.
    pub wait: Duration,
    /// The lines it logs, each with whether it is standard error's.
    pub log: Vec<(bool, String)>,
    /// The server breaks off instead and ends with this code.
    pub crash: Option<i32>,
}

/// Where and when a server answers.
pub struct Serving<'a> {
    /// The present moment.
    pub now: Time,
    /// Chance, and whose it is.
    pub rng: Rng,
    /// The container's id.
    pub id: &'a str,
    /// The machine it runs on.
    pub system: &'a mut dyn System,
}

impl Server {
    /// Starts now, with these variables, on a machine with these files; what it needs and does not find ends it.
    #[must_use]
    pub fn start(
        spec: Arc<ServerSpec>,
        env: &BTreeMap<String, String>,
        files: &dyn Files,
        now: Time,
    ) -> Self {
        let spec = match spec.requires.iter().find(|needed| !needed.is_met(env, files)) {
            Some(needed) => Arc::new(ServerSpec::failing(&needed.says, needed.code)),
            None => spec,
        };
        Self {
            serves_at: now + Duration::from_millis(spec.startup_millis),
            spec,
            since: now,
            announced: false,
            stopping: false,
            stops_at: None,
            requests: 0,
            grown: 0,
        }
    }

    /// What it does.
    #[must_use]
    pub fn spec(&self) -> &ServerSpec {
        &self.spec
    }

    /// Whether it answers on a port at this moment.
    #[must_use]
    pub fn listens(&self, port: u16, now: Time) -> bool {
        now >= self.serves_at && !self.stopping && (self.spec.any_port || self.spec.ports.contains(&port))
    }

    /// How many requests it has answered.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// The memory that it uses, in bytes.
    #[must_use]
    pub fn memory_bytes(&self, now: Time) -> u64 {
        let alive = now.since(self.since).as_secs();
        let leaked = alive.saturating_mul(self.spec.grow_kib_per_sec) * KIB;
        u64::from(self.spec.memory_mib) * MIB + self.grown + leaked
    }

    /// When it will use more memory than this, if nobody asks it anything.
    #[must_use]
    pub fn outgrows(&self, limit_bytes: u64) -> Option<Time> {
        let fixed = u64::from(self.spec.memory_mib) * MIB + self.grown;
        if fixed > limit_bytes {
            return Some(self.since);
        }
        let rate = self.spec.grow_kib_per_sec * KIB;
        let secs = (limit_bytes - fixed).checked_div(rate)? + 1;
        Some(self.since + Duration::from_secs(secs))
    }

    /// When it ends by itself, and with which code.
    #[must_use]
    pub fn ends_at(&self) -> Option<(Time, i32)> {
        let code = self.spec.exit_code?;
        Some((
            self.since + Duration::from_millis(self.spec.exit_after_millis),
            code,
        ))
    }

    /// How long it takes to stop on SIGTERM; `None` if it does not listen to it.
    #[must_use]
    pub fn stops_in(&self) -> Option<Duration> {
        self.spec.stop_millis.map(Duration::from_millis)
    }

    /// It is told to stop; whether it listens.
    pub fn signal(&mut self, signal: i32) -> bool {
        let stops = self.spec.stop_millis.is_some() && STOPPING.contains(&signal);
        self.stopping |= stops;
        stops
    }

    /// The lines it prints by itself, and when.
    pub fn announcements(&self) -> impl Iterator<Item = (Time, &str)> {
        let ends = self.ends_at().map_or(Time::MAX, |(at, _)| at);
        let first = self
            .spec
            .first_logs
            .iter()
            .map(|line| (self.since, line.as_str()));
        let later = self.spec.logs.iter().map(|line| (self.serves_at, line.as_str()));
        first.chain(later).filter(move |(at, _)| *at <= ends)
    }

    /// Answers a request.
    ///
    /// # Errors
    ///
    /// When it does not listen on the port.
    pub fn serve(&mut self, request: &Request, serving: &mut Serving<'_>) -> Result<Outcome, Refused> {
        if !self.listens(request.port, serving.now) {
            return Err(Refused::Closed);
        }
        let spec = Arc::clone(&self.spec);
        if request.payload == Payload::Tcp {
            return Ok(Outcome::plain(Reply::Accepted));
        }
        self.requests += 1;
        self.grown += spec.grow_kib_per_request * KIB;
        let mut outcome = match (&request.payload, &spec.http) {
            (Payload::Http(asked), Some(http)) => http::answer(self, http, asked, (request, serving)),
            (Payload::Http(_), None) if !spec.tcp_only => Outcome::plain(Reply::Http(
                super::traffic::HttpReply::text(200, "text/plain", "ok\n"),
            )),
            _ => Outcome::plain(Reply::Hung),
        };
        outcome.cpu += Duration::from_micros(spec.cpu_micros);
        outcome.wait += Duration::from_millis(spec.latency_millis);
        let chance = |purpose: &str| serving.rng.draw(purpose, serving.id, self.requests) % 100;
        if spec.crash_percent > 0 && chance("crash") < spec.crash_percent {
            outcome.crash = Some(spec.crash_code);
            outcome.log.push((true, spec.crash_log.clone()));
        }
        Ok(outcome)
    }

    pub(super) fn step(&mut self, io: &mut Io<'_>) -> Poll {
        if let Some(answer) = &self.spec.answer {
            io.print(format!("{answer}\n"));
            return Poll::Exited(0);
        }
        if self.stopping {
            let takes = self.stops_in().unwrap_or_default();
            let at = *self.stops_at.get_or_insert(io.now + takes);
            return if io.now >= at {
                Poll::Exited(0)
            } else {
                Poll::Blocked(Until::time(at))
            };
        }
        let print = |lines: &[String], io: &mut Io<'_>| {
            io.print(lines.iter().map(|line| format!("{line}\n")).collect::<String>());
        };
        if io.now <= self.since {
            print(&self.spec.first_logs, io);
        }
        if !self.announced && io.now >= self.serves_at {
            self.announced = true;
            print(&self.spec.logs, io);
        }
        let end = self.ends_at();
        if let Some((at, code)) = end
            && io.now >= at
        {
            return Poll::Exited(code);
        }
        let serves = (!self.announced).then_some(self.serves_at);
        Poll::Blocked(Until {
            at: [serves, end.map(|(at, _)| at)].into_iter().flatten().min(),
            ..Until::default()
        })
    }
}

impl Outcome {
    fn plain(reply: Reply) -> Self {
        Self {
            reply,
            cpu: Duration::from_micros(50),
            wait: Duration::ZERO,
            log: Vec::new(),
            crash: None,
        }
    }
}
