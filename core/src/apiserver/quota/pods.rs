//! What Pods use (`pkg/quota/v1/evaluator/core/pods.go`, `k8s.io/component-helpers/resource`).

use std::time::Duration;

use super::{Amounts, add, amounts, count};
use crate::api::Pod;
use crate::api::quantity::Amount;
use crate::api::types::core::{
    Container, PodAffinityTerm, ResourceRequirements, ScopedResourceSelectorRequirement,
};
use crate::apiserver::strategies::pod::qos;
use crate::sim::Time;
use crate::sorted::{SortedMap, SortedSet};

const COMPUTE: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
/// What a Pod's containers must ask for once it is counted; upstream calls it a mistake not to be repeated for others.
const MUST_BE_GIVEN: [&str; 6] = [
    "cpu",
    "memory",
    "requests.cpu",
    "requests.memory",
    "limits.cpu",
    "limits.memory",
];

/// Whether Pods use this resource.
pub(super) fn is_resource(name: &str) -> bool {
    let bare = name
        .strip_prefix("requests.")
        .or_else(|| name.strip_prefix("limits."))
        .unwrap_or(name);
    let extended = name.strip_prefix("requests.").is_some_and(is_extended);
    name == "pods"
        || COMPUTE.contains(&bare)
        || name.starts_with("hugepages-")
        || name.starts_with("requests.hugepages-")
        || extended
}

fn is_extended(name: &str) -> bool {
    name.contains('/') && !name.contains("kubernetes.io/")
}

/// What a Pod asks for, or may use: its containers and sidecars together, or its greatest init container beside the
/// sidecars that run by then (`PodRequests`, `PodLimits`).
pub(crate) fn pod_resources(pod: &Pod, limits: bool) -> Amounts {
    let of = |resources: Option<&ResourceRequirements>| {
        let list = |resources: &ResourceRequirements| {
            amounts(if limits {
                resources.limits.as_ref()
            } else {
                resources.requests.as_ref()
            })
        };
        resources.map(list).unwrap_or_default()
    };
    let mut total = Amounts::new();
    for container in &pod.spec.containers {
        add(&mut total, &of(container.resources.as_ref()));
    }
    let (mut sidecars, mut greatest) = (Amounts::new(), Amounts::new());
    for container in pod.spec.init_containers.iter().flatten() {
        let mut here = of(container.resources.as_ref());
        if container.restart_policy.as_deref() == Some("Always") {
            add(&mut total, &here);
            add(&mut sidecars, &here);
            here = sidecars.clone();
        } else {
            add(&mut here, &sidecars);
        }
        raise(&mut greatest, here);
    }
    raise(&mut total, greatest);
    // What is said of the Pod as a whole goes before its containers.
    total.extend(of(pod.spec.resources.as_ref()));
    if let Some(overhead) = &pod.spec.overhead {
        let mut overhead = amounts(Some(overhead));
        overhead.retain(|name, _| !limits || total.contains_key(name));
        add(&mut total, &overhead);
    }
    total
}

fn raise(total: &mut Amounts, others: Amounts) {
    for (name, amount) in others {
        let known = total.entry(name).or_insert(amount);
        if known.nanos < amount.nanos {
            *known = amount;
        }
    }
}

/// Requests and limits under their names in quotas (`podComputeUsageHelper`).
fn compute(requests: Amounts, limits: &Amounts) -> Amounts {
    let mut used = Amounts::from([("pods".to_owned(), count(1))]);
    for name in COMPUTE {
        if let Some(limit) = limits.get(name) {
            used.insert(format!("limits.{name}"), *limit);
        }
    }
    for (name, request) in requests {
        let bare = COMPUTE.contains(&name.as_str()) || name.starts_with("hugepages-");
        if bare || is_extended(&name) {
            used.insert(format!("requests.{name}"), request);
        }
        if bare {
            used.insert(name, request);
        }
    }
    used
}

/// What a Pod uses besides its being there: nothing once it has ended, or should have.
pub(super) fn usage(pod: &Pod, now: Time) -> Amounts {
    let ended = matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
    let metadata = &pod.metadata;
    let overdue = metadata.deletion_timestamp.as_ref().is_some_and(|at| {
        let grace = metadata.deletion_grace_period_seconds.unwrap_or(0);
        Time::from_timestamp(at.0) + Duration::from_secs(grace.unsigned_abs()) < now
    });
    if ended || overdue {
        return Amounts::new();
    }
    compute(pod_resources(pod, false), &pod_resources(pod, true))
}

/// Which containers do not say how much they use of what must be given.
pub(super) fn missing<'a>(pod: &'a Pod, resources: &[&'a str]) -> SortedMap<&'a str, SortedSet<&'a str>> {
    let mut missing: SortedMap<&str, SortedSet<&str>> = SortedMap::new();
    let containers = pod.spec.containers.iter();
    for container in containers.chain(pod.spec.init_containers.iter().flatten()) {
        let given = given(container);
        for name in resources.iter().filter(|name| MUST_BE_GIVEN.contains(name)) {
            if !given.contains_key(*name) {
                missing.entry(name).or_default().insert(&container.name);
            }
        }
    }
    missing
}

fn given(container: &Container) -> SortedMap<String, Amount> {
    let resources = container.resources.as_ref();
    let requests = amounts(resources.and_then(|resources| resources.requests.as_ref()));
    let limits = amounts(resources.and_then(|resources| resources.limits.as_ref()));
    compute(requests, &limits)
}

/// Whether a scope covers a Pod (`podMatchesScopeFunc`).
pub(super) fn in_scope(pod: &Pod, scope: &ScopedResourceSelectorRequirement) -> bool {
    let terminating = || pod.spec.active_deadline_seconds.is_some_and(|secs| secs >= 0);
    let best_effort = || qos::class(&pod.spec) == "BestEffort";
    match scope.scope_name.as_str() {
        "Terminating" => terminating(),
        "NotTerminating" => !terminating(),
        "BestEffort" => best_effort(),
        "NotBestEffort" => !best_effort(),
        "PriorityClass" => {
            let class = pod
                .spec
                .priority_class_name
                .as_ref()
                .filter(|class| !class.is_empty());
            let listed = class.is_some_and(|class| scope.values.iter().flatten().any(|value| value == class));
            match scope.operator.as_str() {
                "Exists" => class.is_some(),
                "DoesNotExist" => class.is_none(),
                "In" => listed,
                _ => !listed,
            }
        }
        "CrossNamespacePodAffinity" => crosses_namespaces(pod),
        _ => false,
    }
}

fn crosses_namespaces(pod: &Pod) -> bool {
    let crosses = |term: &PodAffinityTerm| {
        term.namespaces.as_ref().is_some_and(|list| !list.is_empty()) || term.namespace_selector.is_some()
    };
    let Some(affinity) = &pod.spec.affinity else {
        return false;
    };
    let near = affinity.pod_affinity.iter().flat_map(|affinity| {
        let required = affinity
            .required_during_scheduling_ignored_during_execution
            .iter();
        let preferred = affinity
            .preferred_during_scheduling_ignored_during_execution
            .iter();
        let preferred = preferred.flatten().map(|term| &term.pod_affinity_term);
        required.flatten().chain(preferred)
    });
    let far = affinity.pod_anti_affinity.iter().flat_map(|affinity| {
        let required = affinity
            .required_during_scheduling_ignored_during_execution
            .iter();
        let preferred = affinity
            .preferred_during_scheduling_ignored_during_execution
            .iter();
        let preferred = preferred.flatten().map(|term| &term.pod_affinity_term);
        required.flatten().chain(preferred)
    });
    near.chain(far).any(crosses)
}
