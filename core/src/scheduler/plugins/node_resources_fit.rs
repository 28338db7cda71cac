//! `NodeResourcesFit`: a node must have what the Pod asks for; the one with most left is preferred (`LeastAllocated`).

use crate::scheduler::framework::{MAX_NODE_SCORE, Plugin, PodState, Refusal, RefusalKind};
use crate::scheduler::node_info::NodeInfo;

pub(super) struct NodeResourcesFit;

impl Plugin for NodeResourcesFit {
    fn name(&self) -> &'static str {
        "NodeResourcesFit"
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        let mut reasons = Vec::new();
        let mut hopeless = false;
        let pods = i64::try_from(node.pod_count()).unwrap_or(i64::MAX);
        if pods + 1 > node.allocatable.get("pods") {
            reasons.push("Too many pods".to_owned());
        }
        for (name, asked) in &pod.asked.requests.0 {
            if *asked > 0 && *asked > node.allocatable.get(name) - node.requested.get(name) {
                reasons.push(format!("Insufficient {name}"));
                hopeless |= *asked > node.allocatable.get(name);
            }
        }
        if reasons.is_empty() {
            return Ok(());
        }
        let kind = if hopeless {
            RefusalKind::Unresolvable
        } else {
            RefusalKind::Unschedulable
        };
        Err(Refusal { kind, reasons })
    }

    fn weight(&self) -> i64 {
        1
    }

    fn score(&self, pod: &PodState<'_>, node: &NodeInfo) -> i64 {
        let mut sum = 0;
        for name in ["cpu", "memory"] {
            let capacity = node.allocatable.get(name);
            let requested = node.scoring_requested.get(name) + pod.asked.scoring.get(name);
            if capacity > 0 && requested <= capacity {
                sum += (capacity - requested) * MAX_NODE_SCORE / capacity;
            }
        }
        sum / 2
    }
}
