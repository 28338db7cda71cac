//! Validation of Pods and pod templates (`ValidatePodSpec` of `pkg/apis/core/validation`), one room a part.

mod affinity;
mod containers;
mod env;
pub(super) mod ephemeral;
pub(in crate::apiserver::strategies) mod internal;
mod mounts;
mod probes;
pub(in crate::apiserver::strategies) mod resources;
mod security;
pub(in crate::apiserver::strategies) mod tolerations;
mod topology;
pub(super) mod update;
mod volumes;

pub(in crate::apiserver::strategies) use probes::{int_or_string, port};
pub(in crate::apiserver::strategies) use volumes::{host_path, local_volume, nfs};

use std::net::IpAddr;

use crate::api::types::core::{PodSpec, PodTemplateSpec};
use crate::api::{Cause, Pod};
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, metadata, names};

/// What the checks of a part need to know of the whole.
#[derive(Clone, Copy)]
struct Whole<'a> {
    spec: &'a PodSpec,
    /// A Pod; otherwise a template.
    is_pod: bool,
}

/// What is wrong with a new Pod, besides its metadata.
pub(super) fn pod(causes: &mut Vec<Cause>, pod: &Pod) {
    let path = Path::new("spec");
    pod_and_spec(causes, pod);
    let spec = &*pod.spec;
    if spec
        .ephemeral_containers
        .as_ref()
        .is_some_and(|list| !list.is_empty())
    {
        causes.push(field::forbidden(
            path.child("ephemeralContainers"),
            "cannot be set on create",
        ));
    }
    let gated = spec
        .scheduling_gates
        .as_ref()
        .is_some_and(|gates| !gates.is_empty());
    if gated && spec.node_name.as_deref().is_some_and(|node| !node.is_empty()) {
        causes.push(field::forbidden(
            path.child("nodeName"),
            "cannot be set until all schedulingGates have been cleared",
        ));
    }
}

/// What is checked on creation and on update (`validatePodMetadataAndSpec`, less the metadata).
fn pod_and_spec(causes: &mut Vec<Cause>, pod: &Pod) {
    let path = Path::new("spec");
    let spec = &*pod.spec;
    pod_spec(causes, Whole { spec, is_pod: true }, path);
    let lists = [
        ("containers", spec.containers.as_slice()),
        (
            "initContainers",
            spec.init_containers.as_deref().unwrap_or_default(),
        ),
    ];
    for (name, list) in lists {
        for (index, container) in list.iter().enumerate() {
            let image = container.image.as_deref().unwrap_or_default();
            if image.len() != image.trim().len() {
                let path = path.child(name);
                let path = path.index(index);
                causes.push(field::invalid(
                    path.child("image"),
                    image,
                    "must not have leading or trailing whitespace",
                ));
            }
        }
    }
}

/// What is wrong with the template of a Deployment or ReplicaSet (`ValidatePodTemplateSpec`).
pub(in crate::apiserver::strategies) fn template(
    causes: &mut Vec<Cause>,
    template: &PodTemplateSpec,
    path: Path<'_>,
) {
    if let Some(meta) = &template.metadata {
        metadata::labels(causes, meta.labels.as_ref(), path.child("labels"));
        metadata::annotations(causes, meta.annotations.as_ref(), path.child("annotations"));
    }
    let path = path.child("spec");
    let Some(spec) = &template.spec else {
        causes.push(field::required(path.child("containers"), ""));
        return;
    };
    pod_spec(causes, Whole { spec, is_pod: false }, path);
    if spec
        .ephemeral_containers
        .as_ref()
        .is_some_and(|list| !list.is_empty())
    {
        causes.push(field::forbidden(
            path.child("ephemeralContainers"),
            "ephemeral containers not allowed in pod template",
        ));
    }
}

fn pod_spec(causes: &mut Vec<Cause>, whole: Whole<'_>, path: Path<'_>) {
    let spec = whole.spec;
    let volumes = volumes::volumes(
        causes,
        spec.volumes.as_deref().unwrap_or_default(),
        path.child("volumes"),
    );
    containers::containers(causes, whole, &volumes, path.child("containers"));
    containers::init_containers(causes, whole, &volumes, path.child("initContainers"));
    host_network_ports(causes, whole, path);
    one_of(
        causes,
        spec.restart_policy.as_deref(),
        &["Always", "OnFailure", "Never"],
        path.child("restartPolicy"),
    );
    one_of(
        causes,
        spec.dns_policy.as_deref(),
        &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
        path.child("dnsPolicy"),
    );
    metadata::labels(causes, spec.node_selector.as_ref(), path.child("nodeSelector"));
    if let Some(context) = &spec.security_context {
        security::pod(causes, spec, context, path.child("securityContext"));
    }
    if let Some(affinity) = &spec.affinity {
        affinity::affinity(causes, affinity, path.child("affinity"));
    }
    dns_config(causes, spec, path.child("dnsConfig"));
    gates(causes, spec, path);
    if let Some(constraints) = &spec.topology_spread_constraints {
        topology::constraints(causes, constraints, path.child("topologySpreadConstraints"));
    }
    placement(causes, spec, path);
}

/// The smaller fields, in upstream's order.
fn placement(causes: &mut Vec<Cause>, spec: &PodSpec, path: Path<'_>) {
    for (name, value) in [
        ("serviceAccountName", &spec.service_account_name),
        ("nodeName", &spec.node_name),
    ] {
        optional_name(
            causes,
            value.as_deref(),
            names::dns1123_subdomain,
            path.child(name),
        );
    }
    if let Some(secs) = spec.active_deadline_seconds {
        let most = i64::from(i32::MAX);
        if !(1..=most).contains(&secs) {
            let detail = names::between(1, most);
            causes.push(field::invalid(path.child("activeDeadlineSeconds"), secs, &detail));
        }
    }
    for (name, value) in [("hostname", &spec.hostname), ("subdomain", &spec.subdomain)] {
        optional_name(causes, value.as_deref(), names::dns1123_label, path.child(name));
    }
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    tolerations::tolerations(causes, tolerations, path.child("tolerations"));
    let aliases = path.child("hostAliases");
    for (index, alias) in spec.host_aliases.iter().flatten().enumerate() {
        let path = aliases.index(index);
        ip(causes, &alias.ip, path.child("ip"));
        let path = path.child("hostnames");
        for (index, hostname) in alias.hostnames.iter().flatten().enumerate() {
            let wrong = names::dns1123_subdomain(hostname);
            field::invalid_each(causes, path.index(index), hostname, &wrong);
        }
    }
    for (name, value) in [
        ("priorityClassName", &spec.priority_class_name),
        ("runtimeClassName", &spec.runtime_class_name),
    ] {
        optional_name(
            causes,
            value.as_deref(),
            names::dns1123_subdomain,
            path.child(name),
        );
    }
    if let Some(policy) = &spec.preemption_policy {
        let supported = ["PreemptLowerPriority", "Never"];
        one_of(causes, Some(policy), &supported, path.child("preemptionPolicy"));
    }
}

fn optional_name(causes: &mut Vec<Cause>, value: Option<&str>, check: names::NameCheck, path: Path<'_>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        field::invalid_each(causes, path, value, &check(value));
    }
}

/// A required text out of a few.
pub(in crate::apiserver::strategies) fn one_of(
    causes: &mut Vec<Cause>,
    value: Option<&str>,
    supported: &[&str],
    path: Path<'_>,
) {
    match value.unwrap_or_default() {
        "" => causes.push(field::required(path, "")),
        value if supported.contains(&value) => {}
        value => causes.push(field::not_supported(path, value, supported)),
    }
}

/// `IsValidIP`
pub(in crate::apiserver::strategies) fn ip(causes: &mut Vec<Cause>, text: &str, path: Path<'_>) {
    if text.parse::<IpAddr>().is_err() {
        causes.push(field::invalid(
            path,
            text,
            "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        ));
    }
}

fn host_network_ports(causes: &mut Vec<Cause>, whole: Whole<'_>, path: Path<'_>) {
    if whole.spec.host_network != Some(true) {
        return;
    }
    let path = path.child("containers");
    for (index, container) in whole.spec.containers.iter().enumerate() {
        let path = path.index(index);
        let path = path.child("ports");
        for (index, port) in container.ports.iter().flatten().enumerate() {
            let host_port = port.host_port.unwrap_or(0);
            if (whole.is_pod || host_port != 0) && host_port != port.container_port {
                let path = path.index(index);
                causes.push(field::invalid(
                    path.child("hostPort"),
                    host_port,
                    "must match `containerPort` when `hostNetwork` is true",
                ));
            }
        }
    }
}

const MAX_NAMESERVERS: usize = 3;
const MAX_SEARCHES: usize = 32;
const MAX_SEARCH_CHARACTERS: usize = 2_048;

fn dns_config(causes: &mut Vec<Cause>, spec: &PodSpec, path: Path<'_>) {
    let nameservers = spec
        .dns_config
        .as_ref()
        .and_then(|config| config.nameservers.as_ref());
    if spec.dns_policy.as_deref() == Some("None") {
        if spec.dns_config.is_none() {
            let detail = "must provide `dnsConfig` when `dnsPolicy` is None";
            causes.push(field::required(path, detail));
            return;
        }
        if nameservers.is_none_or(Vec::is_empty) {
            let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            causes.push(field::required(path.child("nameservers"), detail));
            return;
        }
    }
    let Some(config) = &spec.dns_config else { return };
    let nameservers = config.nameservers.as_deref().unwrap_or_default();
    let inner = path.child("nameservers");
    if nameservers.len() > MAX_NAMESERVERS {
        let detail = format!("must not have more than {MAX_NAMESERVERS} nameservers");
        causes.push(field::invalid(inner, nameservers.to_vec(), &detail));
    }
    for (index, nameserver) in nameservers.iter().enumerate() {
        ip(causes, nameserver, inner.index(index));
    }
    let searches = config.searches.as_deref().unwrap_or_default();
    let inner = path.child("searches");
    if searches.len() > MAX_SEARCHES {
        let detail = format!("must not have more than {MAX_SEARCHES} search paths");
        causes.push(field::invalid(inner, searches.to_vec(), &detail));
    }
    if searches.join(" ").len() > MAX_SEARCH_CHARACTERS {
        let detail = format!(
            "must not have more than {MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list"
        );
        causes.push(field::invalid(inner, searches.to_vec(), &detail));
    }
    let inner = path.child("options");
    for (index, option) in config.options.iter().flatten().enumerate() {
        if option.name.as_deref().unwrap_or_default().is_empty() {
            causes.push(field::required(inner.index(index), "must not be empty"));
        }
    }
}

/// Readiness gates and scheduling gates.
fn gates(causes: &mut Vec<Cause>, spec: &PodSpec, path: Path<'_>) {
    let inner = path.child("readinessGates");
    for (index, gate) in spec.readiness_gates.iter().flatten().enumerate() {
        let path = inner.index(index);
        let type_ = &gate.condition_type;
        field::invalid_each(
            causes,
            path.child("conditionType"),
            type_,
            &names::qualified_name(type_),
        );
    }
    let inner = path.child("schedulingGates");
    let gates = spec.scheduling_gates.as_deref().unwrap_or_default();
    for (index, gate) in gates.iter().enumerate() {
        let path = inner.index(index);
        field::invalid_each(causes, path, &gate.name, &names::qualified_name(&gate.name));
        if gates.iter().take(index).any(|before| before.name == gate.name) {
            causes.push(field::duplicate(path, gate.name.as_str()));
        }
    }
}
