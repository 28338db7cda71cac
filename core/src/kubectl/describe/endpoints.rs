//! `Endpoints`

use super::writer::{Writer, or_none};
use crate::api::Endpoints;
use crate::api::types::core::EndpointAddress;

/// Endpoints.
pub(super) fn write(w: &mut Writer, endpoints: &Endpoints) {
    w.identity(&endpoints.metadata);
    w.line(0, "Subsets:");
    for subset in endpoints.spec.subsets.iter().flatten() {
        let joined = |list: &Option<Vec<EndpointAddress>>| {
            let texts: Vec<&str> = list.iter().flatten().map(|address| address.ip.as_str()).collect();
            or_none(texts.join(","))
        };
        w.field(1, "Addresses", joined(&subset.addresses));
        w.field(1, "NotReadyAddresses", joined(&subset.not_ready_addresses));
        let ports = subset.ports.as_deref().unwrap_or_default();
        if !ports.is_empty() {
            w.line(1, "Ports:");
            w.line(2, "Name\tPort\tProtocol");
            w.line(2, "----\t----\t--------");
        }
        for port in ports {
            let name = port
                .name
                .as_deref()
                .filter(|name| !name.is_empty())
                .unwrap_or("<unset>");
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            w.line(2, format!("{name}\t{}\t{protocol}", port.port));
        }
        w.line(0, "");
    }
}
