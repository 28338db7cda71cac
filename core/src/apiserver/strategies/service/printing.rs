//! The row of a Service (`printService`).

use crate::api::Service;
use crate::api::types::core::ServicePort;
use crate::apiserver::printing::{age_of, format_labels, or_none};
use crate::apiserver::table::Column;
use crate::sim::Time;

pub(super) const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Type"),
    Column::new("Cluster-IP"),
    Column::new("External-IP"),
    Column::new("Port(s)"),
    Column::new("Age"),
    Column::wide("Selector"),
];

pub(super) fn cells(service: &Service, now: Time) -> Vec<String> {
    let spec = &service.spec;
    let address = spec.cluster_ips.iter().flatten().next();
    let ports: Vec<_> = spec.ports.iter().flatten().map(port_text).collect();
    vec![
        service.name().to_owned(),
        spec.type_.clone().unwrap_or_default(),
        or_none(address.map(String::as_str)),
        external_address(service),
        or_none(Some(&ports.join(","))),
        age_of(&service.metadata, now),
        format_labels(spec.selector.as_ref()),
    ]
}

fn port_text(port: &ServicePort) -> String {
    let protocol = port.protocol.as_deref().unwrap_or_default();
    match port.node_port {
        Some(node_port) if node_port > 0 => format!("{}:{node_port}/{protocol}", port.port),
        _ => format!("{}/{protocol}", port.port),
    }
}

fn external_address(service: &Service) -> String {
    let spec = &service.spec;
    let mut addresses = spec.external_ips.clone().unwrap_or_default();
    match spec.type_.as_deref() {
        Some("ClusterIP" | "NodePort") => or_none(Some(&addresses.join(","))),
        Some("LoadBalancer") => {
            let balancer = service.status.load_balancer.as_ref();
            let ingress = balancer.and_then(|balancer| balancer.ingress.as_deref());
            let given = ingress.unwrap_or_default().iter();
            let mut all: Vec<_> = given
                .filter_map(|ingress| ingress.ip.clone().or_else(|| ingress.hostname.clone()))
                .filter(|address| !address.is_empty())
                .collect();
            all.append(&mut addresses);
            if all.is_empty() {
                "<pending>".to_owned()
            } else {
                all.join(",")
            }
        }
        Some("ExternalName") => spec.external_name.clone().unwrap_or_default(),
        _ => "<unknown>".to_owned(),
    }
}
