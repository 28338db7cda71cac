//! One scheduling cycle (`schedule_one.go`): filter, score, choose; and what is said when nothing remains.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::framework::{PodState, Refusal, RefusalKind};
use super::node_info::{PodRequests, Snapshot};
use super::plugins;
use crate::api::Pod;
use crate::sim::Rng;

/// What became of one node in a cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeVerdict {
    /// The node.
    pub node: String,
    /// The plugin that refused it, and why.
    pub refusal: Option<(String, Refusal)>,
    /// Each plugin's weighted score.
    pub scores: Vec<(String, i64)>,
}

impl NodeVerdict {
    /// The sum of its scores.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.scores.iter().map(|(_, score)| score).sum()
    }
}

/// The outcome of a cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The node that was chosen.
    pub chosen: Option<String>,
    /// Every node, by name.
    pub verdicts: Vec<NodeVerdict>,
}

impl Decision {
    /// What the `FailedScheduling` event says (`FitError.Error`).
    #[must_use]
    pub fn message(&self, pod: &Pod) -> String {
        let total = self.verdicts.len();
        if total == 0 {
            return "no nodes available to schedule pods".to_owned();
        }
        let refusals = || {
            self.verdicts
                .iter()
                .filter_map(|verdict| verdict.refusal.as_ref())
        };
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, refusal) in refusals() {
            for reason in &refusal.reasons {
                *counts.entry(reason).or_default() += 1;
            }
        }
        let mut reasons: Vec<String> = counts
            .into_iter()
            .map(|(reason, count)| format!("{count} {reason}"))
            .collect();
        crate::sort::sort(&mut reasons);
        // The plugin for device claims speaks before preemption does.
        let why = reasons.join(", ");
        let mut message = format!("0/{total} nodes are available: {why}. no new claims to deallocate,");
        if pod.spec.preemption_policy.as_deref() == Some("Never") {
            return format!("{message} preemption: not eligible due to preemptionPolicy=Never.");
        }
        let unresolvable = refusals()
            .filter(|(_, refusal)| refusal.kind == RefusalKind::Unresolvable)
            .count();
        let mut victims = Vec::new();
        let hopeless = total - unresolvable;
        if hopeless > 0 {
            victims.push(format!("{hopeless} No preemption victims found for incoming pod"));
        }
        if unresolvable > 0 {
            victims.push(format!("{unresolvable} Preemption is not helpful for scheduling"));
        }
        crate::sort::sort(&mut victims);
        message.push_str(&format!(
            " preemption: 0/{total} nodes are available: {}.",
            victims.join(", ")
        ));
        message
    }
}

/// Decides on a node for the Pod.
pub(super) fn decide(pod: &Pod, snapshot: Snapshot<'_>, rng: Rng, cycle: u64) -> Decision {
    let state = PodState {
        pod,
        asked: PodRequests::of(pod),
    };
    let mut verdicts = Vec::with_capacity(snapshot.nodes.len());
    for (name, info) in snapshot.nodes {
        let refusal = plugins::all().iter().find_map(|plugin| {
            plugin
                .filter(&state, info)
                .err()
                .map(|refusal| (plugin.name().to_owned(), refusal))
        });
        verdicts.push(NodeVerdict {
            node: name.clone(),
            refusal,
            scores: Vec::new(),
        });
    }
    score(&state, snapshot, &mut verdicts);
    let best = verdicts
        .iter()
        .filter(|verdict| verdict.refusal.is_none())
        .map(NodeVerdict::total)
        .max();
    let mut best: Vec<&str> = verdicts
        .iter()
        .filter(|verdict| verdict.refusal.is_none() && Some(verdict.total()) == best)
        .map(|verdict| verdict.node.as_str())
        .collect();
    // Equal nodes are drawn among, as `selectHost` does; in 64 bits everywhere, since wasm's usize has 32.
    let count = u64::try_from(best.len()).unwrap_or(u64::MAX).max(1);
    let drawn = usize::try_from(rng.draw("select-host", pod.uid(), cycle) % count).unwrap_or_default();
    let chosen = (!best.is_empty()).then(|| best.swap_remove(drawn).to_owned());
    Decision { chosen, verdicts }
}

fn score(state: &PodState<'_>, snapshot: Snapshot<'_>, verdicts: &mut [NodeVerdict]) {
    let fitting: Vec<usize> = verdicts
        .iter()
        .enumerate()
        .filter(|(_, verdict)| verdict.refusal.is_none())
        .map(|(index, _)| index)
        .collect();
    // A single node needs no score.
    if fitting.len() < 2 {
        return;
    }
    for plugin in plugins::all().iter().filter(|plugin| plugin.weight() > 0) {
        let mut scores: Vec<i64> = fitting
            .iter()
            .filter_map(|index| snapshot.nodes.get(&verdicts.get(*index)?.node))
            .map(|info| plugin.score(state, info))
            .collect();
        plugin.normalise(&mut scores);
        for (index, score) in fitting.iter().zip(scores) {
            if let Some(verdict) = verdicts.get_mut(*index) {
                verdict
                    .scores
                    .push((plugin.name().to_owned(), score * plugin.weight()));
            }
        }
    }
}
