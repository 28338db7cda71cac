//! Disruption budgets and evictions.

use serde_json::{Value, json};

use super::{World, path_of};
use crate::api::Kind;
use crate::apiserver::{Body, Method};

fn deployment(replicas: u32) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{replicas: {replicas}, selector: \
         {{matchLabels: {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: \
         c, image: \"nginx:1.25\"}}]}}}}}}}}"
    )
}

fn budget(name: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{name: {name}}}, spec: {{{spec}, selector: \
         {{matchLabels: {{app: web}}}}}}}}"
    )
}

fn evict(world: &mut World, pod: &str) -> (u16, Value) {
    let path = format!("{}/eviction", path_of(Kind::Pod, pod));
    let body = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": "default"}});
    let response = world.send(Method::Post, path, Body::Json(body));
    (response.status, response.to_value().unwrap_or_default())
}

/// Expected Pods, wanted, healthy, allowed.
#[test]
fn a_budget_says_how_many_may_go() {
    for (replicas, spec, expected) in [
        (4, "minAvailable: 3", [4, 3, 4, 1]),
        (4, "minAvailable: 4", [4, 4, 4, 0]),
        (4, "minAvailable: 9", [4, 9, 4, 0]),
        (4, "minAvailable: 50%", [4, 2, 4, 2]),
        (4, "minAvailable: 51%", [4, 3, 4, 1]),
        (4, "maxUnavailable: 1", [4, 3, 4, 1]),
        (4, "maxUnavailable: 0", [4, 4, 4, 0]),
        (4, "maxUnavailable: 30%", [4, 2, 4, 2]),
        (0, "minAvailable: 1", [0, 1, 0, 0]),
    ] {
        let mut world = World::new();
        world.create(&deployment(replicas));
        world.create(&budget("web", spec));
        world.run(10);
        let status = world.get(Kind::PodDisruptionBudget, "web")["status"].clone();
        let fields = [
            "expectedPods",
            "desiredHealthy",
            "currentHealthy",
            "disruptionsAllowed",
        ];
        let found = fields.map(|field| status[field].as_i64().unwrap_or(-1));
        assert_eq!(found, expected, "{spec}: {status:#}");
        let reason = if expected[3] > 0 {
            "SufficientPods"
        } else {
            "InsufficientPods"
        };
        assert_eq!(status["conditions"][0]["reason"], reason, "{spec}");
    }
}

#[test]
fn an_eviction_asks_the_budget() {
    let refused = "Cannot evict pod as it would violate the pod's disruption budget.";
    let several =
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    for (budgets, first, second) in [
        (&[][..], (201, ""), (201, "")),
        (&["minAvailable: 2"], (201, ""), (429, refused)),
        (&["maxUnavailable: 0"], (429, refused), (429, refused)),
        (&["minAvailable: 1"], (201, ""), (201, "")),
        (
            &["minAvailable: 1", "minAvailable: 2"],
            (500, several),
            (500, several),
        ),
    ] {
        let mut world = World::new();
        world.create(&deployment(3));
        for (index, spec) in budgets.iter().enumerate() {
            world.create(&budget(&format!("web{index}"), spec));
        }
        world.run(10);
        let pods = world.names(Kind::Pod);
        for (pod, (status, message)) in pods.iter().zip([first, second]) {
            let (found, body) = evict(&mut world, pod);
            assert_eq!(found, status, "{budgets:?}: {body:#}");
            assert_eq!(
                body["message"].as_str().unwrap_or_default(),
                message,
                "{budgets:?}"
            );
        }
    }
}

#[test]
fn who_is_refused_is_told_why() {
    let mut world = World::new();
    world.create(&deployment(2));
    world.create(&budget("web", "minAvailable: 2"));
    world.run(10);
    let pod = world.names(Kind::Pod).remove(0);
    let (_, body) = evict(&mut world, &pod);
    assert_eq!(body["reason"], "TooManyRequests");
    assert_eq!(
        body["details"]["causes"][0],
        json!({"reason": "DisruptionBudget", "message": "The disruption budget web needs 2 healthy pods and has 2 currently"})
    );
    world.patch(
        Kind::PodDisruptionBudget,
        "web",
        json!({"spec": {"minAvailable": 1}}),
    );
    let (_, body) = evict(&mut world, &pod);
    let cause = &body["details"]["causes"][0]["message"];
    assert_eq!(
        cause,
        "The disruption budget web is still being processed by the server."
    );
    world.run(1);
    assert_eq!(evict(&mut world, &pod).0, 201);
    let gone = world.get(Kind::Pod, &pod);
    let conditions = gone["status"]["conditions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let target = conditions
        .iter()
        .find(|condition| condition["type"] == "DisruptionTarget");
    assert_eq!(target.expect("said why")["reason"], "EvictionByEvictionAPI");
}

#[test]
fn a_pod_without_a_controller_or_with_one_that_has_no_scale() {
    let daemon = "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: web}, spec: {selector: {matchLabels: {app: \
                  web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: \
                  \"nginx:1.25\"}]}}}}";
    let mut world = World::new();
    world.create(daemon);
    world.create(&budget("web", "maxUnavailable: 1"));
    world.run(5);
    let status = world.get(Kind::PodDisruptionBudget, "web")["status"].clone();
    let why = "daemonsets.apps does not implement the scale subresource";
    assert_eq!(status["conditions"][0]["message"], why, "{status:#}");
    assert_eq!(status["disruptionsAllowed"], 0);
    let said = format!("Failed to calculate the number of expected pods: {why}");
    assert!(world.events("CalculateExpectedPodCountFailed").contains(&said));
}
