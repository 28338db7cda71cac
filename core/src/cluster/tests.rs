//! The cluster as a whole: what a user sees happen.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Cluster, Topology};
use crate::api::Kind;
use crate::apiserver::{Body, Method, Request, Response, User, collection_path, object_path};

fn post(cluster: &mut Cluster, kind: Kind, value: Value) -> Response {
    let path = collection_path(kind, "default");
    cluster.request(&Request::new(Method::Post, path, User::admin()).with_body(Body::Json(value)))
}

fn get(cluster: &mut Cluster, kind: Kind, name: &str) -> Value {
    let path = object_path(kind, "default", name);
    let response = cluster.request(&Request::new(Method::Get, path, User::admin()));
    response.to_value().unwrap_or_default()
}

fn pod(name: &str, image: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "web"}},
           "spec": {"containers": [{"name": "c", "image": image}]}})
}

#[test]
fn a_pod_is_placed_pulled_and_run() {
    let mut cluster = Cluster::new(1, &Topology::default());
    let created = post(&mut cluster, Kind::Pod, pod("web", "nginx:1.27"));
    assert_eq!(created.status, 201, "{created:?}");
    cluster.run_for(Duration::from_secs(6));
    let pod = get(&mut cluster, Kind::Pod, "web");
    assert_eq!(pod["status"]["phase"], "Running", "{pod:#}");
    assert_eq!(pod["status"]["containerStatuses"][0]["ready"], true);
    assert!(
        pod["spec"]["nodeName"]
            .as_str()
            .is_some_and(|node| node.starts_with("worker-"))
    );
}

#[test]
fn an_unknown_image_ends_in_back_off() {
    let mut cluster = Cluster::new(1, &Topology::default());
    post(&mut cluster, Kind::Pod, pod("web", "ngimx"));
    cluster.run_for(Duration::from_secs(8));
    let pod = get(&mut cluster, Kind::Pod, "web");
    assert_eq!(
        pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"], "ImagePullBackOff",
        "{pod:#}"
    );
}

#[test]
fn a_container_that_exits_is_restarted_less_and_less() {
    let mut cluster = Cluster::new(1, &Topology::default());
    post(&mut cluster, Kind::Pod, pod("web", "busybox"));
    cluster.run_for(Duration::from_secs(120));
    let pod = get(&mut cluster, Kind::Pod, "web");
    let status = &pod["status"]["containerStatuses"][0];
    assert_eq!(
        status["state"]["waiting"]["reason"], "CrashLoopBackOff",
        "{pod:#}"
    );
    // At once, then after 10, 20 and 40 seconds.
    assert_eq!(status["restartCount"], 4, "{pod:#}");
}

#[test]
fn a_replicaset_keeps_its_number() {
    let mut cluster = Cluster::new(1, &Topology::default());
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}});
    let set = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"},
                     "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": template}});
    let created = post(&mut cluster, Kind::ReplicaSet, set);
    assert_eq!(created.status, 201, "{created:?}");
    cluster.run_for(Duration::from_secs(10));
    assert_eq!(
        get(&mut cluster, Kind::ReplicaSet, "web")["status"]["readyReplicas"],
        3
    );
    let victim = cluster
        .store()
        .list_in(Kind::Pod, "default")
        .next()
        .map(|pod| pod.name().to_owned());
    let path = object_path(Kind::Pod, "default", &victim.expect("a pod"));
    cluster.request(&Request::new(Method::Delete, path, User::admin()));
    cluster.run_for(Duration::from_secs(10));
    assert_eq!(cluster.store().list_in(Kind::Pod, "default").count(), 3);
    assert_eq!(
        get(&mut cluster, Kind::ReplicaSet, "web")["status"]["readyReplicas"],
        3
    );
}

#[test]
fn the_same_seed_gives_the_same_trace_and_a_fork_or_a_save_continues_identically() {
    let run = |seed| {
        let mut cluster = Cluster::new(seed, &Topology::default());
        post(&mut cluster, Kind::Pod, pod("web", "nginx:1.27"));
        cluster.run_for(Duration::from_millis(400));
        cluster
    };
    let (mut a, mut b) = (run(7), run(7));
    let (mut fork, mut loaded) = (a.fork(), Cluster::load(&a.save()).expect("a save"));
    for cluster in [&mut a, &mut b, &mut fork, &mut loaded] {
        cluster.run_for(Duration::from_secs(20));
    }
    assert_eq!(a.trace().hash(), b.trace().hash());
    assert_eq!(a.trace().hash(), fork.trace().hash());
    assert_eq!(a.trace().hash(), loaded.trace().hash());
    assert_eq!(a.save(), loaded.save());
    assert_ne!(run(8).trace().hash(), run(7).trace().hash());
}
