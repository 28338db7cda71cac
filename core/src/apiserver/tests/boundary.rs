//! A body is a shared object or JSON: a scenario sent one way and the other leaves the same store.

use serde_json::Value;

use super::{Server, yaml};
use crate::api::{AnyObject, Kind};
use crate::apiserver::{Body, Method, collection_path, object_path};

/// What happens: a method, a path and a manifest.
fn scenario() -> Vec<(Method, String, Kind, &'static str)> {
    let post = |kind, manifest| (Method::Post, collection_path(kind, "default"), kind, manifest);
    let put = |kind, name, rest: &str, manifest| {
        let path = object_path(kind, "default", name);
        (Method::Put, format!("{path}{rest}"), kind, manifest)
    };
    vec![
        post(
            Kind::Namespace,
            "{apiVersion: v1, kind: Namespace, metadata: {name: autre, labels: {}}}",
        ),
        post(
            Kind::ConfigMap,
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, annotations: {a: ''}}, data: {a: '1'}, immutable: false}",
        ),
        post(
            Kind::Pod,
            "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: x}}, spec: {hostNetwork: false, containers: [
               {name: c, image: 'nginx:1', env: [{name: A, value: ''}], ports: [{containerPort: 80, hostPort: 0}],
                resources: {limits: {cpu: 1000m}}, volumeMounts: [{name: v, mountPath: /v, readOnly: false}]}], volumes: [{name: v}]}}",
        ),
        put(
            Kind::Pod,
            "p",
            "/status",
            "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: x}}, spec: {containers: []}, status: {phase: Running,
               conditions: [{type: Ready, status: 'True', lastProbeTime: null}], containerStatuses: [
                 {name: c, image: 'nginx:1', imageID: '', ready: true, restartCount: 0, started: false, lastState: {}, state: {running: {}}}]}}",
        ),
        post(
            Kind::Deployment,
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {replicas: 0, minReadySeconds: 0, selector: {matchLabels: {app: x}},
               template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: nginx}]}}}}",
        ),
        put(
            Kind::Deployment,
            "d",
            "",
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {replicas: 2, paused: true, selector: {matchLabels: {app: x}},
               template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: 'nginx:2', livenessProbe: {httpGet: {port: http}}}]}}}}",
        ),
        post(
            Kind::Service,
            "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: NodePort, selector: {app: x}, ports: [{port: 80, targetPort: 0}]}}",
        ),
        post(
            Kind::EndpointSlice,
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: e}, addressType: IPv4, ports: [{name: '', port: 80}],
               endpoints: [{addresses: [10.0.0.1], conditions: {ready: false}}]}",
        ),
        (
            Method::Delete,
            object_path(Kind::ConfigMap, "default", "c"),
            Kind::ConfigMap,
            "",
        ),
    ]
}

/// Runs the scenario and answers all that is stored, as JSON.
fn stored(typed: bool) -> Vec<Value> {
    let mut server = Server::new();
    for (method, path, kind, manifest) in scenario() {
        let body = if manifest.is_empty() {
            Body::Empty
        } else if typed {
            Body::Object(AnyObject::from_value(kind, yaml(manifest)).expect("it fits"))
        } else {
            Body::Json(yaml(manifest))
        };
        let response = server.send(method, path.clone(), body);
        assert!(response.status < 300, "{path}: {:?}", response.body);
    }
    server.api.store().all().map(AnyObject::to_value).collect()
}

#[test]
fn typed_and_json_bodies_store_the_same() {
    let (typed, json) = (stored(true), stored(false));
    assert!(typed.len() > 10);
    assert_eq!(typed, json);
}

#[test]
fn what_is_served_can_be_sent_back() {
    for object in stored(false) {
        let kind = Kind::from_manifest(
            object["apiVersion"].as_str().unwrap_or_default(),
            object["kind"].as_str().unwrap_or_default(),
        )
        .expect("a known kind");
        let read = AnyObject::from_value(kind, object.clone()).expect("it fits");
        assert_eq!(read.to_value(), object);
    }
}
