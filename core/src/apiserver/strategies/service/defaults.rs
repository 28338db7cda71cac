//! Defaults of Services (`SetDefaults_Service`, and the address families that `pkg/registry/core/service` fills in).

use crate::api::types::IntOrString;
use crate::api::types::core::{ClientIPConfig, ServiceSpec, SessionAffinityConfig};
use crate::apiserver::strategies::pod::defaults::text;

/// Three hours.
const AFFINITY_TIMEOUT_SECS: i32 = 10_800;

pub(super) fn service(spec: &mut ServiceSpec) {
    text(&mut spec.session_affinity, "None");
    match spec.session_affinity.as_deref() {
        Some("ClientIP") => {
            let config = spec
                .session_affinity_config
                .get_or_insert_with(SessionAffinityConfig::default);
            let client_ip = config.client_ip.get_or_insert_with(ClientIPConfig::default);
            client_ip.timeout_seconds.get_or_insert(AFFINITY_TIMEOUT_SECS);
        }
        Some("None") => spec.session_affinity_config = None,
        _ => {}
    }
    text(&mut spec.type_, "ClusterIP");
    for port in spec.ports.iter_mut().flatten() {
        text(&mut port.protocol, "TCP");
        let unset = match &port.target_port {
            None | Some(IntOrString::Int(0)) => true,
            Some(IntOrString::String(name)) => name.is_empty(),
            Some(IntOrString::Int(_)) => false,
        };
        if unset {
            port.target_port = Some(IntOrString::Int(port.port));
        }
    }
    let type_ = spec.type_.as_deref().unwrap_or_default();
    let external_ips = spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    let from_outside = match type_ {
        "NodePort" | "LoadBalancer" => true,
        "ClusterIP" => external_ips,
        _ => false,
    };
    let load_balancer = type_ == "LoadBalancer";
    let in_cluster = matches!(type_, "ClusterIP" | "NodePort" | "LoadBalancer");
    if from_outside {
        text(&mut spec.external_traffic_policy, "Cluster");
    }
    if in_cluster {
        text(&mut spec.internal_traffic_policy, "Cluster");
    }
    if load_balancer {
        spec.allocate_load_balancer_node_ports.get_or_insert(true);
    }
    if in_cluster {
        families(spec);
    }
}

/// The cluster knows only IPv4; a headless Service without selector leaves its addresses to its author, of any family.
fn families(spec: &mut ServiceSpec) {
    if spec.cluster_ips.as_ref().is_none_or(Vec::is_empty) {
        let address = spec.cluster_ip.clone().filter(|ip| !ip.is_empty());
        spec.cluster_ips = address.map(|ip| vec![ip]);
    } else if spec.cluster_ip.as_deref().unwrap_or_default().is_empty() {
        spec.cluster_ip = spec.cluster_ips.iter().flatten().next().cloned();
    }
    let headless = spec.cluster_ip.as_deref() == Some("None");
    let selects = spec
        .selector
        .as_ref()
        .is_some_and(|selector| !selector.is_empty());
    let any_family = headless && !selects;
    let policy = if any_family {
        "RequireDualStack"
    } else {
        "SingleStack"
    };
    text(&mut spec.ip_family_policy, policy);
    let families = spec.ip_families.get_or_insert_default();
    if families.is_empty() {
        families.push("IPv4".to_owned());
    }
    if any_family && families.len() == 1 && spec.ip_family_policy.as_deref() != Some("SingleStack") {
        let other = if families.iter().any(|family| family == "IPv4") {
            "IPv6"
        } else {
            "IPv4"
        };
        families.push(other.to_owned());
    }
}
