//! An unmodified kubectl: the one on PATH, or `KUBECTL`.

use std::path::PathBuf;
use std::process::{Command, Output};

use timonier::serve_api::Server;

const MANIFEST: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: \"nginx:1.27\"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
";

/// kubectl in a folder of its own.
struct Kubectl {
    _server: Server,
    folder: PathBuf,
}

impl Kubectl {
    fn new() -> Self {
        let server = super::server();
        let folder = std::env::temp_dir().join(format!("timonier-kubectl-{}", server.address().port()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("config"), server.kubeconfig()).expect("a file");
        std::fs::write(folder.join("web.yaml"), MANIFEST).expect("a file");
        Self {
            _server: server,
            folder,
        }
    }

    fn output(&self, line: &str) -> Output {
        let program = std::env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into());
        Command::new(program)
            .args(line.split_whitespace())
            .current_dir(&self.folder)
            .env("KUBECONFIG", self.folder.join("config"))
            .env("HOME", &self.folder)
            .output()
            .expect("kubectl is installed: `cargo xtask setup` does it")
    }

    /// Runs a command that must succeed, and answers what it printed.
    fn run(&self, line: &str) -> String {
        let output = self.output(line);
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "kubectl {line}\n{out}\n{err}");
        out.into_owned()
    }
}

impl Drop for Kubectl {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn an_unmodified_kubectl_applies_scales_and_rolls_out() {
    let kubectl = Kubectl::new();
    let nodes = kubectl.run("get nodes");
    for name in ["control-plane", "worker-1", "worker-2", "worker-3"] {
        assert!(nodes.contains(name), "{nodes}");
    }
    let applied = kubectl.run("apply -f web.yaml");
    assert_eq!(applied, "deployment.apps/web created\nservice/web created\n");
    // It watches until the rollout is over.
    let rolled = kubectl.run("rollout status deployment/web --timeout=60s");
    assert!(
        rolled.ends_with("deployment \"web\" successfully rolled out\n"),
        "{rolled}"
    );
    kubectl.run("scale deployment/web --replicas=5");
    kubectl.run("rollout status deployment/web --timeout=60s");
    let ready = kubectl.run("get deployment web -o jsonpath={.status.readyReplicas}");
    assert_eq!(ready, "5");
    kubectl.run("set image deployment/web c=nginx:1.28");
    kubectl.run("rollout status deployment/web --timeout=60s");
    let images = kubectl.run("get pods -l app=web -o jsonpath={.items[*].spec.containers[*].image}");
    assert!(
        images.split(' ').filter(|image| *image == "nginx:1.28").count() >= 5,
        "{images}"
    );
    kubectl.run("rollout undo deployment/web");
    kubectl.run("rollout status deployment/web --timeout=60s");
    assert!(kubectl.run("get rs -l app=web").lines().count() == 3);
    assert_eq!(kubectl.run("apply -f web.yaml").lines().count(), 2);
    kubectl.run("delete -f web.yaml --timeout=60s");
    let gone = kubectl.output("get deployment web");
    assert!(!gone.status.success());
    let error = String::from_utf8_lossy(&gone.stderr);
    assert_eq!(
        error,
        "Error from server (NotFound): deployments.apps \"web\" not found\n"
    );
}

#[test]
fn kinds_are_explained_from_the_document_of_their_group() {
    let kubectl = Kubectl::new();
    for (line, expected) in [
        ("explain pod.spec.containers.image", "FIELD: image <string>"),
        (
            "explain deployments",
            "GROUP:      apps\nKIND:       Deployment\nVERSION:    v1\n",
        ),
        (
            "explain deployment.spec.strategy.rollingUpdate",
            "  maxSurge\t<IntOrString>",
        ),
        (
            "explain cronjob.spec.jobTemplate.spec --recursive",
            "backoffLimit\t<integer>",
        ),
    ] {
        let explained = kubectl.run(line);
        assert!(explained.contains(expected), "{line}\n{explained}");
    }
    std::fs::write(
        kubectl.folder.join("crd.yaml"),
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: bateaux.mer.fr}\nspec:\n  group: mer.fr\n  scope: Namespaced\n  names: {kind: Bateau, plural: bateaux}\n  versions:\n  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {voiles: {type: integer, description: Combien.}}}}}}}\n",
    )
    .expect("a file");
    kubectl.run("apply -f crd.yaml");
    kubectl.run("wait --for=condition=Established crd/bateaux.mer.fr --timeout=30s");
    let explained = kubectl.run("explain bateaux.spec.voiles");
    assert!(
        explained.contains("FIELD: voiles <integer>") && explained.contains("Combien."),
        "{explained}"
    );
    // Unknown fields are still the server's to refuse.
    std::fs::write(
        kubectl.folder.join("bad.yaml"),
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {conteneurs: [], containers: [{name: c, image: nginx}]}\n",
    )
    .expect("a file");
    let refused = kubectl.output("apply -f bad.yaml");
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(error.contains("unknown field \"spec.conteneurs\""), "{error}");
}

#[test]
fn refusals_are_the_servers_own() {
    let kubectl = Kubectl::new();
    std::fs::write(
        kubectl.folder.join("bad.yaml"),
        "apiVersion: v1\nkind: Pod\nmetadata: {name: Bad_Name}\nspec: {containers: [{name: c, image: nginx}]}\n",
    )
    .expect("a file");
    let output = kubectl.output("apply -f bad.yaml");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("The Pod \"Bad_Name\" is invalid: metadata.name"),
        "{error}"
    );
}
