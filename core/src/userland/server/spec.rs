//! What a server does, as the image catalogue describes it: `entrypoint` in `core/assets/images`. The README there says what each key
//! means; a text in it may hold `${NAME:-default}`, which stands for a variable of the container.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sh::Files;
use crate::sorted::json_object;

/// What a server does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
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
    /// Its command line, as `ps` shows it.
    pub process: String,
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
    /// What it keeps: `redis`, `postgres`.
    pub store: String,
    /// Where it keeps it.
    pub data_dir: String,
    /// Whether each change is written at once: `yes`.
    pub durable: String,
    /// The user that it was set up with.
    pub user: String,
    /// And the password.
    pub password: String,
    /// And the database.
    pub database: String,
    /// Whether no password is asked for: `trust`.
    pub trust: String,
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
            process: String::new(),
            command: Vec::new(),
            exit_code: None,
            exit_after_millis: 0,
            first_logs: Vec::new(),
            logs: Vec::new(),
            answer: None,
            requires: Vec::new(),
            http: None,
            store: String::new(),
            data_dir: String::new(),
            durable: String::new(),
            user: String::new(),
            password: String::new(),
            database: String::new(),
            trust: String::new(),
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
    /// A text that must not be empty.
    pub given: String,
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
    /// Whose configuration files it reads: `nginx`.
    pub config: String,
    /// Those that the image brings.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub known_config: String,
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
    /// Only for this port, if not 0.
    pub port: u16,
    /// Only for this host.
    pub host: String,
    /// It answers with the files below this folder.
    pub root: String,
    /// What is taken off the path first.
    pub strip: String,
    /// Its body is the page of its status.
    pub error: bool,
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
            port: 0,
            host: String::new(),
            root: String::new(),
            strip: String::new(),
            error: false,
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

    /// Remembers the configuration that an image brings: as long as it is that, it need not be read.
    pub fn note_configuration(&mut self, files: &dyn Files) {
        if let Some(http) = self.http.as_mut().filter(|http| !http.config.is_empty()) {
            http.known_config = super::nginx::text(files);
        }
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
    pub(super) fn is_met(&self, files: &dyn Files) -> bool {
        !self.given.is_empty() || !self.file.is_empty() && files.stat(&self.file).is_some()
    }
}

/// A description with its variables replaced; a text that begins with `=` becomes the number that follows.
fn resolve(value: &Value, variables: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('=') {
            Some(number) => {
                let number = expand(number, variables);
                match number.parse::<i64>() {
                    Ok(number) => number.into(),
                    Err(_) if number.is_empty() => Value::Null,
                    Err(_) => Value::String(number),
                }
            }
            None => Value::String(expand(text, variables)),
        },
        Value::Array(items) => items.iter().map(|item| resolve(item, variables)).collect(),
        Value::Object(map) => {
            let pairs = map
                .iter()
                .map(|(key, item)| (key.clone(), resolve(item, variables)));
            // What is nothing is as if it were not there.
            Value::Object(json_object(pairs.filter(|(_, item)| !item.is_null())))
        }
        other => other.clone(),
    }
}

/// A text with `${NAME}`, `${NAME:-default}`, `${NAME:+if set}` replaced.
#[must_use]
pub fn expand(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let end = closing(after);
        let inside = after.get(..end).unwrap_or(after);
        rest = after.get(end + 1..).unwrap_or_default();
        let at = inside.find(":-").or_else(|| inside.find(":+"));
        let (name, word) = at.map_or((inside, ""), |at| inside.split_at(at));
        let value = variables.get(name).filter(|value| !value.is_empty());
        match (value, word.get(..2)) {
            (Some(_), Some(":+")) | (None, Some(":-")) => {
                out.push_str(&expand(word.get(2..).unwrap_or_default(), variables));
            }
            (Some(value), _) => out.push_str(value),
            (None, _) => {}
        }
    }
    out.push_str(rest);
    out
}

/// Where the brace that is open is closed.
fn closing(text: &str) -> usize {
    let mut open = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => open += 1,
            '}' if open == 0 => return at,
            '}' => open -= 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_replace_defaults_and_numbers_are_numbers() {
        let described = json!({
            "ports": ["=${PORT:-8080}"], "exitCode": "=${VIE:+1}", "user": "${A:-${QUI:-personne}}",
            "logs": ["port ${PORT:-8080} de ${QUI}."],
        });
        let read = |pairs: &[(&str, &str)]| {
            let variables = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            ServerSpec::read(&described, &variables.collect())
        };
        let none = read(&[]).expect("it is right");
        assert_eq!((none.ports.as_slice(), none.exit_code), (&[8080][..], None));
        assert_eq!(
            (none.user.as_str(), none.logs[0].as_str()),
            ("personne", "port 8080 de .")
        );
        let some = read(&[("PORT", "90"), ("VIE", "5"), ("QUI", "42")]).expect("it is right");
        assert_eq!(
            (some.ports.as_slice(), some.exit_code, some.user.as_str()),
            (&[90][..], Some(1), "42")
        );
        assert!(read(&[("PORT", "http")]).is_err());
    }
}
