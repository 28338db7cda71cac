//! Server-side apply, and who manages what (`test/integration/apiserver/apply`).

use serde_json::{Value, json};

use super::{Server, namespace_of, refusal, yaml};
use crate::api::Kind;
use crate::apiserver::{Accept, Body, ContentType, Method, Request, Response, User, object_path};

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        image: nginx:1.25
        env: [{name: A, value: '1'}, {name: B, value: '2'}]
";

fn apply(server: &mut Server, manager: &str, force: bool, manifest: &str) -> Response {
    let value = yaml(manifest);
    let name = value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let kind = super::kind_of(&value);
    let path = object_path(kind, &namespace_of(&value), &name);
    let mut request = Request::new(Method::Patch, path, User::admin()).with_body(Body::Json(value));
    request.content_type = ContentType::Apply;
    let request = request
        .with_query("fieldManager", manager)
        .with_query("force", if force { "true" } else { "false" });
    server.api.handle(&mut server.sim, &request)
}

/// Manager, operation and fields of each entry.
fn managed(server: &mut Server, kind: Kind, name: &str) -> Vec<(String, String, Value)> {
    let mut request = Request::new(Method::Get, object_path(kind, "default", name), User::admin());
    request.accept = Accept::Managed;
    let value = server
        .api
        .handle(&mut server.sim, &request)
        .to_value()
        .expect("an object");
    let entries = value["metadata"]["managedFields"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    entries
        .iter()
        .map(|entry| {
            (
                text(entry, "manager"),
                text(entry, "operation"),
                entry["fieldsV1"].clone(),
            )
        })
        .collect()
}

#[test]
fn a_creation_is_managed_by_its_creator() {
    let mut server = Server::new();
    server.created(DEPLOYMENT);
    let entries = managed(&mut server, Kind::Deployment, "web");
    let [(manager, operation, fields)] = entries.as_slice() else {
        panic!("{entries:?}");
    };
    assert_eq!((manager.as_str(), operation.as_str()), ("kubectl", "Update"));
    assert_eq!(fields["f:metadata"], json!({"f:labels": {".": {}, "f:app": {}}}));
    assert_eq!(fields["f:spec"]["f:selector"], json!({}));
    assert_eq!(
        fields["f:spec"]["f:strategy"],
        json!({"f:rollingUpdate": {".": {}, "f:maxSurge": {}, "f:maxUnavailable": {}}, "f:type": {}})
    );
    let container = &fields["f:spec"]["f:template"]["f:spec"]["f:containers"]["k:{\"name\":\"c\"}"];
    assert_eq!(container["f:image"], json!({}));
    assert_eq!(
        container["f:env"]["k:{\"name\":\"A\"}"],
        json!({".": {}, "f:name": {}, "f:value": {}})
    );
    assert!(fields.get("f:status").is_none());
}

#[test]
fn applying_over_others_is_a_conflict() {
    let mut server = Server::new();
    server.created(DEPLOYMENT);
    let changed = DEPLOYMENT
        .replace("replicas: 2", "replicas: 5")
        .replace("1.25", "1.26");
    let response = apply(&mut server, "moi", false, &changed);
    assert_eq!(
        refusal(&response),
        "(Conflict) Apply failed with 2 conflicts: conflicts with \"kubectl\" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name=\"c\"].image"
    );
    let one = DEPLOYMENT.replace("replicas: 2", "replicas: 5");
    assert_eq!(
        refusal(&apply(&mut server, "moi", false, &one)),
        "(Conflict) Apply failed with 1 conflict: conflict with \"kubectl\" using apps/v1: .spec.replicas"
    );
    assert_eq!(apply(&mut server, "moi", true, &one).status, 200);
    assert_eq!(server.value(Kind::Deployment, "web")["spec"]["replicas"], 5);
    let entries = managed(&mut server, Kind::Deployment, "web");
    let replicas = |index: usize| entries[index].2["f:spec"].get("f:replicas").is_some();
    assert_eq!((entries[0].1.as_str(), replicas(0)), ("Apply", true));
    assert_eq!((entries[1].1.as_str(), replicas(1)), ("Update", false));
}

#[test]
fn what_is_no_longer_applied_goes_unless_others_manage_it() {
    let mut server = Server::new();
    assert_eq!(apply(&mut server, "moi", false, DEPLOYMENT).status, 201);
    let shared = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web, de: toi}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        env: [{name: B, value: '2'}]
";
    assert_eq!(apply(&mut server, "toi", false, shared).status, 200);
    let less = DEPLOYMENT
        .replace(
            "\n        env: [{name: A, value: '1'}, {name: B, value: '2'}]",
            "",
        )
        .replace(", labels: {app: web}}\nspec", "}\nspec");
    assert_eq!(apply(&mut server, "moi", false, &less).status, 200);
    let value = server.value(Kind::Deployment, "web");
    assert_eq!(
        value["spec"]["template"]["spec"]["containers"][0]["env"],
        json!([{"name": "B", "value": "2"}])
    );
    assert_eq!(value["metadata"]["labels"], json!({"app": "web", "de": "toi"}));
}

#[test]
fn what_does_not_fit_is_told_in_the_words_of_typed_values() {
    let mut server = Server::new();
    let odd = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, donnees: {}, data: {a: 1}}";
    assert_eq!(
        refusal(&apply(&mut server, "moi", false, odd)),
        "() failed to create typed patch object (default/c; /v1, Kind=ConfigMap): errors:\n  .data.a: expected string, got &value.valueUnstructured{Value:1}\n  .donnees: field not declared in schema"
    );
    let fine = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}";
    assert_eq!(
        refusal(&apply(&mut server, "", false, fine)),
        "fieldManager: Required value: is required for apply patch"
    );
}
