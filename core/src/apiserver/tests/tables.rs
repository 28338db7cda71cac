//! Rows as the API server prints them, all columns (`-o wide`).

use super::{Server, refusal};
use crate::api::Kind;
use crate::apiserver::{Method, Request, User, collection_path};

fn rows(server: &mut Server, kind: Kind, query: &[(&str, &str)]) -> Vec<String> {
    let table = server.table(kind, query);
    table.rows.iter().map(|row| row.cells.join(" | ")).collect()
}

/// A Pod of this status (and other metadata) prints this row, less its name and its wide columns.
fn pod(status: &str, expected: &str) {
    let mut server = Server::new();
    server.created(
        "{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {initContainers: [{name: i, image: a}], containers: [{name: a, image: a}, {name: b, image: b}]}}",
    );
    server.advance(130);
    let patched = server.patch_status(Kind::Pod, "x", &format!("{{status: {{{status}}}}}"));
    assert_eq!(patched.status, 200, "{:?}", patched.body);
    let table = server.table(Kind::Pod, &[]);
    assert_eq!(table.rows[0].cells[1..5].join(" | "), expected, "{status}");
}

#[test]
fn the_status_of_a_pod_is_told_from_its_containers() {
    const ENDED: &str = "terminated: {exitCode: 0, reason: Completed}";
    let container = |name: &str, state: &str| {
        format!("{{name: {name}, image: i, imageID: '', ready: false, restartCount: 0, state: {{{state}}}}}")
    };
    let running = |name: &str| {
        format!(
            "{{name: {name}, image: i, imageID: '', ready: true, restartCount: 0, state: {{running: {{}}}}}}"
        )
    };
    let init = container("i", ENDED);
    pod("phase: Pending", "0/2 | Pending | 0 | 2m10s");
    pod(
        &format!("initContainerStatuses: [{}]", container("i", "running: {}")),
        "0/2 | Init:0/1 | 0 | 2m10s",
    );
    pod(
        &format!(
            "initContainerStatuses: [{}]",
            container("i", "waiting: {reason: CrashLoopBackOff}")
        ),
        "0/2 | Init:CrashLoopBackOff | 0 | 2m10s",
    );
    pod(
        &format!(
            "initContainerStatuses: [{}]",
            container("i", "terminated: {exitCode: 3, reason: Error}")
        ),
        "0/2 | Init:Error | 0 | 2m10s",
    );
    pod(
        &format!(
            "initContainerStatuses: [{init}], containerStatuses: [{}, {}]",
            container("a", "waiting: {reason: PodInitializing}"),
            container("b", "waiting: {reason: PodInitializing}")
        ),
        "0/2 | PodInitializing | 0 | 2m10s",
    );
    pod(
        &format!(
            "phase: Running, initContainerStatuses: [{init}], containerStatuses: [{}, {}]",
            running("a"),
            running("b")
        ),
        "2/2 | Running | 0 | 2m10s",
    );
    pod(
        &format!(
            "phase: Running, initContainerStatuses: [{init}], containerStatuses: [{}, {}]",
            running("a"),
            container("b", "waiting: {reason: CrashLoopBackOff}").replace(
                "restartCount: 0",
                "restartCount: 3, lastState: {terminated: {exitCode: 1, finishedAt: '2026-09-07T08:02:00Z'}}"
            )
        ),
        "1/2 | CrashLoopBackOff | 3 (10s ago) | 2m10s",
    );
    pod(
        &format!(
            "phase: Running, initContainerStatuses: [{init}], conditions: [{{type: Ready, status: 'False'}}], containerStatuses: [{}, {}]",
            running("a"),
            container("b", ENDED)
        ),
        "1/2 | NotReady | 0 | 2m10s",
    );
    pod(
        &format!(
            "phase: Succeeded, initContainerStatuses: [{init}], containerStatuses: [{}, {}]",
            container("a", ENDED),
            container("b", ENDED)
        ),
        "0/2 | Completed | 0 | 2m10s",
    );
    pod("phase: Failed, reason: Evicted", "0/2 | Evicted | 0 | 2m10s");
}

#[test]
fn services_nodes_and_the_rest() {
    let mut server = Server::new();
    for manifest in [
        "{apiVersion: v1, kind: Service, metadata: {name: base}, spec: {type: ExternalName, externalName: base.exemple.fr}}",
        "{apiVersion: v1, kind: Service, metadata: {name: public}, spec: {type: LoadBalancer, clusterIP: 10.96.0.9, selector: {app: vote}, ports: [{port: 80, nodePort: 32000}, {name: b, port: 53, protocol: UDP, nodePort: 32001}]}}"
            .replace("{port: 80", "{name: a, port: 80")
            .as_str(),
        "{apiVersion: v1, kind: Service, metadata: {name: sans-tete}, spec: {clusterIP: None, selector: {app: vote}, ports: [{port: 80}]}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: '1', b: '2'}}",
        "{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {node-role.kubernetes.io/control-plane: ''}}, spec: {unschedulable: true},
          status: {addresses: [{type: InternalIP, address: 172.18.0.2}], conditions: [{type: Ready, status: 'True'}], nodeInfo: {kubeletVersion: v1.36.2}}}",
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {replicas: 3, selector: {matchLabels: {app: x}},
          template: {metadata: {labels: {app: x}}, spec: {containers: [{name: a, image: 'n:1'}, {name: b, image: r}]}}}}",
        "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4, metadata: {name: e}, ports: [{port: 80}],
          endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.2]}, {addresses: [10.0.0.3]}, {addresses: [10.0.0.4]}]}",
        "{apiVersion: v1, kind: Event, metadata: {name: x.1}, involvedObject: {kind: Pod, name: x, namespace: default}, reason: Scheduled,
          message: ' fait ', type: Normal, source: {component: default-scheduler}, count: 2,
          firstTimestamp: '2026-09-07T08:00:00Z', lastTimestamp: '2026-09-07T08:00:30Z'}",
    ] {
        server.created(manifest);
    }
    server.advance(40);
    let mut check = |kind, expected: &[&str]| assert_eq!(rows(&mut server, kind, &[]), expected, "{kind}");
    check(
        Kind::Service,
        &[
            "base | ExternalName | <none> | base.exemple.fr | <none> | 40s | <none>",
            "kubernetes | ClusterIP | 10.96.0.1 | <none> | 443/TCP | 40s | <none>",
            "public | LoadBalancer | 10.96.0.9 | <pending> | 80:32000/TCP,53:32001/UDP | 40s | app=vote",
            "sans-tete | ClusterIP | None | <none> | 80/TCP | 40s | app=vote",
        ],
    );
    check(Kind::ConfigMap, &["c | 2 | 40s"]);
    check(Kind::ServiceAccount, &["default | 40s"]);
    check(
        Kind::Node,
        &[
            "n1 | Ready,SchedulingDisabled | control-plane | 40s | v1.36.2 | 172.18.0.2 | <none> | <unknown> | <unknown> | <unknown>",
        ],
    );
    check(Kind::Deployment, &["d | 0/3 | 0 | 0 | 40s | a,b | n:1,r | app=x"]);
    check(
        Kind::EndpointSlice,
        &[
            "e | IPv4 | 80 | 10.0.0.1,10.0.0.2,10.0.0.3 + 1 more... | 40s",
            "kubernetes | IPv4 | 6443 | 172.18.0.2 | 40s",
        ],
    );
    check(
        Kind::Event,
        &["10s | Normal | Scheduled | pod/x |  | default-scheduler | fait | 40s | 2 | x.1"],
    );
    check(
        Kind::Namespace,
        &[
            "default | Active | 40s",
            "kube-node-lease | Active | 40s",
            "kube-public | Active | 40s",
            "kube-system | Active | 40s",
        ],
    );
}

#[test]
fn columns_say_which_are_wide() {
    let mut server = Server::new();
    let mut headings = |kind| {
        let table = server.table(kind, &[]);
        let shown = |wide: bool| {
            let columns = table
                .columns
                .iter()
                .filter(|column| (column.priority > 0) == wide);
            columns
                .map(|column| column.name.to_uppercase())
                .collect::<Vec<_>>()
                .join(" ")
        };
        format!("{} / {}", shown(false), shown(true))
    };
    assert_eq!(
        headings(Kind::Pod),
        "NAME READY STATUS RESTARTS AGE / IP NODE NOMINATED NODE READINESS GATES"
    );
    assert_eq!(
        headings(Kind::Event),
        "LAST SEEN TYPE REASON OBJECT MESSAGE / SUBOBJECT SOURCE FIRST SEEN COUNT NAME"
    );
    assert_eq!(
        headings(Kind::Service),
        "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE / SELECTOR"
    );
}

#[test]
fn rows_can_be_selected_by_fields_and_labels() {
    let mut server = Server::new();
    for (name, node) in [("a", "n1"), ("b", "n2"), ("c", "n1")] {
        server.created(&format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{nom: {name}}}}}, spec: {{nodeName: {node}, containers: [{{name: c, image: i}}]}}}}"
        ));
    }
    let mut names = |query: &[(&str, &str)]| {
        let table = server.table(Kind::Pod, query);
        table
            .rows
            .iter()
            .map(|row| row.cells[0].clone())
            .collect::<String>()
    };
    assert_eq!(names(&[("fieldSelector", "spec.nodeName=n1")]), "ac");
    assert_eq!(
        names(&[("fieldSelector", "spec.nodeName!=n1,status.phase=Pending")]),
        "b"
    );
    assert_eq!(names(&[("fieldSelector", "metadata.name=c")]), "c");
    assert_eq!(names(&[("labelSelector", "nom in (a, b)")]), "ab");
    assert_eq!(names(&[("labelSelector", "!nom")]), "");
}

#[test]
fn selectors_that_cannot_be_read() {
    let mut server = Server::new();
    let mut check = |kind, query: (&str, &str), expected: &str| {
        let request = Request::new(Method::Get, collection_path(kind, "default"), User::admin());
        let response = server
            .api
            .handle(&mut server.sim, &request.with_query(query.0, query.1));
        assert_eq!(refusal(&response), format!("(BadRequest) {expected}"));
    };
    check(
        Kind::Pod,
        ("fieldSelector", "spec.foo=bar"),
        "Unable to find \"/v1, Resource=pods\" that match label selector \"\", field selector \"spec.foo=bar\": field label not supported: spec.foo",
    );
    check(
        Kind::Pod,
        ("labelSelector", "app in boutique"),
        "Unable to find \"/v1, Resource=pods\" that match label selector \"app in boutique\", field selector \"\": unable to parse requirement: found 'boutique' expected: '('",
    );
    check(
        Kind::Deployment,
        ("fieldSelector", "spec.foo=bar"),
        "Unable to find \"apps/v1, Resource=deployments\" that match label selector \"\", field selector \"spec.foo=bar\": \"spec.foo\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
    );
}
