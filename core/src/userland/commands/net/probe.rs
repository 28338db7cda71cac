//! Programs that try whether somebody is there: `ping` (busybox 1.36, iputils), `nc -z`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{Start, System, Wrong};
use super::exchange::{Ended, Exchange, Progress, Wish};
use super::resolver::{Resolved, Resolver, waiting};
use crate::sh::{Io, Poll, Until};
use crate::sim::Time;
use crate::userland::options::Options;
use crate::userland::socket::{Answer, Failure, Packet};
use crate::userland::system::Dialect;
use crate::userland::traffic::Payload;

/// Between two echo requests.
const EVERY: Duration = Duration::from_secs(1);
/// How long the last answer is waited for.
const LINGERS: Duration = Duration::from_secs(10);

/// `ping`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::userland) struct Ping {
    name: String,
    count: u64,
    patience: Duration,
    resolver: Option<Resolver>,
    address: Option<std::net::Ipv4Addr>,
    sent: u64,
    times_micros: Vec<u64>,
    under_way: Option<(u64, Time)>,
    next_at: Time,
    begun: Time,
}

impl Ping {
    pub(in crate::userland) fn start(start: &Start) -> Result<Self, Wrong> {
        let options = Options::parse(&start.argv, "c:W:w:i:s:4qn", &[]).map_err(|message| (message, 1))?;
        let Some(name) = options.operands.first().cloned() else {
            return Err(("Usage: ping [OPTIONS] HOST\n".to_owned(), 1));
        };
        let number = |letter: char| options.value(letter).and_then(|text| text.parse::<u64>().ok());
        Ok(Self {
            name,
            count: number('c').unwrap_or(u64::MAX),
            patience: number('W').map_or(LINGERS, Duration::from_secs),
            resolver: None,
            address: None,
            sent: 0,
            times_micros: Vec::new(),
            under_way: None,
            next_at: Time::ZERO,
            begun: Time::ZERO,
        })
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>, host: &mut dyn System) -> Poll {
        let busybox = host.dialect() == Dialect::Busybox;
        let Some(to) = self.address else {
            let resolver = self
                .resolver
                .get_or_insert_with(|| Resolver::start(&self.name, host));
            return match resolver.step(io, host) {
                Resolved::Pending(until) => Poll::Blocked(until),
                Resolved::Done(Ok(found)) => {
                    self.address = found.first().copied();
                    let to = found.first().map(ToString::to_string).unwrap_or_default();
                    let rest = if busybox {
                        "56 data bytes"
                    } else {
                        "56(84) bytes of data."
                    };
                    io.print(format!(
                        "PING {} ({to}){} {rest}\n",
                        self.name,
                        if busybox { ":" } else { "" }
                    ));
                    self.begun = io.now;
                    Poll::Yield
                }
                Resolved::Done(Err(_)) => {
                    io.error(if busybox {
                        format!("ping: bad address '{}'\n", self.name)
                    } else {
                        format!("ping: {}: Name or service not known\n", self.name)
                    });
                    Poll::Exited(if busybox { 1 } else { 2 })
                }
            };
        };
        loop {
            if let Some((id, deadline)) = self.under_way {
                match host.receive(id) {
                    None if io.now < deadline => return Poll::Blocked(waiting(deadline)),
                    None => host.abandon(id),
                    Some(arrival) => {
                        let micros = u64::try_from(arrival.took.as_micros()).unwrap_or(u64::MAX);
                        if let Ok(Answer::Echo(from, ttl, true)) = arrival.result {
                            self.times_micros.push(micros);
                            let seq = if busybox {
                                format!("seq={}", self.sent - 1)
                            } else {
                                format!("icmp_seq={}", self.sent)
                            };
                            let millis = thousandths(micros);
                            io.print(format!(
                                "64 bytes from {from}: {seq} ttl={ttl} time={millis} ms\n"
                            ));
                        }
                    }
                }
                self.under_way = None;
            }
            if self.sent >= self.count {
                return Poll::Exited(self.summary(io, busybox));
            }
            if io.now < self.next_at {
                return Poll::Blocked(Until::time(self.next_at));
            }
            self.sent += 1;
            self.next_at = io.now + EVERY;
            let patience = if self.sent == self.count {
                self.patience
            } else {
                EVERY.min(self.patience)
            };
            self.under_way = Some((host.send(Packet::Echo { to, hops: 64 }), io.now + patience));
        }
    }

    fn summary(&self, io: &mut Io<'_>, busybox: bool) -> i32 {
        let (sent, got) = (self.sent, self.times_micros.len() as u64);
        let loss = (sent - got) * 100 / sent.max(1);
        let name = &self.name;
        let sum: u64 = self.times_micros.iter().sum();
        let least = self.times_micros.iter().min().copied().unwrap_or_default();
        let most = self.times_micros.iter().max().copied().unwrap_or_default();
        let mean = sum / got.max(1);
        let mut text = format!("\n--- {name} ping statistics ---\n");
        let [least, mean, most] = [least, mean, most].map(thousandths);
        if busybox {
            text.push_str(&format!(
                "{sent} packets transmitted, {got} packets received, {loss}% packet loss\n"
            ));
            if got > 0 {
                text.push_str(&format!("round-trip min/avg/max = {least}/{mean}/{most} ms\n"));
            }
        } else {
            let took = io.now.since(self.begun).as_millis();
            text.push_str(&format!(
                "{sent} packets transmitted, {got} received, {loss}% packet loss, time {took}ms\n"
            ));
            if got > 0 {
                text.push_str(&format!(
                    "rtt min/avg/max/mdev = {least}/{mean}/{most}/0.020 ms\n"
                ));
            } else {
                text.push('\n');
            }
        }
        io.print(text);
        i32::from(got == 0)
    }
}

fn thousandths(micros: u64) -> String {
    format!("{}.{:03}", micros / 1_000, micros % 1_000)
}

/// `nc -z`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::userland) struct Netcat {
    host: String,
    port: u16,
    verbose: bool,
    patience: Option<Duration>,
    exchange: Option<Exchange>,
}

impl Netcat {
    pub(in crate::userland) fn start(start: &Start) -> Result<Self, Wrong> {
        let options = Options::parse(&start.argv, "zvw:nlp:e:uN4k", &[]).map_err(|message| (message, 1))?;
        let [host, port] = options.operands.as_slice() else {
            let usage = "BusyBox v1.36.1 multi-call binary.\n\nUsage: nc [-iN] [-wN] [-l] [-p PORT] [-f FILE|IPADDR PORT] [-e PROG]\n";
            return Err((usage.to_owned(), 1));
        };
        let port = port
            .parse()
            .map_err(|_| (format!("nc: bad port '{port}'\n"), 1))?;
        Ok(Self {
            host: host.clone(),
            port,
            verbose: options.has('v'),
            patience: options
                .value('w')
                .and_then(|secs| secs.parse().ok())
                .map(Duration::from_secs),
            exchange: None,
        })
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>, host: &mut dyn System) -> Poll {
        let exchange = self.exchange.get_or_insert_with(|| {
            let mut wish = Wish::new(&self.host, self.port, Payload::Tcp);
            wish.within = self.patience;
            Exchange::start(wish, io, host)
        });
        let ended = match exchange.step(io, host) {
            Progress::Pending(until) => return Poll::Blocked(until),
            Progress::Ended(ended) => ended,
        };
        let busybox = host.dialect() == Dialect::Busybox;
        let (name, port) = (&self.host, self.port);
        let at = exchange
            .address
            .map(|address| address.to_string())
            .unwrap_or_default();
        let why = match ended {
            Ended::NoName => {
                io.error(if busybox {
                    format!("nc: bad address '{name}'\n")
                } else {
                    format!("nc: getaddrinfo for host \"{name}\" port {port}: Name or service not known\n")
                });
                return Poll::Exited(1);
            }
            Ended::Arrived(arrival) => match arrival.result {
                Ok(_) | Err(Failure::Empty | Failure::Silent) => {
                    if self.verbose {
                        io.error(if busybox {
                            format!("{name} ({at}:{port}) open\n")
                        } else {
                            format!("Connection to {name} ({at}) {port} port [tcp/*] succeeded!\n")
                        });
                    }
                    return Poll::Exited(0);
                }
                Err(Failure::Refused) => "Connection refused",
                Err(Failure::Unreachable) => "Host is unreachable",
                Err(_) => "Operation timed out",
            },
            _ if busybox => "timed out",
            _ => "Connection timed out",
        };
        if self.verbose || busybox {
            io.error(if !busybox {
                format!("nc: connect to {name} ({at}) port {port} (tcp) failed: {why}\n")
            } else if why == "timed out" {
                "nc: timed out\n".to_owned()
            } else {
                format!("nc: {name} ({at}:{port}): {why}\n")
            });
        }
        Poll::Exited(1)
    }
}
