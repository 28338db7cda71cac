//! kubectl's commands that reach into Pods, as a learner sees them.

use std::time::Duration;

use super::{Cluster, SessionId, Topology};
use crate::terminal::{Input, Output, State};

const WEB: &str = "kubectl run web --image=nginx:1.27 --port=80; kubectl wait --for=condition=Ready pod/web";

pub(super) struct Desk {
    pub(super) cluster: Cluster,
    pub(super) session: SessionId,
}

impl Desk {
    /// A terminal at which this was typed already.
    pub(super) fn after(line: &str) -> Self {
        let mut cluster = Cluster::new(1, &Topology::default());
        let session = cluster.open_session();
        let mut desk = Self { cluster, session };
        desk.run(line);
        desk
    }

    /// What the terminal showed since it was last asked.
    pub(super) fn shown(&mut self) -> String {
        let text = |output| match output {
            Output::Text { text, .. } => text,
            Output::Open(path) => format!("<open {path}>"),
        };
        let output = self.cluster.take_output(self.session);
        output.into_iter().map(text).collect::<String>().replace('\r', "")
    }

    /// Types a line; what it shows until it has ended, or for a minute.
    pub(super) fn run(&mut self, line: &str) -> String {
        self.cluster.send(self.session, Input::Line(line.to_owned()));
        let until = self.cluster.now() + Duration::from_secs(60);
        self.cluster.run_until_idle(self.session, until);
        self.shown()
    }

    pub(super) fn check(&mut self, line: &str, expected: &str) {
        assert_eq!(self.run(line), expected, "{line}");
    }

    pub(super) fn wait(&mut self, secs: u64) {
        self.cluster.run_for(Duration::from_secs(secs));
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(
            self.cluster
                .session(self.session)
                .map(crate::terminal::Session::state),
            Some(State::Running { .. })
        )
    }
}

#[test]
fn ports_are_checked_before_they_are_forwarded() {
    let mut desk = Desk::after(WEB);
    desk.run("kubectl expose pod web --port=8000 --target-port=80; kubectl run prive --image=absente");
    for (words, expected) in [
        (
            "pod/web",
            "error: TYPE/NAME and list of ports are required for port-forward\nSee 'kubectl port-forward -h' for help and examples\n",
        ),
        (
            "absent 80",
            "Error from server (NotFound): pods \"absent\" not found\n",
        ),
        ("web http", "error: Pod 'web' does not have a named port 'http'\n"),
        (
            "svc/web 80",
            "error: Service web does not have a service port 80\n",
        ),
        (
            "svc/web http",
            "error: Service 'web' does not have a named port 'http'\n",
        ),
        ("web 8080:", "error: remote port cannot be empty\n"),
        ("web 8080:0", "error: remote port must be > 0\n"),
        (
            "web a:80",
            "error: error parsing local port 'a': strconv.ParseUint: parsing \"a\": invalid syntax\n",
        ),
        (
            "web 8080:70000",
            "error: error parsing remote port '70000': strconv.ParseUint: parsing \"70000\": value out of range\n",
        ),
        ("web 8080 --address=ici", "error: ici is not a valid IP\n"),
        (
            "web 80",
            "Unable to listen on port 80: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 127.0.0.1:80: bind: permission denied unable to create listener: Error listen tcp6 [::1]:80: bind: permission denied]\nerror: unable to listen on any of the requested ports: [{80 80}]\n",
        ),
        (
            "prive 8080:80",
            "error: unable to forward port because pod is not running. Current status=Pending\n",
        ),
        (
            "web 8080:80 --as=toto",
            "Error from server (Forbidden): pods \"web\" is forbidden: User \"toto\" cannot get resource \"pods\" in API group \"\" in the namespace \"default\"\n",
        ),
    ] {
        desk.check(&format!("kubectl port-forward {words}"), expected);
    }
}

#[test]
fn a_forwarded_port_is_held_until_the_pod_is_gone() {
    let mut desk = Desk::after(WEB);
    desk.run("kubectl expose pod web --port=8000 --target-port=80");
    assert_eq!(
        desk.run("kubectl port-forward svc/web 8080:8000"),
        "Forwarding from 127.0.0.1:8080 -> 80\nForwarding from [::1]:8080 -> 80\n"
    );
    assert!(desk.is_running());
    let mut beside = Desk {
        session: desk.cluster.open_session(),
        cluster: desk.cluster.fork(),
    };
    assert_eq!(
        beside.run("kubectl port-forward web 8080:80 --address=127.0.0.1"),
        "Unable to listen on port 8080: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 127.0.0.1:8080: bind: address already in use]\nerror: unable to listen on any of the requested ports: [{8080 80}]\n"
    );
    beside.run("kubectl delete pod web --now");
    beside.wait(1);
    beside.session = desk.session;
    assert_eq!(beside.shown(), "error: lost connection to pod\n");
    // Ctrl+C frees the port.
    desk.cluster.send(desk.session, Input::Interrupt);
    desk.check(
        "curl localhost:8080",
        "curl: (7) Failed to connect to localhost port 8080 after 0 ms: Couldn't connect to server\n",
    );
}

#[test]
fn a_person_edits_what_kubectl_shows() {
    let mut desk = Desk::after("kubectl create configmap c --from-literal=a=1");
    desk.cluster.offer_editor(desk.session);
    let text = |desk: &Desk| {
        let session = desk.cluster.session(desk.session).expect("it is open");
        session.editing().map(|edit| edit.text.clone())
    };
    desk.run("kubectl edit configmap c");
    let before = text(&desk).expect("the editor is open");
    assert!(before.contains("data:\n  a: \"1\"\n"), "{before}");
    let mut saved = desk.cluster.fork();
    desk.cluster = saved.fork();
    desk.cluster
        .send(desk.session, Input::Edited(Some(before.replace("\"1\"", "1"))));
    desk.wait(1);
    assert_eq!(desk.shown(), "error: configmaps \"c\" is invalid\n");
    let again = text(&desk).expect("it opens again");
    assert!(
        again.contains("#\n# configmaps \"c\" was not valid:\n# * patch: Invalid value: "),
        "{again}"
    );
    assert!(
        again.contains(": cannot convert int64 to string\n#\napiVersion"),
        "{again}"
    );
    desk.cluster.send(
        desk.session,
        Input::Edited(Some(again.replace("a: 1", "a: deux"))),
    );
    desk.wait(1);
    assert_eq!(desk.shown(), "configmap/c edited\n");
    desk.check("kubectl get configmap c -o jsonpath='{.data.a}'", "deux");
    // The same moment, otherwise.
    saved.send(desk.session, Input::Edited(None));
    desk.cluster = saved;
    desk.wait(1);
    assert_eq!(
        (desk.shown(), text(&desk)),
        ("Edit cancelled, no changes made.\n".to_owned(), None)
    );
    desk.run("kubectl edit configmap c");
    desk.cluster
        .send(desk.session, Input::Edited(Some(before.replace(" a:", " a: b:"))));
    desk.wait(1);
    let again = text(&desk).expect("it opens again");
    assert!(
        again.contains("#\n# The edited file had a syntax error: "),
        "{again}"
    );
    desk.cluster.send(desk.session, Input::Edited(None));
    desk.wait(1);
    let (copy, error) = {
        let shown = desk.shown();
        let (copy, error) = shown.split_once('\n').expect("two lines");
        (copy.to_owned(), error.to_owned())
    };
    assert_eq!(error, "error: Edit cancelled, no valid changes were saved.\n");
    let path = copy.split('"').nth(1).expect("a path");
    assert!(desk.run(&format!("cat {path}")).contains(" a: b:"), "{copy}");
    desk.run("kubectl edit configmap c");
    desk.cluster.send(desk.session, Input::Interrupt);
    desk.wait(1);
    assert_eq!(text(&desk), None, "who is interrupted waits no more");
}

#[test]
fn a_program_may_be_the_editor() {
    let mut desk = Desk::after("kubectl create configmap c --from-literal=a=1");
    desk.check("kubectl edit configmap c", "Edit cancelled, no changes made.\n");
    desk.check(
        "KUBE_EDITOR='sed -i s/\\\"1\\\"/\\\"2\\\"/' kubectl edit configmap c",
        "configmap/c edited\n",
    );
    desk.check("kubectl get configmap c -o jsonpath='{.data.a}'", "2");
    desk.check(
        "EDITOR=false kubectl edit configmap c",
        "error: there was a problem with the editor \"false\"\n",
    );
}

#[test]
fn files_are_copied_to_and_from_containers() {
    let mut desk = Desk::after(
        "kubectl run boite --image=busybox:1.36 --command -- sleep 3600; kubectl run web --image=nginx:1.27; kubectl wait --for=condition=Ready pod/boite pod/web",
    );
    desk.run("mkdir -p site/img; echo bonjour > site/index.html; echo x > site/img/a; mkdir site/vide");
    for (line, expected) in [
        ("kubectl cp site boite:/tmp/site", ""),
        (
            "kubectl exec boite -- sh -c 'cd /tmp/site; cat index.html img/a; ls'",
            "bonjour\nx\nimg\nindex.html\nvide\n",
        ),
        // Into a folder that exists.
        ("kubectl cp site/index.html boite:/tmp", ""),
        ("kubectl exec boite -- cat /tmp/index.html", "bonjour\n"),
        (
            "kubectl cp default/boite:/tmp/site copie",
            "tar: removing leading '/' from member names\n",
        ),
        (
            "cat copie/index.html copie/img/a; ls copie",
            "bonjour\nx\nimg  index.html  vide\n",
        ),
        (
            "kubectl cp boite:tmp/index.html retour.html && cat retour.html",
            "bonjour\n",
        ),
        (
            "kubectl cp web:/etc/hostname nom",
            "tar: Removing leading `/' from member names\n",
        ),
        ("cat nom", "web\n"),
        (
            "kubectl cp boite:/absent ici; echo $?",
            "tar: removing leading '/' from member names\ntar: /absent: No such file or directory\ntar: error exit delayed from previous errors\ncommand terminated with exit code 1\n1\n",
        ),
        (
            "kubectl cp web:/absent ici; echo $?",
            "tar: Removing leading `/' from member names\ntar: /absent: Cannot stat: No such file or directory\ntar: Exiting with failure status due to previous errors\ncommand terminated with exit code 2\n2\n",
        ),
        (
            "kubectl cp site boite:/nulle/part/la",
            "tar: can't change directory to '/nulle/part': No such file or directory\ncommand terminated with exit code 1\n",
        ),
        (
            "kubectl cp absent boite:/tmp",
            "error: absent doesn't exist in local filesystem\n",
        ),
        (
            "kubectl cp a b",
            "error: one of src or dest must be a remote file specification\n",
        ),
        (
            "kubectl cp boite:/a web:/b",
            "error: one of src or dest must be a local file specification\n",
        ),
        ("kubectl cp boite: b", "error: filepath can not be empty\n"),
        (
            "kubectl cp :/a b",
            "error: filespec must match the canonical format: [[namespace/]pod:]file/path\n",
        ),
        ("kubectl cp a", "error: source and destination are required\n"),
        (
            "kubectl cp site rien:/tmp",
            "Error from server (NotFound): pods \"rien\" not found\n",
        ),
    ] {
        desk.check(line, expected);
    }
}

#[test]
fn a_container_is_added_to_a_running_pod() {
    let mut desk = Desk::after(WEB);
    let shown = desk.run("kubectl debug web --image=busybox:1.36 --target=web -c outil -- sleep 600");
    assert_eq!(
        shown,
        "Targeting container \"web\". If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n"
    );
    desk.wait(10);
    desk.check("kubectl exec web -c outil -- echo dedans", "dedans\n");
    desk.check(
        "kubectl get pod web -o jsonpath='{.spec.ephemeralContainers[*].securityContext.capabilities.add} {.status.phase} {.status.containerStatuses[*].name} {.status.ephemeralContainerStatuses[*].state.running.startedAt}' | cut -c1-38",
        "[\"SYS_PTRACE\"] Running web 2026-09-07T\n",
    );
    let described = desk.run("kubectl describe pod web");
    assert!(
        described.contains("\nEphemeral Containers:\n  outil:\n"),
        "{described}"
    );
    let patch = |list: &str| {
        format!(
            "kubectl patch pod web --subresource=ephemeralcontainers --type=merge -p '{{\"spec\":{{\"ephemeralContainers\":{list}}}}}'"
        )
    };
    desk.check(
        &patch("[]"),
        "The Pod \"web\" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers \"outil\" may not be removed\n",
    );
    desk.check(
        "kubectl debug web --image=busybox:1.36 --target=absent -q -c autre",
        "The Pod \"web\" is invalid: spec.ephemeralContainers[1].targetContainerName: Not found: \"absent\"\n",
    );
    desk.check(
        "kubectl debug web --image=busybox:1.36 -q -c web",
        "The Pod \"web\" is invalid: spec.ephemeralContainers[1].name: Duplicate value: \"web\"\n",
    );
    desk.check(
        "kubectl debug web",
        "error: you must specify --image when not using --copy-to.\n",
    );
    desk.check(
        "kubectl debug --image=busybox:1.36",
        "error: NAME or filename is required for debug\n",
    );
    desk.check(
        "kubectl debug web --image=busybox:1.36 -t",
        "error: -i/--stdin is required for containers with -t/--tty=true\n",
    );
    // Its end is not the Pod's.
    desk.run("kubectl debug web --image=busybox:1.36 -q -c bref -- true");
    desk.wait(10);
    desk.check(
        "kubectl get pod web -o jsonpath='{.status.phase} {.status.ephemeralContainerStatuses[?(@.name==\"bref\")].state.terminated.reason}'",
        "Running Completed",
    );
}

#[test]
fn one_stays_with_a_debugging_container() {
    let mut desk = Desk::after(WEB);
    let shown = desk.run("kubectl debug web -it --image=busybox:1.36");
    let name = shown
        .strip_prefix("Defaulting debug container name to ")
        .and_then(|rest| rest.split('.').next())
        .expect("it says so")
        .to_owned();
    assert!(desk.is_running(), "{shown}");
    desk.wait(10);
    let shown = desk.run("exit");
    assert!(
        shown.ends_with(&format!("Session ended, the ephemeral container will not be restarted but may be reattached using 'kubectl attach web -c {name} -i -t' if it is still running\n")),
        "{shown}"
    );
    assert!(!desk.is_running());
}

#[test]
fn copies_and_nodes_are_debugged_in_pods_of_their_own() {
    let mut desk = Desk::after(WEB);
    desk.check(
        "kubectl debug web --copy-to=copie --set-image='*=httpd:2.4' && kubectl get pod copie -o jsonpath='{.spec.containers[*].image} {.metadata.labels} {.spec.shareProcessNamespace}'",
        "httpd:2.4  true",
    );
    desk.check(
        "kubectl debug web --copy-to=copie2 --image=busybox:1.36 -c outil --keep-labels -q -- sleep 5; kubectl get pod copie2 -o jsonpath='{.spec.containers[*].name} {.metadata.labels}'",
        "web outil {\"run\":\"web\"}",
    );
    let shown = desk.run("kubectl debug node/worker-1 --image=busybox:1.36 -- sleep 60");
    assert!(
        shown.starts_with("Creating debugging pod node-debugger-worker-1-"),
        "{shown}"
    );
    desk.check(
        "kubectl get pods -l app.kubernetes.io/managed-by=kubectl-debug -o jsonpath='{.items[0].spec.nodeName} {.items[0].spec.hostPID} {.items[0].spec.containers[0].volumeMounts[0].mountPath}'",
        "worker-1 true /host",
    );
    desk.check(
        "kubectl debug deploy/web --image=busybox:1.36",
        "Error from server (NotFound): deployments.apps \"web\" not found\n",
    );
}
