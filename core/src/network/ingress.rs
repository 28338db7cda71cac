//! ingress-nginx (`kubernetes/ingress-nginx`): which Service a request goes to by its host and path, its endpoints asked directly, and nginx's own pages
//! when that fails.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::carry::{Carried, Sending};
use super::journey::Journey;
use super::service::slices_of;
use super::traffic::{Fate, Reason};
use super::{Ground, Network, Origin};
use crate::api::types::networking::{HTTPIngressPath, IngressBackend};
use crate::api::{Ingress, IngressClass, Key, Kind, Secret, Service};
use crate::etcd::Store;
use crate::runtime::traffic::{HttpReply, HttpRequest, Payload, Refused, Reply, Request, Served};
use crate::userland::socket::{Answer, Certificate, Failure};

/// The controller whose Ingresses are obeyed.
const CONTROLLER: &str = "k8s.io/ingress-nginx";
/// How long it waits for an answer (`proxy-read-timeout`).
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// And for a connection (`proxy-connect-timeout`).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How many endpoints it tries (`proxy-next-upstream-tries`).
const TRIES: usize = 3;
/// What it takes itself.
const OWN_TIME: Duration = Duration::from_micros(400);
const ANNOTATION: &str = "nginx.ingress.kubernetes.io/";

/// Where a request goes.
enum Goal {
    /// To a Service's port: namespace, name, port, the path there.
    Backend(String, String, u16, String),
    /// Nowhere: this answer.
    Page(u16),
    /// To the same address over TLS.
    Secure,
}

impl Network {
    /// The ingress controller passes a request on.
    #[expect(clippy::too_many_lines, reason = "one case after another")]
    pub(super) fn pass_on(
        &mut self,
        ground: &mut dyn Ground,
        (origin, secure): (&Origin, bool),
        sending: &mut Sending<'_>,
        journey: &mut Journey,
    ) -> Result<Served, Refused> {
        let served = |reply: HttpReply, latency: Duration| {
            Ok(Served {
                reply: Reply::Http(reply),
                latency: latency + OWN_TIME,
                cpu: Duration::from_micros(120),
            })
        };
        let Payload::Http(asked) = &sending.request.payload else {
            return Ok(Served {
                reply: if sending.request.payload == Payload::Tcp {
                    Reply::Accepted
                } else {
                    Reply::Hung
                },
                latency: OWN_TIME,
                cpu: Duration::ZERO,
            });
        };
        let (namespace, name, port, path) = match goal(
            ground.store(),
            asked,
            secure,
            ground.rng().draw("canary", "", sending.n),
        ) {
            Goal::Page(status) => return served(page(status), Duration::ZERO),
            Goal::Secure => {
                let mut reply = page(308);
                let location = format!("https://{}{}", asked.host, asked.path);
                reply.headers.push(("Location".to_owned(), location));
                return served(reply, Duration::ZERO);
            }
            Goal::Backend(namespace, name, port, path) => (namespace, name, port, path),
        };
        let endpoints = endpoints(ground.store(), &namespace, &name, port);
        if endpoints.is_empty() {
            return served(page(503), Duration::ZERO);
        }
        let mut forwarded = asked.clone();
        forwarded.path = path;
        for (header, value) in [
            ("X-Real-IP", sending.request.source.clone()),
            ("X-Forwarded-For", sending.request.source.clone()),
            ("X-Forwarded-Host", asked.host.clone()),
            (
                "X-Forwarded-Proto",
                if secure { "https" } else { "http" }.to_owned(),
            ),
        ] {
            forwarded.headers.push((header.to_owned(), value));
        }
        let first = usize::try_from(sending.n).unwrap_or_default();
        let order = endpoints
            .iter()
            .cycle()
            .skip(first % endpoints.len())
            .take(TRIES.min(endpoints.len()));
        let (mut spent, mut status) = (Duration::ZERO, 502);
        for (address, number) in order {
            let mut request = Request {
                source: String::new(),
                port: *number,
                payload: Payload::Http(forwarded.clone()),
            };
            let mut inner = Sending {
                origin,
                to: *address,
                request: &mut request,
                udp: false,
                tls: None,
                n: self.draw(),
                depth: sending.depth + 1,
                traced: journey.is_traced(),
            };
            let carried = self.carry(ground, &mut inner);
            journey.add(&carried, &format!("{namespace}/{name}"));
            let patience = if carried.connected.is_some() {
                READ_TIMEOUT
            } else {
                CONNECT_TIMEOUT
            };
            let patient = carried.took <= patience;
            self.count_inner(ground, &carried, patient);
            spent += carried.took.min(patience);
            match outcome(&carried, patient) {
                Ok(reply) => return served(reply, spent),
                Err(what) => status = what,
            }
        }
        served(page(status), spent)
    }
}

/// The answer of an endpoint, or the status of the page that stands for its failure.
fn outcome(carried: &Carried, patient: bool) -> Result<HttpReply, u16> {
    match (&carried.result, carried.fate) {
        (Ok(Answer::Reply(Reply::Http(reply))), _) if patient => Ok(reply.clone()),
        (Err(Failure::Silent | Failure::TimedOut), _) => Err(504),
        (_, Fate::Failed(Reason::TooSlow)) => Err(504),
        _ if !patient => Err(504),
        _ => Err(502),
    }
}

/// Where a request goes by its host and path.
fn goal(store: &Store, asked: &HttpRequest, secure: bool, draw: u64) -> Goal {
    let host = asked.host.split(':').next().unwrap_or_default().to_lowercase();
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let mut best: Option<(Rank, &Ingress, &IngressBackend, String)> = None;
    let mut canaries: Vec<(&Ingress, &IngressBackend)> = Vec::new();
    let mut default: Option<(&Ingress, &IngressBackend)> = None;
    let ingresses = store
        .list(Kind::Ingress)
        .filter_map(|object| object.get::<Ingress>());
    for ingress in ingresses.filter(|ingress| is_ours(store, ingress)) {
        if let Some(backend) = &ingress.spec.default_backend {
            default.get_or_insert((ingress, backend));
        }
        for rule in ingress.spec.rules.iter().flatten() {
            let Some(host_rank) = host_fits(rule.host.as_deref().unwrap_or_default(), &host) else {
                continue;
            };
            for entry in rule.http.iter().flat_map(|http| &http.paths) {
                let Some((path_rank, rest)) = path_fits(ingress, entry, path) else {
                    continue;
                };
                if annotation(ingress, "canary") == Some("true") {
                    canaries.push((ingress, &entry.backend));
                    continue;
                }
                let rank = (host_rank, path_rank);
                if best.as_ref().is_none_or(|(known, ..)| rank > *known) {
                    best = Some((rank, ingress, &entry.backend, rest));
                }
            }
        }
    }
    let Some((_, ingress, mut backend, path)) = best.or_else(|| {
        let (ingress, backend) = default?;
        Some(((0, 0), ingress, backend, path.to_owned()))
    }) else {
        return Goal::Page(404);
    };
    let named = |hosts: &Option<Vec<String>>| {
        hosts
            .iter()
            .flatten()
            .any(|known| host_fits(known, &host).is_some())
    };
    let has_tls = ingress.spec.tls.iter().flatten().any(|tls| named(&tls.hosts));
    if has_tls && !secure && annotation(ingress, "ssl-redirect") != Some("false") {
        return Goal::Secure;
    }
    let weight = |ingress: &Ingress| annotation(ingress, "canary-weight")?.parse::<u64>().ok();
    let by_header = |ingress: &Ingress| {
        let header = annotation(ingress, "canary-by-header")?;
        Some(asked.header(header)? == "always")
    };
    if let Some((_, canary)) = canaries.iter().find(|(ingress, _)| {
        by_header(ingress).unwrap_or_else(|| weight(ingress).is_some_and(|weight| draw % 100 < weight))
    }) {
        backend = canary;
    }
    let Some(service) = &backend.service else {
        return Goal::Page(503);
    };
    let port = service.port.as_ref();
    let number = port.and_then(|port| port.number).unwrap_or(0);
    let name = port.and_then(|port| port.name.as_deref()).unwrap_or_default();
    let key = Key::new(Kind::Service, ingress.namespace(), &service.name);
    let found = store.get(&key).and_then(|object| object.get::<Service>());
    let found = found.and_then(|found| {
        let mut ports = found.spec.ports.iter().flatten();
        ports.find(|known| known.port == number || !name.is_empty() && known.name.as_deref() == Some(name))
    });
    let Some(port) = found.and_then(|port| u16::try_from(port.port).ok()) else {
        return Goal::Page(503);
    };
    let path = if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    };
    Goal::Backend(ingress.namespace().to_owned(), service.name.clone(), port, path)
}

/// How well a rule fits: its host, then its path.
type Rank = (usize, usize);

fn annotation<'a>(ingress: &'a Ingress, name: &str) -> Option<&'a str> {
    let annotations = ingress.metadata.annotations.as_ref()?;
    annotations
        .get(&format!("{ANNOTATION}{name}"))
        .map(String::as_str)
}

/// Whether an Ingress is this controller's: by its class, or by the class that is the default.
fn is_ours(store: &Store, ingress: &Ingress) -> bool {
    let annotations = ingress.metadata.annotations.as_ref();
    let annotated = annotations.and_then(|all| all.get("kubernetes.io/ingress.class"));
    let Some(class) = ingress.spec.ingress_class_name.as_ref().or(annotated) else {
        return false;
    };
    let found = store.get(&Key::new(Kind::IngressClass, "", class));
    let found = found.and_then(|object| object.get::<IngressClass>());
    match found {
        Some(found) => found.spec.controller.as_deref() == Some(CONTROLLER),
        None => annotated.is_some_and(|class| class == "nginx"),
    }
}

/// How well a rule's host fits; none fits any, worse than its own.
fn host_fits(rule: &str, host: &str) -> Option<usize> {
    if rule.is_empty() {
        return Some(0);
    }
    match rule.strip_prefix("*.") {
        Some(domain) => (host.split_once('.').map(|(_, rest)| rest) == Some(domain)).then_some(1),
        None => rule.eq_ignore_ascii_case(host).then_some(2),
    }
}

/// How well a path fits, and what is asked of the backend.
fn path_fits(ingress: &Ingress, entry: &HTTPIngressPath, path: &str) -> Option<(usize, String)> {
    let rule = entry.path.as_deref().unwrap_or("/");
    let target = annotation(ingress, "rewrite-target");
    // The usual expression: everything below a prefix.
    if let Some(prefix) = rule
        .strip_suffix("(/|$)(.*)")
        .or_else(|| rule.strip_suffix("/(.*)"))
    {
        let rest = below(prefix, path)?;
        let rest = rest.trim_start_matches('/');
        let rewritten = target.map_or_else(
            || path.to_owned(),
            |target| target.replace("$2", rest).replace("$1", rest),
        );
        return Some((prefix.len() * 2, rewritten));
    }
    let rewritten = target.map_or_else(|| path.to_owned(), str::to_owned);
    if entry.path_type == "Exact" {
        return (rule == path).then_some((rule.len() * 2 + 1, rewritten));
    }
    below(rule.trim_end_matches('/'), path)?;
    Some((rule.len() * 2, rewritten))
}

/// What follows a prefix, element by element.
fn below<'a>(prefix: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix)?;
    (rest.is_empty() || rest.starts_with('/') || prefix.is_empty()).then_some(rest)
}

/// The endpoints of a Service's port that are ready.
fn endpoints(store: &Store, namespace: &str, name: &str, port: u16) -> Vec<(Ipv4Addr, u16)> {
    let key = Key::new(Kind::Service, namespace, name);
    let service = store.get(&key).and_then(|object| object.get::<Service>());
    let mut ports = service
        .into_iter()
        .flat_map(|service| service.spec.ports.iter().flatten());
    let port_name = ports.find(|known| known.port == i32::from(port));
    let port_name = port_name.and_then(|known| known.name.clone()).unwrap_or_default();
    let mut found = Vec::new();
    for slice in slices_of(store, namespace, name) {
        let mut ports = slice.spec.ports.iter().flatten();
        let number = ports
            .find(|known| known.name.as_deref().unwrap_or_default() == port_name)
            .and_then(|known| u16::try_from(known.port?).ok());
        let Some(number) = number else { continue };
        for endpoint in slice.spec.endpoints.iter().flatten() {
            let ready = endpoint
                .conditions
                .as_ref()
                .and_then(|known| known.ready)
                .unwrap_or(true);
            let address = endpoint.addresses.first().and_then(|ip| ip.parse().ok());
            if let Some(address) = address.filter(|_| ready) {
                found.push((address, number));
            }
        }
    }
    found
}

/// nginx's page for a status.
fn page(status: u16) -> HttpReply {
    let title = match status {
        308 => "308 Permanent Redirect",
        404 => "404 Not Found",
        502 => "502 Bad Gateway",
        503 => "503 Service Temporarily Unavailable",
        _ => "504 Gateway Time-out",
    };
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    HttpReply::text(status, "text/html", body)
}

/// The certificate for a name: of the Secret that an Ingress names for it, or the controller's own.
pub(super) fn certificate(store: &Store, name: &str) -> Certificate {
    let ingresses = store
        .list(Kind::Ingress)
        .filter_map(|object| object.get::<Ingress>());
    for ingress in ingresses.filter(|ingress| is_ours(store, ingress)) {
        for tls in ingress.spec.tls.iter().flatten() {
            let named = tls
                .hosts
                .iter()
                .flatten()
                .any(|host| host_fits(host, name).is_some());
            if !named {
                continue;
            }
            let secret = tls.secret_name.as_deref().unwrap_or_default();
            let key = Key::new(Kind::Secret, ingress.namespace(), secret);
            let secret = store.get(&key).and_then(|object| object.get::<Secret>());
            let text = secret.and_then(|secret| secret.spec.data.as_ref()?.get("tls.crt"));
            if let Some(found) = text.and_then(|pem| super::pem::read(&pem.0)) {
                return found;
            }
        }
    }
    let own = "O=Acme Co; CN=Kubernetes Ingress Controller Fake Certificate".to_owned();
    Certificate {
        subject: own.clone(),
        issuer: own,
        names: vec!["ingress.local".to_owned()],
        trusted: false,
    }
}
