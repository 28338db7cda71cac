//! What a few runs come to, one line each: the native half of the proof that a run is the same in WebAssembly.
//!
//! `cargo xtask test wasm` prints these lines natively and hands them to `web/tests/same_run.rs`, which is this very file
//! compiled to wasm and held against them.

use std::hash::Hasher;
use std::time::Duration;

use serde_json::{Value, json};
use siphasher::sip::SipHasher13;
use timonier_core::api::Kind;
use timonier_core::apiserver::{Body, Method, Request, User, collection_path, object_path};
use timonier_core::cluster::{Cluster, Topology};

fn main() {
    for line in lines() {
        println!("{line}");
    }
}

/// For each run its name, when it ended, its trace's hash, and the hash of all its bytes.
pub(crate) fn lines() -> Vec<String> {
    let runs: [(&str, u64, fn(&mut Cluster)); 4] = [
        ("idle", 1, idle),
        ("pods", 2, pods),
        ("replicas", 3, replicas),
        ("replicas", 4, replicas),
    ];
    let line = |(name, seed, run): (&str, u64, fn(&mut Cluster))| {
        let mut cluster = Cluster::new(seed, &Topology::default());
        run(&mut cluster);
        let mut bytes = SipHasher13::new();
        bytes.write(&cluster.save());
        let (end, trace) = (cluster.now(), cluster.trace().hash());
        format!(
            "{name} seed={seed} end={end:?} trace={trace:016x} save={:016x}",
            bytes.finish()
        )
    };
    runs.into_iter().map(line).collect()
}

fn idle(cluster: &mut Cluster) {
    cluster.run_for(Duration::from_secs(600));
}

/// One that runs, one that cannot be pulled, one that exits and is restarted, one that fits nowhere.
fn pods(cluster: &mut Cluster) {
    for (name, image, cpu) in [
        ("a", "nginx:1.27", "1"),
        ("b", "ngimx", "1"),
        ("c", "busybox", "100m"),
        ("d", "nginx", "64"),
    ] {
        let container = json!({"name": "c", "image": image, "resources": {"requests": {"cpu": cpu}}});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container]}});
        post(cluster, Kind::Pod, pod);
        cluster.run_for(Duration::from_millis(700));
    }
    cluster.run_for(Duration::from_secs(300));
    delete(cluster, Kind::Pod, "a");
    cluster.run_for(Duration::from_secs(60));
}

/// A service over replicas that are lost and replaced.
fn replicas(cluster: &mut Cluster) {
    let labels = json!({"app": "web"});
    let template = json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}});
    let spec = json!({"replicas": 12, "selector": {"matchLabels": labels}, "template": template});
    post(
        cluster,
        Kind::Service,
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": labels, "ports": [{"port": 80}]}}),
    );
    for kind in [Kind::ReplicaSet, Kind::Deployment] {
        let metadata = json!({"name": kind.name().to_lowercase()});
        post(
            cluster,
            kind,
            json!({"apiVersion": "apps/v1", "kind": kind.name(), "metadata": metadata, "spec": spec}),
        );
        cluster.run_for(Duration::from_secs(20));
    }
    delete(cluster, Kind::ReplicaSet, "replicaset");
    cluster.run_for(Duration::from_secs(90));
}

fn post(cluster: &mut Cluster, kind: Kind, value: Value) {
    let request = Request::new(Method::Post, collection_path(kind, "default"), User::admin());
    let response = cluster.request(&request.with_body(Body::Json(value)));
    assert_eq!(response.status, 201, "{response:?}");
}

fn delete(cluster: &mut Cluster, kind: Kind, name: &str) {
    let response = cluster.request(&Request::new(
        Method::Delete,
        object_path(kind, "default", name),
        User::admin(),
    ));
    assert!(response.status < 300, "{response:?}");
}
