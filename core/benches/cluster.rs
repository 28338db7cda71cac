//! What a cluster costs in CPU: deployments until all Pods are ready, many Pods on many nodes, an idle hour.

#![expect(
    clippy::panic,
    reason = "a benchmark of a cluster that does not settle means nothing"
)]

use std::time::Duration;

use serde_json::json;
use timonier_core::api::Kind;
use timonier_core::apiserver::{Body, Method, Request, User, collection_path};
use timonier_core::cluster::{Cluster, Topology};

fn main() {
    divan::main();
}

fn deploy(cluster: &mut Cluster, name: &str, replicas: u32) {
    let container = json!({"name": "c", "image": "nginx:1.27", "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}}});
    let template = json!({"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}});
    let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}});
    let path = collection_path(Kind::Deployment, "default");
    let created =
        cluster.request(&Request::new(Method::Post, path, User::admin()).with_body(Body::Json(manifest)));
    assert_eq!(created.status, 201, "{:?}", created.body);
}

fn ready(cluster: &Cluster) -> i32 {
    let deployments = cluster.store().list_in(Kind::Deployment, "default");
    deployments
        .filter_map(|any| any.get::<timonier_core::api::Deployment>())
        .filter_map(|d| d.status.ready_replicas)
        .sum()
}

fn run_until_ready(cluster: &mut Cluster, replicas: u32) {
    for _ in 0..600 {
        if ready(cluster) == i32::try_from(replicas).unwrap_or(i32::MAX) {
            return;
        }
        cluster.run_for(Duration::from_millis(500));
    }
    panic!("only {} of {replicas} Pods are ready", ready(cluster));
}

#[divan::bench(args = [300, 1_000], sample_count = 10, sample_size = 1)]
fn deployment_ready_on_10_nodes(bencher: divan::Bencher<'_, '_>, replicas: u32) {
    bencher
        .with_inputs(|| Cluster::new(1, &Topology::with_workers(10)))
        .bench_local_values(|mut cluster| {
            deploy(&mut cluster, "web", replicas);
            run_until_ready(&mut cluster, replicas);
            cluster
        });
}

#[divan::bench(sample_count = 1, sample_size = 1)]
fn pods_10_000_on_100_nodes(bencher: divan::Bencher<'_, '_>) {
    bencher
        .with_inputs(|| Cluster::new(1, &Topology::with_workers(100)))
        .bench_local_values(|mut cluster| {
            for n in 0..10 {
                deploy(&mut cluster, &format!("web-{n}"), 1_000);
            }
            run_until_ready(&mut cluster, 10_000);
            cluster
        });
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn one_idle_hour(bencher: divan::Bencher<'_, '_>) {
    bencher
        .with_inputs(|| Cluster::new(1, &Topology::default()))
        .bench_local_values(|mut cluster| {
            cluster.run_for(Duration::from_secs(3_600));
            cluster
        });
}
