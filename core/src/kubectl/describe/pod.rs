//! `Pod`

use super::writer::{Writer, moment};
use super::{containers, volumes};
use crate::api::Pod;
use crate::api::labels::format_selector;
use crate::api::types::core::TopologySpreadConstraint;
use crate::apiserver::printing::since;
use crate::kubectl::context::Cx;

/// A pod.
pub(super) fn write(cx: &Cx<'_>, w: &mut Writer, pod: &Pod) {
    let (spec, status) = (&pod.spec, &pod.status);
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    w.name(&pod.metadata);
    if let Some(priority) = spec.priority {
        w.field(0, "Priority", priority);
    }
    if let Some(class) = filled(&spec.priority_class_name) {
        w.field(0, "Priority Class Name", class);
    }
    if let Some(class) = filled(&spec.runtime_class_name) {
        w.field(0, "Runtime Class Name", class);
    }
    if let Some(account) = filled(&spec.service_account_name) {
        w.field(0, "Service Account", account);
    }
    match filled(&spec.node_name) {
        Some(node) => w.field(
            0,
            "Node",
            format!("{node}/{}", status.host_ip.as_deref().unwrap_or_default()),
        ),
        None => w.field(0, "Node", "<none>"),
    }
    if let Some(start) = &status.start_time {
        w.field(0, "Start Time", moment(Some(start)));
    }
    w.labels("", "Labels", pod.metadata.labels.as_ref());
    w.annotations("Annotations", pod.metadata.annotations.as_ref());
    let phase = status.phase.as_deref().unwrap_or_default();
    match &pod.metadata.deletion_timestamp {
        Some(at) if !matches!(phase, "Failed" | "Succeeded") => {
            let lasts = since(Some(at), cx.api.now());
            w.field(0, "Status", format!("Terminating (lasts {lasts})"));
            let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
            w.field(0, "Termination Grace Period", format!("{grace}s"));
        }
        _ => w.field(0, "Status", phase),
    }
    if let Some(reason) = filled(&status.reason) {
        w.field(0, "Reason", reason);
    }
    if let Some(message) = filled(&status.message) {
        w.field(0, "Message", message);
    }
    let profile = spec
        .security_context
        .as_ref()
        .and_then(|security| security.seccomp_profile.as_ref());
    if let Some(profile) = profile {
        w.field(0, "SeccompProfile", &profile.type_);
    }
    addresses(w, pod);
    w.controller(&pod.metadata);
    if let Some(node) = filled(&status.nominated_node_name) {
        w.field(0, "NominatedNodeName", node);
    }
    if spec.resources.is_some() {
        w.line(0, "Resources:");
        containers::resources(w, spec.resources.as_ref(), 1);
    }
    let init = spec.init_containers.as_deref().unwrap_or_default();
    if !init.is_empty() {
        let statuses = status.init_container_statuses.as_ref();
        containers::write(w, "Init Containers", init, statuses, (Some(pod), ""));
    }
    let statuses = status.container_statuses.as_ref();
    containers::write(w, "Containers", &spec.containers, statuses, (Some(pod), ""));
    let ephemeral = spec.ephemeral_containers.iter().flatten();
    let ephemeral: Vec<_> = ephemeral.map(crate::api::as_container).collect();
    if !ephemeral.is_empty() {
        let statuses = status.ephemeral_container_statuses.as_ref();
        containers::write(w, "Ephemeral Containers", &ephemeral, statuses, (Some(pod), ""));
    }
    conditions(w, pod);
    volumes::write(w, spec.volumes.as_ref(), "");
    w.field(0, "QoS Class", status.qos_class.as_deref().unwrap_or_default());
    w.labels("", "Node-Selectors", spec.node_selector.as_ref());
    w.tolerations("Tolerations", spec.tolerations.as_ref());
    spread(w, spec.topology_spread_constraints.as_ref(), "");
}

fn addresses(w: &mut Writer, pod: &Pod) {
    w.field(0, "IP", pod.status.pod_ip.as_deref().unwrap_or_default());
    let ips = pod.status.pod_ips.as_deref().unwrap_or_default();
    if ips.is_empty() {
        return w.line(0, "IPs:\t<none>");
    }
    w.line(0, "IPs:");
    for ip in ips {
        w.field(1, "IP", &ip.ip);
    }
}

fn conditions(w: &mut Writer, pod: &Pod) {
    let conditions = pod.status.conditions.as_deref().unwrap_or_default();
    let gates = pod.spec.readiness_gates.as_deref().unwrap_or_default();
    if !gates.is_empty() {
        w.line(0, "Readiness Gates:");
        w.line(1, "Type\tStatus");
        for gate in gates {
            let found = conditions
                .iter()
                .find(|condition| condition.type_ == gate.condition_type);
            let status = found.map_or("<none>", |condition| condition.status.as_str());
            w.line(1, format!("{} \t{status} ", gate.condition_type));
        }
    }
    if conditions.is_empty() {
        return;
    }
    w.line(0, "Conditions:");
    w.line(1, "Type\tStatus");
    for condition in conditions {
        w.line(1, format!("{} \t{} ", condition.type_, condition.status));
    }
}

/// How pods are spread, one constraint a line.
pub(super) fn spread(w: &mut Writer, constraints: Option<&Vec<TopologySpreadConstraint>>, space: &str) {
    let constraints = constraints.map(Vec::as_slice).unwrap_or_default();
    for (index, constraint) in constraints.iter().enumerate() {
        let title = if index == 0 {
            format!("{space}Topology Spread Constraints:")
        } else {
            String::new()
        };
        let mut text = format!(
            "{}:{} when max skew {} is exceeded",
            constraint.topology_key, constraint.when_unsatisfiable, constraint.max_skew
        );
        if let Some(selector) = &constraint.label_selector {
            text.push_str(&format!(" for selector {}", format_selector(selector)));
        }
        w.line(0, format!("{title}\t{text}"));
    }
}
