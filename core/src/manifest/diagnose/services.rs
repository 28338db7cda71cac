//! Services and the Pods of the same file: a selector that finds none of them, a port that none of them has.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Findings;
use super::french::quoted;
use super::semantic::at;
use super::suggest::nearest;
use crate::manifest::node::{Document, Node};

/// What makes Pods, and where its template stands.
const MAKERS: [(&str, &str); 7] = [
    ("Pod", ""),
    ("Deployment", "spec.template."),
    ("ReplicaSet", "spec.template."),
    ("StatefulSet", "spec.template."),
    ("DaemonSet", "spec.template."),
    ("Job", "spec.template."),
    ("ReplicationController", "spec.template."),
];

struct Maker<'d> {
    root: &'d Node,
    kind: &'d str,
    labels: BTreeMap<String, String>,
    /// The ports of its containers: number and name.
    ports: Vec<(i64, String)>,
}

fn scalar(node: &Node) -> String {
    match node.scalar() {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn pairs(node: Option<&Node>) -> BTreeMap<String, String> {
    let entries = node.map(Node::entries).unwrap_or_default();
    entries
        .iter()
        .map(|entry| (entry.key.clone(), scalar(&entry.value)))
        .collect()
}

fn maker(root: &Node) -> Option<Maker<'_>> {
    let kind = root.get("kind").and_then(Node::as_str)?;
    let (_, prefix) = MAKERS.iter().find(|(name, _)| *name == kind)?;
    let containers = at(root, &format!("{prefix}spec.containers"))
        .map(Node::items)
        .unwrap_or_default();
    let ports = containers
        .iter()
        .filter_map(|container| container.get("ports"))
        .flat_map(Node::items);
    Some(Maker {
        root,
        kind,
        labels: pairs(at(root, &format!("{prefix}metadata.labels"))),
        ports: ports
            .filter_map(|port| {
                let number = port.get("containerPort")?.scalar()?.as_i64()?;
                Some((number, port.get("name").map(scalar).unwrap_or_default()))
            })
            .collect(),
    })
}

/// Holds each Service against what makes Pods beside it; a file with Services only says nothing of their Pods.
pub(super) fn check(findings: &mut Findings<'_>, documents: &[Document]) {
    let makers: Vec<Maker<'_>> = documents
        .iter()
        .filter_map(|document| maker(&document.root))
        .collect();
    if makers.is_empty() {
        return;
    }
    for document in documents {
        let root = &document.root;
        if root.get("kind").and_then(Node::as_str) != Some("Service") {
            continue;
        }
        let namespace = |root: &Node| at(root, "metadata.namespace").map(scalar).unwrap_or_default();
        let wanted = pairs(at(root, "spec.selector"));
        if wanted.is_empty() {
            continue;
        }
        let fits = |labels: &BTreeMap<String, String>| {
            wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
        };
        let found: Vec<&Maker<'_>> = makers.iter().filter(|maker| fits(&maker.labels)).collect();
        match found
            .iter()
            .find(|maker| namespace(maker.root) == namespace(root))
        {
            Some(maker) => ports(findings, root, maker),
            None => match found.first() {
                Some(maker) => other_namespace(findings, root, maker),
                None => nobody(findings, root, &wanted, &makers),
            },
        }
    }
}

fn other_namespace(findings: &mut Findings<'_>, root: &Node, maker: &Maker<'_>) {
    let Some(selector) = root.get("spec").and_then(|spec| spec.entry("selector")) else {
        return;
    };
    let hint = format!(
        "Les Pods de ce {} ne sont pas dans le même espace de noms\u{a0}: un Service ne voit que ceux du sien. Écrivez la même ligne «\u{a0}namespace:\u{a0}» aux deux.",
        maker.kind
    );
    findings.warn(selector.key_span, "", &hint);
}

/// No Pods of this file fit: a value or a key that is nearly right, or labels at the wrong place.
fn nobody(findings: &mut Findings<'_>, root: &Node, wanted: &BTreeMap<String, String>, makers: &[Maker<'_>]) {
    let entries = at(root, "spec.selector").map(Node::entries).unwrap_or_default();
    for maker in makers {
        let own = pairs(at(maker.root, "metadata.labels"));
        if maker.kind != "Pod" && wanted.iter().all(|(key, value)| own.get(key) == Some(value)) {
            let labels = maker
                .root
                .get("metadata")
                .and_then(|metadata| metadata.entry("labels"));
            let hint = format!(
                "Ces étiquettes sont celles du {}, pas de ses Pods\u{a0}: le Service d’à côté les cherche dans «\u{a0}template.metadata.labels\u{a0}».",
                maker.kind
            );
            if let Some(labels) = labels {
                findings.warn(labels.key_span, "", &hint);
                return;
            }
        }
    }
    for entry in entries {
        let value = scalar(&entry.value);
        let same = makers.iter().find_map(|maker| maker.labels.get(&entry.key));
        let (place, meant) = match same {
            Some(found) if *found == value => continue,
            Some(found) => (entry.value.span, format!("{}: {found}", entry.key)),
            None => {
                let keys = makers
                    .iter()
                    .flat_map(|maker| maker.labels.keys().map(String::as_str));
                match nearest(&entry.key, keys) {
                    Some(key) => (entry.key_span, format!("{key}: {value}")),
                    None => continue,
                }
            }
        };
        let hint = format!(
            "Aucun Pod de ce fichier ne porte cette étiquette. Vouliez-vous dire {}\u{202f}?",
            quoted(&meant)
        );
        findings.warn(place, "", &hint);
        return;
    }
    if let Some(entry) = entries.first() {
        findings.warn(
            entry.key_span,
            "",
            "Aucun Pod de ce fichier ne porte ces étiquettes\u{a0}: le Service n’aura personne à qui envoyer ses requêtes.",
        );
    }
}

fn ports(findings: &mut Findings<'_>, root: &Node, maker: &Maker<'_>) {
    for port in at(root, "spec.ports").map(Node::items).unwrap_or_default() {
        let Some(target) = port.get("targetPort").or_else(|| port.get("port")) else {
            continue;
        };
        let wanted = scalar(target);
        let (known, number) = match wanted.parse::<i64>() {
            Ok(number) => (maker.ports.iter().any(|(found, _)| *found == number), true),
            Err(_) => (maker.ports.iter().any(|(_, name)| *name == wanted), false),
        };
        if known || (number && maker.ports.is_empty()) {
            continue;
        }
        let shown: Vec<String> = maker
            .ports
            .iter()
            .map(|(number, name)| {
                if name.is_empty() {
                    number.to_string()
                } else {
                    format!("{number} ({name})")
                }
            })
            .collect();
        let hint = match (number, shown.is_empty()) {
            (true, _) => format!(
                "Les Pods de ce {} n’ouvrent pas le port {wanted}, mais {}\u{a0}: mettez ce port dans «\u{a0}targetPort\u{a0}».",
                maker.kind,
                shown.join(", ")
            ),
            (false, true) => format!(
                "Les Pods de ce {} ne donnent de nom à aucun port\u{a0}: nommez-en un {}, ou écrivez son numéro.",
                maker.kind,
                quoted(&wanted)
            ),
            (false, false) => format!(
                "Aucun port de ces Pods ne s’appelle {}. Il y a\u{a0}: {}.",
                quoted(&wanted),
                shown.join(", ")
            ),
        };
        findings.warn(target.span, "", &hint);
    }
}
