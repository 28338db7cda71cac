//! The grader on a real simulated cluster, through its REST boundary.
use serde_json::{Value, json};
use std::time::Duration;
use timonier_core::api::Kind;
use timonier_core::apiserver::{Body, Method, Request, User, collection_path, object_path};
use timonier_core::cluster::{Cluster, Topology};
use timonier_lessons::evidence::Evidence;
use timonier_lessons::grade::Grader;

fn send(cluster: &mut Cluster, method: Method, path: String, body: Option<Value>) {
    let request = Request::new(method, path, User::admin());
    let request = match body {
        Some(body) => request.with_body(Body::Json(body)),
        None => request,
    };
    let response = cluster.request(&request);
    assert!(response.status < 300, "{:?}", response.to_value());
}

fn replica_set(replicas: u32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]},
        }},
    })
}

#[expect(clippy::expect_used, reason = "a helper of tests")]
fn grader() -> Grader {
    let ready = json!({"metadata": {"deletionTimestamp": null}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}});
    let pods = |count: Value| json!({"kind": "Pod", "selector": "app=web", "match": ready, "count": count});
    let full =
        |n: u32| json!({"kind": "ReplicaSet", "name": "web", "match": {"status": {"readyReplicas": n}}});
    let exercise = json!({
        "id": "essai", "kind": "do", "title": "Essai", "minutes": 1, "situation": "", "hints": [],
        "solution": {"steps": [], "explanation": ""},
        "goals": [
            {"id": "prets", "text": "Prêts", "points": 1, "check": {"state": pods(json!(3))}},
            {"id": "rs", "text": "Complet", "points": 1, "check": {"history": {"happened": full(3)}}},
            {"id": "toujours", "text": "Toujours", "points": 1, "check": {"history": {"always": pods(json!(">=2"))}}},
            {"id": "jamais", "text": "Jamais", "points": 1, "needs": ["rs"],
             "check": {"history": {"never": pods(json!(">3"))}}},
        ],
    });
    serde_json::from_value(exercise)
        .map(Grader::new)
        .expect("an exercise")
        .expect("goals")
}

#[test]
fn a_replica_set_is_graded_as_it_lives() {
    let mut cluster = Cluster::new(7, &Topology::default());
    let mut grader = grader();
    grader.begin(&cluster);
    let check = |grader: &mut Grader, cluster: &Cluster, expected: [bool; 4]| {
        grader.observe(cluster);
        let report = grader.report(Evidence::now(cluster));
        let met: Vec<bool> = report.goals.iter().map(|g| g.met).collect();
        assert_eq!(met, expected, "{:?}", report.goals);
    };
    check(&mut grader, &cluster, [false; 4]);

    let path = collection_path(Kind::ReplicaSet, "default");
    send(&mut cluster, Method::Post, path, Some(replica_set(3)));
    cluster.run_for(Duration::from_secs(30));
    check(&mut grader, &cluster, [true; 4]);

    // A fork that nobody touches is graded the same.
    let (mut fork, mut other) = (cluster.fork(), grader.clone());
    fork.run_for(Duration::from_secs(5));
    check(&mut other, &fork, [true; 4]);

    let victims: Vec<String> = Evidence::objects(&cluster, "Pod")
        .iter()
        .filter(|p| p.pointer("/metadata/labels/app").is_some_and(|app| app == "web"))
        .filter_map(|p| p.pointer("/metadata/name")?.as_str().map(str::to_owned))
        .take(2)
        .collect();
    for name in victims {
        send(
            &mut cluster,
            Method::Delete,
            object_path(Kind::Pod, "default", &name),
            None,
        );
    }
    cluster.run_for(Duration::from_secs(60));
    check(&mut grader, &cluster, [true, true, false, true]);
}
