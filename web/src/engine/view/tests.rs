//! The page's copy must be what the store says, however it was told: step by step, or all at once.

use std::time::Duration;

use serde_json::json;
use timonier_core::apiserver::{Body, ContentType, Method, Request, User};
use timonier_core::cluster::{Cluster, Topology};

use super::ViewBuilder;
use crate::protocol::codec;
use crate::view::geometry::Size;
use crate::view::look::State;
use crate::view::projection::{ContainerState, Projection};
use crate::view::scene::{Key, Options, Scene, is_system};

fn web_deployment(image: &str) -> serde_json::Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
        },
    })
}

fn post(cluster: &mut Cluster, path: &str, body: serde_json::Value) {
    ask(cluster, Method::Post, path, body);
}

fn ask(cluster: &mut Cluster, method: Method, path: &str, body: serde_json::Value) {
    let request = Request::new(method, path, User::admin()).with_body(Body::Json(body));
    let response = cluster.request(&request);
    assert!(response.status < 300, "{path}: {}", response.status);
}

/// Tells a page's copy by way of the bytes that cross to it.
fn tell(builder: &mut ViewBuilder, cluster: &Cluster, copy: &mut Projection) {
    let bytes = codec::encode(&builder.delta(cluster)).unwrap();
    copy.apply(codec::decode(&bytes).unwrap());
}

fn assert_same(told: &Projection, fresh: &Projection) {
    assert_eq!(told.pods, fresh.pods);
    assert_eq!(told.nodes, fresh.nodes);
    assert_eq!(told.replica_sets, fresh.replica_sets);
    assert_eq!(told.deployments, fresh.deployments);
    assert_eq!(told.services, fresh.services);
    assert_eq!(told.endpoint_slices, fresh.endpoint_slices);
    assert_eq!(told.namespaces, fresh.namespaces);
    assert_eq!(told.things, fresh.things);
}

#[test]
fn deltas_lead_to_what_the_store_says() {
    let mut cluster = Cluster::new(7, &Topology::default());
    let (mut builder, mut copy) = (ViewBuilder::default(), Projection::default());
    tell(&mut builder, &cluster, &mut copy);
    assert_eq!(copy.nodes.len(), 4);
    assert_eq!(
        copy.nodes
            .values()
            .filter(|node| node.control_plane && !node.taints.is_empty())
            .count(),
        1
    );
    assert!(
        copy.nodes
            .values()
            .all(|node| node.ready && node.cpu_millis == 4000 && node.pods == 110)
    );
    post(
        &mut cluster,
        "/apis/apps/v1/namespaces/default/deployments",
        web_deployment("nginx:1.27"),
    );
    let mut pulled = false;
    for _ in 0..300 {
        cluster.run_for(Duration::from_millis(100));
        tell(&mut builder, &cluster, &mut copy);
        let containers = copy.pods.values().flat_map(|pod| &pod.containers);
        pulled |= containers
            .filter(|container| container.image == "nginx:1.27")
            .any(|container| matches!(container.state, ContainerState::Pulling { since_micros, until_micros } if until_micros > since_micros));
        let mut fresh = Projection::default();
        tell(&mut ViewBuilder::default(), &cluster, &mut fresh);
        assert_same(&copy, &fresh);
    }
    assert!(pulled, "no pull was seen");
    let own: Vec<_> = copy
        .pods
        .values()
        .filter(|pod| pod.meta.namespace == "default")
        .collect();
    assert_eq!(own.len(), 3);
    assert!(
        own.iter()
            .all(|pod| State::of(pod) == State::Ready && pod.meta.owner.is_some())
    );
}

#[test]
fn nothing_happened_means_nothing_is_told() {
    let mut cluster = Cluster::new(7, &Topology::default());
    let mut builder = ViewBuilder::default();
    assert!(builder.delta(&cluster).reset);
    cluster.run_for(Duration::from_micros(1));
    let delta = builder.delta(&cluster);
    assert!(!delta.reset && delta.changed.is_empty() && delta.removed.is_empty() && delta.entries.is_empty());
}

#[test]
fn a_pod_that_does_not_find_its_image_is_seen_to_fail() {
    let mut cluster = Cluster::new(7, &Topology::default());
    let (mut builder, mut copy) = (ViewBuilder::default(), Projection::default());
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "rate"},
        "spec": {"containers": [{"name": "rate", "image": "ngnix:1.27"}]},
    });
    post(&mut cluster, "/api/v1/namespaces/default/pods", pod);
    cluster.run_for(Duration::from_secs(30));
    tell(&mut builder, &cluster, &mut copy);
    let pod = copy.pods.values().find(|pod| pod.meta.name == "rate").unwrap();
    assert_eq!(State::of(pod), State::Failing);
    assert!(
        ["ErrImagePull", "ImagePullBackOff"].contains(&pod.status.as_str()),
        "{}",
        pod.status
    );
    assert!(
        copy.entries
            .iter()
            .any(|entry| entry.warning && entry.name == "rate")
    );
}

#[test]
fn a_rolling_update_shows_both_versions_and_where_the_service_leads() {
    let mut cluster = Cluster::new(11, &Topology::default());
    let (mut builder, mut copy) = (ViewBuilder::default(), Projection::default());
    post(
        &mut cluster,
        "/apis/apps/v1/namespaces/default/deployments",
        web_deployment("nginx:1.26"),
    );
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    });
    post(&mut cluster, "/api/v1/namespaces/default/services", service);
    cluster.run_for(Duration::from_secs(20));
    let path = "/apis/apps/v1/namespaces/default/deployments/web";
    let image =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}}});
    let mut patch = Request::new(Method::Patch, path, User::admin()).with_body(Body::Json(image));
    patch.content_type = ContentType::StrategicMergePatch;
    assert_eq!(cluster.request(&patch).status, 200);
    let (mut both, mut linked) = (false, 0);
    for _ in 0..300 {
        cluster.run_for(Duration::from_millis(100));
        tell(&mut builder, &cluster, &mut copy);
        let scene = Scene::new(&copy, None, &Options::default(), Size { w: 900.0, h: 460.0 });
        let keys: Vec<Key> = scene.items.iter().map(|item| item.key).collect();
        for pod in copy.pods.values().filter(|pod| !is_system(&pod.meta)) {
            assert!(
                keys.contains(&Key::Pod(pod.meta.id)),
                "{} is not shown",
                pod.meta.name
            );
        }
        both |= keys.iter().filter(|key| matches!(key, Key::Pane(_))).count() == 2;
        linked = keys.iter().filter(|key| matches!(key, Key::Link(..))).count();
        assert!(linked <= 4, "the Service leads to {linked} pods");
    }
    assert!(both, "the two versions were never side by side");
    assert_eq!(linked, 3);
    let deployment = copy.deployments.values().find(|d| d.meta.name == "web").unwrap();
    assert_eq!(
        (deployment.revision, deployment.ready, deployment.updated),
        (2, 3, 3)
    );
    let sets = copy.replica_sets_of(deployment.meta.id);
    assert_eq!(
        sets.iter()
            .map(|set| (set.revision, set.replicas))
            .collect::<Vec<_>>(),
        [(2, 3), (1, 0)]
    );
}

#[test]
fn every_kind_that_somebody_makes_is_told() {
    let mut cluster = Cluster::new(7, &Topology::default());
    let containers =
        json!({"containers": [{"name": "a", "image": "busybox:1.37", "command": ["sleep", "1"]}]});
    let template = json!({"metadata": {"labels": {"app": "a"}}, "spec": containers});
    let batch = "/apis/batch/v1/namespaces/default";
    let mut once = template.clone();
    once["spec"]["restartPolicy"] = json!("Never");
    let job = json!({"template": once, "completions": 2});
    post(
        &mut cluster,
        &format!("{batch}/jobs"),
        json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "compte"}, "spec": job,
        }),
    );
    post(
        &mut cluster,
        &format!("{batch}/cronjobs"),
        json!({
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nuit"},
            "spec": {"schedule": "0 3 * * *", "suspend": true, "jobTemplate": {"spec": job}},
        }),
    );
    post(
        &mut cluster,
        "/apis/apps/v1/namespaces/default/statefulsets",
        json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "base"},
            "spec": {"replicas": 2, "serviceName": "base", "selector": {"matchLabels": {"app": "a"}}, "template": template},
        }),
    );
    post(
        &mut cluster,
        "/api/v1/namespaces/default/configmaps",
        json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "reglages"},
        }),
    );
    post(
        &mut cluster,
        "/apis/storage.k8s.io/v1/storageclasses",
        json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "lent"},
            "provisioner": "example.com/nfs",
        }),
    );
    let (mut builder, mut copy) = (ViewBuilder::default(), Projection::default());
    tell(&mut builder, &cluster, &mut copy);
    let mut sets: Vec<_> = copy
        .replica_sets
        .values()
        .map(|set| format!("{} {} {}", set.kind, set.meta.name, set.replicas))
        .collect();
    sets.retain(|set| !set.starts_with("ReplicaSet") && !set.starts_with("DaemonSet"));
    sets.sort();
    assert_eq!(sets, ["Job compte 2", "StatefulSet base 2"]);
    let crons = copy.deployments.values().filter(|d| d.kind == "CronJob");
    let crons: Vec<_> = crons.map(|d| (d.schedule.as_str(), d.paused)).collect();
    assert_eq!(crons, [("0 3 * * *", true)]);
    let mut things: Vec<_> = copy
        .things
        .values()
        .map(|thing| format!("{} {} {}", thing.kind, thing.meta.name, thing.note))
        .collect();
    things.sort();
    assert_eq!(
        things,
        ["ConfigMap reglages vide", "StorageClass lent example.com/nfs"]
    );
}
