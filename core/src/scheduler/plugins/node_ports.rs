//! `NodePorts`: a port of a node is given once.

use crate::scheduler::framework::{Plugin, PodState, Refusal};
use crate::scheduler::node_info::NodeInfo;

pub(super) struct NodePorts;

impl Plugin for NodePorts {
    fn name(&self) -> &'static str {
        "NodePorts"
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        let ports = pod
            .pod
            .spec
            .containers
            .iter()
            .flat_map(|container| container.ports.iter().flatten());
        let mut wanted =
            ports.filter_map(|port| Some((port.protocol.as_deref().unwrap_or("TCP"), port.host_port?)));
        if wanted.any(|(protocol, port)| port != 0 && node.uses_host_port(protocol, port)) {
            return Err(Refusal::unschedulable(
                "node(s) didn't have free ports for the requested pod ports",
            ));
        }
        Ok(())
    }
}
