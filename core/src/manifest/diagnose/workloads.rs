//! Rules inside a pod's specification.

use serde_json::Value;

use super::Findings;
use super::french::quoted;
use super::semantic::label_name;
use crate::api::quantity::Amount;
use crate::manifest::node::Node;
use crate::manifest::span::Span;
use crate::sorted::SortedMap;

/// Checks a pod's specification at `path`; `claims` are the claim templates that give it volumes too.
pub(super) fn pod(findings: &mut Findings<'_>, spec: Option<&Node>, claims: Option<&Node>, path: &str) {
    let Some(spec) = spec else {
        return;
    };
    let volumes = spec.get("volumes").map(Node::items).unwrap_or_default();
    let claims = claims.map(Node::items).unwrap_or_default().iter();
    let volumes: Vec<&str> = volumes
        .iter()
        .chain(claims.filter_map(|claim| claim.get("metadata")))
        .filter_map(|volume| volume.get("name")?.as_str())
        .collect();
    let mut names = SortedMap::new();
    let mut ports = SortedMap::new();
    for list in ["initContainers", "containers"] {
        let path = format!("{path}.{list}");
        let Some(entry) = spec.entry(list) else {
            continue;
        };
        if list == "containers"
            && entry.value.items().is_empty()
            && matches!(entry.value.data, crate::manifest::NodeData::Sequence(_))
        {
            findings.error(
                entry.key_span,
                &format!("{path}: Required value"),
                "Un Pod a au moins un conteneur.",
            );
        }
        for (index, container) in entry.value.items().iter().enumerate() {
            let path = format!("{path}[{index}]");
            unique(
                findings,
                &mut names,
                container.get("name"),
                &format!("{path}.name"),
            );
            check_container(findings, container, &path, &volumes);
            port_names(findings, &mut ports, container, &path);
        }
    }
}

/// Marks the second of two parts with the same name.
fn unique(findings: &mut Findings<'_>, seen: &mut SortedMap<String, Span>, name: Option<&Node>, path: &str) {
    let Some((node, text)) = name.and_then(|node| Some((node, node.as_str()?))) else {
        return;
    };
    if let Some(first) = seen.get(text) {
        let line = findings.lines.position(first.start).line;
        let hint = format!("Ce nom est déjà pris par le conteneur de la ligne\u{a0}{line}.");
        findings.error(node.span, &format!("{path}: Duplicate value: {text:?}"), &hint);
    } else {
        seen.insert(text.to_owned(), node.span);
    }
}

fn check_container(findings: &mut Findings<'_>, container: &Node, path: &str, volumes: &[&str]) {
    if let Some(name) = container.get("name") {
        label_name(findings, &format!("{path}.name"), name);
    }
    let image = container
        .get("image")
        .map(|node| node.as_str().unwrap_or_default());
    let misspelt = container
        .entries()
        .iter()
        .any(|e| e.key != "image" && super::suggest::nearest(&e.key, ["image"]).is_some());
    if image.is_none_or(str::is_empty) && !misspelt && !container.entries().is_empty() {
        let place = container
            .entry("image")
            .map_or(container.span, |entry| entry.key_span);
        let hint = "Il manque l’image du conteneur, par exemple «\u{a0}image: nginx:1.27\u{a0}».";
        findings.error(
            findings.first_line(place),
            &format!("{path}.image: Required value"),
            hint,
        );
    }
    for (index, port) in container
        .get("ports")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        port_number(
            findings,
            port.get("containerPort"),
            &format!("{path}.ports[{index}].containerPort"),
        );
    }
    for (index, mount) in container
        .get("volumeMounts")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let Some((node, name)) = mount.get("name").and_then(|node| Some((node, node.as_str()?))) else {
            continue;
        };
        if !volumes.contains(&name) {
            let message = format!("{path}.volumeMounts[{index}].name: Not found: {name:?}");
            let hint = match super::suggest::nearest(name, volumes.iter().copied()) {
                Some(meant) => format!("Vouliez-vous dire {}\u{202f}?", quoted(meant)),
                None => format!(
                    "Aucun volume de ce Pod ne s’appelle {}\u{a0}: déclarez-le sous «\u{a0}volumes:\u{a0}».",
                    quoted(name)
                ),
            };
            findings.error(node.span, &message, &hint);
        }
    }
    resources(findings, container.get("resources"), path);
}

/// Two ports of one name: Kubernetes takes them with a warning, and finds only the first by its name.
fn port_names(
    findings: &mut Findings<'_>,
    seen: &mut SortedMap<String, String>,
    container: &Node,
    path: &str,
) {
    for (index, port) in container
        .get("ports")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let Some((node, name)) = port.get("name").and_then(|node| Some((node, node.as_str()?))) else {
            continue;
        };
        let path = format!("{path}.ports[{index}]");
        let Some(first) = seen.get(name) else {
            seen.insert(name.to_owned(), path);
            continue;
        };
        findings.warn(
            node.span,
            &format!("{path}: duplicate port name {name:?} with {first}, services and probes that select ports by name will use {first}"),
            &format!("Un autre port de ce Pod s’appelle déjà {}\u{a0}: par ce nom, on n’atteindra que lui.", quoted(name)),
        );
    }
}

/// Marks a port number outside 1-65535.
pub(super) fn port_number(findings: &mut Findings<'_>, port: Option<&Node>, path: &str) {
    let Some((node, number)) = port.and_then(|node| Some((node, node.scalar()?.as_i64()?))) else {
        return;
    };
    if !(1..=65_535).contains(&number) {
        let message = format!("{path}: Invalid value: {number}: must be between 1 and 65535, inclusive");
        findings.error(
            node.span,
            &message,
            "Un numéro de port est compris entre 1 et 65535.",
        );
    }
}

/// Requests above their limits.
fn resources(findings: &mut Findings<'_>, resources: Option<&Node>, path: &str) {
    let Some(resources) = resources else {
        return;
    };
    let text = |node: &Node| match node.scalar() {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    for list in ["requests", "limits"] {
        for entry in resources.get(list).map(Node::entries).unwrap_or_default() {
            if let Some(text) = text(&entry.value)
                && let Some(hint) = unit(&entry.key, &text)
            {
                findings.warn(entry.value.span, "", &hint);
            }
        }
    }
    let limits = resources.get("limits");
    for request in resources.get("requests").map(Node::entries).unwrap_or_default() {
        let Some(limit) = limits.and_then(|limits| limits.get(&request.key)) else {
            continue;
        };
        let (Some(asked), Some(allowed)) = (text(&request.value), text(limit)) else {
            continue;
        };
        let (Ok(asked_amount), Ok(allowed_amount)) = (Amount::parse(&asked), Amount::parse(&allowed)) else {
            continue;
        };
        if asked_amount.nanos > allowed_amount.nanos {
            findings.error(
                request.value.span,
                &format!("{path}.resources.requests: Invalid value: {asked:?}: must be less than or equal to {} limit of {allowed}", request.key),
                &format!("Le conteneur demande plus que sa limite ({}).", quoted(&allowed)),
            );
        }
    }
}

/// A unit that Kubernetes takes, and that nobody means for this resource.
fn unit(resource: &str, text: &str) -> Option<String> {
    let number = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = text.get(number.len()..)?;
    let small = number.parse::<u64>().is_ok_and(|number| number < 100_000);
    let meant = |other: &str| quoted(&format!("{number}{other}"));
    match (resource, unit) {
        ("memory", "m") => Some(format!(
            "«\u{a0}m\u{a0}» veut dire millième\u{a0}: {number} millièmes d’octet de mémoire. Vouliez-vous dire {}\u{202f}?",
            meant("Mi")
        )),
        ("memory", "") if small && number != "0" => Some(format!(
            "Sans unité, ce sont des octets. Vouliez-vous dire {}\u{202f}?",
            meant("Mi")
        )),
        ("cpu", "Ki" | "Mi" | "Gi" | "k" | "M" | "G") => Some(format!(
            "{} compte des {}\u{a0}: ce serait des millions de processeurs. Vouliez-vous dire {}\u{202f}?",
            quoted(unit),
            if unit == "Mi" { "mébioctets" } else { "octets" },
            meant("m")
        )),
        _ => None,
    }
}
