//! Requests and limits (`ValidateContainerResourceRequirements`).

use crate::api::Cause;
use crate::api::quantity::amount;
use crate::api::types::Quantity;
use crate::api::types::core::ResourceRequirements;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};

/// What a container can have.
const CONTAINER: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
/// What something in Kubernetes can have.
const STANDARD: [&str; 17] = [
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "persistentvolumeclaims",
    "configmaps",
    "storage",
    "requests.storage",
    "services.nodeports",
    "services.loadbalancers",
];

pub(super) fn requirements(causes: &mut Vec<Cause>, requirements: &ResourceRequirements, path: Path<'_>) {
    let limits_path = path.child("limits");
    for (name, quantity) in requirements.limits.iter().flatten() {
        one(causes, name, quantity, limits_path.key(name));
    }
    let requests_path = path.child("requests");
    for (name, quantity) in requirements.requests.iter().flatten() {
        one(causes, name, quantity, requests_path.key(name));
        let limit = requirements.limits.as_ref().and_then(|limits| limits.get(name));
        match limit {
            Some(limit) if quantity == limit => {}
            Some(limit) => {
                let (asked, most) = (amount(quantity), amount(limit));
                let relation = if asked.nanos != most.nanos && !overcommits(name) {
                    "must be equal to"
                } else if asked.nanos > most.nanos {
                    "must be less than or equal to"
                } else {
                    continue;
                };
                let detail = format!("{relation} {name} limit of {most}");
                causes.push(field::invalid(requests_path, asked.to_string(), &detail));
            }
            None if !overcommits(name) => causes.push(field::required(
                limits_path,
                "Limit must be set for non overcommitable resources",
            )),
            None => {}
        }
    }
    huge_pages(causes, requirements, path);
}

fn huge_pages(causes: &mut Vec<Cause>, requirements: &ResourceRequirements, path: Path<'_>) {
    let lists = [&requirements.limits, &requirements.requests];
    let names = || lists.into_iter().flatten().flat_map(|list| list.keys());
    let compute = |name: &String| matches!(name.as_str(), "cpu" | "memory");
    if names().any(|name| is_huge_page(name)) && !names().any(compute) {
        causes.push(field::forbidden(path, "HugePages require cpu or memory"));
    }
}

/// A name and a quantity.
fn one(causes: &mut Vec<Cause>, name: &str, quantity: &Quantity, path: Path<'_>) {
    container_resource_name(causes, name, path);
    let parsed = amount(quantity);
    if parsed.nanos < 0 {
        causes.push(field::invalid(path, parsed.to_string(), field::NOT_NEGATIVE));
    }
    if is_extended(name) && parsed.nanos % 1_000_000_000 != 0 {
        causes.push(field::invalid(path, parsed.to_string(), "must be an integer"));
    }
}

/// What a container can have (`validateContainerResourceName`).
pub(in crate::apiserver::strategies) fn container_resource_name(
    causes: &mut Vec<Cause>,
    name: &str,
    path: Path<'_>,
) {
    if CONTAINER.contains(&name) {
        return;
    }
    any_resource_name(causes, name, path);
    if name.contains('/') {
        if !is_native(name) && !is_extended(name) {
            let detail = "doesn't follow extended resource name standard";
            causes.push(field::invalid(path, name, detail));
        }
        return;
    }
    if !is_huge_page(name) {
        let detail = "must be a standard resource for containers";
        causes.push(field::invalid(path, name, detail));
    }
}

/// What anything can have (`validateResourceName`).
pub(in crate::apiserver::strategies) fn any_resource_name(
    causes: &mut Vec<Cause>,
    name: &str,
    path: Path<'_>,
) {
    let wrong = names::qualified_name(name);
    field::invalid_each(causes, path, name, &wrong);
    if wrong.is_empty() && !name.contains('/') && !CONTAINER.contains(&name) && !is_standard(name) {
        let detail = "must be a standard resource type or fully qualified";
        causes.push(field::invalid(path, name, detail));
    }
}

/// What something in Kubernetes other than a container can have.
pub(in crate::apiserver::strategies) fn is_standard(name: &str) -> bool {
    STANDARD.contains(&name) || is_huge_page(name) || name.starts_with("requests.hugepages-")
}

fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

fn is_extended(name: &str) -> bool {
    !is_native(name) && !name.starts_with("requests.") && names::qualified_name(name).is_empty()
}

fn overcommits(name: &str) -> bool {
    is_native(name) && !is_huge_page(name)
}
