//! The controllers of workloads in a whole cluster: tables of what is asked and what comes of it.

mod daemonset;
mod disruption;
mod horizontal;
mod job;
mod replicationcontroller;
mod statefulset;

use std::time::Duration;

use serde_json::{Value, json};

use super::{Cluster, Topology};
use crate::api::{AnyObject, Kind};
use crate::apiserver::{Body, ContentType, Method, Request, Response, User, collection_path, object_path};
use crate::manifest;

/// A cluster of three workers and a control plane, and what a test asks of it.
struct World(Cluster);

impl World {
    fn new() -> Self {
        let mut world = Self(Cluster::new(1, &Topology::bare()));
        world.run(2);
        world
    }

    fn run(&mut self, secs: u64) {
        self.0.run_for(Duration::from_secs(secs));
    }

    /// The answer to a request; `namespace` is the default one.
    fn send(&mut self, method: Method, path: String, body: Body) -> Response {
        let request = Request {
            content_type: ContentType::MergePatch,
            ..Request::new(method, path, User::admin()).with_body(body)
        };
        self.0.request(&request)
    }

    fn create(&mut self, yaml: &str) {
        let parsed = manifest::parse(yaml);
        for document in parsed {
            let value = document.expect("readable").value;
            let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
            let kind = Kind::from_manifest(&text("apiVersion"), &text("kind")).expect("a known kind");
            let path = collection_path(kind, "default");
            let request = Request::new(Method::Post, path, User::admin()).with_body(Body::Json(value));
            let response = self.0.request(&request);
            assert_eq!(response.status, 201, "{response:?}");
        }
    }

    fn patch(&mut self, kind: Kind, name: &str, value: Value) {
        let path = path_of(kind, name);
        let response = self.send(Method::Patch, path, Body::Json(value));
        assert_eq!(response.status, 200, "{response:?}");
    }

    fn delete(&mut self, kind: Kind, name: &str, options: Value) {
        let response = self.send(Method::Delete, path_of(kind, name), Body::Json(options));
        assert_eq!(response.status, 200, "{response:?}");
    }

    fn get(&mut self, kind: Kind, name: &str) -> Value {
        let response = self.send(Method::Get, path_of(kind, name), Body::Empty);
        response.to_value().unwrap_or_default()
    }

    fn list(&self, kind: Kind) -> Vec<Value> {
        let listed = self.0.store().list_in(kind, "default");
        listed.map(AnyObject::to_value).collect()
    }

    fn names(&self, kind: Kind) -> Vec<String> {
        let listed = self.0.store().list_in(kind, "default");
        listed.map(|object| object.name().to_owned()).collect()
    }

    /// Of each Pod its name and this field.
    fn pods(&self, pointer: &str) -> Vec<(String, String)> {
        let field = |pod: &Value, pointer: &str| match pod.pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            other => other.cloned().unwrap_or_default().to_string(),
        };
        self.list(Kind::Pod)
            .iter()
            .map(|pod| (field(pod, "/metadata/name"), field(pod, pointer)))
            .collect()
    }

    /// The messages of the events about an object, oldest first.
    fn events(&self, reason: &str) -> Vec<String> {
        let mut events = self.list(Kind::Event);
        crate::sort::sort_by_key(&mut events, |event| {
            let name = event["metadata"]["name"].as_str().unwrap_or_default();
            name.rsplit('.').next().map(str::to_owned)
        });
        let of_reason = events.iter().filter(|event| event["reason"] == reason);
        of_reason
            .map(|event| event["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

fn path_of(kind: Kind, name: &str) -> String {
    let namespace = if kind.namespaced() { "default" } else { "" };
    object_path(kind, namespace, name)
}

fn image(image: &str) -> Value {
    json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}})
}
