//! `EndpointSlice`: its rules (`pkg/apis/discovery`).

use super::pod::defaults;
use crate::api::types::discovery::{Endpoint, EndpointPort};
use crate::api::{AnyObject, EndpointSlice};
use crate::apiserver::printing::age_of;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
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
