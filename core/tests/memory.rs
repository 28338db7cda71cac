//! What one more version of a Pod costs: its metadata, its status, a change in the log and an entry of the trace, and never
//! its spec.

#![expect(unsafe_code, reason = "counts what the system's allocator gives")]
#![expect(
    clippy::disallowed_types,
    clippy::expect_used,
    reason = "a test may stop, and its counter is no state of a cluster"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use timonier_core::api::{AnyObject, Kind, Pod};
use timonier_core::apiserver::{Body, Method, Request, User, collection_path, object_path};
use timonier_core::cluster::{Cluster, Topology};

/// Bytes allocated and not freed.
static LIVE: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: all work is the system allocator's; only sizes are counted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const VERSIONS: usize = 200;
/// The budget of a Pod's version.
const MOST_BYTES: usize = 6 * 1024;

fn running_pod(cluster: &mut Cluster, resources: &Value) -> Pod {
    let container = json!({"name": "c", "image": "nginx:1.27", "ports": [{"containerPort": 80}],
        "env": [{"name": "MODE", "value": "demo"}], "resources": resources,
        "readinessProbe": {"httpGet": {"path": "/", "port": 80}}});
    let template =
        json!({"metadata": {"labels": {"app": "web", "tier": "front"}}, "spec": {"containers": [container]}});
    let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": template}});
    let path = collection_path(Kind::Deployment, "default");
    let created =
        cluster.request(&Request::new(Method::Post, path, User::admin()).with_body(Body::Json(manifest)));
    assert_eq!(created.status, 201, "{:?}", created.body);
    cluster.run_for(Duration::from_secs(30));
    current(cluster)
}

fn current(cluster: &Cluster) -> Pod {
    let mut pods = cluster.store().list_in(Kind::Pod, "default");
    pods.next()
        .and_then(AnyObject::get::<Pod>)
        .expect("the Pod")
        .clone()
}

/// What a status update of a running Pod leaves behind.
fn cost_of_a_version(resources: &Value) -> usize {
    let mut cluster = Cluster::new(1, &Topology::default());
    let first = running_pod(&mut cluster, resources);
    assert_eq!(first.status.phase.as_deref(), Some("Running"));
    let path = format!("{}/status", object_path(Kind::Pod, "default", first.name()));
    let mut update = |turn: usize| {
        let mut pod = current(&cluster);
        let condition = pod.status_mut().conditions.iter_mut().flatten().next();
        condition.expect("a condition").message = Some(format!("version {turn}"));
        let request = Request::new(Method::Put, path.as_str(), User::admin());
        let answer = cluster.request(&request.with_body(Body::Object(AnyObject::Pod(pod))));
        assert_eq!(answer.status, 200, "{:?}", answer.body);
    };
    update(0);
    let before = LIVE.load(Ordering::Relaxed);
    for turn in 1..=VERSIONS {
        update(turn);
    }
    let cost = (LIVE.load(Ordering::Relaxed) - before) / VERSIONS;
    assert!(
        Arc::ptr_eq(&first.spec, &current(&cluster).spec),
        "the versions share their spec"
    );
    // A count of nothing would say that all is well.
    assert!(cost > 500, "{cost} bytes cannot be a version");
    cost
}

#[test]
fn one_more_version_of_a_pod_costs_at_most_6_kb() {
    let resources = json!({"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}});
    for resources in [json!({}), resources] {
        let cost = cost_of_a_version(&resources);
        assert!(
            cost <= MOST_BYTES,
            "one version with {resources} costs {cost} bytes"
        );
    }
}
