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
    let mut reasons = Vec::new();
    for _ in 0..80 {
        cluster.run_for(Duration::from_millis(250));
        let pod = get(&mut cluster, Kind::Pod, "web");
        let waiting = &pod["status"]["containerStatuses"][0]["state"]["waiting"];
        reasons.push(waiting["reason"].as_str().unwrap_or_default().to_owned());
    }
    reasons.dedup();
    reasons.truncate(3);
    assert_eq!(reasons, ["ContainerCreating", "ErrImagePull", "ImagePullBackOff"]);
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

fn deployment(replicas: i32, image: &str, strategy: &Value) -> Value {
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": image}]}});
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
           "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "strategy": strategy,
                    "template": template}})
}

fn patch(cluster: &mut Cluster, kind: Kind, name: &str, value: Value) -> Response {
    let path = object_path(kind, "default", name);
    let request = Request {
        content_type: crate::apiserver::ContentType::MergePatch,
        ..Request::new(Method::Patch, path, User::admin()).with_body(Body::Json(value))
    };
    cluster.request(&request)
}

fn delete(cluster: &mut Cluster, kind: Kind, name: &str, options: Value) -> Response {
    let path = object_path(kind, "default", name);
    cluster.request(&Request::new(Method::Delete, path, User::admin()).with_body(Body::Json(options)))
}

fn available_pods(cluster: &Cluster) -> usize {
    let ready = |pod: &&crate::api::AnyObject| {
        let value = pod.to_value();
        let conditions = value["status"]["conditions"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        conditions
            .iter()
            .any(|c| c["type"] == "Ready" && c["status"] == "True")
            && value["metadata"]["deletionTimestamp"].is_null()
    };
    cluster
        .store()
        .list_in(Kind::Pod, "default")
        .filter(ready)
        .count()
}

fn new_image(image: &str) -> Value {
    json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}})
}

#[test]
fn a_rolling_update_keeps_within_its_limits() {
    let mut cluster = Cluster::new(3, &Topology::default());
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}});
    let created = post(
        &mut cluster,
        Kind::Deployment,
        deployment(4, "nginx:1.25", &strategy),
    );
    assert_eq!(created.status, 201, "{created:?}");
    cluster.run_for(Duration::from_secs(20));
    assert_eq!(available_pods(&cluster), 4);
    let patched = patch(&mut cluster, Kind::Deployment, "web", new_image("nginx:1.26"));
    assert_eq!(patched.status, 200, "{patched:?}");
    let (mut fewest, mut most) = (usize::MAX, 0);
    for _ in 0..600 {
        cluster.run_for(Duration::from_millis(50));
        fewest = fewest.min(available_pods(&cluster));
        let active = cluster
            .store()
            .list_in(Kind::Pod, "default")
            .filter(|pod| pod.metadata().deletion_timestamp.is_none())
            .count();
        most = most.max(active);
    }
    assert!(fewest >= 3, "{fewest} were available at the least");
    assert_eq!(most, 5);
    let status = get(&mut cluster, Kind::Deployment, "web")["status"].clone();
    assert_eq!(status["updatedReplicas"], 4, "{status:#}");
    assert_eq!(status["availableReplicas"], 4, "{status:#}");
    let reasons: Vec<_> = status["conditions"]
        .as_array()
        .expect("conditions")
        .iter()
        .map(|c| c["reason"].clone())
        .collect();
    assert_eq!(reasons, ["MinimumReplicasAvailable", "NewReplicaSetAvailable"]);
    assert_eq!(cluster.store().list_in(Kind::ReplicaSet, "default").count(), 2);
}

#[test]
fn recreate_never_runs_two_versions() {
    let mut cluster = Cluster::new(3, &Topology::default());
    post(
        &mut cluster,
        Kind::Deployment,
        deployment(3, "nginx:1.25", &json!({"type": "Recreate"})),
    );
    cluster.run_for(Duration::from_secs(20));
    patch(&mut cluster, Kind::Deployment, "web", new_image("nginx:1.26"));
    for _ in 0..400 {
        cluster.run_for(Duration::from_millis(50));
        let mut images: Vec<String> = cluster
            .store()
            .list_in(Kind::Pod, "default")
            .map(|pod| pod.to_value()["spec"]["containers"][0]["image"].to_string())
            .collect();
        images.dedup();
        assert!(images.len() < 2, "{images:?}");
    }
    assert_eq!(available_pods(&cluster), 3);
}

#[test]
fn a_rollout_that_cannot_succeed_says_so_after_its_deadline() {
    let mut cluster = Cluster::new(3, &Topology::default());
    let mut manifest = deployment(2, "nginx:absent", &json!({}));
    manifest["spec"]["progressDeadlineSeconds"] = json!(30);
    post(&mut cluster, Kind::Deployment, manifest);
    cluster.run_for(Duration::from_secs(60));
    let status = get(&mut cluster, Kind::Deployment, "web")["status"].clone();
    let progressing = status["conditions"]
        .as_array()
        .expect("conditions")
        .iter()
        .find(|c| c["type"] == "Progressing");
    assert_eq!(
        progressing.expect("judged")["reason"],
        "ProgressDeadlineExceeded",
        "{status:#}"
    );
}

#[test]
fn deleting_an_owner_deletes_what_it_owns_or_orphans_it() {
    for (policy, pods_left) in [("Background", 0), ("Foreground", 0), ("Orphan", 2)] {
        let mut cluster = Cluster::new(3, &Topology::default());
        post(
            &mut cluster,
            Kind::Deployment,
            deployment(2, "nginx:1.25", &json!({})),
        );
        cluster.run_for(Duration::from_secs(20));
        delete(
            &mut cluster,
            Kind::Deployment,
            "web",
            json!({"propagationPolicy": policy}),
        );
        cluster.run_for(Duration::from_secs(40));
        assert_eq!(
            get(&mut cluster, Kind::Deployment, "web")["reason"],
            "NotFound",
            "{policy}"
        );
        assert_eq!(
            cluster.store().list_in(Kind::Pod, "default").count(),
            pods_left,
            "{policy}"
        );
    }
}

#[test]
fn a_service_knows_its_ready_pods() {
    let mut cluster = Cluster::new(3, &Topology::default());
    post(
        &mut cluster,
        Kind::Deployment,
        deployment(2, "nginx:1.25", &json!({})),
    );
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
                         "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
    assert_eq!(post(&mut cluster, Kind::Service, service).status, 201);
    cluster.run_for(Duration::from_secs(20));
    let slices: Vec<_> = cluster
        .store()
        .list_in(Kind::EndpointSlice, "default")
        .map(crate::api::AnyObject::to_value)
        .collect();
    let slice = slices
        .iter()
        .find(|s| s["metadata"]["labels"]["kubernetes.io/service-name"] == "web")
        .expect("a slice");
    assert_eq!(slice["endpoints"].as_array().map(Vec::len), Some(2), "{slice:#}");
    assert_eq!(slice["endpoints"][0]["conditions"]["ready"], true);
    assert_eq!(slice["ports"][0]["port"], 80);
}

#[test]
fn a_namespace_empties_itself_before_it_goes() {
    let mut cluster = Cluster::new(3, &Topology::default());
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "essai"}});
    let path = collection_path(Kind::Namespace, "");
    cluster.request(&Request::new(Method::Post, path, User::admin()).with_body(Body::Json(namespace)));
    cluster.run_for(Duration::from_secs(1));
    let path = collection_path(Kind::Pod, "essai");
    let created = cluster
        .request(&Request::new(Method::Post, path, User::admin()).with_body(Body::Json(pod("a", "nginx"))));
    assert_eq!(created.status, 201, "{created:?}");
    cluster.run_for(Duration::from_secs(10));
    cluster.request(&Request::new(
        Method::Delete,
        object_path(Kind::Namespace, "", "essai"),
        User::admin(),
    ));
    assert_eq!(cluster.store().count(Kind::Namespace), 5);
    cluster.run_for(Duration::from_secs(40));
    assert_eq!(cluster.store().count(Kind::Namespace), 4);
    assert_eq!(cluster.store().list_in(Kind::Pod, "essai").count(), 0);
}

/// Runs a line at the learner's terminal and answers what it showed.
fn run(cluster: &mut Cluster, line: &str) -> (i32, String, String) {
    let id = cluster.run_script(line);
    let until = cluster.now() + Duration::from_secs(600);
    let state = cluster.run_until_idle(id, until);
    let Some(crate::terminal::State::Ended { exit, .. }) = state else {
        panic!("{line}: {state:?}")
    };
    let (stdout, stderr) = cluster.take_text(id);
    cluster.close_session(id);
    (exit, stdout, stderr)
}

#[test]
fn kubectl_works_at_the_learners_terminal() {
    let mut cluster = Cluster::new(1, &Topology::default());
    let manifest = pod("web", "nginx:1.27").to_string();
    cluster
        .laptop_mut()
        .save_file("web.yaml", &manifest)
        .expect("room");
    assert_eq!(
        run(&mut cluster, "kubectl apply -f web.yaml"),
        (0, "pod/web created\n".to_owned(), String::new())
    );
    let waited = run(
        &mut cluster,
        "kubectl wait --for=condition=Ready pod/web --timeout=60s",
    );
    assert_eq!(waited, (0, "pod/web condition met\n".to_owned(), String::new()));
    let (exit, stdout, _) = run(
        &mut cluster,
        "kubectl get pods -o name | grep web && kubectl delete pod web",
    );
    assert_eq!(
        (exit, stdout.as_str()),
        (0, "pod/web\npod \"web\" deleted from default namespace\n")
    );
    let (exit, stdout, stderr) = run(&mut cluster, "kubectl get pods -n kube-system");
    assert_eq!((exit, stderr.as_str()), (0, ""));
    assert_eq!(
        stdout.lines().filter(|line| line.contains(" Running ")).count(),
        10,
        "{stdout}"
    );
}

#[test]
fn a_fork_or_a_save_in_the_middle_of_a_command_continues_identically() {
    for line in [
        "kubectl wait --for=condition=Ready pod/web --timeout=60s",
        "sleep 3; kubectl get pods",
        "for i in 1 2 3 4; do kubectl get pod web --no-headers; sleep 1; done",
        "kubectl delete pod web",
    ] {
        let mut cluster = Cluster::new(5, &Topology::default());
        post(&mut cluster, Kind::Pod, pod("web", "nginx:1.27"));
        let id = cluster.run_script(line);
        cluster.run_for(Duration::from_millis(700));
        let mut loaded = Cluster::load(&cluster.save()).expect("a save");
        let mut fork = cluster.fork();
        let mut shown = Vec::new();
        for copy in [&mut cluster, &mut loaded, &mut fork] {
            copy.run_for(Duration::from_secs(30));
            assert!(
                matches!(
                    copy.session(id).map(crate::terminal::Session::state),
                    Some(crate::terminal::State::Ended { exit: 0, .. })
                ),
                "{line}"
            );
            shown.push((copy.take_text(id), copy.trace().hash()));
        }
        assert!(!shown[0].0.0.is_empty(), "{line}");
        assert_eq!(shown[0], shown[1], "{line}");
        assert_eq!(shown[0], shown[2], "{line}");
    }
}

#[test]
fn a_snapshot_stays_as_it_was() {
    let mut cluster = Cluster::new(1, &Topology::default());
    let before = cluster.snapshot();
    post(&mut cluster, Kind::Pod, pod("web", "nginx:1.27"));
    cluster.run_for(Duration::from_secs(6));
    let after = cluster.snapshot();
    let pods = |snapshot: &super::Snapshot| snapshot.store.list_in(Kind::Pod, "default").count();
    assert_eq!((pods(&before), pods(&after)), (0, 1));
    assert!(before.now < after.now && before.trace < after.trace);
}

fn using_claim(name: &str) -> Value {
    let mut pod = pod("bdd", "nginx:1.27");
    pod["spec"]["volumes"] = json!([{"name": "d", "persistentVolumeClaim": {"claimName": name}}]);
    pod
}

fn claim(class: Option<&str>) -> Value {
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "donnees"},
           "spec": {"storageClassName": class, "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "1Gi"}}}})
}

#[test]
fn a_claim_gets_its_volume_with_its_first_pod_and_takes_it_along() {
    let mut cluster = Cluster::new(1, &Topology::default());
    let created = post(&mut cluster, Kind::PersistentVolumeClaim, claim(None));
    assert_eq!(created.status, 201, "{created:?}");
    cluster.run_for(Duration::from_secs(20));
    let waiting = get(&mut cluster, Kind::PersistentVolumeClaim, "donnees");
    assert_eq!(waiting["status"]["phase"], "Pending");
    assert_eq!(waiting["spec"]["storageClassName"], "standard");
    post(&mut cluster, Kind::Pod, using_claim("donnees"));
    cluster.run_for(Duration::from_secs(12));
    let bound = get(&mut cluster, Kind::PersistentVolumeClaim, "donnees");
    assert_eq!(bound["status"]["phase"], "Bound", "{bound:#}");
    let pod = get(&mut cluster, Kind::Pod, "bdd");
    assert_eq!(pod["status"]["phase"], "Running", "{pod:#}");
    let volumes = |cluster: &Cluster| {
        let listed = cluster.store().list(Kind::PersistentVolume);
        listed.map(crate::api::AnyObject::to_value).collect::<Vec<_>>()
    };
    let made = volumes(&cluster);
    assert_eq!(
        made[0]["metadata"]["annotations"]["local.path.provisioner/selected-node"],
        pod["spec"]["nodeName"]
    );
    assert_eq!(made[0]["status"]["phase"], "Bound");

    // The claim stays while the Pod uses it, and the volume goes with the claim.
    delete(&mut cluster, Kind::PersistentVolumeClaim, "donnees", json!({}));
    cluster.run_for(Duration::from_secs(5));
    assert!(
        get(&mut cluster, Kind::PersistentVolumeClaim, "donnees")["metadata"]["deletionTimestamp"]
            .is_string()
    );
    delete(&mut cluster, Kind::Pod, "bdd", json!({}));
    cluster.run_for(Duration::from_secs(40));
    let gone = get(&mut cluster, Kind::PersistentVolumeClaim, "donnees");
    assert_eq!(gone["reason"], "NotFound", "{gone:#}");
    assert_eq!(volumes(&cluster), [Value::Null; 0]);
}

#[test]
fn a_volume_of_a_node_draws_its_pod_there() {
    let mut cluster = Cluster::new(1, &Topology::bare());
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "local"},
                       "provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "WaitForFirstConsumer"});
    let affinity = json!({"required": {"nodeSelectorTerms": [{"matchExpressions": [
        {"key": "kubernetes.io/hostname", "operator": "In", "values": ["worker-2"]}]}]}});
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "disque"},
                        "spec": {"capacity": {"storage": "5Gi"}, "accessModes": ["ReadWriteOnce"],
                                 "storageClassName": "local", "local": {"path": "/mnt"}, "nodeAffinity": affinity}});
    let named = |kind: Kind| collection_path(kind, "");
    for (path, value) in [
        (named(Kind::StorageClass), class),
        (named(Kind::PersistentVolume), volume),
        (
            collection_path(Kind::PersistentVolumeClaim, "default"),
            claim(Some("local")),
        ),
        (collection_path(Kind::Pod, "default"), using_claim("donnees")),
    ] {
        let request = Request::new(Method::Post, path, User::admin()).with_body(Body::Json(value));
        let created = cluster.request(&request);
        assert_eq!(created.status, 201, "{created:?}");
    }
    cluster.run_for(Duration::from_secs(3));
    let pod = get(&mut cluster, Kind::Pod, "bdd");
    assert_eq!(pod["spec"]["nodeName"], "worker-2", "{pod:#}");
    let bound = get(&mut cluster, Kind::PersistentVolumeClaim, "donnees");
    assert_eq!(bound["spec"]["volumeName"], "disque");
}

#[test]
fn a_secret_gets_its_accounts_token_and_goes_without_the_account() {
    let mut cluster = Cluster::new(1, &Topology::bare());
    let secret = |account: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
               "metadata": {"name": account, "annotations": {"kubernetes.io/service-account.name": account}}})
    };
    for account in ["default", "absent"] {
        post(&mut cluster, Kind::Secret, secret(account));
    }
    cluster.run_for(Duration::from_secs(1));
    let filled = get(&mut cluster, Kind::Secret, "default");
    let keys: Vec<&String> = filled["data"].as_object().expect("data").keys().collect();
    assert_eq!(keys, ["ca.crt", "namespace", "token"]);
    assert_eq!(get(&mut cluster, Kind::Secret, "absent")["reason"], "NotFound");
}

#[test]
fn a_pods_token_is_its_service_account() {
    let mut cluster = Cluster::new(1, &Topology::default());
    post(&mut cluster, Kind::Pod, pod("web", "nginx:1.27"));
    cluster.run_for(Duration::from_secs(10));
    let line = "kubectl --token=$(kubectl exec web -- cat /var/run/secrets/kubernetes.io/serviceaccount/token) auth whoami -o jsonpath='{.status.userInfo.username}'";
    let name = "system:serviceaccount:default:default".to_owned();
    assert_eq!(run(&mut cluster, line), (0, name, String::new()));
}
