//! Goals: what an exercise asks for, in YAML, over `{state, history, commands, traffic}` and the answers given.
use super::{Amount, TrafficCheck, is_default};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something to reach, worth points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Identifier, unique in the exercise.
    pub id: String,
    /// The goal as read, in Markdown.
    pub text: String,
    /// What it is worth.
    pub points: u32,
    /// When it is met.
    pub check: Check,
    /// Goals that must be met too before this one counts. A goal such as "never fewer than two ready Pods" is true as long as nobody
    /// touches anything: it needs the goal that asks for the change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// What to say while it is not met, in Markdown, instead of what the lab finds by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A condition; exactly one of its keys is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Something that is so in the cluster now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<StateCheck>,
    /// Something about everything that happened since the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryCheck>,
    /// A command that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandCheck>,
    /// A question answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerCheck>,
    /// What the requests for a Service met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<TrafficCheck>,
    /// All of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<Vec<Check>>,
    /// At least one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub any: Option<Vec<Check>>,
    /// The contrary of this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<Check>>,
}

/// Objects that are there, and how they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StateCheck {
    /// The kind, as in a manifest (`Pod`, `Deployment`).
    pub kind: String,
    /// The namespace; `default` when left out, `*` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The object of this name; `*` stands for any characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The objects with these labels, as `kubectl -l` takes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// A partial object: counted are the selected objects that hold it.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub matches: Option<Value>,
    /// How many selected objects must match; at least one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Amount>,
    /// A partial object that every selected object must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Value>,
    /// Seconds of virtual time during which this must hold without a break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Amount>,
}

/// A property of the whole history; one of `happened`, `always`, `never`, `sequence`, with `after` if wished.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HistoryCheck {
    /// This was so at some moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened: Option<StateCheck>,
    /// This has been so ever since it was so for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub always: Option<StateCheck>,
    /// This was so at no moment; with `holds`, never for that long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never: Option<StateCheck>,
    /// These were so one after the other, in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<Vec<StateCheck>>,
    /// Look only from the first moment when this was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<StateCheck>,
}

/// A command of the learner's history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CommandCheck {
    /// Words that the command holds in this order, other words may stand between them: `kubectl scale`. In a word, `*` stands for any
    /// characters and `|` separates spellings: `deploy*|deployment*`. A list: any of these. The alias `k` counts as `kubectl`.
    pub used: OneOrMany,
    /// How it must have ended; `ok` when left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub exit: Exit,
    /// How many times; at least once when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Amount>,
}

/// One text or several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl OneOrMany {
    /// The texts.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Exit {
    /// With status 0.
    #[default]
    Ok,
    /// With another status.
    Failed,
    /// No matter.
    Any,
}

/// The right answer to a question. Each wrong answer before it halves the goal's points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AnswerCheck {
    /// The question's id.
    pub question: String,
    /// The wished choice; the right one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
}
