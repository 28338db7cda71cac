//! Rules between fields that need no cluster: names, labels, selectors, ports; and between the documents of a file.

use super::Findings;
use super::french::quoted;
use super::names::{is_label, is_label_key, is_label_value, is_subdomain, mended};
use super::workloads;
use crate::api::schema::TypeSchema;
use crate::manifest::node::{Document, Node};
use crate::manifest::span::Span;
use crate::sorted::SortedMap;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const LABEL_KEY: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/// Checks one object of a known kind.
pub(super) fn check(findings: &mut Findings<'_>, kind: &TypeSchema, root: &Node) {
    name(findings, kind, root);
    namespace(findings, root);
    labels(findings, root, "metadata");
    match kind.name {
        "core.v1.Pod" => workloads::pod(findings, root.get("spec"), None, "spec"),
        "apps.v1.Deployment" | "apps.v1.ReplicaSet" | "apps.v1.StatefulSet" | "apps.v1.DaemonSet" => {
            labels(findings, root, "spec.template.metadata");
            selector(findings, root);
            let claims = at(root, "spec.volumeClaimTemplates");
            workloads::pod(
                findings,
                at(root, "spec.template.spec"),
                claims,
                "spec.template.spec",
            );
        }
        "core.v1.ReplicationController" | "batch.v1.Job" => {
            workloads::pod(
                findings,
                at(root, "spec.template.spec"),
                None,
                "spec.template.spec",
            );
        }
        "batch.v1.CronJob" => {
            let path = "spec.jobTemplate.spec.template.spec";
            workloads::pod(findings, at(root, path), None, path);
        }
        "core.v1.Service" => service(findings, root),
        _ => {}
    }
    if let Some(replicas) = at(root, "spec.replicas")
        && replicas
            .scalar()
            .and_then(serde_json::Value::as_i64)
            .is_some_and(|n| n < 0)
    {
        let text = replicas.span.slice(findings.text).to_owned();
        findings.error(
            replicas.span,
            &format!("spec.replicas: Invalid value: {text}: must be greater than or equal to 0"),
            "Un nombre de répliques ne peut pas être négatif.",
        );
    }
}

/// The node at a dotted path of plain keys.
pub(super) fn at<'n>(root: &'n Node, path: &str) -> Option<&'n Node> {
    path.split('.').try_fold(root, Node::get)
}

fn name(findings: &mut Findings<'_>, kind: &TypeSchema, root: &Node) {
    // Reviews, evictions and such are not stored, roles may be called almost anything.
    let group = kind.name.split('.').next().unwrap_or_default();
    if matches!(group, "authorization" | "authentication" | "rbac") {
        return;
    }
    let Some(name) = at(root, "metadata.name") else {
        if at(root, "metadata.generateName").is_none() {
            let place = root.entry("metadata").map_or(root.span, |entry| entry.key_span);
            findings.error(
                findings.first_line(place),
                "resource name may not be empty",
                "Il manque un nom\u{a0}: ajoutez «\u{a0}name:\u{a0}» sous «\u{a0}metadata:\u{a0}».",
            );
        }
        return;
    };
    let Some(text) = name.as_str() else {
        return;
    };
    let label_only = matches!(kind.name, "core.v1.Namespace" | "core.v1.Service");
    let (valid, words) = if label_only {
        (is_label(text), LABEL)
    } else {
        (is_subdomain(text), SUBDOMAIN)
    };
    if !valid {
        invalid_name(findings, "metadata.name", name, text, words);
    }
}

fn namespace(findings: &mut Findings<'_>, root: &Node) {
    if let Some(namespace) = at(root, "metadata.namespace") {
        label_name(findings, "metadata.namespace", namespace);
    }
}

/// Marks a name that breaks the rules.
pub(super) fn invalid_name(findings: &mut Findings<'_>, path: &str, node: &Node, text: &str, words: &str) {
    let better = mended(text);
    let example = if better.is_empty() {
        String::new()
    } else {
        format!(", par exemple {}", quoted(&better))
    };
    findings.error(
        node.span,
        &format!("{path}: Invalid value: {text:?}: {words}"),
        &format!("Un nom n’a que des minuscules sans accent, des chiffres et des tirets{example}."),
    );
}

/// Marks the name of a part of a pod that is no RFC 1123 label.
pub(super) fn label_name(findings: &mut Findings<'_>, path: &str, node: &Node) {
    if let Some(text) = node.as_str()
        && !is_label(text)
    {
        invalid_name(findings, path, node, text, LABEL);
    }
}

fn labels(findings: &mut Findings<'_>, root: &Node, metadata: &str) {
    let path = format!("{metadata}.labels");
    for entry in at(root, &path).map(Node::entries).unwrap_or_default() {
        let hint = "Une étiquette n’a que des lettres sans accent, des chiffres, «\u{a0}-\u{a0}», «\u{a0}_\u{a0}» et «\u{a0}.\u{a0}», \
                    sans espace, et commence et finit par une lettre ou un chiffre.";
        if !is_label_key(&entry.key) {
            let message = format!("{path}: Invalid value: {:?}: {LABEL_KEY}", entry.key);
            findings.error(entry.key_span, &message, hint);
        }
        if let Some(text) = entry.value.as_str()
            && !is_label_value(text)
        {
            let message = format!("{path}: Invalid value: {text:?}: {LABEL_VALUE}");
            findings.error(entry.value.span, &message, hint);
        }
    }
}

/// The selector of a workload must match the labels of its own template.
fn selector(findings: &mut Findings<'_>, root: &Node) {
    let wanted = at(root, "spec.selector.matchLabels")
        .map(Node::entries)
        .unwrap_or_default();
    let template = at(root, "spec.template.metadata.labels");
    for entry in wanted {
        let found = template.and_then(|labels| labels.get(&entry.key));
        if found.and_then(Node::scalar) == entry.value.scalar() {
            continue;
        }
        let wanted = format!("{}: {}", entry.key, entry.value.as_str().unwrap_or_default());
        let labels = template.map_or_else(
            || "{}".to_owned(),
            |node| super::super::print::to_json_compact(&node.to_value()),
        );
        let place = found
            .map(|node| node.span)
            .or_else(|| template.map(|node| node.span))
            .unwrap_or(entry.value.span);
        findings.error(
            findings.first_line(place),
            &format!("spec.template.metadata.labels: Invalid value: {labels}: `selector` does not match template `labels`"),
            &format!("Le sélecteur cherche {}\u{a0}: donnez cette étiquette aux Pods du modèle.", quoted(&wanted)),
        );
    }
}

fn service(findings: &mut Findings<'_>, root: &Node) {
    let ports = at(root, "spec.ports").map(Node::items).unwrap_or_default();
    for (index, port) in ports.iter().enumerate() {
        workloads::port_number(findings, port.get("port"), &format!("spec.ports[{index}].port"));
        if ports.len() > 1 && port.get("name").is_none() {
            findings.error(
                findings.first_line(port.span),
                &format!("spec.ports[{index}].name: Required value"),
                "Quand un Service a plusieurs ports, chacun doit avoir un nom («\u{a0}name:\u{a0}»).",
            );
        }
        let Some(node_port) = port.get("nodePort") else {
            continue;
        };
        let number = node_port.scalar().and_then(serde_json::Value::as_i64);
        if let Some(number) = number.filter(|n| *n != 0 && !(30_000..=32_767).contains(n)) {
            findings.error(
                node_port.span,
                &format!("spec.ports[{index}].nodePort: Invalid value: {number}: provided port is not in the valid range. The range of valid ports is 30000-32767"),
                "Un port de nœud est compris entre 30000 et 32767.",
            );
        }
    }
}

/// Two documents of one file that describe the same object: the second one overwrites the first.
pub(super) fn across(findings: &mut Findings<'_>, documents: &[Document]) {
    let mut seen: SortedMap<(String, String, String), Span> = SortedMap::new();
    for document in documents {
        let text = |path: &str| {
            at(&document.root, path)
                .and_then(Node::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let Some(name) = at(&document.root, "metadata.name") else {
            continue;
        };
        let key = (text("kind"), text("metadata.namespace"), text("metadata.name"));
        if let Some(first) = seen.get(&key) {
            let line = findings.lines.position(first.start).line;
            let hint = format!(
                "Cet objet porte le même nom que celui de la ligne\u{a0}{line}\u{a0}: il le remplacera au lieu de s’y ajouter."
            );
            findings.warn(name.span, "", &hint);
        } else {
            seen.insert(key, name.span);
        }
    }
}
