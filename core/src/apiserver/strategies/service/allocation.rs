//! Cluster IPs and node ports: given on creation, kept on update, free again once the Service is gone
//! (`pkg/registry/core/service/storage/alloc.go`, `ipallocator`, `portallocator`). Taken addresses are read from the
//! stored Services rather than kept in a second place.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::validation::needs_health_check;
use crate::api::types::core::{ServicePort, ServiceSpec};
use crate::api::{Cause, Kind, Service, StatusError};
use crate::apiserver::strategy::Surroundings;
use crate::apiserver::validation::field;
use crate::etcd::Store;
use crate::sorted::SortedSet;

/// 10.96.0.0/12 without its network and broadcast addresses.
const FIRST_ADDRESS: u32 = u32::from_be_bytes([10, 96, 0, 1]);
const LAST_ADDRESS: u32 = u32::from_be_bytes([10, 111, 255, 254]);
/// The first addresses are left to those who ask for a fixed one.
const STATIC_ADDRESSES: u32 = 255;
const FIRST_PORT: i32 = 30_000;
const LAST_PORT: i32 = 32_767;
/// Likewise the first node ports.
const STATIC_PORTS: i32 = 86;

/// Keeps what an update does not speak of (`patchAllocatedValues`).
fn carry_over(spec: &mut ServiceSpec, old: &ServiceSpec) {
    if needs_cluster_ip(spec) && needs_cluster_ip(old) {
        if spec.cluster_ip.as_deref().unwrap_or_default().is_empty() {
            spec.cluster_ip.clone_from(&old.cluster_ip);
        }
        if spec.cluster_ips.as_ref().is_none_or(Vec::is_empty) && spec.cluster_ip == old.cluster_ip {
            spec.cluster_ips.clone_from(&old.cluster_ips);
        }
    }
    if needs_node_port(spec) && needs_node_port(old) {
        keep_node_ports(spec, old);
    }
    if needs_health_check(spec) && needs_health_check(old) && spec.health_check_node_port.unwrap_or(0) == 0 {
        spec.health_check_node_port = old.health_check_node_port;
    }
}

/// Drops what another type than before has no use for, unless it was just asked for (`dropTypeDependentFields`).
pub(super) fn drop_unused(service: &mut Service, old: &Service) {
    if Arc::ptr_eq(&service.spec, &old.spec) || service.spec.type_ == old.spec.type_ {
        return;
    }
    let (spec, old) = (service.spec_mut(), &*old.spec);
    if needs_cluster_ip(old) && !needs_cluster_ip(spec) {
        if spec.cluster_ip == old.cluster_ip {
            spec.cluster_ip = None;
            spec.cluster_ips = None;
        }
        drop_same(&mut spec.ip_families, old.ip_families.as_ref());
        drop_same(&mut spec.ip_family_policy, old.ip_family_policy.as_ref());
        drop_same(
            &mut spec.internal_traffic_policy,
            old.internal_traffic_policy.as_ref(),
        );
    }
    if needs_node_port(old) && !needs_node_port(spec) {
        drop_node_ports(spec, old);
    }
    let type_ = spec.type_.as_deref();
    let external_ips = spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    if !matches!(type_, Some("NodePort" | "LoadBalancer")) && !external_ips {
        drop_same(
            &mut spec.external_traffic_policy,
            old.external_traffic_policy.as_ref(),
        );
    }
    if type_ != Some("LoadBalancer") {
        drop_same(
            &mut spec.allocate_load_balancer_node_ports,
            old.allocate_load_balancer_node_ports.as_ref(),
        );
        drop_same(
            &mut spec.health_check_node_port,
            old.health_check_node_port.as_ref(),
        );
    }
    if type_ != Some("ExternalName") {
        drop_same(&mut spec.external_name, old.external_name.as_ref());
    }
}

fn drop_same<T: PartialEq>(slot: &mut Option<T>, old: Option<&T>) {
    if slot.as_ref() == old {
        *slot = None;
    }
}

fn keep_node_ports(spec: &mut ServiceSpec, old: &ServiceSpec) {
    let mut used: SortedSet<i32> = spec.ports.iter().flatten().filter_map(|p| p.node_port).collect();
    for port in spec.ports.iter_mut().flatten() {
        if port.node_port.unwrap_or(0) != 0 {
            continue;
        }
        let same = |before: &&ServicePort| before.port == port.port && before.protocol == port.protocol;
        let before = old
            .ports
            .iter()
            .flatten()
            .find(same)
            .and_then(|before| before.node_port);
        if let Some(number) = before.filter(|number| used.insert(*number)) {
            port.node_port = Some(number);
        }
    }
}

fn drop_node_ports(spec: &mut ServiceSpec, old: &ServiceSpec) {
    let before: SortedSet<i32> = old.ports.iter().flatten().filter_map(|p| p.node_port).collect();
    for port in spec.ports.iter_mut().flatten() {
        if port.node_port.is_some_and(|number| before.contains(&number)) {
            port.node_port = None;
        }
    }
}

/// Gives the Service its cluster IP and node ports.
pub(super) fn allocate(
    service: &mut Service,
    old: Option<&Service>,
    around: Surroundings<'_>,
) -> Result<(), StatusError> {
    let invalid =
        |cause: Cause, service: &Service| StatusError::invalid(Kind::Service, service.name(), vec![cause]);
    if let Some(old) = old {
        if Arc::ptr_eq(&service.spec, &old.spec) {
            return Ok(());
        }
        carry_over(service.spec_mut(), &old.spec);
    }
    // An address once given stays: changing it is for validation to refuse.
    let keeps_address = old.is_some_and(|old| needs_cluster_ip(&old.spec));
    if needs_cluster_ip(&service.spec) && !keeps_address {
        cluster_ip(service, around).map_err(|cause| invalid(cause, service))?;
    }
    if needs_node_port(&service.spec) {
        node_ports(service, old, around).map_err(|cause| invalid(cause, service))?;
    }
    if needs_health_check(&service.spec) && service.spec.health_check_node_port.unwrap_or(0) == 0 {
        let taken = taken_ports(around.store, service);
        let key = format!("{}/{}", service.namespace(), service.name());
        let number = free_port(&taken, around.rng.draw("health-check-node-port", &key, 0));
        service.spec_mut().health_check_node_port = number;
    }
    Ok(())
}

fn needs_cluster_ip(spec: &ServiceSpec) -> bool {
    spec.type_.as_deref() != Some("ExternalName")
}

fn needs_node_port(spec: &ServiceSpec) -> bool {
    match spec.type_.as_deref() {
        Some("NodePort") => true,
        Some("LoadBalancer") => spec.allocate_load_balancer_node_ports != Some(false),
        _ => false,
    }
}

fn cluster_ip(service: &mut Service, around: Surroundings<'_>) -> Result<(), Cause> {
    let asked = service.spec.cluster_ip.as_deref().unwrap_or_default();
    // What is no address is for validation to refuse.
    if !asked.is_empty() && asked.parse::<Ipv4Addr>().is_err() {
        return Ok(());
    }
    let taken = taken_addresses(around.store, service);
    if asked.is_empty() {
        let key = format!("{}/{}", service.namespace(), service.name());
        let address = free_address(&taken, around.rng.draw("cluster-ip", &key, 0))
            .map(|address| Ipv4Addr::from(address).to_string());
        let Some(address) = address else {
            let why = "failed to allocate a serviceIP: range is full";
            return Err(field::internal("spec.clusterIP", why));
        };
        let spec = service.spec_mut();
        spec.cluster_ip = Some(address.clone());
        spec.cluster_ips = Some(vec![address]);
        return Ok(());
    }
    let address = asked.parse::<Ipv4Addr>().map_or(0, u32::from);
    let why = if !(FIRST_ADDRESS..=LAST_ADDRESS).contains(&address) {
        "the provided network does not match the current range"
    } else if taken.contains(&address) {
        "provided IP is already allocated"
    } else {
        return Ok(());
    };
    let detail = format!("failed to allocate IP {asked}: {why}");
    let all = service.spec.cluster_ips.clone().unwrap_or_default();
    Err(field::invalid("spec.clusterIPs", all, &detail))
}

fn taken_addresses(store: &Store, service: &Service) -> SortedSet<u32> {
    others(store, service)
        .filter_map(|other| other.spec.cluster_ip.as_deref()?.parse::<Ipv4Addr>().ok())
        .map(u32::from)
        .collect()
}

/// The Services besides this one.
fn others<'a>(store: &'a Store, service: &Service) -> impl Iterator<Item = &'a Service> {
    let (namespace, name) = (service.namespace().to_owned(), service.name().to_owned());
    store
        .list(Kind::Service)
        .filter_map(|object| object.get::<Service>())
        .filter(move |other| other.namespace() != namespace || other.name() != name)
}

/// A free address: from the dynamic range if there is one, from the whole range otherwise.
fn free_address(taken: &SortedSet<u32>, draw: u64) -> Option<u32> {
    let search = |first: u32| {
        let span = u64::from(LAST_ADDRESS - first) + 1;
        let at = |n: u64| first + u32::try_from((draw % span + n) % span).unwrap_or_default();
        (0..span).map(at).find(|address| !taken.contains(address))
    };
    search(FIRST_ADDRESS + STATIC_ADDRESSES).or_else(|| search(FIRST_ADDRESS))
}

fn node_ports(service: &mut Service, old: Option<&Service>, around: Surroundings<'_>) -> Result<(), Cause> {
    let mut taken = taken_ports(around.store, service);
    let before: Vec<i32> = old
        .map(|old| node_ports_of(&old.spec).collect())
        .unwrap_or_default();
    let key = format!("{}/{}", service.namespace(), service.name());
    let mut own = Vec::new();
    for (index, port) in service.spec_mut().ports.iter_mut().flatten().enumerate() {
        let asked = port.node_port.unwrap_or(0);
        let protocol = port.protocol.clone();
        // One number may serve several protocols of the same Service.
        let shared = |number: i32| {
            own.iter()
                .any(|(n, other): &(i32, Option<String>)| *n == number && *other != protocol)
        };
        let number = if asked == 0 {
            let draw = around.rng.draw("node-port", &key, index as u64);
            let Some(number) = free_port(&taken, draw) else {
                return Err(field::internal(
                    format!("spec.ports[{index}].nodePort"),
                    "failed to allocate a nodePort: range is full",
                ));
            };
            number
        } else {
            let why = if before.contains(&asked) || shared(asked) {
                ""
            } else if !(FIRST_PORT..=LAST_PORT).contains(&asked) {
                "provided port is not in the valid range. The range of valid ports is 30000-32767"
            } else if taken.contains(&asked) {
                "provided port is already allocated"
            } else {
                ""
            };
            if !why.is_empty() {
                let path = format!("spec.ports[{index}].nodePort");
                return Err(field::invalid(path, asked, why));
            }
            asked
        };
        port.node_port = Some(number);
        taken.insert(number);
        own.push((number, protocol));
    }
    Ok(())
}

fn node_ports_of(spec: &ServiceSpec) -> impl Iterator<Item = i32> {
    let ports = spec.ports.iter().flatten().filter_map(|port| port.node_port);
    ports.chain(spec.health_check_node_port)
}

fn taken_ports(store: &Store, service: &Service) -> SortedSet<i32> {
    others(store, service)
        .flat_map(|other| node_ports_of(&other.spec))
        .collect()
}

fn free_port(taken: &SortedSet<i32>, draw: u64) -> Option<i32> {
    let search = |first: i32| {
        let span = u64::from((LAST_PORT - first).unsigned_abs()) + 1;
        let at = |n: u64| first + i32::try_from((draw % span + n) % span).unwrap_or_default();
        (0..span).map(at).find(|port| !taken.contains(port))
    };
    search(FIRST_PORT + STATIC_PORTS).or_else(|| search(FIRST_PORT))
}
