//! Steps that do not match yet, and why.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use timonier_core::manifest;
use timonier_core::manifest::print::to_yaml;

/// What a step is listed with when nobody has said why.
const UNEXPLAINED: &str = "not looked into yet";

/// The list: scenario, then step number, then command and reason.
pub struct Known {
    scenarios: BTreeMap<String, BTreeMap<usize, (String, String)>>,
}

impl Known {
    pub fn parse(text: &str) -> Self {
        let document = match manifest::parse(text).into_iter().next() {
            Some(Ok(document)) => document.value,
            Some(Err(problem)) => panic!("known_failures.yaml: {}", problem.message),
            None => json!({}),
        };
        let mut scenarios = BTreeMap::new();
        for (name, steps) in document.as_object().into_iter().flatten() {
            let mut listed = BTreeMap::new();
            for step in steps.as_array().into_iter().flatten() {
                let number = step
                    .get("step")
                    .and_then(Value::as_u64)
                    .expect("a step has a number");
                let text = |field: &str| {
                    step.get(field)
                        .and_then(Value::as_str)
                        .expect("a text")
                        .to_owned()
                };
                let number = usize::try_from(number).expect("a small number");
                listed.insert(number, (text("run"), text("reason")));
            }
            scenarios.insert(name.clone(), listed);
        }
        Self { scenarios }
    }

    /// What is wrong: a step that fails and is not listed, one that is listed and passes, one that is listed under
    /// another command.
    pub fn check(&self, name: &str, commands: &[&str], verdicts: &[bool]) -> Vec<String> {
        let empty = BTreeMap::new();
        let listed = self.scenarios.get(name).unwrap_or(&empty);
        let mut wrong = Vec::new();
        for (index, matched) in verdicts.iter().enumerate() {
            let (number, command) = (index + 1, commands[index]);
            match (matched, listed.get(&number)) {
                (true, Some(_)) => wrong.push(format!(
                    "{name} step {number} passes now, take it off the list: {command}"
                )),
                (false, None) => wrong.push(format!("{name} step {number} fails: {command}")),
                (false, Some((listed, _))) if listed != command => {
                    wrong.push(format!(
                        "{name} step {number} is `{command}`, but the list says `{listed}`"
                    ));
                }
                _ => {}
            }
        }
        wrong.extend(
            listed
                .keys()
                .filter(|number| **number == 0 || **number > verdicts.len())
                .map(|number| format!("{name} has no step {number}")),
        );
        wrong
    }

    /// Lists what fails and nothing else, and keeps the reasons.
    pub fn learn(&mut self, name: &str, commands: &[&str], verdicts: &[bool]) {
        let before = self.scenarios.remove(name).unwrap_or_default();
        let mut listed = BTreeMap::new();
        for (index, matched) in verdicts.iter().enumerate() {
            if !matched {
                let reason = before.get(&(index + 1)).map_or(UNEXPLAINED, |(_, reason)| reason);
                listed.insert(index + 1, (commands[index].to_owned(), reason.to_owned()));
            }
        }
        if !listed.is_empty() {
            self.scenarios.insert(name.to_owned(), listed);
        }
    }

    pub fn to_yaml(&self) -> String {
        let scenarios: Map<String, Value> = self
            .scenarios
            .iter()
            .map(|(name, steps)| {
                let steps: Vec<Value> = steps
                    .iter()
                    .map(|(number, (run, reason))| json!({"step": number, "run": run, "reason": reason}))
                    .collect();
                (name.clone(), Value::Array(steps))
            })
            .collect();
        to_yaml(&Value::Object(scenarios))
    }
}
