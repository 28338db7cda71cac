//! What is accepted but hardly meant (`pkg/api/pod/warnings.go`): clients print it after `Warning:`.

use crate::api::quantity::amount;
use crate::api::types::core::{Container, ContainerPort, PodSpec};
use crate::apiserver::validation::path::Path;

/// Labels of nodes that have newer names.
const OLD_NODE_LABELS: [(&str, &str, &str); 5] = [
    ("beta.kubernetes.io/arch", "v1.14", "kubernetes.io/arch"),
    ("beta.kubernetes.io/os", "v1.14", "kubernetes.io/os"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "v1.17",
        "topology.kubernetes.io/region",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "v1.17",
        "topology.kubernetes.io/zone",
    ),
    (
        "beta.kubernetes.io/instance-type",
        "v1.17",
        "node.kubernetes.io/instance-type",
    ),
];

/// The warnings about a spec.
pub(super) fn spec(spec: &PodSpec, path: Path<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    for (name, _) in spec.node_selector.iter().flatten() {
        if let Some((_, since, new)) = OLD_NODE_LABELS.iter().find(|(old, ..)| old == name) {
            let at = path.child("nodeSelector");
            let at = at.key(name);
            warnings.push(format!("{at}: deprecated since {since}; use \"{new}\" instead"));
        }
    }
    let init = spec.init_containers.as_deref().unwrap_or_default();
    for (name, list) in [("initContainers", init), ("containers", &spec.containers)] {
        let path = path.child(name);
        for (index, one) in list.iter().enumerate() {
            container(&mut warnings, one, path.index(index));
        }
    }
    port_names(&mut warnings, &spec.containers, path.child("containers"));
    if spec.termination_grace_period_seconds.is_some_and(|secs| secs < 0) {
        let at = path.child("terminationGracePeriodSeconds");
        let why = "must be >= 0; negative values are invalid and will be treated as 1";
        warnings.push(format!("{at}: {why}"));
    }
    warnings
}

fn container(warnings: &mut Vec<String>, container: &Container, path: Path<'_>) {
    let variables = container.env.as_deref().unwrap_or_default();
    let env = path.child("env");
    for (index, variable) in variables.iter().enumerate() {
        if !variables
            .iter()
            .take(index)
            .any(|other| other.name == variable.name)
        {
            continue;
        }
        // A variable may be made of its earlier value.
        let own = format!("$({})", variable.name);
        let refers = variable
            .value
            .as_deref()
            .is_some_and(|value| value.contains(&own));
        if !refers {
            let (at, name) = (env.index(index), &variable.name);
            warnings.push(format!(
                "{at}: hides previous definition of \"{name}\", which may be dropped when using apply"
            ));
        }
    }
    let ports = container.ports.as_deref().unwrap_or_default();
    let at = path.child("ports");
    for (index, port) in ports.iter().enumerate() {
        let same = |other: &ContainerPort| {
            other.container_port == port.container_port
                && other.protocol == port.protocol
                && other.host_ip == port.host_ip
                && other.host_port == port.host_port
        };
        if let Some(first) = ports.iter().take(index).position(same) {
            let (at, first) = (at.index(index), at.index(first));
            warnings.push(format!("{at}: duplicate port definition with {first}"));
        }
    }
    let Some(resources) = &container.resources else {
        return;
    };
    let at = path.child("resources");
    for (name, list) in [("limits", &resources.limits), ("requests", &resources.requests)] {
        let at = at.child(name);
        for (name, quantity) in list.iter().flatten() {
            let parts = amount(quantity).nanos % 1_000_000_000;
            if matches!(name.as_str(), "memory" | "ephemeral-storage") && parts != 0 {
                let (at, value) = (at.key(name), &quantity.0);
                warnings.push(format!(
                    "{at}: fractional byte value \"{value}\" is invalid, must be an integer"
                ));
            }
        }
    }
}

/// Containers of a Pod share its ports' names.
fn port_names(warnings: &mut Vec<String>, containers: &[Container], path: Path<'_>) {
    let mut seen: Vec<(&str, usize, usize)> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        for (port_index, port) in container.ports.iter().flatten().enumerate() {
            let Some(name) = port.name.as_deref().filter(|name| !name.is_empty()) else {
                continue;
            };
            let Some((_, first, first_port)) = seen.iter().find(|(other, ..)| *other == name) else {
                seen.push((name, index, port_index));
                continue;
            };
            // Twice in one container is an error already.
            if *first == index {
                continue;
            }
            let at = |container: usize, port: usize| {
                let path = path.index(container);
                path.child("ports").index(port).to_string()
            };
            let (here, there) = (at(index, port_index), at(*first, *first_port));
            warnings.push(format!(
                "{here}: duplicate port name \"{name}\" with {there}, services and probes that select ports by name will use {there}"
            ));
        }
    }
}
