//! Sets of fields (`structured-merge-diff/fieldpath.Set`): a tree whose edges are written as `FieldsV1` writes them
//! (`f:name`, `k:{"name":"nginx"}`, `v:"x"`).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::sorted::SortedMap;

/// A set of fields below a place, and whether the place itself is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Set {
    /// Whether the place itself is in the set.
    pub(crate) member: bool,
    /// The places below.
    pub(crate) children: SortedMap<String, Set>,
}

/// Metadata that nobody manages.
const STRIPPED: [&str; 8] = [
    "f:name",
    "f:namespace",
    "f:creationTimestamp",
    "f:selfLink",
    "f:uid",
    "f:generation",
    "f:managedFields",
    "f:resourceVersion",
];

impl Set {
    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        !self.member && self.children.values().all(Self::is_empty)
    }

    /// The place below, made if it is missing.
    pub(crate) fn below(&mut self, step: &str) -> &mut Self {
        self.children.entry(step.to_owned()).or_default()
    }

    /// Adds what is in the other.
    pub(crate) fn add(&mut self, other: &Self) {
        self.member |= other.member;
        for (step, inner) in &other.children {
            self.below(step).add(inner);
        }
    }

    /// Removes what is in the other.
    pub(crate) fn remove(&mut self, other: &Self) {
        self.member &= !other.member;
        self.children.retain(|step, inner| {
            if let Some(other) = other.children.get(step) {
                inner.remove(other);
            }
            !inner.is_empty()
        });
    }

    /// What is in both.
    pub(crate) fn both(&self, other: &Self) -> Self {
        let children = self.children.iter().filter_map(|(step, inner)| {
            let both = inner.both(other.children.get(step)?);
            (!both.is_empty()).then(|| (step.clone(), both))
        });
        Self {
            member: self.member && other.member,
            children: children.collect(),
        }
    }

    /// Leaves out what nobody manages, and what a write to this subresource does not reach.
    pub(crate) fn strip(&mut self, subresource: &str) {
        self.member = false;
        self.children.remove("f:apiVersion");
        self.children.remove("f:kind");
        if let Some(metadata) = self.children.get_mut("f:metadata") {
            metadata.member = false;
            for name in STRIPPED {
                metadata.children.remove(name);
            }
        }
        match subresource {
            "status" => {
                self.children
                    .retain(|step, _| step == "f:status" || step == "f:metadata");
                if let Some(metadata) = self.children.get_mut("f:metadata") {
                    metadata.children.remove("f:labels");
                }
            }
            _ => {
                self.children.remove("f:status");
            }
        }
        self.children.retain(|_, inner| !inner.is_empty());
    }

    /// The paths in the set, as errors write them (`.spec.containers[name="c"].image`): of each place first what is right
    /// below.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect("", &mut paths);
        paths
    }

    fn collect(&self, at: &str, paths: &mut Vec<String>) {
        let path = |step: &str| format!("{at}{}", shown(step));
        for (step, _) in self.children.iter().filter(|(_, inner)| inner.member) {
            paths.push(path(step));
        }
        for (step, inner) in &self.children {
            inner.collect(&path(step), paths);
        }
    }

    /// As `FieldsV1`.
    pub(crate) fn to_value(&self) -> Value {
        let mut map = Map::new();
        for (step, inner) in &self.children {
            if inner.is_empty() {
                continue;
            }
            let mut value = inner.to_value();
            if let Value::Object(below) = &mut value
                && inner.member
                && !below.is_empty()
            {
                below.insert(".".to_owned(), Value::Object(Map::new()));
            }
            map.insert(step.clone(), value);
        }
        Value::Object(map)
    }
}

/// A step of a path as errors write it.
fn shown(step: &str) -> String {
    if let Some(name) = step.strip_prefix("f:") {
        return format!(".{name}");
    }
    if let Some(value) = step.strip_prefix("v:") {
        return format!("[={value}]");
    }
    let keys: Option<Map<String, Value>> = step
        .strip_prefix("k:")
        .and_then(|keys| serde_json::from_str(keys).ok());
    let keys = keys
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("{name}={value}"));
    format!("[{}]", keys.collect::<Vec<_>>().join(","))
}
