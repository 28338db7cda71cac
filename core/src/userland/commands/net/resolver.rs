//! The resolver of the C library (`getaddrinfo` of glibc, `resolv.conf(5)`): `/etc/hosts` first, then the name servers, with the search list.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::System;
use crate::sh::{Files, Io, Until};
use crate::sim::Time;
use crate::userland::socket::{Answer, NameRecord, Packet, Rcode, Record, RecordData};

/// How a machine resolves names: its `/etc/resolv.conf`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Configuration {
    pub(super) servers: Vec<Ipv4Addr>,
    search: Vec<String>,
    dots: usize,
    timeout: Duration,
    attempts: u32,
}

/// Why a name was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum NameError {
    /// There is no such name, or it has no address.
    NotFound,
    /// No server answers, or not properly.
    TryAgain,
}

/// Where a resolution stands.
pub(super) enum Resolved {
    /// It goes on.
    Pending(Until),
    /// The addresses.
    Done(Result<Vec<Ipv4Addr>, NameError>),
}

/// A resolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Resolver {
    configuration: Configuration,
    /// What is known without asking.
    known: Option<Vec<Ipv4Addr>>,
    /// Full names, to be tried in this order.
    names: VecDeque<String>,
    asked: Option<(u64, Time)>,
    attempt: u32,
    failed: bool,
    /// What the last answer said, for programs that show it.
    pub(super) records: Vec<NameRecord>,
}

/// The text of a file, empty if there is none.
pub(super) fn text_of(host: &dyn Files, path: &str) -> String {
    let bytes = host.read(path, 0, usize::MAX).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Configuration {
    pub(super) fn read(host: &dyn System) -> Self {
        let mut read = Self {
            servers: Vec::new(),
            search: Vec::new(),
            dots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
        };
        for line in text_of(host, "/etc/resolv.conf").lines() {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") => read
                    .servers
                    .extend(words.filter_map(|word| word.parse::<Ipv4Addr>().ok())),
                Some("search" | "domain") => read.search = words.map(str::to_owned).collect(),
                Some("options") => words.for_each(|word| read.option(word)),
                _ => {}
            }
        }
        read.servers.truncate(3);
        if read.servers.is_empty() {
            read.servers.push(Ipv4Addr::LOCALHOST);
        }
        read
    }

    fn option(&mut self, word: &str) {
        let Some((name, value)) = word.split_once(':') else {
            return;
        };
        let Ok(number) = value.parse::<u32>() else { return };
        match name {
            "ndots" => self.dots = number.min(15) as usize,
            "timeout" => self.timeout = Duration::from_secs(u64::from(number.clamp(1, 30))),
            "attempts" => self.attempts = number.clamp(1, 5),
            _ => {}
        }
    }

    /// The full names that a name may stand for, in the order of trying.
    pub(super) fn candidates(&self, name: &str) -> VecDeque<String> {
        if let Some(absolute) = name.strip_suffix('.') {
            return VecDeque::from([absolute.to_owned()]);
        }
        let mut names: VecDeque<String> = self
            .search
            .iter()
            .map(|domain| format!("{name}.{domain}"))
            .collect();
        let enough = name.matches('.').count() >= self.dots;
        if enough {
            names.push_front(name.to_owned());
        } else {
            names.push_back(name.to_owned());
        }
        names
    }
}

/// The addresses of a name in `/etc/hosts`.
pub fn in_hosts(host: &dyn Files, name: &str) -> Vec<Ipv4Addr> {
    let hosts = text_of(host, "/etc/hosts");
    let lines = hosts
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let mut found: Vec<Ipv4Addr> = lines
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let address = words.next()?.parse().ok()?;
            words
                .any(|word| word.eq_ignore_ascii_case(name))
                .then_some(address)
        })
        .collect();
    if found.is_empty() && name.eq_ignore_ascii_case("localhost") {
        found.push(Ipv4Addr::LOCALHOST);
    }
    found
}

impl Resolver {
    pub(super) fn start(name: &str, host: &dyn System) -> Self {
        let known = match name.parse::<Ipv4Addr>() {
            Ok(address) => vec![address],
            Err(_) => in_hosts(host, name),
        };
        let configuration = Configuration::read(host);
        Self {
            names: configuration.candidates(&name.to_lowercase()),
            known: Some(known).filter(|known| !known.is_empty()),
            configuration,
            asked: None,
            attempt: 0,
            failed: false,
            records: Vec::new(),
        }
    }

    /// The number of questions of one name: each attempt asks every server.
    fn rounds(&self) -> u32 {
        self.configuration.attempts * u32::try_from(self.configuration.servers.len()).unwrap_or(1)
    }

    pub(super) fn step(&mut self, io: &Io<'_>, host: &mut dyn System) -> Resolved {
        if let Some(known) = self.known.take() {
            return Resolved::Done(Ok(known));
        }
        loop {
            if let Some((id, deadline)) = self.asked {
                let Some(arrival) = host.receive(id) else {
                    if io.now < deadline {
                        return Resolved::Pending(waiting(deadline));
                    }
                    host.abandon(id);
                    self.next_attempt();
                    continue;
                };
                self.asked = None;
                match arrival.result {
                    Ok(Answer::Names(Rcode::NoError, records, _)) => {
                        let found = addresses(&records);
                        self.records = records;
                        if !found.is_empty() {
                            return Resolved::Done(Ok(found));
                        }
                        self.next_name();
                    }
                    Ok(Answer::Names(Rcode::NxDomain, ..)) => self.next_name(),
                    Ok(_) => {
                        self.failed = true;
                        self.next_name();
                    }
                    // Refused at once: the next server, the next attempt.
                    Err(_) => self.next_attempt(),
                }
                continue;
            }
            let Some(name) = self.names.front() else {
                let error = if self.failed {
                    NameError::TryAgain
                } else {
                    NameError::NotFound
                };
                return Resolved::Done(Err(error));
            };
            let servers = &self.configuration.servers;
            let at = self.attempt as usize % servers.len().max(1);
            let packet = Packet::Question {
                server: servers.get(at).copied().unwrap_or(Ipv4Addr::LOCALHOST),
                name: name.clone(),
                kind: Record::A,
            };
            self.asked = Some((host.send(packet), io.now + self.configuration.timeout));
        }
    }

    fn next_name(&mut self) {
        self.names.pop_front();
        self.attempt = 0;
    }

    /// No answer: after the last attempt the search is over, other names are not tried.
    fn next_attempt(&mut self) {
        self.asked = None;
        self.attempt += 1;
        if self.attempt >= self.rounds() {
            self.failed = true;
            self.names.clear();
        }
    }
}

/// Waits for news of the network, at most until a moment.
pub(super) fn waiting(deadline: Time) -> Until {
    Until {
        at: Some(deadline).filter(|at| *at < Time::MAX),
        input: false,
        change: true,
        child: false,
    }
}

/// The addresses of an answer.
pub(super) fn addresses(records: &[NameRecord]) -> Vec<Ipv4Addr> {
    let address = |record: &NameRecord| match record.data {
        RecordData::A(address) => Some(address),
        _ => None,
    };
    records.iter().filter_map(address).collect()
}
