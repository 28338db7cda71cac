//! `Service`: cluster IPs and node ports.

use std::net::Ipv4Addr;

use crate::api::{AnyObject, Kind, Service, StatusError};
use crate::apiserver::strategy::{Strategy, Surroundings};
use crate::etcd::Store;
use crate::sim::Rng;

/// The first and the last address that are given to Services: 10.96.0.0/12 without its ends.
const FIRST_CLUSTER_IP: u32 = u32::from_be_bytes([10, 96, 0, 10]);
const LAST_CLUSTER_IP: u32 = u32::from_be_bytes([10, 111, 255, 254]);

/// The rules of `Service`.
pub struct ServiceStrategy;

impl Strategy for ServiceStrategy {
    fn default(&self, object: &mut AnyObject) {
        let Some(service) = object.get_mut::<Service>() else {
            return;
        };
        let spec = service.spec_mut();
        spec.session_affinity.get_or_insert_with(|| "None".to_owned());
        spec.type_.get_or_insert_with(|| "ClusterIP".to_owned());
        spec.internal_traffic_policy
            .get_or_insert_with(|| "Cluster".to_owned());
        for port in spec.ports.iter_mut().flatten() {
            port.protocol.get_or_insert_with(|| "TCP".to_owned());
            let number = port.port;
            port.target_port
                .get_or_insert(crate::api::types::IntOrString::Int(number));
        }
    }

    fn prepare_for_create(
        &self,
        object: &mut AnyObject,
        around: Surroundings<'_>,
    ) -> Result<(), StatusError> {
        object.reset_status();
        let Some(service) = object.get_mut::<Service>() else {
            return Ok(());
        };
        let key = format!("{}/{}", service.namespace(), service.name());
        let spec = service.spec_mut();
        if spec.cluster_ip.as_deref().unwrap_or_default().is_empty() {
            spec.cluster_ip = Some(free_cluster_ip(around.store, around.rng, &key));
        }
        spec.cluster_ips = spec.cluster_ip.clone().map(|ip| vec![ip]);
        spec.ip_families.get_or_insert_with(|| vec!["IPv4".to_owned()]);
        spec.ip_family_policy
            .get_or_insert_with(|| "SingleStack".to_owned());
        Ok(())
    }

    fn has_generation(&self) -> bool {
        false
    }
}

/// An address that no Service has, found from a place that depends on the Service.
fn free_cluster_ip(store: &Store, rng: Rng, key: &str) -> String {
    let taken: Vec<String> = store
        .list(Kind::Service)
        .filter_map(|object| object.get::<Service>()?.spec.cluster_ip.clone())
        .collect();
    let span = u64::from(LAST_CLUSTER_IP - FIRST_CLUSTER_IP);
    (0..=span)
        .map(|n| {
            let offset = (rng.draw("cluster-ip", key, 0) % span + n) % span;
            Ipv4Addr::from(FIRST_CLUSTER_IP + u32::try_from(offset).unwrap_or_default()).to_string()
        })
        .find(|address| !taken.contains(address))
        .unwrap_or_default()
}
