//! Requests that have reached a Pod: its kubelet answers for it.

use super::{Actor, Cluster, kubelet_for};
use crate::api::Pod;
use crate::client::Env;
use crate::kubelet::Machinery;
use crate::runtime::traffic::{Refused, Request, Served};

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
