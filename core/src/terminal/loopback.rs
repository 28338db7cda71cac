//! What listens on the laptop itself: the proxies and the forwarded ports of kubectl, the ports that docker publishes, the API server.

use std::time::Duration;

use super::DockerHost;
use super::api::api_call;
use super::lab::Site;
use super::laptop::Laptop;
use crate::apiserver::User;
use crate::kubectl::{Connections, Env, Forward};
use crate::network::{Counted, Local, api_certificate, http_to_https};
use crate::runtime::traffic::{Call, HttpReply, HttpRequest, Payload, Refused, Reply, Request, Served};
use crate::sorted::SortedMap;
use crate::userland::socket::{Answer, Arrival, Certificate, Failure, Packet};

/// The proxies that listen on the laptop, by their port.
pub(super) type Proxies = SortedMap<u16, Env>;

/// The ports that lead to Pods, and the connections that nobody has told of yet.
pub(super) type Forwards = SortedMap<u16, (Forward, Connections)>;

/// The API server's own port.
const API_PORT: u16 = 6_443;
/// A connection of the laptop to itself.
const CONNECT: Duration = Duration::from_micros(60);
/// What the API server takes to answer.
const API_TIME: Duration = Duration::from_millis(4);

/// How a request ended: the answer or its failure, after how long, and the certificate that was shown.
type Outcome = (Result<Reply, Failure>, Duration, Option<Certificate>);

/// Sends something to the laptop itself; answers its number.
pub(super) fn send((laptop, api): (&mut Laptop, &mut dyn Site), packet: Packet) -> u64 {
    match packet {
        Packet::Request { request, tls, .. } => ask((laptop, api), (request, tls), None),
        Packet::Echo { to, .. } => {
            let result = Ok(Answer::Echo(to, 64, true));
            api.post(arrival(result, CONNECT, None), None)
        }
        _ => api.post(arrival(Err(Failure::Refused), CONNECT, None), None),
    }
}

/// Answers a request of load.
pub fn answer_load(laptop: &mut Laptop, api: &mut dyn Site, local: Local) {
    ask((laptop, api), (local.request, local.tls), Some(&local.load));
}

/// Asks who listens on a port of the laptop; answers the number of the request, which load has none of.
fn ask(
    (laptop, api): (&mut Laptop, &mut dyn Site),
    (mut request, tls): (Request, Option<String>),
    load: Option<&Counted>,
) -> u64 {
    request.source = "127.0.0.1".to_owned();
    let port = request.port;
    if let Some((forward, connections)) = laptop.forwards.get_mut(&port) {
        let (socket, met) = api.forward(forward, (request, tls), load);
        connections.count += 1;
        connections.met = connections.met.max(met);
        return socket;
    }
    let (result, took, certificate) = if let Some(env) = laptop.proxies.get(&port) {
        proxied(env, api, &request)
    } else if port == API_PORT {
        of_api(api, &request, tls.is_some())
    } else {
        published((laptop, api), &request)
    };
    // Who knows no TLS does not understand the greeting.
    let result = match (tls, &certificate) {
        (Some(_), None) if result.is_ok() => Err(Failure::NoTls),
        _ => result.map(Answer::Reply),
    };
    api.post(arrival(result, took, certificate), load)
}

fn arrival(result: Result<Answer, Failure>, took: Duration, certificate: Option<Certificate>) -> Arrival {
    Arrival {
        connected: (result != Err(Failure::Refused)).then_some(CONNECT),
        took,
        result,
        certificate,
    }
}

/// Answers a request over HTTP; another protocol is not understood.
fn over_http(request: &Request, answer: impl FnOnce(&HttpRequest) -> HttpReply) -> Outcome {
    let result = match &request.payload {
        Payload::Http(asked) => Ok(Reply::Http(answer(asked))),
        Payload::Tcp => Ok(Reply::Accepted),
        _ => Err(Failure::Empty),
    };
    (result, CONNECT + API_TIME, None)
}

/// `kubectl proxy` asks the API server as its user; what it says when that does not listen is Go's.
fn proxied(env: &Env, api: &mut dyn Site, request: &Request) -> Outcome {
    over_http(request, |asked| {
        let (mut call, answer) = api_call(asked, env.user.clone());
        call.token.clone_from(&env.token);
        call.impersonate = env.impersonate.clone().map(Box::new);
        let response = api.request(call);
        if response.status == 0 {
            let why = "dial tcp 127.0.0.1:6443: connect: connection refused\n";
            return HttpReply::text(500, "text/plain; charset=utf-8", why);
        }
        answer(&response)
    })
}

/// The API server itself.
fn of_api(api: &mut dyn Site, request: &Request, tls: bool) -> Outcome {
    if !tls {
        return over_http(request, |_| http_to_https());
    }
    let mut refused = false;
    let (result, took, _) = over_http(request, |asked| {
        let (call, answer) = api_call(asked, User::anonymous());
        let response = api.request(call);
        refused = response.status == 0;
        answer(&response)
    });
    if refused {
        return (Err(Failure::Refused), Duration::ZERO, None);
    }
    (result, took, Some(api_certificate()))
}

/// A container of docker whose port is published.
fn published((laptop, api): (&mut Laptop, &mut dyn Site), request: &Request) -> Outcome {
    let now = api.now();
    let folder = &mut laptop.folder;
    let Some(parts) = api.docker().filter(|parts| parts.engine.publishes(request.port)) else {
        return (Err(Failure::Refused), Duration::ZERO, None);
    };
    let mut machine = DockerHost {
        now,
        rng: parts.rng,
        catalog: parts.catalog,
        files: folder,
        nothing: parts.nothing,
    };
    // docker's own proxy connects to the container.
    let request = Request {
        source: "172.17.0.1".to_owned(),
        ..request.clone()
    };
    match parts.engine.serve(&mut machine, &request) {
        Ok(Served { reply, latency, .. }) => {
            let result = match reply {
                Reply::Hung => Err(Failure::Empty),
                Reply::Call(call) => Ok(Reply::Http(alone(&call))),
                reply => Ok(reply),
            };
            (result, CONNECT * 2 + latency, None)
        }
        Err(Refused::Closed | Refused::Gone) => (Err(Failure::Refused), Duration::ZERO, None),
        Err(Refused::Reset) => (Err(Failure::Reset), CONNECT * 2, None),
        Err(Refused::Silent) => (Err(Failure::Silent), Duration::from_secs(3_600), None),
    }
}

/// What a server says that needs another: docker's own network knows no names.
fn alone(call: &Call) -> HttpReply {
    call.finish(Err(&format!("getaddrinfo ENOTFOUND {}", call.host)))
}
