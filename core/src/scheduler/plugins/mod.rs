//! The plugins of the default profile, one file each, in upstream's order.

mod balanced_allocation;
mod image_locality;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources_fit;
mod node_unschedulable;
mod taint_toleration;

use super::framework::Plugin;

/// Every plugin, in the order in which they filter.
pub(super) fn all() -> &'static [&'static dyn Plugin] {
    &[
        &node_unschedulable::NodeUnschedulable,
        &node_name::NodeName,
        &taint_toleration::TaintToleration,
        &node_affinity::NodeAffinity,
        &node_ports::NodePorts,
        &node_resources_fit::NodeResourcesFit,
        &balanced_allocation::NodeResourcesBalancedAllocation,
        &image_locality::ImageLocality,
    ]
}
