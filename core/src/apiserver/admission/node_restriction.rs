//! What a kubelet may change: its own Node, and the Pods that are bound to it (`plugin/pkg/admission/noderestriction`).

use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Node, Pod, StatusError};
use crate::apiserver::user::User;

const RESTRICTED: &str = "node-restriction.kubernetes.io/";
const MIRROR: &str = "kubernetes.io/config.mirror";

/// What is done to an object.
#[derive(Clone, Copy, Debug)]
pub(in crate::apiserver) enum Act<'a> {
    /// It is created.
    Create,
    /// It, or this subresource of it, is changed from what it was.
    Update(Option<&'a str>, &'a AnyObject),
    /// It is deleted.
    Delete,
}

/// Refuses what is not a kubelet's business.
///
/// # Errors
///
/// 403, with the words of the plugin.
pub(in crate::apiserver) fn check(user: &User, act: Act<'_>, object: &AnyObject) -> Result<(), StatusError> {
    let Some(node) = user.name.name().strip_prefix("system:node:") else {
        return Ok(());
    };
    if !user.groups.iter().any(|group| &**group == "system:nodes") {
        return Ok(());
    }
    let refuse = |why: &str| Err(StatusError::forbidden(object.kind(), object.name(), why));
    match object {
        AnyObject::Node(found) if found.name() != node => refuse(&format!(
            "node {node:?} is not allowed to modify node {:?}",
            found.name()
        )),
        AnyObject::Node(found) => own_node(node, act, found).map_or(Ok(()), |why| refuse(&why)),
        AnyObject::Pod(pod) => foreign_pod(node, act, pod).map_or(Ok(()), |why| refuse(&why)),
        AnyObject::Lease(lease) if lease.name() != node => {
            refuse("can only access node lease with the same name as the requesting node")
        }
        _ => Ok(()),
    }
}

/// What a kubelet may not change of its own Node.
fn own_node(node: &str, act: Act<'_>, found: &Node) -> Option<String> {
    let labels = |node: &Node| {
        let labels = node.metadata.labels_or_empty().clone();
        let restricted = labels.into_iter().filter(|(key, _)| key.contains(RESTRICTED));
        restricted.collect::<Vec<_>>()
    };
    let before = match act {
        Act::Update(_, old) => old.get::<Node>(),
        _ => None,
    };
    let (now, was) = (labels(found), before.map(labels).unwrap_or_default());
    let changed = now
        .iter()
        .filter(|pair| !was.contains(pair))
        .chain(was.iter().filter(|pair| !now.contains(pair)));
    let mut names: Vec<&str> = changed.map(|(name, _)| name.as_str()).collect();
    names.dedup();
    if !names.is_empty() {
        let names = names.join(", ");
        return Some(match act {
            Act::Create => format!("node {node:?} is not allowed to set the following labels: {names}"),
            _ => format!("is not allowed to modify labels: {names}"),
        });
    }
    let taints = before.is_some_and(|before| before.spec.taints != found.spec.taints);
    taints.then(|| format!("node {node:?} is not allowed to modify taints"))
}

/// What a kubelet may not do to a Pod.
fn foreign_pod(node: &str, act: Act<'_>, pod: &Pod) -> Option<String> {
    let own = pod.spec.node_name.as_deref() == Some(node);
    match act {
        Act::Create if pod.metadata.annotation(MIRROR).is_none() => Some(format!(
            "pod does not have {MIRROR:?} annotation, node {node:?} can only create mirror pods"
        )),
        Act::Create if !own => Some(format!(
            "node {node:?} can only create pods with spec.nodeName set to itself"
        )),
        Act::Update(Some("status"), _) if !own => Some(format!(
            "node {node:?} can only update pod status for pods with spec.nodeName set to itself"
        )),
        Act::Delete if !own => Some(format!(
            "node {node:?} can only delete pods with spec.nodeName set to itself"
        )),
        _ => None,
    }
}
