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
