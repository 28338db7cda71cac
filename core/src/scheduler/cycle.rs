//! One scheduling cycle (`schedule_one.go`): filter, score, choose.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::framework::{PodState, Refusal, ScoreState, Scoring};
use super::node_info::{NodeInfo, Snapshot};
use super::{EXPLAINED_NODES, plugins};
use crate::api::Pod;
use crate::client::Cache;
use crate::sim::Rng;
use crate::sorted::SortedSet;

/// Below so many nodes all are looked at (`minFeasibleNodesToFind`).
const MIN_FEASIBLE_NODES: usize = 100;

/// What a plugin thought of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginScore {
    /// The plugin.
    pub plugin: Cow<'static, str>,
    /// Its score, between 0 and [`MAX_NODE_SCORE`](super::MAX_NODE_SCORE).
    pub score: i64,
    /// How much it counts.
    pub weight: i64,
}

/// What became of one node in a cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeVerdict {
    /// The node.
    pub node: String,
    /// The plugin that refused it, and why.
    pub refusal: Option<(Cow<'static, str>, Refusal)>,
    /// Each plugin's score.
    pub scores: Vec<PluginScore>,
}

impl NodeVerdict {
    /// The sum of its weighted scores.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.scores.iter().map(|score| score.score * score.weight).sum()
    }
}

/// The outcome of a cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The node that was chosen.
    pub chosen: Option<String>,
    /// How many nodes there are.
    pub nodes: usize,
    /// What was found before any node was looked at.
    pub refused_at_once: Option<String>,
    /// The nodes that were looked at, by name.
    pub verdicts: Vec<NodeVerdict>,
    /// The node on which other Pods give way, and they.
    pub preempts: Option<(String, Vec<String>)>,
    /// What was said about it, if the Pod was not placed.
    pub message: String,
}

impl Decision {
    /// The plugins that refused nodes.
    pub(super) fn refusing(&self) -> SortedSet<String> {
        let refusals = self
            .verdicts
            .iter()
            .filter_map(|verdict| verdict.refusal.as_ref());
        refusals.map(|(plugin, _)| plugin.to_string()).collect()
    }
}

/// What a cycle works with.
pub(super) struct Cycle<'a> {
    pub(super) nodes: Snapshot<'a>,
    pub(super) cache: &'a Cache,
    /// Pods that other Pods gave way for, and the nodes that are kept for them.
    pub(super) nominated: &'a [(String, Pod)],
    pub(super) rng: Rng,
    pub(super) number: u64,
}

/// Whether the node takes the Pod (`RunFilterPlugins`).
///
/// # Errors
///
/// The plugin that refuses it, and why.
pub(super) fn filter(state: &PodState<'_>, node: &NodeInfo) -> Result<(), (&'static str, Refusal)> {
    plugins::all().iter().try_for_each(|plugin| {
        let judged = plugin.filter(state, node);
        judged.map_err(|refusal| (plugin.name(), refusal))
    })
}

impl<'a> Cycle<'a> {
    /// Whether the node takes the Pod, also once the Pods that it is kept for are there
    /// (`RunFilterPluginsWithNominatedPods`).
    ///
    /// # Errors
    ///
    /// The plugin that refuses it, and why.
    pub(super) fn filter(
        &self,
        state: &PodState<'_>,
        node: &NodeInfo,
    ) -> Result<(), (&'static str, Refusal)> {
        let priority = |pod: &Pod| pod.spec.priority.unwrap_or(0);
        let mut kept = self.nominated.iter().filter(|(name, pod)| {
            name == node.node.name() && pod.uid() != state.pod.uid() && priority(pod) >= priority(state.pod)
        });
        let Some((_, first)) = kept.next() else {
            return filter(state, node);
        };
        let mut with = node.clone();
        with.add_pod(first);
        kept.for_each(|(_, pod)| with.add_pod(pod));
        filter(
            &PodState::new(state.pod, state.nodes.with(&with), state.cache),
            &with,
        )?;
        filter(state, node)
    }

    /// Decides on a node for the Pod.
    pub(super) fn decide(&self, pod: &'a Pod) -> Decision {
        let mut decision = Decision {
            nodes: self.nodes.count(),
            ..Decision::default()
        };
        if decision.nodes == 0 {
            return decision;
        }
        let state = PodState::new(pod, self.nodes, self.cache);
        let (only, by) = match pre_filter(&state) {
            Ok(only) => only,
            Err((plugin, refusal)) => {
                decision.refused_at_once = Some(refusal.reasons.join(", "));
                decision.verdicts = self.refuse_all(plugin, &refusal);
                return decision;
            }
        };
        let fitting = self.find_fitting(&state, &mut decision, (only.as_ref(), &by));
        let totals = score(&state, &fitting, &mut decision.verdicts);
        decision.chosen = self.choose(pod, &fitting, &totals);
        decision
    }

    fn refuse_all(&self, plugin: &'static str, refusal: &Refusal) -> Vec<NodeVerdict> {
        let refused = |info: &NodeInfo| NodeVerdict {
            node: info.node.name().to_owned(),
            refusal: Some((plugin.into(), refusal.clone())),
            scores: Vec::new(),
        };
        self.nodes.iter().map(refused).collect()
    }

    /// The nodes that take the Pod (`findNodesThatFitPod`): the one that is kept for it, or enough of all.
    fn find_fitting(
        &self,
        state: &PodState<'a>,
        decision: &mut Decision,
        (only, by): (Option<&SortedSet<String>>, &str),
    ) -> Vec<&'a NodeInfo> {
        let judge = |info: &NodeInfo| {
            let name = info.node.name();
            let judged = match only {
                Some(only) if !only.contains(name) => Err((
                    "NodeAffinity",
                    Refusal::unresolvable(format!("node(s) didn't satisfy plugin(s) {by}")),
                )),
                _ => self.filter(state, info),
            };
            // In a large cluster nobody is told of the nodes that would do.
            if judged.is_ok() && decision.nodes > EXPLAINED_NODES {
                return None;
            }
            Some(NodeVerdict {
                node: name.to_owned(),
                refusal: judged.err().map(|(plugin, refusal)| (plugin.into(), refusal)),
                scores: Vec::new(),
            })
        };
        let fits = |verdict: &Option<NodeVerdict>| {
            let refusal = verdict.as_ref().and_then(|verdict| verdict.refusal.as_ref());
            refusal.is_none()
        };
        let nominated = state
            .pod
            .status
            .nominated_node_name
            .as_deref()
            .unwrap_or_default();
        if let Some(info) = self.nodes.get(nominated) {
            let verdict = judge(info);
            if fits(&verdict) {
                decision.verdicts.extend(verdict);
                return vec![info];
            }
        }
        let wanted = feasible_nodes_to_find(decision.nodes);
        // Each cycle begins where the last one stopped, so that all nodes have their turn.
        let start = usize::try_from(self.number).unwrap_or(0).wrapping_mul(wanted) % decision.nodes;
        let start = if wanted < decision.nodes { start } else { 0 };
        let (mut fitting, mut verdicts) = (Vec::new(), Vec::new());
        let order = self.nodes.iter().skip(start).chain(self.nodes.iter().take(start));
        for info in order {
            let verdict = judge(info);
            if fits(&verdict) {
                fitting.push(info);
            }
            verdicts.extend(verdict);
            if fitting.len() >= wanted {
                break;
            }
        }
        decision.verdicts.append(&mut verdicts);
        fitting
    }

    /// The best node; among equal ones it is drawn (`selectHost`), in 64 bits everywhere, since wasm's usize has 32.
    fn choose(&self, pod: &Pod, fitting: &[&NodeInfo], totals: &[i64]) -> Option<String> {
        let most = totals.iter().max()?;
        let scored = fitting.iter().zip(totals);
        let best: Vec<_> = scored.filter(|(_, total)| *total == most).collect();
        let count = u64::try_from(best.len()).unwrap_or(u64::MAX).max(1);
        let drawn = self.rng.draw("select-host", pod.uid(), self.number) % count;
        let drawn = usize::try_from(drawn).unwrap_or_default();
        best.get(drawn).map(|(info, _)| info.node.name().to_owned())
    }
}

/// Enough nodes to choose among (`numFeasibleNodesToFind`).
fn feasible_nodes_to_find(all: usize) -> usize {
    if all < MIN_FEASIBLE_NODES {
        return all;
    }
    let percent = 50_usize.saturating_sub(all / 125).max(5);
    (all * percent / 100).max(MIN_FEASIBLE_NODES)
}

type Only = (Option<SortedSet<String>>, String);

/// The only nodes that come into question, and the plugins that say so.
fn pre_filter(state: &PodState<'_>) -> Result<Only, (&'static str, Refusal)> {
    let (mut only, mut by): (Option<SortedSet<String>>, Vec<&str>) = (None, Vec::new());
    for plugin in plugins::all() {
        let names = plugin
            .pre_filter(state)
            .map_err(|refusal| (plugin.name(), refusal))?;
        if let Some(names) = names {
            by.push(plugin.name());
            only = Some(match only {
                Some(before) => before.intersection(&names).cloned().collect(),
                None => names,
            });
        }
    }
    by.sort_unstable();
    Ok((only, format!("[{}]", by.join(" "))))
}

/// The weighed scores of the nodes that fit; each plugin's are noted in their verdicts, where there are some.
fn score<'a>(state: &PodState<'a>, fitting: &[&'a NodeInfo], verdicts: &mut [NodeVerdict]) -> Vec<i64> {
    let mut totals = vec![0; fitting.len()];
    // A single node needs no score.
    if fitting.len() < 2 {
        return totals;
    }
    let scoring = Scoring {
        nodes: fitting,
        state: ScoreState::new(state, fitting),
    };
    for plugin in plugins::all().iter().filter(|plugin| plugin.weight() > 0) {
        let Some(scores) = plugin.score(state, &scoring) else {
            continue;
        };
        for (total, score) in totals.iter_mut().zip(&scores) {
            *total += score * plugin.weight();
        }
        let fitting = verdicts.iter_mut().filter(|verdict| verdict.refusal.is_none());
        for (verdict, score) in fitting.zip(scores) {
            verdict.scores.push(PluginScore {
                plugin: plugin.name().into(),
                score,
                weight: plugin.weight(),
            });
        }
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_clusters_are_sampled() {
        for (all, expected) in [
            (4, 4),
            (99, 99),
            (100, 100),
            (150, 100),
            (1_000, 420),
            (5_000, 500),
            (6_000, 300),
        ] {
            assert_eq!(feasible_nodes_to_find(all), expected, "{all}");
        }
    }
}
