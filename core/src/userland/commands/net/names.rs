//! Programs that ask name servers: `nslookup` (busybox 1.36 and BIND 9.18), `dig`, `host`, `getent hosts`.

#![expect(clippy::unused_self, reason = "one of the ways to print, chosen by name")]

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::super::{Start, System, Wrong};
use super::resolver::{Configuration, waiting};
use crate::sh::{Io, Poll};
use crate::sim::Time;
use crate::userland::socket::{Answer, NameRecord, Packet, Rcode, Record, RecordData};
use crate::userland::system::Dialect;

/// How long one question is waited for, and how often it is asked.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);
const TRIES: u8 = 3;

/// Which program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Speaker {
    Busybox,
    Nslookup,
    Dig,
    DigShort,
    Host,
    Getent,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Question {
    name: String,
    kind: Record,
}

/// A program that asks name servers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::userland) struct Names {
    speaker: Speaker,
    asked: String,
    server: Ipv4Addr,
    questions: VecDeque<Question>,
    under_way: Option<(u64, Time)>,
    tries: u8,
    begun: Option<Time>,
    found: bool,
    headed: bool,
}

impl Names {
    pub(in crate::userland) fn start(name: &str, start: &Start, host: &dyn System) -> Result<Self, Wrong> {
        let configuration = Configuration::read(host);
        let mut server = configuration
            .servers
            .first()
            .copied()
            .unwrap_or(Ipv4Addr::LOCALHOST);
        let busybox = host.dialect() == Dialect::Busybox;
        let speaker = match name {
            "nslookup" if busybox => Speaker::Busybox,
            "nslookup" => Speaker::Nslookup,
            "host" => Speaker::Host,
            "getent" => Speaker::Getent,
            _ if start.argv.iter().any(|word| word == "+short") => Speaker::DigShort,
            _ => Speaker::Dig,
        };
        let mut kind = Record::A;
        let mut operands = Vec::new();
        let mut searches = !matches!(speaker, Speaker::Dig | Speaker::DigShort);
        let mut reversed = false;
        let mut words = start.argv.iter().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "+search" => searches = true,
                "-x" => reversed = true,
                "-t" | "-type" => kind = words.next().map_or(kind, |word| record(word)),
                _ if word.starts_with('+') => {}
                _ if word.starts_with('@') => server = address(word.trim_start_matches('@'))?,
                _ if word.starts_with("-type=") || word.starts_with("-query=") => {
                    kind = record(word.split('=').nth(1).unwrap_or_default());
                }
                _ if word.starts_with('-') => {}
                "A" | "AAAA" | "SRV" | "PTR" | "CNAME" | "TXT" | "MX" | "NS"
                    if !operands.is_empty() || name == "dig" =>
                {
                    kind = record(word);
                }
                _ => operands.push(word.clone()),
            }
        }
        if speaker == Speaker::Getent {
            if !operands.first().is_some_and(|base| base.ends_with("hosts")) {
                return Err(("Usage: getent [OPTION...] database [key ...]\n".to_owned(), 1));
            }
            operands.remove(0);
        }
        let Some(asked) = operands.first().cloned() else {
            return Err((format!("Usage: {name} [HOST] [SERVER]\n"), 1));
        };
        if let Some(given) = operands
            .get(1)
            .filter(|_| matches!(speaker, Speaker::Busybox | Speaker::Nslookup | Speaker::Host))
        {
            server = address(given)?;
        }
        if let Ok(address) = asked.parse::<Ipv4Addr>()
            && (reversed || !matches!(speaker, Speaker::Dig | Speaker::DigShort))
        {
            let [a, b, c, d] = address.octets();
            let name = format!("{d}.{c}.{b}.{a}.in-addr.arpa");
            return Ok(Self::new(speaker, asked, server, vec![(name, Record::Ptr)]));
        }
        // busybox asks for a name with a dot as it stands, and for one without below every domain of the search list.
        let names: Vec<String> = match speaker {
            Speaker::Busybox if asked.contains('.') => vec![asked.trim_end_matches('.').to_owned()],
            _ if searches => configuration.candidates(&asked).into(),
            _ => vec![asked.trim_end_matches('.').to_owned()],
        };
        let names: Vec<String> = match speaker {
            Speaker::Busybox if names.len() > 1 => names.into_iter().filter(|name| *name != asked).collect(),
            _ => names,
        };
        let both = speaker == Speaker::Busybox && kind == Record::A;
        let questions = names.into_iter().flat_map(|name| {
            let second = both.then(|| (name.clone(), Record::Aaaa));
            std::iter::once((name, kind)).chain(second)
        });
        let questions = questions.collect();
        Ok(Self::new(speaker, asked, server, questions))
    }

    fn new(speaker: Speaker, asked: String, server: Ipv4Addr, questions: Vec<(String, Record)>) -> Self {
        Self {
            speaker,
            asked,
            server,
            questions: questions
                .into_iter()
                .map(|(name, kind)| Question { name, kind })
                .collect(),
            under_way: None,
            tries: 0,
            begun: None,
            found: false,
            headed: false,
        }
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>, host: &mut dyn System) -> Poll {
        if self.speaker == Speaker::Getent && self.begun.is_none() {
            let known = super::resolver::in_hosts(host, &self.asked);
            if let Some(address) = known.first() {
                io.print(format!("{:<15} {}\n", address.to_string(), self.asked));
                return Poll::Exited(0);
            }
        }
        let begun = *self.begun.get_or_insert(io.now);
        loop {
            let Some(question) = self.questions.front().cloned() else {
                return Poll::Exited(self.end(io));
            };
            let Some((id, deadline)) = self.under_way else {
                let packet = Packet::Question {
                    server: self.server,
                    name: question.name.clone(),
                    kind: question.kind,
                };
                self.under_way = Some((host.send(packet), io.now + PATIENCE));
                continue;
            };
            let arrival = host.receive(id);
            if arrival.is_none() && io.now < deadline {
                return Poll::Blocked(waiting(deadline));
            }
            self.under_way = None;
            let answer = match arrival.map(|arrival| (arrival.result, arrival.took)) {
                Some((Ok(Answer::Names(code, records, own)), took)) => (code, records, own, took),
                refused => {
                    if refused.is_none() {
                        host.abandon(id);
                    }
                    self.tries += 1;
                    if self.tries < TRIES {
                        continue;
                    }
                    return Poll::Exited(self.unanswered(io, refused.is_some()));
                }
            };
            self.questions.pop_front();
            self.head(io);
            let (code, records, own, took) = answer;
            let good = code == Rcode::NoError && !records.is_empty();
            self.found |= good;
            match self.speaker {
                Speaker::Busybox => self.busybox(io, &question, (code, &records, own)),
                Speaker::Dig | Speaker::DigShort if good || self.questions.is_empty() => {
                    self.questions.clear();
                    if self.speaker == Speaker::Dig {
                        let id = (begun.as_micros() / 7) % 65_536;
                        io.print(self.dig(&question, (code, &records, own), (took.as_millis(), id, io.now)));
                    } else {
                        io.print(
                            records
                                .iter()
                                .map(|record| format!("{}\n", data(record)))
                                .collect::<String>(),
                        );
                    }
                }
                Speaker::Nslookup | Speaker::Host | Speaker::Getent if good => {
                    self.questions.clear();
                    self.tell(io, &records, own);
                }
                _ => {}
            }
        }
    }

    /// What is said before the first answer.
    fn head(&mut self, io: &mut Io<'_>) {
        if std::mem::replace(&mut self.headed, true) {
            return;
        }
        match self.speaker {
            Speaker::Busybox => {
                io.print(format!("Server:\t\t{0}\nAddress:\t{0}:53\n\n", self.server));
            }
            Speaker::Nslookup => io.print(format!("Server:\t\t{0}\nAddress:\t{0}#53\n\n", self.server)),
            _ => {}
        }
    }

    fn busybox(
        &self,
        io: &mut Io<'_>,
        question: &Question,
        (code, records, own): (Rcode, &[NameRecord], bool),
    ) {
        let Question { name, .. } = question;
        match code {
            Rcode::NxDomain => io.print(format!("** server can't find {name}: NXDOMAIN\n\n")),
            Rcode::ServFail => io.print(format!("** server can't find {name}: SERVFAIL\n\n")),
            Rcode::NoError => {
                let mut text = String::new();
                if !own && !records.is_empty() {
                    text.push_str("Non-authoritative answer:\n");
                }
                for record in records {
                    let NameRecord { name, data, .. } = record;
                    text.push_str(&match data {
                        RecordData::A(address) => format!("Name:\t{name}\nAddress: {address}\n"),
                        RecordData::Cname(target) => format!("{name}\tcanonical name = {target}\n"),
                        RecordData::Ptr(target) => format!("{name}\tname = {target}\n"),
                        RecordData::Srv(a, b, port, target) => {
                            format!("{name}\tservice = {a} {b} {port} {target}\n")
                        }
                    });
                }
                text.push('\n');
                io.print(text);
            }
        }
    }

    fn tell(&self, io: &mut Io<'_>, records: &[NameRecord], own: bool) {
        let mut text = String::new();
        if self.speaker == Speaker::Nslookup && !own {
            text.push_str("Non-authoritative answer:\n");
        }
        for record in records {
            let name = &record.name;
            text.push_str(&match (self.speaker, &record.data) {
                (Speaker::Nslookup, RecordData::A(address)) => format!("Name:\t{name}\nAddress: {address}\n"),
                (Speaker::Nslookup, RecordData::Cname(target)) => {
                    format!("{name}\tcanonical name = {target}.\n")
                }
                (Speaker::Nslookup, RecordData::Ptr(target)) => format!("{name}\tname = {target}.\n"),
                (Speaker::Nslookup, RecordData::Srv(a, b, port, target)) => {
                    format!("{name}\tservice = {a} {b} {port} {target}.\n")
                }
                (Speaker::Getent, RecordData::A(address)) => format!("{:<15} {name}\n", address.to_string()),
                (Speaker::Getent, _) => continue,
                (_, RecordData::A(address)) => format!("{name} has address {address}\n"),
                (_, RecordData::Cname(target)) => format!("{name} is an alias for {target}.\n"),
                (_, RecordData::Ptr(target)) => format!("{name} domain name pointer {target}.\n"),
                (_, RecordData::Srv(a, b, port, target)) => {
                    format!("{name} has SRV record {a} {b} {port} {target}.\n")
                }
            });
        }
        if self.speaker == Speaker::Nslookup {
            text.push('\n');
        }
        io.print(text);
    }

    /// The end: the status, and what is said when nothing was found.
    fn end(&self, io: &mut Io<'_>) -> i32 {
        if self.found {
            return 0;
        }
        match self.speaker {
            Speaker::Busybox => 1,
            Speaker::Nslookup => {
                io.print(format!("** server can't find {}: NXDOMAIN\n\n", self.asked));
                1
            }
            Speaker::Host => {
                io.print(format!("Host {} not found: 3(NXDOMAIN)\n", self.asked));
                1
            }
            Speaker::Getent => 2,
            Speaker::Dig | Speaker::DigShort => 0,
        }
    }

    fn unanswered(&self, io: &mut Io<'_>, refused: bool) -> i32 {
        let server = self.server;
        match self.speaker {
            Speaker::Busybox if refused => {
                io.error("nslookup: read: Connection refused\n;; connection timed out; no servers could be reached\n\n");
            }
            Speaker::Busybox | Speaker::Nslookup => {
                io.print(";; connection timed out; no servers could be reached\n\n");
            }
            Speaker::Dig | Speaker::DigShort => {
                let why = if refused {
                    "connection refused"
                } else {
                    "timed out"
                };
                let line = format!(";; communications error to {server}#53: {why}\n");
                io.print(format!("{}\n;; no servers could be reached\n", line.repeat(3)));
                return 9;
            }
            Speaker::Host => io.print(";; connection timed out; no servers could be reached\n"),
            Speaker::Getent => return 2,
        }
        1
    }

    fn dig(
        &self,
        question: &Question,
        (code, records, own): (Rcode, &[NameRecord], bool),
        (millis, id, now): (u128, u64, Time),
    ) -> String {
        let status = match code {
            Rcode::NoError => "NOERROR",
            Rcode::ServFail => "SERVFAIL",
            Rcode::NxDomain => "NXDOMAIN",
        };
        let kind = kind_name(question.kind);
        let authority = if own { " aa" } else { "" };
        let recursion = if own { "" } else { " ra" };
        let mut text = format!(
            "\n; <<>> DiG 9.18.33 <<>> {}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {status}, id: {id}\n;; flags: qr{authority} rd{recursion}; QUERY: 1, ANSWER: {}, AUTHORITY: 0, ADDITIONAL: 1\n\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n;; QUESTION SECTION:\n;{}.\t\tIN\t{kind}\n\n",
            self.asked,
            records.len(),
            question.name
        );
        if !records.is_empty() {
            text.push_str(";; ANSWER SECTION:\n");
            for record in records {
                let kind = match record.data {
                    RecordData::A(_) => "A",
                    RecordData::Cname(_) => "CNAME",
                    RecordData::Ptr(_) => "PTR",
                    RecordData::Srv(..) => "SRV",
                };
                text.push_str(&format!(
                    "{}.\t{}\tIN\t{kind}\t{}\n",
                    record.name,
                    record.ttl,
                    data(record)
                ));
            }
            text.push('\n');
        }
        text.push_str(&format!(
            ";; Query time: {millis} msec\n;; SERVER: {0}#53({0}) (UDP)\n;; WHEN: {1}\n;; MSG SIZE  rcvd: {2}\n\n",
            self.server,
            super::super::date::long_date(now),
            40 + question.name.len() + records.len() * 32
        ));
        text
    }
}

fn data(record: &NameRecord) -> String {
    match &record.data {
        RecordData::A(address) => address.to_string(),
        RecordData::Cname(target) | RecordData::Ptr(target) => format!("{target}."),
        RecordData::Srv(a, b, port, target) => format!("{a} {b} {port} {target}."),
    }
}

fn record(word: &str) -> Record {
    match word.to_ascii_uppercase().as_str() {
        "A" => Record::A,
        "AAAA" => Record::Aaaa,
        "CNAME" => Record::Cname,
        "PTR" => Record::Ptr,
        "SRV" => Record::Srv,
        _ => Record::Other,
    }
}

fn kind_name(kind: Record) -> &'static str {
    match kind {
        Record::A => "A",
        Record::Aaaa => "AAAA",
        Record::Cname => "CNAME",
        Record::Ptr => "PTR",
        Record::Srv => "SRV",
        Record::Other => "TXT",
    }
}

fn address(word: &str) -> Result<Ipv4Addr, Wrong> {
    let wrong = |_| (format!("couldn't get address for '{word}': not found\n"), 1);
    word.parse().map_err(wrong)
}
