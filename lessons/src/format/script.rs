//! Scripts: what is typed, written and waited for. Start states, solutions and reproducers of mistakes are scripts, replayed on a real
//! cluster through the learner's own terminal.
use super::Amount;
use serde::{Deserialize, Serialize};

/// One step; exactly one of its keys is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// A command line typed in the terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// A file written in the editor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write: Option<Write>,
    /// Seconds of virtual time that pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Amount>,
    /// A question answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// A file written in the editor and saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// Its name in the work folder.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// An answer to a question of the exercise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The question's id.
    pub question: String,
    /// The choice's id.
    pub choice: String,
}
