//! CPU, memory and disk of containers, and what follows from them. Rules are those of kubernetes.io/docs: resource limits, node-pressure eviction,
//! horizontal autoscaling, the cluster autoscaler.

use std::time::Duration;

use super::{Cluster, Topology};
use crate::api::{Kind, Pod};
use crate::runtime::traffic::{
    HttpRequest, Payload, RedisReply, Refused, Reply, Request, Served, SqlReply, SqlRequest,
};

fn cluster(manifests: &str, secs: u64) -> Cluster {
    let mut cluster = Cluster::new(1, &Topology::default());
    cluster
        .laptop_mut()
        .save_file("m.yaml", manifests)
        .expect("there is room");
    run(&mut cluster, "kubectl apply -f m.yaml");
    cluster.run_for(Duration::from_secs(secs));
    cluster
}

fn run(cluster: &mut Cluster, script: &str) -> String {
    let id = cluster.run_script(script);
    let until = cluster.now() + Duration::from_secs(300);
    cluster.run_until_idle(id, until);
    let (stdout, stderr) = cluster.take_text(id);
    cluster.close_session(id);
    format!("{stdout}{stderr}")
}

/// A Pod of one container.
fn pod(name: &str, image: &str, more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {name}}}}}\nspec:\n  terminationGracePeriodSeconds: 3\n  containers:\n  - name: c\n    image: {image}\n{more}---\n"
    )
}

fn ask(cluster: &mut Cluster, pod: &str, port: u16, payload: Payload) -> Result<Served, Refused> {
    let found = cluster
        .store()
        .list(Kind::Pod)
        .find(|object| object.name().starts_with(pod));
    let found = found
        .and_then(|object| object.get::<Pod>().cloned())
        .expect("there is such a Pod");
    let request = Request {
        source: "10.244.1.9".to_owned(),
        port,
        payload,
    };
    cluster.serve_pod(&found, &request)
}

fn get(cluster: &mut Cluster, pod: &str, port: u16, path: &str) -> Result<(u16, String), Refused> {
    let payload = Payload::Http(HttpRequest::get("web", path));
    match ask(cluster, pod, port, payload)?.reply {
        Reply::Http(reply) => Ok((reply.status, String::from_utf8_lossy(&reply.body).into_owned())),
        other => Ok((0, format!("{other:?}"))),
    }
}

fn state(cluster: &mut Cluster, pod: &str, path: &str) -> String {
    run(
        cluster,
        &format!("kubectl get pod {pod} -o jsonpath='{{{path}}}'"),
    )
}

#[test]
fn a_leak_ends_at_the_limit_and_starts_again() {
    let limit = "    resources: {limits: {memory: 64Mi}}\n";
    let mut cluster = cluster(&pod("fuite", "demo/fuite:1.0", limit), 70);
    let last = ".status.containerStatuses[0].lastState.terminated";
    assert_eq!(
        state(&mut cluster, "fuite", &format!("{last}.reason")),
        "OOMKilled"
    );
    assert_eq!(state(&mut cluster, "fuite", &format!("{last}.exitCode")), "137");
    assert_eq!(
        state(&mut cluster, "fuite", ".status.containerStatuses[0].restartCount"),
        "1"
    );
}

#[test]
fn memory_that_a_command_takes_is_killed_at_the_limit() {
    let more = "    command: [stress, --vm, '1', --vm-bytes, 250M, --vm-hang, '1']\n    resources: {limits: {memory: 100Mi}}\n";
    let mut cluster = cluster(&pod("s", "polinux/stress", more), 8);
    let said = run(&mut cluster, "kubectl get pod s --no-headers");
    assert!(
        said.contains("OOMKilled") || said.contains("CrashLoopBackOff"),
        "{said}"
    );
    let states = "{.status.containerStatuses[0].state.terminated.reason}{.status.containerStatuses[0].lastState.terminated.reason}";
    let reason = run(&mut cluster, &format!("kubectl get pod s -o jsonpath='{states}'"));
    assert!(reason.contains("OOMKilled"), "{reason}");
}

#[test]
fn a_limit_of_cpu_stretches_the_answers() {
    let limited = "    resources: {limits: {cpu: 100m}}\n";
    let manifests = format!(
        "{}{}",
        pod("libre", "registry.k8s.io/hpa-example", ""),
        pod("borne", "registry.k8s.io/hpa-example", limited)
    );
    let mut cluster = cluster(&manifests, 15);
    let payload = || Payload::Http(HttpRequest::get("web", "/"));
    let free = ask(&mut cluster, "libre", 80, payload()).expect("it answers");
    let held = ask(&mut cluster, "borne", 80, payload()).expect("it answers");
    assert_eq!(free.cpu, held.cpu);
    // 20 ms of work: at 10 ms in each tenth of a second it takes more than 100 ms.
    assert!(free.latency < Duration::from_millis(25), "{:?}", free.latency);
    assert!(held.latency >= Duration::from_millis(100), "{:?}", held.latency);
}

#[test]
fn a_loop_without_pause_uses_what_it_may() {
    let more = |limit: &str| {
        format!(
            "    command: [sh, -c, 'while true; do :; done']\n    resources: {{limits: {{cpu: {limit}}}}}\n"
        )
    };
    let manifests = format!(
        "{}{}",
        pod("un", "busybox:1.36", &more("1")),
        pod("peu", "busybox:1.36", &more("100m"))
    );
    let mut cluster = cluster(&manifests, 5);
    run(
        &mut cluster,
        "kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml",
    );
    cluster.run_for(Duration::from_secs(90));
    let top = run(&mut cluster, "kubectl top pod --no-headers");
    let millis = |name: &str| -> u32 {
        let line = top
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default();
        let cell = line.split_whitespace().nth(1).unwrap_or_default();
        cell.trim_end_matches('m').parse().unwrap_or(0)
    };
    assert!((900..=1_000).contains(&millis("un")), "{top}");
    assert!((85..=100).contains(&millis("peu")), "{top}");
}

#[test]
fn nginx_serves_its_files_its_configuration_and_its_errors() {
    let mut cluster = cluster(&pod("web", "nginx:1.27", ""), 8);
    assert_eq!(get(&mut cluster, "web", 80, "/").expect("it answers").0, 200);
    let (status, body) = get(&mut cluster, "web", 80, "/absent").expect("it answers");
    assert_eq!(status, 404);
    assert!(body.contains("<center>nginx/1.27.5</center>"), "{body}");
    let log = run(&mut cluster, "kubectl logs web --tail=2");
    assert!(
        log.contains("open() \"/usr/share/nginx/html/absent\" failed (2: No such file or directory)"),
        "{log}"
    );
    assert!(log.contains("\"GET /absent HTTP/1.1\" 404"), "{log}");
    assert_eq!(
        run(&mut cluster, "kubectl exec web -- nginx -v"),
        "nginx version: nginx/1.27.5\n"
    );
    run(
        &mut cluster,
        "kubectl exec web -- sh -c 'echo \"server { listen 80; location = /sante { return 200 \\\"bien\\\"; } }\" > /etc/nginx/conf.d/default.conf'",
    );
    // Nothing changes before it reads its files again.
    assert_eq!(get(&mut cluster, "web", 80, "/sante").expect("it answers").0, 404);
    let said = run(
        &mut cluster,
        "kubectl exec web -- nginx -t; kubectl exec web -- nginx -s reload",
    );
    assert!(said.contains("test is successful"), "{said}");
    assert_eq!(
        get(&mut cluster, "web", 80, "/sante"),
        Ok((200, "bien".to_owned()))
    );
    run(
        &mut cluster,
        "kubectl exec web -- sh -c 'echo \"serveur {}\" > /etc/nginx/conf.d/default.conf'",
    );
    let said = run(&mut cluster, "kubectl exec web -- nginx -t");
    assert!(
        said.contains("[emerg] unknown directive \"serveur\" in /etc/nginx/conf.d/default.conf:1"),
        "{said}"
    );
}

#[test]
fn a_server_that_is_stopping_refuses() {
    let mut cluster = cluster(&pod("web", "nginx:1.27", ""), 8);
    assert!(get(&mut cluster, "web", 80, "/").is_ok());
    assert_eq!(get(&mut cluster, "web", 81, "/"), Err(Refused::Closed));
    run(&mut cluster, "kubectl delete pod web --wait=false");
    cluster.run_for(Duration::from_millis(60));
    assert_ne!(get(&mut cluster, "web", 80, "/").map(|found| found.0), Ok(200));
}

#[test]
fn probes_hear_what_the_path_says() {
    let probe = "    readinessProbe: {httpGet: {path: /pret, port: 8080}, periodSeconds: 1}\n    env: [{name: DEMARRAGE, value: '5'}, {name: CHAUFFE, value: '20'}]\n";
    let mut cluster = cluster(&pod("lent", "demo/lent:1.0", probe), 10);
    assert_eq!(
        state(&mut cluster, "lent", ".status.containerStatuses[0].ready"),
        "false"
    );
    let events = run(&mut cluster, "kubectl events --for pod/lent");
    assert!(
        events.contains("Readiness probe failed: Get \"http://10.244."),
        "{events}"
    );
    assert!(
        events.contains("HTTP probe failed with statuscode: 503"),
        "{events}"
    );
    cluster.run_for(Duration::from_secs(16));
    assert_eq!(
        state(&mut cluster, "lent", ".status.containerStatuses[0].ready"),
        "true"
    );
}

fn redis(cluster: &mut Cluster, line: &str) -> RedisReply {
    let words = line.split(' ').map(str::to_owned).collect();
    match ask(cluster, "r", 6379, Payload::Redis(words))
        .expect("it answers")
        .reply
    {
        Reply::Redis(reply) => reply,
        other => RedisReply::Error(format!("{other:?}")),
    }
}

#[test]
fn redis_keeps_its_keys_on_a_volume_only_and_only_when_it_stops_in_order() {
    let volume = "    volumeMounts: [{name: d, mountPath: /data}]\n  volumes: [{name: d, emptyDir: {}}]\n";
    for (more, kept) in [(volume, Some("42".to_owned())), ("", None)] {
        let mut cluster = cluster(&pod("r", "redis:7", more), 10);
        assert_eq!(
            redis(&mut cluster, "SET n 42"),
            RedisReply::Status("OK".to_owned())
        );
        run(&mut cluster, "kubectl exec r -- sh -c 'kill 1'");
        cluster.run_for(Duration::from_secs(15));
        assert_eq!(redis(&mut cluster, "GET n"), RedisReply::Bulk(kept));
    }
}

#[test]
fn postgres_needs_its_password_and_keeps_its_rows() {
    let without = pod("sans", "postgres:17", "");
    let with = pod(
        "base",
        "postgres:17",
        "    env: [{name: POSTGRES_PASSWORD, value: secret}]\n    volumeMounts: [{name: d, mountPath: /var/lib/postgresql/data}]\n  volumes: [{name: d, emptyDir: {}}]\n",
    );
    let mut cluster = cluster(&format!("{without}{with}"), 20);
    let log = run(&mut cluster, "kubectl logs sans");
    assert!(
        log.starts_with("Error: Database is uninitialized and superuser password is not specified.\n"),
        "{log}"
    );
    let sql = |cluster: &mut Cluster, text: &str, password: &str| {
        let request = SqlRequest {
            user: "postgres".to_owned(),
            password: Some(password.to_owned()),
            database: "postgres".to_owned(),
            text: text.to_owned(),
        };
        match ask(cluster, "base", 5432, Payload::Sql(request))
            .expect("it answers")
            .reply
        {
            Reply::Sql(reply) => reply,
            other => SqlReply::Error(format!("{other:?}")),
        }
    };
    let tag = |text: &str| SqlReply::Tag(text.to_owned());
    assert_eq!(
        sql(&mut cluster, "SELECT 1", "faux"),
        SqlReply::Fatal("FATAL:  password authentication failed for user \"postgres\"".to_owned())
    );
    assert_eq!(
        sql(&mut cluster, "CREATE TABLE t (a int)", "secret"),
        tag("CREATE TABLE")
    );
    assert_eq!(
        sql(&mut cluster, "INSERT INTO t VALUES (1), (2)", "secret"),
        tag("INSERT 0 2")
    );
    run(&mut cluster, "kubectl exec base -- sh -c 'kill 1'");
    cluster.run_for(Duration::from_secs(20));
    let SqlReply::Rows { rows, .. } = sql(&mut cluster, "SELECT count(*) FROM t", "secret") else {
        panic!("rows were asked for");
    };
    assert_eq!(rows, [[Some("2".to_owned())]]);
}

#[test]
fn a_private_registry_wants_to_know_who_asks() {
    let image = "registre.prive.example/boutique/api:1.0";
    let mut cluster = cluster(&pod("p", image, "  imagePullSecrets: [{name: cle}]\n"), 10);
    let events = run(&mut cluster, "kubectl events --for pod/p");
    assert!(
        events.contains("Unable to retrieve some image pull secrets (cle)"),
        "{events}"
    );
    assert!(events.contains("401 Unauthorized"), "{events}");
    run(
        &mut cluster,
        "kubectl create secret docker-registry cle --docker-server=registre.prive.example --docker-username=eleve --docker-password=timonier",
    );
    cluster.run_for(Duration::from_secs(60));
    assert_eq!(state(&mut cluster, "p", ".status.phase"), "Running");
    // It is on that node now, but not for everybody.
    let node = state(&mut cluster, "p", ".spec.nodeName");
    let other = pod("q", image, &format!("  nodeName: {node}\n"));
    cluster
        .laptop_mut()
        .save_file("q.yaml", &other)
        .expect("there is room");
    run(&mut cluster, "kubectl apply -f q.yaml");
    cluster.run_for(Duration::from_secs(10));
    assert_eq!(state(&mut cluster, "q", ".status.phase"), "Pending");
    let down = pod("d", "registre.en-panne.example/a:1", "");
    cluster
        .laptop_mut()
        .save_file("d.yaml", &down)
        .expect("there is room");
    run(&mut cluster, "kubectl apply -f d.yaml");
    cluster.run_for(Duration::from_secs(40));
    let events = run(&mut cluster, "kubectl events --for pod/d");
    assert!(
        events.contains("dial tcp 203.0.113.9:443: i/o timeout"),
        "{events}"
    );
}

#[test]
fn a_volume_that_outgrows_its_limit_evicts_its_pod() {
    let more = "    command: [sh, -c, 'sleep 5; dd if=/dev/zero of=/cache/f bs=1M count=20; sleep 3600']\n    volumeMounts: [{name: cache, mountPath: /cache}]\n  volumes: [{name: cache, emptyDir: {sizeLimit: 10Mi}}]\n";
    let mut cluster = cluster(&pod("p", "busybox:1.36", more), 30);
    assert_eq!(state(&mut cluster, "p", ".status.reason"), "Evicted");
    assert_eq!(
        state(&mut cluster, "p", ".status.message"),
        "Usage of EmptyDir volume \"cache\" exceeds the limit \"10Mi\". "
    );
    assert_eq!(state(&mut cluster, "p", ".status.phase"), "Failed");
}

#[test]
fn a_node_short_of_memory_evicts_who_uses_more_than_asked() {
    let eater = |name: &str, bytes: &str, request: &str| {
        pod(
            name,
            "polinux/stress",
            &format!(
                "    command: [stress, --vm, '1', --vm-bytes, {bytes}]\n    resources: {{requests: {{memory: {request}}}}}\n  nodeName: worker-1\n"
            ),
        )
    };
    let manifests = format!(
        "{}{}",
        eater("sobre", "3500M", "4Gi"),
        eater("glouton", "4180M", "1Gi")
    );
    let mut cluster = cluster(&manifests, 40);
    assert_eq!(state(&mut cluster, "glouton", ".status.reason"), "Evicted");
    let message = state(&mut cluster, "glouton", ".status.message");
    assert!(
        message.starts_with("The node was low on resource: memory. Threshold quantity: 100Mi, available: "),
        "{message}"
    );
    assert!(
        message.contains("request is 1Gi, has larger consumption of memory. "),
        "{message}"
    );
    assert_eq!(state(&mut cluster, "sobre", ".status.phase"), "Running");
    let node = "kubectl get node worker-1 -o jsonpath='{.status.conditions[?(@.type==\"MemoryPressure\")].status}{.spec.taints[*].key}'";
    assert_eq!(run(&mut cluster, node), "Truenode.kubernetes.io/memory-pressure");
    cluster.run_for(Duration::from_secs(400));
    assert_eq!(run(&mut cluster, node), "False");
}

#[test]
fn load_makes_a_deployment_grow_and_shrink_at_the_documented_pace() {
    let manifests = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: php-apache}\nspec:\n  selector: {matchLabels: {run: php-apache}}\n  template:\n    metadata: {labels: {run: php-apache}}\n    spec:\n      containers:\n      - name: php-apache\n        image: registry.k8s.io/hpa-example\n        resources: {limits: {cpu: 500m}, requests: {cpu: 200m}}\n";
    let mut cluster = cluster(manifests, 20);
    run(
        &mut cluster,
        "kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml; kubectl autoscale deployment php-apache --cpu=50% --min=1 --max=10",
    );
    cluster.run_for(Duration::from_secs(60));
    let replicas = |cluster: &mut Cluster| {
        run(
            cluster,
            "kubectl get deployment php-apache -o jsonpath='{.spec.replicas}'",
        )
        .parse::<u32>()
        .unwrap_or(0)
    };
    assert_eq!(replicas(&mut cluster), 1);
    // 400m of CPU asked of all Pods together: four at half of their 200m.
    for n in 0..1_200_usize {
        let pods = cluster
            .store()
            .list(Kind::Pod)
            .filter_map(|object| object.get::<Pod>().cloned());
        let pods: Vec<Pod> = pods.filter(|pod| pod.name().starts_with("php-apache")).collect();
        if let Some(pod) = pods.get(n % pods.len().max(1)) {
            for _ in 0..2 {
                let request = Request {
                    source: "10.244.1.9".to_owned(),
                    port: 80,
                    payload: Payload::Http(HttpRequest::get("php-apache", "/")),
                };
                // A Pod that has just come does not listen yet.
                let _refused = cluster.serve_pod(pod, &request);
            }
        }
        cluster.run_for(Duration::from_millis(100));
    }
    let grown = replicas(&mut cluster);
    assert!((4..=5).contains(&grown), "{grown}");
    // Five minutes of stabilisation before it shrinks.
    cluster.run_for(Duration::from_secs(240));
    assert_eq!(replicas(&mut cluster), grown);
    cluster.run_for(Duration::from_secs(120));
    assert_eq!(replicas(&mut cluster), 1);
}

#[test]
fn machines_come_when_pods_wait_and_go_when_they_are_idle() {
    let manifests = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: gros}\nspec:\n  replicas: 8\n  selector: {matchLabels: {app: gros}}\n  template:\n    metadata: {labels: {app: gros}}\n    spec:\n      containers:\n      - {name: c, image: 'nginx:1.27', resources: {requests: {cpu: '2'}}}\n";
    let mut cluster = cluster(manifests, 10);
    let said = run(&mut cluster, "lab autoscaler 3 5");
    assert!(said.contains("entre 3 et 5"), "{said}");
    let nodes = |cluster: &mut Cluster| run(cluster, "kubectl get nodes --no-headers").lines().count();
    assert_eq!(nodes(&mut cluster), 4);
    cluster.run_for(Duration::from_secs(90));
    let events = run(&mut cluster, "kubectl get events");
    assert!(
        events.contains("pod triggered scale-up: [{workers 3->5 (max: 5)}]"),
        "{events}"
    );
    assert_eq!(nodes(&mut cluster), 6);
    assert_eq!(
        run(
            &mut cluster,
            "kubectl get deployment gros -o jsonpath='{.status.readyReplicas}'"
        ),
        "8"
    );
    run(&mut cluster, "kubectl scale deployment gros --replicas=1");
    cluster.run_for(Duration::from_secs(500));
    assert_eq!(nodes(&mut cluster), 6);
    cluster.run_for(Duration::from_secs(500));
    assert_eq!(nodes(&mut cluster), 4);
}
