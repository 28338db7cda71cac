//! Autoscaling, with a metrics server that looks at what runs.

use serde_json::json;

use super::World;
use crate::api::Kind;

const METRICS_SERVER: &str = include_str!("../../../assets/addons/metrics-server.yaml");

fn busy(script: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{replicas: 1, selector: {{matchLabels: \
         {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}}}, spec: {{terminationGracePeriodSeconds: 1, \
         containers: [{{name: c, image: \"busybox:1.36\", command: [sh, -c, \"{script}\"], resources: {{requests: {{cpu: \
         200m}}, limits: {{cpu: 400m}}}}}}]}}}}}}}}"
    )
}

const AUTOSCALER: &str = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {\
     scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 1, maxReplicas: 4, metrics: [{type: \
     Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]}}";

/// Installs the metrics server as a learner does.
fn install(world: &mut World) {
    let session = world.0.run_script(
        "kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml",
    );
    let until = world.0.now() + std::time::Duration::from_secs(10);
    world.0.run_until_idle(session, until);
    let (out, err) = world.0.take_text(session);
    assert_eq!(
        out.lines().count(),
        METRICS_SERVER.matches("\nkind:").count(),
        "{out}{err}"
    );
    world.run(60);
}

#[test]
fn replicas_follow_the_processor() {
    let mut world = World::new();
    install(&mut world);
    world.create(&busy("while true; do :; done"));
    world.create(AUTOSCALER);
    // Processor time is not believed before a Pod has been ready for a while.
    world.run(180);
    let found = world.get(Kind::HorizontalPodAutoscaler, "web");
    assert_eq!(found["spec"]["maxReplicas"], 4);
    assert_eq!(found["status"]["currentReplicas"], 4, "{:#}", found["status"]);
    let current = &found["status"]["currentMetrics"][0]["resource"]["current"]["averageUtilization"];
    let current = current.as_u64().unwrap_or(0);
    assert!((195..=200).contains(&current), "{:#}", found["status"]);
    assert!(!world.events("SuccessfulRescale").is_empty());
    // Idle again, it waits for five minutes before it shrinks.
    world.patch(
        Kind::Deployment,
        "web",
        json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "busybox:1.36", "command": ["sleep", "9000"],
            "resources": {"requests": {"cpu": "200m"}}}]}}}}),
    );
    world.run(120);
    assert_eq!(world.get(Kind::Deployment, "web")["spec"]["replicas"], 4);
    world.run(420);
    assert_eq!(world.get(Kind::Deployment, "web")["spec"]["replicas"], 1);
}

#[test]
fn without_a_metrics_server_nothing_is_known() {
    let mut world = World::new();
    world.create(&busy("sleep 9000"));
    world.create(AUTOSCALER);
    world.run(40);
    let status = world.get(Kind::HorizontalPodAutoscaler, "web")["status"].clone();
    let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
    let active = conditions
        .iter()
        .find(|condition| condition["type"] == "ScalingActive");
    assert_eq!(
        active.map(|condition| condition["reason"].clone()),
        Some(json!("FailedGetResourceMetric")),
        "{status:#}"
    );
}
