//! The metrics server: as long as one of its Pods is ready, it asks every kubelet what its containers use and serves it as
//! the metrics API (`sigs.k8s.io/metrics-server`).

use std::time::Duration;

use super::Cluster;
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Kind, Pod};
use crate::apiserver::{Metrics, Usage};
use crate::sim::Time;

/// How often it looks (`--metric-resolution`).
const RESOLUTION: Duration = Duration::from_secs(15);

impl Cluster {
    /// What each machine uses now, metrics server or not: what somebody would see who logged in.
    pub fn node_usage(&self) -> impl Iterator<Item = (&str, Usage)> {
        let now = self.sim.now;
        let kubelets = self.kubelets.iter();
        kubelets.map(move |kubelet| (kubelet.node_name(), kubelet.usage_seen(now)))
    }

    /// Looks, if there is a metrics server.
    pub(super) fn scrape_metrics(&mut self) {
        if !self.has_metrics_server() {
            self.api.set_metrics(None);
            return;
        }
        let (now, rng) = (self.sim.now, self.sim.rng);
        let mut metrics = Metrics {
            at: now,
            window: RESOLUTION,
            ..Metrics::default()
        };
        for kubelet in &mut self.kubelets {
            let (node, pods) = kubelet.usage(rng, now);
            metrics.nodes.insert(kubelet.node_name().to_owned(), node);
            metrics
                .pods
                .extend(pods.into_iter().map(|usage| (usage.pod, usage.containers)));
        }
        self.api.set_metrics(Some(metrics));
    }

    /// When it next looks, if it is there or was a moment ago: at whole multiples of its period.
    pub(super) fn next_scrape(&self) -> Option<Time> {
        let period = RESOLUTION.as_secs();
        let next = Time::from_secs((self.sim.now.as_secs() / period + 1) * period);
        (self.api.metrics().is_some() || self.has_metrics_server()).then_some(next)
    }

    fn has_metrics_server(&self) -> bool {
        let pods = self.api.store().list_in(Kind::Pod, "kube-system");
        let mut pods = pods.filter_map(AnyObject::get::<Pod>);
        pods.any(|pod| {
            let mut conditions = pod.status.conditions.iter().flatten();
            is_server(pod)
                && conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
        })
    }
}

/// Whether a Pod is the metrics server's, ready or not.
pub(super) fn is_server(pod: &Pod) -> bool {
    pod.namespace() == "kube-system"
        && pod
            .metadata
            .labels_or_empty()
            .get("k8s-app")
            .is_some_and(|app| app == "metrics-server")
}
