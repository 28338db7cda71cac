//! What a cluster of Kubernetes' own maximum size costs: `cargo run --profile bench -p timonier-core --example scale -- 5000 50000`.
//!
//! Prints, for each stage, the time it took on the wall clock, the virtual time it stood for, and the memory held at its end.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a measurement reads the wall clock and what the system says of the process"
)]
#![expect(clippy::panic, reason = "a cluster that does not settle means nothing")]

use std::time::{Duration, Instant};

use serde_json::json;
use timonier_core::api::{Deployment, Kind};
use timonier_core::apiserver::{Body, Method, Request, User, collection_path};
use timonier_core::cluster::{Cluster, Topology};

/// Pods of one Deployment.
const REPLICAS: u32 = 1_000;

fn main() {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<u32>());
    let mut number = |usual| numbers.next().and_then(Result::ok).unwrap_or(usual);
    let (nodes, pods) = (number(5_000), number(50_000));
    let nodes = u16::try_from(nodes).unwrap_or(u16::MAX);
    println!("{nodes} nodes, {pods} Pods");
    let mut stages = Stages::default();
    let mut cluster = Cluster::new(1, &Topology::with_workers(nodes));
    stages.done("cluster up", &cluster);
    for first in (0..pods).step_by(REPLICAS as usize) {
        deploy(&mut cluster, &format!("web-{first}"), REPLICAS.min(pods - first));
    }
    run_until_ready(&mut cluster, pods);
    stages.done("all Pods ready", &cluster);
    cluster.run_for(Duration::from_secs(300));
    stages.done("five minutes idle", &cluster);
    let scaled =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "nginx:1.26"}]}}}});
    let path = format!("{}/web-0", collection_path(Kind::Deployment, "default"));
    let mut request = Request::new(Method::Patch, path, User::admin()).with_body(Body::Json(scaled));
    request.content_type = timonier_core::apiserver::ContentType::StrategicMergePatch;
    let patched = cluster.request(&request);
    assert_eq!(patched.status, 200, "{:?}", patched.body);
    cluster.run_for(Duration::from_secs(1));
    run_until_ready(&mut cluster, pods);
    stages.done("a rollout of 1,000 Pods", &cluster);
    let list = Request::new(Method::Get, collection_path(Kind::Pod, ""), User::admin());
    let listed = cluster
        .request(&list)
        .to_value()
        .map_or(0, |value| value.to_string().len());
    stages.done(
        &format!("a list of all Pods as JSON ({} MB)", listed >> 20),
        &cluster,
    );
    let copy = cluster.fork();
    stages.done("a fork", &copy);
}

#[derive(Debug)]
struct Stages {
    since: Instant,
    virtual_since: u64,
}

impl Default for Stages {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            virtual_since: 0,
        }
    }
}

impl Stages {
    fn done(&mut self, what: &str, cluster: &Cluster) {
        let took = self.since.elapsed().as_secs_f64();
        let now = cluster.now().as_micros();
        let lasted = Duration::from_micros(now - self.virtual_since).as_secs();
        println!(
            "{what:<40} {took:8.2} s   {lasted:6} s of virtual time   {:6} MB",
            resident_mb()
        );
        (self.since, self.virtual_since) = (Instant::now(), now);
    }
}

/// What the process holds, where the system tells.
fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1_024
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

fn ready(cluster: &Cluster) -> u32 {
    let deployments = cluster.store().list_in(Kind::Deployment, "default");
    deployments
        .filter_map(|any| any.get::<Deployment>())
        .filter(|found| found.status.observed_generation == found.metadata.generation)
        .filter_map(|found| found.status.ready_replicas.min(found.status.updated_replicas))
        .filter_map(|count| u32::try_from(count).ok())
        .sum()
}

fn run_until_ready(cluster: &mut Cluster, replicas: u32) {
    for _ in 0..3_600 {
        if ready(cluster) == replicas {
            return;
        }
        cluster.run_for(Duration::from_secs(1));
    }
    panic!("only {} of {replicas} Pods are ready", ready(cluster));
}
