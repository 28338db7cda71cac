//! The scheduler's decision about a Pod, in the view's terms, with a word of French for each refusal.

use timonier_core::cluster::Cluster;
use timonier_core::scheduler::NodeVerdict;

use crate::view::decision::{Decision, Refusal, Verdict};
use crate::view::texts;

/// The decision, if it is still kept.
pub(in crate::engine) fn decision(cluster: &Cluster, namespace: &str, pod: &str) -> Option<Decision> {
    let found = cluster.scheduling_decision(namespace, pod)?;
    let mut verdicts: Vec<Verdict> = found.verdicts.iter().map(verdict).collect();
    timonier_core::sort::sort_by_key(&mut verdicts, |verdict| {
        let chosen = found.chosen.as_ref() == Some(&verdict.node);
        (!chosen, verdict.refusal.is_some(), -verdict.total)
    });
    Some(Decision {
        chosen: found.chosen.clone(),
        message: found.message.clone(),
        verdicts,
    })
}

fn verdict(found: &NodeVerdict) -> Verdict {
    let refusal = found.refusal.as_ref().map(|(plugin, refusal)| Refusal {
        plugin: plugin.to_string(),
        reason: refusal.reasons.join(", "),
        why: texts::refusal(plugin).to_owned(),
    });
    let scores = found.scores.iter();
    Verdict {
        node: found.node.clone(),
        refusal,
        total: found.total(),
        scores: scores
            .map(|score| (score.plugin.to_string(), score.score, score.weight))
            .collect(),
    }
}
