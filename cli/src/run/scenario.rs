//! A console session: files and command lines.

use std::collections::BTreeMap;

use serde_json::Value;

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

/// The only document of a text: YAML 1.2, as the recorded files were written (`y` is a text there, not a truth value).
pub(super) fn one_document(text: &str) -> Result<Value, String> {
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
}

/// The text of a field, empty if there is none.
pub(super) fn text_of(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}
