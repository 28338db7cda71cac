//! What an image serves with, as a process: it answers on its ports until it is told to stop, crashes, or is killed.
//!
//! What it does is data ([`ServerSpec`], from the image catalogue); only stores have code of their own.

mod http;
mod nginx;
mod redis;
mod spec;
mod sql;
mod template;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use spec::{ServerSpec, expand};

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
    /// How many lines it has printed by itself, where it prints them.
    announced: usize,
    stopping: bool,
    stops_at: Option<Time>,
    /// How many requests it has answered.
    requests: u64,
    /// What requests have made it keep, in bytes.
    grown: u64,
    store: Store,
}

/// What a server keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Store {
    None,
    Redis(Box<redis::Redis>),
    Sql(Box<sql::Cluster>),
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
    /// Starts now, on a machine with these files; what it needs and does not find ends it.
    #[must_use]
    pub fn start(spec: Arc<ServerSpec>, system: &mut dyn System, now: Time) -> Self {
        let files: &dyn Files = system.files();
        let spec = match spec.requires.iter().find(|needed| !needed.is_met(files)) {
            Some(needed) => Arc::new(ServerSpec::failing(&needed.says, needed.code)),
            None => spec,
        };
        let spec = match spec.answer.as_deref() {
            Some("{{configTest}}") => {
                let (said, code) = nginx::test(files);
                Arc::new(ServerSpec {
                    answer: Some(said),
                    exit_code: Some(code),
                    ..ServerSpec::default()
                })
            }
            _ => configured(spec, files),
        };
        let store = match spec.store.as_str() {
            "redis" => Store::Redis(Box::new(redis::Redis::load(&spec, files))),
            "postgres" => Store::Sql(Box::new(sql::Cluster::open(&spec, system))),
            _ => Store::None,
        };
        Self {
            serves_at: now + Duration::from_millis(spec.startup_millis),
            spec,
            since: now,
            announced: 0,
            stopping: false,
            stops_at: None,
            requests: 0,
            grown: 0,
            store,
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
        u64::from(self.spec.memory_mib) * MIB + self.kept() + leaked
    }

    /// What requests have made it keep, in bytes.
    fn kept(&self) -> u64 {
        self.grown
            + match &self.store {
                Store::None => 0,
                Store::Redis(redis) => redis.bytes(),
                Store::Sql(cluster) => cluster.bytes(),
            }
    }

    /// It stops in good order: what it keeps only in memory is written.
    pub fn save(&self, system: &mut dyn System) {
        if let Store::Redis(redis) = &self.store {
            redis.save(&self.spec, system);
        }
    }

    /// When it will use more memory than this, if nobody asks it anything.
    #[must_use]
    pub fn outgrows(&self, limit_bytes: u64) -> Option<Time> {
        let fixed = u64::from(self.spec.memory_mib) * MIB + self.kept();
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

    /// It reads its configuration again; a wrong one changes nothing.
    pub fn reload(&mut self, files: &dyn Files) {
        if let Ok(configured) = nginx::configure(&self.spec, files) {
            self.spec = Arc::new(configured);
        }
    }

    /// The lines it prints by itself, and when.
    pub fn announcements(&self, system: &dyn System) -> Vec<(Time, String)> {
        let ends = self.ends_at().map_or(Time::MAX, |(at, _)| at);
        let first = self.spec.first_logs.iter().map(|line| (self.since, line));
        let later = self.spec.logs.iter().map(|line| (self.serves_at, line));
        first
            .chain(later)
            .filter(|(at, _)| *at <= ends)
            .map(|(at, line)| (at, template::of_machine(line, at, system)))
            .collect()
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
        if let Some(reply) = self.ask_store(request, &spec, serving) {
            return Ok(Outcome {
                cpu: Duration::from_micros(spec.cpu_micros),
                ..Outcome::plain(reply)
            });
        }
        let mut outcome = match (&request.payload, &spec.http) {
            (Payload::Http(asked), Some(http)) => http::answer(self, http, asked, (request, serving)),
            (Payload::Http(_), None) if !spec.tcp_only && spec.store.is_empty() => Outcome::plain(
                Reply::Http(super::traffic::HttpReply::text(200, "text/plain", "ok\n")),
            ),
            _ => Outcome::plain(Reply::Hung),
        };
        outcome.cpu += Duration::from_micros(spec.cpu_micros);
        outcome.wait += Duration::from_millis(spec.latency_millis);
        let chance = |purpose: &str| serving.rng.draw(purpose, serving.id, self.requests) % 100;
        if spec.crash_percent > 0 && chance("crash") < spec.crash_percent {
            outcome.crash = Some(spec.crash_code);
            let words = template::of_machine(&spec.crash_log, serving.now, serving.system);
            outcome.log.push((true, words));
        }
        Ok(outcome)
    }

    fn ask_store(
        &mut self,
        request: &Request,
        spec: &ServerSpec,
        serving: &mut Serving<'_>,
    ) -> Option<Reply> {
        Some(match (&mut self.store, &request.payload) {
            (Store::Redis(redis), Payload::Redis(words)) => {
                let (reply, changed) = redis.answer(words, spec, serving.now);
                let asked = words
                    .first()
                    .is_some_and(|word| word.to_ascii_uppercase().ends_with("SAVE"));
                if changed && spec.durable == "yes" || asked {
                    redis.save(spec, serving.system);
                }
                Reply::Redis(reply)
            }
            (Store::Sql(cluster), Payload::Sql(asked)) => {
                // What a machine sends to itself is trusted (`pg_hba.conf` of the image).
                let own = template::address(serving.system);
                let local = request.source.starts_with("127.") || request.source == own;
                Reply::Sql(cluster.answer(asked, spec, (local, serving.now), serving.system))
            }
            _ => return None,
        })
    }

    pub(super) fn step(&mut self, io: &mut Io<'_>, system: &mut dyn System) -> Poll {
        if let Some(answer) = &self.spec.answer {
            let answer = match answer.strip_prefix("{{reload}}") {
                Some(rest) => {
                    system.signal(1, 1);
                    rest
                }
                None => answer,
            };
            io.print(format!("{}\n", template::of_machine(answer, io.now, system)));
            return Poll::Exited(self.spec.exit_code.unwrap_or(0));
        }
        if self.stopping {
            let takes = self.stops_in().unwrap_or_default();
            let at = *self.stops_at.get_or_insert(io.now + takes);
            return if io.now >= at {
                self.save(system);
                Poll::Exited(0)
            } else {
                Poll::Blocked(Until::time(at))
            };
        }
        let due = self.announcements(system);
        let now = io.now;
        let due = due
            .into_iter()
            .skip(self.announced)
            .take_while(|(at, _)| *at <= now);
        for (_, line) in due {
            self.announced += 1;
            io.print(format!("{line}\n"));
        }
        let end = self.ends_at();
        if let Some((at, code)) = end
            && io.now >= at
        {
            return Poll::Exited(code);
        }
        let serves = (io.now < self.serves_at).then_some(self.serves_at);
        Poll::Blocked(Until {
            at: [serves, end.map(|(at, _)| at)].into_iter().flatten().min(),
            ..Until::default()
        })
    }
}

/// A server as its own configuration files want it; one that they keep from starting says why.
fn configured(spec: Arc<ServerSpec>, files: &dyn Files) -> Arc<ServerSpec> {
    let changed = |http: &spec::Http| !http.config.is_empty() && nginx::text(files) != http.known_config;
    if !spec.http.as_ref().is_some_and(changed) {
        return spec;
    }
    match nginx::configure(&spec, files) {
        Ok(configured) => Arc::new(configured),
        Err(why) => Arc::new(ServerSpec {
            first_logs: vec![
                format!("{{{{clock}}}} {}", why.replacen("[emerg] ", "[emerg] 1#1: ", 1)),
                format!("nginx: {why}"),
            ],
            ..ServerSpec::failing("", 1)
        }),
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
