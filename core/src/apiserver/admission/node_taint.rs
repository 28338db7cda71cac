//! `TaintNodesByCondition`: a new node takes no Pods until it has been seen ready.

use crate::api::Node;
use crate::api::types::core::Taint;

const NOT_READY: &str = "node.kubernetes.io/not-ready";

/// Admits a new Node.
pub(super) fn admit(node: &mut Node) {
    let taints = node.spec_mut().taints.get_or_insert_default();
    let known = taints
        .iter()
        .any(|taint| taint.key == NOT_READY && taint.effect == "NoSchedule");
    if !known {
        taints.push(Taint {
            key: NOT_READY.to_owned(),
            effect: "NoSchedule".to_owned(),
            ..Taint::default()
        });
    }
}
