//! From a node's conditions to its taints (`doNoScheduleTaintingPass`, `processTaintBaseEviction`).

use crate::api::meta::meta_time;
use crate::api::types::core::Taint;
use crate::api::{Key, Kind, Node, StatusError};
use crate::apiserver::User;
use crate::client::{Client, Env};

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The condition, its status, and the taint that it makes (`nodeConditionToTaintKeyStatusMap`).
const BY_CONDITION: [(&str, &str, &str); 6] = [
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    (
        "NetworkUnavailable",
        "True",
        "node.kubernetes.io/network-unavailable",
    ),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];

/// The keys of the `NoSchedule` taints that a node should have.
fn wanted(node: &Node) -> Vec<&'static str> {
    let holds = |type_: &str, status: &str| {
        let mut conditions = node.status.conditions.iter().flatten();
        conditions.any(|condition| condition.type_ == type_ && condition.status == status)
    };
    let by_condition = BY_CONDITION
        .iter()
        .filter(|(type_, status, _)| holds(type_, status))
        .map(|(_, _, key)| *key);
    let mut keys: Vec<_> = by_condition.collect();
    if node.spec.unschedulable == Some(true) {
        keys.push(UNSCHEDULABLE);
    }
    keys
}

fn is_managed(taint: &Taint) -> bool {
    taint.effect == "NoSchedule"
        && (taint.key == UNSCHEDULABLE || BY_CONDITION.iter().any(|(_, _, key)| *key == taint.key))
}

/// Whether its `NoSchedule` taints are not those of its conditions.
pub(super) fn needs_no_schedule(node: &Node) -> bool {
    let wanted = wanted(node);
    let has: Vec<&str> = node
        .spec
        .taints
        .iter()
        .flatten()
        .filter(|taint| is_managed(taint))
        .map(|taint| taint.key.as_str())
        .collect();
    has.len() != wanted.len() || !wanted.iter().all(|key| has.contains(key))
}

/// Gives a node the `NoSchedule` taints of its conditions.
pub(super) fn no_schedule(env: &mut Env<'_>, user: &User, node: &Node) -> Result<(), StatusError> {
    let wanted = wanted(node);
    change(env, user, node, "NoSchedule", &wanted, is_managed)
}

/// The `NoExecute` taint of a node whose `Ready` condition has this status.
pub(super) fn no_execute_wanted(ready: &str) -> Option<&'static str> {
    match ready {
        "True" => None,
        "False" => Some(NOT_READY),
        _ => Some(UNREACHABLE),
    }
}

fn is_no_execute(taint: &Taint) -> bool {
    taint.effect == "NoExecute" && (taint.key == NOT_READY || taint.key == UNREACHABLE)
}

/// Whether it has this `NoExecute` taint.
pub(super) fn has_no_execute(node: &Node, key: &str) -> bool {
    let mut taints = node.spec.taints.iter().flatten();
    taints.any(|taint| is_no_execute(taint) && taint.key == key)
}

/// Whether it has one of these `NoExecute` taints.
pub(super) fn has_any_no_execute(node: &Node) -> bool {
    node.spec.taints.iter().flatten().any(is_no_execute)
}

/// Gives a node this `NoExecute` taint, or none.
pub(super) fn no_execute(
    env: &mut Env<'_>,
    user: &User,
    node: &Node,
    wanted: Option<&'static str>,
) -> Result<(), StatusError> {
    if wanted.is_none() && !has_any_no_execute(node) {
        return Ok(());
    }
    change(env, user, node, "NoExecute", wanted.as_slice(), is_no_execute)
}

/// Makes the taints that `managed` accepts be these.
fn change(
    env: &mut Env<'_>,
    user: &User,
    node: &Node,
    effect: &str,
    wanted: &[&str],
    managed: fn(&Taint) -> bool,
) -> Result<(), StatusError> {
    let now = meta_time(env.sim.now);
    let key = Key::new(Kind::Node, "", node.name());
    let written = Client::new(env, user).modify(&key, None, |object| {
        let Some(node) = object.get_mut::<Node>() else {
            return;
        };
        let mut taints = node.spec.taints.clone().unwrap_or_default();
        taints.retain(|taint| !managed(taint) || wanted.contains(&taint.key.as_str()));
        for key in wanted {
            if !taints.iter().any(|taint| managed(taint) && taint.key == *key) {
                taints.push(Taint {
                    key: (*key).to_owned(),
                    effect: effect.to_owned(),
                    time_added: Some(now.clone()),
                    value: None,
                });
            }
        }
        node.spec_mut().taints = Some(taints).filter(|taints| !taints.is_empty());
    });
    match written {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}
