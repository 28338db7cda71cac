//! `kubectl kustomize` and `-k`, pruning and editing, as a learner sees them.

use super::command_tests::Desk;
use crate::terminal::Input;

const BASE: &[(&str, &str)] = &[
    (
        "base/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - name: c\n        image: nginx:1.26\n        envFrom:\n        - configMapRef: {name: conf}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n",
    ),
    (
        "base/kustomization.yaml",
        "resources: [web.yaml]\nconfigMapGenerator:\n- name: conf\n  literals: [COULEUR=bleu]\n",
    ),
    (
        "prod/kustomization.yaml",
        "resources: [../base]\nnamespace: prod\nnamePrefix: prod-\nlabels:\n- pairs: {env: prod}\n  includeSelectors: true\ncommonAnnotations: {equipe: a}\nimages:\n- {name: nginx, newTag: '1.27'}\nreplicas:\n- {name: web, count: 3}\nconfigMapGenerator:\n- name: conf\n  behavior: merge\n  literals: [TAILLE=grand]\npatches:\n- target: {kind: Deployment, name: web}\n  patch: |-\n    - op: add\n      path: /spec/template/spec/containers/0/args\n      value: [a]\n- patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata: {name: web}\n    spec: {type: NodePort}\n",
    ),
];

fn desk(files: &[(&str, &str)]) -> Desk {
    let mut desk = Desk::after("true");
    for (path, text) in files {
        desk.cluster
            .laptop_mut()
            .save_file(path, text)
            .expect("there is room");
    }
    desk
}

#[test]
fn a_folder_of_manifests_is_built_on_another() {
    let mut desk = desk(BASE);
    let built = desk.run("kubectl kustomize prod");
    let documents: Vec<serde_json::Value> = crate::manifest::parse(&built)
        .into_iter()
        .map(|document| document.expect("it is YAML").value)
        .collect();
    let [conf, service, web] = documents.as_slice() else {
        panic!("{built}")
    };
    let check = |object: &serde_json::Value, pointer: &str, expected: serde_json::Value| {
        assert_eq!(
            object.pointer(pointer),
            Some(&expected),
            "{pointer} of {object:#}"
        );
    };
    check(
        conf,
        "/data",
        serde_json::json!({"COULEUR": "bleu", "TAILLE": "grand"}),
    );
    let name = crate::kubectl::hash_of_tests(&serde_json::json!({
        "kind": "ConfigMap", "metadata": {"name": "prod-conf"}, "data": {"COULEUR": "bleu", "TAILLE": "grand"},
    }));
    check(conf, "/metadata/name", format!("prod-conf-{name}").into());
    check(web, "/metadata/name", "prod-web".into());
    check(web, "/metadata/namespace", "prod".into());
    check(web, "/spec/replicas", 3.into());
    check(
        web,
        "/spec/selector/matchLabels",
        serde_json::json!({"app": "web", "env": "prod"}),
    );
    check(web, "/spec/template/metadata/labels/env", "prod".into());
    check(web, "/spec/template/metadata/annotations/equipe", "a".into());
    check(web, "/spec/template/spec/containers/0/image", "nginx:1.27".into());
    check(
        web,
        "/spec/template/spec/containers/0/args",
        serde_json::json!(["a"]),
    );
    check(
        web,
        "/spec/template/spec/containers/0/envFrom/0/configMapRef/name",
        format!("prod-conf-{name}").into(),
    );
    check(service, "/spec/type", "NodePort".into());
    check(
        service,
        "/spec/selector",
        serde_json::json!({"app": "web", "env": "prod"}),
    );
    desk.run("kubectl create namespace prod");
    assert_eq!(
        desk.run("kubectl apply -k prod"),
        format!(
            "configmap/prod-conf-{name} created\nservice/prod-web created\ndeployment.apps/prod-web created\n"
        )
    );
    desk.check(
        "kubectl delete -k prod | wc -l; kubectl get deploy -n prod",
        "3\nNo resources found in prod namespace.\n",
    );
}

#[test]
fn wrong_kustomizations_are_told_in_kustomize_s_words() {
    for (text, expected) in [
        (
            "resources: [absent.yaml]\n",
            "error: accumulating resources: accumulation err='accumulating resources from 'absent.yaml': evalsymlink failure on '/home/eleve/k/absent.yaml' : lstat /home/eleve/k/absent.yaml: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '/home/eleve/k/absent.yaml' : lstat /home/eleve/k/absent.yaml: no such file or directory\n",
        ),
        (
            "ressources: []\n",
            "error: invalid Kustomization: json: unknown field \"ressources\"\n",
        ),
        (
            "components: [a]\n",
            "error: the field components of a kustomization is not simulated by this lab: leave it out\n",
        ),
        (
            "patches:\n- patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata: {name: web}\n",
            "error: no resource matches strategic merge patch \"Service.v1.[noGrp]/web.[noNs]\": no matches for Id Service.v1.[noGrp]/web.[noNs]; failed to find unique target for patch Service.v1.[noGrp]/web.[noNs]\n",
        ),
    ] {
        let mut desk = desk(&[("k/kustomization.yaml", text)]);
        desk.check("kubectl kustomize k", expected);
    }
    let mut desk = desk(&[("k/a.yaml", "")]);
    desk.check(
        "kubectl apply -k k",
        "error: unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '/home/eleve/k'\n",
    );
    desk.check(
        "kubectl kustomize rien",
        "error: must build at directory: not a valid directory: evalsymlink failure on '/home/eleve/rien' : lstat /home/eleve/rien: no such file or directory\n",
    );
}

fn maps(names: &[&str]) -> String {
    let each = |name: &&str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, labels: {{app: a}}}}\n")
    };
    names.iter().map(each).collect::<Vec<_>>().join("---\n")
}

#[test]
fn what_is_in_no_manifest_any_more_is_pruned() {
    let mut desk = desk(&[("deux.yaml", &maps(&["un", "deux"])), ("un.yaml", &maps(&["un"]))]);
    desk.run("kubectl create configmap a-la-main; kubectl label configmap a-la-main app=a; kubectl apply -f deux.yaml");
    desk.check(
        "kubectl apply -f un.yaml --prune",
        "error: all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector\n",
    );
    desk.check(
        "kubectl apply -f un.yaml --prune -l app=a --prune-allowlist=core/v1",
        "error: invalid GroupVersionKind format: core/v1, please follow <group/version/kind>\n",
    );
    desk.check(
        "kubectl apply -f un.yaml --prune -l app=a --prune-allowlist=core/v1/Secret",
        "configmap/un unchanged\n",
    );
    desk.check(
        "kubectl apply -f un.yaml --prune -l app=a --prune-allowlist=core/v1/ConfigMap --dry-run=client",
        "configmap/un unchanged (dry run)\nconfigmap/deux pruned (dry run)\n",
    );
    desk.check(
        "kubectl apply -f un.yaml --prune --all --wait",
        "configmap/un unchanged\nconfigmap/deux pruned\nWarning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n",
    );
    desk.check(
        "kubectl get configmaps -o name",
        "configmap/a-la-main\nconfigmap/kube-root-ca.crt\nconfigmap/un\n",
    );
}

#[test]
fn what_cannot_be_changed_is_made_anew_by_force() {
    let service = |ip: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\nimmutable: true\ndata: {{a: '{ip}'}}\n"
        )
    };
    let mut desk = desk(&[("a.yaml", &service("1")), ("b.yaml", &service("2"))]);
    desk.run("kubectl apply -f a.yaml");
    let refused = desk.run("kubectl apply -f b.yaml");
    assert!(
        refused.contains("field is immutable when `immutable` is set"),
        "{refused}"
    );
    desk.check("kubectl apply -f b.yaml --force", "configmap/c configured\n");
    desk.check("kubectl get configmap c -o jsonpath='{.data.a}'", "2");
}

#[test]
fn one_is_asked_before_something_goes() {
    let mut desk = Desk::after("kubectl create configmap un; kubectl create configmap deux");
    let question = "You are about to delete the following 2 resource(s):\nconfigmap/un\nconfigmap/deux\nDo you want to continue? (y/N): ";
    assert_eq!(desk.run("kubectl delete configmap un deux -i"), question);
    assert_eq!(desk.run("n"), "deletion is cancelled\n");
    assert_eq!(desk.run("kubectl delete configmap un deux -i"), question);
    assert_eq!(
        desk.run("y"),
        "configmap \"un\" deleted from default namespace\nconfigmap \"deux\" deleted from default namespace\n"
    );
    assert!(!desk.is_running());
}

#[test]
fn what_was_applied_last_can_be_seen_set_and_edited() {
    let mut desk = desk(&[("c.yaml", &maps(&["c"]))]);
    desk.run("kubectl create configmap c");
    desk.check(
        "kubectl apply view-last-applied configmap c",
        "error: no last-applied-configuration annotation found on resource: c\n",
    );
    desk.check(
        "kubectl apply set-last-applied -f c.yaml",
        "error: no last-applied-configuration annotation found on resource: c, to create the annotation, run the command with --create-annotation\n",
    );
    desk.check(
        "kubectl apply set-last-applied -f c.yaml --create-annotation",
        "configmap/c configured\n",
    );
    desk.check(
        "kubectl apply set-last-applied -f c.yaml",
        "set-last-applied c: no changes required.\n",
    );
    desk.check(
        "KUBE_EDITOR='sed -i s/a$/b/' kubectl apply edit-last-applied configmap c",
        "configmap/c edited\n",
    );
    desk.check(
        "kubectl apply view-last-applied configmap c | grep app; kubectl get configmap c -o jsonpath='{.metadata.labels}'",
        "    app: b\n",
    );
}

#[test]
fn a_manifest_is_edited_before_it_is_created() {
    let mut desk = desk(&[("c.yaml", &maps(&["c"]))]);
    desk.check(
        "KUBE_EDITOR='sed -i s/app:.a/app:\\ z/' kubectl create -f c.yaml --edit; kubectl get configmap c -o jsonpath='{.metadata.labels.app}'",
        "configmap/c created\nz",
    );
    desk.cluster.offer_editor(desk.session);
    desk.run("kubectl delete configmap c; kubectl create -f c.yaml --edit");
    desk.cluster.send(desk.session, Input::Edited(None));
    desk.wait(1);
    assert_eq!(desk.shown(), "configmap/c created\n", "as it was is good enough");
    desk.check(
        "kubectl create configmap d --from-literal=one= --append-hash -o name | cut -c1-12",
        "configmap/d-\n",
    );
}
