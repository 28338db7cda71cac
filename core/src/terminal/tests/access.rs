//! Who kubectl is, and how else the API server is reached: contexts, tokens, `-v`, a proxy.

use super::{World, script};
use crate::terminal::Laptop;

struct Lab {
    laptop: Laptop,
    world: World,
}

impl Lab {
    fn new() -> Self {
        let mut world = World::new();
        world.api.bootstrap(&mut world.sim);
        Self {
            laptop: Laptop::new(),
            world,
        }
    }

    fn run(&mut self, text: &str) -> (i32, String, String) {
        script(text, &mut self.laptop, &mut self.world)
    }

    /// What a line prints, both streams, after its status.
    fn check(&mut self, text: &str, expected: &str) {
        let (exit, stdout, stderr) = self.run(text);
        assert_eq!(format!("{exit} {stdout}{stderr}"), expected, "{text}");
    }
}

#[test]
fn contexts_are_made_used_renamed_and_deleted() {
    let mut lab = Lab::new();
    lab.check(
        "kubectl config set-credentials alice --token=abc",
        "0 User \"alice\" set.\n",
    );
    lab.check(
        "kubectl config set-context alice --cluster=kubernetes --user=alice --namespace=dev",
        "0 Context \"alice\" created.\n",
    );
    lab.check(
        "kubectl config get-contexts",
        "0 CURRENT   NAME                          CLUSTER      AUTHINFO           NAMESPACE\n          alice                         kubernetes   alice              dev\n*         kubernetes-admin@kubernetes   kubernetes   kubernetes-admin   \n",
    );
    lab.check(
        "kubectl config use-context bob",
        "1 error: no context exists with the name: \"bob\"\n",
    );
    lab.check(
        "kubectl config use-context alice",
        "0 Switched to context \"alice\".\n",
    );
    lab.check(
        "kubectl get pods",
        "1 error: You must be logged in to the server (Unauthorized)\n",
    );
    lab.check(
        "kubectl config rename-context alice eleve",
        "0 Context \"alice\" renamed to \"eleve\".\n",
    );
    lab.check("kubectl config current-context", "0 eleve\n");
    lab.check(
        "kubectl config view --minify -o jsonpath='{.users[0].user.token} {.contexts[0].context.namespace}'",
        "0 REDACTED dev",
    );
    lab.check(
        "kubectl config delete-context eleve",
        "0 deleted context eleve from /home/eleve/.kube/config\nwarning: this removed your active context, use \"kubectl config use-context\" to select a different one\n",
    );
    lab.check(
        "kubectl get pods",
        "1 Error in configuration: context was not found for specified context: eleve\n",
    );
    lab.check(
        "kubectl get pods --context=absent",
        "1 error: context \"absent\" does not exist\n",
    );
    lab.check(
        "kubectl config unset current-context",
        "0 Property \"current-context\" unset.\n",
    );
    lab.check(
        "kubectl config current-context",
        "1 error: current-context is not set\n",
    );
    lab.check(
        "kubectl get pods",
        "1 The connection to the server localhost:8080 was refused - did you specify the right host or port?\n",
    );
    lab.check("kubectl config get-users", "0 NAME\nalice\nkubernetes-admin\n");
    lab.check(
        "kubectl config delete-user alice && kubectl config get-clusters",
        "0 deleted user alice from /home/eleve/.kube/config\nNAME\nkubernetes\n",
    );
}

#[test]
fn a_file_may_hold_the_configuration() {
    let mut lab = Lab::new();
    let quiet = lab.run("kubectl config view --raw > autre.conf");
    assert_eq!(quiet.0, 0, "{quiet:?}");
    lab.check(
        "kubectl --kubeconfig=autre.conf config set-context --current --namespace=dev && kubectl config view --minify -o jsonpath='{..namespace}'",
        "0 Context \"kubernetes-admin@kubernetes\" modified.\n",
    );
    lab.check(
        "export KUBECONFIG=autre.conf; kubectl get pods",
        "0 No resources found in dev namespace.\n",
    );
    lab.check(
        "kubectl --kubeconfig=absent.conf get pods",
        "1 error: stat absent.conf: no such file or directory\n",
    );
    lab.check(
        "kubectl --kubeconfig=autre.conf auth whoami -o jsonpath='{.status.userInfo.username}'",
        "0 kubernetes-admin",
    );
}

#[test]
fn people_of_the_kubeconfig_are_who_it_says() {
    let mut lab = Lab::new();
    lab.laptop
        .kubectl
        .kubeconfig
        .add_user("alice", &["equipe"], "dev");
    lab.check(
        "kubectl --context=alice@kubernetes auth whoami -o jsonpath='{.status.userInfo}'",
        "0 {\"groups\":[\"equipe\",\"system:authenticated\"],\"username\":\"alice\"}",
    );
    lab.check(
        "kubectl --context=alice@kubernetes get pods",
        "1 Error from server (Forbidden): pods is forbidden: User \"alice\" cannot list resource \"pods\" in API group \"\" in the namespace \"dev\"\n",
    );
    lab.check(
        "kubectl --user=alice --as=bob get pods",
        "1 Error from server (Forbidden): users \"bob\" is forbidden: User \"alice\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope\n",
    );
    lab.check(
        "kubectl get pods --as-group=equipe",
        "1 Error in configuration: requesting uid, groups or user-extra for kubernetes-admin without impersonating a user\n",
    );
}

#[test]
fn tokens_are_asked_for_and_used() {
    let mut lab = Lab::new();
    lab.check("kubectl create sa robot", "0 serviceaccount/robot created\n");
    lab.check(
        "kubectl --token=$(kubectl create token robot) auth whoami -o jsonpath='{.status.userInfo.username}'",
        "0 system:serviceaccount:default:robot",
    );
    lab.check(
        "kubectl create token absent",
        "1 error: failed to create token: serviceaccounts \"absent\" not found\n",
    );
    lab.check(
        "kubectl create token robot --duration=1m",
        "1 error: failed to create token: TokenRequest.authentication.k8s.io \"robot\" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes\n",
    );
    lab.check("curl -s https://127.0.0.1:6443/version || echo $?", "0 60\n");
    let (_, stdout, _) = lab.run(
        "curl -sk -H \"Authorization: Bearer $(kubectl create token robot)\" https://127.0.0.1:6443/api/v1/namespaces/default/pods",
    );
    assert!(
        stdout.contains("pods is forbidden: User \\\"system:serviceaccount:default:robot\\\" cannot list"),
        "{stdout}"
    );
}

#[test]
fn a_proxy_speaks_for_its_user_until_it_is_stopped() {
    let mut lab = Lab::new();
    lab.check("curl -s localhost:8001/version", "7 ");
    let (exit, stdout, stderr) = lab.run(
        "kubectl proxy --port=8001 & sleep 1; curl -s localhost:8001/api/v1/namespaces/default/services/kubernetes | grep clusterIP; kill %1; sleep 1; curl localhost:8001/",
    );
    assert_eq!(exit, 7);
    assert!(
        stdout.starts_with("Starting to serve on 127.0.0.1:8001\n"),
        "{stdout}"
    );
    assert!(stdout.contains("\"clusterIP\": \"10.96.0.1\""), "{stdout}");
    assert!(
        stderr.contains(
            "curl: (7) Failed to connect to localhost port 8001 after 0 ms: Couldn't connect to server"
        ),
        "{stderr}"
    );
}

#[test]
fn what_is_asked_can_be_seen() {
    let mut lab = Lab::new();
    let (_, _, stderr) = lab.run("kubectl get pods -v=6");
    assert!(
        stderr.contains("round_trippers.go:632] \"Response\" verb=\"GET\" url=\"https://127.0.0.1:6443/api/v1/namespaces/default/pods?limit=500\" status=\"200 OK\" milliseconds="),
        "{stderr}"
    );
    assert!(!stderr.contains("Accept:"), "{stderr}");
    let (_, _, stderr) = lab.run("kubectl create ns essai -v=8");
    for part in [
        "\"Request Body\" body=\"{",
        "\\\"name\\\":\\\"essai\\\"",
        "\"Request\" verb=\"POST\" url=\"https://127.0.0.1:6443/api/v1/namespaces?",
        "\tAccept: application/json\n",
        "status=\"201 Created\" headers=<\n",
        "\"Response Body\" body=<\n\t{",
    ] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
}
