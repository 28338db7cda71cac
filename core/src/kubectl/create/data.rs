//! `--from-literal`, `--from-file`, `--from-env-file`: the data of ConfigMaps and Secrets.

use std::collections::BTreeMap;

use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Parsed;
use crate::kubectl::io::FileError;
use crate::kubectl::resources::said;

/// The keys and values that the flags give.
///
/// # Errors
///
/// When a source is not of its form, a file cannot be read, or a key is given twice.
pub(super) fn pairs(
    cx: &Cx<'_>,
    parsed: &Parsed,
    kind: &'static str,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut pairs = Pairs::of(kind);
    let (files, literals) = (parsed.list("from-file"), parsed.list("from-literal"));
    let env_files = parsed.list("from-env-file");
    if !env_files.is_empty() && (!files.is_empty() || !literals.is_empty()) {
        return Err("from-env-file cannot be combined with from-file or from-literal".into());
    }
    for source in files {
        pairs.add_file(cx, source)?;
    }
    for source in literals {
        pairs.add_literal(source)?;
    }
    for path in env_files {
        pairs.add_env_file(cx, path)?;
    }
    Ok(pairs.map)
}

/// Keys and values on their way into a ConfigMap or a Secret.
pub(in crate::kubectl) struct Pairs {
    kind: &'static str,
    pub(in crate::kubectl) map: BTreeMap<String, String>,
}

impl Pairs {
    /// None yet, for this kind.
    pub(in crate::kubectl) fn of(kind: &'static str) -> Self {
        Self {
            kind,
            map: BTreeMap::new(),
        }
    }

    /// `KEY=VALUE`
    pub(in crate::kubectl) fn add_literal(&mut self, source: &str) -> Result<(), Failure> {
        let invalid = || Failure::Message(format!("invalid literal source {source}, expected key=value"));
        let (key, value) = source.split_once('=').ok_or_else(invalid)?;
        if key.is_empty() {
            return Err(invalid());
        }
        self.add(key, unquoted(value).to_owned())
    }

    /// A file of `KEY=VALUE` lines.
    pub(in crate::kubectl) fn add_env_file(&mut self, cx: &Cx<'_>, path: &str) -> Result<(), Failure> {
        for (key, value) in env_lines(&file(cx, path)?)? {
            self.add(&key, value)?;
        }
        Ok(())
    }

    fn add(&mut self, key: &str, value: String) -> Result<(), Failure> {
        if let Some(why) = wrong_key(key) {
            return Err(Failure::Message(format!(
                "{key:?} is not a valid key name for a {}: {why}",
                self.kind
            )));
        }
        if self.map.insert(key.to_owned(), value).is_some() {
            return Err(Failure::Message(format!(
                "cannot add key {key:?}, another key by that name already exists in Data for {} {:?}",
                self.kind, ""
            )));
        }
        Ok(())
    }

    /// `[KEY=]FILE`, or a folder whose files are the keys.
    pub(in crate::kubectl) fn add_file(&mut self, cx: &Cx<'_>, source: &str) -> Result<(), Failure> {
        let (key, path) = match source.split_once('=') {
            Some(("", path)) => {
                return Err(Failure::Message(format!("key name for file path {path} missing")));
            }
            Some((key, "")) => return Err(Failure::Message(format!("file path for key name {key} missing"))),
            Some((_, path)) if path.contains('=') => {
                return Err("key names or file paths cannot contain '='".into());
            }
            Some((key, path)) => (Some(key), path),
            None => (None, source),
        };
        match cx.io.read_file(path) {
            Ok(text) => {
                let name = path.rsplit('/').next().unwrap_or(path);
                self.add(key.unwrap_or(name), text)
            }
            Err(FileError::IsDirectory) if key.is_some() => {
                Err("cannot give a key name for a directory path".into())
            }
            Err(FileError::IsDirectory) => {
                let list =
                    |error| Failure::Message(format!("error listing files in {path}: {}", said(&error)));
                for entry in cx.io.list_dir(path).map_err(list)? {
                    if !entry.is_directory {
                        let below = format!("{}/{}", path.trim_end_matches('/'), entry.name);
                        let text = file(cx, &below)?;
                        self.add(&entry.name, text)?;
                    }
                }
                Ok(())
            }
            Err(error) => Err(Failure::Message(format!(
                "error reading {path}: {}",
                said(&error)
            ))),
        }
    }
}

/// The text of a file.
///
/// # Errors
///
/// When it cannot be read.
pub(super) fn file(cx: &Cx<'_>, path: &str) -> Result<String, Failure> {
    if path == "-" {
        return Ok(cx.stdin.to_owned());
    }
    cx.io
        .read_file(path)
        .map_err(|error| Failure::Message(format!("error reading {path}: {}", said(&error))))
}

/// A literal without the quotes around it.
fn unquoted(value: &str) -> &str {
    let inside = |quote: char| {
        value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
    };
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

/// `KEY=value` lines; comments and empty lines are left out.
fn env_lines(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut out = Vec::new();
    for line in text.lines() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if key.is_empty() || key.contains(char::is_whitespace) {
            return Err(Failure::Message(format!(
                "{key:?} is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')"
            )));
        }
        out.push((key.to_owned(), value.to_owned()));
    }
    Ok(out)
}

fn wrong_key(key: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if key.is_empty() || !key.chars().all(allowed) {
        return Some("a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')".to_owned());
    }
    match key {
        "." => Some("must not be '.'".to_owned()),
        ".." => Some("must not be '..'".to_owned()),
        _ => None,
    }
}
