//! One YAML document -> a tree of values with places: the composer over libyaml's events, and go-yaml's own words when
//! it fails (`yaml: line 4: did not find expected key`).
//!
//! Differences from go-yaml on purpose: nesting stops at [`MAX_DEPTH`] levels instead of 10,000, since a page's stack is
//! small.

use libyaml_safer::{ErrorKind, Event, EventData, Mark, Parser, ScalarStyle};
use serde_json::Value;

use super::node::{Duplicate, Entry, Node, NodeData};
use super::span::Span;
use super::{go_value, tag};

use crate::sorted::SortedMap;

/// How deep collections may nest.
pub(crate) const MAX_DEPTH: usize = 200;

/// How many nodes aliases may add before their share of the document is looked at, as in go-yaml.
const ALIASES_ALWAYS_ALLOWED: usize = 100;
/// Size under which a document may be made of aliases alone, as in go-yaml.
const NODES_ALWAYS_ALLOWED: usize = 1000;
/// go-yaml scales the share down beyond this size; here it is where the document ends.
const MAX_NODES: usize = 400_000;

/// Why a document cannot be read, in go-yaml's words without its `yaml: ` prefix where it has one.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) text: String,
    pub(super) span: Span,
    /// Where what could not be finished began.
    pub(super) began: Option<usize>,
}

/// The tree of a document and the keys it sets twice.
pub(super) struct Composed {
    pub(super) root: Node,
    pub(super) duplicates: Vec<Duplicate>,
}

/// Reads one document (`chunk`, which starts at byte `base` of the whole text).
pub(super) fn compose(chunk: &str, base: usize) -> Result<Composed, Failure> {
    if chunk.ends_with('\n') {
        return compose_lines(chunk, base, chunk.len());
    }
    // kubectl's reader ends every line too; the parser relies on it (it reads past a backslash at the end of its input).
    compose_lines(&format!("{chunk}\n"), base, chunk.len())
}

/// Reads `chunk`, which ends its lines; places lie within its first `length` bytes.
fn compose_lines(chunk: &str, base: usize, length: usize) -> Result<Composed, Failure> {
    if let Some(failure) = tag::glued_to_comma(chunk, base) {
        return Err(failure);
    }
    let mut input = chunk.as_bytes();
    let mut parser = Parser::new();
    parser.set_encoding(libyaml_safer::Encoding::Utf8);
    parser.set_input_string(&mut input);
    let mut composer = Composer {
        parser,
        chunk,
        base,
        length,
        anchors: SortedMap::new(),
        open_anchors: Vec::new(),
        duplicates: Vec::new(),
        deferred: None,
        nodes: 0,
        alias_nodes: 0,
        open: Vec::new(),
    };
    composer.document()
}

struct Anchor {
    node: Node,
    size: usize,
}

struct Composer<'r, 't> {
    parser: Parser<&'r mut &'t [u8]>,
    chunk: &'t str,
    base: usize,
    length: usize,
    anchors: SortedMap<String, Anchor>,
    open_anchors: Vec<String>,
    duplicates: Vec<Duplicate>,
    /// go-yaml reads the whole document before it looks at merges and keys: what they do wrong comes second.
    deferred: Option<Failure>,
    nodes: usize,
    alias_nodes: usize,
    /// The collections around the current node, outermost first: whether each is a mapping.
    open: Vec<bool>,
}

impl Composer<'_, '_> {
    fn document(&mut self) -> Result<Composed, Failure> {
        let mut root = None;
        loop {
            let event = self.next()?;
            match event.data {
                EventData::StreamStart { .. } | EventData::DocumentStart { .. } => {}
                EventData::StreamEnd | EventData::DocumentEnd { .. } => break,
                _ => root = Some(self.node(event)?),
            }
        }
        if let Some(failure) = self.deferred.take() {
            return Err(failure);
        }
        let empty = Span::new(self.base, self.base);
        Ok(Composed {
            root: root.unwrap_or(Node {
                span: empty,
                data: NodeData::Scalar(Value::Null),
            }),
            duplicates: std::mem::take(&mut self.duplicates),
        })
    }

    fn next(&mut self) -> Result<Event, Failure> {
        self.parser.parse().map_err(|error| self.failure(&error))
    }

    /// go-yaml names the line of the problem, counted from 0, plus one for the scanner; line 0 is not named at all.
    fn failure(&self, error: &libyaml_safer::Error) -> Failure {
        let problem = error.problem_mark().unwrap_or_default();
        let mut line = problem.line;
        if line != 0 {
            line += u64::from(error.kind() == ErrorKind::Scanner);
        } else {
            line = error.context_mark().map_or(0, |mark| mark.line);
        }
        let mut words = error.problem();
        if words == "found unexpected ':'" {
            // go-yaml reads on (`{port:{` holds the scalar `port:`) and stumbles over what comes next.
            line = problem.line;
            let mapping = self.open.last().copied().unwrap_or_default();
            words = if mapping {
                "did not find expected ',' or '}'"
            } else {
                "did not find expected ',' or ']'"
            };
        }
        let text = match (error.kind(), line) {
            (ErrorKind::Reader, _) | (_, 0) => words.to_owned(),
            _ => format!("line {line}: {words}"),
        };
        let at = self.offset(problem);
        let length = (self.chunk.get(at - self.base..self.length))
            .and_then(|rest| rest.chars().next())
            .filter(|c| !c.is_control())
            .map_or(0, char::len_utf8);
        Failure {
            text,
            span: Span::new(at, at + length),
            began: error.context_mark().map(|mark| self.offset(mark)),
        }
    }

    fn offset(&self, mark: Mark) -> usize {
        let index = usize::try_from(mark.index).unwrap_or(usize::MAX);
        self.base + self.chunk.floor_char_boundary(index.min(self.length))
    }

    fn span(&self, event: &Event) -> Span {
        Span::new(self.offset(event.start_mark), self.offset(event.end_mark))
    }

    fn defer(&mut self, text: impl Into<String>, span: Span) {
        if self.deferred.is_none() {
            self.deferred = Some(Failure {
                text: text.into(),
                span,
                began: None,
            });
        }
    }

    fn node(&mut self, event: Event) -> Result<Node, Failure> {
        let span = self.span(&event);
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(excessive(span));
        }
        match event.data {
            EventData::Alias { anchor } => self.alias(&anchor, span),
            EventData::Scalar {
                anchor,
                tag,
                value,
                plain_implicit,
                style,
                ..
            } => {
                let plain = style == ScalarStyle::Plain && plain_implicit;
                let data = match tag::scalar(tag.as_deref(), value, plain) {
                    Ok(value) => NodeData::Scalar(value),
                    Err(text) => {
                        self.defer(text, span);
                        NodeData::Scalar(Value::Null)
                    }
                };
                let node = Node { span, data };
                self.anchor(anchor, &node);
                Ok(node)
            }
            EventData::SequenceStart { anchor, .. } => self.collection(anchor, span, false),
            EventData::MappingStart { anchor, .. } => self.collection(anchor, span, true),
            _ => Err(Failure {
                text: "unknown problem parsing YAML content".to_owned(),
                span,
                began: None,
            }),
        }
    }

    fn collection(&mut self, anchor: Option<String>, span: Span, mapping: bool) -> Result<Node, Failure> {
        self.open.push(mapping);
        if self.open.len() > MAX_DEPTH {
            return Err(Failure {
                text: format!("exceeded max depth of {MAX_DEPTH}"),
                span,
                began: None,
            });
        }
        if let Some(name) = &anchor {
            self.open_anchors.push(name.clone());
        }
        let node = if mapping {
            self.mapping(span)?
        } else {
            self.sequence(span)?
        };
        if anchor.is_some() {
            self.open_anchors.pop();
        }
        self.anchor(anchor, &node);
        self.open.pop();
        Ok(node)
    }

    fn sequence(&mut self, mut span: Span) -> Result<Node, Failure> {
        let mut items = Vec::new();
        loop {
            let event = self.next()?;
            if event.data == EventData::SequenceEnd {
                span.end = self.collection_end(&event, items.last().map(|n: &Node| n.span));
                let data = NodeData::Sequence(items);
                return Ok(Node { span, data });
            }
            items.push(self.node(event)?);
        }
    }

    /// A flow collection ends at its bracket; a block collection, whose end event stands at the next token, with its
    /// last element.
    fn collection_end(&self, end: &Event, last: Option<Span>) -> usize {
        let bracket = self.span(end);
        match last {
            Some(last) if bracket.start == bracket.end => last.end.min(bracket.end),
            _ => bracket.end,
        }
    }

    fn mapping(&mut self, mut span: Span) -> Result<Node, Failure> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut last = None;
        loop {
            let event = self.next()?;
            if event.data == EventData::MappingEnd {
                span.end = self.collection_end(&event, last);
                let data = NodeData::Mapping(entries);
                return Ok(Node { span, data });
            }
            let merge = is_merge(&event.data);
            let key = self.node(event)?;
            let event = self.next()?;
            let line = event.start_mark.line;
            let aliased_from = matches!(event.data, EventData::Alias { .. }).then(|| self.span(&event));
            let value = self.node(event)?;
            last = Some(aliased_from.unwrap_or(value.span));
            if merge {
                self.merge(&mut entries, value);
                continue;
            }
            match Self::key(&key, &value) {
                Ok(name) => self.insert(&mut entries, name, key.span, value, line),
                Err(text) => self.defer(text, key.span),
            }
        }
    }

    fn insert(&mut self, entries: &mut Vec<Entry>, key: String, key_span: Span, value: Node, line: u64) {
        let entry = Entry { key, key_span, value };
        match entries.iter_mut().find(|e| e.key == entry.key) {
            Some(existing) => {
                self.duplicates.push(Duplicate {
                    key: entry.key.clone(),
                    first: existing.key_span,
                    again: key_span,
                    line: usize::try_from(line + 1).unwrap_or(usize::MAX),
                });
                *existing = entry;
            }
            None => entries.push(entry),
        }
    }

    /// go-yaml v2 lets `<<` overwrite what stands above it, and be overwritten by what stands below.
    fn merge(&mut self, entries: &mut Vec<Entry>, value: Node) {
        let span = value.span;
        let maps = match value.data {
            NodeData::Sequence(items) => items.into_iter().rev().collect(),
            _ => vec![value],
        };
        for map in maps {
            let NodeData::Mapping(merged) = map.data else {
                self.defer("map merge requires map or sequence of maps as the value", span);
                return;
            };
            for entry in merged {
                match entries.iter_mut().find(|e| e.key == entry.key) {
                    Some(existing) => *existing = entry,
                    None => entries.push(entry),
                }
            }
        }
    }

    fn key(key: &Node, value: &Node) -> Result<String, String> {
        match &key.data {
            NodeData::Scalar(Value::String(text)) => Ok(text.clone()),
            NodeData::Scalar(Value::Bool(yes)) => Ok(yes.to_string()),
            NodeData::Scalar(Value::Number(number)) => Ok(go_value::float_key(number)),
            NodeData::Scalar(_) => Err(format!(
                "unsupported map key of type: %!s(<nil>), key: <nil>, value: {}",
                go_value::go_syntax(value)
            )),
            _ => Err(format!("invalid map key: {}", go_value::go_syntax(key))),
        }
    }

    fn alias(&mut self, anchor: &str, span: Span) -> Result<Node, Failure> {
        if self.open_anchors.iter().any(|open| open == anchor) {
            self.defer(format!("anchor '{anchor}' value contains itself"), span);
            let data = NodeData::Scalar(Value::Null);
            return Ok(Node { span, data });
        }
        let Some(found) = self.anchors.get(anchor) else {
            return Err(Failure {
                text: format!("unknown anchor '{anchor}' referenced"),
                span,
                began: None,
            });
        };
        self.nodes += found.size;
        self.alias_nodes += found.size;
        let mostly_aliases = self.alias_nodes > ALIASES_ALWAYS_ALLOWED
            && self.nodes > NODES_ALWAYS_ALLOWED
            && self.alias_nodes * 100 > self.nodes * 99;
        if mostly_aliases || self.nodes > MAX_NODES {
            return Err(excessive(span));
        }
        Ok(found.node.clone())
    }

    fn anchor(&mut self, name: Option<String>, node: &Node) {
        if let Some(name) = name {
            let anchor = Anchor {
                node: node.clone(),
                size: size(node),
            };
            self.anchors.insert(name, anchor);
        }
    }
}

fn is_merge(data: &EventData) -> bool {
    matches!(data, EventData::Scalar { value, tag, plain_implicit, .. }
        if value == "<<" && (*plain_implicit || tag.as_deref() == Some("tag:yaml.org,2002:merge")))
}

fn excessive(span: Span) -> Failure {
    Failure {
        text: "document contains excessive aliasing".to_owned(),
        span,
        began: None,
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.data {
        NodeData::Scalar(_) => 0,
        NodeData::Sequence(items) => items.iter().map(size).sum(),
        NodeData::Mapping(entries) => entries.iter().map(|e| 1 + size(&e.value)).sum(),
    }
}
