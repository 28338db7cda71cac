//! What the status of a Pod repeats of its spec: what its containers may use, and the sum. Each version of a Pod would hold six more maps, half a
//! KB each. In memory, an empty value stands for "as the spec says"; JSON says it in full. The resources of a Pod never change in
//! the lab, so that what a version says stays true.

use std::collections::BTreeMap;

use super::Pod;
use super::quantity::{Amount, amount};
use super::types::Quantity;
use super::types::core::{ContainerStatus, PodSpec, PodStatus, ResourceRequirements};
use crate::sorted::{SortedMap, btree_map};

type Resources = BTreeMap<String, Quantity>;

/// The status in full.
pub(super) fn unfolded(pod: &Pod) -> PodStatus {
    let mut status = PodStatus::clone(&pod.status);
    for container in containers(&mut status) {
        let said = resources(&pod.spec, &container.name);
        unfold(
            &mut container.resources,
            &mut container.allocated_resources,
            &said,
        );
    }
    unfold(
        &mut status.resources,
        &mut status.allocated_resources,
        &sum(&pod.spec),
    );
    status
}

/// Leaves out of the status what the spec says.
pub(super) fn fold_status(pod: &mut Pod) {
    let spec = pod.spec.clone();
    let status = pod.status_mut();
    for container in containers(status) {
        let said = resources(&spec, &container.name);
        fold(
            &mut container.resources,
            &mut container.allocated_resources,
            &said,
        );
    }
    fold(
        &mut status.resources,
        &mut status.allocated_resources,
        &sum(&spec),
    );
}

fn containers(status: &mut PodStatus) -> impl Iterator<Item = &mut ContainerStatus> {
    [
        &mut status.container_statuses,
        &mut status.init_container_statuses,
        &mut status.ephemeral_container_statuses,
    ]
    .into_iter()
    .flatten()
    .flatten()
}

fn unfold(
    resources: &mut Option<ResourceRequirements>,
    allocated: &mut Option<Resources>,
    said: &ResourceRequirements,
) {
    if resources.as_ref() == Some(&ResourceRequirements::default()) {
        *resources = Some(said.clone());
    }
    if allocated.as_ref().is_some_and(BTreeMap::is_empty) {
        *allocated = said.requests.clone().filter(|requests| !requests.is_empty());
    }
}

fn fold(
    resources: &mut Option<ResourceRequirements>,
    allocated: &mut Option<Resources>,
    said: &ResourceRequirements,
) {
    if resources.as_ref() == Some(said) {
        *resources = Some(ResourceRequirements::default());
    }
    if allocated.is_some() && *allocated == said.requests {
        *allocated = Some(BTreeMap::new());
    }
}

/// What a container may use.
fn resources(spec: &PodSpec, name: &str) -> ResourceRequirements {
    let inits = spec.init_containers.iter().flatten();
    let found = spec.containers.iter().chain(inits).find(|c| c.name == name);
    found
        .and_then(|container| container.resources.clone())
        .unwrap_or_default()
}

/// The sum of the containers' resources.
fn sum(spec: &PodSpec) -> ResourceRequirements {
    let sum = |pick: fn(&ResourceRequirements) -> Option<&Resources>| {
        let mut total: SortedMap<&str, Amount> = SortedMap::new();
        for resources in spec
            .containers
            .iter()
            .filter_map(|container| container.resources.as_ref())
        {
            for (name, quantity) in pick(resources).into_iter().flatten() {
                let amount = amount(quantity);
                total
                    .entry(name)
                    .and_modify(|sum| sum.nanos += amount.nanos)
                    .or_insert(amount);
            }
        }
        let total = total.into_iter().map(|(name, sum)| (name.to_owned(), sum.into()));
        let total: Resources = btree_map(total);
        (!total.is_empty()).then_some(total)
    };
    ResourceRequirements {
        requests: sum(|resources| resources.requests.as_ref()),
        limits: sum(|resources| resources.limits.as_ref()),
        ..ResourceRequirements::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::api::{AnyObject, Kind, Pod};

    fn pod(resources: &Value, status: &Value) -> Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
            "spec": {"containers": [
                {"name": "a", "image": "nginx", "resources": resources},
                {"name": "b", "image": "nginx", "resources": {"requests": {"cpu": "500m"}}}]},
            "status": status})
    }

    #[test]
    fn a_status_says_in_json_what_it_does_not_hold() {
        let (requests, limits) = (
            json!({"cpu": "250m", "memory": "64Mi"}),
            json!({"memory": "128Mi"}),
        );
        let resources = json!({"requests": requests, "limits": limits});
        let container = json!({"name": "a", "image": "nginx", "imageID": "", "ready": true, "restartCount": 0,
            "allocatedResources": requests, "resources": resources, "lastState": {}, "state": {}});
        let sum = json!({"cpu": "750m", "memory": "64Mi"});
        let status = json!({"containerStatuses": [container], "allocatedResources": sum,
            "resources": {"requests": sum, "limits": limits}});
        let shown = pod(&resources, &status);
        let object = AnyObject::from_value(Kind::Pod, shown.clone()).expect("a Pod");
        assert_eq!(object.to_value(), shown);
        let held = object.get::<Pod>().expect("a Pod").status.clone();
        assert_eq!(held.allocated_resources, Some(std::collections::BTreeMap::new()));
        let first = held
            .container_statuses
            .iter()
            .flatten()
            .next()
            .expect("a container");
        assert!(
            first
                .resources
                .as_ref()
                .is_some_and(|held| held.requests.is_none())
        );
    }

    #[test]
    fn what_differs_from_the_spec_is_held() {
        let container = json!({"name": "a", "image": "nginx", "imageID": "", "ready": true, "restartCount": 0,
            "resources": {"requests": {"cpu": "1"}}, "lastState": {}, "state": {}});
        let shown = pod(
            &json!({"requests": {"cpu": "2"}}),
            &json!({"containerStatuses": [container]}),
        );
        let object = AnyObject::from_value(Kind::Pod, shown.clone()).expect("a Pod");
        assert_eq!(object.to_value(), shown);
    }
}
