//! Each case: a manifest, then the marks expected on it as `line:column-column message | hint`.

use super::*;
use crate::api::schema::schema;
use crate::manifest;

const RECORDED: &str = include_str!("../testdata/recorded.yaml");

fn report(text: &str) -> Vec<String> {
    let marks = diagnose(text, schema());
    marks
        .iter()
        .map(|d| {
            let level = if d.severity == Severity::Warning {
                "warning "
            } else {
                ""
            };
            let place = format!("{}:{}-{}", d.start.line, d.start.column, d.end.column);
            format!("{level}{place} {} | {}", d.message, d.hint).replace(['\u{a0}', '\u{202f}'], " ")
        })
        .collect()
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(report(text), expected, "{text}");
}

/// A pod whose specification is `spec`.
fn pod(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n{spec}")
}

#[test]
fn what_kubectl_accepts_has_no_error_and_what_it_refuses_has_one() {
    let cases = manifest::parse(RECORDED).remove(0).unwrap().value;
    for case in cases.as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let refused = diagnose(text, schema())
            .iter()
            .any(|mark| mark.severity == Severity::Error);
        // An empty file is refused, but there is nothing to mark.
        let expected = case["accepted"] == false && !text.is_empty();
        assert_eq!(refused, expected, "{}: {:?}", case["name"], report(text));
    }
}

#[test]
fn every_hint_is_typographically_french() {
    let cases = manifest::parse(RECORDED).remove(0).unwrap().value;
    for case in cases.as_array().unwrap() {
        for mark in diagnose(case["text"].as_str().unwrap(), schema()) {
            let hint = &mark.hint;
            for wrong in [" :", " ?", " !", " ;", "« ", " »", "'"] {
                assert!(!hint.replace("name: ", "").contains(wrong), "{wrong:?} in {hint}");
            }
            assert!(hint.ends_with(['.', '?']), "{hint}");
            assert!(mark.start < mark.end, "{mark:?}");
        }
    }
}

#[test]
fn broken_yaml_is_marked_where_it_breaks() {
    check(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n labels:\n    app: x\n",
        &[
            "5:2-9 error converting YAML to JSON: yaml: line 4: did not find expected key | Cette ligne est décalée de 1 espace, et aucune ligne au-dessus ne l’est autant : alignez-la sur ses voisines (2 espaces).",
        ],
    );
    check(
        "apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n",
        &[
            "4:1-2 error converting YAML to JSON: yaml: line 4: found character that cannot start any token | Cette ligne est décalée avec une tabulation : YAML n’accepte que des espaces.",
        ],
    );
    check(
        "metadata:\n  name: a: b\n",
        &[
            "2:10-11 error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context | Deux « : » sur la même ligne : écrivez la valeur entre guillemets, ou allez à la ligne.",
        ],
    );
    check(
        "a: 'x\nb: 1\n",
        &[
            "1:4-5 error converting YAML to JSON: yaml: line 3: found unexpected end of stream | Ce guillemet ouvert n’est jamais refermé.",
        ],
    );
    check(
        "name\nlabels: 3\n",
        &[
            "2:1-10 error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context | Il manque « : » sur la ligne au-dessus, après « name ».",
        ],
    );
    check(
        "a: [1, 2\nb: 3\n",
        &[
            "2:2-3 error converting YAML to JSON: yaml: line 1: did not find expected ',' or ']' | Il manque une virgule ou « ] » ici.",
        ],
    );
    check(
        "a: @x\n",
        &[
            "1:4-5 error converting YAML to JSON: yaml: found character that cannot start any token | Le caractère « @ » ne peut pas commencer une valeur : écrivez-la entre guillemets.",
        ],
    );
}

#[test]
fn one_broken_document_does_not_hide_the_others() {
    check(
        "a: [\n---\napiVersion: v1\nkind: Pood\n---\n- 1\n",
        &[
            "1:4-5 error converting YAML to JSON: yaml: line 1: did not find expected node content | Il manque une valeur ici.",
            "4:7-11 no matches for kind \"Pood\" in version \"v1\" | Vouliez-vous dire « Pod » ?",
            "6:1-4 invalid object to validate | Un manifeste est un objet : il commence par « apiVersion: » et « kind: ».",
        ],
    );
}

#[test]
fn kinds_and_versions_are_suggested() {
    check(
        "apiVersion: v1\nkind: Deployment\n",
        &[
            "1:13-15 no matches for kind \"Deployment\" in version \"v1\" | Le type « Deployment » s’écrit avec « apiVersion: apps/v1 ».",
        ],
    );
    check(
        "apiversion: v1\nkind: Pod\n",
        &["1:1-11 apiVersion not set | Vouliez-vous dire « apiVersion » ?"],
    );
    check(
        "apiVersion: v1\nkind:\n",
        &["2:1-5 kind not set | Donnez une valeur à ce champ, par exemple « kind: Pod »."],
    );
    check(
        "apiVersion: port.fr/v1\nkind: Bateau\n",
        &[
            "warning 2:7-13 no matches for kind \"Bateau\" in version \"port.fr/v1\" | « Bateau » n’est pas un type de Kubernetes : il faut qu’une « CustomResourceDefinition » le définisse d’abord.",
        ],
    );
    check(
        "apiVersion: autoscaling/v3\nkind: HorizontalPodAutoscaler\n",
        &[
            "1:13-27 no matches for kind \"HorizontalPodAutoscaler\" in version \"autoscaling/v3\" | Le type « HorizontalPodAutoscaler » s’écrit avec « apiVersion: autoscaling/v1 » ou « autoscaling/v2 ».",
        ],
    );
}

#[test]
fn unknown_fields_are_told_where_they_belong() {
    check(
        &pod("  containers:\n  - {name: c, image: nginx, replicas: 2, Command: [ls]}\n"),
        &[
            "6:29-37 unknown field \"spec.containers[0].replicas\" | Ce champ n’existe pas ici.",
            "6:42-49 unknown field \"spec.containers[0].Command\" | Vouliez-vous dire « command » ?",
        ],
    );
    check(
        "apiVersion: v1\nkind: Service\nmetadata:\nname: s\nspec:\n  ports: [{port: 80}]\n  matchLabels: {a: b}\n",
        &[
            "3:1-9 resource name may not be empty | Il manque un nom : ajoutez « name: » sous « metadata: ».",
            "4:1-5 unknown field \"name\" | « name » va sans doute sous « metadata », resté vide : décalez cette ligne de deux espaces vers la droite.",
            "7:3-14 unknown field \"spec.matchLabels\" | Ce champ n’existe pas ici.",
        ],
    );
    check(
        &pod("  image: nginx\n  containers: [{name: c, image: nginx}]\n"),
        &[
            "5:3-8 unknown field \"spec.image\" | « image » se trouve sous « spec » ; il va sous « spec.containers » : vérifiez le décalage de cette ligne.",
        ],
    );
}

#[test]
fn the_commonest_slips_have_their_own_words() {
    let hint = |text: &str| {
        diagnose(text, schema())
            .first()
            .map(|d| d.hint.replace(['\u{a0}', '\u{202f}'], " "))
            .unwrap_or_default()
    };
    for (text, expected) in [
        (
            "apiVersion: v1\nkind:Pod\nmetadata:\n  name: x\n",
            "Il manque un espace après « : » ; écrivez « kind: Pod ».",
        ),
        (
            &pod("  containers:\n  - image:nginx\n"),
            "Il manque un espace après « : » ; écrivez « image: nginx ».",
        ),
        (
            &pod("  containers:\n  -name: c\n   image: nginx\n"),
            "Il manque un espace après le tiret de la ligne au-dessus : écrivez « - name: c ».",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  spec: {containers: []}\n",
            "« spec » s’écrit au premier niveau du manifeste, sans espace devant.",
        ),
        (
            "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  selector: {matchLabels: {app: web}}\n  ports: [{port: 80}]\n",
            "Le sélecteur d’un Service n’a pas de « matchLabels » : écrivez les étiquettes directement sous « selector: ».",
        ),
        (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {app: web}\n  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}\n",
            "Les étiquettes cherchées s’écrivent sous « matchLabels: », un niveau plus bas.",
        ),
        (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    labels: {app: web}\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: c, image: i}]}\n",
            "« labels » se trouve sous « spec.template » ; il va sous « spec.template.metadata » : vérifiez le décalage de cette ligne.",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  namespace: Dev\nspec: {containers: [{name: c, image: i}]}\n",
            "Un nom n’a que des minuscules sans accent, des chiffres et des tirets, par exemple « dev ».",
        ),
    ] {
        assert_eq!(hint(text), expected, "{text}");
    }
    let ports = pod(
        "  containers:\n  - {name: a, image: a, ports: [{containerPort: 80, name: http}]}\n  - {name: b, image: b, ports: [{containerPort: 81, name: http}]}\n",
    );
    check(
        &ports,
        &[
            "warning 7:59-63 spec.containers[1].ports[0]: duplicate port name \"http\" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0] | Un autre port de ce Pod s’appelle déjà « http » : par ce nom, on n’atteindra que lui.",
        ],
    );
}

#[test]
fn values_are_held_against_their_types() {
    check(
        &pod(
            "  containers:\n  - name: c\n    image: nginx\n    ports:\n    - containerPort: \"80\"\n    command: sh\n    stdin: \"yes\"\n    resources:\n      limits: {cpu: 1, memory: 1 Go}\n",
        ),
        &[
            "9:22-26 json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32 | Il faut un nombre : retirez les guillemets.",
            "10:14-16 json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string | Il faut une liste : chaque élément commence par « - ».",
            "11:12-17 json: cannot unmarshal string into Go struct field Container.spec.containers.stdin of type bool | Il faut « true » ou « false », sans guillemets.",
            "13:32-36 quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' | Vouliez-vous dire « 1Gi » ?",
        ],
    );
    check(
        &pod(
            "  restartPolicy: always\n  containers:\n  - name: c\n    image: nginx\n    imagePullPolicy: Parfois\n",
        ),
        &[
            "5:18-24 spec.restartPolicy: Unsupported value: \"always\": supported values: \"Always\", \"Never\", \"OnFailure\" | Vouliez-vous dire « Always » ?",
            "9:22-29 spec.containers[0].imagePullPolicy: Unsupported value: \"Parfois\": supported values: \"Always\", \"IfNotPresent\", \"Never\" | Valeurs possibles : « Always », « IfNotPresent » ou « Never ».",
        ],
    );
}

#[test]
fn what_must_be_there_is_asked_for() {
    check(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template: {}\n",
        &["4:1-5 spec.selector: Required value | Il manque le champ obligatoire « selector »."],
    );
    check(
        &pod("  nodeName: worker-1\n"),
        &["4:1-5 spec.containers: Required value | Il manque le champ obligatoire « containers »."],
    );
    check(
        &pod("  containers: [{image: nginx}]\n"),
        &["5:16-30 spec.containers[0].name: Required value | Il manque le champ obligatoire « name »."],
    );
}

#[test]
fn rules_between_fields_are_checked() {
    let twice = pod(
        "  containers:\n  - {name: c, image: a}\n  - {name: c, image: b, volumeMounts: [{name: dat, mountPath: /d}]}\n  volumes: [{name: data, emptyDir: {}}]\n",
    );
    check(
        &twice,
        &[
            "7:12-13 spec.containers[1].name: Duplicate value: \"c\" | Ce nom est déjà pris par le conteneur de la ligne 6.",
            "7:47-50 spec.containers[1].volumeMounts[0].name: Not found: \"dat\" | Vouliez-vous dire « data » ?",
        ],
    );
    check(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        &[
            "warning 7:18-19  | Cet objet porte le même nom que celui de la ligne 3 : il le remplacera au lieu de s’y ajouter.",
        ],
    );
    check(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: \"1\"\n  x: \"2\"\n",
        &[
            "warning 6:3-4 key \"x\" already set in map | « x » est déjà écrit ligne 5 : Kubernetes ne garde que la dernière valeur, sans rien dire.",
        ],
    );
    check(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: A}\n",
        &[
            "6:20-21 metadata.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character | Un nom n’a que des minuscules sans accent, des chiffres et des tirets, par exemple « a ».",
        ],
    );
}

/// Half-typed manifests of every length: no trap, and marks that lie in the text.
#[test]
fn a_manifest_being_typed_is_always_diagnosed() {
    let cases = manifest::parse(RECORDED).remove(0).unwrap().value;
    for case in cases.as_array().unwrap().iter().step_by(4) {
        let text = case["text"].as_str().unwrap();
        for (at, _) in text.char_indices().step_by(3) {
            let part = text.split_at(at).0;
            for mark in diagnose(part, schema()) {
                assert!(mark.span.end <= part.len(), "{part:?}: {mark:?}");
            }
        }
    }
}

/// Quantities that Kubernetes takes, and that nobody means.
#[test]
fn units_of_the_other_resource_are_noticed() {
    let limits = |text: &str| {
        pod(&format!(
            "  containers:\n  - name: c\n    image: nginx\n    resources: {{limits: {{{text}}}}}\n"
        ))
    };
    check(
        &limits("memory: 100m"),
        &[
            "warning 8:34-38  | « m » veut dire millième : 100 millièmes d’octet de mémoire. Vouliez-vous dire « 100Mi » ?",
        ],
    );
    check(
        &limits("cpu: 500Mi"),
        &[
            "warning 8:31-36  | « Mi » compte des mébioctets : ce serait des millions de processeurs. Vouliez-vous dire « 500m » ?",
        ],
    );
    check(
        &limits("memory: 256"),
        &["warning 8:34-37  | Sans unité, ce sont des octets. Vouliez-vous dire « 256Mi » ?"],
    );
    check(&limits("cpu: 500m, memory: 128Mi"), &[]);
    check(&limits("cpu: 2, memory: 128974848"), &[]);
}

fn shop(labels: &str, template: &str, selector: &str, target: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  labels: {labels}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {template}}}\n    spec: {{containers: [{{name: c, image: nginx, ports: [{{containerPort: 80}}]}}]}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n  selector: {selector}\n  ports: [{{port: 80, targetPort: {target}}}]\n"
    )
}

#[test]
fn a_service_is_held_against_the_pods_beside_it() {
    let web = "{app: web}";
    check(&shop(web, web, web, "80"), &[]);
    check(
        &shop(web, web, "{app: wbe}", "80"),
        &[
            "warning 16:19-22  | Aucun Pod de ce fichier ne porte cette étiquette. Vouliez-vous dire « app: web » ?",
        ],
    );
    check(
        &shop("{app: web, tier: front}", web, "{tier: front}", "80"),
        &[
            "warning 5:3-9  | Ces étiquettes sont celles du Deployment, pas de ses Pods : le Service d’à côté les cherche dans « template.metadata.labels ».",
        ],
    );
    check(
        &shop(web, web, web, "8080"),
        &[
            "warning 17:34-38  | Les Pods de ce Deployment n’ouvrent pas le port 8080, mais 80 : mettez ce port dans « targetPort ».",
        ],
    );
    check(
        &shop(web, web, web, "http"),
        &["warning 17:34-38  | Aucun port de ces Pods ne s’appelle « http ». Il y a : 80."],
    );
}

#[test]
fn a_field_below_the_wrong_section_is_led_to_its_own() {
    check(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  containers:\n  - {name: c, image: i}\nspec:\n  restartPolicy: Always\n",
        &[
            "5:3-13 unknown field \"metadata.containers\" | « containers » se trouve sous « metadata » ; il va sous « spec » : vérifiez le décalage de cette ligne.",
            "7:1-5 spec.containers: Required value | Il manque le champ obligatoire « containers ».",
        ],
    );
}
