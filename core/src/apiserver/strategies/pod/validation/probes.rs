//! Probes and lifecycle hooks (`validateProbe`, `validateHandler`).

use serde_json::Value;

use super::containers;
use crate::api::Cause;
use crate::api::types::IntOrString;
use crate::api::types::core::{
    ExecAction, GRPCAction, HTTPGetAction, LifecycleHandler, Probe, SleepAction, TCPSocketAction,
};
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};

/// Which of the three probes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Liveness,
    Readiness,
    Startup,
}

/// What a probe or a hook does.
#[derive(Default)]
struct Handler<'a> {
    exec: Option<&'a ExecAction>,
    http_get: Option<&'a HTTPGetAction>,
    tcp_socket: Option<&'a TCPSocketAction>,
    grpc: Option<&'a GRPCAction>,
    sleep: Option<&'a SleepAction>,
}

pub(super) fn probe(causes: &mut Vec<Cause>, probe: &Probe, kind: Kind, path: Path<'_>) {
    let does = Handler {
        exec: probe.exec.as_ref(),
        http_get: probe.http_get.as_ref(),
        tcp_socket: probe.tcp_socket.as_ref(),
        grpc: probe.grpc.as_ref(),
        sleep: None,
    };
    handler(causes, &does, None, path);
    let numbers = [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ];
    for (name, number) in numbers {
        if number.is_some_and(|number| number < 0) {
            field::non_negative(causes, number.unwrap_or(0).into(), path.child(name));
        }
    }
    if let Some(secs) = probe.termination_grace_period_seconds {
        let path = path.child("terminationGracePeriodSeconds");
        if secs <= 0 {
            causes.push(field::invalid(path, secs, "must be greater than 0"));
        }
        if kind == Kind::Readiness {
            causes.push(field::invalid(path, secs, "must not be set for readinessProbes"));
        }
    }
    let successes = probe.success_threshold.unwrap_or(0);
    if kind != Kind::Readiness && successes != 1 {
        causes.push(field::invalid(
            path.child("successThreshold"),
            successes,
            "must be 1",
        ));
    }
}

pub(super) fn hook(
    causes: &mut Vec<Cause>,
    hook: &LifecycleHandler,
    grace_secs: Option<i64>,
    path: Path<'_>,
) {
    let does = Handler {
        exec: hook.exec.as_ref(),
        http_get: hook.http_get.as_ref(),
        tcp_socket: hook.tcp_socket.as_ref(),
        grpc: None,
        sleep: hook.sleep.as_ref(),
    };
    handler(causes, &does, grace_secs, path);
}

fn handler(causes: &mut Vec<Cause>, does: &Handler<'_>, grace_secs: Option<i64>, path: Path<'_>) {
    let given = [
        ("exec", does.exec.is_some()),
        ("httpGet", does.http_get.is_some()),
        ("tcpSocket", does.tcp_socket.is_some()),
        ("grpc", does.grpc.is_some()),
        ("sleep", does.sleep.is_some()),
    ];
    let mut given = given
        .into_iter()
        .filter(|(_, given)| *given)
        .map(|(name, _)| name);
    match given.next() {
        None => causes.push(field::required(path, "must specify a handler type")),
        Some(first) => action(causes, does, first, grace_secs, path.child(first)),
    }
    for other in given {
        causes.push(field::forbidden(
            path.child(other),
            "may not specify more than 1 handler type",
        ));
    }
}

/// Only the first of the given handlers is looked at.
fn action(causes: &mut Vec<Cause>, does: &Handler<'_>, which: &str, grace_secs: Option<i64>, path: Path<'_>) {
    match which {
        "exec" => {
            let command = does.exec.and_then(|exec| exec.command.as_ref());
            if command.is_none_or(Vec::is_empty) {
                causes.push(field::required(path.child("command"), ""));
            }
        }
        "httpGet" => does
            .http_get
            .iter()
            .for_each(|action| http_get(causes, action, path)),
        "tcpSocket" => {
            if let Some(action) = does.tcp_socket {
                port(causes, &action.port, path.child("port"));
            }
        }
        "grpc" => {
            if let Some(action) = does.grpc {
                containers::number(causes, action.port, path.child("port"));
            }
        }
        _ => {
            let secs = does.sleep.map_or(0, |sleep| sleep.seconds);
            if let Some(grace_secs) = grace_secs.filter(|grace| secs < 0 || secs > *grace) {
                let detail = format!(
                    "must be non-negative and less than terminationGracePeriodSeconds ({grace_secs})"
                );
                causes.push(field::invalid(path, secs, &detail));
            }
        }
    }
}

fn http_get(causes: &mut Vec<Cause>, action: &HTTPGetAction, path: Path<'_>) {
    if action.path.as_deref().unwrap_or_default().is_empty() {
        causes.push(field::required(path.child("path"), ""));
    }
    port(causes, &action.port, path.child("port"));
    let scheme = action.scheme.as_deref().unwrap_or_default();
    let supported = ["HTTP", "HTTPS"];
    if !supported.contains(&scheme) {
        causes.push(field::not_supported(path.child("scheme"), scheme, &supported));
    }
    for header in action.http_headers.iter().flatten() {
        let wrong = names::http_header(&header.name);
        field::invalid_each(causes, path.child("httpHeaders"), &header.name, &wrong);
    }
}

/// A port by number or by name (`ValidatePortNumOrName`).
pub(in crate::apiserver::strategies) fn port(causes: &mut Vec<Cause>, port: &IntOrString, path: Path<'_>) {
    match port {
        IntOrString::Int(number) => containers::number(causes, *number, path),
        IntOrString::String(name) => field::invalid_each(causes, path, name, &names::port_name(name)),
    }
}

/// The value of a number or text, as JSON prints it.
pub(in crate::apiserver::strategies) fn int_or_string(value: &IntOrString) -> Value {
    match value {
        IntOrString::Int(number) => Value::from(*number),
        IntOrString::String(text) => Value::from(text.as_str()),
    }
}
