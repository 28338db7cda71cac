//! Paths of the API that lead through a Pod or a Service, asked from inside a Pod, through `kubectl proxy`, and by kubectl.

use super::command_tests::Desk;

/// A web server, and a client whose account may be served through the API.
const WEB: &str = "kubectl create deployment web --image=nginx:1.27 --port=80; kubectl expose deployment web --port=80; kubectl expose deployment web --name=faux --port=80 --target-port=81; kubectl create role lit --verb=get,create --resource=services/proxy,pods/proxy,pods/log; kubectl create rolebinding lit --role=lit --serviceaccount=default:default; kubectl run client --image=nicolaka/netshoot -- sleep infinity; kubectl rollout status deployment/web; kubectl wait --for=condition=Ready pod/client";
/// A shell in the client, and the beginning of each request there.
const ASK: &str = "t=$(cat /var/run/secrets/kubernetes.io/serviceaccount/token); ask() { path=$1; shift; curl -sk -H \"Authorization: Bearer $t\" \"$@\" https://kubernetes.default.svc/api/v1/namespaces/default/$path; }; ";

fn inside(desk: &mut Desk, line: &str) -> String {
    desk.run(&format!("kubectl exec client -- sh -c '{ASK}{line}'"))
}

#[test]
fn a_pod_is_served_through_the_api() {
    let mut desk = Desk::after(WEB);
    let pod = desk.run("kubectl get pod -l app=web -o jsonpath='{.items[0].metadata.name}'");
    for (line, expected) in [
        (
            "ask services/web/proxy/ -i | grep -v Date | head -4",
            "HTTP/1.1 200 OK\nCache-Control: no-cache, private\nServer: nginx/1.27.5\nContent-Type: text/html\n",
        ),
        (
            "ask services/web/proxy/ | grep title",
            "<title>Welcome to nginx!</title>\n",
        ),
        (
            &format!("ask pods/{pod}/proxy/absent -o /dev/null -w \"%{{http_code}} %{{content_type}}\""),
            "404 text/html",
        ),
        // A page's links are relative to a folder.
        (
            "ask services/web/proxy?a=1 -i | grep -e HTTP -e Location",
            "HTTP/1.1 301 Moved Permanently\nLocation: /api/v1/namespaces/default/services/web/proxy/?a=1\n",
        ),
        (
            "ask services/absent/proxy/ | grep message",
            "  \"message\": \"services \\\"absent\\\" not found\",\n",
        ),
        (
            "ask services/faux/proxy/ -o /dev/null -w \"%{http_code} %{content_type}\"",
            "503 application/json",
        ),
        ("ask secrets -o /dev/null -w \"%{http_code}\"", "403"),
        (
            "ask pods/client/exec?command=ls | grep message",
            "  \"message\": \"pods \\\"client\\\" is forbidden: User \\\"system:serviceaccount:default:default\\\" cannot get resource \\\"pods/exec\\\" in API group \\\"\\\" in the namespace \\\"default\\\"\",\n",
        ),
        (
            "curl -s http://kubernetes.default.svc:443/",
            "Client sent an HTTP request to an HTTPS server.\n",
        ),
    ] {
        assert_eq!(inside(&mut desk, line), expected, "{line}");
    }
    let refused = inside(&mut desk, "ask services/faux/proxy/ | grep message");
    assert!(
        refused.starts_with("  \"message\": \"error trying to reach service: dial tcp 10.244.")
            && refused.ends_with(":81: connect: connection refused\",\n"),
        "{refused}"
    );
    let log = inside(&mut desk, &format!("ask pods/{pod}/log | tail -2"));
    assert!(
        log.contains("\"GET /absent HTTP/1.1\" 404") && log.contains("curl/"),
        "{log}"
    );
}

#[test]
fn what_is_sent_is_passed_on_as_it_is() {
    let mut desk = Desk::after(WEB);
    inside(
        &mut desk,
        "ask services/web/proxy/envoi?a=%20b -X POST -A lecteur -d nom=ada -o /dev/null",
    );
    let log = desk.run("kubectl logs deploy/web | tail -1");
    assert!(
        log.contains("\"POST /envoi?a=%20b HTTP/1.1\"") && log.contains("\"lecteur\""),
        "{log}"
    );
}

#[test]
fn an_answer_keeps_its_type_on_the_way_to_the_laptop() {
    let mut desk = Desk::after(WEB);
    desk.run("kubectl proxy > /dev/null &");
    desk.wait(1);
    let base = "/api/v1/namespaces/default/services";
    for (line, expected) in [
        (
            format!("curl -si localhost:8001{base}/web/proxy/ | grep -v Date | head -4"),
            "HTTP/1.1 200 OK\nCache-Control: no-cache, private\nServer: nginx/1.27.5\nContent-Type: text/html\n",
        ),
        (
            format!("kubectl get --raw {base}/web/proxy/ | grep title"),
            "<title>Welcome to nginx!</title>\n",
        ),
        (
            format!("kubectl get --raw {base}/web/proxy/absent"),
            "Error from server (NotFound): the server could not find the requested resource\n",
        ),
    ] {
        desk.check(&line, expected);
    }
    let refused = desk.run(&format!("kubectl get --raw {base}/faux/proxy/"));
    assert!(
        refused.starts_with(
            "Error from server (ServiceUnavailable): error trying to reach service: dial tcp 10.244."
        ),
        "{refused}"
    );
}
