//! How much of each resource an object uses, and which quotas it counts against (`pkg/quota/v1`): what the quota admission
//! and the quota controller both reckon with.

mod pods;

pub(crate) use pods::pod_resources;

use std::collections::BTreeMap;

use crate::api::quantity::{Amount, Format, amount};
use crate::api::types::Quantity;
use crate::api::types::core::{ResourceQuotaSpec, ScopedResourceSelectorRequirement};
use crate::api::{AnyObject, Kind, PersistentVolumeClaim, Service};
use crate::sim::Time;
use crate::sorted::{SortedMap, SortedSet, btree_map};

/// Amounts by resource name.
pub(crate) type Amounts = SortedMap<String, Amount>;

/// What follows a class's name in the resources of its claims.
const OF_CLASS: &str = ".storageclass.storage.k8s.io/";

/// A number of things.
pub(crate) fn count(number: usize) -> Amount {
    let units = i64::try_from(number).unwrap_or(i64::MAX);
    Amount {
        format: Format::DecimalSi,
        ..Amount::from_bytes(units)
    }
}

/// The amounts of a list of quantities.
pub(crate) fn amounts(list: Option<&BTreeMap<String, Quantity>>) -> Amounts {
    let list = list.into_iter().flatten();
    list.map(|(name, quantity)| (name.clone(), amount(quantity)))
        .collect()
}

/// The amounts as quantities.
pub(crate) fn quantities(amounts: &Amounts) -> BTreeMap<String, Quantity> {
    let written = |(name, amount): (&String, &Amount)| (name.clone(), Quantity::from(*amount));
    btree_map(amounts.iter().map(written))
}

/// Adds one list to another; a sum is written as what came first.
pub(crate) fn add(total: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        match total.get_mut(name) {
            Some(sum) if sum.nanos != 0 => sum.nanos += amount.nanos,
            _ => {
                total.insert(name.clone(), *amount);
            }
        }
    }
}

/// What counts of an object: `count/<resource>` and the older names.
fn object_count(kind: Kind, names: &mut SortedSet<String>) {
    names.insert(format!("count/{}", kind.info().group_resource()));
    if matches!(
        kind,
        Kind::ConfigMap
            | Kind::PersistentVolumeClaim
            | Kind::ReplicationController
            | Kind::ResourceQuota
            | Kind::Secret
            | Kind::Service
    ) {
        names.insert(kind.info().plural.to_owned());
    }
}

/// Those of these resources that objects of a kind can use (`MatchingResources`).
pub(crate) fn matching<'a>(kind: Kind, names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut own = SortedSet::new();
    object_count(kind, &mut own);
    let other = |name: &str| match kind {
        Kind::Pod => pods::is_resource(name),
        Kind::Service => matches!(name, "services.nodeports" | "services.loadbalancers"),
        Kind::PersistentVolumeClaim => {
            name == "requests.storage"
                || name.ends_with(&format!("{OF_CLASS}requests.storage"))
                || name.ends_with(&format!("{OF_CLASS}persistentvolumeclaims"))
        }
        _ => false,
    };
    names
        .map(String::as_str)
        .filter(|name| own.contains(*name) || other(name))
        .collect()
}

/// What an object uses (`Usage`).
pub(crate) fn usage(object: &AnyObject, now: Time) -> Amounts {
    let mut names = SortedSet::new();
    object_count(object.kind(), &mut names);
    let mut used: Amounts = names.into_iter().map(|name| (name, count(1))).collect();
    match object {
        AnyObject::Pod(pod) => add(&mut used, &pods::usage(pod, now)),
        AnyObject::Service(service) => service_usage(&mut used, service),
        AnyObject::PersistentVolumeClaim(claim) => claim_usage(&mut used, claim),
        _ => {}
    }
    used
}

fn service_usage(used: &mut Amounts, service: &Service) {
    let ports = service.spec.ports.as_deref().unwrap_or_default();
    let balanced = service.spec.type_.as_deref() == Some("LoadBalancer");
    let node_ports = match service.spec.type_.as_deref() {
        Some("NodePort") => ports.len(),
        Some("LoadBalancer") if service.spec.allocate_load_balancer_node_ports == Some(false) => {
            let taken = |port: &&crate::api::types::core::ServicePort| port.node_port.unwrap_or(0) != 0;
            ports.iter().filter(taken).count()
        }
        Some("LoadBalancer") => ports.len(),
        _ => 0,
    };
    used.insert("services.nodeports".to_owned(), count(node_ports));
    used.insert("services.loadbalancers".to_owned(), count(usize::from(balanced)));
}

fn claim_usage(used: &mut Amounts, claim: &PersistentVolumeClaim) {
    let class = claim.spec.storage_class_name.as_deref().unwrap_or_default();
    let of_class = |name: &str| format!("{class}{OF_CLASS}{name}");
    if !class.is_empty() {
        used.insert(of_class("persistentvolumeclaims"), count(1));
    }
    let requests = claim
        .spec
        .resources
        .as_ref()
        .and_then(|resources| resources.requests.as_ref());
    let Some(asked) = requests.and_then(|requests| requests.get("storage")) else {
        return;
    };
    // What was given already may be more than what is asked for.
    let allocated = claim.status.allocated_resources.as_ref();
    let allocated = allocated.and_then(|given| given.get("storage")).map(amount);
    let asked = amount(asked);
    let storage = allocated
        .filter(|given| given.nanos > asked.nanos)
        .unwrap_or(asked);
    used.insert("requests.storage".to_owned(), storage);
    if !class.is_empty() {
        used.insert(of_class("requests.storage"), storage);
    }
}

/// Whether a quota with these scopes counts this object (`Matches`): only Pods have scopes.
pub(crate) fn in_scope(spec: &ResourceQuotaSpec, object: &AnyObject) -> bool {
    let plain = spec
        .scopes
        .iter()
        .flatten()
        .map(|scope| ScopedResourceSelectorRequirement {
            scope_name: scope.clone(),
            operator: "Exists".to_owned(),
            values: None,
        });
    let selected = spec
        .scope_selector
        .iter()
        .flat_map(|selector| selector.match_expressions.iter().flatten().cloned());
    plain.chain(selected).all(|requirement| match object {
        AnyObject::Pod(pod) => pods::in_scope(pod, &requirement),
        _ => false,
    })
}

/// What a new object lacks before these resources can be counted (`Constraints`).
pub(crate) fn missing(object: &AnyObject, resources: &[&str]) -> Option<String> {
    let AnyObject::Pod(pod) = object else {
        return None;
    };
    let missing = pods::missing(pod, resources);
    let said: Vec<String> = missing
        .into_iter()
        .map(|(name, containers)| {
            let containers: Vec<_> = containers.into_iter().collect();
            format!("{name} for: {}", containers.join(","))
        })
        .collect();
    (!said.is_empty()).then(|| format!("must specify {}", said.join("; ")))
}

#[cfg(test)]
mod tests;
