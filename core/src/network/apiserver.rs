//! The API server as the network reaches it: over TLS, on its machine; and what it passes on to Pods (`pods/NAME/proxy`, `services/NAME/proxy`:
//! `k8s.io/apimachinery/pkg/util/proxy`). Differs on purpose: no `X-Forwarded-*`, no links rewritten in pages.

use std::time::Duration;

use super::carry::Sending;
use super::journey::Journey;
use super::traffic::Stage;
use super::{Ground, Network, Origin};
use crate::api::StatusError;
use crate::apiserver::{ProxyRequest, Response, proxied};
use crate::runtime::traffic::{HttpReply, Payload, Reply, Request, Served};
use crate::userland::socket::{Answer, Certificate, Failure};

/// Its port.
pub(super) const PORT: u16 = 6_443;
/// How long it tries to connect (`net.Dialer`'s of its transport).
const DIAL_TIMEOUT: Duration = Duration::from_secs(30);

/// What a server that speaks TLS says to who does not (`net/http`).
#[must_use]
pub fn http_to_https() -> HttpReply {
    let why = "Client sent an HTTP request to an HTTPS server.\n";
    HttpReply::text(400, "text/plain; charset=utf-8", why)
}

impl Network {
    /// Asks the API server that runs on a machine; nothing if it does not listen.
    pub(super) fn ask_api(
        &mut self,
        ground: &mut dyn Ground,
        machine: u32,
        (sending, journey): (&Sending<'_>, &mut Journey),
    ) -> Option<Served> {
        let own = || ("kube-apiserver".to_owned(), String::new());
        if sending.tls.is_none() && matches!(sending.request.payload, Payload::Http(_)) {
            journey.hop(Stage::Process, own);
            return Some(Served {
                reply: Reply::Http(http_to_https()),
                latency: Duration::ZERO,
                cpu: Duration::ZERO,
            });
        }
        let mut passed = false;
        let served = ground.api(sending.request, &mut |ground, to| {
            passed = true;
            journey.hop(Stage::Process, own);
            self.pass_to_pod(ground, machine, to, (sending.depth + 1, journey))
        });
        if served.is_some() && !passed {
            journey.hop(Stage::Process, own);
        }
        served
    }

    /// The API server passes a request on to a Pod, at once; what came of it.
    pub fn proxy(&mut self, ground: &mut dyn Ground, to: &ProxyRequest) -> Response {
        let place = self.machines.iter().position(|machine| machine.control_plane);
        let machine = place.and_then(|place| u32::try_from(place).ok()).unwrap_or(0);
        let mut journey = Journey::new(false);
        self.pass_to_pod(ground, machine, to, (0, &mut journey)).0
    }

    /// What a Pod answers to the API server, and how long that took.
    fn pass_to_pod(
        &mut self,
        ground: &mut dyn Ground,
        machine: u32,
        to: &ProxyRequest,
        (depth, journey): (u8, &mut Journey),
    ) -> (Response, Duration) {
        let mut request = Request {
            source: String::new(),
            port: to.port,
            payload: Payload::Http(to.request.clone()),
        };
        let mut sending = Sending {
            origin: &Origin::Node(machine),
            to: to.address,
            request: &mut request,
            udp: false,
            tls: None,
            n: self.draw(),
            depth,
            traced: journey.is_traced(),
        };
        let carried = self.carry(ground, &mut sending);
        self.count_inner(ground, &carried, true);
        journey.extend(&carried, Duration::ZERO);
        let dialled = format!("{}:{}", to.address, to.port);
        let why = match carried.result {
            Ok(Answer::Reply(Reply::Http(reply))) => return (proxied(reply), carried.took),
            Err(Failure::Refused) => format!("dial tcp {dialled}: connect: connection refused"),
            Err(Failure::Unreachable) => format!("dial tcp {dialled}: connect: no route to host"),
            Err(Failure::TimedOut) => format!("dial tcp {dialled}: i/o timeout"),
            _ => "EOF".to_owned(),
        };
        let took = if carried.connected.is_none() {
            carried.took.min(DIAL_TIMEOUT)
        } else {
            carried.took
        };
        let message = format!("error trying to reach service: {why}");
        let error = StatusError::new(503, "ServiceUnavailable", message);
        (Err(error).into(), took)
    }
}

/// The certificate of the API server.
#[must_use]
pub fn api_certificate() -> Certificate {
    let names = [
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "10.96.0.1",
        "localhost",
        "127.0.0.1",
    ];
    Certificate {
        subject: "CN=kube-apiserver".to_owned(),
        issuer: "CN=kubernetes".to_owned(),
        names: names.map(str::to_owned).to_vec(),
        trusted: false,
    }
}
