//! Deletion: at once, in grace, or once finalizers are gone.

use super::{Server, refusal};
use crate::api::Kind;
use crate::apiserver::{Body, Method, object_path};

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {nodeName: n1, containers: [{name: c, image: i}]}}";

/// When the Pod is marked to be gone, and its grace; nothing if it is gone.
fn mark(server: &mut Server) -> String {
    let pod = server.value(Kind::Pod, "x");
    let text = |field: &str| pod["metadata"][field].to_string().replace('"', "");
    if pod["kind"] == "Pod" {
        format!(
            "{} {}",
            text("deletionTimestamp"),
            text("deletionGracePeriodSeconds")
        )
    } else {
        String::new()
    }
}

#[test]
fn a_pod_on_a_node_stops_in_its_own_time_and_can_be_hurried() {
    let mut server = Server::new();
    server.created(POD);
    assert_eq!(server.delete(Kind::Pod, "x", "").status, 200);
    assert_eq!(mark(&mut server), "2026-09-07T08:00:30Z 30");
    assert_eq!(server.value(Kind::Pod, "x")["metadata"]["generation"], 2);
    server.advance(5);
    let revision = server.api.store().revision();
    assert_eq!(
        server.delete(Kind::Pod, "x", "{gracePeriodSeconds: 60}").status,
        200
    );
    assert_eq!(server.api.store().revision(), revision);
    server.delete(Kind::Pod, "x", "{gracePeriodSeconds: 10}");
    assert_eq!(mark(&mut server), "2026-09-07T08:00:10Z 10");
    assert_eq!(server.table(Kind::Pod, &[]).rows[0].cells[2], "Terminating");
    server.delete(Kind::Pod, "x", "{gracePeriodSeconds: 0}");
    assert_eq!(mark(&mut server), "");
}

#[test]
fn a_pod_without_a_node_goes_at_once() {
    let mut server = Server::new();
    server.created(&POD.replace("nodeName: n1, ", ""));
    server.delete(Kind::Pod, "x", "");
    assert_eq!(mark(&mut server), "");
}

#[test]
fn finalizers_hold_an_object() {
    let mut server = Server::new();
    server
        .created("{apiVersion: v1, kind: ConfigMap, metadata: {name: x, finalizers: [exemple.fr/attendre]}}");
    server.delete(Kind::ConfigMap, "x", "");
    let held = server.value(Kind::ConfigMap, "x");
    assert_eq!(held["metadata"]["deletionTimestamp"], "2026-09-07T08:00:00Z");
    let added = server.patch(
        Kind::ConfigMap,
        "x",
        "{metadata: {finalizers: [exemple.fr/attendre, a.fr/b]}}",
    );
    assert_eq!(
        refusal(&added),
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"a.fr/b\"}"
    );
    assert_eq!(
        server
            .patch(Kind::ConfigMap, "x", "{metadata: {finalizers: null}}")
            .status,
        200
    );
    assert_eq!(server.get(Kind::ConfigMap, "x").status, 404);
}

#[test]
fn propagation_is_a_finalizer() {
    let template = "{metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: i}]}}";
    for (policy, finalizer) in [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")] {
        let mut server = Server::new();
        server.created(&format!(
            "{{apiVersion: apps/v1, kind: ReplicaSet, metadata: {{name: x}}, spec: {{selector: {{matchLabels: {{app: x}}}}, template: {template}}}}}"
        ));
        server.delete(Kind::ReplicaSet, "x", &format!("{{propagationPolicy: {policy}}}"));
        let held = server.value(Kind::ReplicaSet, "x");
        assert_eq!(held["metadata"]["finalizers"][0], finalizer);
        assert_eq!(held["metadata"]["generation"], 2);
    }
}

#[test]
fn a_namespace_waits_and_takes_nothing_new() {
    let mut server = Server::new();
    server.created("{apiVersion: v1, kind: Namespace, metadata: {name: nsx}}");
    let path = object_path(Kind::Namespace, "", "nsx");
    server.send(Method::Delete, path.clone(), Body::Empty);
    let held = server
        .send(Method::Get, path.clone(), Body::Empty)
        .to_value()
        .unwrap_or_default();
    assert_eq!(held["status"]["phase"], "Terminating");
    let refused = server.create("{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: nsx}}");
    assert_eq!(
        refusal(&refused),
        "(Forbidden) configmaps \"x\" is forbidden: unable to create new content in namespace nsx because it is being terminated"
    );
    let mut emptied = held;
    emptied["spec"] = serde_json::json!({});
    server.send(Method::Put, format!("{path}/finalize"), Body::Json(emptied));
    assert_eq!(server.send(Method::Get, path, Body::Empty).status, 404);
}

#[test]
fn some_namespaces_stay() {
    let mut server = Server::new();
    let response = server.send(
        Method::Delete,
        object_path(Kind::Namespace, "", "kube-system"),
        Body::Empty,
    );
    assert_eq!(
        refusal(&response),
        "(Forbidden) namespaces \"kube-system\" is forbidden: this namespace may not be deleted"
    );
}

#[test]
fn preconditions_and_dry_runs() {
    let mut server = Server::new();
    server.created(POD);
    let refused = server.delete(Kind::Pod, "x", "{preconditions: {uid: autre}}");
    assert!(refusal(&refused).starts_with(
        "(Conflict) Operation cannot be fulfilled on pods \"x\": the UID in the precondition (autre) does not match"
    ));
    assert_eq!(
        server
            .delete(Kind::Pod, "x", "{dryRun: [All], gracePeriodSeconds: 0}")
            .status,
        200
    );
    assert_eq!(server.get(Kind::Pod, "x").status, 200);
}
