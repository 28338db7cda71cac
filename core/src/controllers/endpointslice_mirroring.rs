//! EndpointSlices of Services whose Endpoints somebody writes by hand (`pkg/controller/endpointslicemirroring`).

use serde::{Deserialize, Serialize};

use super::endpointslice::selector;
use super::{Context, Controller};
use crate::api::meta::{MetaExt, controller_reference};
use crate::api::types::core::{EndpointAddress, EndpointSubset};
use crate::api::types::discovery::{
    Endpoint, EndpointConditions, EndpointPort, EndpointSlice as FullEndpointSlice,
};
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, EndpointSlice, Endpoints, Key, Kind, NoStatus, Service, StatusError, Typed};
use crate::apiserver::User;
use crate::client::{Cache, Client, DeleteOptions, Delta, QueuedItem, WorkQueue};
use crate::sim::Time;

const SERVICE_NAME: &str = "kubernetes.io/service-name";
const MANAGED_BY: (&str, &str) = (
    "endpointslice.kubernetes.io/managed-by",
    "endpointslicemirroring-controller.k8s.io",
);
/// On Endpoints that have slices of their own.
const SKIP: &str = "endpointslice.kubernetes.io/skip-mirror";

/// Copies Endpoints to EndpointSlices.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EndpointSliceMirroringController {
    user: User,
    queue: WorkQueue,
}

impl Default for EndpointSliceMirroringController {
    fn default() -> Self {
        let user = User::component("system:serviceaccount:kube-system:endpointslicemirroring-controller");
        Self {
            user,
            queue: WorkQueue::default(),
        }
    }
}

impl Controller for EndpointSliceMirroringController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        let (namespace, name) = (delta.object.namespace(), delta.object.name());
        let concerned = match &delta.object {
            AnyObject::Endpoints(endpoints) => mirrored(cache, endpoints),
            AnyObject::Service(_) => cache
                .typed::<Endpoints>(namespace, name)
                .is_some_and(|endpoints| mirrored(cache, endpoints)),
            _ => false,
        };
        if concerned {
            let key = Key::new(Kind::Endpoints, namespace, name);
            self.queue.add(key, delta.trace);
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let cache = context.cache;
        let (namespace, name) = (&item.key.namespace, &item.key.name);
        let ours = |slice: &&EndpointSlice| {
            let labels = slice.metadata.labels_or_empty();
            let is = |label: &str, value: &str| labels.get(label).is_some_and(|found| found == value);
            is(SERVICE_NAME, name) && is(MANAGED_BY.0, MANAGED_BY.1)
        };
        let known: Vec<&EndpointSlice> = cache.list_in::<EndpointSlice>(namespace).filter(ours).collect();
        let endpoints = cache
            .typed::<Endpoints>(namespace, name)
            .filter(|endpoints| mirrored(cache, endpoints));
        let served = cache.typed::<Service>(namespace, name).is_some();
        let subsets = endpoints
            .filter(|_| served)
            .and_then(|endpoints| endpoints.spec.subsets.as_deref())
            .unwrap_or_default();
        let mut known = known.into_iter();
        for subset in subsets {
            let wanted = slice(subset);
            let present = known.next();
            if present.is_some_and(|present| {
                present.spec.endpoints == wanted.endpoints && present.spec.ports == wanted.ports
            }) {
                continue;
            }
            if let Some(present) = present {
                let key = Key::new(Kind::EndpointSlice, namespace, present.name());
                Client::new(context.env, &self.user).modify(&key, None, |object| {
                    if let Some(found) = object.get_mut::<EndpointSlice>() {
                        let spec = found.spec_mut();
                        spec.endpoints = wanted.endpoints;
                        spec.ports = wanted.ports;
                    }
                })?;
            } else if let Some(endpoints) = endpoints {
                let slice = EndpointSlice::new(metadata(endpoints), wanted, NoStatus::default());
                Client::new(context.env, &self.user).create(slice.into_any())?;
            }
        }
        for surplus in known {
            let key = Key::new(Kind::EndpointSlice, namespace, surplus.name());
            match Client::new(context.env, &self.user).delete(&key, &DeleteOptions::default()) {
                Err(error) if !error.is_not_found() => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether nobody else makes slices of these: their Service selects no Pods, and they do not say no.
fn mirrored(cache: &Cache, endpoints: &Endpoints) -> bool {
    let skipped = endpoints.metadata.labels_or_empty().get(SKIP);
    let service = cache.typed::<Service>(endpoints.namespace(), endpoints.name());
    skipped.is_none_or(|skip| skip != "true") && service.is_none_or(|service| selector(service).is_none())
}

fn metadata(endpoints: &Endpoints) -> ObjectMeta {
    let mut labels = endpoints.metadata.labels.clone().unwrap_or_default();
    labels.insert(SERVICE_NAME.to_owned(), endpoints.name().to_owned());
    labels.insert(MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned());
    ObjectMeta {
        generate_name: Some(format!("{}-", endpoints.name())),
        namespace: Some(endpoints.namespace().to_owned()),
        labels: Some(labels),
        owner_references: Some(vec![controller_reference(&endpoints.clone().into_any())]),
        ..ObjectMeta::default()
    }
}

fn slice(subset: &EndpointSubset) -> FullEndpointSlice {
    let ready = subset
        .addresses
        .iter()
        .flatten()
        .map(|address| endpoint(address, true));
    let waiting = subset.not_ready_addresses.iter().flatten();
    let endpoints = ready.chain(waiting.map(|address| endpoint(address, false)));
    let ports = subset.ports.iter().flatten().map(|port| EndpointPort {
        name: Some(port.name.clone().unwrap_or_default()),
        port: Some(port.port),
        protocol: port.protocol.clone(),
        app_protocol: port.app_protocol.clone(),
    });
    let v6 = subset
        .addresses
        .iter()
        .flatten()
        .any(|address| address.ip.contains(':'));
    FullEndpointSlice {
        address_type: if v6 { "IPv6" } else { "IPv4" }.to_owned(),
        endpoints: Some(endpoints.collect()),
        ports: Some(ports.collect()),
        ..FullEndpointSlice::default()
    }
}

fn endpoint(address: &EndpointAddress, ready: bool) -> Endpoint {
    Endpoint {
        addresses: vec![address.ip.clone()],
        conditions: Some(EndpointConditions {
            ready: Some(ready),
            ..EndpointConditions::default()
        }),
        hostname: address.hostname.clone(),
        node_name: address.node_name.clone(),
        target_ref: address.target_ref.clone(),
        ..Endpoint::default()
    }
}
