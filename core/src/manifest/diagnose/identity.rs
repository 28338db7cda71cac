//! `apiVersion` and `kind`: is there such a kind, and if not, which one was meant?

use super::Findings;
use super::french::{alternatives, quoted};
use super::suggest::nearest;
use crate::api::schema::{Schema, TypeSchema};
use crate::manifest::node::{Entry, Node};
use crate::manifest::span::Span;

/// The type of the object, if its kind is known.
pub(super) fn kind<'s>(
    findings: &mut Findings<'_>,
    schema: &'s Schema,
    root: &Node,
) -> Option<&'s TypeSchema> {
    let api_version = text(findings, root, "apiVersion");
    let kind = text(findings, root, "kind");
    let (Some((api_version, version_span)), Some((kind, kind_span))) = (api_version, kind) else {
        return None;
    };
    if let Some(found) = schema.kind(api_version, kind) {
        return Some(found);
    }
    let message = format!("no matches for kind {kind:?} in version {api_version:?}");
    let versions: Vec<&str> = schema
        .kinds
        .iter()
        .filter(|k| k.kind == kind)
        .map(|k| k.api_version)
        .collect();
    if !versions.is_empty() {
        let hint = format!(
            "Le type {} s’écrit avec «\u{a0}apiVersion: {}\u{a0}».",
            quoted(kind),
            versions.join("\u{a0}» ou «\u{a0}")
        );
        findings.error(version_span, &message, &hint);
        return None;
    }
    let kinds = schema.kinds.iter().map(|k| k.kind);
    if let Some((first, _)) = kind.split_once(char::is_whitespace)
        && kinds.clone().any(|known| known == first)
    {
        let hint = format!(
            "Ce qui suit {} s’est ajouté à la valeur\u{a0}: retirez-le, ou rendez-lui sa propre ligne.",
            quoted(first)
        );
        findings.error(kind_span, &message, &hint);
        return None;
    }
    match nearest(kind, kinds.clone()).or_else(|| plural_of(kind, kinds)) {
        Some(meant) => findings.error(kind_span, &message, &format!("Vouliez-vous dire {}\u{202f}?", quoted(meant))),
        None if api_version.contains('.') => findings.warn(
            kind_span,
            &message,
            &format!("{} n’est pas un type de Kubernetes\u{a0}: il faut qu’une «\u{a0}CustomResourceDefinition\u{a0}» le définisse d’abord.", quoted(kind)),
        ),
        None => findings.error(
            kind_span,
            &message,
            &format!("{} n’est pas un type de Kubernetes. Les plus courants\u{a0}: {}.", quoted(kind), alternatives(&["Pod", "Deployment", "Service", "ConfigMap"])),
        ),
    }
    None
}

/// `pods` -> `Pod`
fn plural_of<'s>(kind: &str, mut kinds: impl Iterator<Item = &'s str>) -> Option<&'s str> {
    let lower = kind.to_lowercase();
    kinds.find(|k| {
        let k = k.to_lowercase();
        lower == format!("{k}s") || lower == format!("{k}es")
    })
}

/// A field that must hold text, and its place.
fn text<'n>(findings: &mut Findings<'_>, root: &'n Node, name: &str) -> Option<(&'n str, Span)> {
    let example = if name == "kind" {
        "kind: Pod"
    } else {
        "apiVersion: v1"
    };
    let message = format!("{name} not set");
    match root.entry(name) {
        Some(Entry { value, .. }) if value.as_str().is_some_and(|text| !text.is_empty()) => {
            value.as_str().map(|text| (text, value.span))
        }
        Some(entry) => {
            findings.error(
                entry.key_span,
                &message,
                &format!("Donnez une valeur à ce champ, par exemple {}.", quoted(example)),
            );
            None
        }
        None => {
            let wrong = root.entries().iter().find(|e| nearest(&e.key, [name]).is_some());
            let (span, hint) = match wrong {
                Some(entry) => (
                    entry.key_span,
                    format!("Vouliez-vous dire {}\u{202f}?", quoted(name)),
                ),
                None => {
                    let first = findings.first_line(root.span);
                    (
                        first,
                        format!(
                            "Il manque le champ {}, par exemple {}.",
                            quoted(name),
                            quoted(example)
                        ),
                    )
                }
            };
            findings.error(span, &message, &hint);
            None
        }
    }
}
