//! `EndpointSlice`

use super::writer::{Writer, or_none};
use crate::api::EndpointSlice;

/// An EndpointSlice.
pub(super) fn write(w: &mut Writer, slice: &EndpointSlice) {
    w.identity(&slice.metadata);
    w.field(0, "AddressType", &slice.spec.address_type);
    let unset = |text: Option<String>| {
        text.filter(|text| !text.is_empty())
            .unwrap_or_else(|| "<unset>".to_owned())
    };
    let ports = slice.spec.ports.as_deref().unwrap_or_default();
    if ports.is_empty() {
        w.line(0, "Ports: <unset>");
    } else {
        w.line(0, "Ports:");
        w.line(1, "Name\tPort\tProtocol");
        w.line(1, "----\t----\t--------");
        for port in ports {
            let number = unset(port.port.map(|number| number.to_string()));
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            w.line(1, format!("{}\t{number}\t{protocol}", unset(port.name.clone())));
        }
    }
    let endpoints = slice.spec.endpoints.as_deref().unwrap_or_default();
    if endpoints.is_empty() {
        return w.line(0, "Endpoints: <none>");
    }
    w.line(0, "Endpoints:");
    for endpoint in endpoints {
        w.field(1, "- Addresses", or_none(endpoint.addresses.join(", ")));
        w.line(2, "Conditions:");
        let ready = endpoint
            .conditions
            .as_ref()
            .and_then(|conditions| conditions.ready);
        w.field(3, "Ready", unset(ready.map(|ready| ready.to_string())));
        w.field(2, "Hostname", unset(endpoint.hostname.clone()));
        if let Some(target) = &endpoint.target_ref {
            let part = |text: &Option<String>| text.clone().unwrap_or_default();
            w.field(
                2,
                "TargetRef",
                format!("{}/{}", part(&target.kind), part(&target.name)),
            );
        }
        w.field(2, "NodeName", unset(endpoint.node_name.clone()));
        w.field(2, "Zone", unset(endpoint.zone.clone()));
    }
}
