//! Running but not ready: which probe fails, and how.

use super::container::Part;
use super::{Chain, World, pod, texts};
use crate::api::types::IntOrString;
use crate::api::types::core::Probe;
use crate::api::{AnyObject, Pod};

/// Explains a Pod that is not ready although its containers run.
pub(super) fn explain(world: &World<'_>, object: &AnyObject, pod: &Pod, chain: &mut Chain) {
    let parts = pod::parts(object, pod);
    let unready = |part: &&Part<'_>| {
        part.path.starts_with("spec.containers") && part.status.is_some_and(|status| !status.ready)
    };
    let Some(part) = parts.iter().find(unready) else {
        if let Some(gate) = pod.spec.readiness_gates.iter().flatten().next() {
            chain
                .blame(texts::GATE, &[pod.name(), &gate.condition_type])
                .about(object)
                .from(world, object, "spec.readinessGates");
        } else {
            chain.say(texts::SOON_READY, &[pod.name()]).about(object);
        }
        return;
    };
    let name = part.spec.name.as_str();
    let started = part.status.is_some_and(|status| status.started == Some(true));
    let (probe, field, kind) = match (&part.spec.startup_probe, &part.spec.readiness_probe) {
        (Some(probe), _) if !started => (probe, "startupProbe", texts::STARTUP),
        (_, Some(probe)) => (probe, "readinessProbe", texts::READINESS),
        _ => {
            chain.say(texts::SOON_READY, &[pod.name()]).about(object);
            return;
        }
    };
    chain.blame(texts::NOT_READY, &[pod.name(), name]).about(object);
    let event = world.event(object, &["Unhealthy"]);
    let Some(event) = event else {
        let wait = probe.initial_delay_seconds.unwrap_or(0).to_string();
        let every = probe.period_seconds.unwrap_or(10).to_string();
        chain.say(texts::PROBE_WAITS, &[kind, &wait, &every]).from(
            world,
            object,
            &format!("{}.{field}", part.path),
        );
        return;
    };
    let times = event.count.unwrap_or(1).to_string();
    let asked = what(probe, part);
    chain
        .say(texts::PROBE_FAILS, &[kind, &asked, &times])
        .about(object)
        .quoting(event.message.as_deref().unwrap_or_default());
    let (text, path) = verdict(probe, part);
    let ports = declared(part).join(", ");
    chain
        .say(text, &[&ports])
        .from(world, object, &format!("{}.{field}{path}", part.path));
}

fn port_of(probe: &Probe) -> Option<&IntOrString> {
    let http = probe.http_get.as_ref().map(|get| &get.port);
    http.or_else(|| probe.tcp_socket.as_ref().map(|socket| &socket.port))
}

fn shown(port: &IntOrString) -> String {
    match port {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(name) => name.clone(),
    }
}

/// What the probe asks, in French.
fn what(probe: &Probe, part: &Part<'_>) -> String {
    let port = port_of(probe).map(shown).unwrap_or_default();
    if let Some(get) = &probe.http_get {
        let path = get.path.as_deref().unwrap_or("/");
        return texts::fill(texts::ASKS_HTTP, &[path, &port]);
    }
    if let Some(exec) = &probe.exec {
        return texts::fill(
            texts::ASKS_EXEC,
            &[&exec.command.clone().unwrap_or_default().join(" ")],
        );
    }
    if probe.grpc.is_some() {
        return texts::fill(texts::ASKS_GRPC, &[&part.spec.name]);
    }
    texts::fill(texts::ASKS_TCP, &[&port])
}

/// The ports that the container declares, by number and name.
pub(super) fn declared(part: &Part<'_>) -> Vec<String> {
    let ports = part.spec.ports.iter().flatten();
    ports
        .map(|port| match &port.name {
            Some(name) => format!("{} ({name})", port.container_port),
            None => port.container_port.to_string(),
        })
        .collect()
}

/// Where to look, and the part of the probe that it is about.
fn verdict(probe: &Probe, part: &Part<'_>) -> (&'static str, &'static str) {
    let field = if probe.http_get.is_some() {
        ".httpGet"
    } else {
        ".tcpSocket"
    };
    let ports = part.spec.ports.as_deref().unwrap_or_default();
    if let Some(port) = port_of(probe)
        && !ports.is_empty()
    {
        let known = ports.iter().any(|declared| match port {
            IntOrString::Int(number) => *number == declared.container_port,
            IntOrString::String(name) => declared.name.as_ref() == Some(name),
        });
        if !known {
            let path = if field == ".httpGet" {
                ".httpGet.port"
            } else {
                ".tcpSocket.port"
            };
            return (texts::PROBE_PORT, path);
        }
    }
    if probe.http_get.is_some() {
        (texts::PROBE_PATH, ".httpGet.path")
    } else if probe.exec.is_some() {
        (texts::PROBE_EXEC, ".exec")
    } else {
        (texts::PROBE_LINE, "")
    }
}
