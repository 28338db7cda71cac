//! The metrics API (`metrics.k8s.io/v1beta1`), which a metrics server adds to the API server: what Pods and nodes use at
//! its last look. Without one, the group is not there.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::request::{Method, Request, Response, ResponseBody};
use crate::api::labels::Selector;
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Key, Kind, StatusError};
use crate::etcd::Store;
use crate::sim::{Time, calendar};
use crate::sorted::SortedMap;

/// The group.
pub(super) const GROUP: &str = "metrics.k8s.io";
/// Its version.
pub(super) const VERSION: &str = "v1beta1";

/// CPU and memory in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// CPU, in billionths of a core.
    pub cpu_nanos: u64,
    /// Memory, in bytes.
    pub memory_bytes: u64,
}

impl Usage {
    /// As quantities.
    #[must_use]
    pub fn to_value(self) -> Value {
        // The kubelet's bytes are shown in whole Ki.
        let kibibytes = self.memory_bytes / 1024;
        let cpu = match self.cpu_nanos {
            0 => "0".to_owned(),
            nanos => format!("{nanos}n"),
        };
        json!({"cpu": cpu, "memory": format!("{kibibytes}Ki")})
    }
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.cpu_nanos += other.cpu_nanos;
        self.memory_bytes += other.memory_bytes;
    }
}

/// What the metrics server saw at its last look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// When it looked.
    pub at: Time,
    /// Over how long it measured.
    pub window: Duration,
    /// Of each Pod, by namespace and name: its containers' names and usage.
    pub pods: SortedMap<(Arc<str>, Arc<str>), Vec<(String, Usage)>>,
    /// Of each node.
    pub nodes: SortedMap<String, Usage>,
}

/// Answers a request below the group's version; there is nothing without a metrics server.
pub(super) fn answer(
    metrics: Option<&Metrics>,
    store: &Store,
    request: &Request,
    segments: &[&str],
) -> Result<Response, StatusError> {
    let metrics = metrics.ok_or_else(StatusError::no_such_path)?;
    if request.method != Method::Get {
        return Err(StatusError::method_not_allowed());
    }
    let labels = request.param("labelSelector").unwrap_or_default();
    let labels = Selector::parse(labels).map_err(|error| StatusError::bad_request(error.to_string()))?;
    let pods = |namespace: Option<&str>| {
        let keys = metrics.pods.keys();
        let within = keys.filter(|(found, _)| namespace.is_none_or(|namespace| namespace == &**found));
        let items = within.filter_map(|(namespace, name)| metrics.pod(store, namespace, name, &labels));
        list("PodMetricsList", items.collect())
    };
    let body = match segments {
        [] => resources(),
        ["nodes"] => {
            let items = metrics
                .nodes
                .keys()
                .filter_map(|name| metrics.node(store, name, &labels));
            list("NodeMetricsList", items.collect())
        }
        ["nodes", name] => metrics
            .node(store, name, &labels)
            .ok_or_else(|| not_found("nodemetrics", name))?,
        ["pods"] => pods(None),
        ["namespaces", namespace, "pods"] => pods(Some(namespace)),
        ["namespaces", namespace, "pods", name] => metrics
            .pod(store, namespace, name, &labels)
            .ok_or_else(|| not_found("podmetrics", &format!("{namespace}/{name}")))?,
        _ => return Err(StatusError::no_such_path()),
    };
    Ok(Response::ok(ResponseBody::Json(body)))
}

impl Metrics {
    /// What a node uses, if it is there and has such labels.
    fn node(&self, store: &Store, name: &str, labels: &Selector) -> Option<Value> {
        let usage = self.nodes.get(name)?;
        let found = store.get(&Key::new(Kind::Node, "", name))?;
        let metadata = self.metadata(found, labels)?;
        Some(self.item("NodeMetrics", metadata, "usage", usage.to_value()))
    }

    /// What a Pod uses, if it is there and has such labels.
    fn pod(&self, store: &Store, namespace: &str, name: &str, labels: &Selector) -> Option<Value> {
        let containers = self.pods.get(&(namespace.into(), name.into()))?;
        let found = store.get(&Key::new(Kind::Pod, namespace, name))?;
        let metadata = self.metadata(found, labels)?;
        let containers: Vec<Value> = containers
            .iter()
            .map(|(name, usage)| json!({"name": name, "usage": usage.to_value()}))
            .collect();
        Some(self.item("PodMetrics", metadata, "containers", containers.into()))
    }

    fn metadata(&self, object: &AnyObject, labels: &Selector) -> Option<Value> {
        let metadata = object.metadata();
        if !labels.matches(metadata.labels_or_empty()) {
            return None;
        }
        let mut shown =
            json!({"name": object.name(), "creationTimestamp": calendar::rfc3339(self.at.timestamp())});
        if let Value::Object(map) = &mut shown {
            if !object.namespace().is_empty() {
                map.insert("namespace".to_owned(), object.namespace().into());
            }
            if let Some(labels) = &metadata.labels {
                map.insert("labels".to_owned(), json!(labels));
            }
        }
        Some(shown)
    }

    fn item(&self, kind: &str, metadata: Value, field: &str, usage: Value) -> Value {
        let mut item = json!({
            "kind": kind, "apiVersion": format!("{GROUP}/{VERSION}"), "metadata": metadata,
            "timestamp": calendar::rfc3339(self.at.timestamp()), "window": format!("{}s", self.window.as_secs()),
        });
        if let Value::Object(map) = &mut item {
            map.insert(field.to_owned(), usage);
        }
        item
    }
}

fn list(kind: &str, items: Vec<Value>) -> Value {
    json!({"kind": kind, "apiVersion": format!("{GROUP}/{VERSION}"), "metadata": {}, "items": items})
}

fn not_found(resource: &str, name: &str) -> StatusError {
    let message = format!("{resource}.{GROUP} {name:?} not found");
    StatusError::new(404, "NotFound", message)
}

fn resources() -> Value {
    let resource = |name: &str, namespaced: bool, kind: &str| json!({"name": name, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": ["get", "list"]});
    json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": format!("{GROUP}/{VERSION}"),
        "resources": [resource("nodes", false, "NodeMetrics"), resource("pods", true, "PodMetrics")],
    })
}
