//! The plugin framework (`pkg/scheduler/framework`): a plugin filters nodes, scores them, or both, and says which changes
//! may make a Pod fit that it refused.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::node_info::{NodeInfo, PodRequests, Snapshot};
use super::plugins::{inter_pod_affinity, pod_topology_spread};
use crate::api::{AnyObject, Node, Pod};
use crate::client::Cache;
use crate::sorted::SortedSet;

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
    pub reasons: Vec<Cow<'static, str>>,
}

impl Refusal {
    pub(super) fn unschedulable(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: RefusalKind::Unschedulable,
            reasons: vec![reason.into()],
        }
    }

    pub(super) fn unresolvable(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: RefusalKind::Unresolvable,
            reasons: vec![reason.into()],
        }
    }
}

/// The Pod of a cycle, with what was computed once about it and the nodes (`CycleState`).
pub struct PodState<'a> {
    /// The Pod.
    pub pod: &'a Pod,
    /// The nodes.
    pub nodes: Snapshot<'a>,
    /// What the scheduler knows of other objects.
    pub cache: &'a Cache,
    pub(super) asked: PodRequests,
    pub(super) spread: pod_topology_spread::Hard,
    pub(super) affinity: inter_pod_affinity::Required,
}

impl<'a> PodState<'a> {
    /// What filtering needs (`PreFilter`).
    pub(super) fn new(pod: &'a Pod, nodes: Snapshot<'a>, cache: &'a Cache) -> Self {
        Self {
            pod,
            nodes,
            cache,
            asked: PodRequests::of(pod),
            spread: pod_topology_spread::Hard::of(pod, nodes),
            affinity: inter_pod_affinity::Required::of(pod, nodes, cache),
        }
    }
}

/// What scoring needs besides (`PreScore`).
pub(super) struct ScoreState<'a> {
    pub(super) spread: pod_topology_spread::Soft<'a>,
    pub(super) affinity: inter_pod_affinity::Preferred,
}

impl<'a> ScoreState<'a> {
    pub(super) fn new(state: &PodState<'a>, fitting: &[&'a NodeInfo]) -> Self {
        Self {
            spread: pod_topology_spread::Soft::of(state, fitting),
            affinity: inter_pod_affinity::Preferred::of(state),
        }
    }
}

/// A change that may make a Pod fit.
#[derive(Clone, Copy, Debug)]
pub enum ClusterEvent<'a> {
    /// A node appeared.
    NodeAdded(&'a Node),
    /// A node changed.
    NodeUpdated(&'a Node, &'a Node),
    /// A node is gone.
    NodeDeleted(&'a Node),
    /// A Pod is on a node.
    PodAdded(&'a Pod),
    /// A Pod on a node changed.
    PodUpdated(&'a Pod, &'a Pod),
    /// A Pod left its node.
    PodDeleted(&'a Pod),
    /// Another object was written: a claim, a volume, a Service.
    Changed(&'a AnyObject),
}

/// A plugin of the default profile.
pub trait Plugin: Sync {
    /// Its name (`NodeResourcesFit`).
    fn name(&self) -> &'static str;

    /// Looks at the Pod before any node (`PreFilter`), and answers the only nodes that come into question, if it knows.
    ///
    /// # Errors
    ///
    /// Why no node can take the Pod.
    fn pre_filter(&self, _pod: &PodState<'_>) -> Result<Option<SortedSet<String>>, Refusal> {
        Ok(None)
    }

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

    /// Its scores of the nodes, between 0 and [`MAX_NODE_SCORE`]; `None` if it has nothing to say about the Pod.
    fn score(&self, _pod: &PodState<'_>, _score: &Scoring<'_>) -> Option<Vec<i64>> {
        None
    }

    /// Whether a change may make the Pod, which it refused, fit (`QueueingHintFn`).
    fn hint(&self, _pod: &Pod, _event: ClusterEvent<'_>) -> bool {
        false
    }
}

/// The nodes to score, with what was computed for it.
pub struct Scoring<'a> {
    /// The nodes that fit.
    pub nodes: &'a [&'a NodeInfo],
    pub(super) state: ScoreState<'a>,
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
