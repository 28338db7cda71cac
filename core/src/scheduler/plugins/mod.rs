//! The plugins of the default profile, one file each, in upstream's order.

mod image_locality;
pub(super) mod inter_pod_affinity;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources_balanced_allocation;
mod node_resources_fit;
mod node_unschedulable;
pub(super) mod pod_topology_spread;
mod taint_toleration;
pub(super) mod volume_binding;

use super::framework::Plugin;
use node_affinity::required_matches;

/// Every plugin, in the order in which they filter.
pub(super) fn all() -> &'static [&'static dyn Plugin] {
    &[
        &node_unschedulable::NodeUnschedulable,
        &node_name::NodeName,
        &taint_toleration::TaintToleration,
        &node_affinity::NodeAffinity,
        &node_ports::NodePorts,
        &node_resources_fit::NodeResourcesFit,
        &volume_binding::VolumeBinding,
        &pod_topology_spread::PodTopologySpread,
        &inter_pod_affinity::InterPodAffinity,
        &node_resources_balanced_allocation::NodeResourcesBalancedAllocation,
        &image_locality::ImageLocality,
    ]
}
