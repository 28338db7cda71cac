//! `TaintToleration`: nodes with taints that the Pod does not tolerate are refused, or preferred less.

use crate::api::taints::tolerates;
use crate::api::types::core::Toleration;
use crate::scheduler::framework::{Plugin, PodState, Refusal, normalise_by_largest};
use crate::scheduler::node_info::NodeInfo;

pub(super) struct TaintToleration;

impl Plugin for TaintToleration {
    fn name(&self) -> &'static str {
        "TaintToleration"
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        let tolerations = pod.pod.spec.tolerations.as_deref().unwrap_or_default();
        let untolerated = node
            .node
            .spec
            .taints
            .iter()
            .flatten()
            .filter(|taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute"))
            .find(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint)));
        match untolerated {
            None => Ok(()),
            Some(_) => Err(Refusal::unresolvable("node(s) had untolerated taint(s)")),
        }
    }

    fn weight(&self) -> i64 {
        3
    }

    fn score(&self, pod: &PodState<'_>, node: &NodeInfo) -> i64 {
        let tolerations = pod.pod.spec.tolerations.as_deref().unwrap_or_default();
        let applies = |toleration: &&Toleration| {
            toleration
                .effect
                .as_deref()
                .is_none_or(|effect| effect.is_empty() || effect == "PreferNoSchedule")
        };
        let intolerable = node
            .node
            .spec
            .taints
            .iter()
            .flatten()
            .filter(|taint| taint.effect == "PreferNoSchedule")
            .filter(|taint| {
                !tolerations
                    .iter()
                    .filter(applies)
                    .any(|toleration| tolerates(toleration, taint))
            })
            .count();
        i64::try_from(intolerable).unwrap_or(i64::MAX)
    }

    fn normalise(&self, scores: &mut [i64]) {
        normalise_by_largest(scores, true);
    }
}
