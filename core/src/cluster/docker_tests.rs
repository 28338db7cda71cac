//! Docker on the laptop, as a learner sees it. What is expected is what docker 28 prints (docs.docker.com/reference/cli/docker).

use std::time::Duration;

use super::{Cluster, Topology};

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

fn laptop(images: &[&str]) -> Cluster {
    let mut cluster = Cluster::new(1, &Topology::default());
    for image in images {
        run(&mut cluster, &format!("docker pull {image}"));
    }
    cluster
}

/// What a container of docker answers on a port of the laptop: the status and the body.
fn ask(cluster: &mut Cluster, port: u16, path: &str) -> String {
    run(
        cluster,
        &format!("curl -s -w '%{{http_code}}\\n' localhost:{port}{path}"),
    )
}

#[test]
fn images_are_pulled_before_they_run() {
    let mut cluster = laptop(&[]);
    let said = run(&mut cluster, "docker run --rm busybox:1.36 echo bonjour");
    assert!(
        said.contains("Unable to find image 'busybox:1.36' locally\n"),
        "{said}"
    );
    assert!(
        said.contains("Status: Downloaded newer image for busybox:1.36\n"),
        "{said}"
    );
    assert!(said.contains("bonjour\n"), "{said}");
    assert_eq!(run(&mut cluster, "docker ps -aq"), "");
    assert_eq!(
        run(&mut cluster, "docker run ngimx"),
        "Unable to find image 'ngimx:latest' locally\ndocker: Error response from daemon: pull access denied for ngimx, repository does not exist or may require 'docker login'\n\nRun 'docker run --help' for more information\nexit 125\n"
    );
}

#[test]
fn a_container_in_the_foreground_ends_with_its_code() {
    let mut cluster = laptop(&["busybox:1.36"]);
    for (script, expected) in [
        (
            "docker run --rm busybox:1.36 sh -c 'echo un; sleep 1; echo deux; exit 3'",
            "un\ndeux\nexit 3\n",
        ),
        ("echo un deux | docker run --rm -i busybox:1.36 wc -w", "2\n"),
        (
            "docker run --rm -e QUI=Ada -w /tmp busybox:1.36 sh -c 'echo $QUI; pwd'",
            "Ada\n/tmp\n",
        ),
        (
            "docker run --rm busybox:1.36 absent",
            "docker: Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: \"absent\": executable file not found in $PATH: unknown\n\nRun 'docker run --help' for more information\nexit 127\n",
        ),
    ] {
        assert_eq!(run(&mut cluster, script), expected, "{script}");
    }
}

#[test]
fn a_container_that_dies_stays_dead() {
    let mut cluster = laptop(&["nginx:1.27"]);
    let id = run(&mut cluster, "docker run -d --name web -p 8080:80 nginx:1.27");
    assert_eq!(id.trim().len(), 64, "{id}");
    cluster.run_for(Duration::from_secs(2));
    let page = ask(&mut cluster, 8080, "/");
    assert!(
        page.contains("Welcome to nginx!") && page.ends_with("\n200\n"),
        "{page}"
    );
    assert_eq!(
        run(
            &mut cluster,
            "docker ps --format '{{.Names}} {{.Image}} {{.State}} {{.Ports}}'"
        ),
        "web nginx:1.27 running 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp\n"
    );
    assert_eq!(
        run(
            &mut cluster,
            "docker ps --format 'table {{.Names}}\\t{{.RunningFor}}\\t{{.CreatedAt}}' | cut -c1-36"
        ),
        "NAMES     CREATED         CREATED AT\nweb       2 seconds ago   2026-09-07\n"
    );
    let table = run(&mut cluster, "docker ps");
    assert!(
        table.starts_with("CONTAINER ID   IMAGE        COMMAND                  CREATED"),
        "{table}"
    );
    assert!(table.contains("\"/docker-entrypoint.…\""), "{table}");
    let log = run(&mut cluster, "docker logs web");
    assert!(log.contains("GET / HTTP/1.1\" 200"), "{log}");
    assert_eq!(
        run(
            &mut cluster,
            "docker exec web sh -c 'echo adieu > /usr/share/nginx/html/index.html'"
        ),
        ""
    );
    assert_eq!(ask(&mut cluster, 8080, "/"), "adieu\n200\n");
    assert_eq!(run(&mut cluster, "docker kill web"), "web\n");
    cluster.run_for(Duration::from_secs(120));
    assert_eq!(ask(&mut cluster, 8080, "/"), "000\nexit 7\n");
    assert_eq!(
        run(&mut cluster, "docker ps -a --format '{{.Status}}'"),
        "Exited (137) 2 minutes ago\n"
    );
    assert_eq!(
        run(&mut cluster, "docker start web && docker stop web"),
        "web\nweb\n"
    );
    assert_eq!(
        run(
            &mut cluster,
            "docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' web"
        ),
        "exited 0\n"
    );
    assert_eq!(
        run(&mut cluster, "docker rm web; docker rm web"),
        "web\nError response from daemon: No such container: web\nexit 1\n"
    );
}

#[test]
fn restart_policies_bring_back_what_was_told_to() {
    let mut cluster = laptop(&["busybox:1.36"]);
    run(
        &mut cluster,
        "docker run -d --name aa --restart always busybox:1.36 sh -c 'sleep 5; exit 1'",
    );
    run(&mut cluster, "docker run -d --name bb busybox:1.36 sleep 3600");
    cluster.run_for(Duration::from_secs(30));
    let count: u32 = run(&mut cluster, "docker inspect -f '{{.RestartCount}}' aa")
        .trim()
        .parse()
        .expect("a number");
    assert!(count >= 3, "{count}");
    let said = run(&mut cluster, "lab planter-poste; docker ps");
    assert!(said.contains("Cannot connect to the Docker daemon"), "{said}");
    cluster.run_for(Duration::from_secs(40));
    assert_eq!(
        run(
            &mut cluster,
            "docker ps -a --format '{{.Names}}' --filter status=exited"
        ),
        "bb\n"
    );
    assert!(run(&mut cluster, "docker ps -a --filter name=bb").contains("Exited (255)"));
}

#[test]
fn an_image_is_built_layer_by_layer_and_the_cache_is_used() {
    let mut cluster = laptop(&["nginx:1.27"]);
    cluster
        .laptop_mut()
        .save_file(
            "site/Dockerfile",
            "FROM nginx:1.27\nRUN echo prêt > /etc/etat\nCOPY index.html /usr/share/nginx/html/\n",
        )
        .expect("there is room");
    cluster
        .laptop_mut()
        .save_file("site/index.html", "version 1\n")
        .expect("there is room");
    let first = run(&mut cluster, "docker build -t boutique/site:1 site");
    assert!(
        first.contains("[1/3] FROM docker.io/library/nginx:1.27@sha256:"),
        "{first}"
    );
    assert!(
        first.contains("#6 [2/3] RUN echo prêt > /etc/etat\n#6 DONE"),
        "{first}"
    );
    assert!(
        first.contains("naming to docker.io/boutique/site:1 done"),
        "{first}"
    );
    cluster
        .laptop_mut()
        .save_file("site/index.html", "version 2\n")
        .expect("there is room");
    let second = run(&mut cluster, "docker build -t boutique/site:2 site");
    assert!(
        second.contains("#6 [2/3] RUN echo prêt > /etc/etat\n#6 CACHED"),
        "{second}"
    );
    assert!(
        second.contains("#7 [3/3] COPY index.html /usr/share/nginx/html/\n#7 DONE"),
        "{second}"
    );
    run(
        &mut cluster,
        "docker run -d -p 8081:80 boutique/site:1; docker run -d -p 8082:80 boutique/site:2",
    );
    cluster.run_for(Duration::from_secs(2));
    assert_eq!(ask(&mut cluster, 8081, "/"), "version 1\n200\n");
    assert_eq!(ask(&mut cluster, 8082, "/"), "version 2\n200\n");
    // What was pushed can be pulled by the cluster.
    let pushed = run(&mut cluster, "docker push boutique/site:2");
    assert!(pushed.contains("2: digest: sha256:"), "{pushed}");
    run(
        &mut cluster,
        "kubectl create deployment site --image=boutique/site:2 --replicas=2",
    );
    cluster.run_for(Duration::from_secs(20));
    assert_eq!(
        run(
            &mut cluster,
            "kubectl get deployment site -o jsonpath='{.status.readyReplicas}'"
        ),
        "2"
    );
    assert_eq!(
        run(
            &mut cluster,
            "kubectl exec deploy/site -- cat /usr/share/nginx/html/index.html"
        ),
        "version 2\n"
    );
}

#[test]
fn a_build_that_fails_says_where() {
    let mut cluster = laptop(&["alpine:3.22"]);
    cluster
        .laptop_mut()
        .save_file("Dockerfile", "FROM alpine:3.22\nRUN false\n")
        .expect("there is room");
    let said = run(&mut cluster, "docker build -t a .");
    assert!(
        said.ends_with("Dockerfile:2\n--------------------\n   1 |     FROM alpine:3.22\n   2 | >>> RUN false\n--------------------\nERROR: failed to build: failed to solve: process \"/bin/sh -c false\" did not complete successfully: exit code: 1\nexit 1\n"),
        "{said}"
    );
    let said = run(&mut cluster, "docker build -t a absent");
    assert!(said.contains("path \"absent\" not found"), "{said}");
}

#[test]
fn a_volume_keeps_what_a_container_loses() {
    let mut cluster = laptop(&["busybox:1.36"]);
    run(
        &mut cluster,
        "docker run --rm -v coffre:/data busybox:1.36 sh -c 'echo trésor > /data/f; echo perdu > /tmp/f'",
    );
    assert_eq!(
        run(
            &mut cluster,
            "docker run --rm -v coffre:/data busybox:1.36 cat /data/f"
        ),
        "trésor\n"
    );
    assert_eq!(
        run(
            &mut cluster,
            "docker run --rm -v coffre:/data busybox:1.36 cat /tmp/f"
        ),
        "cat: can't open '/tmp/f': No such file or directory\nexit 1\n"
    );
    run(&mut cluster, "mkdir d; echo du poste > d/f");
    assert_eq!(
        run(&mut cluster, "docker run --rm -v ./d:/d busybox:1.36 cat /d/f"),
        "du poste\n"
    );
}

#[test]
fn a_fork_continues_identically() {
    let mut cluster = laptop(&["busybox:1.36"]);
    run(
        &mut cluster,
        "docker run -d --name cc busybox:1.36 sh -c 'i=0; while true; do i=$((i+1)); echo $i; sleep 1; done'",
    );
    cluster.run_for(Duration::from_secs(3));
    let finish = |mut cluster: Cluster| {
        cluster.run_for(Duration::from_secs(5));
        run(&mut cluster, "docker logs cc")
    };
    let loaded = Cluster::load(&cluster.save()).expect("a save can be loaded");
    assert_eq!(finish(cluster.fork()), finish(loaded));
    assert!(finish(cluster).lines().count() >= 6);
}
