//! A manifest as a tree in which every key and every value knows where it stands in the text.

use serde_json::{Map, Value};

use super::span::Span;

/// One value of a manifest and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value stands; for a value that came through an alias, where the anchor stands.
    pub span: Span,
    /// The value itself.
    pub data: NodeData,
}

/// The three shapes of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeData {
    /// A string, number, boolean or null, already read as Kubernetes reads it.
    Scalar(Value),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping, in the order of the text; keys are unique (the last one won, as in Kubernetes).
    Mapping(Vec<Entry>),
}

/// A key of a mapping with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key as JSON has it: `yes:` is the key `true`.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// Its value.
    pub value: Node,
}

/// A key written twice in one mapping. Kubernetes' clients keep the last one and say nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// Where it was written first.
    pub first: Span,
    /// Where it was written again.
    pub again: Span,
    /// The line go-yaml names in strict mode: that of the second value, from 1, in its document.
    pub line: usize,
}

/// One document of a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The document as JSON.
    pub value: Value,
    /// The same with places.
    pub root: Node,
    /// The text of the document, without its `---` lines.
    pub span: Span,
    /// Keys written twice.
    pub duplicates: Vec<Duplicate>,
}

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kubectl prints after `error parsing FILE: `.
    pub message: String,
    /// Where to look: the character the parser stumbled over, or its line.
    pub span: Span,
    /// Where what it could not finish began: an open quote, a key without its colon.
    pub began: Option<usize>,
}

/// Where a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// Its key; none for an element of a list and for the document itself.
    pub key: Option<Span>,
    /// Its value.
    pub value: Span,
}

impl Location {
    /// The key if there is one, the value otherwise.
    #[must_use]
    pub fn name(&self) -> Span {
        self.key.unwrap_or(self.value)
    }
}

/// One step of a path through a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A key of a mapping.
    Key(&'a str),
    /// An element of a list, from 0.
    Index(usize),
}

impl Node {
    /// The value under `key` of a mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of `key` in a mapping.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.data {
            NodeData::Mapping(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The elements of a list; nothing for anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.data {
            NodeData::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; nothing for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.data {
            NodeData::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The scalar this node is, if it is one.
    #[must_use]
    pub fn scalar(&self) -> Option<&Value> {
        match &self.data {
            NodeData::Scalar(value) => Some(value),
            _ => None,
        }
    }

    /// The string this node is, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.scalar().and_then(Value::as_str)
    }

    /// The JSON value without the places.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.data {
            NodeData::Scalar(value) => value.clone(),
            NodeData::Sequence(items) => Value::Array(items.iter().map(Node::to_value).collect()),
            NodeData::Mapping(entries) => {
                let mut map = Map::new();
                for entry in entries {
                    map.insert(entry.key.clone(), entry.value.to_value());
                }
                Value::Object(map)
            }
        }
    }

    /// Follows `steps` as far as the document goes; `None` when a step leads nowhere.
    #[must_use]
    pub fn locate_steps(&self, steps: &[Step<'_>]) -> Option<Location> {
        let mut node = self;
        let mut key = None;
        for step in steps {
            (key, node) = match step {
                Step::Key(name) => {
                    let entry = node.entry(name)?;
                    (Some(entry.key_span), &entry.value)
                }
                Step::Index(index) => (None, node.items().get(*index)?),
            };
        }
        Some(Location {
            key,
            value: node.span,
        })
    }

    /// Where the field of a path stands, written as Kubernetes' errors write paths: `spec.containers[0].image`,
    /// `metadata.annotations[example.com/name]`, `data.a.b` (a key may hold dots).
    #[must_use]
    pub fn locate(&self, path: &str) -> Option<Location> {
        self.locate_from(path, None)
    }

    fn locate_from(&self, path: &str, key: Option<Span>) -> Option<Location> {
        if path.is_empty() {
            return Some(Location {
                key,
                value: self.span,
            });
        }
        if let Some(rest) = path.strip_prefix('[') {
            let (inside, rest) = rest.split_once(']')?;
            let next = rest.strip_prefix('.').unwrap_or(rest);
            if let Ok(index) = inside.parse::<usize>()
                && let Some(item) = self.items().get(index)
            {
                return item.locate_from(next, None);
            }
            let entry = self.entry(inside.trim_matches('"'))?;
            return entry.value.locate_from(next, Some(entry.key_span));
        }
        // The longest key first: keys with dots are rarer than paths.
        let mut entries: Vec<&Entry> = self.entries().iter().collect();
        crate::sort::sort_by_key(&mut entries, |entry| std::cmp::Reverse(entry.key.len()));
        entries.into_iter().find_map(|entry| {
            let rest = path.strip_prefix(entry.key.as_str())?;
            let next = match rest.strip_prefix('.') {
                Some(next) => next,
                None if rest.is_empty() || rest.starts_with('[') => rest,
                None => return None,
            };
            entry.value.locate_from(next, Some(entry.key_span))
        })
    }
}

impl Document {
    /// What go-yaml says of duplicate keys in strict mode (`kustomize`, the API server for a YAML body), if there are
    /// any. kubectl reads files in lenient mode and never says this.
    #[must_use]
    pub fn strict_error(&self) -> Option<String> {
        if self.duplicates.is_empty() {
            return None;
        }
        let lines: Vec<String> = self
            .duplicates
            .iter()
            .map(|d| format!("  line {}: key {:?} already set in map", d.line, d.key))
            .collect();
        Some(format!("yaml: unmarshal errors:\n{}", lines.join("\n")))
    }
}
