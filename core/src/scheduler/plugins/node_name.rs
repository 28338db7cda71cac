//! `NodeName`: a Pod that names its node goes there or nowhere.

use crate::api::Pod;
use crate::scheduler::framework::{ClusterEvent, Plugin, PodState, Refusal};
use crate::scheduler::node_info::NodeInfo;

pub(super) struct NodeName;

impl Plugin for NodeName {
    fn name(&self) -> &'static str {
        "NodeName"
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        match pod.pod.spec.node_name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) if name != node.node.name() => Err(Refusal::unresolvable(
                "node(s) didn't match the requested node name",
            )),
            _ => Ok(()),
        }
    }

    fn hint(&self, pod: &Pod, event: ClusterEvent<'_>) -> bool {
        matches!(event, ClusterEvent::NodeAdded(node) if pod.spec.node_name.as_deref() == Some(node.name()))
    }
}
