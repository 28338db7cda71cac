//! `exercises/*.yaml`: one graded exercise.
use super::{Check, Goal, Start, Step, is_default};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One exercise. In every text, file, goal, hint and script, `{{name}}` stands for a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// Stable identifier, unique in the course. Marks refer to it: never change it.
    pub id: String,
    /// What sort of exercise this is.
    pub kind: Kind,
    /// Title, as read.
    pub title: String,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// What differs from one learner to the next, at equal difficulty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Param>,
    /// The situation, in Markdown: who needs what, and why it matters.
    pub situation: String,
    /// What the cluster and the work folder hold at the beginning.
    #[serde(default, skip_serializing_if = "is_default")]
    pub start: Start,
    /// Questions, for `predict` and `explain`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// What must be reached.
    pub goals: Vec<Goal>,
    /// Three hints, from a nudge to nearly the answer.
    pub hints: Vec<Hint>,
    /// What often goes wrong, how it is recognised and what to say then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mistakes: Vec<Mistake>,
    /// A solution that can be replayed, and its explanation.
    pub solution: Solution,
}

/// The sorts of exercises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Build it.
    Do,
    /// Something is broken: find it and mend it.
    Mend,
    /// Say what will happen, then run it and see.
    Predict,
    /// Meet a level of service over time.
    Measure,
    /// Choose the right cause.
    Explain,
}

/// The values that a parameter may take: a list (of texts, numbers, or of dictionaries whose entries go together and are read as
/// `{{name.entry}}`), or a range of whole numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Param {
    /// These values.
    List(Vec<Value>),
    /// Whole numbers from..=to.
    Range(Range),
}

/// Whole numbers, both ends included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// First.
    pub from: i64,
    /// Last.
    pub to: i64,
}

/// A question with choices of which exactly one is right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Identifier, unique in the exercise.
    pub id: String,
    /// The question, in Markdown.
    pub text: String,
    /// The choices.
    pub choices: Vec<Choice>,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Identifier, unique in the question.
    pub id: String,
    /// The choice, in Markdown.
    pub text: String,
    /// Whether this is the right one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub right: bool,
    /// What to say to who chooses it: why it is right, or what makes it tempting and wrong.
    pub say: String,
}

/// A hint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// The hint, in Markdown.
    pub text: String,
    /// Points that it costs.
    pub cost: u32,
}

/// A usual mistake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Mistake {
    /// Identifier, unique in the exercise.
    pub id: String,
    /// How it is recognised.
    pub when: Check,
    /// What to say, in Markdown.
    pub say: String,
    /// A script that makes it, so that `timonier lessons check` can prove that it is recognised.
    #[serde(default, rename = "try", skip_serializing_if = "Vec::is_empty")]
    pub attempt: Vec<Step>,
}

/// The solution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Solution {
    /// Points that reading it costs; half of the exercise's points when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<u32>,
    /// What to write and type.
    pub steps: Vec<Step>,
    /// Why it works, in Markdown.
    pub explanation: String,
}
