//! What stops when something is stopped, and that nothing is lost.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::{AnyObject, Kind};
use crate::cluster::{Cluster, Topology};
use crate::kubelet::NodeSpec;
use crate::terminal::{Component, Order, Outcome, State};

const REFUSED: &str =
    "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?\n";
const NO_LEADER: &str = "Error from server: etcdserver: request timed out\n";

/// Runs a line at the learner's terminal.
fn run(cluster: &mut Cluster, line: &str) -> (i32, String, String) {
    let id = cluster.run_script(line);
    let until = cluster.now() + Duration::from_secs(900);
    let state = cluster.run_until_idle(id, until);
    let Some(State::Ended { exit, .. }) = state else {
        panic!("{line}: {state:?}")
    };
    let (stdout, stderr) = cluster.take_text(id);
    cluster.close_session(id);
    (exit, stdout, stderr)
}

fn said(cluster: &mut Cluster, line: &str) -> String {
    let (exit, stdout, stderr) = run(cluster, line);
    assert_eq!((exit, stderr.as_str()), (0, ""), "{line}: {stdout}");
    stdout
}

fn secs(cluster: &mut Cluster, secs: u64) {
    cluster.run_for(Duration::from_secs(secs));
}

fn switch(cluster: &mut Cluster, component: &Component, on: bool) {
    let order = if on {
        Order::Start(component.clone())
    } else {
        Order::Stop(component.clone())
    };
    assert_eq!(cluster.operate(&order), Outcome::Done, "{order:?}");
}

fn phases(cluster: &Cluster) -> Vec<String> {
    let pods = cluster
        .store()
        .list_in(Kind::Pod, "default")
        .map(AnyObject::to_value);
    let mut phases: Vec<String> = pods
        .map(|pod| pod["status"]["phase"].as_str().unwrap_or_default().to_owned())
        .collect();
    crate::sort::sort(&mut phases);
    phases
}

fn web(replicas: u32) -> (Cluster, String) {
    let mut cluster = Cluster::new(11, &Topology::default());
    let line = format!("kubectl create deployment web --image=nginx:1.27 --replicas={replicas}");
    said(&mut cluster, &line);
    secs(&mut cluster, 20);
    let wide = said(&mut cluster, "kubectl get pods -o wide --no-headers");
    (cluster, wide)
}

#[test]
fn without_a_scheduler_pods_wait_and_then_are_placed() {
    let (mut cluster, _) = web(1);
    switch(&mut cluster, &Component::Scheduler, false);
    said(&mut cluster, "kubectl scale deployment web --replicas=3");
    secs(&mut cluster, 60);
    assert_eq!(phases(&cluster), ["Pending", "Pending", "Running"]);
    assert_eq!(
        said(
            &mut cluster,
            "kubectl get pods -n kube-system -o name | grep -c scheduler || true"
        ),
        "0\n"
    );
    switch(&mut cluster, &Component::Scheduler, true);
    // The lease of the one before must run out first.
    secs(&mut cluster, 10);
    assert_eq!(phases(&cluster), ["Pending", "Pending", "Running"]);
    secs(&mut cluster, 20);
    assert_eq!(phases(&cluster), ["Running", "Running", "Running"]);
    assert_eq!(
        said(
            &mut cluster,
            "kubectl get pods -n kube-system -o name | grep -c scheduler"
        ),
        "1\n"
    );
    let lease = said(
        &mut cluster,
        "kubectl get lease kube-scheduler -n kube-system -o jsonpath={.spec.leaseTransitions}",
    );
    assert_eq!(lease, "1");
}

#[test]
fn without_a_controller_manager_nothing_is_created() {
    let (mut cluster, _) = web(1);
    switch(&mut cluster, &Component::ControllerManager, false);
    said(&mut cluster, "kubectl scale deployment web --replicas=3");
    secs(&mut cluster, 60);
    assert_eq!(phases(&cluster), ["Running"]);
    switch(&mut cluster, &Component::ControllerManager, true);
    secs(&mut cluster, 40);
    assert_eq!(phases(&cluster), ["Running", "Running", "Running"]);
}

#[test]
fn without_an_api_server_pods_live_on_and_kubectl_is_refused() {
    let (mut cluster, before) = web(2);
    switch(&mut cluster, &Component::ApiServer, false);
    for line in [
        "kubectl get pods",
        "kubectl delete pod web",
        "kubectl scale deployment web --replicas=3",
    ] {
        assert_eq!(
            run(&mut cluster, line),
            (1, String::new(), REFUSED.to_owned()),
            "{line}"
        );
    }
    secs(&mut cluster, 120);
    switch(&mut cluster, &Component::ApiServer, true);
    secs(&mut cluster, 1);
    assert!(
        said(&mut cluster, "kubectl get nodes --no-headers")
            .lines()
            .all(|line| line.contains(" Ready "))
    );
    secs(&mut cluster, 40);
    let names = |wide: &str| -> Vec<String> {
        wide.lines()
            .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
            .collect()
    };
    let after = said(&mut cluster, "kubectl get pods -o wide --no-headers");
    assert_eq!(names(&before), names(&after));
    assert!(after.lines().all(|line| line.contains("Running   0")), "{after}");
    said(&mut cluster, "kubectl scale deployment web --replicas=3");
    secs(&mut cluster, 20);
    assert_eq!(phases(&cluster), ["Running", "Running", "Running"]);
}

#[test]
fn etcd_needs_more_than_half_of_its_members() {
    let mut cluster = Cluster::new(
        1,
        &Topology {
            etcd_members: 3,
            ..Topology::default()
        },
    );
    switch(&mut cluster, &Component::Etcd(2), false);
    said(&mut cluster, "kubectl create configmap a");
    switch(&mut cluster, &Component::Etcd(3), false);
    for line in ["kubectl create configmap b", "kubectl get configmaps"] {
        let began = cluster.now();
        let (exit, stdout, stderr) = run(&mut cluster, line);
        assert_eq!((exit, stdout.as_str()), (1, ""), "{line}");
        assert!(
            stderr.ends_with("etcdserver: request timed out\n"),
            "{line}: {stderr}"
        );
        assert!(cluster.now().since(began) >= Duration::from_secs(7), "{line}");
    }
    assert_eq!(run(&mut cluster, "kubectl get nodes").2, NO_LEADER);
    switch(&mut cluster, &Component::Etcd(2), true);
    said(&mut cluster, "kubectl get configmap a -o name");
    assert_eq!(
        cluster.operate(&Order::Stop(Component::Etcd(4))),
        Outcome::Unknown
    );
}

#[test]
fn a_silent_kubelet_loses_its_pods_after_its_time() {
    let (mut cluster, wide) = web(1);
    let node = wide.split_whitespace().nth(6).expect("a node").to_owned();
    let kubelet = Component::Kubelet(node.clone());
    switch(&mut cluster, &kubelet, false);
    let status = |cluster: &mut Cluster| {
        said(
            cluster,
            &format!(
                "kubectl get node {node} --no-headers | awk '{{print $2}}' 2>/dev/null || kubectl get node {node} --no-headers | tr -s ' ' | cut -d' ' -f2"
            ),
        )
    };
    secs(&mut cluster, 40);
    assert_eq!(status(&mut cluster), "Ready\n");
    secs(&mut cluster, 30);
    assert_eq!(status(&mut cluster), "NotReady\n");
    let described = said(&mut cluster, &format!("kubectl describe node {node}"));
    for text in [
        "NodeStatusUnknown",
        "Kubelet stopped posting node status.",
        "node.kubernetes.io/unreachable:NoExecute",
        "node.kubernetes.io/unreachable:NoSchedule",
        "status is now: NodeNotReady",
    ] {
        assert!(described.contains(text), "{text}: {described}");
    }
    // Five minutes are tolerated.
    secs(&mut cluster, 240);
    assert_eq!(cluster.store().list_in(Kind::Pod, "default").count(), 1);
    secs(&mut cluster, 90);
    let pods = said(&mut cluster, "kubectl get pods --no-headers");
    assert_eq!(
        pods.lines().filter(|line| line.contains("Terminating")).count(),
        1,
        "{pods}"
    );
    assert_eq!(
        pods.lines().filter(|line| line.contains("Running")).count(),
        1,
        "{pods}"
    );
    switch(&mut cluster, &kubelet, true);
    secs(&mut cluster, 40);
    assert_eq!(phases(&cluster), ["Running"]);
    assert_eq!(status(&mut cluster), "Ready\n");
    let taints = said(
        &mut cluster,
        &format!("kubectl get node {node} -o jsonpath={{.spec.taints}}"),
    );
    assert_eq!(taints, "");
}

#[test]
fn logs_of_a_stopped_kubelet_are_refused() {
    let (mut cluster, wide) = web(1);
    let node = wide.split_whitespace().nth(6).expect("a node").to_owned();
    switch(&mut cluster, &Component::Kubelet(node), false);
    let (exit, _, stderr) = run(&mut cluster, "kubectl logs deploy/web");
    assert_eq!(exit, 1);
    assert!(stderr.contains(":10250: connect: connection refused"), "{stderr}");
}

#[test]
fn machines_join_and_leave() {
    let mut cluster = Cluster::new(1, &Topology::with_workers(1));
    assert_eq!(cluster.add_node(None), Outcome::Joined("worker-2".to_owned()));
    assert_eq!(cluster.add_node(Some("worker-2")), Outcome::Taken);
    assert_eq!(cluster.add_node(Some("Pas_Un_Nom")), Outcome::BadName);
    secs(&mut cluster, 1);
    let nodes = said(&mut cluster, "kubectl get nodes --no-headers");
    assert!(nodes.contains("worker-2        NotReady"), "{nodes}");
    secs(&mut cluster, 15);
    let nodes = said(&mut cluster, "kubectl get nodes --no-headers");
    assert!(nodes.contains("worker-2        Ready"), "{nodes}");
    said(&mut cluster, "kubectl cordon worker-1");
    said(&mut cluster, "kubectl run seul --image=nginx:1.27");
    secs(&mut cluster, 20);
    assert_eq!(
        said(&mut cluster, "kubectl get pod seul -o jsonpath={.spec.nodeName}"),
        "worker-2"
    );
    assert_eq!(cluster.remove_node("control-plane"), Outcome::ControlPlane);
    assert_eq!(cluster.remove_node("worker-2"), Outcome::Done);
    assert_eq!(cluster.remove_node("worker-2"), Outcome::Unknown);
    said(&mut cluster, "kubectl delete node worker-2");
    secs(&mut cluster, 90);
    // Nobody looks after its Pods any more: they are collected.
    assert_eq!(cluster.store().list_in(Kind::Pod, "default").count(), 0);
    assert_eq!(cluster.store().list_in(Kind::Lease, "kube-node-lease").count(), 2);
}

#[test]
fn the_lab_command_speaks_french() {
    let mut cluster = Cluster::new(1, &Topology::with_workers(1));
    assert_eq!(
        said(&mut cluster, "lab arreter scheduler"),
        "kube-scheduler est arrêté.\n"
    );
    assert_eq!(
        said(&mut cluster, "lab arreter scheduler"),
        "kube-scheduler est déjà arrêté.\n"
    );
    let table = said(&mut cluster, "lab etat");
    assert!(table.contains("kube-scheduler            arrêté\n"), "{table}");
    assert!(table.contains("kubelet worker-1          en marche\n"), "{table}");
    assert_eq!(
        said(&mut cluster, "lab demarrer scheduler"),
        "kube-scheduler redémarre.\n"
    );
    assert_eq!(run(&mut cluster, "lab arreter kubelet worker-9").0, 1);
    assert_eq!(run(&mut cluster, "lab arreter").0, 2);
    assert!(said(&mut cluster, "lab ajouter-noeud").contains("worker-2"));
    said(&mut cluster, "lab arreter etcd");
    assert!(said(&mut cluster, "lab etat").contains("etcd n’a plus de majorité (0 sur 1)"));
}

/// What is left of the objects once everything that differs from run to run is taken out.
fn essence(cluster: &Cluster) -> Vec<String> {
    let mut all: Vec<String> = [Kind::Deployment, Kind::ReplicaSet, Kind::Pod, Kind::EndpointSlice]
        .into_iter()
        .flat_map(|kind| cluster.store().list_in(kind, "default"))
        .map(|object| {
            let value = object.to_value();
            let name = value["metadata"]["labels"]["pod-template-hash"]
                .as_str()
                .unwrap_or(object.name());
            let of = |pointer: &str| value.pointer(pointer).cloned().unwrap_or(Value::Null);
            json!([
                object.kind().name(),
                name,
                of("/spec/replicas"),
                of("/status/readyReplicas"),
                of("/status/updatedReplicas"),
                of("/status/phase"),
                of("/metadata/annotations"),
                of("/spec/containers/0/image"),
                value["endpoints"].as_array().map(Vec::len)
            ])
            .to_string()
        })
        .collect();
    crate::sort::sort(&mut all);
    all
}

#[test]
fn a_rollout_that_anything_interrupts_ends_the_same() {
    let start = || {
        let mut cluster = Cluster::new(
            3,
            &Topology {
                etcd_members: 3,
                ..Topology::default()
            },
        );
        said(
            &mut cluster,
            "kubectl create deployment web --image=nginx:1.26 --replicas=4; kubectl expose deployment web --port=80",
        );
        secs(&mut cluster, 30);
        said(&mut cluster, "kubectl set image deployment web nginx=nginx:1.27");
        cluster.run_for(Duration::from_millis(1_500));
        cluster
    };
    let mut undisturbed = start();
    secs(&mut undisturbed, 400);
    let expected = essence(&undisturbed);
    assert!(
        expected.iter().any(|line| line.contains("nginx:1.27")),
        "{expected:#?}"
    );
    let parts = [
        vec![Component::Scheduler],
        vec![Component::ControllerManager],
        vec![Component::ApiServer],
        vec![Component::Etcd(1), Component::Etcd(3)],
        vec![
            Component::Kubelet("worker-1".to_owned()),
            Component::Kubelet("worker-2".to_owned()),
        ],
        vec![
            Component::ApiServer,
            Component::Scheduler,
            Component::Kubelet("worker-3".to_owned()),
        ],
    ];
    for components in parts {
        for pause in [3, 25] {
            let mut cluster = start();
            for component in &components {
                switch(&mut cluster, component, false);
            }
            secs(&mut cluster, pause);
            let mut cluster = Cluster::load(&cluster.save()).expect("a save");
            for component in &components {
                switch(&mut cluster, component, true);
            }
            secs(&mut cluster, 400);
            assert_eq!(essence(&cluster), expected, "{components:?} for {pause} s");
        }
    }
}

#[test]
fn a_more_important_pod_takes_the_place_of_a_lesser_one() {
    let topology = Topology::with_workers(1);
    let spec: &NodeSpec = topology.nodes.last().expect("a worker");
    assert_eq!(spec.cpu_millis, 4_000);
    let mut cluster = Cluster::new(5, &topology);
    let manifest = r#"
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: haute}
value: 1000
---
apiVersion: v1
kind: Pod
metadata: {name: petit}
spec:
  terminationGracePeriodSeconds: 5
  containers: [{name: c, image: nginx:1.27, resources: {requests: {cpu: "3"}}}]
"#;
    cluster.laptop_mut().save_file("a.yaml", manifest).expect("room");
    let vip = r#"{apiVersion: v1, kind: Pod, metadata: {name: vip}, spec: {priorityClassName: haute,
  containers: [{name: c, image: "nginx:1.27", resources: {requests: {cpu: "3"}}}]}}"#;
    cluster.laptop_mut().save_file("b.yaml", vip).expect("room");
    said(&mut cluster, "kubectl apply -f a.yaml");
    secs(&mut cluster, 15);
    said(&mut cluster, "kubectl apply -f b.yaml");
    cluster.run_for(Duration::from_millis(60));
    let wide = said(
        &mut cluster,
        "kubectl get pod vip -o jsonpath='{.status.phase} {.status.nominatedNodeName}'",
    );
    assert_eq!(wide, "Pending worker-1");
    let decision = cluster.scheduling_decision("default", "vip").expect("decided");
    assert_eq!(
        decision.preempts,
        Some(("worker-1".to_owned(), vec!["petit".to_owned()]))
    );
    secs(&mut cluster, 20);
    let wide = said(
        &mut cluster,
        "kubectl get pods --no-headers -o custom-columns=N:.metadata.name,P:.status.phase,W:.status.nominatedNodeName",
    );
    assert_eq!(wide, "vip   Running   <none>\n");
    let events = said(
        &mut cluster,
        "kubectl get events --no-headers -o custom-columns=R:.reason,N:.involvedObject.name,M:.message",
    );
    let failed = "FailedScheduling    vip        0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s).";
    assert!(
        events
            .split('\n')
            .any(|line| line.split_whitespace().eq(failed.split_whitespace())),
        "{events}"
    );
    assert!(events.contains("Preempted by pod "), "{events}");
}
