//! Kubernetes' words for what does not fit.

use serde_json::{Value, json};

use super::leaf::quantity_error;
use crate::api::schema::schema;

fn check(api_version: &str, kind: &str, value: &Value, expected: &[&str]) {
    let schema = schema();
    let checked = schema.check(schema.kind(api_version, kind).unwrap(), value);
    let messages: Vec<&str> = checked.problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(messages, expected, "{value}");
}

#[test]
fn unknown_fields_are_named_with_their_path() {
    let pod = json!({"metadata": {"name": "x", "label": {"app": "x"}},
        "spec": {"containers": [{"name": "c", "images": "nginx", "image": "nginx", "port": 80}]}});
    check(
        "v1",
        "Pod",
        &pod,
        &[
            "unknown field \"metadata.label\"",
            "unknown field \"spec.containers[0].images\"",
            "unknown field \"spec.containers[0].port\"",
        ],
    );
    let service = json!({"spec": {"ports": [{"port": 80, "NodePort": 30008}]}});
    check(
        "v1",
        "Service",
        &service,
        &["unknown field \"spec.ports[0].NodePort\""],
    );
}

#[test]
fn wrong_types_are_told_in_gos_words() {
    check(
        "apps/v1",
        "Deployment",
        &json!({"spec": {"replicas": "trois"}}),
        &["json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"],
    );
    check(
        "v1",
        "ConfigMap",
        &json!({"data": {"actif": true, "port": 8080}}),
        &[
            "json: cannot unmarshal bool into Go struct field ConfigMap.data of type string",
            "json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
        ],
    );
    check(
        "v1",
        "Pod",
        &json!({"metadata": {"labels": {"app": true}}}),
        &["json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string"],
    );
    check(
        "v1",
        "Pod",
        &json!({"spec": {"containers": {"name": "c"}, "restartPolicy": 3, "hostNetwork": "yes"}}),
        &[
            "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
            "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool",
            "json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy",
        ],
    );
    let container = json!({"spec": {"containers": [{"command": "sh", "args": [1], "ports": [{"containerPort": "80"}],
        "env": [{"name": "A", "value": 1}], "resources": {"limits": "a lot"}}]}});
    check(
        "v1",
        "Pod",
        &container,
        &[
            "json: cannot unmarshal number into Go struct field Container.spec.containers.args of type string",
            "json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string",
            "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string",
            "json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
            "json: cannot unmarshal string into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList",
        ],
    );
    check(
        "v1",
        "Service",
        &json!({"spec": {"ports": [{"port": 1.5, "targetPort": true}, {"port": 3_000_000_000_u64}], "type": []}}),
        &[
            "json: cannot unmarshal number 1.5 into Go struct field ServicePort.spec.ports.port of type int32",
            "json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32",
            "json: cannot unmarshal number 3000000000 into Go struct field ServicePort.spec.ports.port of type int32",
            "json: cannot unmarshal array into Go struct field ServiceSpec.spec.type of type v1.ServiceType",
        ],
    );
    check(
        "apps/v1",
        "Deployment",
        &json!({"spec": "x"}),
        &["json: cannot unmarshal string into Go struct field Deployment.spec of type v1.DeploymentSpec"],
    );
    check(
        "v1",
        "Pod",
        &json!([1]),
        &["json: cannot unmarshal array into Go value of type v1.Pod"],
    );
}

#[test]
fn custom_decoders_have_words_of_their_own() {
    check(
        "v1",
        "Secret",
        &json!({"data": {"mdp": "pas-du-base64!"}}),
        &["illegal base64 data at input byte 3"],
    );
    check(
        "v1",
        "Secret",
        &json!({"data": {"a": "YWRtaW4=", "b": "YWRtaW4", "c": "YQ==x"}}),
        &[
            "illegal base64 data at input byte 4",
            "illegal base64 data at input byte 4",
        ],
    );
    check(
        "v1",
        "Pod",
        &json!({"metadata": {"creationTimestamp": "hier"}}),
        &["parsing time \"hier\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"hier\" as \"2006\""],
    );
    check(
        "v1",
        "Pod",
        &json!({"metadata": {"creationTimestamp": "2026-13-01T00:00:00Z"}}),
        &["parsing time \"2026-13-01T00:00:00Z\": month out of range"],
    );
    check(
        "v1",
        "Pod",
        &json!({"metadata": {"creationTimestamp": 5}}),
        &[
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string",
        ],
    );
    check(
        "coordination.k8s.io/v1",
        "Lease",
        &json!({"spec": {"renewTime": "2026-11-20T16:29:51.123456Z"}}),
        &[],
    );
}

#[test]
fn a_malformed_quantity_is_said_before_a_wrong_type() {
    let value = json!({"spec": {"containers": [{"args": [1], "resources": {"limits": {"memory": "64Mo"}}}]}});
    let schema = schema();
    let checked = schema.check(schema.kind("v1", "Pod").unwrap(), &value);
    assert_eq!(
        checked.error().map(|p| p.message.as_str()),
        Some("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
    );
    for good in [
        "1", "0.5", "100m", "64Mi", "1e3", "1E", "2E6", "+1", "-1", "1.", ".5", "12Gi",
    ] {
        assert_eq!(quantity_error(good), None, "{good}");
    }
    for bad in ["64Mm", "1mi", "1e", "1Mk"] {
        assert_eq!(
            quantity_error(bad),
            Some("unable to parse quantity's suffix"),
            "{bad}"
        );
    }
    for bad in ["64Mo", "abc", "", "1 Gi", "1GB", "1KI", "1,5", "<CPU>"] {
        assert!(
            quantity_error(bad).is_some_and(|m| m.starts_with("quantities must match")),
            "{bad}"
        );
    }
}

#[test]
fn what_stays_can_be_decoded() {
    let schema = schema();
    let value = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"creationTimestamp": null, "labels": {"a": null}},
        "spec": {"containers": [{"name": "c", "image": null, "x": 1, "resources": {"limits": {"cpu": 1}}}], "volumes": null}, "status": {}});
    let checked = schema.check(schema.kind("v1", "Pod").unwrap(), &value);
    assert_eq!(
        checked.value,
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"a": ""}},
        "spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": "1"}}}]}, "status": {}})
    );
}
