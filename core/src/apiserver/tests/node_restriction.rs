//! What kubelets may change.

use serde_json::json;

use super::{Server, refusal};
use crate::apiserver::{Body, ContentType, Method, Request, User};

fn as_node(server: &mut Server, method: Method, path: &str, body: serde_json::Value) -> String {
    let user = User::new("system:node:a", &["system:nodes", "system:authenticated"]);
    let mut request = Request::new(method, path, user);
    if !body.is_null() {
        request = request.with_body(Body::Json(body));
    }
    request.content_type = match method {
        Method::Patch => ContentType::MergePatch,
        _ => ContentType::Json,
    };
    refusal(&server.api.handle(&mut server.sim, &request))
}

#[test]
fn a_kubelet_minds_its_own_business() {
    let mut server = Server::new();
    for name in ["a", "b"] {
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}});
        server.send(Method::Post, "/api/v1/nodes".to_owned(), Body::Json(node));
        server.created(&format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: on-{name}}}, spec: {{nodeName: {name}, containers: [{{name: c, image: i}}]}}}}"
        ));
    }
    let status = json!({"status": {"message": "m"}});
    for (method, path, body, expected) in [
        (
            Method::Patch,
            "/api/v1/nodes/a/status",
            json!({"status": {"phase": "Running"}}),
            "accepted with 200",
        ),
        (
            Method::Patch,
            "/api/v1/nodes/b/status",
            json!({"status": {"phase": "Running"}}),
            "(Forbidden) nodes \"b\" is forbidden: node \"a\" is not allowed to modify node \"b\"",
        ),
        (
            Method::Patch,
            "/api/v1/nodes/a",
            json!({"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}}),
            "(Forbidden) nodes \"a\" is forbidden: node \"a\" is not allowed to modify taints",
        ),
        (
            Method::Patch,
            "/api/v1/nodes/a",
            json!({"metadata": {"labels": {"node-restriction.kubernetes.io/x": "y"}}}),
            "(Forbidden) nodes \"a\" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/x",
        ),
        (
            Method::Patch,
            "/api/v1/nodes/a",
            json!({"metadata": {"labels": {"x": "y"}}}),
            "accepted with 200",
        ),
        (
            Method::Patch,
            "/api/v1/namespaces/default/pods/on-a/status",
            status.clone(),
            "accepted with 200",
        ),
        (
            Method::Patch,
            "/api/v1/namespaces/default/pods/on-b/status",
            status,
            "(Forbidden) pods \"on-b\" is forbidden: node \"a\" can only update pod status for pods with spec.nodeName set to itself",
        ),
        (
            Method::Delete,
            "/api/v1/namespaces/default/pods/on-b",
            json!(null),
            "(Forbidden) pods \"on-b\" is forbidden: node \"a\" can only delete pods with spec.nodeName set to itself",
        ),
        (
            Method::Delete,
            "/api/v1/namespaces/default/pods/on-a",
            json!(null),
            "accepted with 200",
        ),
    ] {
        assert_eq!(as_node(&mut server, method, path, body), expected, "{path}");
    }
}
