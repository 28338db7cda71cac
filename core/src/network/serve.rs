//! At the machine of its address a request comes to a process: the API server, an ingress controller, a Pod's server, which may ask another first.

use std::sync::Arc;
use std::time::Duration;

use super::carry::{Carried, Sending};
use super::journey::Journey;
use super::route::{NO_NEIGHBOUR, Way};
use super::traffic::{Fate, Reason, Stage};
use super::{Ground, Network, Origin, Resident, Role, apiserver, ingress, world};
use crate::runtime::traffic::{Call, HttpReply, Refused, Reply, Request, Served};
use crate::userland::socket::{Answer, Certificate, Failure};

/// How long an answer is waited for at the most.
const ANSWER_GIVES_UP: Duration = Duration::from_secs(3_600);

/// How many servers one request may go through.
const MOST_SERVERS: u8 = 5;

impl Network {
    /// At the machine of its address: the process that listens answers.
    pub(super) fn deliver(
        &mut self,
        ground: &mut dyn Ground,
        sending: &mut Sending<'_>,
        (way, record): (&Way, u32),
        mut journey: Journey,
    ) -> Carried {
        let travel = journey.after;
        let round_trip = travel * 2;
        let connected = (!sending.udp).then_some(round_trip);
        let handshake = if sending.tls.is_some() {
            round_trip + Duration::from_micros(1_400)
        } else {
            Duration::ZERO
        };
        let before = connected.unwrap_or_default() + handshake;
        sending.request.port = way.port;
        let source = way.source.to_string();
        if sending.request.source != source {
            sending.request.source = source;
        }
        let mut certificate = None;
        let (server, served) = match way.machine {
            None => {
                journey.hop(Stage::Internet, || (way.to.to_string(), String::new()));
                if sending.tls.is_some() {
                    certificate = Some(world::site_certificate(sending.tls.unwrap_or_default()));
                }
                (None, world::serve(way.to, sending.request))
            }
            Some(machine) => self.ask(ground, sending, (way, machine), (&mut journey, &mut certificate)),
        };
        // Who knows no TLS does not understand the greeting.
        if sending.tls.is_some() && certificate.is_none() && served.is_ok() {
            return Carried {
                record,
                server,
                fate: Fate::Failed(Reason::Nonsense),
                connected,
                took: before + round_trip,
                result: Err(Failure::NoTls),
                certificate: None,
                hops: journey.hops,
            };
        }
        let outcome = |fate, result, took| Carried {
            record,
            server,
            fate,
            connected,
            took,
            result,
            certificate,
            hops: journey.hops,
        };
        match served {
            Ok(served) => {
                let took = before + served.latency + round_trip;
                let (fate, result) = match &served.reply {
                    Reply::Http(reply) => (Fate::Served(reply.status), None),
                    Reply::Hung | Reply::Call(_) => (Fate::Failed(Reason::Nonsense), Some(Failure::Empty)),
                    Reply::Redis(_) | Reply::Sql(_) | Reply::Accepted => (Fate::Served(200), None),
                };
                let result = match result {
                    Some(failure) => Err(failure),
                    None => Ok(Answer::Reply(served.reply)),
                };
                outcome(fate, result, took)
            }
            Err(refused) => {
                let (reason, failure, took) = match refused {
                    Refused::Closed => (Reason::NotListening, Failure::Refused, round_trip),
                    Refused::Gone => (Reason::NoRoute, Failure::Unreachable, travel + NO_NEIGHBOUR),
                    Refused::Reset => (Reason::Broken, Failure::Empty, before + round_trip),
                    Refused::Silent => (Reason::TooSlow, Failure::Silent, before + ANSWER_GIVES_UP),
                };
                let mut carried = outcome(Fate::Failed(reason), Err(failure), took);
                if matches!(refused, Refused::Closed | Refused::Gone) {
                    carried.connected = None;
                }
                carried
            }
        }
    }

    /// Asks whoever listens at an address of a machine.
    fn ask(
        &mut self,
        ground: &mut dyn Ground,
        sending: &mut Sending<'_>,
        (way, machine): (&Way, u32),
        (journey, certificate): (&mut Journey, &mut Option<Certificate>),
    ) -> (Option<(u32, Resident)>, Result<Served, Refused>) {
        let on_node = self.machine_of(way.to) == Some(machine);
        if on_node && way.port == apiserver::PORT {
            let served = self.ask_api(ground, machine, (sending, journey));
            *certificate = sending.tls.is_some().then(apiserver::api_certificate);
            return (None, served.ok_or(Refused::Closed));
        }
        let Some(resident) = ground.resident(machine, way.to, way.port) else {
            let refused = if on_node { Refused::Closed } else { Refused::Gone };
            journey.hop(Stage::Pod, || (way.to.to_string(), "no such address".to_owned()));
            return (None, Err(refused));
        };
        let named = || format!("{}/{}", resident.pod.0, resident.pod.1);
        journey.hop(Stage::Pod, || (named(), format!("{}:{}", way.to, way.port)));
        if resident.since.is_none() {
            journey.hop(Stage::Process, || (named(), "connection refused".to_owned()));
            return (Some((machine, resident)), Err(Refused::Closed));
        }
        let origin = Origin::Pod {
            machine,
            address: way.to,
            namespace: Arc::clone(&resident.pod.0),
            name: Arc::clone(&resident.pod.1),
        };
        let served = match resident.role {
            Role::Ingress if matches!(way.port, 80 | 443) => {
                let secure = way.port == 443;
                if secure {
                    *certificate = Some(ingress::certificate(
                        ground.store(),
                        sending.tls.unwrap_or_default(),
                    ));
                }
                self.pass_on(ground, (&origin, secure), sending, journey)
            }
            _ => ground.serve(machine, &resident.uid, sending.request),
        };
        let served = match served {
            Ok(Served {
                reply: Reply::Call(call),
                latency,
                cpu,
            }) if sending.depth < MOST_SERVERS => {
                let (reply, took) = self.call(ground, &origin, &call, (sending, journey));
                Ok(Served {
                    reply: Reply::Http(reply),
                    latency: latency + took,
                    cpu,
                })
            }
            other => other,
        };
        journey.hop(Stage::Process, || {
            let note = match &served {
                Ok(Served {
                    reply: Reply::Http(reply),
                    ..
                }) => format!("{} {}", reply.status, reply.reason()),
                Ok(_) => String::new(),
                Err(Refused::Silent) => "no answer".to_owned(),
                Err(_) => "connection reset".to_owned(),
            };
            (named(), note)
        });
        (Some((machine, resident)), served)
    }

    /// A server asks another before it answers.
    fn call(
        &mut self,
        ground: &mut dyn Ground,
        origin: &Origin,
        call: &Call,
        (sending, journey): (&Sending<'_>, &mut Journey),
    ) -> (HttpReply, Duration) {
        let (found, looked) = self.look_up(ground, origin, &call.host, sending.depth + 1);
        let Some(to) = found else {
            let why = format!("getaddrinfo ENOTFOUND {}", call.host);
            return (call.finish(Err(&why)), looked);
        };
        let mut request = Request {
            source: String::new(),
            port: call.port,
            payload: call.payload.clone(),
        };
        let mut inner = Sending {
            origin,
            to,
            request: &mut request,
            udp: false,
            tls: None,
            n: self.draw(),
            depth: sending.depth + 1,
            traced: journey.hops.is_some(),
        };
        let carried = self.carry(ground, &mut inner);
        let patient = carried.took <= call.timeout;
        self.count_inner(ground, &carried, patient);
        journey.extend(&carried, looked);
        let took = looked + carried.took.min(call.timeout);
        let reply = match (&carried.result, patient) {
            (Ok(Answer::Reply(reply)), true) => call.finish(Ok(reply)),
            (Err(Failure::Refused), true) => {
                call.finish(Err(&format!("connect ECONNREFUSED {to}:{}", call.port)))
            }
            (Err(Failure::Unreachable), true) => {
                call.finish(Err(&format!("connect EHOSTUNREACH {to}:{}", call.port)))
            }
            (Err(Failure::Empty | Failure::Reset), true) => call.finish(Err("socket hang up")),
            _ => call.finish(Err(&format!(
                "timeout of {}ms exceeded",
                call.timeout.as_millis()
            ))),
        };
        (reply, took)
    }
}
