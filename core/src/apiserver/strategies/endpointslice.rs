//! `EndpointSlice`: its rules (`pkg/apis/discovery`).

use std::sync::Arc;

use super::pod::defaults;
use super::pod::validation::{ip, one_of};
use crate::api::types::discovery::{Endpoint, EndpointPort};
use crate::api::{AnyObject, Cause, EndpointSlice};
use crate::apiserver::printing::age_of;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};
use crate::sim::Time;

/// The rules of `EndpointSlice`.
pub(crate) struct EndpointSliceStrategy;

/// How many ports and addresses a row names.
const NAMED: usize = 3;

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("AddressType"),
    Column::new("Ports"),
    Column::new("Endpoints"),
    Column::new("Age"),
];

impl Strategy for EndpointSliceStrategy {
    fn default(&self, object: &mut AnyObject) {
        let Some(slice) = object.get_mut::<EndpointSlice>() else {
            return;
        };
        let complete = |port: &EndpointPort| port.name.is_some() && port.protocol.is_some();
        if slice.spec.ports.iter().flatten().all(complete) {
            return;
        }
        for port in slice.spec_mut().ports.iter_mut().flatten() {
            port.name.get_or_insert_default();
            defaults::text(&mut port.protocol, "TCP");
        }
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(slice) = object.get::<EndpointSlice>() {
            validate(&mut causes, slice);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(new), Some(old)) = (object.get::<EndpointSlice>(), old.get::<EndpointSlice>()) else {
            return causes;
        };
        if Arc::ptr_eq(&new.spec, &old.spec) {
            return causes;
        }
        if new.spec.address_type != old.spec.address_type {
            let type_ = new.spec.address_type.as_str();
            causes.push(field::invalid("addressType", type_, field::IMMUTABLE));
        }
        validate(&mut causes, new);
        causes
    }

    /// Its labels say whose endpoints they are, so they count too.
    fn is_new_generation(&self, object: &AnyObject, old: &AnyObject) -> bool {
        !object.same_spec(old) || object.metadata().labels != old.metadata().labels
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(slice) = object.get::<EndpointSlice>() else {
            return Vec::new();
        };
        let ports = slice.spec.ports.iter().flatten().map(port_text).collect();
        let addresses = |endpoint: &Endpoint| endpoint.addresses.clone();
        let addresses = slice
            .spec
            .endpoints
            .iter()
            .flatten()
            .flat_map(addresses)
            .collect();
        vec![
            slice.name().to_owned(),
            slice.spec.address_type.clone(),
            shortened(ports),
            shortened(addresses),
            age_of(&slice.metadata, now),
        ]
    }
}

fn port_text(port: &EndpointPort) -> String {
    match (port.port, &port.name) {
        (Some(number), _) => number.to_string(),
        (None, Some(name)) => name.clone(),
        (None, None) => "*".to_owned(),
    }
}

/// The first few, and how many more there are (`listWithMoreString`).
fn shortened(mut texts: Vec<String>) -> String {
    let more = texts.len().saturating_sub(NAMED);
    texts.truncate(NAMED);
    match (texts.is_empty(), more) {
        (true, _) => "<unset>".to_owned(),
        (false, 0) => texts.join(","),
        (false, more) => format!("{} + {more} more...", texts.join(",")),
    }
}

const MAX_ENDPOINTS: usize = 1_000;
const MAX_ADDRESSES: usize = 100;

fn validate(causes: &mut Vec<Cause>, slice: &EndpointSlice) {
    let type_ = slice.spec.address_type.as_str();
    let supported = ["FQDN", "IPv4", "IPv6"];
    one_of(causes, Some(type_), &supported, Path::new("addressType"));
    let endpoints = slice.spec.endpoints.as_deref().unwrap_or_default();
    let path = Path::new("endpoints");
    if endpoints.len() > MAX_ENDPOINTS {
        causes.push(field::too_many(path, endpoints.len(), MAX_ENDPOINTS));
    }
    for (index, endpoint) in endpoints.iter().enumerate() {
        let at = path.index(index);
        let at = at.child("addresses");
        if endpoint.addresses.is_empty() {
            causes.push(field::required(at, "must contain at least 1 address"));
        } else if endpoint.addresses.len() > MAX_ADDRESSES {
            causes.push(field::too_many(at, endpoint.addresses.len(), MAX_ADDRESSES));
        }
        for (index, address) in endpoint.addresses.iter().enumerate() {
            if type_ == "FQDN" {
                let wrong = names::dns1123_subdomain(address);
                field::invalid_each(causes, at.index(index), address, &wrong);
            } else {
                ip(causes, address, at.index(index));
            }
        }
    }
    let ports = slice.spec.ports.as_deref().unwrap_or_default();
    let path = Path::new("ports");
    for (index, port) in ports.iter().enumerate() {
        let at = path.index(index);
        let name = port.name.as_deref().unwrap_or_default();
        if !name.is_empty() {
            field::invalid_each(causes, at.child("name"), name, &names::dns1123_label(name));
        }
        if ports.iter().take(index).any(|before| before.name == port.name) {
            causes.push(field::duplicate(at.child("name"), name));
        }
        let protocol = port.protocol.as_deref();
        one_of(causes, protocol, &["SCTP", "TCP", "UDP"], at.child("protocol"));
    }
}
