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

/// Amounts of resources: CPU in thousandths, everything else in units. What every Pod and node has lies in place: a scheduler of many
/// nodes reads it millions of times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    cpu_millis: i64,
    memory_bytes: i64,
    pods: i64,
    others: SortedMap<String, i64>,
}

fn value(name: &str, quantity: &Quantity) -> i64 {
    let amount = amount(quantity);
    if name == "cpu" {
        amount.millis()
    } else {
        amount.units()
    }
}

impl Resources {
    /// The amounts of a list of quantities.
    #[must_use]
    pub fn of(list: Option<&BTreeMap<String, Quantity>>) -> Self {
        let mut amounts = Self::default();
        for (name, quantity) in list.into_iter().flatten() {
            *amounts.of_name(name) = value(name, quantity);
        }
        amounts
    }

    /// The amount of one, 0 if absent.
    #[must_use]
    pub fn get(&self, name: &str) -> i64 {
        match name {
            "cpu" => self.cpu_millis,
            "memory" => self.memory_bytes,
            "pods" => self.pods,
            _ => self.others.get(name).copied().unwrap_or(0),
        }
    }

    fn of_name(&mut self, name: &str) -> &mut i64 {
        match name {
            "cpu" => &mut self.cpu_millis,
            "memory" => &mut self.memory_bytes,
            "pods" => &mut self.pods,
            _ => self.others.entry(name.to_owned()).or_default(),
        }
    }

    /// The amounts that are not nothing, the usual ones first.
    pub(super) fn amounts(&self) -> impl Iterator<Item = (&str, i64)> {
        let usual = [
            ("cpu", self.cpu_millis),
            ("memory", self.memory_bytes),
            ("pods", self.pods),
        ];
        let others = self.others.iter().map(|(name, amount)| (name.as_str(), *amount));
        usual.into_iter().chain(others).filter(|(_, amount)| *amount != 0)
    }

    /// Adds other amounts, so many times.
    pub(super) fn add(&mut self, other: &Self, times: i64) {
        for (name, value) in other.amounts() {
            *self.of_name(name) += times * value;
        }
    }

    fn max(&mut self, other: &Self) {
        for (name, value) in other.amounts() {
            let entry = self.of_name(name);
            *entry = (*entry).max(value);
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
        let given = container
            .resources
            .as_ref()
            .and_then(|resources| resources.requests.as_ref());
        for (name, default) in [("cpu", DEFAULT_CPU_MILLIS), ("memory", DEFAULT_MEMORY_BYTES)] {
            if !given.is_some_and(|given| given.contains_key(name)) {
                *asked.of_name(name) = default;
            }
        }
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
    let whole = pod
        .spec
        .resources
        .as_ref()
        .and_then(|whole| whole.requests.as_ref());
    for (name, quantity) in whole.into_iter().flatten() {
        *total.of_name(name) = value(name, quantity);
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
