//! Moments that Kubernetes documents, held to in virtual time: probes (kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes),
//! back-off and termination (kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle), and what files survive (kubernetes.io/docs/concepts/storage).

use std::time::Duration;

use proptest::prelude::*;

use super::{Cluster, Topology};
use crate::api::{Key, Kind, Pod};
use crate::sim::Time;

fn run(cluster: &mut Cluster, script: &str) -> String {
    let id = cluster.run_script(script);
    let until = cluster.now() + Duration::from_secs(300);
    cluster.run_until_idle(id, until);
    let (stdout, stderr) = cluster.take_text(id);
    cluster.close_session(id);
    format!("{stdout}{stderr}")
}

fn cluster(manifests: &str) -> Cluster {
    let mut cluster = Cluster::new(3, &Topology::default());
    cluster
        .laptop_mut()
        .save_file("m.yaml", manifests)
        .expect("there is room");
    run(&mut cluster, "kubectl apply -f m.yaml");
    cluster
}

fn pod(command: &str, container: &str, more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  {more}\n  containers:\n  - name: c\n    image: busybox:1.36\n    command: [sh, -c, {command:?}]\n{container}"
    )
}

fn found(cluster: &Cluster) -> Option<Pod> {
    let key = Key::new(Kind::Pod, "default", "p");
    cluster
        .store()
        .get(&key)
        .and_then(|object| object.get::<Pod>().cloned())
}

/// When the container has started, each time, within so many seconds: to a second.
fn starts(cluster: &mut Cluster, secs: u64) -> Vec<u64> {
    let mut seen: Vec<u64> = Vec::new();
    let end = cluster.now() + Duration::from_secs(secs);
    while cluster.now() < end {
        cluster.run_for(Duration::from_millis(500));
        let statuses = found(cluster).and_then(|pod| pod.status.container_statuses.clone());
        let status = statuses.and_then(|statuses| statuses.into_iter().next());
        let Some(state) = status.and_then(|status| status.state) else {
            continue;
        };
        let started = state
            .running
            .and_then(|running| running.started_at)
            .or_else(|| state.terminated.and_then(|ended| ended.started_at));
        if let Some(started) = started {
            let at = Time::from_timestamp(started.0).as_secs();
            if seen.last() != Some(&at) {
                seen.push(at);
            }
        }
    }
    seen
}

fn gaps(starts: &[u64]) -> Vec<u64> {
    starts
        .iter()
        .zip(starts.iter().skip(1))
        .map(|(a, b)| b - a)
        .collect()
}

#[test]
fn the_back_off_doubles_to_five_minutes() {
    let mut cluster = cluster(&pod("exit 1", "", ""));
    let gaps = gaps(&starts(&mut cluster, 1_600));
    // The first restart comes at once, so soon that nobody may have seen the first start; the kubelet looks again ten to fifteen seconds
    // after it was told to wait.
    let gaps: Vec<u64> = gaps.into_iter().skip_while(|gap| *gap < 5).collect();
    let least = [10, 20, 40, 80, 160, 300, 300];
    assert!(gaps.len() >= least.len(), "{gaps:?}");
    for (gap, least) in gaps.iter().zip(least) {
        assert!((least..=least + 18).contains(gap), "{gaps:?}");
    }
}

#[test]
fn ten_minutes_of_quiet_start_the_back_off_over() {
    // It fails three times, runs for eleven minutes, and fails again.
    let script = "n=$(cat /n/n 2>/dev/null || echo 0); n=$((n+1)); echo $n > /n/n; if [ $n = 4 ]; then sleep 660; fi; exit 1";
    let more =
        "    volumeMounts: [{name: nombre, mountPath: /n}]\n  volumes: [{name: nombre, emptyDir: {}}]\n";
    let mut cluster = cluster(&pod(script, more, ""));
    let gaps = gaps(&starts(&mut cluster, 900));
    let long = gaps.iter().position(|gap| *gap > 600).unwrap_or(usize::MAX);
    // After that it is started at once, and then waits ten seconds again.
    assert!(
        gaps.get(long).is_some_and(|gap| (660..=664).contains(gap)),
        "{gaps:?}"
    );
    assert!(
        gaps.get(long + 1).is_some_and(|gap| (10..=28).contains(gap)),
        "{gaps:?}"
    );
}

#[test]
fn a_liveness_probe_kills_after_its_delay_period_and_threshold() {
    let probe = "    livenessProbe: {tcpSocket: {port: 81}, initialDelaySeconds: 15, periodSeconds: 10, failureThreshold: 3}\n";
    let mut cluster = cluster(&pod(
        "trap 'exit 0' TERM; while true; do sleep 0.5; done",
        probe,
        "terminationGracePeriodSeconds: 5",
    ));
    // 15 s, then twice 10: the third failure kills, the end takes a moment.
    let gaps = gaps(&starts(&mut cluster, 120));
    assert!(
        gaps.first().is_some_and(|gap| (35..=39).contains(gap)),
        "{gaps:?}"
    );
}

#[test]
fn a_startup_probe_holds_the_others_back() {
    let probes = "    startupProbe: {exec: {command: [cat, /tmp/fini]}, periodSeconds: 2, failureThreshold: 30}\n    livenessProbe: {exec: {command: [cat, /tmp/vivant]}, periodSeconds: 1, failureThreshold: 2}\n";
    let script = "sleep 20; touch /tmp/fini; sleep 600";
    let mut cluster = cluster(&pod(script, probes, "terminationGracePeriodSeconds: 1"));
    let starts = starts(&mut cluster, 40);
    // Twenty seconds of start, then two failures of liveness and a second of grace.
    let gaps = gaps(&starts);
    assert!(
        gaps.first().is_some_and(|gap| (22..=30).contains(gap)),
        "{gaps:?}"
    );
}

/// How long it takes until the Pod is gone, in seconds, once it is deleted.
fn deletion(cluster: &mut Cluster) -> u64 {
    cluster.run_for(Duration::from_secs(8));
    run(cluster, "kubectl delete pod p --wait=false");
    let began = cluster.now();
    while found(cluster).is_some() && cluster.now().since(began) < Duration::from_secs(120) {
        cluster.run_for(Duration::from_millis(250));
    }
    cluster.now().since(began).as_secs()
}

#[test]
fn termination_takes_the_grace_and_no_more() {
    let deaf = "trap '' TERM; while true; do sleep 1; done";
    let hook =
        |sleep: u64| format!("    lifecycle: {{preStop: {{exec: {{command: [sleep, '{sleep}']}}}}}}\n");
    let heeds = "trap 'exit 0' TERM; while true; do sleep 0.2; done";
    for (script, hook, grace, least, most) in [
        // SIGKILL when the time is up.
        (deaf, String::new(), 6, 6, 8),
        // Who heeds SIGTERM goes at once.
        (heeds, String::new(), 30, 0, 2),
        // The hook counts.
        (heeds, hook(4), 30, 4, 6),
        (deaf, hook(4), 10, 10, 12),
        // A hook that outlasts the grace: two seconds more, then SIGKILL.
        (deaf, hook(60), 5, 5, 9),
    ] {
        let mut cluster = cluster(&pod(
            script,
            &hook,
            &format!("terminationGracePeriodSeconds: {grace}"),
        ));
        let took = deletion(&mut cluster);
        assert!((least..=most).contains(&took), "{script} {hook} {grace}: {took}s");
    }
}

/// What happens to a Pod that has written to its volumes.
#[derive(Clone, Copy, Debug)]
enum Fate {
    ContainerEnds,
    PodIsDeleted,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// A container's own files end with it, an emptyDir with its Pod, a claim's and the node's with neither.
    #[test]
    fn files_survive_what_they_should(fates in prop::collection::vec(prop_oneof![Just(Fate::ContainerEnds), Just(Fate::PodIsDeleted)], 1..4)) {
        let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: d}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n---\n";
        let mounts = "    volumeMounts: [{name: vide, mountPath: /vide}, {name: noeud, mountPath: /noeud}, {name: disque, mountPath: /disque}]\n";
        let volumes = "nodeSelector: {kubernetes.io/hostname: worker-1}\n  terminationGracePeriodSeconds: 1\n  volumes: [{name: vide, emptyDir: {}}, {name: noeud, hostPath: {path: /srv/x, type: DirectoryOrCreate}}, {name: disque, persistentVolumeClaim: {claimName: d}}]";
        let text = pod("trap 'exit 0' TERM; while true; do sleep 0.5; done", mounts, volumes);
        let mut cluster = cluster(&format!("{claim}{text}"));
        cluster.run_for(Duration::from_secs(15));
        run(&mut cluster, "kubectl exec p -- sh -c 'for d in tmp vide noeud disque; do echo là > /$d/f; done'");
        let mut pod_lives = true;
        for fate in fates {
            match fate {
                Fate::ContainerEnds => { run(&mut cluster, "kubectl exec p -- kill 1"); }
                Fate::PodIsDeleted => {
                    pod_lives = false;
                    run(&mut cluster, "kubectl delete pod p; kubectl apply -f m.yaml");
                }
            }
            cluster.run_for(Duration::from_secs(70));
        }
        let left = run(&mut cluster, "kubectl exec p -- sh -c 'for d in tmp vide noeud disque; do test -e /$d/f && echo $d; done; true'");
        let expected = if pod_lives { "vide\nnoeud\ndisque\n" } else { "noeud\ndisque\n" };
        prop_assert_eq!(left, expected);
    }
}
