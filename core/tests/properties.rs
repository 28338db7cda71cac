//! What holds whatever is asked: rollouts keep their bounds, controllers come to rest, the API server refuses with a `Status`,
//! the same inputs give the same bytes.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop where its cluster does not do what it was asked"
)]

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use timonier_core::api::meta::MetaExt;
use timonier_core::api::schema::{FieldType, TypeSchema, schema};
use timonier_core::api::{AnyObject, Kind, Pod};
use timonier_core::apiserver::{
    Body, ContentType, Method, Request, Response, User, collection_path, object_path,
};
use timonier_core::cluster::{Cluster, Topology};

fn ask(cluster: &mut Cluster, method: Method, path: String, body: Value) -> Response {
    let mut request = Request::new(method, path, User::admin()).with_body(Body::Json(body));
    if method == Method::Patch {
        request.content_type = ContentType::MergePatch;
    }
    cluster.request(&request)
}

fn create(cluster: &mut Cluster, kind: Kind, object: Value) {
    let answer = ask(cluster, Method::Post, collection_path(kind, "default"), object);
    assert_eq!(answer.status, 201, "{:?}", answer.body);
}

fn pods(cluster: &Cluster) -> impl Iterator<Item = &Pod> {
    cluster
        .store()
        .list_in(Kind::Pod, "default")
        .filter_map(AnyObject::get::<Pod>)
        .filter(|pod| !pod.metadata.is_deleting())
}

fn is_available(pod: &Pod) -> bool {
    let mut conditions = pod.status.conditions.iter().flatten();
    conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

#[derive(Clone, Debug)]
struct Rollout {
    seed: u64,
    replicas: usize,
    surge: usize,
    unavailable: usize,
    /// Image and readiness delay of each revision, and how long it is given.
    revisions: Vec<(&'static str, u8, u16)>,
}

fn rollout() -> impl Strategy<Value = Rollout> {
    let image = prop_oneof![
        3 => Just("nginx:1.27"),
        2 => Just("httpd:2.4"),
        1 => Just("redis:7"),
        1 => Just("nginx:9.9"),
    ];
    let revision = (image, 0_u8..4, 100_u16..12_000);
    let bounds =
        (0_usize..4, 0_usize..4).prop_filter("one of them", |(surge, unavailable)| surge + unavailable > 0);
    (
        any::<u64>(),
        1_usize..7,
        bounds,
        prop::collection::vec(revision, 1..5),
    )
        .prop_map(|(seed, replicas, (surge, unavailable), revisions)| Rollout {
            seed,
            replicas,
            surge,
            unavailable,
            revisions,
        })
}

fn template(image: &str, delay: u8, revision: usize) -> Value {
    json!({"metadata": {"labels": {"app": "web"}, "annotations": {"revision": revision.to_string()}},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": "c", "image": image,
            "readinessProbe": {"tcpSocket": {"port": if image.starts_with("redis") { 6379 } else { 80 }},
                "initialDelaySeconds": delay, "periodSeconds": 1}}]}})
}

/// Steps for so long, and looks at the Pods after each step.
fn watch_bounds(cluster: &mut Cluster, rollout: &Rollout, span: Duration) {
    let until = cluster.now() + span;
    let fewest = rollout.replicas.saturating_sub(rollout.unavailable);
    while !cluster.run_slice(until, 1) {
        let (there, available) = (
            pods(cluster).count(),
            pods(cluster).filter(|pod| is_available(pod)).count(),
        );
        assert!(
            there <= rollout.replicas + rollout.surge,
            "{there} Pods: {rollout:?}"
        );
        assert!(available >= fewest, "{available} available: {rollout:?}");
    }
}

fn roll_out(rollout: &Rollout) {
    let mut cluster = Cluster::new(rollout.seed, &Topology::bare());
    create(
        &mut cluster,
        Kind::Deployment,
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"replicas": rollout.replicas, "selector": {"matchLabels": {"app": "web"}},
                "strategy": {"rollingUpdate": {"maxSurge": rollout.surge, "maxUnavailable": rollout.unavailable}},
                "template": template("nginx:1.26", 0, 0)}}),
    );
    cluster.run_for(Duration::from_secs(30));
    assert_eq!(
        pods(&cluster).filter(|pod| is_available(pod)).count(),
        rollout.replicas
    );
    for (number, (image, delay, millis)) in rollout.revisions.iter().enumerate() {
        let path = object_path(Kind::Deployment, "default", "web");
        let change = json!({"spec": {"template": template(image, *delay, number + 1)}});
        let answer = ask(&mut cluster, Method::Patch, path, change);
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        watch_bounds(&mut cluster, rollout, Duration::from_millis(u64::from(*millis)));
    }
    watch_bounds(&mut cluster, rollout, Duration::from_secs(20));
}

/// Writes since a revision that are no heartbeat and no event.
fn writes_since(cluster: &Cluster, revision: u64) -> Vec<String> {
    let changes = cluster.store().changes_since(revision).expect("kept");
    let told =
        changes.filter(|change| !matches!(change.object.kind(), Kind::Event | Kind::Lease | Kind::Node));
    told.map(|change| format!("{:?} {}", change.change, change.object.key()))
        .collect()
}

fn workload(kind: Kind, name: &str, replicas: u8) -> Value {
    let labels = json!({"app": name});
    let pod = json!({"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 1,
        "containers": [{"name": "c", "image": "nginx:1.27"}]}});
    let spec = match kind {
        Kind::Job => {
            json!({"completions": replicas, "parallelism": 2, "template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "c", "image": "busybox", "command": ["sh", "-c", "sleep 2"]}]}}})
        }
        Kind::Service => json!({"selector": labels, "ports": [{"port": 80}]}),
        Kind::PodDisruptionBudget => json!({"minAvailable": 1, "selector": {"matchLabels": labels}}),
        Kind::DaemonSet => json!({"selector": {"matchLabels": labels}, "template": pod}),
        Kind::StatefulSet => {
            json!({"serviceName": name, "replicas": replicas, "selector": {"matchLabels": labels},
            "template": pod})
        }
        _ => json!({"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod}),
    };
    json!({"apiVersion": kind.info().api_version(), "kind": kind.name(), "metadata": {"name": name}, "spec": spec})
}

const WORKLOADS: [Kind; 7] = [
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::DaemonSet,
    Kind::StatefulSet,
    Kind::Job,
    Kind::Service,
    Kind::PodDisruptionBudget,
];

fn come_to_rest(seed: u64, wishes: &[(usize, u8, u8, bool)]) {
    let mut cluster = Cluster::new(seed, &Topology::bare());
    for (which, name, replicas, remove) in wishes {
        let kind = WORKLOADS[*which];
        let name = format!("app-{name}");
        if *remove {
            let path = object_path(kind, "default", &name);
            ask(&mut cluster, Method::Delete, path, json!({}));
        } else {
            let path = collection_path(kind, "default");
            ask(&mut cluster, Method::Post, path, workload(kind, &name, *replicas));
        }
        cluster.run_for(Duration::from_millis(u64::from(*replicas) * 400));
    }
    cluster.run_for(Duration::from_secs(120));
    let revision = cluster.store().revision();
    cluster.run_for(Duration::from_secs(300));
    assert_eq!(writes_since(&cluster, revision), [""; 0], "{wishes:?}");
    let asked = wishes
        .iter()
        .any(|(which, _, replicas, remove)| *which < 2 && *replicas > 0 && !remove);
    let removed = wishes.iter().any(|(.., remove)| *remove);
    assert!(
        !asked || removed || pods(&cluster).any(is_available),
        "{wishes:?}"
    );
}

/// JSON that looks like the type, and often is not.
fn something(of: &TypeSchema, depth: usize, draw: &mut dyn FnMut(usize) -> usize) -> Value {
    let garbage = [
        json!(null),
        json!(true),
        json!(-1),
        json!(80),
        json!(1e40),
        json!(""),
        json!("a"),
        json!("Not A Name!"),
        json!("é\u{0}\n"),
        json!("100m"),
        json!([]),
        json!({}),
        json!([{"name": "c", "image": "nginx"}]),
        json!({"a": "b"}),
    ];
    let mut object = serde_json::Map::new();
    for field in &of.fields {
        if !field.required && draw(4) > 0 {
            continue;
        }
        let plain = || match &field.kind {
            FieldType::String => json!("a"),
            FieldType::Int32 | FieldType::Int64 | FieldType::IntOrString => json!(1),
            FieldType::Bool => json!(true),
            FieldType::Quantity => json!("1"),
            FieldType::List(_) => json!([]),
            _ => json!({}),
        };
        let inner = schema().object(&field.kind).filter(|_| depth > 0);
        let value = match (inner, &field.kind) {
            _ if draw(12) == 0 => garbage[draw(garbage.len())].clone(),
            (Some(inner), FieldType::List(_)) => {
                (0..=draw(2)).map(|_| something(inner, depth - 1, draw)).collect()
            }
            (Some(inner), FieldType::Map(_)) => json!({"key": something(inner, depth - 1, draw)}),
            (Some(inner), _) => something(inner, depth - 1, draw),
            (None, _) => plain(),
        };
        object.insert(field.name.to_owned(), value);
    }
    Value::Object(object)
}

fn serve_anything(seed: u64) {
    let mut state = seed;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below.max(1)
    };
    let mut cluster = Cluster::new(1, &Topology::bare());
    let kinds: Vec<Kind> = Kind::all().collect();
    for _ in 0..60 {
        let kind = kinds[draw(kinds.len())];
        let info = kind.info();
        let Some(root) = schema().kind(&info.api_version(), info.name) else {
            continue;
        };
        let mut body = something(root, 6, &mut draw);
        body["apiVersion"] = json!(info.api_version());
        body["kind"] = json!(info.name);
        if draw(8) > 0 {
            body["metadata"] = json!({"name": format!("x-{}", draw(4)), "labels": {"app": "x"}});
        }
        let name = format!("x-{}", draw(4));
        let (method, path) = match draw(5) {
            0 => (Method::Put, object_path(kind, "default", &name)),
            1 => (Method::Patch, object_path(kind, "default", &name)),
            2 => (Method::Delete, object_path(kind, "default", &name)),
            _ => (Method::Post, collection_path(kind, "default")),
        };
        let answer = ask(&mut cluster, method, path.clone(), body.clone());
        if answer.status >= 400 {
            let told = answer.to_value().unwrap_or_default();
            assert_eq!(told["kind"], "Status", "{method:?} {path} {body}: {told}");
            assert_eq!(told["code"], answer.status, "{method:?} {path} {body}: {told}");
            assert!(
                told["message"]
                    .as_str()
                    .is_some_and(|message| !message.is_empty()),
                "{told}"
            );
        }
        cluster.run_for(Duration::from_millis(300));
    }
    // What was let in is lived with, too.
    cluster.run_for(Duration::from_secs(30));
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec![
            "get", "describe", "delete", "create", "apply", "scale", "rollout", "logs", "exec", "label", "annotate", "patch", "set",
            "expose", "run", "edit", "wait", "top", "explain", "config", "auth", "drain", "cordon", "taint", "diff", "replace",
            "autoscale", "api-resources", "version", "events", "cp", "port-forward", "debug", "kustomize",
        ]).prop_map(str::to_owned),
        6 => prop::sample::select(vec![
            "pods", "po", "deploy/web", "deployment", "svc", "nodes", "worker-1", "web", "all", "cm", "secret", "ns", "rs", "sts", "job",
            "cronjob", "-f", "web.yaml", "-", "-n", "kube-system", "-A", "-o", "yaml", "json", "wide", "name", "-l", "app=web",
            "--image=nginx", "--replicas=3", "--replicas=-1", "status", "undo", "history", "restart", "--dry-run=client", "-w=false",
            "--port=80", "--from-literal=a=b", "a=b", "a-", "-p", "{\"spec\":{\"replicas\":2}}", "--all", "--timeout=1s", "--for=delete",
            "-o=jsonpath={.items[*].metadata.name}", "-o=custom-columns=A:.metadata.name", "--help", "--sort-by=.metadata.name", "--",
            "sh", "-c", "ls", "--force", "--grace-period=0", "--as=bob", "can-i", "list", "generic", "configmap", "role", "clusterrole",
            "--verb=get", "--resource=pods", "quota", "--hard=pods=1", "service", "clusterip", "--tcp=80", "view", "can-i", "*",
        ]).prop_map(str::to_owned),
        1 => "[ -~]{0,8}".prop_map(|text| format!("'{}'", text.replace('\'', ""))),
    ]
}

fn type_anything(lines: &[Vec<String>], seed: u64) -> (u64, Vec<(String, String)>) {
    let mut cluster = Cluster::new(seed, &Topology::bare());
    let manifest = workload(Kind::Deployment, "web", 2).to_string();
    cluster
        .laptop_mut()
        .save_file("web.yaml", &manifest)
        .expect("room");
    create(
        &mut cluster,
        Kind::Deployment,
        workload(Kind::Deployment, "web", 2),
    );
    let mut shown = Vec::new();
    for words in lines {
        let id = cluster.run_script(&format!("kubectl {}", words.join(" ")));
        let until = cluster.now() + Duration::from_secs(20);
        cluster.run_until_idle(id, until);
        shown.push(cluster.take_text(id));
        cluster.close_session(id);
    }
    (cluster.trace().hash(), shown)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_rollout_keeps_its_bounds(rollout in rollout()) {
        roll_out(&rollout);
    }

    #[test]
    fn controllers_come_to_rest(
        seed in any::<u64>(),
        wishes in prop::collection::vec((0..WORKLOADS.len(), 0_u8..3, 0_u8..5, prop::bool::weighted(0.3)), 1..10),
    ) {
        come_to_rest(seed, &wishes);
    }

    #[test]
    fn the_api_server_refuses_with_a_status(seed in any::<u64>()) {
        serve_anything(seed);
    }

    #[test]
    fn command_lines_never_panic_and_repeat_themselves(
        lines in prop::collection::vec(prop::collection::vec(word(), 1..7), 1..8),
        seed in any::<u64>(),
    ) {
        let (first, again) = (type_anything(&lines, seed), type_anything(&lines, seed));
        assert_eq!(first, again, "{lines:?}");
    }
}
