//! StatefulSets.

use serde_json::json;

use super::{World, image};
use crate::api::Kind;

fn set(spec: &str, image: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: web}}, spec: {{serviceName: web, {spec}, \
         selector: {{matchLabels: {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}}}, spec: \
         {{terminationGracePeriodSeconds: 1, containers: [{{name: c, image: \"{image}\"}}]}}}}}}}}"
    )
}

fn ordinals(world: &World) -> Vec<String> {
    let names = world.names(Kind::Pod).into_iter();
    names.map(|name| name.replace("web-", "")).collect()
}

/// A container that fails at once, so that its Pod is never ready.
const BROKEN: &str = "busybox:1.36";

/// One that is never there.
fn unready(world: &mut World, spec: &str) {
    let manifest = set(spec, "nginx:1.25").replace(
        "containers: [{",
        "containers: [{command: [sh, -c, exit 1], readinessProbe: {tcpSocket: {port: 81}, periodSeconds: 1}, ",
    );
    world.create(&manifest.replace("nginx:1.25", BROKEN));
}

#[test]
fn pods_come_one_after_the_other_unless_they_may_burst() {
    for (spec, ready, expected) in [
        ("replicas: 3", true, vec!["0", "1", "2"]),
        ("replicas: 3, ordinals: {start: 5}", true, vec!["5", "6", "7"]),
        ("replicas: 0", true, vec![]),
        ("replicas: 3", false, vec!["0"]),
        (
            "replicas: 3, podManagementPolicy: Parallel",
            false,
            vec!["0", "1", "2"],
        ),
    ] {
        let mut world = World::new();
        if ready {
            world.create(&set(spec, "nginx:1.25"));
        } else {
            unready(&mut world, spec);
        }
        world.run(20);
        assert_eq!(ordinals(&world), expected, "{spec}");
    }
}

#[test]
fn a_pod_bears_the_identity_of_its_ordinal() {
    let mut world = World::new();
    world.create(&set("replicas: 1", "nginx:1.25"));
    world.run(5);
    let (pod, set) = (world.get(Kind::Pod, "web-0"), world.get(Kind::StatefulSet, "web"));
    assert_eq!(pod["spec"]["hostname"], "web-0");
    assert_eq!(pod["spec"]["subdomain"], "web");
    assert_eq!(
        pod["metadata"]["labels"],
        json!({"app": "web", "apps.kubernetes.io/pod-index": "0", "statefulset.kubernetes.io/pod-name": "web-0",
               "controller-revision-hash": set["status"]["currentRevision"]})
    );
    let status = &set["status"];
    for field in [
        "replicas",
        "readyReplicas",
        "availableReplicas",
        "currentReplicas",
        "updatedReplicas",
    ] {
        assert_eq!(status[field], 1, "{field}");
    }
    assert_eq!(status["currentRevision"], status["updateRevision"]);
}

/// What is left of the old version after an update, by ordinal.
#[test]
fn an_update_goes_from_the_last_pod_to_the_first_as_far_as_it_may() {
    for (strategy, old) in [
        ("{type: RollingUpdate}", vec![]),
        ("{rollingUpdate: {partition: 2}}", vec!["web-0", "web-1"]),
        ("{rollingUpdate: {partition: 9}}", vec!["web-0", "web-1", "web-2"]),
        ("{type: OnDelete}", vec!["web-0", "web-1", "web-2"]),
        // 1.36 does not serve the field.
        ("{rollingUpdate: {maxUnavailable: 3}}", vec![]),
    ] {
        let mut world = World::new();
        world.create(&set(
            &format!("replicas: 3, updateStrategy: {strategy}"),
            "nginx:1.25",
        ));
        world.run(10);
        world.patch(Kind::StatefulSet, "web", image("nginx:1.26"));
        let mut fewest = 3;
        for _ in 0..300 {
            world.0.run_for(std::time::Duration::from_millis(50));
            let status = world.get(Kind::StatefulSet, "web")["status"].clone();
            fewest = fewest.min(status["readyReplicas"].as_i64().unwrap_or(0));
        }
        let images = world.pods("/spec/containers/0/image").into_iter();
        let left: Vec<_> = images
            .filter(|(_, image)| image == "nginx:1.25")
            .map(|(name, _)| name)
            .collect();
        assert_eq!(left, old, "{strategy}");
        assert!(fewest >= 2, "{strategy}: {fewest} were ready");
    }
}

#[test]
fn a_broken_update_stays_broken_until_somebody_deletes_the_pod() {
    for (policy, mended) in [("OrderedReady", false), ("Parallel", true)] {
        let mut world = World::new();
        unready(&mut world, &format!("replicas: 2, podManagementPolicy: {policy}"));
        world.run(5);
        world.patch(Kind::StatefulSet, "web", image("nginx:1.26"));
        world.run(60);
        let first = world.get(Kind::Pod, "web-0")["spec"]["containers"][0]["image"].clone();
        assert_eq!(first == "nginx:1.26", mended, "{policy}: {first}");
        if !mended {
            world.delete(Kind::Pod, "web-0", json!({}));
            world.run(20);
            let status = world.get(Kind::StatefulSet, "web")["status"].clone();
            assert_eq!(status["readyReplicas"], 2, "{status:#}");
        }
    }
}

#[test]
fn the_last_pod_goes_first() {
    let mut world = World::new();
    world.create(&set("replicas: 4", "nginx:1.25"));
    world.run(10);
    world.patch(Kind::StatefulSet, "web", json!({"spec": {"replicas": 1}}));
    world.run(20);
    assert_eq!(ordinals(&world), ["0"]);
    let deleted: Vec<_> = [3, 2, 1]
        .map(|ordinal| format!("Delete Pod web-{ordinal} in StatefulSet web successful"))
        .into();
    assert_eq!(world.events("SuccessfulDelete"), deleted);
}

#[test]
fn pods_wait_for_the_one_before_to_be_available() {
    let mut world = World::new();
    world.create(&set("replicas: 3, minReadySeconds: 10", "nginx:1.25"));
    let mut seen = Vec::new();
    for _ in 0..4 {
        world.run(9);
        seen.push(ordinals(&world).len());
    }
    assert_eq!(seen, [1, 2, 3, 3]);
    let status = world.get(Kind::StatefulSet, "web")["status"].clone();
    assert_eq!(status["availableReplicas"], 3, "{status:#}");
}

#[test]
fn claims_stay_or_go_as_the_policy_says() {
    let template = "volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], \
                    resources: {requests: {storage: 1Gi}}}}]";
    for (deleted, scaled, after_scaling, after_deletion) in [
        (
            "Retain",
            "Retain",
            vec!["d-web-0", "d-web-1"],
            vec!["d-web-0", "d-web-1"],
        ),
        ("Retain", "Delete", vec!["d-web-0"], vec!["d-web-0"]),
        ("Delete", "Retain", vec!["d-web-0", "d-web-1"], vec![]),
        ("Delete", "Delete", vec!["d-web-0"], vec![]),
    ] {
        let mut world = World::new();
        let policy =
            format!("persistentVolumeClaimRetentionPolicy: {{whenDeleted: {deleted}, whenScaled: {scaled}}}");
        // Without a volume behind them claims stay pending and so do their Pods: bursting makes both.
        world.create(&set(
            &format!("replicas: 2, podManagementPolicy: Parallel, {policy}, {template}"),
            "nginx:1.25",
        ));
        world.run(10);
        assert_eq!(
            world.names(Kind::PersistentVolumeClaim),
            ["d-web-0", "d-web-1"],
            "{policy}"
        );
        world.patch(Kind::StatefulSet, "web", json!({"spec": {"replicas": 1}}));
        world.run(20);
        assert_eq!(
            world.names(Kind::PersistentVolumeClaim),
            after_scaling,
            "{policy}"
        );
        world.delete(Kind::StatefulSet, "web", json!({}));
        world.run(20);
        assert_eq!(
            world.names(Kind::PersistentVolumeClaim),
            after_deletion,
            "{policy}"
        );
    }
}

#[test]
fn old_revisions_are_forgotten_and_one_rolled_back_to_is_renumbered() {
    let mut world = World::new();
    world.create(&set("replicas: 1, revisionHistoryLimit: 1", "nginx:1.25"));
    world.run(5);
    for tag in ["nginx:1.26", "nginx:1.27", "nginx:1.28", "nginx:1.27"] {
        world.patch(Kind::StatefulSet, "web", image(tag));
        world.run(10);
    }
    let mut numbers: Vec<_> = world
        .list(Kind::ControllerRevision)
        .iter()
        .map(|revision| {
            let image = &revision["data"]["spec"]["template"]["spec"]["containers"][0]["image"];
            (revision["revision"].as_i64(), image.as_str().map(str::to_owned))
        })
        .collect();
    crate::sort::sort(&mut numbers);
    let expected = [(4, "nginx:1.28"), (5, "nginx:1.27")];
    let expected = expected.map(|(number, image)| (Some(number), Some(image.to_owned())));
    assert_eq!(numbers, expected);
}
