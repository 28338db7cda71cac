//! The containers of a pod or of a template.

use std::collections::BTreeMap;

use super::writer::{Writer, moment, or_none};
use crate::api::Pod;
use crate::api::meta::MetaExt;
use crate::api::quantity::amount;
use crate::api::types::core::{
    Container, ContainerPort, ContainerState, ContainerStatus, EnvVar, Probe, ResourceRequirements,
};
use crate::api::types::{IntOrString, Quantity};

/// Containers under a heading; `space` is the indentation of a template's.
pub(super) fn write(
    w: &mut Writer,
    label: &str,
    containers: &[Container],
    statuses: Option<&Vec<ContainerStatus>>,
    (pod, space): (Option<&Pod>, &str),
) {
    let none = if containers.is_empty() { " <none>" } else { "" };
    w.line(0, format!("{space}{label}:{none}"));
    for container in containers {
        let status = statuses
            .into_iter()
            .flatten()
            .find(|status| status.name == container.name);
        basics(w, container, status, space);
        command(w, container);
        if let Some(status) = status {
            states(w, status);
        }
        resources(w, container.resources.as_ref(), 2);
        for (title, probe) in [
            ("Liveness", &container.liveness_probe),
            ("Readiness", &container.readiness_probe),
            ("Startup", &container.startup_probe),
        ] {
            if let Some(probe) = probe {
                w.field(2, title, describe_probe(probe));
            }
        }
        environment_from(w, container);
        environment(w, container, pod);
        mounts(w, container);
    }
}

fn basics(w: &mut Writer, container: &Container, status: Option<&ContainerStatus>, space: &str) {
    let indent = if space.is_empty() { "" } else { " " };
    w.line(1, format!("{indent}{}:", container.name));
    if let Some(status) = status {
        w.field(
            2,
            "Container ID",
            status.container_id.as_deref().unwrap_or_default(),
        );
    }
    w.field(2, "Image", container.image.as_deref().unwrap_or_default());
    if let Some(status) = status {
        w.field(2, "Image ID", &status.image_id);
    }
    let ports = container.ports.as_deref().unwrap_or_default();
    for (title, number) in [
        ("Port", (|port| port.container_port) as fn(&ContainerPort) -> i32),
        ("Host Port", |port| port.host_port.unwrap_or(0)),
    ] {
        let text = list_ports(ports, number);
        if text.contains(',') {
            w.field(2, &format!("{title}s"), text);
        } else {
            w.field(2, title, or_none(text));
        }
    }
    let profile = container
        .security_context
        .as_ref()
        .and_then(|security| security.seccomp_profile.as_ref());
    if let Some(profile) = profile {
        w.field(2, "SeccompProfile", &profile.type_);
        if let Some(local) = profile
            .localhost_profile
            .as_ref()
            .filter(|_| profile.type_ == "Localhost")
        {
            w.field(3, "LocalhostProfile", local);
        }
    }
}

fn list_ports(ports: &[ContainerPort], number: fn(&ContainerPort) -> i32) -> String {
    let texts: Vec<String> = ports
        .iter()
        .map(|port| {
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            let text = format!("{}/{protocol}", number(port));
            match port.name.as_deref() {
                None | Some("") => text,
                Some(name) => format!("{text} ({name})"),
            }
        })
        .collect();
    texts.join(", ")
}

fn command(w: &mut Writer, container: &Container) {
    for (title, words) in [("Command", &container.command), ("Args", &container.args)] {
        let words = words.as_deref().unwrap_or_default();
        if words.is_empty() {
            continue;
        }
        w.line(2, format!("{title}:"));
        for line in words.iter().flat_map(|word| word.split('\n')) {
            w.line(3, line);
        }
    }
}

fn states(w: &mut Writer, status: &ContainerStatus) {
    let empty = ContainerState::default();
    state(w, "State", status.state.as_ref().unwrap_or(&empty));
    if let Some(last) = status
        .last_state
        .as_ref()
        .filter(|last| last.terminated.is_some())
    {
        state(w, "Last State", last);
    }
    w.field(2, "Ready", if status.ready { "True" } else { "False" });
    w.field(2, "Restart Count", status.restart_count);
}

fn state(w: &mut Writer, title: &str, state: &ContainerState) {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    if let Some(running) = &state.running {
        w.field(2, title, "Running");
        w.field(3, "Started", moment(running.started_at.as_ref()));
    } else if let Some(terminated) = &state.terminated {
        w.field(2, title, "Terminated");
        if let Some(reason) = filled(&terminated.reason) {
            w.field(3, "Reason", reason);
        }
        if let Some(message) = filled(&terminated.message) {
            w.field(3, "Message", message);
        }
        w.field(3, "Exit Code", terminated.exit_code);
        if let Some(signal) = terminated.signal.filter(|signal| *signal > 0) {
            w.field(3, "Signal", signal);
        }
        w.field(3, "Started", moment(terminated.started_at.as_ref()));
        w.field(3, "Finished", moment(terminated.finished_at.as_ref()));
    } else {
        w.field(2, title, "Waiting");
        let reason = state.waiting.as_ref().and_then(|waiting| filled(&waiting.reason));
        if let Some(reason) = reason {
            w.field(3, "Reason", reason);
        }
    }
}

/// Limits and requests.
pub(super) fn resources(w: &mut Writer, resources: Option<&ResourceRequirements>, level: usize) {
    let Some(resources) = resources else { return };
    for (title, list) in [("Limits", &resources.limits), ("Requests", &resources.requests)] {
        let Some(list) = list.as_ref().filter(|list| !list.is_empty()) else {
            continue;
        };
        w.line(level, format!("{title}:"));
        for (name, quantity) in list {
            w.field(level + 1, name, amount(quantity));
        }
    }
}

/// A probe in one line.
fn describe_probe(probe: &Probe) -> String {
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        probe.initial_delay_seconds.unwrap_or(0),
        probe.timeout_seconds.unwrap_or(0),
        probe.period_seconds.unwrap_or(0),
        probe.success_threshold.unwrap_or(0),
        probe.failure_threshold.unwrap_or(0)
    );
    if let Some(exec) = &probe.exec {
        let command = exec.command.as_deref().unwrap_or_default().join(" ");
        return format!("exec [{command}] {attributes}");
    }
    if let Some(http) = &probe.http_get {
        let scheme = http.scheme.as_deref().unwrap_or("http").to_lowercase();
        let (host, path) = (
            http.host.as_deref().unwrap_or_default(),
            http.path.as_deref().unwrap_or_default(),
        );
        let slash = if path.starts_with('/') || path.is_empty() {
            ""
        } else {
            "/"
        };
        return format!(
            "http-get {scheme}://{host}:{}{slash}{path} {attributes}",
            port(&http.port)
        );
    }
    if let Some(tcp) = &probe.tcp_socket {
        let host = tcp.host.as_deref().unwrap_or_default();
        return format!("tcp-socket {host}:{} {attributes}", port(&tcp.port));
    }
    if let Some(grpc) = &probe.grpc {
        let service = grpc.service.as_deref().unwrap_or_default();
        return format!("grpc <pod>:{} {service} {attributes}", grpc.port);
    }
    format!("unknown {attributes}")
}

/// A port by number or name.
pub(super) fn port(port: &IntOrString) -> String {
    match port {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(name) => name.clone(),
    }
}

fn environment_from(w: &mut Writer, container: &Container) {
    let sources = container.env_from.as_deref().unwrap_or_default();
    if sources.is_empty() {
        return;
    }
    w.line(2, "Environment Variables from:");
    for source in sources {
        let (from, name, optional) = if let Some(found) = &source.config_map_ref {
            ("ConfigMap", &found.name, found.optional)
        } else if let Some(found) = &source.secret_ref {
            ("Secret", &found.name, found.optional)
        } else {
            continue;
        };
        let with = match source.prefix.as_deref() {
            None | Some("") => String::new(),
            Some(prefix) => format!(" with prefix '{prefix}'"),
        };
        w.line(
            3,
            format!("{name}\t{from}{with}\tOptional: {}", optional.unwrap_or(false)),
        );
    }
}

fn environment(w: &mut Writer, container: &Container, pod: Option<&Pod>) {
    let variables = container.env.as_deref().unwrap_or_default();
    if variables.is_empty() {
        return w.line(2, "Environment:\t<none>");
    }
    w.line(2, "Environment:");
    for variable in variables {
        for (index, line) in value_of(variable, container, pod).split('\n').enumerate() {
            if index == 0 {
                w.field(3, &variable.name, line);
            } else {
                w.line(3, format!("\t{line}"));
            }
        }
    }
}

fn value_of(variable: &EnvVar, container: &Container, pod: Option<&Pod>) -> String {
    let Some(from) = &variable.value_from else {
        return variable.value.clone().unwrap_or_default();
    };
    if let Some(field) = &from.field_ref {
        let value = pod
            .map(|pod| metadata_field(pod, &field.field_path))
            .unwrap_or_default();
        let version = field.api_version.as_deref().unwrap_or("v1");
        return format!("{value} ({version}:{})", field.field_path);
    }
    if let Some(field) = &from.resource_field_ref {
        let mut value = resource_value(container, &field.resource);
        if value == "0" && matches!(field.resource.as_str(), "limits.cpu" | "limits.memory") {
            value = "node allocatable".to_owned();
        }
        return format!("{value} ({})", field.resource);
    }
    if let Some(key) = &from.secret_key_ref {
        let optional = key.optional.unwrap_or(false);
        return format!(
            "<set to the key '{}' in secret '{}'>\tOptional: {optional}",
            key.key, key.name
        );
    }
    if let Some(key) = &from.config_map_key_ref {
        let optional = key.optional.unwrap_or(false);
        return format!(
            "<set to the key '{}' of config map '{}'>\tOptional: {optional}",
            key.key, key.name
        );
    }
    String::new()
}

/// The value of a field of the metadata; upstream does not look up others.
fn metadata_field(pod: &Pod, path: &str) -> String {
    let entry = |map: Option<&BTreeMap<String, String>>, prefix: &str| {
        let key = path
            .strip_prefix(prefix)?
            .trim_end_matches(']')
            .trim_matches('\'')
            .to_owned();
        map?.get(&key).cloned()
    };
    match path {
        "metadata.name" => pod.name().to_owned(),
        "metadata.namespace" => pod.namespace().to_owned(),
        "metadata.uid" => pod.uid().to_owned(),
        _ => entry(Some(pod.metadata.labels_or_empty()), "metadata.labels[")
            .or_else(|| entry(pod.metadata.annotations.as_ref(), "metadata.annotations["))
            .unwrap_or_default(),
    }
}

fn resource_value(container: &Container, path: &str) -> String {
    let empty = ResourceRequirements::default();
    let resources = container.resources.as_ref().unwrap_or(&empty);
    let (list, name): (&Option<BTreeMap<String, Quantity>>, &str) = match path.split_once('.') {
        Some(("limits", name)) => (&resources.limits, name),
        Some(("requests", name)) => (&resources.requests, name),
        _ => return String::new(),
    };
    let Some(quantity) = list.as_ref().and_then(|list| list.get(name)) else {
        return "0".to_owned();
    };
    let amount = amount(quantity);
    if name == "cpu" {
        // In whole cores, rounded up.
        (amount.millis() + 999).div_euclid(1000).to_string()
    } else {
        amount.units().to_string()
    }
}

fn mounts(w: &mut Writer, container: &Container) {
    let mounts = container.volume_mounts.as_deref().unwrap_or_default();
    if mounts.is_empty() {
        return w.line(2, "Mounts:\t<none>");
    }
    w.line(2, "Mounts:");
    let mut sorted: Vec<_> = mounts.iter().collect();
    crate::sort::sort_by_key(&mut sorted, |mount| &mount.mount_path);
    for mount in sorted {
        let mut flags = if mount.read_only == Some(true) { "ro" } else { "rw" }.to_owned();
        if let Some(path) = mount.sub_path.as_ref().filter(|path| !path.is_empty()) {
            flags.push_str(&format!(",path={path:?}"));
        }
        w.line(3, format!("{} from {} ({flags})", mount.mount_path, mount.name));
    }
}
