//! Containers and init containers (`validateContainers`, `validateInitContainers`).

use super::probes::{self, Kind};
use super::volumes::Volumes;
use super::{Whole, env, mounts, one_of, resources, security};
use crate::api::Cause;
use crate::api::types::core::{Container, ContainerPort, ContainerResizePolicy};
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

pub(super) fn containers(causes: &mut Vec<Cause>, whole: Whole<'_>, volumes: &Volumes<'_>, path: Path<'_>) {
    let list = whole.spec.containers.as_slice();
    if list.is_empty() {
        causes.push(field::required(path, ""));
        return;
    }
    for (index, container) in list.iter().enumerate() {
        let at = path.index(index);
        common(causes, whole, container, volumes, at);
        if list
            .iter()
            .take(index)
            .any(|before| before.name == container.name)
        {
            causes.push(field::duplicate(at.child("name"), container.name.as_str()));
        }
        running(causes, whole, container, at);
    }
    unique_host_ports(causes, list, 0, path);
}

pub(super) fn init_containers(
    causes: &mut Vec<Cause>,
    whole: Whole<'_>,
    volumes: &Volumes<'_>,
    path: Path<'_>,
) {
    let list = whole.spec.init_containers.as_deref().unwrap_or_default();
    for (index, container) in list.iter().enumerate() {
        let at = path.index(index);
        common(causes, whole, container, volumes, at);
        let mut others = whole.spec.containers.iter().chain(list.iter().take(index));
        if !container.name.is_empty() && others.any(|other| other.name == container.name) {
            causes.push(field::duplicate(at.child("name"), container.name.as_str()));
        }
        unique_host_ports(causes, std::slice::from_ref(container), index, path);
        if container.restart_policy.as_deref() == Some("Always") {
            running(causes, whole, container, at);
            continue;
        }
        let set = [
            ("lifecycle", container.lifecycle.is_some()),
            ("livenessProbe", container.liveness_probe.is_some()),
            ("readinessProbe", container.readiness_probe.is_some()),
            ("startupProbe", container.startup_probe.is_some()),
        ];
        for (name, _) in set.into_iter().filter(|(_, set)| *set) {
            let detail = "may not be set for init containers without restartPolicy=Always";
            causes.push(field::forbidden(at.child(name), detail));
        }
    }
}

/// What holds for every container (`validateContainerCommon`).
pub(super) fn common(
    causes: &mut Vec<Cause>,
    whole: Whole<'_>,
    container: &Container,
    volumes: &Volumes<'_>,
    path: Path<'_>,
) {
    if container.name.is_empty() {
        causes.push(field::required(path.child("name"), ""));
    } else {
        let wrong = names::dns1123_label(&container.name);
        field::invalid_each(causes, path.child("name"), &container.name, &wrong);
    }
    if container.image.as_deref().unwrap_or_default().is_empty() {
        causes.push(field::required(path.child("image"), ""));
    }
    one_of(
        causes,
        container.termination_message_policy.as_deref(),
        &["File", "FallbackToLogsOnError"],
        path.child("terminationMessagePolicy"),
    );
    let container_ports = container.ports.as_deref().unwrap_or_default();
    ports(causes, container_ports, path.child("ports"));
    env::env(
        causes,
        container.env.as_deref().unwrap_or_default(),
        path.child("env"),
    );
    env::env_from(
        causes,
        container.env_from.as_deref().unwrap_or_default(),
        path.child("envFrom"),
    );
    mounts::mounts(causes, container, volumes, path.child("volumeMounts"));
    mounts::devices(causes, container, volumes, path.child("volumeDevices"));
    one_of(
        causes,
        container.image_pull_policy.as_deref(),
        &["Always", "IfNotPresent", "Never"],
        path.child("imagePullPolicy"),
    );
    if let Some(requirements) = &container.resources {
        resources::requirements(causes, requirements, path.child("resources"));
    }
    let policies = container.resize_policy.as_deref().unwrap_or_default();
    let never = whole.spec.restart_policy.as_deref() == Some("Never");
    resize_policy(causes, policies, never, path.child("resizePolicy"));
    if let Some(context) = &container.security_context {
        security::container(causes, context, path.child("securityContext"));
    }
    if let Some(policy) = container.restart_policy.as_deref() {
        let supported = ["Always", "Never", "OnFailure"];
        if !supported.contains(&policy) {
            causes.push(field::not_supported(
                path.child("restartPolicy"),
                policy,
                &supported,
            ));
        }
    }
}

/// What only containers that keep running may have: probes and hooks.
fn running(causes: &mut Vec<Cause>, whole: Whole<'_>, container: &Container, path: Path<'_>) {
    let grace_secs = whole.spec.termination_grace_period_seconds;
    if let Some(lifecycle) = &container.lifecycle {
        let path = path.child("lifecycle");
        if let Some(hook) = &lifecycle.post_start {
            probes::hook(causes, hook, grace_secs, path.child("postStart"));
        }
        if let Some(hook) = &lifecycle.pre_stop {
            probes::hook(causes, hook, grace_secs, path.child("preStop"));
        }
    }
    let all = [
        ("livenessProbe", &container.liveness_probe, Kind::Liveness),
        ("readinessProbe", &container.readiness_probe, Kind::Readiness),
        ("startupProbe", &container.startup_probe, Kind::Startup),
    ];
    for (name, probe, kind) in all {
        if let Some(probe) = probe {
            probes::probe(causes, probe, kind, path.child(name));
        }
    }
}

fn ports(causes: &mut Vec<Cause>, ports: &[ContainerPort], path: Path<'_>) {
    for (index, port) in ports.iter().enumerate() {
        let at = path.index(index);
        if let Some(name) = port.name.as_deref().filter(|name| !name.is_empty()) {
            let wrong = names::port_name(name);
            let mut before = ports.iter().take(index);
            if wrong.is_empty() && before.any(|before| before.name.as_deref() == Some(name)) {
                causes.push(field::duplicate(at.child("name"), name));
            }
            field::invalid_each(causes, at.child("name"), name, &wrong);
        }
        if port.container_port == 0 {
            causes.push(field::required(at.child("containerPort"), ""));
        } else {
            number(causes, port.container_port, at.child("containerPort"));
        }
        match port.host_port {
            Some(host_port) if host_port != 0 => number(causes, host_port, at.child("hostPort")),
            _ => {}
        }
        one_of(causes, port.protocol.as_deref(), &PROTOCOLS, at.child("protocol"));
    }
}

/// `IsValidPortNum`
pub(super) fn number(causes: &mut Vec<Cause>, number: i32, path: Path<'_>) {
    for detail in names::port_number(number) {
        causes.push(field::invalid(path, number, &detail));
    }
}

/// No two containers may claim the same port of the node; `first` is the index of the first of them.
fn unique_host_ports(causes: &mut Vec<Cause>, containers: &[Container], first: usize, path: Path<'_>) {
    let mut seen: Vec<(&ContainerPort, i32)> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        for (port_index, port) in container.ports.iter().flatten().enumerate() {
            let Some(host_port) = port.host_port.filter(|number| *number != 0) else {
                continue;
            };
            let same = |(before, number): &(&ContainerPort, i32)| {
                *number == host_port && before.protocol == port.protocol && before.host_ip == port.host_ip
            };
            if seen.iter().any(same) {
                let path = path.index(first + index);
                let path = path.child("ports");
                let path = path.index(port_index);
                let claim = format!(
                    "{}/{}/{host_port}",
                    port.protocol.as_deref().unwrap_or_default(),
                    port.host_ip.as_deref().unwrap_or_default()
                );
                causes.push(field::duplicate(path.child("hostPort"), claim));
            } else {
                seen.push((port, host_port));
            }
        }
    }
}

fn resize_policy(causes: &mut Vec<Cause>, policies: &[ContainerResizePolicy], never: bool, path: Path<'_>) {
    for (index, policy) in policies.iter().enumerate() {
        let name = policy.resource_name.as_str();
        if policies
            .iter()
            .take(index)
            .any(|before| before.resource_name == name)
        {
            causes.push(field::duplicate(path.index(index), name));
        }
        one_of(causes, Some(name), &["cpu", "memory"], path);
        let restart = policy.restart_policy.as_str();
        one_of(causes, Some(restart), &["NotRequired", "RestartContainer"], path);
        if never && restart != "NotRequired" {
            let detail = "must be 'NotRequired' when `restartPolicy` is 'Never'";
            causes.push(field::invalid(path, restart, detail));
        }
    }
}
