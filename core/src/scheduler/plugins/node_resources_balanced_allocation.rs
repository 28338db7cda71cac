//! `NodeResourcesBalancedAllocation`: nodes whose CPU and memory would be used alike are preferred.

use crate::scheduler::framework::{MAX_NODE_SCORE, Plugin, PodState, Scoring};
use crate::scheduler::node_info::NodeInfo;

pub(super) struct NodeResourcesBalancedAllocation;

/// Fractions are counted in millionths: upstream's floats, without their differences between platforms.
const WHOLE: i64 = 1_000_000;

fn score(pod: &PodState<'_>, node: &NodeInfo) -> i64 {
    let fraction = |name: &str| {
        let capacity = node.allocatable.get(name);
        let requested = i128::from(node.requested.get(name) + pod.asked.requests.get(name));
        if capacity <= 0 {
            return None;
        }
        let part = requested * i128::from(WHOLE) / i128::from(capacity);
        Some(i64::try_from(part).unwrap_or(WHOLE).clamp(0, WHOLE))
    };
    match (fraction("cpu"), fraction("memory")) {
        // The standard deviation of two fractions is half their distance.
        (Some(cpu), Some(memory)) => (WHOLE - (cpu - memory).abs() / 2) * MAX_NODE_SCORE / WHOLE,
        _ => MAX_NODE_SCORE,
    }
}

impl Plugin for NodeResourcesBalancedAllocation {
    fn name(&self) -> &'static str {
        "NodeResourcesBalancedAllocation"
    }

    fn weight(&self) -> i64 {
        1
    }

    fn score(&self, pod: &PodState<'_>, scoring: &Scoring<'_>) -> Option<Vec<i64>> {
        // Pods that ask for nothing would all go to the most balanced node.
        let asks = ["cpu", "memory"]
            .iter()
            .any(|name| pod.asked.requests.get(name) > 0);
        asks.then(|| scoring.nodes.iter().map(|node| score(pod, node)).collect())
    }
}
