//! `Service`

use std::collections::BTreeMap;

use super::containers::port;
use super::writer::{Writer, or_none};
use crate::api::{AnyObject, EndpointSlice, Kind, Service};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::rest::Listed;

/// A Service.
pub(super) fn write(cx: &mut Cx<'_>, w: &mut Writer, service: &Service) -> Result<(), Failure> {
    let spec = &service.spec;
    w.identity(&service.metadata);
    w.field(0, "Selector", pairs(spec.selector.as_ref()));
    w.field(0, "Type", spec.type_.as_deref().unwrap_or_default());
    if let Some(policy) = &spec.ip_family_policy {
        w.field(0, "IP Family Policy", policy);
    }
    let joined = |list: &Option<Vec<String>>| list.as_deref().unwrap_or_default().join(",");
    w.field(0, "IP Families", or_none(joined(&spec.ip_families)));
    w.field(0, "IP", spec.cluster_ip.as_deref().unwrap_or_default());
    w.field(0, "IPs", or_none(joined(&spec.cluster_ips)));
    for (title, text) in [
        ("External IPs", joined(&spec.external_ips)),
        (
            "Desired LoadBalancer IP",
            spec.load_balancer_ip.clone().unwrap_or_default(),
        ),
        ("External Name", spec.external_name.clone().unwrap_or_default()),
        ("LoadBalancer Ingress", ingress(service)),
    ] {
        if !text.is_empty() {
            w.field(0, title, text);
        }
    }
    ports(cx, w, service)?;
    w.field(
        0,
        "Session Affinity",
        spec.session_affinity.as_deref().unwrap_or_default(),
    );
    if let Some(policy) = spec
        .external_traffic_policy
        .as_ref()
        .filter(|policy| !policy.is_empty())
    {
        w.field(0, "External Traffic Policy", policy);
    }
    if let Some(policy) = &spec.internal_traffic_policy {
        w.field(0, "Internal Traffic Policy", policy);
    }
    if let Some(number) = spec.health_check_node_port.filter(|number| *number != 0) {
        w.field(0, "HealthCheck NodePort", number);
    }
    let ranges = joined(&spec.load_balancer_source_ranges);
    if !ranges.is_empty() {
        w.field(0, "LoadBalancer Source Ranges", ranges);
    }
    if let Some(distribution) = &spec.traffic_distribution {
        w.field(0, "Traffic Distribution", distribution);
    }
    Ok(())
}

fn pairs(map: Option<&BTreeMap<String, String>>) -> String {
    crate::apiserver::printing::format_labels(map)
}

fn ingress(service: &Service) -> String {
    let balancer = service.status.load_balancer.as_ref();
    let found = balancer.and_then(|balancer| balancer.ingress.as_ref());
    let texts: Vec<String> = found
        .into_iter()
        .flatten()
        .filter_map(|ingress| ingress.ip.clone().or_else(|| ingress.hostname.clone()))
        .collect();
    texts.join(", ")
}

fn ports(cx: &mut Cx<'_>, w: &mut Writer, service: &Service) -> Result<(), Failure> {
    let listed = slices_of(cx, service.namespace(), service.name())?;
    let slices: Vec<&EndpointSlice> = listed
        .items
        .iter()
        .filter_map(AnyObject::get::<EndpointSlice>)
        .collect();
    for entry in service.spec.ports.iter().flatten() {
        let name = entry.name.as_deref().unwrap_or_default();
        let shown = if name.is_empty() { "<unset>" } else { name };
        let protocol = entry.protocol.as_deref().unwrap_or("TCP");
        w.field(0, "Port", format!("{shown}\t{}/{protocol}", entry.port));
        let target = entry.target_port.as_ref().map(port).unwrap_or_default();
        w.field(0, "TargetPort", format!("{target}/{protocol}"));
        if let Some(application) = &entry.app_protocol {
            w.field(0, "AppProtocol", application);
        }
        if let Some(number) = entry.node_port.filter(|number| *number != 0) {
            w.field(0, "NodePort", format!("{shown}\t{number}/{protocol}"));
        }
        w.field(0, "Endpoints", endpoints(&slices, name));
    }
    Ok(())
}

/// The slices of a Service.
pub(super) fn slices_of(cx: &mut Cx<'_>, namespace: &str, name: &str) -> Result<Listed, Failure> {
    let selector = format!("kubernetes.io/service-name={name}");
    Ok(cx.list(Kind::EndpointSlice, namespace, &selector, "")?)
}

/// The first three ready addresses, and how many more there are.
pub(super) fn endpoints(slices: &[&EndpointSlice], port_name: &str) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut found = Vec::new();
    for slice in slices {
        let ready = || {
            slice.spec.endpoints.iter().flatten().filter(|endpoint| {
                let conditions = endpoint.conditions.as_ref();
                conditions.and_then(|conditions| conditions.ready).unwrap_or(true)
            })
        };
        let ports = slice.spec.ports.as_deref().unwrap_or_default();
        if ports.is_empty() {
            found.extend(ready().filter_map(|endpoint| endpoint.addresses.first().cloned()));
        }
        for entry in ports
            .iter()
            .filter(|entry| entry.name.as_deref().unwrap_or_default() == port_name)
        {
            let number = entry.port.unwrap_or(0);
            found.extend(ready().filter_map(|endpoint| {
                let address = endpoint.addresses.first()?;
                Some(format!("{address}:{number}"))
            }));
        }
    }
    let more = found.len().saturating_sub(3);
    found.truncate(3);
    let text = found.join(",");
    if more > 0 {
        format!("{text} + {more} more...")
    } else {
        text
    }
}
