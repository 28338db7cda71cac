//! `NodeUnschedulable`: cordoned nodes take no new Pods.

use crate::api::Pod;
use crate::api::taints::tolerates;
use crate::api::types::core::Taint;
use crate::scheduler::framework::{ClusterEvent, Plugin, PodState, Refusal};
use crate::scheduler::node_info::NodeInfo;

pub(super) struct NodeUnschedulable;

impl Plugin for NodeUnschedulable {
    fn name(&self) -> &'static str {
        "NodeUnschedulable"
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        if node.node.spec.unschedulable != Some(true) {
            return Ok(());
        }
        let taint = Taint {
            key: "node.kubernetes.io/unschedulable".to_owned(),
            effect: "NoSchedule".to_owned(),
            ..Taint::default()
        };
        let tolerations = pod.pod.spec.tolerations.as_deref().unwrap_or_default();
        if tolerations.iter().any(|toleration| tolerates(toleration, &taint)) {
            return Ok(());
        }
        Err(Refusal::unresolvable("node(s) were unschedulable"))
    }

    fn hint(&self, _: &Pod, event: ClusterEvent<'_>) -> bool {
        match event {
            ClusterEvent::NodeAdded(node) => node.spec.unschedulable != Some(true),
            ClusterEvent::NodeUpdated(before, after) => {
                before.spec.unschedulable == Some(true) && after.spec.unschedulable != Some(true)
            }
            _ => false,
        }
    }
}
