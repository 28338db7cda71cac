//! `TaintToleration`: nodes with taints that the Pod does not tolerate are refused, or preferred less.

use crate::api::scheduling::has_untolerated_taint;
use crate::api::taints::tolerates;
use crate::api::types::core::{Taint, Toleration};
use crate::api::{Node, Pod};
use crate::scheduler::framework::{ClusterEvent, Plugin, PodState, Refusal, Scoring, normalise_by_largest};
use crate::scheduler::node_info::NodeInfo;

pub(super) struct TaintToleration;

/// Whether the Pod tolerates every taint of the node that keeps Pods away.
pub(super) fn tolerates_node(pod: &Pod, node: &Node) -> bool {
    let tolerations = pod.spec.tolerations.as_deref().unwrap_or_default();
    !has_untolerated_taint(node, tolerations, &["NoSchedule", "NoExecute"])
}

impl Plugin for TaintToleration {
    fn name(&self) -> &'static str {
        "TaintToleration"
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        if tolerates_node(pod.pod, &node.node) {
            return Ok(());
        }
        Err(Refusal::unresolvable("node(s) had untolerated taint(s)"))
    }

    fn weight(&self) -> i64 {
        3
    }

    fn score(&self, pod: &PodState<'_>, scoring: &Scoring<'_>) -> Option<Vec<i64>> {
        let tolerations = pod.pod.spec.tolerations.as_deref().unwrap_or_default();
        let applies = |toleration: &&Toleration| {
            toleration
                .effect
                .as_deref()
                .is_none_or(|effect| effect.is_empty() || effect == "PreferNoSchedule")
        };
        let tolerated = |taint: &Taint| {
            let mut able = tolerations.iter().filter(applies);
            able.any(|toleration| tolerates(toleration, taint))
        };
        let of = |node: &&NodeInfo| {
            let taints = node.node.spec.taints.iter().flatten();
            let intolerable = taints
                .filter(|taint| taint.effect == "PreferNoSchedule" && !tolerated(taint))
                .count();
            i64::try_from(intolerable).unwrap_or(i64::MAX)
        };
        let mut scores: Vec<i64> = scoring.nodes.iter().map(of).collect();
        normalise_by_largest(&mut scores, true);
        Some(scores)
    }

    fn hint(&self, pod: &Pod, event: ClusterEvent<'_>) -> bool {
        match event {
            ClusterEvent::NodeAdded(node) => tolerates_node(pod, node),
            ClusterEvent::NodeUpdated(before, after) => {
                tolerates_node(pod, after) && !tolerates_node(pod, before)
            }
            _ => false,
        }
    }
}
