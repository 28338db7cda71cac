//! DaemonSets.

use std::time::Duration;

use serde_json::json;

use super::{World, image, path_of};
use crate::api::Kind;
use crate::apiserver::{Body, Method};

fn set(spec: &str, pod: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: DaemonSet, metadata: {{name: agent}}, spec: {{{spec} selector: {{matchLabels: \
         {{app: agent}}}}, template: {{metadata: {{labels: {{app: agent}}}}, spec: {{{pod} \
         terminationGracePeriodSeconds: 1, containers: [{{name: c, image: \"nginx:1.25\"}}]}}}}}}}}"
    )
}

fn nodes(world: &World) -> Vec<String> {
    let mut nodes: Vec<_> = world
        .pods("/spec/nodeName")
        .into_iter()
        .map(|(_, node)| node)
        .collect();
    crate::sort::sort(&mut nodes);
    nodes
}

const WORKERS: [&str; 3] = ["worker-1", "worker-2", "worker-3"];

#[test]
fn each_node_that_fits_has_one() {
    for (pod, expected) in [
        ("", &WORKERS[..]),
        (
            "tolerations: [{operator: Exists}],",
            &["control-plane", "worker-1", "worker-2", "worker-3"],
        ),
        ("nodeSelector: {kubernetes.io/hostname: worker-2},", &["worker-2"]),
        ("nodeSelector: {disque: ssd},", &[]),
        ("nodeName: worker-3,", &["worker-3"]),
        (
            "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: \
             [{matchExpressions: [{key: kubernetes.io/hostname, operator: NotIn, values: [worker-1]}]}]}}},",
            &["worker-2", "worker-3"],
        ),
    ] {
        let mut world = World::new();
        world.create(&set("", pod));
        world.run(5);
        assert_eq!(nodes(&world), expected, "{pod}");
        let status = world.get(Kind::DaemonSet, "agent")["status"].clone();
        for field in ["desiredNumberScheduled", "currentNumberScheduled", "numberReady"] {
            assert_eq!(status[field], expected.len(), "{pod} {field}: {status:#}");
        }
    }
}

#[test]
fn it_follows_the_nodes() {
    let taint = |effect: &str| json!({"spec": {"taints": [{"key": "k", "value": "v", "effect": effect}]}});
    for (change, left, misscheduled) in [
        (taint("NoExecute"), &["worker-2", "worker-3"][..], 0),
        // It may stay where it is, and is not wanted there.
        (taint("NoSchedule"), &WORKERS[..], 1),
        (
            json!({"metadata": {"labels": {"agent": "non"}}}),
            &["worker-2", "worker-3"],
            0,
        ),
        // Daemons do not mind cordons.
        (json!({"spec": {"unschedulable": true}}), &WORKERS[..], 0),
    ] {
        let mut world = World::new();
        let affinity = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: \
                        [{matchExpressions: [{key: agent, operator: DoesNotExist}]}]}}},";
        world.create(&set("", affinity));
        world.run(5);
        world.patch(Kind::Node, "worker-1", change.clone());
        world.run(10);
        assert_eq!(nodes(&world), left, "{change}");
        let status = world.get(Kind::DaemonSet, "agent")["status"].clone();
        assert_eq!(status["numberMisscheduled"], misscheduled, "{change}: {status:#}");
        let back =
            json!({"metadata": {"labels": {"agent": null}}, "spec": {"taints": null, "unschedulable": null}});
        world.patch(Kind::Node, "worker-1", back);
        world.run(10);
        assert_eq!(nodes(&world), WORKERS, "{change}");
    }
}

/// How many are ready at the least and how many Pods there are at the most, while three are updated.
#[test]
fn a_rolling_update_keeps_within_its_limits() {
    for (strategy, fewest, most, updated) in [
        ("{type: RollingUpdate}", 2, 3, 3),
        ("{rollingUpdate: {maxUnavailable: 2}}", 1, 3, 3),
        ("{rollingUpdate: {maxUnavailable: 34%}}", 1, 3, 3),
        ("{rollingUpdate: {maxUnavailable: 100%}}", 0, 3, 3),
        ("{rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}", 3, 4, 3),
        ("{rollingUpdate: {maxUnavailable: 0, maxSurge: 100%}}", 3, 6, 3),
        ("{type: OnDelete}", 3, 3, 0),
    ] {
        let mut world = World::new();
        world.create(&set(&format!("updateStrategy: {strategy},"), ""));
        world.run(10);
        world.patch(Kind::DaemonSet, "agent", image("nginx:1.26"));
        let (mut least, mut largest) = (i64::MAX, 0);
        for _ in 0..600 {
            world.0.run_for(Duration::from_millis(20));
            let status = world.get(Kind::DaemonSet, "agent")["status"].clone();
            least = least.min(status["numberReady"].as_i64().unwrap_or(0));
            let active = world.pods("/metadata/deletionTimestamp").into_iter();
            largest = largest.max(active.filter(|(_, at)| at == "null").count());
        }
        assert_eq!((least, largest), (fewest, most), "{strategy}");
        let status = world.get(Kind::DaemonSet, "agent")["status"].clone();
        let found = status["updatedNumberScheduled"].as_i64().unwrap_or(0);
        assert_eq!(found, updated, "{strategy}: {status:#}");
    }
}

#[test]
fn a_pod_that_ended_is_replaced() {
    for (phase, reason) in [("Failed", "FailedDaemonPod"), ("Succeeded", "SucceededDaemonPod")] {
        let mut world = World::new();
        world.create(&set("", "nodeSelector: {kubernetes.io/hostname: worker-1},"));
        world.run(5);
        let name = world.names(Kind::Pod).remove(0);
        let mut value = world.get(Kind::Pod, &name);
        value["status"]["phase"] = json!(phase);
        let path = format!("{}/status", path_of(Kind::Pod, &name));
        let response = world.send(Method::Put, path, Body::Json(value));
        assert_eq!(response.status, 200, "{response:?}");
        world.run(5);
        assert_eq!(world.names(Kind::Pod).len(), 1, "{phase}");
        assert!(!world.names(Kind::Pod).contains(&name), "{phase}");
        assert_eq!(world.events(reason).len(), 1, "{phase}");
    }
}

#[test]
fn revisions_are_numbered_and_forgotten() {
    let mut world = World::new();
    world.create(&set("revisionHistoryLimit: 1,", ""));
    world.run(5);
    for tag in ["nginx:1.26", "nginx:1.27", "nginx:1.26"] {
        world.patch(Kind::DaemonSet, "agent", image(tag));
        world.run(15);
    }
    let mut numbers: Vec<_> = world
        .list(Kind::ControllerRevision)
        .iter()
        .filter_map(|revision| revision["revision"].as_i64())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [3, 4]);
    let set = world.get(Kind::DaemonSet, "agent");
    let generation = &set["metadata"]["annotations"]["deprecated.daemonset.template.generation"];
    assert_eq!(generation, "4");
}
