//! What the grader says.
use serde::{Deserialize, Serialize};

/// Where an exercise stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Goal by goal.
    pub goals: Vec<GoalReport>,
    /// Points of the goals met.
    pub earned: u32,
    /// What hints and solution have cost.
    pub cost: u32,
    /// `earned` less `cost`, never below 0.
    pub score: u32,
    /// The most that can be had.
    pub max: u32,
    /// Whether every goal is met.
    pub solved: bool,
    /// Mistakes recognised now.
    pub mistakes: Vec<MistakeReport>,
}

/// Where a goal stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalReport {
    /// The goal.
    pub id: String,
    /// Whether it is met.
    pub met: bool,
    /// Points it gives now.
    pub points: u32,
    /// Points it can give.
    pub max: u32,
    /// Why it is not met yet (Markdown).
    pub why: Option<String>,
    /// Whether it can no longer be met without starting again.
    pub lost: bool,
}

/// A mistake recognised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MistakeReport {
    /// The mistake.
    pub id: String,
    /// What to say (Markdown).
    pub say: String,
}
