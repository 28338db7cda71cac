//! A console session: files and command lines.

use std::collections::BTreeMap;

use serde_json::Value;
use timonier_core::manifest::{self, Node, NodeData};

/// A session to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// What it shows.
    pub title: String,
    /// Files of the work folder, by name.
    pub files: BTreeMap<String, String>,
    /// The command lines.
    pub steps: Vec<Step>,
}

/// One command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is recorded.
    Run(String),
    /// It lets things settle.
    Wait(String),
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    ///
    /// When it is no YAML, or not of the scenarios' form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value = one_document(text)?;
        let files = value
            .get("files")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, content)| (name.clone(), content.as_str().unwrap_or_default().to_owned()))
            .collect();
        let steps: Result<Vec<Step>, String> = value
            .get("steps")
            .and_then(Value::as_array)
            .ok_or("no steps")?
            .iter()
            .map(|step| match (step, step.get("wait").and_then(Value::as_str)) {
                (Value::String(line), _) => Ok(Step::Run(line.clone())),
                (_, Some(line)) => Ok(Step::Wait(line.to_owned())),
                _ => Err(format!("a step is a command line or `wait:` and one, not {step}")),
            })
            .collect();
        Ok(Self {
            title: text_of(&value, "title"),
            files,
            steps: steps?,
        })
    }
}

/// The only document of a text. A bare `y` or `n` is a text: what recorded the sessions wrote YAML 1.2.
pub(super) fn one_document(text: &str) -> Result<Value, String> {
    match manifest::parse(text).into_iter().next() {
        Some(Ok(document)) => Ok(value_of(&document.root, text)),
        Some(Err(problem)) => Err(problem.message),
        None => Err("empty".to_owned()),
    }
}

fn value_of(node: &Node, text: &str) -> Value {
    match &node.data {
        NodeData::Sequence(items) => items.iter().map(|item| value_of(item, text)).collect(),
        NodeData::Mapping(entries) => entries
            .iter()
            .map(|entry| (entry.key.clone(), value_of(&entry.value, text)))
            .collect(),
        NodeData::Scalar(Value::Bool(_)) if node.span.slice(text).len() == 1 => node.span.slice(text).into(),
        NodeData::Scalar(value) => value.clone(),
    }
}

/// The text of a field, empty if there is none.
pub(super) fn text_of(value: &Value, field: &str) -> String {
    value
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
