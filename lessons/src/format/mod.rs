//! The lesson format: plain data, one folder per lesson. Every type here is what an author writes; nothing is computed.
//! Numbers that a parameter may give (`replicas: "{{n}}"`) are [`Amount`]s, partial objects are JSON values; everything else is typed,
//! so that a wrong key is refused where it stands.
mod exercise;
mod goal;
mod lesson;
mod script;
mod traffic;

pub use exercise::{Choice, Exercise, Hint, Kind, Mistake, Param, Question, Range, Solution};
pub use goal::{AnswerCheck, Check, CommandCheck, Exit, Goal, HistoryCheck, OneOrMany, StateCheck};
pub use lesson::{Cni, Given, Lesson, Link, Start, Topology};
pub use script::{Answer, Step, Write};
pub use traffic::{Bursts, From, Latency, Load, Share, TrafficCheck};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of the format that this engine reads (`format: 1`).
pub const FORMAT: u32 = 1;

/// A number, or a text that says which numbers will do: `3`, `"3"`, `">=2"`, `"<128Mi"`, `"!=0"`, or a parameter `"{{replicas}}"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Amount(#[cfg_attr(feature = "schema", schemars(with = "AmountSchema"))] pub Value);

#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum AmountSchema {
    Number(i64),
    Text(String),
}

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
