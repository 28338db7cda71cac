//! What may change, what is put back, and what counts as a new generation.

use std::sync::Arc;

use serde_json::json;

use super::{Server, refusal};
use crate::api::{AnyObject, Kind};
use crate::apiserver::{Body, Method, ResponseBody, object_path};

const POD: &str =
    "{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {containers: [{name: c, image: 'nginx:1'}]}}";
const DEPLOYMENT: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: x}, spec: {selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: nginx}]}}}}";
const NOT_CHANGEABLE: &str = "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// Creates the manifest, patches it, and compares what is said.
fn check(manifest: &str, kind: Kind, patch: &str, expected: &str) {
    let mut server = Server::new();
    server.created(manifest);
    let said = refusal(&server.patch(kind, "x", patch));
    // What differs is said too, on lines of its own.
    let said = said.lines().next().unwrap_or_default();
    assert_eq!(said, expected, "{patch}");
}

#[test]
fn a_pod_hardly_changes() {
    let pod = |patch: &str, expected: &str| check(POD, Kind::Pod, patch, expected);
    pod("{metadata: {labels: {a: b}}}", "accepted with 200");
    pod("{spec: {activeDeadlineSeconds: 10}}", "accepted with 200");
    pod("{spec: {restartPolicy: Never}}", NOT_CHANGEABLE);
    pod(
        "{spec: {tolerations: []}}",
        "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds",
    );
    pod(
        "{metadata: {labels: {mauvais label: a}}}",
        "metadata.labels: Invalid value: \"mauvais label\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    );
}

#[test]
fn a_refused_change_of_a_pod_is_shown() {
    let mut server = Server::new();
    let mut pod = server.created(POD);
    let path = object_path(Kind::Pod, "default", "x");
    pod["spec"]["containers"][0]["image"] = json!("nginx:2");
    pod["metadata"]["resourceVersion"] = json!("");
    assert_eq!(
        server
            .send(Method::Put, path.clone(), Body::Json(pod.clone()))
            .status,
        200
    );
    pod["spec"]["containers"][0]["env"] = json!([{"name": "X", "value": "1"}]);
    let refused = server.send(Method::Put, path, Body::Json(pod));
    // Recorded.
    let diff = [
        "@@ -98,7 +98,13 @@",
        "    \"WorkingDir\": \"\",",
        "    \"Ports\": null,",
        "    \"EnvFrom\": null,",
        "-   \"Env\": null,",
        "+   \"Env\": [",
        "+    {",
        "+     \"Name\": \"X\",",
        "+     \"Value\": \"1\",",
        "+     \"ValueFrom\": null",
        "+    }",
        "+   ],",
        "    \"Resources\": {",
        "     \"Limits\": null,",
        "     \"Requests\": null,",
        "",
    ];
    assert_eq!(
        refusal(&refused),
        format!("{NOT_CHANGEABLE}\n{}", diff.join("\n"))
    );
}

#[test]
fn what_is_immutable_stays() {
    check(
        DEPLOYMENT,
        Kind::Deployment,
        "{spec: {selector: {matchLabels: {app: z}}, template: {metadata: {labels: {app: z}}}}}",
        "spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"z\"}}: field is immutable",
    );
    check(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, immutable: true, data: {a: b}}",
        Kind::ConfigMap,
        "{data: {a: c}}",
        "data: Forbidden: field is immutable when `immutable` is set",
    );
    check(
        "{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {clusterIP: 10.96.0.9, ports: [{port: 80}]}}",
        Kind::Service,
        "{spec: {clusterIP: 10.96.0.10, clusterIPs: [10.96.0.10]}}",
        "spec.clusterIPs[0]: Invalid value: [\"10.96.0.10\"]: may not change once set",
    );
}

#[test]
fn changes_of_the_spec_are_counted() {
    let mut server = Server::new();
    server.created(DEPLOYMENT);
    let mut generation = |patch: &str| {
        assert_eq!(server.patch(Kind::Deployment, "x", patch).status, 200, "{patch}");
        server.value(Kind::Deployment, "x")["metadata"]["generation"].as_i64()
    };
    assert_eq!(generation("{metadata: {labels: {a: b}}}"), Some(1));
    assert_eq!(generation("{spec: {replicas: 3}}"), Some(2));
    assert_eq!(generation("{spec: {replicas: 3}}"), Some(2));
    assert_eq!(generation("{metadata: {annotations: {a: b}}}"), Some(3));
    assert_eq!(
        generation("{metadata: {generation: 9}, status: {replicas: 4}}"),
        Some(3)
    );
    assert!(
        server.value(Kind::Deployment, "x")["status"]
            .get("replicas")
            .is_none()
    );
}

#[test]
fn a_change_of_nothing_is_no_write() {
    let mut server = Server::new();
    server.created(POD);
    let before = server.api.store().revision();
    assert_eq!(server.patch(Kind::Pod, "x", "{metadata: {name: x}}").status, 200);
    assert_eq!(server.api.store().revision(), before);
}

#[test]
fn a_status_update_shares_the_spec_and_changes_nothing_else() {
    let mut server = Server::new();
    server.created(POD);
    let spec_of = |server: &mut Server| match server.get(Kind::Pod, "x").body {
        ResponseBody::Object(AnyObject::Pod(pod)) => pod.spec,
        other => panic!("no pod: {other:?}"),
    };
    let before = spec_of(&mut server);
    let patch = "{spec: {restartPolicy: Never}, status: {phase: Running}}";
    assert_eq!(server.patch_status(Kind::Pod, "x", patch).status, 200);
    assert!(Arc::ptr_eq(&before, &spec_of(&mut server)));
    let value = server.value(Kind::Pod, "x");
    assert_eq!(value["status"]["phase"], "Running");
    assert_eq!(value["status"]["qosClass"], "BestEffort");
    assert_eq!(value["metadata"]["generation"], 1);
}

#[test]
fn a_stale_version_is_refused() {
    let mut server = Server::new();
    let created = server.created(POD);
    let version = created["metadata"]["resourceVersion"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert_eq!(
        server
            .patch(Kind::Pod, "x", "{metadata: {labels: {a: b}}}")
            .status,
        200
    );
    let stale = server.patch(
        Kind::Pod,
        "x",
        &format!("{{metadata: {{resourceVersion: '{version}', labels: {{a: c}}}}}}"),
    );
    assert_eq!(
        refusal(&stale),
        "(Conflict) Operation cannot be fulfilled on pods \"x\": the object has been modified; please apply your changes to the latest version and try again"
    );
}

#[test]
fn a_service_keeps_what_it_was_given() {
    let mut server = Server::new();
    let created = server.created(
        "{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {type: NodePort, ports: [{port: 80}]}}",
    );
    let replaced = server.replace("{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {type: NodePort, ports: [{port: 80, targetPort: 8080}]}}");
    let replaced = replaced.to_value().unwrap_or_default();
    assert_eq!(replaced["spec"]["clusterIP"], created["spec"]["clusterIP"]);
    assert_eq!(
        replaced["spec"]["ports"][0]["nodePort"],
        created["spec"]["ports"][0]["nodePort"]
    );
    let plain = server
        .patch(Kind::Service, "x", "{spec: {type: ClusterIP}}")
        .to_value()
        .unwrap_or_default();
    assert_eq!(plain["spec"]["clusterIP"], created["spec"]["clusterIP"]);
    assert_eq!(plain["spec"]["ports"][0].get("nodePort"), None);
    assert_eq!(plain["spec"].get("externalTrafficPolicy"), None);
    let external = server.patch(
        Kind::Service,
        "x",
        "{spec: {type: ExternalName, externalName: a.fr}}",
    );
    let external = external.to_value().unwrap_or_default();
    assert_eq!(external["spec"].get("clusterIP"), None, "{external:#}");
}

#[test]
fn a_pod_is_bound_once() {
    let mut server = Server::new();
    server.created(POD);
    let path = format!("{}/binding", object_path(Kind::Pod, "default", "x"));
    let mut bind = |node: &str| {
        let body = super::yaml(&format!("{{target: {{kind: Node, name: {node}}}}}"));
        server.send(Method::Post, path.clone(), Body::Json(body))
    };
    assert_eq!(bind("n1").status, 201);
    assert_eq!(
        refusal(&bind("n2")),
        "(Conflict) Operation cannot be fulfilled on pods/binding \"x\": pod x is already assigned to node \"n1\""
    );
    let pod = server.value(Kind::Pod, "x");
    assert_eq!(pod["spec"]["nodeName"], "n1");
    assert_eq!(pod["metadata"]["generation"], 1);
    assert_eq!(pod["status"]["conditions"][0]["type"], "PodScheduled");
}
