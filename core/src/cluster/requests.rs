//! Requests that have reached a Pod, or that the API server has no answer to itself: its kubelet answers.

use super::control_plane::ControlPlane;
use super::{Actor, Cluster, kubelet_for};
use crate::api::{Pod, StatusError};
use crate::apiserver::{LogRequest, Response, ResponseBody};
use crate::client::Env;
use crate::kubelet::{Kubelet, Machinery};
use crate::runtime::traffic::{Refused, Request, Served};
use crate::sim::Time;
use crate::sorted::SortedMap;

/// What a container has logged, as its kubelet reads it.
pub(super) fn logs(
    kubelets: &[Kubelet],
    (kubelet_of, plane): (&SortedMap<String, u32>, &ControlPlane),
    request: &LogRequest,
    now: Time,
) -> Response {
    let index = kubelet_of.get(&request.node).copied();
    let place = index.and_then(|index| usize::try_from(index).ok());
    let lines = match (index, place.and_then(|place| kubelets.get(place))) {
        (Some(index), Some(kubelet)) if !plane.kubelet_runs(index) => {
            let path = format!(
                "containerLogs/{}/{}/{}",
                request.namespace, request.pod, request.container
            );
            Err(kubelet_refused(kubelet, &path))
        }
        (_, Some(kubelet)) => kubelet.logs(request, now),
        (_, None) => Ok(String::new()),
    };
    lines.map(|text| Response::ok(ResponseBody::Text(text))).into()
}

/// What the API server says when a kubelet that it needs does not answer.
pub(super) fn kubelet_refused(kubelet: &Kubelet, path: &str) -> StatusError {
    let address = kubelet.spec().address;
    let message = format!(
        "Get \"https://{address}:10250/{path}\": dial tcp {address}:10250: connect: connection refused"
    );
    StatusError::new(500, "", message)
}

impl Cluster {
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
