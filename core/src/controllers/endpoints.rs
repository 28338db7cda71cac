//! Endpoints: the older, deprecated list of what a Service reaches, still written for those who read it
//! (`pkg/controller/endpoint`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::endpointslice::{concerned, endpoint_port, selector, selects};
use super::pod_control::is_ready;
use super::{Context, Controller};
use crate::api::meta::{MetaExt, meta_time};
use crate::api::types::core::{
    EndpointAddress, EndpointPort, EndpointSubset, Endpoints as FullEndpoints, ObjectReference,
};
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, Endpoints, Key, Kind, NoStatus, Pod, Service, StatusError, Typed};
use crate::apiserver::User;
use crate::client::{Cache, Client, DeleteOptions, Delta, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;
use crate::sort::{sort_by, sort_by_key};

/// More addresses than that are not listed (`maxCapacity`).
const MAX_ADDRESSES: usize = 1_000;
const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";
const TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";
const MANAGED_BY: (&str, &str) = ("endpoints.kubernetes.io/managed-by", "endpoint-controller");
const HEADLESS: &str = "service.kubernetes.io/headless";

/// Keeps the Endpoints of each Service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EndpointsController {
    user: User,
    queue: WorkQueue,
}

impl Default for EndpointsController {
    fn default() -> Self {
        let user = User::component("system:serviceaccount:kube-system:endpoint-controller");
        Self {
            user,
            queue: WorkQueue::default(),
        }
    }
}

impl Controller for EndpointsController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        match &delta.object {
            AnyObject::Service(_) => self.queue.add(delta.object.key(), delta.trace),
            AnyObject::Endpoints(endpoints) if delta.change == ChangeType::Deleted => {
                let key = Key::new(Kind::Service, endpoints.namespace(), endpoints.name());
                self.queue.add(key, delta.trace);
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
        let (namespace, name) = (&item.key.namespace, &item.key.name);
        let key = Key::new(Kind::Endpoints, namespace, name);
        let Some(service) = context.cache.typed::<Service>(namespace, name) else {
            return match Client::new(context.env, &self.user).delete(&key, &DeleteOptions::default()) {
                Err(error) if !error.is_not_found() => Err(error),
                _ => Ok(()),
            };
        };
        if service.metadata.is_deleting() || selector(service).is_none() {
            return Ok(());
        }
        let (subsets, truncated) = subsets(context.cache, service);
        let labels = labels(service);
        let known = context.cache.typed::<Endpoints>(namespace, name);
        if known.is_some_and(|known| {
            known.spec.subsets == subsets && known.metadata.labels.as_ref() == Some(&labels)
        }) {
            return Ok(());
        }
        let now = meta_time(context.env.sim.now);
        let annotate = |metadata: &mut ObjectMeta| {
            let time = now.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            metadata.set_annotation(TRIGGER_TIME, time);
            if truncated {
                metadata.set_annotation(OVER_CAPACITY, "truncated");
            } else if let Some(annotations) = &mut metadata.annotations {
                annotations.remove(OVER_CAPACITY);
            }
        };
        if known.is_some() {
            let written = Client::new(context.env, &self.user).modify(&key, None, |object| {
                if let Some(endpoints) = object.get_mut::<Endpoints>() {
                    endpoints.spec_mut().subsets = subsets;
                    endpoints.metadata_mut().labels = Some(labels);
                    annotate(endpoints.metadata_mut());
                }
            });
            return match written {
                Err(error) if !error.is_not_found() => Err(error),
                _ => Ok(()),
            };
        }
        let mut metadata = ObjectMeta {
            name: Some(service.name().to_owned()),
            namespace: Some(service.namespace().to_owned()),
            labels: Some(labels),
            ..ObjectMeta::default()
        };
        annotate(&mut metadata);
        let full = FullEndpoints {
            subsets,
            ..FullEndpoints::default()
        };
        let endpoints = Endpoints::new(metadata, full, NoStatus::default());
        match Client::new(context.env, &self.user).create(endpoints.into_any()) {
            Err(error) if !error.is_already_exists() => Err(error),
            _ => Ok(()),
        }
    }
}

fn labels(service: &Service) -> BTreeMap<String, String> {
    let mut labels = service.metadata.labels.clone().unwrap_or_default();
    labels.insert(MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned());
    if service.spec.cluster_ip.as_deref() == Some("None") {
        labels.insert(HEADLESS.to_owned(), String::new());
    }
    labels
}

type Ports = Vec<(String, i32, String, Option<String>)>;

/// The addresses by what they serve, and whether some are left out.
fn subsets(cache: &Cache, service: &Service) -> (Option<Vec<EndpointSubset>>, bool) {
    let tolerant = service.spec.publish_not_ready_addresses == Some(true);
    let listed = |pod: &&Pod| {
        pod.status.pod_ip.is_some()
            && !matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"))
            && (tolerant || !pod.metadata.is_deleting())
    };
    let mut pods: Vec<&Pod> = cache
        .list_in::<Pod>(service.namespace())
        .filter(|pod| selects(service, pod))
        .filter(listed)
        .collect();
    let truncated = pods.len() > MAX_ADDRESSES;
    if truncated {
        sort_by_key(&mut pods, |pod| !is_ready(pod));
        pods.truncate(MAX_ADDRESSES);
    }
    sort_by(&mut pods, |a, b| a.status.pod_ip.cmp(&b.status.pod_ip));
    let mut groups: BTreeMap<Ports, [Vec<EndpointAddress>; 2]> = BTreeMap::new();
    for pod in pods {
        let ports = service
            .spec
            .ports
            .iter()
            .flatten()
            .filter_map(|port| endpoint_port(port, Some(pod)));
        let ports: Ports = ports
            .map(|port| {
                let text = |text: Option<String>| text.unwrap_or_default();
                let number = port.port.unwrap_or(0);
                (text(port.name), number, text(port.protocol), port.app_protocol)
            })
            .collect();
        let [ready, not_ready] = groups.entry(ports).or_default();
        let list = if tolerant || is_ready(pod) {
            ready
        } else {
            not_ready
        };
        list.push(address(service, pod));
    }
    let filled = |list: Vec<EndpointAddress>| Some(list).filter(|list| !list.is_empty());
    let subsets: Vec<EndpointSubset> = groups
        .into_iter()
        .map(|(ports, [ready, not_ready])| {
            let ports = ports
                .into_iter()
                .map(|(name, port, protocol, app_protocol)| EndpointPort {
                    name: Some(name).filter(|name| !name.is_empty()),
                    port,
                    protocol: Some(protocol),
                    app_protocol,
                });
            EndpointSubset {
                addresses: filled(ready),
                not_ready_addresses: filled(not_ready),
                ports: Some(ports.collect()),
            }
        })
        .collect();
    (Some(subsets).filter(|subsets| !subsets.is_empty()), truncated)
}

fn address(service: &Service, pod: &Pod) -> EndpointAddress {
    EndpointAddress {
        ip: pod.status.pod_ip.clone().unwrap_or_default(),
        hostname: hostname(service, pod),
        node_name: pod.spec.node_name.clone(),
        target_ref: Some(ObjectReference {
            kind: Some("Pod".to_owned()),
            name: Some(pod.name().to_owned()),
            namespace: Some(pod.namespace().to_owned()),
            uid: Some(pod.uid().to_owned()),
            ..ObjectReference::default()
        }),
    }
}

/// The name that a Pod has below its headless Service.
pub(super) fn hostname(service: &Service, pod: &Pod) -> Option<String> {
    let below = pod.spec.subdomain.as_deref() == Some(service.name());
    pod.spec
        .hostname
        .clone()
        .filter(|hostname| below && !hostname.is_empty())
}
