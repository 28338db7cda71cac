//! `NodePorts`: a port of a node is given once.

use crate::api::Pod;
use crate::scheduler::framework::{ClusterEvent, Plugin, PodState, Refusal};
use crate::scheduler::node_info::{NodeInfo, host_ports};

pub(super) struct NodePorts;

impl Plugin for NodePorts {
    fn name(&self) -> &'static str {
        "NodePorts"
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        if node.uses_one_of(&host_ports(pod.pod)) {
            return Err(Refusal::unschedulable(
                "node(s) didn't have free ports for the requested pod ports",
            ));
        }
        Ok(())
    }

    fn hint(&self, pod: &Pod, event: ClusterEvent<'_>) -> bool {
        match event {
            ClusterEvent::NodeAdded(_) => true,
            ClusterEvent::PodDeleted(other) => {
                let freed = host_ports(other);
                host_ports(pod)
                    .iter()
                    .any(|port| freed.iter().any(|freed| port.conflicts(freed)))
            }
            _ => false,
        }
    }
}
