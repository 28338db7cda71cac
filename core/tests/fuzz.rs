//! Four doors that a learner's text comes in by, and nothing that comes in may make the lab panic or hang: the YAML reader, the API server,
//! kubectl's line and the shell.
//!
//! Each input is bytes: those below 128 are letters, the others words of the door's own language, so that chance alone goes deep. An ordinary
//! test run replays the corpus under `__fuzz__` and then draws new inputs for a few seconds (`FUZZ_SECS`, 3); CONTRIBUTING.md says how to
//! run it for longer, and led by coverage.

#![expect(
    clippy::disallowed_methods,
    reason = "how long to draw inputs is asked of the environment"
)]

use std::sync::OnceLock;
use std::time::Duration;

use bolero::check;
use timonier_core::api::schema::schema;
use timonier_core::apiserver::{Body, ContentType, Method, Request, ResponseBody, User};
use timonier_core::cluster::{Cluster, Topology};
use timonier_core::manifest;
use timonier_core::terminal::Input;

/// No command may take longer than this of virtual time before it is interrupted.
const PATIENCE: Duration = Duration::from_secs(120);

fn span() -> Duration {
    let asked = std::env::var("FUZZ_SECS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(asked.unwrap_or(3))
}

/// The text that these bytes stand for.
fn text(bytes: &[u8], words: &[&str]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte.checked_sub(128) {
            None => text.push(char::from(*byte)),
            Some(word) => text.push_str(
                words
                    .get(usize::from(word) % words.len())
                    .copied()
                    .unwrap_or_default(),
            ),
        }
    }
    text
}

/// A small cluster with something of most kinds in it.
fn cluster() -> Cluster {
    static BASE: OnceLock<Cluster> = OnceLock::new();
    let base = BASE.get_or_init(|| {
        let mut cluster = Cluster::new(1, &Topology::default());
        let session = cluster.open_session();
        for line in [
            "kubectl create deployment web --image=nginx:1.27 --replicas=2",
            "kubectl expose deployment web --port=80",
            "kubectl create configmap c --from-literal=a=1",
            "kubectl create secret generic s --from-literal=a=1",
            "kubectl run solo --image=busybox:1.36 -- sh -c 'while true; do date; sleep 1; done'",
            "kubectl create job j --image=busybox:1.36 -- true",
        ] {
            cluster.send(session, Input::Line(line.to_owned()));
            cluster.run_until_idle(session, cluster.now() + PATIENCE);
        }
        cluster.run_for(Duration::from_secs(20));
        cluster.close_session(session);
        cluster
    });
    base.fork()
}

const YAML: [&str; 64] = [
    "\n",
    "\n  ",
    "\n    ",
    "\n- ",
    "\n  - ",
    "\n---\n",
    "\n...\n",
    ": ",
    "- ",
    "? ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "|\n  ",
    ">-\n  ",
    "|+2\n",
    "\"",
    "'",
    "#",
    "&a ",
    "*a",
    "<<: *a",
    "!!str ",
    "!!binary ",
    "%YAML 1.1\n",
    "\t",
    "~",
    "null",
    "true",
    "yes",
    "0777",
    "0x1F",
    "1e3",
    ".inf",
    "2001-01-01",
    "apiVersion: v1",
    "apiVersion: apps/v1",
    "\nkind: Pod",
    "\nkind: Deployment",
    "\nkind: Service",
    "\nmetadata:",
    "\n  name: ",
    "\n  labels:",
    "\nspec:",
    "\n  containers:",
    "\n  - name: ",
    "\n    image: nginx:1.27",
    "\n    ports:",
    "\n    - containerPort: ",
    "\n  replicas: ",
    "\n  selector:",
    "\n    matchLabels:",
    "\n  template:",
    "\n    resources:",
    "\n      limits:",
    "cpu: 100m",
    "memory: 1Gi",
    "\\u00e9",
    "é",
    "\u{85}",
    "\u{feff}",
    "\r\n",
];

#[test]
fn yaml() {
    check!().with_test_time(span()).for_each(|bytes: &[u8]| {
        let text = text(bytes, &YAML);
        for document in manifest::parse(&text) {
            drop(document);
        }
        for found in manifest::diagnose(&text, schema()) {
            assert!(
                found.start.line >= 1 && !found.message.is_empty(),
                "{text:?}: {found:?}"
            );
        }
    });
}

const JSON: [&str; 64] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "2147483648",
    "\"\"",
    "\"a\"",
    "\"web\"",
    "\"x y\"",
    "\"apiVersion\":\"v1\"",
    "\"apiVersion\":\"apps/v1\"",
    "\"kind\":\"Pod\"",
    "\"kind\":\"ConfigMap\"",
    "\"kind\":\"Deployment\"",
    "\"kind\":\"Service\"",
    "\"metadata\":{",
    "\"name\":\"web\"",
    "\"name\":\"n\"",
    "\"namespace\":\"default\"",
    "\"labels\":{\"app\":\"web\"}",
    "\"annotations\":",
    "\"finalizers\":[\"a/b\"]",
    "\"ownerReferences\":[{",
    "\"uid\":\"u\"",
    "\"resourceVersion\":\"1\"",
    "\"generateName\":\"g-\"",
    "\"spec\":{",
    "\"containers\":[{\"name\":\"c\",\"image\":\"nginx\"}]",
    "\"containers\":[{",
    "\"image\":\"nginx\"",
    "\"ports\":[{\"containerPort\":80}]",
    "\"ports\":[{\"port\":80}]",
    "\"replicas\":3",
    "\"replicas\":-1",
    "\"selector\":{\"matchLabels\":{\"app\":\"web\"}}",
    "\"selector\":{\"app\":\"web\"}",
    "\"template\":{",
    "\"strategy\":{",
    "\"resources\":{\"requests\":{\"cpu\":\"1\"}}",
    "\"cpu\":\"\"",
    "\"data\":{\"a\":\"b\"}",
    "\"stringData\":{",
    "\"status\":{",
    "\"phase\":\"Running\"",
    "\"conditions\":[",
    "\"type\":\"Ready\"",
    "\"op\":\"replace\"",
    "\"op\":\"remove\"",
    "\"path\":\"/spec/replicas\"",
    "\"value\":",
    "\"$patch\":\"delete\"",
    "\"$retainKeys\":[",
    "\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]",
    "\"env\":[{",
    "\"livenessProbe\":{",
    "\"affinity\":{",
    "\"tolerations\":[{",
];

const PATHS: [&str; 40] = [
    "/",
    "api",
    "apis",
    "v1",
    "apps",
    "batch",
    "autoscaling",
    "v2",
    "networking.k8s.io",
    "rbac.authorization.k8s.io",
    "namespaces",
    "default",
    "kube-system",
    "pods",
    "deployments",
    "replicasets",
    "services",
    "configmaps",
    "secrets",
    "nodes",
    "events",
    "jobs",
    "clusterroles",
    "web",
    "solo",
    "worker-1",
    "status",
    "scale",
    "log",
    "exec",
    "binding",
    "eviction",
    "token",
    "proxy",
    "openapi",
    "version",
    "customresourcedefinitions",
    "apiextensions.k8s.io",
    "..",
    "%2F",
];

const QUERIES: [&str; 32] = [
    "&",
    "=",
    "labelSelector=",
    "fieldSelector=",
    "limit=1",
    "limit=-1",
    "continue=",
    "resourceVersion=",
    "resourceVersion=0",
    "watch=true",
    "dryRun=All",
    "dryRun=x",
    "fieldManager=m",
    "force=true",
    "fieldValidation=Strict",
    "fieldValidation=Ignore",
    "propagationPolicy=Foreground",
    "propagationPolicy=Orphan",
    "gracePeriodSeconds=0",
    "pretty=true",
    "app",
    "web",
    "in (a,b)",
    "!x",
    "metadata.name",
    "spec.nodeName",
    "container=solo",
    "tailLines=",
    "follow=true",
    "previous=true",
    "command=ls",
    "1",
];

#[test]
fn apiserver() {
    let methods = [
        Method::Get,
        Method::Post,
        Method::Put,
        Method::Patch,
        Method::Delete,
    ];
    let types = [
        ContentType::Json,
        ContentType::MergePatch,
        ContentType::JsonPatch,
        ContentType::StrategicMergePatch,
        ContentType::Apply,
    ];
    check!()
        .with_test_time(span())
        .with_type::<(u8, Vec<u8>, Vec<u8>, Vec<u8>)>()
        .for_each(|(choice, path, query, body): &(u8, Vec<u8>, Vec<u8>, Vec<u8>)| {
            let mut cluster = cluster();
            let method = methods
                .get(usize::from(*choice) % methods.len())
                .copied()
                .unwrap_or(Method::Get);
            // A path is words between slashes; one byte in four is taken as a letter.
            let words: Vec<String> = path.chunks(1).map(|byte| text(byte, &PATHS)).collect();
            let mut request = Request::new(method, format!("/{}", words.join("/")), User::admin());
            for pair in text(query, &QUERIES).split('&') {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                request = request.with_query(name, value);
            }
            if let Ok(value) = serde_json::from_str(&text(body, &JSON)) {
                request = request.with_body(Body::Json(value));
            }
            request.content_type = types
                .get(usize::from(*choice) / 8 % types.len())
                .copied()
                .unwrap_or(ContentType::Json);
            let response = cluster.request(&request);
            if response.status >= 400 {
                assert!(
                    matches!(response.body, ResponseBody::Error(_)),
                    "{} without a Status: {:?}",
                    response.status,
                    response.body
                );
            }
            cluster.run_for(Duration::from_secs(5));
        });
}

/// What a learner's session makes of these lines, each interrupted when it takes too long.
fn type_lines(text: &str) {
    let mut cluster = cluster();
    let session = cluster.open_session();
    for line in text.split('\n').take(12) {
        drop(cluster.complete(session, line, line.len()));
        cluster.send(session, Input::Line(line.to_owned()));
        cluster.run_until_idle(session, cluster.now() + PATIENCE);
        cluster.send(session, Input::Interrupt);
        cluster.send(session, Input::Eof);
        cluster.take_output(session);
    }
}

const KUBECTL: [&str; 112] = [
    " ",
    " ",
    "get",
    "describe",
    "create",
    "apply",
    "delete",
    "run",
    "expose",
    "scale",
    "set image",
    "set env",
    "set resources",
    "rollout status",
    "rollout undo",
    "rollout history",
    "rollout restart",
    "label",
    "annotate",
    "patch",
    "replace",
    "edit",
    "exec",
    "logs",
    "attach",
    "wait",
    "top",
    "drain",
    "cordon",
    "taint",
    "auth can-i",
    "config view",
    "explain",
    "api-resources",
    "diff",
    "autoscale",
    "events",
    "version",
    "pods",
    "pod/web",
    "deploy",
    "deployment/web",
    "svc",
    "rs",
    "nodes",
    "cm/c",
    "secret/s",
    "all",
    "job.batch/j",
    "po,svc",
    "solo",
    "web",
    "worker-1",
    "-n",
    "kube-system",
    "-A",
    "-o",
    "yaml",
    "json",
    "wide",
    "name",
    "jsonpath={.items[*].metadata.name}",
    "custom-columns=A:.metadata.name",
    "go-template={{.kind}}",
    "-l",
    "app=web",
    "app in (web)",
    "--all",
    "--force",
    "--grace-period=0",
    "--replicas=3",
    "--image=nginx:1.28",
    "--dry-run=client",
    "--dry-run=server",
    "--server-side",
    "-f",
    "-",
    "a.yaml",
    "--from-literal=a=b",
    "--type=json",
    "-p",
    "'[{\"op\":\"remove\",\"path\":\"/spec\"}]'",
    "'{\"spec\":null}'",
    "--",
    "sh -c 'ls /'",
    "-it",
    "-c",
    "--tail=1",
    "-w",
    "--for=condition=Ready",
    "--for=delete",
    "--timeout=1s",
    "--sort-by=.metadata.name",
    "--field-selector=status.phase=Running",
    "--show-labels",
    "--cascade=orphan",
    "--port=80",
    "--as=bob",
    "nginx=nginx:1.28",
    "A=1",
    "a-",
    "key=value:NoSchedule",
    "--help",
    "=",
    "''",
    "\"",
    "\\",
    "é",
    "\nkubectl ",
    "\nk ",
    "--recursive",
    "configmap",
];

#[test]
fn kubectl() {
    check!().with_test_time(span()).for_each(|bytes: &[u8]| {
        type_lines(&format!("kubectl {}", text(bytes, &KUBECTL)));
    });
}

const SHELL: [&str; 80] = [
    " ",
    "\n",
    ";",
    "|",
    "&&",
    "||",
    "&",
    "if ",
    "; then ",
    "; else ",
    "; fi",
    "while ",
    "for i in ",
    "; do ",
    "; done",
    "case ",
    " in ",
    ";;",
    "esac",
    "{ ",
    "; }",
    "( ",
    ")",
    "$(",
    "`",
    "${",
    "}",
    "$((",
    "))",
    "$i",
    "$?",
    "$@",
    "\"",
    "'",
    "\\",
    "<<EOF\n",
    "\nEOF\n",
    "<<-'E'\n",
    "\nE\n",
    "<",
    ">",
    ">>",
    "2>&1",
    "*",
    "?",
    "[a-z]",
    "~",
    "!",
    "f() ",
    "return ",
    "break",
    "continue",
    "export A=",
    "read x",
    "set -e",
    "true",
    "false",
    "sleep 1",
    "echo ",
    "printf '%s %d' ",
    "cat ",
    "grep a ",
    "sed 's/a/b/' ",
    "head -1",
    "wc -l",
    "sort",
    "xargs ",
    "ls ",
    "rm ",
    "seq 3",
    "test -f ",
    "[ 1 -eq 1 ]",
    "trap 'x' EXIT",
    "a.txt",
    "1",
    "+ 1",
    "%2",
    ":-",
    "##*/",
    "kubectl get pods",
];

#[test]
fn shell() {
    check!()
        .with_test_time(span())
        .for_each(|bytes: &[u8]| type_lines(&text(bytes, &SHELL)));
}
