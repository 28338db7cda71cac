//! `NodeResourcesFit`: a node must have what the Pod asks for; the one with most left is preferred (`LeastAllocated`).

use std::borrow::Cow;

use crate::api::{Node, Pod};
use crate::scheduler::framework::{
    ClusterEvent, MAX_NODE_SCORE, Plugin, PodState, Refusal, RefusalKind, Scoring,
};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::resources::{Resources, pod_requests};

pub(super) struct NodeResourcesFit;

fn score(pod: &PodState<'_>, node: &NodeInfo) -> i64 {
    let (mut sum, mut counted) = (0, 0);
    for name in ["cpu", "memory"] {
        let capacity = node.allocatable.get(name);
        let requested = node.scoring_requested.get(name) + pod.asked.scoring.get(name);
        if capacity == 0 {
            continue;
        }
        counted += 1;
        if requested <= capacity {
            sum += (capacity - requested) * MAX_NODE_SCORE / capacity;
        }
    }
    if counted == 0 { 0 } else { sum / counted }
}

fn allocatable(node: &Node) -> Resources {
    Resources::of(node.status.allocatable.as_ref())
}

/// Whether an empty node of this size could take the Pod.
fn could_take(asked: &Resources, node: &Resources) -> bool {
    asked.amounts().all(|(name, amount)| amount <= node.get(name)) && node.get("pods") > 0
}

impl Plugin for NodeResourcesFit {
    fn name(&self) -> &'static str {
        "NodeResourcesFit"
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        let mut reasons: Vec<Cow<'static, str>> = Vec::new();
        let mut hopeless = false;
        let pods = i64::try_from(node.pod_count()).unwrap_or(i64::MAX);
        if pods + 1 > node.allocatable.get("pods") {
            reasons.push("Too many pods".into());
        }
        for (name, asked) in pod.asked.requests.amounts() {
            if asked > 0 && asked > node.allocatable.get(name) - node.requested.get(name) {
                reasons.push(format!("Insufficient {name}").into());
                hopeless |= asked > node.allocatable.get(name);
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

    fn score(&self, pod: &PodState<'_>, scoring: &Scoring<'_>) -> Option<Vec<i64>> {
        Some(scoring.nodes.iter().map(|node| score(pod, node)).collect())
    }

    fn hint(&self, pod: &Pod, event: ClusterEvent<'_>) -> bool {
        let asked = pod_requests(pod);
        match event {
            ClusterEvent::PodDeleted(other) => {
                // It had something of what is asked for; its place alone helps where there were too many Pods.
                let freed = pod_requests(other);
                asked.amounts().next().is_none()
                    || asked
                        .amounts()
                        .any(|(name, amount)| amount > 0 && freed.get(name) > 0)
            }
            ClusterEvent::PodUpdated(before, after) => {
                let (before, after) = (pod_requests(before), pod_requests(after));
                before
                    .amounts()
                    .any(|(name, amount)| asked.get(name) > 0 && amount > after.get(name))
            }
            ClusterEvent::NodeAdded(node) => could_take(&asked, &allocatable(node)),
            ClusterEvent::NodeUpdated(before, after) => {
                let (before, after) = (allocatable(before), allocatable(after));
                could_take(&asked, &after) && after.amounts().any(|(name, amount)| amount > before.get(name))
            }
            _ => false,
        }
    }
}
