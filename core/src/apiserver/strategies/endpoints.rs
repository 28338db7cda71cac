//! `Endpoints`: its rules (`pkg/apis/core/validation.ValidateEndpoints`).

use std::net::IpAddr;
use std::sync::Arc;

use super::pod::defaults::text;
use super::pod::validation::{ip, one_of};
use crate::api::types::core::{EndpointAddress, EndpointPort, EndpointSubset};
use crate::api::{AnyObject, Cause, Endpoints};
use crate::apiserver::printing::age_of;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};
use crate::sim::Time;

/// The rules of `Endpoints`.
pub(crate) struct EndpointsStrategy;

/// How many addresses a row names.
const NAMED: usize = 3;

impl Strategy for EndpointsStrategy {
    fn default(&self, object: &mut AnyObject) {
        let Some(endpoints) = object.get_mut::<Endpoints>() else {
            return;
        };
        let ports =
            |subset: &EndpointSubset| subset.ports.iter().flatten().all(|port| port.protocol.is_some());
        if endpoints.spec.subsets.iter().flatten().all(ports) {
            return;
        }
        for subset in endpoints.spec_mut().subsets.iter_mut().flatten() {
            for port in subset.ports.iter_mut().flatten() {
                text(&mut port.protocol, "TCP");
            }
        }
    }

    fn has_generation(&self) -> bool {
        false
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(endpoints) = object.get::<Endpoints>() {
            let path = Path::new("subsets");
            for (index, found) in endpoints.spec.subsets.iter().flatten().enumerate() {
                subset(&mut causes, found, path.index(index));
            }
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        match (object.get::<Endpoints>(), old.get::<Endpoints>()) {
            (Some(new), Some(old)) if !Arc::ptr_eq(&new.spec, &old.spec) => self.validate(object),
            _ => Vec::new(),
        }
    }

    fn columns(&self) -> &'static [Column] {
        const { &[Column::new("Name"), Column::new("Endpoints"), Column::new("Age")] }
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(endpoints) = object.get::<Endpoints>() else {
            return Vec::new();
        };
        vec![
            endpoints.name().to_owned(),
            listed(endpoints.spec.subsets.as_deref().unwrap_or_default()),
            age_of(&endpoints.metadata, now),
        ]
    }
}

/// The first addresses, and how many more there are (`formatEndpoints`).
fn listed(subsets: &[EndpointSubset]) -> String {
    let (mut shown, mut count) = (Vec::new(), 0);
    for subset in subsets {
        let addresses = subset.addresses.as_deref().unwrap_or_default();
        let ports = subset.ports.as_deref().unwrap_or_default();
        count += addresses.len() * ports.len().max(1);
        if ports.is_empty() {
            let free = NAMED - shown.len();
            shown.extend(addresses.iter().take(free).map(|address| address.ip.clone()));
        }
        for port in ports {
            let free = NAMED - shown.len();
            let texts = addresses
                .iter()
                .map(|address| format!("{}:{}", address.ip, port.port));
            shown.extend(texts.take(free));
        }
    }
    match (shown.as_slice(), count.saturating_sub(NAMED)) {
        ([], _) => "<none>".to_owned(),
        (shown, 0) => shown.join(","),
        (shown, more) => format!("{} + {more} more...", shown.join(",")),
    }
}

fn subset(causes: &mut Vec<Cause>, subset: &EndpointSubset, path: Path<'_>) {
    let lists = [
        ("addresses", subset.addresses.as_deref().unwrap_or_default()),
        (
            "notReadyAddresses",
            subset.not_ready_addresses.as_deref().unwrap_or_default(),
        ),
    ];
    if lists.iter().all(|(_, list)| list.is_empty()) {
        causes.push(field::required(
            path,
            "must specify `addresses` or `notReadyAddresses`",
        ));
    }
    for (name, list) in lists {
        let path = path.child(name);
        for (index, found) in list.iter().enumerate() {
            address(causes, found, path.index(index));
        }
    }
    let ports = subset.ports.as_deref().unwrap_or_default();
    let at = path.child("ports");
    for (index, found) in ports.iter().enumerate() {
        port(causes, found, ports.len() > 1, at.index(index));
    }
}

fn address(causes: &mut Vec<Cause>, address: &EndpointAddress, path: Path<'_>) {
    let at = path.child("ip");
    ip(causes, &address.ip, at);
    let Ok(parsed) = address.ip.parse::<IpAddr>() else {
        return;
    };
    let (link_local, link_local_multicast) = match parsed {
        IpAddr::V4(v4) => (v4.is_link_local(), v4.octets().starts_with(&[224, 0, 0])),
        IpAddr::V6(v6) => (
            v6.is_unicast_link_local(),
            v6.segments()
                .first()
                .is_some_and(|first| first & 0xff0f == 0xff02),
        ),
    };
    for (wrong, detail) in [
        (parsed.is_unspecified(), "may not be unspecified (0.0.0.0 or ::)"),
        (
            parsed.is_loopback(),
            "may not be in the loopback range (127.0.0.0/8, ::1/128)",
        ),
        (
            link_local,
            "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
        ),
        (
            link_local_multicast,
            "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
        ),
    ] {
        if wrong {
            causes.push(field::invalid(at, address.ip.as_str(), detail));
        }
    }
}

fn port(causes: &mut Vec<Cause>, port: &EndpointPort, named: bool, path: Path<'_>) {
    let name = port.name.as_deref().unwrap_or_default();
    if name.is_empty() && named {
        causes.push(field::required(path.child("name"), ""));
    } else if !name.is_empty() {
        field::invalid_each(causes, path.child("name"), name, &names::dns1123_label(name));
    }
    for detail in names::port_number(port.port) {
        causes.push(field::invalid(path.child("port"), port.port, &detail));
    }
    let protocols = ["SCTP", "TCP", "UDP"];
    one_of(
        causes,
        port.protocol.as_deref(),
        &protocols,
        path.child("protocol"),
    );
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn subsets(value: Value) -> Vec<EndpointSubset> {
        serde_json::from_value(value).expect("subsets")
    }

    #[test]
    fn a_row_names_three_addresses() {
        let ips = |count: u8| {
            (1..=count)
                .map(|n| json!({"ip": format!("10.0.0.{n}")}))
                .collect::<Vec<_>>()
        };
        for (value, expected) in [
            (json!([]), "<none>"),
            (
                json!([{"notReadyAddresses": ips(1), "ports": [{"port": 80}]}]),
                "<none>",
            ),
            (
                json!([{"addresses": ips(1), "ports": [{"port": 80}]}]),
                "10.0.0.1:80",
            ),
            (
                json!([{"addresses": ips(2), "ports": [{"port": 80}, {"port": 443}]}]),
                "10.0.0.1:80,10.0.0.2:80,10.0.0.1:443 + 1 more...",
            ),
            (json!([{"addresses": ips(2)}]), "10.0.0.1,10.0.0.2"),
        ] {
            assert_eq!(listed(&subsets(value)), expected);
        }
    }

    #[test]
    fn addresses_are_checked() {
        for (value, expected) in [
            (json!({"addresses": [{"ip": "10.0.0.1"}]}), ""),
            (
                json!({}),
                "subsets: Required value: must specify `addresses` or `notReadyAddresses`",
            ),
            (
                json!({"addresses": [{"ip": "127.0.0.1"}]}),
                "subsets.addresses[0].ip: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)",
            ),
            (
                json!({"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 0, "protocol": "TCP"}]}),
                "subsets.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
            ),
        ] {
            let mut causes = Vec::new();
            for found in subsets(json!([value])) {
                subset(&mut causes, &found, Path::new("subsets"));
            }
            let said: Vec<String> = causes.iter().map(ToString::to_string).collect();
            assert_eq!(said.join("; "), expected);
        }
    }
}
