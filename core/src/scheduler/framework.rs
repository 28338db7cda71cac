//! The plugin framework (`pkg/scheduler/framework`): a plugin filters nodes, scores them, or both.

use serde::{Deserialize, Serialize};

use super::node_info::{NodeInfo, PodRequests};
use crate::api::Pod;

/// The best score a plugin gives.
pub const MAX_NODE_SCORE: i64 = 100;

/// Whether evicting other Pods could help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefusalKind {
    /// It could.
    Unschedulable,
    /// It could not.
    Unresolvable,
}

/// Why a node does not take a Pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Whether evicting other Pods could help.
    pub kind: RefusalKind,
    /// Each reason, in upstream's words (`Insufficient cpu`).
    pub reasons: Vec<String>,
}

impl Refusal {
    pub(super) fn unschedulable(reason: impl Into<String>) -> Self {
        Self {
            kind: RefusalKind::Unschedulable,
            reasons: vec![reason.into()],
        }
    }

    pub(super) fn unresolvable(reason: impl Into<String>) -> Self {
        Self {
            kind: RefusalKind::Unresolvable,
            reasons: vec![reason.into()],
        }
    }
}

/// The Pod of a cycle, with what was computed once about it.
pub struct PodState<'a> {
    /// The Pod.
    pub pod: &'a Pod,
    pub(super) asked: PodRequests,
}

/// A plugin of the default profile.
pub trait Plugin: Sync {
    /// Its name (`NodeResourcesFit`).
    fn name(&self) -> &'static str;

    /// Whether the node can take the Pod.
    ///
    /// # Errors
    ///
    /// Why it cannot.
    fn filter(&self, _pod: &PodState<'_>, _node: &NodeInfo) -> Result<(), Refusal> {
        Ok(())
    }

    /// How much its scores count; 0 if it gives none.
    fn weight(&self) -> i64 {
        0
    }

    /// How well the node suits the Pod.
    fn score(&self, _pod: &PodState<'_>, _node: &NodeInfo) -> i64 {
        0
    }

    /// Brings the scores of all nodes between 0 and [`MAX_NODE_SCORE`].
    fn normalise(&self, _scores: &mut [i64]) {}
}

/// Scales scores so that the largest becomes [`MAX_NODE_SCORE`], reversed if less is better (`DefaultNormalizeScore`).
pub(super) fn normalise_by_largest(scores: &mut [i64], reverse: bool) {
    let largest = scores.iter().copied().max().unwrap_or(0);
    for score in scores.iter_mut() {
        let scaled = if largest == 0 {
            0
        } else {
            *score * MAX_NODE_SCORE / largest
        };
        *score = if reverse { MAX_NODE_SCORE - scaled } else { scaled };
    }
}
