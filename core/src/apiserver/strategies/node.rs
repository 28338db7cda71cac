//! `Node`: its rules (`pkg/registry/core/node`, `printNode`).

use std::borrow::Cow;

use super::pod::defaults::canonical;
use super::pod::validation::tolerations;
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Cause, Node, StatusError};
use crate::apiserver::printing::{age_of, or_none};
use crate::apiserver::strategy::{Strategy, Surroundings};
use crate::apiserver::table::Column;
use crate::apiserver::validation::field;
use crate::apiserver::validation::path::Path;
use crate::sim::Time;

/// The rules of `Node`.
pub(crate) struct NodeStrategy;

const ROLE_PREFIX: &str = "node-role.kubernetes.io/";
const ROLE_LABEL: &str = "kubernetes.io/role";

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Status"),
    Column::new("Roles"),
    Column::new("Age"),
    Column::new("Version"),
    Column::wide("Internal-IP"),
    Column::wide("External-IP"),
    Column::wide("OS-Image"),
    Column::wide("Kernel-Version"),
    Column::wide("Container-Runtime"),
];

impl Strategy for NodeStrategy {
    fn prepare_for_create(&self, object: &mut AnyObject, _: Surroundings<'_>) -> Result<(), StatusError> {
        // A kubelet registers its node with its status.
        if let Some(node) = object.get_mut::<Node>() {
            let status = node.status_mut();
            if status.allocatable.is_none() {
                status.allocatable.clone_from(&status.capacity);
            }
            for list in [&mut status.capacity, &mut status.allocatable]
                .into_iter()
                .flatten()
            {
                canonical(list);
            }
        }
        Ok(())
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(node) = object.get::<Node>() {
            taints(&mut causes, node);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(new), Some(old)) = (object.get::<Node>(), old.get::<Node>()) else {
            return causes;
        };
        let fixed = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
        if fixed(&old.spec.pod_cidrs) && new.spec.pod_cidrs != old.spec.pod_cidrs {
            let detail = "node updates may not change podCIDR except from \"\" to valid";
            causes.push(field::forbidden("spec.podCIDRs", detail));
        }
        let provider = |node: &Node| node.spec.provider_id.clone().unwrap_or_default();
        if !provider(old).is_empty() && provider(new) != provider(old) {
            let detail = "node updates may not change providerID except from \"\" to valid";
            causes.push(field::forbidden("spec.providerID", detail));
        }
        taints(&mut causes, new);
        causes
    }

    fn has_generation(&self) -> bool {
        false
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(node) = object.get::<Node>() else {
            return Vec::new();
        };
        let info = node.status.node_info.as_ref();
        let known = |text: Option<&String>| {
            text.filter(|text| !text.is_empty())
                .map_or_else(|| "<unknown>".to_owned(), Clone::clone)
        };
        vec![
            node.name().to_owned(),
            status(node),
            roles(node),
            age_of(&node.metadata, now),
            info.map(|info| info.kubelet_version.clone()).unwrap_or_default(),
            address(node, "InternalIP"),
            address(node, "ExternalIP"),
            known(info.map(|info| &info.os_image)),
            known(info.map(|info| &info.kernel_version)),
            known(info.map(|info| &info.container_runtime_version)),
        ]
    }

    fn selectable_fields(&self) -> &'static [&'static str] {
        &["spec.unschedulable"]
    }

    fn field<'a>(&self, object: &'a AnyObject, _: &str) -> Cow<'a, str> {
        let node = object.get::<Node>();
        let unschedulable = node.and_then(|node| node.spec.unschedulable);
        if unschedulable == Some(true) {
            "true"
        } else {
            "false"
        }
        .into()
    }
}

fn status(node: &Node) -> String {
    let mut conditions = node.status.conditions.iter().flatten();
    let ready = match conditions.find(|condition| condition.type_ == "Ready") {
        Some(condition) if condition.status == "True" => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    if node.spec.unschedulable == Some(true) {
        format!("{ready},SchedulingDisabled")
    } else {
        ready.to_owned()
    }
}

fn roles(node: &Node) -> String {
    let labels = node.metadata.labels_or_empty();
    let mut roles: Vec<&str> = labels
        .iter()
        .filter_map(|(name, value)| match name.strip_prefix(ROLE_PREFIX) {
            Some(role) => Some(role),
            None => (name == ROLE_LABEL).then_some(value.as_str()),
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    or_none(Some(&roles.join(",")))
}

fn address(node: &Node, type_: &str) -> String {
    let mut addresses = node.status.addresses.iter().flatten();
    let found = addresses.find(|address| address.type_ == type_);
    or_none(found.map(|address| address.address.as_str()))
}

/// Upstream says `metadata.taints`, though they stand in the spec: so do we.
fn taints(causes: &mut Vec<Cause>, node: &Node) {
    let path = Path::new("metadata");
    let taints = node.spec.taints.as_deref().unwrap_or_default();
    tolerations::taints(causes, taints, path.child("taints"));
}
