//! `Node`

use std::collections::BTreeMap;
use std::sync::Arc;

use super::writer::{Writer, moment, or_none};
use crate::api::meta::MetaExt;
use crate::api::quantity::{Amount, amount};
use crate::api::types::Quantity;
use crate::api::types::core::{Container, NodeSystemInfo};
use crate::api::types::meta::{MicroTime, Time as MetaTime};
use crate::api::{AnyObject, Kind, Lease, Node, Pod};
use crate::apiserver::printing::age_of;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;

type Resources = BTreeMap<String, Quantity>;

/// A Node.
pub(super) fn write(cx: &mut Cx<'_>, w: &mut Writer, node: &Node) -> Result<(), Failure> {
    w.field(0, "Name", node.name());
    w.field(0, "Roles", or_none(roles(node)));
    w.labels("", "Labels", node.metadata.labels.as_ref());
    w.annotations("Annotations", node.metadata.annotations.as_ref());
    w.field(
        0,
        "CreationTimestamp",
        moment(node.metadata.creation_timestamp.as_ref()),
    );
    w.taints(node.spec.taints.as_ref());
    w.field(0, "Unschedulable", node.spec.unschedulable.unwrap_or(false));
    lease(cx, w, node);
    conditions(w, node);
    w.line(0, "Addresses:");
    for address in node.status.addresses.iter().flatten() {
        w.field(1, &address.type_, &address.address);
    }
    for (title, list) in [
        ("Capacity", &node.status.capacity),
        ("Allocatable", &node.status.allocatable),
    ] {
        if let Some(list) = list.as_ref().filter(|list| !list.is_empty()) {
            w.line(0, format!("{title}:"));
            for (name, quantity) in list {
                w.field(1, name, amount(quantity));
            }
        }
    }
    system(w, node.status.node_info.as_ref());
    if let Some(cidr) = node.spec.pod_cidr.as_ref().filter(|cidr| !cidr.is_empty()) {
        w.field(0, "PodCIDR", cidr);
    }
    if let Some(cidrs) = node.spec.pod_cidrs.as_ref().filter(|cidrs| !cidrs.is_empty()) {
        w.field(0, "PodCIDRs", cidrs.join(","));
    }
    pods(cx, w, node)
}

fn roles(node: &Node) -> String {
    let mut roles: Vec<&str> = node
        .metadata
        .labels_or_empty()
        .iter()
        .filter_map(
            |(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
                Some(role) => Some(role),
                None if key == "kubernetes.io/role" => Some(value.as_str()),
                None => None,
            },
        )
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.join(",")
}

/// The lease that the kubelet renews.
fn lease(cx: &mut Cx<'_>, w: &mut Writer, node: &Node) {
    let found = match cx.get_object(Kind::Lease, "kube-node-lease", node.name()) {
        Ok(found) => found,
        Err(error) => {
            return w.field(0, "Lease", format!("Failed to get lease: {}", error.message));
        }
    };
    let spec = found
        .get::<Lease>()
        .map(|lease| Arc::clone(&lease.spec))
        .unwrap_or_default();
    let at = |time: Option<&MicroTime>| match time {
        Some(time) => moment(Some(&MetaTime(time.0))),
        None => "<unset>".to_owned(),
    };
    w.line(0, "Lease:");
    let holder = spec.holder_identity.as_deref().unwrap_or("<unset>");
    w.field(1, "HolderIdentity", holder);
    w.field(1, "AcquireTime", at(spec.acquire_time.as_ref()));
    w.field(1, "RenewTime", at(spec.renew_time.as_ref()));
}

fn conditions(w: &mut Writer, node: &Node) {
    let conditions = node.status.conditions.as_deref().unwrap_or_default();
    if conditions.is_empty() {
        return;
    }
    w.line(0, "Conditions:");
    w.line(
        1,
        "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage",
    );
    w.line(
        1,
        "----\t------\t-----------------\t------------------\t------\t-------",
    );
    for condition in conditions {
        w.line(
            1,
            format!(
                "{} \t{} \t{} \t{} \t{} \t{}",
                condition.type_,
                condition.status,
                moment(condition.last_heartbeat_time.as_ref()),
                moment(condition.last_transition_time.as_ref()),
                condition.reason.as_deref().unwrap_or_default(),
                condition.message.as_deref().unwrap_or_default()
            ),
        );
    }
}

fn system(w: &mut Writer, info: Option<&NodeSystemInfo>) {
    let empty = NodeSystemInfo::default();
    let info = info.unwrap_or(&empty);
    w.line(0, "System Info:");
    for (title, value) in [
        ("Machine ID", &info.machine_id),
        ("System UUID", &info.system_uuid),
        ("Boot ID", &info.boot_id),
        ("Kernel Version", &info.kernel_version),
        ("OS Image", &info.os_image),
        ("Operating System", &info.operating_system),
        ("Architecture", &info.architecture),
        ("Container Runtime Version", &info.container_runtime_version),
        ("Kubelet Version", &info.kubelet_version),
    ] {
        w.field(1, title, value);
    }
}

/// What a pod asks for or may use of a resource.
fn of_pod(pod: &Pod, resource: &str, limits: bool) -> Amount {
    let of = |container: &Container| {
        let resources = container.resources.as_ref()?;
        let list = if limits {
            &resources.limits
        } else {
            &resources.requests
        };
        list.as_ref()?.get(resource).map(amount)
    };
    let always = |container: &&Container| container.restart_policy.as_deref() == Some("Always");
    let init = || pod.spec.init_containers.iter().flatten();
    let regular: Vec<Amount> = pod
        .spec
        .containers
        .iter()
        .chain(init().filter(always))
        .filter_map(of)
        .collect();
    let largest_init = init()
        .filter(|container| !always(container))
        .filter_map(of)
        .max_by_key(|amount| amount.nanos);
    let sum = sum(regular);
    match largest_init {
        Some(init) if init.nanos > sum.nanos => init,
        _ => sum,
    }
}

fn sum(amounts: impl IntoIterator<Item = Amount>) -> Amount {
    amounts.into_iter().fold(Amount::from_millis(0), |total, amount| {
        if total.nanos == 0 {
            return amount;
        }
        Amount {
            nanos: total.nanos + amount.nanos,
            ..total
        }
    })
}

/// An amount and its share of what the node can give.
fn share(amount: Amount, allocatable: &Resources, resource: &str) -> String {
    let whole = allocatable
        .get(resource)
        .map_or(0, |quantity| super::node::amount(quantity).nanos);
    let percent = if whole == 0 { 0 } else { amount.nanos * 100 / whole };
    format!("{amount} ({percent}%)")
}

fn pods(cx: &mut Cx<'_>, w: &mut Writer, node: &Node) -> Result<(), Failure> {
    let fields = format!(
        "spec.nodeName={},status.phase!=Succeeded,status.phase!=Failed",
        node.name()
    );
    let listed = cx.list(Kind::Pod, "", "", &fields)?;
    let pods: Vec<&Pod> = listed.items.iter().filter_map(AnyObject::get::<Pod>).collect();
    let empty = Resources::new();
    let allocatable = node.status.allocatable.as_ref().unwrap_or(&empty);
    w.field(0, "Non-terminated Pods", format!("({} in total)", pods.len()));
    w.line(
        1,
        "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge",
    );
    w.line(
        1,
        "---------\t----\t\t------------\t----------\t---------------\t-------------\t---",
    );
    let now = cx.api.now();
    for pod in &pods {
        let cell = |resource, limits| share(of_pod(pod, resource, limits), allocatable, resource);
        w.line(
            1,
            format!(
                "{}\t{}\t\t{}\t{}\t{}\t{}\t{}",
                pod.namespace(),
                pod.name(),
                cell("cpu", false),
                cell("cpu", true),
                cell("memory", false),
                cell("memory", true),
                age_of(&pod.metadata, now)
            ),
        );
    }
    w.line(0, "Allocated resources:");
    w.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    w.line(1, "Resource\tRequests\tLimits");
    w.line(1, "--------\t--------\t------");
    // The others follow in the order of their names: huge pages, then what devices offer.
    let others = allocatable.keys().map(String::as_str);
    let others = others.filter(|name| !matches!(*name, "cpu" | "memory" | "ephemeral-storage" | "pods"));
    for resource in ["cpu", "memory", "ephemeral-storage"].into_iter().chain(others) {
        let total = |limits| sum(pods.iter().map(|pod| of_pod(pod, resource, limits)));
        let extended = resource.contains('/');
        let cell = |limits| match extended {
            true => total(limits).to_string(),
            false => share(total(limits), allocatable, resource),
        };
        w.line(1, format!("{resource}\t{}\t{}", cell(false), cell(true)));
    }
    Ok(())
}
