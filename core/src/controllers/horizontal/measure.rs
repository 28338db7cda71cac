//! What the metrics API and the cache say of a target's Pods (`groupPods`, `calculatePodRequests`).

use std::time::Duration;

use crate::api::Pod;
use crate::api::labels::Selector;
use crate::api::meta::MetaExt;
use crate::api::quantity::{Amount, amount};
use crate::apiserver::{Metrics, Usage};
use crate::client::Cache;
use crate::sim::Time;
use crate::sorted::SortedMap;

use super::calculator::{Sample, Use};

/// CPU is not believed for so long after a start (`--horizontal-pod-autoscaler-cpu-initialization-period`).
const INITIALIZATION: Duration = Duration::from_secs(300);
/// Readiness changes within so long after a start are the start's (`--horizontal-pod-autoscaler-initial-readiness-delay`).
const READINESS_DELAY: Duration = Duration::from_secs(30);

/// A resource of Pods, or of one of their containers.
#[derive(Clone, Copy)]
pub(super) struct Resource<'a> {
    /// `cpu` or `memory`.
    pub(super) name: &'a str,
    /// The container, if only one counts.
    pub(super) container: Option<&'a str>,
}

impl Resource<'_> {
    /// In thousandths of a core, or in bytes times a thousand: as upstream's metrics client counts.
    fn of(self, usage: Usage) -> i64 {
        let nanos = if self.name == "cpu" {
            i128::from(usage.cpu_nanos)
        } else {
            i128::from(usage.memory_bytes) * 1_000_000_000
        };
        let amount = Amount {
            nanos,
            format: crate::api::quantity::Format::DecimalSi,
        };
        amount.millis()
    }

    fn counts(self, container: &str) -> bool {
        self.container.is_none_or(|only| only == container)
    }

    /// What a Pod requests of it.
    fn requested(self, pod: &Pod) -> Result<i64, String> {
        let mut sum = 0;
        for container in pod
            .spec
            .containers
            .iter()
            .filter(|found| self.counts(&found.name))
        {
            let requests = container
                .resources
                .as_ref()
                .and_then(|found| found.requests.as_ref());
            let Some(quantity) = requests.and_then(|requests| requests.get(self.name)) else {
                return Err(format!(
                    "missing request for {} in container {} of Pod {}",
                    self.name,
                    container.name,
                    pod.name()
                ));
            };
            sum += amount(quantity).millis();
        }
        Ok(sum)
    }
}

/// The Pods that a selector finds, as the calculation sees them.
///
/// # Errors
///
/// When there are none, or, if requests are needed, one requests nothing.
pub(super) fn samples(
    cache: &Cache,
    metrics: &Metrics,
    (namespace, selector): (&str, &Selector),
    resource: Resource<'_>,
    with_requests: bool,
) -> Result<Vec<Sample>, String> {
    let pods: Vec<&Pod> = cache
        .list_in::<Pod>(namespace)
        .filter(|pod| selector.matches(pod.metadata.labels_or_empty()))
        .collect();
    if pods.is_empty() {
        return Err("no pods returned by selector while calculating replica count".to_owned());
    }
    let mut samples = Vec::new();
    for pod in pods {
        let usage = usage(pod, metrics, resource);
        let request = if with_requests && usage != Use::Ignored {
            resource.requested(pod)?
        } else {
            0
        };
        samples.push(Sample { usage, request });
    }
    Ok(samples)
}

fn usage(pod: &Pod, metrics: &Metrics, resource: Resource<'_>) -> Use {
    let phase = pod.status.phase.as_deref().unwrap_or_default();
    if pod.metadata.is_deleting() || phase == "Failed" {
        return Use::Ignored;
    }
    if phase == "Pending" {
        return Use::Unready;
    }
    let key = (pod.namespace().into(), pod.name().into());
    let Some(containers) = metrics.pods.get(&key) else {
        return Use::Missing;
    };
    if resource.name == "cpu" && !believed(pod, metrics) {
        return Use::Unready;
    }
    let counted = containers.iter().filter(|(name, _)| resource.counts(name));
    Use::Measured(counted.map(|(_, usage)| resource.of(*usage)).sum())
}

/// Whether a Pod's CPU is that of its work and not of its start.
fn believed(pod: &Pod, metrics: &Metrics) -> bool {
    let conditions: SortedMap<&str, _> = pod
        .status
        .conditions
        .iter()
        .flatten()
        .map(|condition| (condition.type_.as_str(), condition))
        .collect();
    let (Some(ready), Some(started)) = (conditions.get("Ready"), &pod.status.start_time) else {
        return false;
    };
    let started = Time::from_timestamp(started.0);
    let changed = ready
        .last_transition_time
        .as_ref()
        .map_or(Time::ZERO, |at| Time::from_timestamp(at.0));
    if started + INITIALIZATION > metrics.at {
        // Only what was measured wholly after it became ready.
        ready.status == "True" && metrics.at >= changed + metrics.window
    } else {
        !(ready.status == "False" && started + READINESS_DELAY > changed)
    }
}
