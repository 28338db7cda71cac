//! The parts of a template.

/// A template, read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template {
    pub(super) nodes: Vec<Node>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Text outside of braces, or quoted within.
    Text(String),
    /// What stands in one pair of braces: each step walks on from what the one before found.
    List(Vec<Node>),
    /// `.name`
    Field(String),
    /// `[start:end:step]`
    Slice(Slice),
    /// `[?(left op right)]`; without an operator: exists.
    Filter(Vec<Node>, Option<(String, Vec<Node>)>),
    /// A number.
    Number(serde_json::Number),
    /// `true` or `false`.
    Bool(bool),
    /// `*`
    Wildcard,
    /// `..`
    Recursive,
    /// `[a,b]`
    Union(Vec<Vec<Node>>),
    /// `range`
    Range,
    /// `end`
    End,
}

/// The bounds of a slice, as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    /// One element was asked for: the end follows from the start.
    pub(super) single: bool,
    pub(super) step: Option<i64>,
}
