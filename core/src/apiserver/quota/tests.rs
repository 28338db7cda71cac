//! What objects use.

use serde_json::{Value, json};

use super::{in_scope, matching, missing, usage};
use crate::api::types::core::ResourceQuotaSpec;
use crate::api::{AnyObject, Kind};
use crate::sim::Time;

fn pod(spec: &Value) -> AnyObject {
    AnyObject::from_value(Kind::Pod, json!({"metadata": {"name": "p"}, "spec": spec})).expect("a Pod")
}

fn used(object: &AnyObject) -> Vec<String> {
    let used = usage(object, Time::ZERO);
    used.iter()
        .map(|(name, amount)| format!("{name}={amount}"))
        .collect()
}

#[test]
fn pods_use_what_their_containers_ask_for() {
    let container = |cpu: &str| json!({"name": "c", "resources": {"requests": {"cpu": cpu}, "limits": {"memory": "64Mi"}}});
    let mut sidecar = container("10m");
    sidecar["restartPolicy"] = json!("Always");
    let object = pod(&json!({
        "containers": [container("100m"), container("0.2")],
        "initContainers": [sidecar, container("400m")],
    }));
    // 100m + 200m + 10m of the sidecar are less than 400m + 10m while initialising.
    assert_eq!(
        used(&object),
        [
            "count/pods=1",
            "cpu=410m",
            "limits.memory=192Mi",
            "pods=1",
            "requests.cpu=410m"
        ]
    );
}

#[test]
fn a_pod_that_has_ended_is_only_counted() {
    let mut object = pod(&json!({"containers": [{"name": "c"}]}));
    if let AnyObject::Pod(pod) = &mut object {
        pod.status_mut().phase = Some("Succeeded".to_owned());
    }
    assert_eq!(used(&object), ["count/pods=1"]);
}

#[test]
fn services_and_claims_use_more_than_their_number() {
    let service = |kind: &str| {
        let spec = json!({"type": kind, "ports": [{"port": 1}, {"port": 2}]});
        AnyObject::from_value(Kind::Service, json!({"spec": spec})).expect("a Service")
    };
    let expected = [("ClusterIP", 0, 0), ("NodePort", 2, 0), ("LoadBalancer", 2, 1)];
    for (kind, ports, balancers) in expected {
        assert_eq!(
            used(&service(kind)),
            [
                "count/services=1".to_owned(),
                "services=1".to_owned(),
                format!("services.loadbalancers={balancers}"),
                format!("services.nodeports={ports}"),
            ],
            "{kind}"
        );
    }
    let claim = json!({"spec": {"storageClassName": "vif", "resources": {"requests": {"storage": "2Gi"}}}});
    let claim = AnyObject::from_value(Kind::PersistentVolumeClaim, claim).expect("a claim");
    assert_eq!(
        used(&claim),
        [
            "count/persistentvolumeclaims=1",
            "persistentvolumeclaims=1",
            "requests.storage=2Gi",
            "vif.storageclass.storage.k8s.io/persistentvolumeclaims=1",
            "vif.storageclass.storage.k8s.io/requests.storage=2Gi",
        ]
    );
}

#[test]
fn a_kind_uses_its_own_resources() {
    let names = [
        "pods",
        "cpu",
        "count/pods",
        "secrets",
        "count/deployments.apps",
        "requests.nvidia.com/gpu",
    ]
    .map(str::to_owned);
    for (kind, expected) in [
        (
            Kind::Pod,
            &["pods", "cpu", "count/pods", "requests.nvidia.com/gpu"][..],
        ),
        (Kind::Secret, &["secrets"]),
        (Kind::Deployment, &["count/deployments.apps"]),
        (Kind::Service, &[]),
    ] {
        assert_eq!(matching(kind, names.iter()), expected, "{kind}");
    }
}

#[test]
fn scopes_choose_pods() {
    let best_effort = pod(&json!({"containers": [{"name": "c"}], "priorityClassName": "haute"}));
    let with_deadline = pod(&json!({
        "activeDeadlineSeconds": 5,
        "containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}],
    }));
    let priority = |operator: &str, values: Value| {
        json!({"scopeSelector": {"matchExpressions": [
        {"scopeName": "PriorityClass", "operator": operator, "values": values}]}})
    };
    for (spec, expected) in [
        (json!({}), [true, true]),
        (json!({"scopes": ["BestEffort"]}), [true, false]),
        (json!({"scopes": ["NotBestEffort"]}), [false, true]),
        (json!({"scopes": ["Terminating"]}), [false, true]),
        (json!({"scopes": ["NotTerminating", "BestEffort"]}), [true, false]),
        (priority("In", json!(["haute"])), [true, false]),
        (priority("NotIn", json!(["haute"])), [false, true]),
        (priority("DoesNotExist", json!([])), [false, true]),
    ] {
        let quota: ResourceQuotaSpec = serde_json::from_value(spec.clone()).expect("a quota");
        let found = [&best_effort, &with_deadline].map(|pod| in_scope(&quota, pod));
        assert_eq!(found, expected, "{spec}");
    }
}

#[test]
fn what_is_counted_must_be_given() {
    let object = pod(&json!({"containers": [
        {"name": "b", "resources": {"requests": {"cpu": "1"}}}, {"name": "a"}]}));
    assert_eq!(
        missing(
            &object,
            &[
                "pods",
                "requests.cpu",
                "limits.memory",
                "requests.ephemeral-storage"
            ]
        )
        .as_deref(),
        Some("must specify limits.memory for: a,b; requests.cpu for: a")
    );
    assert_eq!(missing(&object, &["pods"]), None);
}
