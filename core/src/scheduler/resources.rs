//! What a Pod asks for (`k8s.io/component-helpers/resource.PodRequests`).

use std::collections::BTreeMap;

use crate::api::Pod;
use crate::api::quantity::amount;
use crate::api::types::Quantity;
use crate::api::types::core::{Container, ResourceRequirements};
use crate::sorted::SortedMap;

/// What a container without requests is scored as having asked for (`DefaultMilliCPURequest`, `DefaultMemoryRequest`).
const DEFAULT_CPU_MILLIS: i64 = 100;
const DEFAULT_MEMORY_BYTES: i64 = 200 * 1024 * 1024;

/// Amounts of resources: CPU in thousandths, everything else in units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources(pub SortedMap<String, i64>);

impl Resources {
    /// The amounts of a list of quantities.
    #[must_use]
    pub fn of(list: Option<&BTreeMap<String, Quantity>>) -> Self {
        let value = |name: &str, quantity| {
            let amount = amount(quantity);
            if name == "cpu" {
                amount.millis()
            } else {
                amount.units()
            }
        };
        Self(
            list.into_iter()
                .flatten()
                .map(|(name, quantity)| (name.clone(), value(name, quantity)))
                .collect(),
        )
    }

    /// The amount of one, 0 if absent.
    #[must_use]
    pub fn get(&self, name: &str) -> i64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Adds other amounts, so many times.
    pub(super) fn add(&mut self, other: &Self, times: i64) {
        for (name, value) in &other.0 {
            *self.0.entry(name.clone()).or_default() += times * value;
        }
    }

    fn max(&mut self, other: &Self) {
        for (name, value) in &other.0 {
            let entry = self.0.entry(name.clone()).or_default();
            *entry = (*entry).max(*value);
        }
    }
}

fn requests(resources: Option<&ResourceRequirements>) -> Resources {
    Resources::of(resources.and_then(|resources| resources.requests.as_ref()))
}

/// What a Pod asks for.
#[must_use]
pub fn pod_requests(pod: &Pod) -> Resources {
    requests_of(pod, &|container| requests(container.resources.as_ref()))
}

/// The same for scoring: a container without a request counts as asking for a little.
pub(super) fn pod_requests_for_scoring(pod: &Pod) -> Resources {
    requests_of(pod, &|container| {
        let mut asked = requests(container.resources.as_ref());
        asked.0.entry("cpu".to_owned()).or_insert(DEFAULT_CPU_MILLIS);
        asked.0.entry("memory".to_owned()).or_insert(DEFAULT_MEMORY_BYTES);
        asked
    })
}

/// The sum of its containers and sidecars, or what its init containers need while they run, if that is more; what the Pod
/// asks for as a whole comes first.
fn requests_of(pod: &Pod, asked: &dyn Fn(&Container) -> Resources) -> Resources {
    let mut total = Resources::default();
    for container in &pod.spec.containers {
        total.add(&asked(container), 1);
    }
    let (mut sidecars, mut starting) = (Resources::default(), Resources::default());
    for container in pod.spec.init_containers.iter().flatten() {
        let mut needed = asked(container);
        if container.restart_policy.as_deref() == Some("Always") {
            total.add(&needed, 1);
            sidecars.add(&needed, 1);
            needed = sidecars.clone();
        } else {
            needed.add(&sidecars, 1);
        }
        starting.max(&needed);
    }
    total.max(&starting);
    for (name, value) in requests(pod.spec.resources.as_ref()).0 {
        total.0.insert(name, value);
    }
    total.add(&Resources::of(pod.spec.overhead.as_ref()), 1);
    total
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::scheduler::tests::pod;

    #[test]
    fn a_pod_asks_for_what_its_containers_need_at_most() {
        let cpu = |name: &str, cpu: &str| json!({"name": name, "resources": {"requests": {"cpu": cpu}}});
        let sidecar = |name: &str, amount: &str| {
            let mut container = cpu(name, amount);
            container["restartPolicy"] = json!("Always");
            container
        };
        let cases: [(Value, i64); 6] = [
            (json!({"containers": [cpu("a", "100m"), cpu("b", "200m")]}), 300),
            (
                json!({"containers": [cpu("a", "100m")], "initContainers": [cpu("i", "1")]}),
                1_000,
            ),
            (
                json!({"containers": [cpu("a", "100m")], "initContainers": [sidecar("s", "50m")]}),
                150,
            ),
            // The init container runs beside the sidecar that was started before it.
            (
                json!({"containers": [cpu("a", "100m")], "initContainers": [sidecar("s", "50m"), cpu("i", "1")]}),
                1_050,
            ),
            (
                json!({"containers": [cpu("a", "100m")], "overhead": {"cpu": "10m"}}),
                110,
            ),
            (
                json!({"containers": [cpu("a", "100m")], "resources": {"requests": {"cpu": "500m"}}}),
                500,
            ),
        ];
        for (spec, expected) in cases {
            assert_eq!(
                pod_requests(&pod("p", spec.clone())).get("cpu"),
                expected,
                "{spec}"
            );
        }
        let naked = pod("p", json!({"containers": [{"name": "a"}, {"name": "b"}]}));
        assert_eq!(pod_requests_for_scoring(&naked).get("cpu"), 200);
        assert_eq!(pod_requests(&naked).get("cpu"), 0);
    }
}
