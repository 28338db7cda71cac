//! Validation of Services (`ValidateService`, `ValidateServiceUpdate`).

use serde_json::json;

use crate::api::types::IntOrString;
use crate::api::types::core::{ServicePort, ServiceSpec};
use crate::api::{Cause, Service};
use crate::apiserver::strategies::pod::validation::{ip, one_of, port as port_number_or_name};
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, metadata, names};

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];
const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const POLICIES: [&str; 2] = ["Cluster", "Local"];
const DISTRIBUTIONS: [&str; 3] = ["PreferClose", "PreferSameNode", "PreferSameZone"];
/// One day.
const MAX_AFFINITY_SECS: i32 = 86_400;

fn type_of(spec: &ServiceSpec) -> &str {
    spec.type_.as_deref().unwrap_or_default()
}

fn headless(spec: &ServiceSpec) -> bool {
    spec.cluster_ips.as_deref() == Some(&["None".to_owned()])
}

fn from_outside(spec: &ServiceSpec) -> bool {
    let external_ips = spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    matches!(type_of(spec), "NodePort" | "LoadBalancer") || type_of(spec) == "ClusterIP" && external_ips
}

/// Whether a load balancer asks each node if it has an endpoint.
pub(super) fn needs_health_check(spec: &ServiceSpec) -> bool {
    type_of(spec) == "LoadBalancer" && spec.external_traffic_policy.as_deref() == Some("Local")
}

/// What is wrong with a Service, besides its metadata.
pub(super) fn service(causes: &mut Vec<Cause>, service: &Service) {
    let (spec, path) = (&*service.spec, Path::new("spec"));
    let ports = spec.ports.as_deref().unwrap_or_default();
    if ports.is_empty() && !headless(spec) && type_of(spec) != "ExternalName" {
        causes.push(field::required(path.child("ports"), ""));
    }
    type_rules(causes, spec, path);
    let list = path.child("ports");
    for (index, port) in ports.iter().enumerate() {
        service_port(causes, ports, port, index, list.index(index));
    }
    metadata::labels(causes, spec.selector.as_ref(), path.child("selector"));
    session_affinity(causes, spec, path);
    cluster_ips(causes, spec, path);
    let list = path.child("externalIPs");
    for (index, address) in spec.external_ips.iter().flatten().enumerate() {
        ip(causes, address, list.index(index));
    }
    one_of(causes, spec.type_.as_deref(), &TYPES, path.child("type"));
    port_clashes(causes, spec, ports, path.child("ports"));
    load_balancer(causes, spec, path);
    traffic(causes, spec, path);
}

fn type_rules(causes: &mut Vec<Cause>, spec: &ServiceSpec, path: Path<'_>) {
    match type_of(spec) {
        type_ @ ("LoadBalancer" | "NodePort") if headless(spec) => {
            let path = path.child("clusterIPs");
            let detail = format!("may not be set to 'None' for {type_} services");
            causes.push(field::invalid(path.index(0), "None", &detail));
        }
        "ExternalName" => {
            let given = [
                (
                    "clusterIPs",
                    spec.cluster_ips.as_ref().is_some_and(|ips| !ips.is_empty()),
                ),
                (
                    "ipFamilies",
                    spec.ip_families
                        .as_ref()
                        .is_some_and(|families| !families.is_empty()),
                ),
                ("ipFamilyPolicy", spec.ip_family_policy.is_some()),
            ];
            for (name, _) in given.into_iter().filter(|(_, given)| *given) {
                let detail = "may not be set for ExternalName services";
                causes.push(field::forbidden(path.child(name), detail));
            }
            let name = spec.external_name.as_deref().unwrap_or_default();
            let name = name.strip_suffix('.').unwrap_or(name);
            if name.is_empty() {
                causes.push(field::required(path.child("externalName"), ""));
            } else {
                let wrong = names::dns1123_subdomain(name);
                field::invalid_each(causes, path.child("externalName"), name, &wrong);
            }
        }
        _ => {}
    }
}

fn service_port(
    causes: &mut Vec<Cause>,
    ports: &[ServicePort],
    port: &ServicePort,
    index: usize,
    path: Path<'_>,
) {
    let name = port.name.as_deref().unwrap_or_default();
    if !name.is_empty() {
        field::invalid_each(causes, path.child("name"), name, &names::dns1123_label(name));
        let mut before = ports.iter().take(index);
        if before.any(|before| before.name.as_deref() == Some(name)) {
            causes.push(field::duplicate(path.child("name"), name));
        }
    } else if ports.len() > 1 {
        causes.push(field::required(path.child("name"), ""));
    }
    for detail in names::port_number(port.port) {
        causes.push(field::invalid(path.child("port"), port.port, &detail));
    }
    one_of(
        causes,
        port.protocol.as_deref(),
        &PROTOCOLS,
        path.child("protocol"),
    );
    let target = port.target_port.as_ref().unwrap_or(&IntOrString::Int(0));
    port_number_or_name(causes, target, path.child("targetPort"));
    if let Some(protocol) = &port.app_protocol {
        let wrong = names::qualified_name(protocol);
        field::invalid_each(causes, path.child("appProtocol"), protocol, &wrong);
    }
}

fn session_affinity(causes: &mut Vec<Cause>, spec: &ServiceSpec, path: Path<'_>) {
    let affinity = spec.session_affinity.as_deref();
    one_of(
        causes,
        affinity,
        &["ClientIP", "None"],
        path.child("sessionAffinity"),
    );
    let config = spec.session_affinity_config.as_ref();
    let path = path.child("sessionAffinityConfig");
    match affinity {
        Some("ClientIP") => {
            let secs = config
                .and_then(|config| config.client_ip.as_ref())
                .and_then(|client_ip| client_ip.timeout_seconds);
            let Some(secs) = secs else {
                causes.push(field::required(path, "when session affinity type is ClientIP"));
                return;
            };
            if !(1..=MAX_AFFINITY_SECS).contains(&secs) {
                let path = path.child("clientIP");
                let detail = format!("must be greater than 0 and less than {MAX_AFFINITY_SECS}");
                causes.push(field::invalid(path.child("timeoutSeconds"), secs, &detail));
            }
        }
        Some("None") if config.is_some() => {
            let detail = "must not be set when session affinity is None";
            causes.push(field::forbidden(path, detail));
        }
        _ => {}
    }
}

/// `ValidateServiceClusterIPsRelatedFields`
fn cluster_ips(causes: &mut Vec<Cause>, spec: &ServiceSpec, path: Path<'_>) {
    if type_of(spec) == "ExternalName" {
        return;
    }
    let first = spec.cluster_ip.as_deref().unwrap_or_default();
    let all = spec.cluster_ips.as_deref().unwrap_or_default();
    let at = path.child("clusterIPs");
    match (first.is_empty(), all.first()) {
        (false, None) => causes.push(field::required(at, "")),
        (false, Some(listed)) if listed != first => {
            let detail = "first value must match `clusterIP`";
            causes.push(field::invalid(at, all.to_vec(), detail));
        }
        (true, Some(_)) => {
            let detail = "must be empty when `clusterIP` is not specified";
            causes.push(field::invalid(at, all.to_vec(), detail));
        }
        _ => {}
    }
    let families = spec.ip_families.as_deref().unwrap_or_default();
    let inner = path.child("ipFamilies");
    for (index, family) in families.iter().enumerate() {
        let supported = ["IPv4", "IPv6"];
        if !supported.contains(&family.as_str()) {
            causes.push(field::not_supported(
                inner.index(index),
                family.as_str(),
                &supported,
            ));
        }
        if families.iter().take(index).any(|before| before == family) {
            causes.push(field::duplicate(inner.index(index), family.as_str()));
        }
    }
    let supported = ["PreferDualStack", "RequireDualStack", "SingleStack"];
    if let Some(policy) = spec
        .ip_family_policy
        .as_deref()
        .filter(|policy| !supported.contains(policy))
    {
        causes.push(field::not_supported(
            path.child("ipFamilyPolicy"),
            policy,
            &supported,
        ));
    }
    for (index, address) in all.iter().enumerate() {
        if index == 0 && address == "None" {
            if all.len() > 1 {
                let detail = "'None' must be the first and only value";
                causes.push(field::invalid(at, all.to_vec(), detail));
            }
            continue;
        }
        ip(causes, address, at.index(index));
    }
    if all.len() > 2 {
        causes.push(field::invalid(at, all.to_vec(), "may only hold up to 2 values"));
    }
}

fn port_clashes(causes: &mut Vec<Cause>, spec: &ServiceSpec, ports: &[ServicePort], path: Path<'_>) {
    let given = |port: &ServicePort| port.node_port.filter(|number| *number != 0);
    if type_of(spec) == "ClusterIP" {
        for (index, _) in ports.iter().enumerate().filter(|(_, port)| given(port).is_some()) {
            let at = path.index(index);
            let detail = "may not be used when `type` is 'ClusterIP'";
            causes.push(field::forbidden(at.child("nodePort"), detail));
        }
    }
    for (index, port) in ports.iter().enumerate() {
        let Some(number) = given(port) else { continue };
        let mut before = ports.iter().take(index);
        if before.any(|before| given(before) == Some(number) && before.protocol == port.protocol) {
            causes.push(field::duplicate(path.index(index).child("nodePort"), number));
        }
    }
    for (index, port) in ports.iter().enumerate() {
        let mut before = ports.iter().take(index);
        if before.any(|before| before.port == port.port && before.protocol == port.protocol) {
            // The Go type has no names of its own for JSON.
            let protocol = json!(port.protocol);
            let shown = format!(
                "{{\"Name\":\"\",\"Protocol\":{protocol},\"AppProtocol\":null,\"Port\":{},\"TargetPort\":0,\"NodePort\":0}}",
                port.port
            );
            let shown = field::Shown::json(shown);
            causes.push(field::duplicate(path.index(index), shown));
        }
    }
}

fn load_balancer(causes: &mut Vec<Cause>, spec: &ServiceSpec, path: Path<'_>) {
    let is_load_balancer = type_of(spec) == "LoadBalancer";
    let only = "may only be used when `type` is 'LoadBalancer'";
    let ranges = spec.load_balancer_source_ranges.as_deref().unwrap_or_default();
    if !ranges.is_empty() && !is_load_balancer {
        causes.push(field::forbidden(path.child("LoadBalancerSourceRanges"), only));
    }
    if spec.allocate_load_balancer_node_ports.is_some() && !is_load_balancer {
        causes.push(field::forbidden(
            path.child("allocateLoadBalancerNodePorts"),
            only,
        ));
    }
    if let Some(class) = &spec.load_balancer_class {
        let at = path.child("loadBalancerClass");
        if is_load_balancer {
            field::invalid_each(causes, at, class, &names::qualified_name(class));
        } else {
            causes.push(field::forbidden(at, only));
        }
    }
}

fn traffic(causes: &mut Vec<Cause>, spec: &ServiceSpec, path: Path<'_>) {
    let at = path.child("externalTrafficPolicy");
    let policy = spec.external_traffic_policy.as_deref().unwrap_or_default();
    if from_outside(spec) {
        one_of(causes, Some(policy), &POLICIES, at);
    } else if !policy.is_empty() {
        let detail = "may only be set for externally-accessible services";
        causes.push(field::invalid(at, policy, detail));
    }
    let at = path.child("healthCheckNodePort");
    let port = spec.health_check_node_port.unwrap_or(0);
    if needs_health_check(spec) {
        if port == 0 {
            causes.push(field::required(at, ""));
        } else {
            for detail in names::port_number(port) {
                causes.push(field::invalid(at, port, &detail));
            }
        }
    } else if port != 0 {
        let detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        causes.push(field::invalid(at, port, detail));
    }
    let at = path.child("internalTrafficPolicy");
    match spec.internal_traffic_policy.as_deref() {
        None if matches!(type_of(spec), "ClusterIP" | "NodePort" | "LoadBalancer") => {
            causes.push(field::required(at, ""));
        }
        None => {}
        Some(policy) => one_of(causes, Some(policy), &POLICIES, at),
    }
    if let Some(distribution) = spec.traffic_distribution.as_deref() {
        one_of(
            causes,
            Some(distribution),
            &DISTRIBUTIONS,
            path.child("trafficDistribution"),
        );
    }
}

/// What is wrong with a change: addresses stay.
pub(super) fn update(causes: &mut Vec<Cause>, new: &Service, old: &Service) {
    let (spec, before) = (&*new.spec, &*old.spec);
    let external = type_of(spec) == "ExternalName" || type_of(before) == "ExternalName";
    let path = Path::new("spec");
    if !(external || headless(spec) && headless(before)) {
        let addresses = |spec: &ServiceSpec| spec.cluster_ips.clone().unwrap_or_default();
        let (now, earlier) = (addresses(spec), addresses(before));
        let at = path.child("clusterIPs");
        match (now.first(), earlier.first()) {
            (None, Some(_)) => {
                let detail = "primary clusterIP can not be unset";
                causes.push(field::invalid(at.index(0), now, detail));
            }
            (Some(address), Some(before)) if address != before => {
                causes.push(field::invalid(at.index(0), now, "may not change once set"));
            }
            _ => {}
        }
    }
    if !external && headless(spec) == headless(before) && !headless(spec) {
        let families = |spec: &ServiceSpec| spec.ip_families.clone().unwrap_or_default();
        let (now, earlier) = (families(spec), families(before));
        if !now.is_empty() && !earlier.is_empty() && now.first() != earlier.first() {
            let at = path.child("ipFamilies");
            causes.push(field::invalid(at.index(0), now, "may not change once set"));
        }
    }
    if needs_health_check(spec)
        && needs_health_check(before)
        && spec.health_check_node_port != before.health_check_node_port
    {
        causes.push(field::forbidden(
            path.child("healthCheckNodePort"),
            field::IMMUTABLE,
        ));
    }
    service(causes, new);
}
