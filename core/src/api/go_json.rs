//! JSON as Go prints it. Kubernetes' types are Go structs: an optional field is left out when it is zero, unless it is a
//! pointer, and some that are structs are printed even when they are empty (`resources: {}`, `lastProbeTime: null`).
//! The schema does not tell which: this page does, by type and field.
//!
//! Models the `json:"...,omitempty"` tags of `k8s.io/api`.

use serde_json::{Map, Value};

use super::kind::Kind;
use super::schema::{FieldType, Schema, TypeSchema, schema};

/// Optional numbers, texts and flags that are pointers in Go: zero is something else than absent.
const POINTERS: [&str; 67] = [
    "activeDeadlineSeconds",
    "allocateLoadBalancerNodePorts",
    "allowPrivilegeEscalation",
    "allowVolumeExpansion",
    "appProtocol",
    "attachRequired",
    "automountServiceAccountToken",
    "averageUtilization",
    "backoffLimit",
    "backoffLimitPerIndex",
    "blockOwnerDeletion",
    "collisionCount",
    "completions",
    "controller",
    "defaultMode",
    "deletionGracePeriodSeconds",
    "enableServiceLinks",
    "expirationSeconds",
    "failedJobsHistoryLimit",
    "fsGroup",
    "hostUsers",
    "hostnameOverride",
    "immutable",
    "ingressClassName",
    "ipFamilyPolicy",
    "leaseTransitions",
    "localhostProfile",
    "manualSelector",
    "maxFailedIndexes",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minReplicas",
    "minimum",
    "mode",
    "multipleOf",
    "optional",
    "parallelism",
    "partition",
    "podInfoOnMount",
    "priority",
    "privileged",
    "progressDeadlineSeconds",
    "readOnlyRootFilesystem",
    "ready",
    "replicas",
    "revisionHistoryLimit",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "serving",
    "setHostnameAsFQDN",
    "shareProcessNamespace",
    "stabilizationWindowSeconds",
    "started",
    "startingDeadlineSeconds",
    "storageClassName",
    "successfulJobsHistoryLimit",
    "suspend",
    "terminating",
    "terminatingReplicas",
    "terminationGracePeriodSeconds",
    "tolerationSeconds",
];

/// Pointers whose name means something else in other types, and names above that are plain numbers here.
const EXCEPTIONS: [(&str, &str, bool); 10] = [
    ("apps.v1.DeploymentStatus", "replicas", false),
    ("batch.v1.JobStatus", "terminating", true),
    ("batch.v1.JobSpec", "ttlSecondsAfterFinished", true),
    ("core.v1.GRPCAction", "service", true),
    ("core.v1.HostPathVolumeSource", "type", true),
    ("discovery.v1.Endpoint", "hostname", true),
    ("discovery.v1.Endpoint", "nodeName", true),
    ("discovery.v1.Endpoint", "zone", true),
    ("discovery.v1.EndpointPort", "name", true),
    ("discovery.v1.EndpointPort", "port", true),
];

/// A field's value when nothing was said.
#[derive(Clone, Copy)]
enum Zero {
    /// `{}`
    Struct,
    /// `null`
    Null,
    /// `""`
    Text,
    /// `0`
    Number,
    /// `"0"`
    Quantity,
}

impl Zero {
    fn value(self) -> Value {
        match self {
            Self::Struct => Value::Object(Map::new()),
            Self::Null => Value::Null,
            Self::Text => Value::from(""),
            Self::Number => Value::from(0),
            Self::Quantity => Value::from("0"),
        }
    }
}

/// Optional fields that are printed all the same, by type.
const ALWAYS: &[(&str, &[(&str, Zero)])] = &[
    ("apps.v1.DaemonSetSpec", &[("updateStrategy", Zero::Struct)]),
    (
        "apps.v1.DeploymentCondition",
        &[("lastTransitionTime", Zero::Null), ("lastUpdateTime", Zero::Null)],
    ),
    ("apps.v1.DeploymentSpec", &[("strategy", Zero::Struct)]),
    (
        "apps.v1.ReplicaSetCondition",
        &[("lastTransitionTime", Zero::Null)],
    ),
    ("apps.v1.ReplicaSetSpec", &[("template", Zero::Struct)]),
    ("apps.v1.StatefulSetOrdinals", &[("start", Zero::Number)]),
    ("apps.v1.StatefulSetSpec", &[("updateStrategy", Zero::Struct)]),
    (
        "apps.v1.StatefulSetStatus",
        &[("availableReplicas", Zero::Number)],
    ),
    (
        "autoscaling.v2.HorizontalPodAutoscalerStatus",
        &[("currentMetrics", Zero::Null), ("desiredReplicas", Zero::Number)],
    ),
    ("core.v1.Container", &[("resources", Zero::Struct)]),
    ("core.v1.ContainerStateRunning", &[("startedAt", Zero::Null)]),
    (
        "core.v1.ContainerStateTerminated",
        &[("finishedAt", Zero::Null), ("startedAt", Zero::Null)],
    ),
    (
        "core.v1.ContainerStatus",
        &[("lastState", Zero::Struct), ("state", Zero::Struct)],
    ),
    ("core.v1.EphemeralContainer", &[("resources", Zero::Struct)]),
    (
        "core.v1.Event",
        &[
            ("eventTime", Zero::Null),
            ("firstTimestamp", Zero::Null),
            ("lastTimestamp", Zero::Null),
            ("reportingComponent", Zero::Text),
            ("reportingInstance", Zero::Text),
            ("source", Zero::Struct),
        ],
    ),
    (
        "core.v1.NodeCondition",
        &[
            ("lastHeartbeatTime", Zero::Null),
            ("lastTransitionTime", Zero::Null),
        ],
    ),
    (
        "core.v1.NodeDaemonEndpoints",
        &[("kubeletEndpoint", Zero::Struct)],
    ),
    (
        "core.v1.NodeStatus",
        &[("daemonEndpoints", Zero::Struct), ("nodeInfo", Zero::Struct)],
    ),
    ("core.v1.NodeSystemInfo", NODE_INFO),
    (
        "core.v1.PersistentVolumeClaimSpec",
        &[("resources", Zero::Struct)],
    ),
    (
        "core.v1.PodCondition",
        &[("lastProbeTime", Zero::Null), ("lastTransitionTime", Zero::Null)],
    ),
    (
        "core.v1.PodTemplateSpec",
        &[("metadata", Zero::Struct), ("spec", Zero::Struct)],
    ),
    ("core.v1.PodSpec", &[("containers", Zero::Null)]),
    ("core.v1.ResourceFieldSelector", &[("divisor", Zero::Quantity)]),
    ("core.v1.ServicePort", &[("targetPort", Zero::Number)]),
    ("core.v1.ServiceStatus", &[("loadBalancer", Zero::Struct)]),
    ("core.v1.DaemonEndpoint", &[("Port", Zero::Number)]),
    ("discovery.v1.Endpoint", &[("conditions", Zero::Struct)]),
    (
        "discovery.v1.EndpointSlice",
        &[("endpoints", Zero::Null), ("ports", Zero::Null)],
    ),
    ("networking.v1.IngressStatus", &[("loadBalancer", Zero::Struct)]),
    (
        "policy.v1.PodDisruptionBudgetStatus",
        &[
            ("currentHealthy", Zero::Number),
            ("desiredHealthy", Zero::Number),
            ("disruptionsAllowed", Zero::Number),
            ("expectedPods", Zero::Number),
        ],
    ),
];

const NODE_INFO: &[(&str, Zero)] = &[
    ("architecture", Zero::Text),
    ("bootID", Zero::Text),
    ("containerRuntimeVersion", Zero::Text),
    ("kernelVersion", Zero::Text),
    ("kubeProxyVersion", Zero::Text),
    ("kubeletVersion", Zero::Text),
    ("machineID", Zero::Text),
    ("operatingSystem", Zero::Text),
    ("osImage", Zero::Text),
    ("systemUUID", Zero::Text),
];

/// Makes an object's JSON what Go prints: zeros are left out, and printed where Go always prints them.
pub(super) fn print(kind: Kind, value: &mut Value) {
    walk(kind, value, true);
}

/// Leaves out of an object's JSON what Go does not tell from absence: all ways of saying nothing are stored alike.
pub(super) fn trim(kind: Kind, value: &mut Value) {
    walk(kind, value, false);
}

fn walk(kind: Kind, value: &mut Value, complete: bool) {
    let (info, schema) = (kind.info(), schema());
    if let (Some(root), Value::Object(map)) = (schema.kind(&info.api_version(), info.name), value) {
        object(schema, root, map, complete);
    }
}

fn object(schema: &Schema, type_: &TypeSchema, map: &mut Map<String, Value>, complete: bool) {
    let always = ALWAYS.iter().find(|(of, _)| *of == type_.name);
    let always = always.map_or(&[][..], |(_, fields)| fields);
    if complete {
        for (name, zero) in always {
            map.entry(*name).or_insert_with(|| zero.value());
        }
    }
    map.retain(|name, value| {
        let Some(field) = type_.field(name) else {
            return true;
        };
        inside(schema, &field.kind, value, complete);
        match always.iter().find(|(field, _)| field == name) {
            Some((_, zero)) => complete || !(value.is_null() || *value == zero.value()),
            None if value.is_null() => false,
            None => field.required || !is_zero(&field.kind, value) || is_pointer(type_, name),
        }
    });
}

fn inside(schema: &Schema, kind: &FieldType, value: &mut Value, complete: bool) {
    match (kind, value) {
        (FieldType::Object(id), Value::Object(map)) => object(schema, schema.get(*id), map, complete),
        (FieldType::List(kind), Value::Array(items)) => {
            for item in items {
                inside(schema, kind, item, complete);
            }
        }
        (FieldType::Map(kind), Value::Object(map)) => {
            for item in map.values_mut() {
                inside(schema, kind, item, complete);
            }
        }
        _ => {}
    }
}

fn is_pointer(type_: &TypeSchema, name: &str) -> bool {
    let exception = EXCEPTIONS
        .iter()
        .find(|(of, field, _)| *of == type_.name && *field == name);
    exception.map_or_else(|| POINTERS.contains(&name), |(.., pointer)| *pointer)
}

fn is_zero(kind: &FieldType, value: &Value) -> bool {
    match (kind, value) {
        (FieldType::String | FieldType::Bytes, Value::String(text)) => text.is_empty(),
        (FieldType::Int32 | FieldType::Int64 | FieldType::Double, Value::Number(number)) => {
            number.as_f64() == Some(0.0)
        }
        (FieldType::Bool, Value::Bool(flag)) => !flag,
        (FieldType::List(_), Value::Array(items)) => items.is_empty(),
        (FieldType::Map(_), Value::Object(map)) => map.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::AnyObject;

    /// A manifest, and what is printed of it.
    fn check(given: &Value, printed: &Value) {
        let kind = Kind::from_manifest(
            given["apiVersion"].as_str().unwrap_or_default(),
            given["kind"].as_str().unwrap_or_default(),
        )
        .expect("a known kind");
        let object = AnyObject::from_value(kind, given.clone()).expect("valid");
        assert_eq!(object.to_value(), *printed, "{kind}");
        let again = AnyObject::from_value(kind, printed.clone()).expect("valid");
        assert_eq!(again, object, "{kind}");
    }

    #[test]
    fn structs_are_printed_and_zeros_are_not() {
        check(
            &json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {}, "namespace": ""},
                    "spec": {"containers": [{"name": "c", "image": "i", "env": [{"name": "A", "value": ""}],
                                             "ports": [{"containerPort": 80, "hostPort": 0}], "tty": false}],
                             "hostNetwork": false, "terminationGracePeriodSeconds": 0, "nodeSelector": {"a": ""}},
                    "status": {"conditions": [{"type": "Ready", "status": "False"}],
                               "containerStatuses": [{"name": "c", "image": "", "imageID": "", "ready": false,
                                                      "restartCount": 0, "started": false}]}}),
            &json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
                    "spec": {"containers": [{"name": "c", "image": "i", "env": [{"name": "A"}],
                                             "ports": [{"containerPort": 80}], "resources": {}}],
                             "terminationGracePeriodSeconds": 0, "nodeSelector": {"a": ""}},
                    "status": {"conditions": [{"type": "Ready", "status": "False", "lastProbeTime": null,
                                               "lastTransitionTime": null}],
                               "containerStatuses": [{"name": "c", "image": "", "imageID": "", "ready": false,
                                                      "restartCount": 0, "started": false, "lastState": {},
                                                      "state": {}}]}}),
        );
    }

    #[test]
    fn each_kind_prints_its_empty_parts() {
        let new = |version: &str, kind: &str| json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a"}});
        for (version, kind, rest) in [
            ("v1", "ConfigMap", json!({})),
            ("v1", "ServiceAccount", json!({})),
            ("v1", "Namespace", json!({"spec": {}, "status": {}})),
            (
                "v1",
                "Service",
                json!({"spec": {}, "status": {"loadBalancer": {}}}),
            ),
            (
                "discovery.k8s.io/v1",
                "EndpointSlice",
                json!({"addressType": "", "endpoints": null, "ports": null}),
            ),
        ] {
            let mut printed = new(version, kind);
            let rest = rest.as_object().cloned().unwrap_or_default();
            printed.as_object_mut().expect("a map").extend(rest);
            let mut given = new(version, kind);
            if kind == "EndpointSlice" {
                given["addressType"] = json!("");
            }
            check(&given, &printed);
        }
    }

    #[test]
    fn templates_and_statuses_of_workloads() {
        let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
        let printed = json!({"metadata": {"labels": {"a": "b"}},
                             "spec": {"containers": [{"name": "c", "image": "i", "resources": {}}]}});
        let selector = json!({"matchLabels": {"a": "b"}});
        check(
            &json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"},
                    "spec": {"replicas": 0, "paused": false, "selector": selector, "template": template},
                    "status": {"replicas": 0, "availableReplicas": 0}}),
            &json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"},
                    "spec": {"replicas": 0, "strategy": {}, "selector": selector, "template": printed}, "status": {}}),
        );
        check(
            &json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "a"},
                    "spec": {"selector": selector, "template": template}, "status": {"replicas": 0}}),
            &json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "a"},
                    "spec": {"selector": selector, "template": printed}, "status": {"replicas": 0}}),
        );
    }
}
