//! What a session printed, in the format of the recorded ones.

use std::fmt::Write as _;

use serde_json::{Value, json};
use timonier_core::manifest::print::to_yaml;

use super::scenario::{one_document, text_of};

/// What a session printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// What it shows.
    pub title: String,
    /// Its recorded steps.
    pub steps: Vec<Entry>,
}

/// One command line and what it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The command line.
    pub run: String,
    /// When it began, in seconds since the first step.
    pub at: f64,
    /// How long it took, in seconds.
    pub took: f64,
    /// The exit status.
    pub exit: i64,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Transcript {
    /// Reads a transcript.
    ///
    /// # Errors
    ///
    /// When it is no YAML, or not of the transcripts' form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value = one_document(text)?;
        let number = |step: &Value, field: &str| step.get(field).and_then(Value::as_f64).unwrap_or(0.0);
        let steps = value
            .get("steps")
            .and_then(Value::as_array)
            .ok_or("no steps")?
            .iter()
            .map(|step| Entry {
                run: text_of(step, "run"),
                at: number(step, "at"),
                took: number(step, "took"),
                exit: step.get("exit").and_then(Value::as_i64).unwrap_or(0),
                stdout: text_of(step, "stdout"),
                stderr: text_of(step, "stderr"),
            })
            .collect();
        Ok(Self {
            title: text_of(&value, "title"),
            steps,
        })
    }

    /// The transcript as YAML.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut out = to_yaml(&json!({ "title": self.title }));
        out.push_str(if self.steps.is_empty() {
            "steps: []\n"
        } else {
            "steps:\n"
        });
        for step in &self.steps {
            push(&mut out, "- ", "run", &step.run);
            let seconds = |value: f64| (value * 100.0).round() / 100.0;
            // Writing to a String cannot fail.
            let _ = writeln!(out, "  at: {:?}", seconds(step.at));
            let _ = writeln!(out, "  took: {:?}", seconds(step.took));
            let _ = writeln!(out, "  exit: {}", step.exit);
            push(&mut out, "  ", "stdout", &step.stdout);
            push(&mut out, "  ", "stderr", &step.stderr);
        }
        out
    }
}

/// A field whose further lines are indented as the first.
fn push(out: &mut String, first: &str, name: &str, value: &str) {
    let mut field = serde_json::Map::new();
    field.insert(name.to_owned(), value.into());
    for (index, line) in to_yaml(&Value::Object(field)).lines().enumerate() {
        if !line.is_empty() {
            out.push_str(if index == 0 { first } else { "  " });
            out.push_str(line);
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcripts_are_read_as_they_are_written() {
        let step = |stdout: &str| Entry {
            run: "kubectl get pods -o jsonpath='{.x}' | tail -n +4".to_owned(),
            at: 1.25,
            took: 0.06,
            exit: 1,
            stdout: stdout.to_owned(),
            stderr: String::new(),
        };
        let transcript = Transcript {
            title: "A: title".to_owned(),
            steps: vec![
                step("a\nb\n"),
                step("nginx"),
                step("\tx \n\n  y\n"),
                step("a\n\n"),
            ],
        };
        assert_eq!(Transcript::parse(&transcript.to_yaml()), Ok(transcript));
    }
}
