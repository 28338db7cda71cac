//! The downward API: fields and resources of a Pod as texts (`pkg/fieldpath`, `ExtractContainerResourceValue`).

use std::collections::BTreeMap;

use super::Host;
use crate::api::Pod;
use crate::api::quantity::amount;
use crate::api::types::Quantity;
use crate::api::types::core::{Container as ContainerSpec, ResourceFieldSelector};

/// A field of a Pod as text.
pub(super) fn field(pod: &Pod, path: &str, ip: &str, host: &Host<'_>) -> Result<String, String> {
    let (base, key) = match path.split_once('[') {
        Some((base, rest)) => {
            let key = rest.trim_end_matches(']').trim_matches(['\'', '"']);
            (base, Some(key))
        }
        None => (path, None),
    };
    let map = |map: Option<&BTreeMap<String, String>>| match key {
        Some(key) => map.and_then(|map| map.get(key)).cloned().unwrap_or_default(),
        None => {
            let lines: Vec<String> = map
                .into_iter()
                .flatten()
                .map(|(key, value)| format!("{key}={value:?}"))
                .collect();
            lines.join("\n")
        }
    };
    Ok(match base {
        "metadata.name" => pod.name().to_owned(),
        "metadata.namespace" => pod.namespace().to_owned(),
        "metadata.uid" => pod.uid().to_owned(),
        "metadata.labels" => map(pod.metadata.labels.as_ref()),
        "metadata.annotations" => map(pod.metadata.annotations.as_ref()),
        "spec.nodeName" => pod.spec.node_name.clone().unwrap_or_default(),
        "spec.serviceAccountName" => pod.spec.service_account_name.clone().unwrap_or_default(),
        "status.podIP" | "status.podIPs" => ip.to_owned(),
        "status.hostIP" | "status.hostIPs" => host.spec.address.to_string(),
        _ => return Err(format!("unsupported fieldPath: {path}")),
    })
}

/// A resource of a container as text; a limit that is not set is what the node has.
pub(super) fn resource(
    pod: &Pod,
    spec: &ContainerSpec,
    selector: &ResourceFieldSelector,
    host: &Host<'_>,
) -> String {
    let all = || {
        pod.spec
            .containers
            .iter()
            .chain(pod.spec.init_containers.iter().flatten())
    };
    let container = selector
        .container_name
        .as_ref()
        .and_then(|name| all().find(|container| container.name == *name))
        .unwrap_or(spec);
    let (list, name) = selector.resource.split_once('.').unwrap_or(("limits", "cpu"));
    let resources = container.resources.as_ref();
    let limits = resources.and_then(|resources| resources.limits.as_ref());
    let requests = resources.and_then(|resources| resources.requests.as_ref());
    let set =
        |map: Option<&BTreeMap<String, Quantity>>| map?.get(name).map(|quantity| amount(quantity).nanos);
    let node = || match name {
        "cpu" => i128::from(host.spec.cpu_millis) * 1_000_000,
        "memory" => i128::from(host.spec.memory_bytes) * 1_000_000_000,
        _ => 0,
    };
    let value = match list {
        "requests" => set(requests).unwrap_or(0),
        _ => set(limits).unwrap_or_else(node),
    };
    let divisor = selector
        .divisor
        .as_ref()
        .map_or(0, |divisor| amount(divisor).nanos);
    let divisor = if divisor == 0 { 1_000_000_000 } else { divisor };
    // Rounded up, as `math.Ceil` does.
    ((value + divisor - 1) / divisor).to_string()
}
