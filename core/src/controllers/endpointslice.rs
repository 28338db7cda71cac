//! EndpointSlices: which Pods a Service reaches, and whether they are ready (`pkg/controller/endpointslice`).

use serde::{Deserialize, Serialize};

use super::endpoints::hostname;
use super::pod_control::is_ready;
use super::{Context, Controller};
use crate::api::labels::contains_all;
use crate::api::meta::{MetaExt, controller_reference};
use crate::api::types::IntOrString;
use crate::api::types::core::{ObjectReference, ServicePort};
use crate::api::types::discovery::{
    Endpoint, EndpointConditions, EndpointPort, EndpointSlice as FullEndpointSlice,
};
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, EndpointSlice, Key, Kind, NoStatus, Pod, Service, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, DeleteOptions, Delta, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;

/// Endpoints in one slice at most (`--max-endpoints-per-slice`).
const MAX_ENDPOINTS: usize = 100;
const SERVICE_NAME: &str = "kubernetes.io/service-name";
const MANAGED_BY: (&str, &str) = (
    "endpointslice.kubernetes.io/managed-by",
    "endpointslice-controller.k8s.io",
);
const HEADLESS: &str = "service.kubernetes.io/headless";

/// Keeps the slices of each Service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EndpointSliceController {
    user: User,
    queue: WorkQueue,
}

impl Default for EndpointSliceController {
    fn default() -> Self {
        let user = User::component("system:serviceaccount:kube-system:endpointslice-controller");
        Self {
            user,
            queue: WorkQueue::default(),
        }
    }
}

impl Controller for EndpointSliceController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        match &delta.object {
            AnyObject::Service(_) => self.queue.add(delta.object.key(), delta.trace),
            AnyObject::EndpointSlice(slice) => {
                if let Some(service) = slice.metadata.labels_or_empty().get(SERVICE_NAME) {
                    self.queue
                        .add(Key::new(Kind::Service, slice.namespace(), service), delta.trace);
                }
            }
            AnyObject::Pod(pod) => {
                for service in concerned(cache, delta, pod) {
                    self.queue.add(service, delta.trace);
                }
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let cache = context.cache;
        let (namespace, name) = (&item.key.namespace, &item.key.name);
        let Some(service) = cache.typed::<Service>(namespace, name) else {
            return Ok(());
        };
        if service.metadata.is_deleting() || selector(service).is_none() {
            return Ok(());
        }
        let known: Vec<EndpointSlice> = cache
            .list_in::<EndpointSlice>(namespace)
            .filter(|slice| {
                let labels = slice.metadata.labels_or_empty();
                labels
                    .get(SERVICE_NAME)
                    .is_some_and(|service| **service == **name)
                    && labels
                        .get(MANAGED_BY.0)
                        .is_some_and(|value| value == MANAGED_BY.1)
                    && !slice.metadata.is_deleting()
            })
            .cloned()
            .collect();
        let wanted = wanted_slices(cache, service);
        self.write(context, service, known, wanted)
    }
}

/// The Services that a change of a Pod concerns (`endpointslice.GetPodServiceMemberships`, before the change and after it).
pub(super) fn concerned(cache: &Cache, delta: &Delta, pod: &Pod) -> Vec<Key> {
    let before = delta.previous.as_ref().and_then(AnyObject::get::<Pod>);
    let gone = delta.change == ChangeType::Deleted;
    if !gone && before.is_some_and(|before| same_for_endpoints(before, pod)) {
        return Vec::new();
    }
    let services = cache.list_in::<Service>(pod.namespace());
    let services =
        services.filter(|service| before.into_iter().chain([pod]).any(|pod| selects(service, pod)));
    services
        .map(|service| Key::new(Kind::Service, service.namespace(), service.name()))
        .collect()
}

impl EndpointSliceController {
    fn write(
        &self,
        context: &mut Context<'_, '_>,
        service: &Service,
        known: Vec<EndpointSlice>,
        wanted: Vec<FullEndpointSlice>,
    ) -> Result<(), StatusError> {
        let mut known = known.into_iter();
        for slice in wanted {
            match known.next() {
                Some(present) => {
                    if present.spec.endpoints == slice.endpoints && present.spec.ports == slice.ports {
                        continue;
                    }
                    let key = Key::new(Kind::EndpointSlice, present.namespace(), present.name());
                    Client::new(context.env, &self.user).modify(&key, None, |object| {
                        if let Some(found) = object.get_mut::<EndpointSlice>() {
                            let spec = found.spec_mut();
                            spec.endpoints = slice.endpoints;
                            spec.ports = slice.ports;
                        }
                    })?;
                }
                None => self.create(context, service, slice)?,
            }
        }
        for surplus in known {
            let key = Key::new(Kind::EndpointSlice, surplus.namespace(), surplus.name());
            match Client::new(context.env, &self.user).delete(&key, &DeleteOptions::default()) {
                Err(error) if !error.is_not_found() => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn create(
        &self,
        context: &mut Context<'_, '_>,
        service: &Service,
        slice: FullEndpointSlice,
    ) -> Result<(), StatusError> {
        let mut labels = service.metadata.labels.clone().unwrap_or_default();
        labels.insert(SERVICE_NAME.to_owned(), service.name().to_owned());
        labels.insert(MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned());
        if service.spec.cluster_ip.as_deref() == Some("None") {
            labels.insert(HEADLESS.to_owned(), String::new());
        }
        let metadata = ObjectMeta {
            generate_name: Some(format!("{}-", service.name())),
            namespace: Some(service.namespace().to_owned()),
            labels: Some(labels),
            owner_references: Some(vec![controller_reference(&AnyObject::Service(service.clone()))]),
            ..ObjectMeta::default()
        };
        let object = AnyObject::EndpointSlice(EndpointSlice::new(metadata, slice, NoStatus {}));
        Client::new(context.env, &self.user).create(object).map(|_| ())
    }
}

/// The Pods that a Service asks for, if it does.
pub(super) fn selector(service: &Service) -> Option<&std::collections::BTreeMap<String, String>> {
    service
        .spec
        .selector
        .as_ref()
        .filter(|selector| !selector.is_empty())
}

/// Whether a Service asks for a Pod.
pub(super) fn selects(service: &Service, pod: &Pod) -> bool {
    selector(service).is_some_and(|selector| contains_all(selector, pod.metadata.labels_or_empty()))
}

/// Whether nothing changed that an endpoint shows.
fn same_for_endpoints(before: &Pod, after: &Pod) -> bool {
    before.status.pod_ip == after.status.pod_ip
        && before.status.phase == after.status.phase
        && is_ready(before) == is_ready(after)
        && before.metadata.labels == after.metadata.labels
        && before.metadata.is_deleting() == after.metadata.is_deleting()
        && before.spec.node_name == after.spec.node_name
}

fn wanted_slices(cache: &Cache, service: &Service) -> Vec<FullEndpointSlice> {
    let reachable = |pod: &&Pod| {
        pod.status.pod_ip.is_some() && !matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"))
    };
    let pods: Vec<&Pod> = cache
        .list_in::<Pod>(service.namespace())
        .filter(|pod| selects(service, pod))
        .filter(reachable)
        .collect();
    let first = pods.first().copied();
    let ports: Vec<EndpointPort> = service
        .spec
        .ports
        .iter()
        .flatten()
        .filter_map(|port| endpoint_port(port, first))
        .collect();
    let publish = service.spec.publish_not_ready_addresses == Some(true);
    let endpoints: Vec<Endpoint> = pods.iter().map(|pod| endpoint(service, pod, publish)).collect();
    let chunks: Vec<&[Endpoint]> = if endpoints.is_empty() {
        vec![&[]]
    } else {
        endpoints.chunks(MAX_ENDPOINTS).collect()
    };
    chunks
        .into_iter()
        .map(|chunk| FullEndpointSlice {
            address_type: "IPv4".to_owned(),
            endpoints: Some(chunk.to_vec()).filter(|endpoints| !endpoints.is_empty()),
            ports: (!ports.is_empty() && !chunk.is_empty()).then(|| ports.clone()),
            ..FullEndpointSlice::default()
        })
        .collect()
}

/// The port as a Pod serves it; `None` for a name that the Pod does not have.
pub(super) fn endpoint_port(port: &ServicePort, pod: Option<&Pod>) -> Option<EndpointPort> {
    let number = match port.target_port.as_ref() {
        Some(IntOrString::Int(number)) if *number != 0 => *number,
        Some(IntOrString::String(name)) => {
            let containers = pod.into_iter().flat_map(|pod| &pod.spec.containers);
            let mut named = containers.flat_map(|container| container.ports.iter().flatten());
            named
                .find(|port| port.name.as_ref() == Some(name))?
                .container_port
        }
        _ => port.port,
    };
    Some(EndpointPort {
        name: Some(port.name.clone().unwrap_or_default()),
        port: Some(number),
        protocol: Some(port.protocol.clone().unwrap_or_else(|| "TCP".to_owned())),
        app_protocol: port.app_protocol.clone(),
    })
}

fn endpoint(service: &Service, pod: &Pod, publish_not_ready: bool) -> Endpoint {
    let (serving, terminating) = (publish_not_ready || is_ready(pod), pod.metadata.is_deleting());
    Endpoint {
        addresses: pod.status.pod_ip.iter().cloned().collect(),
        conditions: Some(EndpointConditions {
            ready: Some(serving && (publish_not_ready || !terminating)),
            serving: Some(serving),
            terminating: Some(terminating),
        }),
        hostname: hostname(service, pod),
        node_name: pod.spec.node_name.clone(),
        target_ref: Some(ObjectReference {
            kind: Some("Pod".to_owned()),
            name: Some(pod.name().to_owned()),
            namespace: Some(pod.namespace().to_owned()),
            uid: Some(pod.uid().to_owned()),
            ..ObjectReference::default()
        }),
        ..Endpoint::default()
    }
}
