//! What the laptop reaches on itself: forwarded ports, docker's, kubectl's proxy. What is expected is what curl 7.88 and kubectl 1.36 print.

use super::command_tests::Desk;
use crate::terminal::Input;

const WEB: &str = "kubectl create deployment web --image=nginx:1.27 --replicas=2 --port=80; kubectl expose deployment web --port=8000 --target-port=80; kubectl rollout status deployment/web";
const HANDLING: &str = "Handling connection for 8080\n";

/// A second window of the desk's laptop, in which this was typed.
fn beside(desk: &mut Desk, line: &str) -> String {
    let first = desk.session;
    desk.session = desk.cluster.open_session();
    let shown = desk.run(line);
    desk.cluster.close_session(desk.session);
    desk.session = first;
    shown
}

/// What stays the same of a log line: without its time and process.
fn without_stamps(shown: &str) -> String {
    let line = |line: &str| match line.split_once("] ") {
        Some((stamp, rest)) if stamp.starts_with('E') => format!("E] {rest}\n"),
        _ => format!("{line}\n"),
    };
    shown.lines().map(line).collect()
}

#[test]
fn a_forwarded_port_leads_to_its_pod() {
    let desk = Desk::after(WEB);
    for (target, ports) in [
        ("deploy/web", "8080:80"),
        ("svc/web", "8080:8000"),
        ("$(kubectl get pod -l app=web -o name | head -1)", "8080:80"),
    ] {
        let mut desk = Desk {
            cluster: desk.cluster.fork(),
            session: desk.session,
        };
        desk.check(
            &format!("kubectl port-forward {target} {ports}"),
            "Forwarding from 127.0.0.1:8080 -> 80\nForwarding from [::1]:8080 -> 80\n",
        );
        for (line, expected) in [
            (
                "curl -s -o /dev/null -w '%{http_code}\\n' localhost:8080",
                "200\n",
            ),
            (
                "curl -s http://127.0.0.1:8080/absent | grep title",
                "<head><title>404 Not Found</title></head>\n",
            ),
            (
                "wget -qO- localhost:8080 | grep title",
                "<title>Welcome to nginx!</title>\n",
            ),
        ] {
            assert_eq!(beside(&mut desk, line), expected, "{target}: {line}");
            assert_eq!(desk.shown(), HANDLING, "{target}: {line}");
        }
        desk.cluster.send(desk.session, Input::Interrupt);
        assert_eq!(
            beside(&mut desk, "curl localhost:8080"),
            "curl: (7) Failed to connect to localhost port 8080 after 0 ms: Couldn't connect to server\n"
        );
    }
}

#[test]
fn in_one_window_it_is_a_job() {
    let mut desk = Desk::after(WEB);
    let begun = desk.run("kubectl port-forward svc/web 8080:8000 &");
    assert!(begun.starts_with("[1] "), "{begun}");
    desk.wait(1);
    assert_eq!(
        desk.shown(),
        "Forwarding from 127.0.0.1:8080 -> 80\nForwarding from [::1]:8080 -> 80\n"
    );
    desk.check(
        "curl -s localhost:8080 | grep title",
        &format!("{HANDLING}<title>Welcome to nginx!</title>\n"),
    );
    // Its Pod, not its Service: who forwards sees one Pod only, and loses it.
    let log = desk.run("kubectl logs -l app=web --prefix | grep -c curl");
    assert_eq!(log, "1\n");
    desk.run("kill %1; sleep 1");
    desk.check("curl -s localhost:8080; echo $?", "7\n");
}

#[test]
fn what_leads_nowhere_ends_the_forwarding() {
    let desk = Desk::after(
        "kubectl run web --image=nginx:1.27 --port=80; kubectl wait --for=condition=Ready pod/web",
    );
    let uid = desk.cluster.fork();
    let mut look = Desk {
        cluster: uid,
        session: desk.session,
    };
    let uid = look.run("kubectl get pod web -o jsonpath='{.metadata.uid}'");
    let id = uid.replace('-', "").repeat(2);
    let refused = format!(
        "{HANDLING}E] \"Unhandled Error\" err=\"an error occurred forwarding 8080 -> 81: error forwarding port 81 to pod {id}, uid : failed to execute portforward in network namespace \\\"/var/run/netns/cni-{uid}\\\": failed to connect to localhost:81 inside namespace \\\"{id}\\\", IPv4: dial tcp4 127.0.0.1:81: connect: connection refused IPv6 dial tcp6 [::1]:81: connect: connection refused \" logger=\"UnhandledError\"\nerror: lost connection to pod\n"
    );
    let lost = "error: lost connection to pod\n".to_owned();
    let empty = "curl: (52) Empty reply from server\n";
    let gone = "curl: (7) Failed to connect to localhost port 8080 after 0 ms: Couldn't connect to server\n";
    for (ports, before, curl, expected) in [
        ("8080:81", "true", empty, refused),
        (
            "8080:80",
            "lab arreter kubelet $(kubectl get pod web -o jsonpath='{.spec.nodeName}') > /dev/null",
            empty,
            format!("{HANDLING}{lost}"),
        ),
        ("8080:80", "kubectl delete pod web > /dev/null", gone, lost),
    ] {
        let mut desk = Desk {
            cluster: desk.cluster.fork(),
            session: desk.session,
        };
        desk.run(&format!("kubectl port-forward web {ports}"));
        beside(&mut desk, before);
        assert_eq!(beside(&mut desk, "curl localhost:8080"), curl, "{before}");
        desk.wait(1);
        assert_eq!(without_stamps(&desk.shown()), expected, "{before}");
        assert!(!desk.is_running(), "{before}");
    }
}

#[test]
fn a_closed_window_listens_no_more() {
    let mut desk = Desk::after(WEB);
    let window = desk.cluster.open_session();
    desk.cluster.send(
        window,
        Input::Line("kubectl port-forward svc/web 8080:8000".to_owned()),
    );
    desk.wait(1);
    desk.check("curl -s -o /dev/null -w '%{http_code}' localhost:8080", "200");
    desk.cluster.close_session(window);
    desk.check("curl -s localhost:8080; echo $?", "7\n");
}

#[test]
fn one_port_has_one_listener() {
    let mut desk = Desk::after(
        "docker run -d -p 8080:80 nginx:1.27; kubectl run web --image=nginx:1.27 --port=80; kubectl wait --for=condition=Ready pod/web",
    );
    for (line, expected) in [
        (
            "kubectl port-forward web 8080:80 --address=127.0.0.1",
            "Unable to listen on port 8080: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 127.0.0.1:8080: bind: address already in use]\nerror: unable to listen on any of the requested ports: [{8080 80}]\n",
        ),
        (
            "kubectl proxy --port=8080",
            "error: listen tcp 127.0.0.1:8080: bind: address already in use\n",
        ),
        (
            "curl -s localhost:8080 | grep title",
            "<title>Welcome to nginx!</title>\n",
        ),
        ("nc -z localhost 8080 && echo ouvert", "ouvert\n"),
        (
            "curl -sI localhost:8080 | head -2",
            "HTTP/1.1 200 OK\nServer: nginx/1.27.5\n",
        ),
    ] {
        desk.check(line, expected);
    }
}

/// https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/
#[test]
fn the_api_server_passes_requests_on() {
    let mut desk = Desk::after(WEB);
    desk.run("kubectl create service clusterip vide --tcp=80:80; kubectl expose deployment web --name=faux --port=80 --target-port=81; kubectl proxy --port=8001 > /dev/null &");
    desk.wait(2);
    let base = "localhost:8001/api/v1/namespaces/default";
    for (path, expected) in [
        (
            "services/web/proxy/ | grep title",
            "<title>Welcome to nginx!</title>\n",
        ),
        (
            "services/web:8000/proxy/ | grep title",
            "<title>Welcome to nginx!</title>\n",
        ),
        (
            "services/http:web:/proxy/ | grep title",
            "<title>Welcome to nginx!</title>\n",
        ),
        (
            "services/web/proxy/absent | grep title",
            "<head><title>404 Not Found</title></head>\n",
        ),
        (
            "pods/$(kubectl get pod -l app=web -o jsonpath='{.items[0].metadata.name}')/proxy/ | grep title",
            "<title>Welcome to nginx!</title>\n",
        ),
        (
            "services/web:81/proxy/ | grep message",
            "  \"message\": \"no service port 81 found for service \\\"web\\\"\",\n",
        ),
        (
            "services/vide/proxy/ | grep message",
            "  \"message\": \"no endpoints available for service \\\"vide\\\"\",\n",
        ),
        (
            "services/absent/proxy/ | grep message",
            "  \"message\": \"services \\\"absent\\\" not found\",\n",
        ),
    ] {
        desk.check(&format!("curl -s {base}/{path}"), expected);
    }
    let refused = desk.run(&format!("curl -s {base}/services/faux/proxy/ | grep message"));
    assert!(
        refused.starts_with("  \"message\": \"error trying to reach service: dial tcp 10.244.")
            && refused.ends_with(":81: connect: connection refused\",\n"),
        "{refused}"
    );
    desk.check(
        "kubectl get --raw /api/v1/namespaces/default/services/web/proxy/ | grep title",
        "<title>Welcome to nginx!</title>\n",
    );
    desk.check(
        "kubectl get --raw /api/v1/namespaces/default/services/web/proxy/ --as=toto",
        "Error from server (Forbidden): services \"web\" is forbidden: User \"toto\" cannot get resource \"services/proxy\" in API group \"\" in the namespace \"default\"\n",
    );
}

#[test]
fn curl_is_one_program_wherever_it_asks() {
    let mut desk = Desk::after("kubectl proxy --port=8001 > /dev/null &");
    desk.wait(1);
    for (line, expected) in [
        (
            "curl -s -o /dev/null -w '%{http_code} %{content_type}\\n' localhost:8001/api/v1/nodes",
            "200 application/json\n",
        ),
        ("curl -sN localhost:8001/healthz; echo", "ok\n"),
        (
            "curl -sf localhost:8001/api/v1/namespaces/absent; echo $?",
            "22\n",
        ),
        (
            "curl -s http://localhost:6443/",
            "Client sent an HTTP request to an HTTPS server.\n",
        ),
        (
            "curl -sk https://localhost:6443/api/v1/nodes | grep message",
            "  \"message\": \"nodes is forbidden: User \\\"system:anonymous\\\" cannot list resource \\\"nodes\\\" in API group \\\"\\\" at the cluster scope\",\n",
        ),
        ("curl -s https://localhost:8001/; echo $?", "35\n"),
        ("curl -s 0.0.0.0:9; echo $?", "7\n"),
        (
            "curl --help | head -2",
            "Usage: curl [options...] <url>\n -d, --data <data>          HTTP POST data\n",
        ),
        (
            "curl --absent",
            "curl: option --absent: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n",
        ),
        (
            "lab arreter apiserver > /dev/null; curl -s localhost:8001/api",
            "dial tcp 127.0.0.1:6443: connect: connection refused\n",
        ),
        ("curl -sk https://localhost:6443/; echo $?", "7\n"),
    ] {
        desk.check(line, expected);
    }
}

#[test]
fn load_reaches_what_curl_reaches() {
    let mut desk = Desk::after(WEB);
    desk.run("docker run -d -p 8081:80 nginx:1.27; kubectl proxy > /dev/null & kubectl port-forward svc/web 8080:8000 > recus &");
    desk.wait(2);
    for (url, record) in [
        ("http://localhost:8080", "pod default/web-"),
        ("127.0.0.1:8081/absent", "127.0.0.1:8081"),
        ("http://localhost:8001/api", "localhost:8001"),
        (
            "http://localhost:8001/api/v1/namespaces/default/services/absent/proxy/",
            "localhost:8001",
        ),
        // kubectl's proxy knows no TLS, and nobody listens on the last.
        ("https://localhost:8001/", "localhost:8001"),
        ("http://localhost:9", "localhost:9"),
    ] {
        desk.check(
            &format!("lab trafic {url} 10 2"),
            &format!("10 requêtes par seconde vers {url} pendant 2 s.\n"),
        );
        desk.wait(3);
        let table = desk.run("lab trafic");
        assert!(table.contains(record), "{url}: {table}");
    }
    let rows = desk.run("lab trafic | tr -s ' ' | sed 's/^pod default.//; 1d' | cut -d ' ' -f 1-5");
    let counted: Vec<&str> = rows.lines().collect();
    assert!(
        counted[0].starts_with("web-") && counted[0].ends_with(" 20 20 0 0"),
        "{counted:?}"
    );
    assert_eq!(
        counted[1..],
        [
            "127.0.0.1:8081 20 20 0 0",
            "localhost:8001 60 40 0 20",
            "localhost:9 20 0 0 20"
        ]
    );
    // They did arrive, and kubectl tells of each.
    desk.check("grep -c Handling recus", "20\n");
    desk.check("kubectl logs -l app=web --tail=-1 | grep -c GET", "20\n");
    desk.check(
        "docker logs $(docker ps -q) 2>/dev/null | grep -c absent.HTTP/1.1..404",
        "20\n",
    );
    let why = desk.run("lab pourquoi requete");
    assert!(why.contains("Rien n’écoute sur ce port de votre poste"), "{why}");
}

#[test]
fn load_of_the_laptop_knows_its_own_names() {
    let mut desk = Desk::after("docker run -d -p 8081:80 nginx:1.27");
    let hosts = "127.0.0.1 localhost\n127.0.0.1 boutique.test\n172.18.0.2 grappe.test\n";
    desk.cluster
        .laptop_mut()
        .folder
        .save("/etc/hosts", hosts.as_bytes())
        .unwrap();
    desk.wait(2);
    desk.run("lab trafic boutique.test:8081 10 2; lab trafic grappe.test:9 10 2 --depuis portable; lab trafic localhost:8081 10 2 --depuis grappe");
    desk.wait(4);
    let table = desk.run("lab trafic | tr -s ' ' | cut -d ' ' -f 1-3");
    // A Pod's localhost is its own.
    assert_eq!(
        table,
        "CIBLE ENVOYÉES SERVIES\n172.18.0.2:9 20 0\n127.0.0.1:8081 20 0\nboutique.test:8081 20 20\n"
    );
}

#[test]
fn load_goes_on_identically_from_a_copy() {
    let mut desk = Desk::after(WEB);
    desk.run("docker run -d -p 8081:80 nginx:1.27; kubectl port-forward svc/web 8080:8000 > /dev/null & lab trafic localhost:8080 50 3; lab trafic localhost:8081 50 3");
    desk.wait(1);
    let mut copy = Desk {
        cluster: desk.cluster.fork(),
        session: desk.session,
    };
    let mut kept = Desk {
        cluster: crate::cluster::Cluster::load(&desk.cluster.save()).unwrap(),
        session: desk.session,
    };
    let mut tables = Vec::new();
    for desk in [&mut desk, &mut copy, &mut kept] {
        desk.wait(4);
        tables.push(desk.run("lab trafic"));
    }
    assert!(tables.windows(2).all(|two| two[0] == two[1]), "{tables:?}");
}
