//! Rules in CEL, from the definition to what kubectl says.

use super::command_tests::Desk;

fn definition(rule: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: bateaux.mer.fr}}\nspec:\n  group: mer.fr\n  scope: Namespaced\n  names: {{kind: Bateau, plural: bateaux}}\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n          spec:\n            type: object\n            required: [voiles]\n            x-kubernetes-validations:\n            - rule: {rule:?}\n              message: trop de voiles\n            properties:\n              voiles: {{type: integer}}\n              mats: {{type: integer}}\n              nom:\n                type: string\n                x-kubernetes-validations: [{{rule: self == oldSelf, message: le nom reste}}]\n"
    )
}

fn boat(voiles: &str, nom: &str) -> String {
    format!(
        "apiVersion: mer.fr/v1\nkind: Bateau\nmetadata: {{name: b}}\nspec: {{voiles: {voiles}, mats: 2, nom: {nom}}}\n"
    )
}

#[test]
fn a_custom_object_keeps_its_rules() {
    let mut desk = Desk::after("true");
    let mut save = |name: &str, text: String| {
        desk.cluster
            .laptop_mut()
            .save_file(name, &text)
            .expect("there is room");
    };
    save("crd.yaml", definition("self.voiles <= self.mats * 3"));
    save("bon.yaml", boat("6", "a"));
    save("trop.yaml", boat("7", "a"));
    save("autre.yaml", boat("6", "b"));
    save("faux.yaml", boat("six", "a"));
    save(
        "inconnu.yaml",
        definition("quantity(self.poids).isLessThan(quantity('1t'))"),
    );
    desk.check(
        "kubectl apply -f crd.yaml",
        "customresourcedefinition.apiextensions.k8s.io/bateaux.mer.fr created\n",
    );
    desk.wait(5);
    for (line, expected) in [
        (
            "kubectl create -f trop.yaml",
            "The Bateau \"b\" is invalid: spec: Invalid value: \"object\": trop de voiles\n",
        ),
        (
            "kubectl create -f faux.yaml --validate=false",
            "The Bateau \"b\" is invalid: \n* spec.voiles: Invalid value: \"string\": spec.voiles in body must be of type integer: \"string\"\n* <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation\n",
        ),
        ("kubectl apply -f bon.yaml", "bateau.mer.fr/b created\n"),
        (
            "kubectl patch bateau b --type=merge -p '{\"spec\":{\"nom\":\"b\"}}'",
            "The Bateau \"b\" is invalid: spec.nom: Invalid value: \"string\": le nom reste\n",
        ),
        (
            "kubectl apply -f inconnu.yaml",
            "Warning: spec.versions[0].schema.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: \"quantity\" is not simulated by this lab: the rule is kept, but not enforced\ncustomresourcedefinition.apiextensions.k8s.io/bateaux.mer.fr configured\n",
        ),
    ] {
        desk.check(line, expected);
    }
}

const GROWING: &str = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: souple}\nprovisioner: rancher.io/local-path\nvolumeBindingMode: WaitForFirstConsumer\nallowVolumeExpansion: true\n---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: disque}\nspec: {storageClassName: souple, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers: [{name: c, image: \"nginx:1.27\", volumeMounts: [{name: d, mountPath: /d}]}]\n  volumes: [{name: d, persistentVolumeClaim: {claimName: disque}}]\n";

#[test]
fn a_claim_grows_where_its_class_allows_it() {
    let mut desk = Desk::after("true");
    desk.cluster
        .laptop_mut()
        .save_file("m.yaml", GROWING)
        .expect("there is room");
    desk.run("kubectl apply -f m.yaml; kubectl wait --for=condition=Ready pod/p");
    let grow = "kubectl patch pvc disque --type=merge -p '{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"2Gi\"}}}}'";
    desk.check(grow, "persistentvolumeclaim/disque patched\n");
    desk.wait(1);
    let shown = "kubectl get pvc disque -o jsonpath='{.status.capacity.storage} {.status.conditions[*].type} {.status.allocatedResourceStatuses.storage}'; echo; kubectl get pv -o jsonpath='{.items[*].spec.capacity.storage}'";
    desk.check(shown, "1Gi Resizing ControllerResizeInProgress\n1Gi");
    desk.wait(5);
    desk.check(shown, "2Gi  \n2Gi");
    desk.check(
        "kubectl get events -o custom-columns=R:.reason --no-headers | grep -i resiz",
        "Resizing\nVolumeResizeSuccessful\n",
    );
    desk.check(
        "kubectl patch pvc disque --type=merge -p '{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}}}' 2>&1 | grep -c 'field can not be less than'",
        "1\n",
    );
}
