//! What a server does, as the image catalogue describes it: `entrypoint` in `core/assets/images`. The README there says what each key
//! means; a text in it may hold `${NAME:-default}`, which stands for a variable of the container.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sh::Files;

/// What a server does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "keys of a file")]
pub struct ServerSpec {
    /// The TCP ports it answers on.
    pub ports: Vec<u16>,
    /// Whether it answers on any port: nobody described what it serves.
    pub any_port: bool,
    /// It speaks a protocol that is not simulated: connections are accepted, requests hang up.
    pub tcp_only: bool,
    /// From its start until it serves.
    pub startup_millis: u64,
    /// How long it takes to stop on SIGTERM; absent if it does not listen.
    pub stop_millis: Option<u64>,
    /// The command it stands for, where that is one of its tools: a shell.
    pub command: Vec<String>,
    /// It exits by itself with this code.
    pub exit_code: Option<i32>,
    /// After so long.
    pub exit_after_millis: u64,
    /// What it prints when it starts.
    pub first_logs: Vec<String>,
    /// What it prints once it serves.
    pub logs: Vec<String>,
    /// What it says before it ends at once: its version.
    pub answer: Option<String>,
    /// What it does not start without.
    pub requires: Vec<Requirement>,
    /// What it answers to HTTP.
    pub http: Option<Http>,
    /// The CPU time that each request takes.
    pub cpu_micros: u64,
    /// How long each request waits besides.
    pub latency_millis: u64,
    /// How many requests it works on at a time; as many as there are CPUs if absent.
    pub workers: Option<u32>,
    /// The memory that it uses, in mebibytes.
    pub memory_mib: u32,
    /// What each request makes it keep.
    pub grow_kib_per_request: u64,
    /// What it keeps more each second.
    pub grow_kib_per_sec: u64,
    /// The CPU that it uses by itself, in thousandths.
    pub idle_cpu_millis: u64,
    /// In how many of a hundred requests it crashes.
    pub crash_percent: u64,
    /// With which code.
    pub crash_code: i32,
    /// And which last words.
    pub crash_log: String,
}

impl Default for ServerSpec {
    fn default() -> Self {
        Self {
            ports: Vec::new(),
            any_port: false,
            tcp_only: false,
            startup_millis: 0,
            stop_millis: None,
            command: Vec::new(),
            exit_code: None,
            exit_after_millis: 0,
            first_logs: Vec::new(),
            logs: Vec::new(),
            answer: None,
            requires: Vec::new(),
            http: None,
            cpu_micros: 200,
            latency_millis: 0,
            workers: None,
            memory_mib: 12,
            grow_kib_per_request: 0,
            grow_kib_per_sec: 0,
            idle_cpu_millis: 1,
            crash_percent: 0,
            crash_code: 1,
            crash_log: String::new(),
        }
    }
}

/// Something that a server does not start without.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Requirement {
    /// One of these variables must be set.
    pub env: Vec<String>,
    /// Or this file be there.
    pub file: String,
    /// What it says otherwise, on standard error.
    pub says: String,
    /// And the code it exits with.
    pub code: i32,
}

/// What a server answers to HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Http {
    /// Answers by path, the first that fits.
    pub routes: Vec<Route>,
    /// The folder whose files it serves otherwise.
    pub root: String,
    /// The `Server` header.
    pub server: String,
    /// The line it logs for each request.
    pub access_log: String,
    /// The line it logs for each file that is not there.
    pub error_log: String,
    /// The page it shows with an error.
    pub error_page: String,
}

/// An answer to some paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Route {
    /// The path without its query; one that ends with `*` is a beginning.
    pub path: String,
    /// The methods that it is for, all if empty.
    pub methods: Vec<String>,
    /// The status.
    pub status: u16,
    /// The content type.
    #[serde(rename = "type")]
    pub content_type: String,
    /// The body.
    pub body: String,
    /// Further headers.
    pub headers: BTreeMap<String, String>,
    /// The CPU time it takes besides what every request takes.
    pub cpu_micros: u64,
    /// How long it waits.
    pub latency_millis: u64,
    /// In how many of a hundred requests the answer is 500.
    pub fail_percent: u64,
    /// After so many seconds of the server's life it answers 500.
    pub ok_for_secs: Option<u64>,
    /// For so many seconds of the server's life it answers 503.
    pub warm_up_secs: u64,
    /// The address that it asks before it answers (`http://api:8080/prix`).
    pub call: String,
    /// What it says when that one does not answer.
    pub call_failed: String,
    /// The other's answer is passed on as it is.
    pub proxy: bool,
}

impl Default for Route {
    fn default() -> Self {
        Self {
            path: "/*".to_owned(),
            methods: Vec::new(),
            status: 200,
            content_type: "text/plain; charset=utf-8".to_owned(),
            body: String::new(),
            headers: BTreeMap::new(),
            cpu_micros: 0,
            latency_millis: 0,
            fail_percent: 0,
            ok_for_secs: None,
            warm_up_secs: 0,
            call: String::new(),
            call_failed: "upstream error: {{call.error}}\n".to_owned(),
            proxy: false,
        }
    }
}

impl ServerSpec {
    /// Reads a description with these variables.
    ///
    /// # Errors
    ///
    /// What is wrong with it: a key that does not exist, a variable that is no number.
    pub fn read(described: &Value, variables: &BTreeMap<String, String>) -> Result<Self, String> {
        serde_json::from_value(resolve(described, variables)).map_err(|error| error.to_string())
    }

    /// A server that says why it does not start, and ends.
    #[must_use]
    pub fn failing(says: &str, code: i32) -> Self {
        Self {
            first_logs: says.lines().map(str::to_owned).collect(),
            exit_code: Some(code),
            exit_after_millis: 40,
            ..Self::default()
        }
    }
}

impl Requirement {
    pub(super) fn is_met(&self, env: &BTreeMap<String, String>, files: &dyn Files) -> bool {
        let set = |name: &String| env.get(name).is_some_and(|value| !value.is_empty());
        self.env.iter().any(set) || !self.file.is_empty() && files.stat(&self.file).is_some()
    }
}

/// A description with `${NAME:-default}` replaced; a text that was nothing else becomes the number that it spells.
fn resolve(value: &Value, variables: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) if text.contains("${") => {
            let resolved = expand(text, variables);
            let alone = text.starts_with("${") && text.find('}') == Some(text.len() - 1);
            match resolved.parse::<u64>() {
                Ok(number) if alone => number.into(),
                _ => Value::String(resolved),
            }
        }
        Value::Array(items) => items.iter().map(|item| resolve(item, variables)).collect(),
        Value::Object(map) => {
            let pairs = map
                .iter()
                .map(|(key, item)| (key.clone(), resolve(item, variables)));
            Value::Object(pairs.collect())
        }
        other => other.clone(),
    }
}

fn expand(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut parts = text.split("${");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        let (name, default) = name.split_once(":-").unwrap_or((name, ""));
        let value = variables.get(name).map(String::as_str);
        out.push_str(value.filter(|value| !value.is_empty()).unwrap_or(default));
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_replace_defaults_and_numbers_stay_numbers() {
        let described =
            json!({"ports": ["${PORT:-8080}"], "logs": ["port ${PORT:-8080} de ${QUI:-personne}"]});
        let none = ServerSpec::read(&described, &BTreeMap::new()).expect("it is right");
        assert_eq!(
            (none.ports.as_slice(), none.logs[0].as_str()),
            (&[8080][..], "port 8080 de personne")
        );
        let some = BTreeMap::from([("PORT".to_owned(), "90".to_owned())]);
        assert_eq!(
            ServerSpec::read(&described, &some).expect("it is right").ports,
            [90]
        );
        let wrong = BTreeMap::from([("PORT".to_owned(), "http".to_owned())]);
        assert!(ServerSpec::read(&described, &wrong).is_err());
    }
}
