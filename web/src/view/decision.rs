//! Why a Pod stands where it stands, or waits: what the scheduler thought of each node.

use serde::{Deserialize, Serialize};

/// What the scheduler decided about a Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The node it chose.
    pub chosen: Option<String>,
    /// What it said when it chose none.
    pub message: String,
    /// What it thought of each node it looked at, the best first.
    pub verdicts: Vec<Verdict>,
}

/// What the scheduler thought of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The node.
    pub node: String,
    /// Why the node was refused, if it was.
    pub refusal: Option<Refusal>,
    /// The sum of the weighted scores; 0 where a single node was left, which needs none.
    pub total: i64,
    /// Plugin, score of 100 and weight.
    pub scores: Vec<(String, i64, i64)>,
}

/// Why a node was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The plugin that refused.
    pub plugin: String,
    /// In Kubernetes' words.
    pub reason: String,
    /// In French.
    pub why: String,
}
