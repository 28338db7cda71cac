//! What is said when no node takes a Pod (`FitError`).

use super::cycle::{Decision, NodeVerdict};

use crate::sorted::SortedMap;

/// How many nodes are how (`3 Insufficient cpu, 1 node(s) had untolerated taint(s)`), in the order of the texts.
pub(super) fn histogram<'a>(reasons: impl Iterator<Item = &'a str>) -> String {
    let mut counts: SortedMap<&str, usize> = SortedMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    let mut said: Vec<String> = counts
        .into_iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    crate::sort::sort(&mut said);
    said.join(", ")
}

impl Decision {
    /// What the `FailedScheduling` event says; `preemption` is what came of trying to make room, empty if it succeeded.
    #[must_use]
    pub(super) fn fit_error(&self, preemption: &str) -> String {
        if self.nodes == 0 {
            return "no nodes available to schedule pods".to_owned();
        }
        let reasons = |verdict: &'_ NodeVerdict| -> Vec<String> {
            let refusal = verdict.refusal.as_ref().map(|(_, refusal)| &refusal.reasons);
            refusal.into_iter().flatten().map(ToString::to_string).collect()
        };
        // Nothing was prepared for the plugin for device claims, which speaks before preemption does: it finds nothing.
        if let Some(why) = &self.refused_at_once {
            return format!("0/{} nodes are available: {why}. not found", self.nodes);
        }
        let all: Vec<String> = self.verdicts.iter().flat_map(reasons).collect();
        let why = histogram(all.iter().map(String::as_str));
        let message = format!("0/{} nodes are available: {why}.", self.nodes);
        if preemption.is_empty() {
            return message;
        }
        format!("{message} no new claims to deallocate, preemption: {preemption}")
    }
}
