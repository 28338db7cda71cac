//! Facts that k8s-openapi's types do not carry.
//!
//! `patch-facts.txt` holds how lists are patched and merged. It is extracted from `_definitions.json` of the PyPI wheel
//! `kubernetes-validate` (1.37.0, folder `v1.36.0-local`), which keeps the `x-kubernetes-*` extensions of Kubernetes' own
//! OpenAPI document. `named-types.txt` is written by hand. `enum-values.txt` is extracted from the comments of the
//! constants of `k8s.io/api` whose types are marked `+enum`.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

/// Attributes by `type` and `type.field`, ready to be appended to a line of the asset.
pub struct Facts {
    attributes: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
}

impl Facts {
    /// Reads the tables: `TYPE FIELD ATTRIBUTE...` lines and `TYPE.FIELD NAME VALUES` lines.
    pub fn parse(patch: &str, named: &str, values: &str) -> Self {
        let mut attributes: BTreeMap<String, String> = BTreeMap::new();
        for line in patch.lines().filter(|line| !line.starts_with('#')) {
            let (key, rest) = line.split_once(' ').expect("a key and attributes");
            let entry = attributes.entry(key.to_owned()).or_default();
            write!(entry, " {rest}").expect("writing to a string");
        }
        for line in named
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
        {
            let mut words = line.split_whitespace();
            let key = words.next().expect("a field");
            let name = words.next().expect("a Go type");
            let entry = attributes.entry(key.to_owned()).or_default();
            if name != "-" {
                write!(entry, " go={name}").expect("writing to a string");
            }
            if let Some(values) = words.next() {
                write!(entry, " enum={values}").expect("writing to a string");
            }
        }
        let values = values
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(' '))
            .map(|(key, text)| (key.to_owned(), text.to_owned()))
            .collect();
        Self { attributes, values }
    }

    /// The attributes of a type (`core.v1.LocalObjectReference`) or field (`core.v1.PodSpec.containers`).
    pub fn get(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }

    /// What the API server adds to the description of a field with a fixed set of values, escaped.
    pub fn values(&self, key: &str) -> &str {
        self.values.get(key).map_or("", String::as_str)
    }

    /// Names that no type or field answers to.
    pub fn unknown<'a>(&'a self, known: &'a dyn Fn(&str) -> bool) -> Vec<&'a str> {
        self.attributes
            .keys()
            .map(String::as_str)
            .filter(|key| !known(key))
            .collect()
    }
}

/// `io.k8s.api.core.v1.PodSpec` -> `core.v1.PodSpec`: the last three parts.
pub fn short(name: &str) -> String {
    let mut parts: Vec<&str> = name.rsplit('.').take(3).collect();
    parts.reverse();
    parts.join(".")
}

/// Extracts `patch-facts.txt` from a file of JSON schema definitions.
pub fn extract(source: &str) -> String {
    let source: Value = serde_json::from_str(source).expect("JSON");
    let definitions = source["$defs"]
        .as_object()
        .or(source["definitions"].as_object())
        .expect("definitions");
    let mut out = String::from(
        "# How fields are patched and merged: merge[=KEY], retainkeys, map=KEYS, set, atomic. Generated, see src/facts.rs.\n",
    );
    for (name, schema) in definitions {
        if schema["x-kubernetes-map-type"] == "atomic" {
            writeln!(out, "{} atomic", short(name)).expect("writing to a string");
        }
        let Some(properties) = schema["properties"].as_object() else {
            continue;
        };
        for (field, schema) in properties {
            let attributes = attributes(schema);
            if !attributes.is_empty() {
                writeln!(out, "{}.{field} {}", short(name), attributes.join(" "))
                    .expect("writing to a string");
            }
        }
    }
    out
}

fn attributes(schema: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let strategies = schema["x-kubernetes-patch-strategy"].as_str().unwrap_or_default();
    for strategy in strategies.split(',') {
        match (strategy, schema["x-kubernetes-patch-merge-key"].as_str()) {
            ("merge", Some(key)) => out.push(format!("merge={key}")),
            ("merge", None) => out.push("merge".to_owned()),
            ("retainKeys", _) => out.push("retainkeys".to_owned()),
            _ => {}
        }
    }
    match schema["x-kubernetes-list-type"].as_str() {
        Some("map") => {
            let keys = schema["x-kubernetes-list-map-keys"]
                .as_array()
                .into_iter()
                .flatten();
            let keys: Vec<&str> = keys.filter_map(Value::as_str).collect();
            out.push(format!("map={}", keys.join(",")));
        }
        Some(other) => out.push(other.to_owned()),
        None => {}
    }
    if schema["x-kubernetes-map-type"] == "atomic" {
        out.push("atomic".to_owned());
    }
    out
}
