//! Requests that have reached a Pod: its kubelet answers for it.

use super::{Actor, Cluster, kubelet_for};
use crate::api::{Pod, StatusError};
use crate::apiserver::{ProxyRequest, Response, ResponseBody};
use crate::client::Env;
use crate::kubelet::Machinery;
use crate::runtime::traffic::{HttpRequest, Payload, Refused, Reply, Request, Served};
use crate::userland::socket::{Answer, Failure};

impl Cluster {
    /// A request that the API server passes on to a Pod.
    pub(super) fn pass_on(&mut self, to: &ProxyRequest) -> Response {
        let machines = self.network().machines();
        let place = machines.iter().position(|machine| machine.control_plane);
        let machine = place.and_then(|place| u32::try_from(place).ok()).unwrap_or(0);
        let dialled = format!("{}:{}", to.address, to.port);
        let request = Request {
            source: String::new(),
            port: to.port,
            payload: Payload::Http(HttpRequest {
                method: to.method.name().to_owned(),
                host: dialled.clone(),
                path: to.path.clone(),
                headers: Vec::new(),
                body: to.body.clone().into_bytes(),
            }),
        };
        let way = (to.address, request);
        let result = self.on_network(|network, ground| network.ask_at_once(ground, machine, way));
        let why = match result {
            Ok(Answer::Reply(Reply::Http(reply))) => {
                let text = String::from_utf8_lossy(&reply.body).into_owned();
                return Response {
                    status: reply.status,
                    ..Response::ok(ResponseBody::Text(text))
                };
            }
            Err(Failure::Refused) => format!("dial tcp {dialled}: connect: connection refused"),
            Err(Failure::Unreachable) => format!("dial tcp {dialled}: connect: no route to host"),
            Err(Failure::TimedOut) => format!("dial tcp {dialled}: i/o timeout"),
            _ => "EOF".to_owned(),
        };
        let message = format!("error trying to reach service: {why}");
        Err(StatusError::new(503, "ServiceUnavailable", message)).into()
    }

    /// A request has come to a Pod.
    ///
    /// # Errors
    ///
    /// When the Pod is gone, nothing listens on the port, or what does gives no answer.
    pub fn serve_pod(&mut self, pod: &Pod, request: &Request) -> Result<Served, Refused> {
        let index = kubelet_for(&self.kubelet_of, pod).ok_or(Refused::Gone)?;
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        let kubelet = self.kubelets.get_mut(place).ok_or(Refused::Gone)?;
        let mut env = Env {
            sim: &mut self.sim,
            api: &mut self.api,
        };
        let mut machinery = Machinery {
            catalog: &self.catalog,
            claims: &mut self.claims,
        };
        let served = kubelet.serve(&mut env, &mut machinery, pod.uid(), request);
        if served.is_err() {
            self.plan(Actor::Kubelet(index));
        }
        served
    }
}
