//! What runs inside containers, as a learner sees it: manifests in, kubectl's output out.

use std::time::Duration;

use super::{Cluster, Topology};

/// A cluster where these manifests have been applied for so long.
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

/// What a script prints, standard error last, and its exit code.
fn run(cluster: &mut Cluster, script: &str) -> String {
    let id = cluster.run_script(script);
    let until = cluster.now() + Duration::from_secs(300);
    let state = cluster.run_until_idle(id, until);
    let (stdout, stderr) = cluster.take_text(id);
    cluster.close_session(id);
    let code = match state {
        Some(crate::terminal::State::Ended { exit: 0, .. }) => String::new(),
        Some(crate::terminal::State::Ended { exit, .. }) => format!("exit {exit}\n"),
        other => format!("{other:?}\n"),
    };
    format!("{stdout}{stderr}{code}")
}

fn pod(name: &str, command: &str, more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  terminationGracePeriodSeconds: 4\n  {more}\n  containers:\n  - name: c\n    image: busybox:1.36\n    command: [sh, -c, {command:?}]\n"
    )
}

fn check(manifests: &str, secs: u64, script: &str, expected: &str) {
    assert_eq!(run(&mut cluster(manifests, secs), script), expected, "{script}");
}

#[test]
fn a_script_runs_and_its_output_is_the_log() {
    let script = "for i in 1 2; do echo ligne $i; sleep 1; done; echo fini >&2; exit 3";
    check(
        &pod("p", script, "restartPolicy: Never"),
        8,
        "kubectl logs p; kubectl get pod p -o jsonpath='{.status.containerStatuses[0].state.terminated.exitCode}'",
        "ligne 1\nligne 2\nfini\n3",
    );
}

#[test]
fn a_trap_ends_a_container_in_time_and_a_sleep_does_not() {
    let trapped = pod(
        "t",
        "trap 'echo adieu; exit 0' TERM; while true; do sleep 0.5; done",
        "",
    );
    let deaf = pod("d", "sleep 1000", "");
    let mut cluster = cluster(&format!("{trapped}---\n{deaf}"), 6);
    for (name, least, most) in [("t", 0, 3), ("d", 4, 7)] {
        let before = cluster.now();
        run(&mut cluster, &format!("kubectl delete pod {name}"));
        let took = cluster.now().since(before).as_secs();
        assert!((least..most).contains(&took), "{name}: {took}s");
    }
}

#[test]
fn an_endless_loop_moves_the_clock() {
    let mut cluster = cluster(&pod("p", "while true; do :; done", ""), 5);
    let before = cluster.now();
    for _ in 0..20_000 {
        cluster.step();
    }
    assert!(cluster.now().since(before) > Duration::from_secs(60));
    assert_eq!(run(&mut cluster, "kubectl exec p -- echo vivant"), "vivant\n");
}

#[test]
fn commands_of_exec_end_with_their_code() {
    let mut cluster = cluster(&pod("p", "sleep 1000", ""), 5);
    for (script, expected) in [
        (
            "kubectl exec p -- sh -c 'exit 7'",
            "command terminated with exit code 7\nexit 7\n",
        ),
        ("kubectl exec p -- hostname", "p\n"),
        (
            "kubectl exec p -- cat /nope",
            "cat: can't open '/nope': No such file or directory\ncommand terminated with exit code 1\nexit 1\n",
        ),
        ("echo un deux | kubectl exec -i p -- wc -w", "2\n"),
        (
            "kubectl exec p -- sh -c 'kill 1; kill -9 1; echo vivant'",
            "vivant\n",
        ),
    ] {
        assert_eq!(run(&mut cluster, script), expected, "{script}");
    }
}

#[test]
fn a_saved_cluster_goes_on_with_its_containers() {
    let cluster = cluster(
        &pod(
            "p",
            "i=0; while true; do i=$((i+1)); echo $i | cat; sleep 1; done",
            "",
        ),
        5,
    );
    let finish = |mut cluster: Cluster| {
        cluster.run_for(Duration::from_secs(5));
        run(&mut cluster, "kubectl logs p --timestamps")
    };
    let loaded = Cluster::load(&cluster.save()).expect("a save can be loaded");
    let log = finish(cluster);
    assert!(log.lines().count() > 8, "{log}");
    assert_eq!(finish(loaded), log);
}

#[test]
fn a_mounted_config_map_follows_and_a_sub_path_does_not() {
    let manifests = format!(
        "{}    volumeMounts:\n    - {{name: v, mountPath: /v}}\n    - {{name: v, mountPath: /f, subPath: k}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {{k: ancien}}\n",
        pod("p", "sleep 1000", "volumes: [{name: v, configMap: {name: m}}]")
    );
    let mut cluster = cluster(&manifests, 5);
    run(
        &mut cluster,
        "kubectl patch configmap m -p '{\"data\":{\"k\":\"neuf\"}}'",
    );
    let read = "kubectl exec p -- sh -c 'cat /v/k; echo; cat /f'";
    assert_eq!(run(&mut cluster, read), "ancien\nancien");
    cluster.run_for(Duration::from_secs(100));
    assert_eq!(run(&mut cluster, read), "neuf\nancien");
}

#[test]
fn sidecars_run_beside_and_end_after() {
    let sidecar = "initContainers: [{name: s, image: busybox, restartPolicy: Always, command: [sh, -c, \"trap 'echo fin; exit 0' TERM; while :; do sleep 1; done\"]}]\n  restartPolicy: Never";
    check(
        &pod("p", "sleep 3", sidecar),
        15,
        "kubectl logs p -c s; kubectl get pod p -o jsonpath='{.status.phase}'",
        "fin\nSucceeded",
    );
}

#[test]
fn a_failing_liveness_probe_restarts_its_container() {
    let probe =
        "    livenessProbe: {exec: {command: [test, -e, /tmp/ok]}, periodSeconds: 1, failureThreshold: 2}\n";
    let manifest = format!(
        "{}{probe}",
        pod("p", "touch /tmp/ok; sleep 4; rm /tmp/ok; sleep 1000", "")
    );
    check(
        &manifest,
        16,
        "kubectl get pod p -o jsonpath='{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].lastState.terminated.exitCode}'",
        "1 137",
    );
}

#[test]
fn followed_logs_go_on_beyond_the_lines_that_are_kept() {
    let script = "n=0; while true; do n=$((n+1)); echo ligne $n; sleep 0.02; done";
    let mut cluster = cluster(&pod("p", script, ""), 60);
    let kept = run(&mut cluster, "kubectl logs p | wc -l; kubectl logs p | head -n 1");
    assert!(kept.starts_with("2000\n"), "{kept}");
    assert_ne!(kept, "2000\nligne 1\n", "some lines are gone");
    let followed = run(&mut cluster, "timeout 3 kubectl logs -f p --tail=1");
    let numbers: Vec<u32> = followed
        .lines()
        .filter_map(|line| line.strip_prefix("ligne ")?.parse().ok())
        .collect();
    assert!(numbers.len() > 100, "{followed}");
    let steady = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
    assert!(steady, "each line once: {followed}");
}

#[test]
fn a_limit_of_thousandths_of_a_byte_starts_nothing() {
    let limited = |name: &str, more: &str| {
        pod(name, "sleep 1000", "").replace(
            "    command:",
            "    resources: {limits: {memory: 128m}}\n    command:",
        ) + more
    };
    let alone = limited("seul", "");
    let beside = limited("avec", "  - {name: d, image: 'nginx:1.27'}\n");
    let mut cluster = cluster(&format!("{alone}---\n{beside}"), 15);
    let events = run(
        &mut cluster,
        "kubectl get events --no-headers -o custom-columns=N:.involvedObject.name,R:.reason,M:.message",
    );
    let why = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?): unknown";
    let line = |name: &str, reason: &str| {
        let mut lines = events
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines
            .find(|line| line.starts_with(&format!("{name} {reason} ")))
            .unwrap_or_default()
    };
    // With a limit on every container the Pod itself has one, and not even the sandbox starts.
    let sandbox = line("seul", "FailedCreatePodSandBox");
    assert!(
        sandbox.contains(
            "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to start sandbox \""
        ),
        "{events}"
    );
    assert!(sandbox.ends_with(why), "{events}");
    assert_eq!(line("avec", "Failed"), format!("avec Failed Error: {why}"));
    assert_eq!(
        run(
            &mut cluster,
            "kubectl get pods --no-headers -o custom-columns=N:.metadata.name,R:.status.containerStatuses[0].state.waiting.reason,E:.status.containerStatuses[0].lastState.terminated.exitCode"
        ),
        "avec   CrashLoopBackOff    128\nseul   ContainerCreating   <none>\n"
    );
}

#[test]
fn a_pod_that_names_its_node_waits_for_its_claim() {
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\nspec: {storageClassName: '', accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n";
    let pod = pod(
        "p",
        "sleep 1000",
        "nodeName: worker-1\n  volumes: [{name: data, persistentVolumeClaim: {claimName: c}}]",
    );
    let volume = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: v}\nspec: {accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}, hostPath: {path: /srv}}\n";
    let mut cluster = cluster(&format!("{claim}---\n{pod}"), 30);
    let state = "kubectl get pod p --no-headers | tr -s ' ' | cut -d' ' -f2,3";
    assert_eq!(run(&mut cluster, state), "0/1 ContainerCreating\n");
    let events = run(
        &mut cluster,
        "kubectl get events --no-headers -o custom-columns=R:.reason,M:.message | grep FailedMount",
    );
    assert!(
        events.contains("Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC default/c: PVC is not bound"),
        "{events}"
    );
    cluster
        .laptop_mut()
        .save_file("v.yaml", volume)
        .expect("there is room");
    run(&mut cluster, "kubectl apply -f v.yaml");
    cluster.run_for(Duration::from_secs(60));
    assert_eq!(run(&mut cluster, state), "1/1 Running\n");
}

#[test]
fn a_grpc_probe_fails_where_nothing_speaks_grpc() {
    let manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    image: nginx:1.27\n    readinessProbe: {grpc: {port: 80}}\n";
    let mut cluster = cluster(manifest, 30);
    let state = "kubectl get pod p --no-headers | tr -s ' ' | cut -d' ' -f2,3";
    assert_eq!(run(&mut cluster, state), "0/1 Running\n");
    let events = run(&mut cluster, "kubectl describe pod p | grep Unhealthy");
    assert!(
        events.contains("Readiness probe failed: timeout: failed to connect service \""),
        "{events}"
    );
    assert!(
        events.contains(":80\" within 1s: context deadline exceeded"),
        "{events}"
    );
}

#[test]
fn a_raw_request_lists_in_pieces() {
    let mut cluster = cluster(&pod("p", "sleep 1000", ""), 5);
    let script = "kubectl get --raw '/api/v1/namespaces/kube-system/pods?limit=2' > a.json; grep -o '\"remainingItemCount\":[0-9]*' a.json; grep -o '\"kind\":\"PodList\"' a.json";
    let said = run(&mut cluster, script);
    assert!(said.starts_with("\"remainingItemCount\":"), "{said}");
}

/// A server that logs, and what one of its lines is.
#[test]
fn logs_say_when() {
    for (image, words, expected) in [
        (
            "redis:7",
            "head -n 1",
            r"^1:C \d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3} \* ",
        ),
        (
            "httpd:2.4",
            "tail -n 1",
            r"^\[\w{3} \w{3} \d\d \d\d:\d\d:\d\d\.\d{6} \d{4}\] \[",
        ),
        (
            "boutique/api:1.0",
            "head -n 1",
            r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} api 1.0",
        ),
    ] {
        let mut desk = super::command_tests::Desk::after(&format!(
            "kubectl run s --image={image}; kubectl wait --for=condition=Ready pod/s; sleep 3"
        ));
        let line = desk.run(&format!("kubectl logs s | {words}"));
        let pattern = regex_lite::Regex::new(expected).expect("a pattern");
        assert!(pattern.is_match(&line), "{image}: {line}");
    }
}
