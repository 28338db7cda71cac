//! What the editor marks: everything wrong with a manifest at once, each with its place, Kubernetes' own words when it
//! has any, and a hint in French.
//!
//! Kubernetes reports one mistake at a time, from the first program that stumbles; a learner is better served by all of
//! them. What is said here never differs from what `kubectl apply` would refuse, but for warnings, which it accepts.

mod fields;
mod french;
mod identity;
mod names;
mod semantic;
mod services;
mod shape;
mod suggest;
mod syntax;
mod workloads;

pub use suggest::nearest;

use serde::{Deserialize, Serialize};

use super::node::{Document, Node, NodeData};
use super::span::{LineIndex, Position, Span};
use crate::api::schema::Schema;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// Kubernetes would refuse the manifest.
    Error,
    /// Kubernetes would take it, but hardly as meant.
    Warning,
}

/// One thing wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Where, in bytes.
    pub span: Span,
    /// Where it begins, as editors count.
    pub start: Position,
    /// Where it ends.
    pub end: Position,
    /// How bad it is.
    pub severity: Severity,
    /// What Kubernetes says; empty when it says nothing.
    pub message: String,
    /// What to do about it, in French.
    pub hint: String,
}

/// Finds what is wrong with the documents of `text`, in the order of the text.
#[must_use]
pub fn diagnose(text: &str, schema: &Schema) -> Vec<Diagnostic> {
    let mut findings = Findings {
        text,
        lines: LineIndex::new(text),
        list: Vec::new(),
    };
    let mut documents = Vec::new();
    for document in super::parse(text) {
        match document {
            Ok(document) => documents.push(document),
            Err(problem) => syntax::explain(&mut findings, &problem),
        }
    }
    for document in &documents {
        duplicates(&mut findings, document);
        object(&mut findings, schema, &document.root);
    }
    semantic::across(&mut findings, &documents);
    services::check(&mut findings, &documents);
    let mut list = findings.list;
    crate::sort::sort_by_key(&mut list, |mark| (mark.span, mark.severity));
    list.dedup();
    list
}

/// One object; a `List` holds several.
fn object(findings: &mut Findings<'_>, schema: &Schema, root: &Node) {
    let NodeData::Mapping(_) = root.data else {
        findings.error(
            findings.first_line(root.span),
            "invalid object to validate",
            "Un manifeste est un objet\u{a0}: il commence par «\u{a0}apiVersion:\u{a0}» et «\u{a0}kind:\u{a0}».",
        );
        return;
    };
    let kind = root.get("kind").and_then(Node::as_str);
    if kind == Some("List") {
        for item in root.get("items").map(Node::items).unwrap_or_default() {
            object(findings, schema, item);
        }
        return;
    }
    let Some(found) = identity::kind(findings, schema, root) else {
        return;
    };
    fields::check(findings, schema, found, root);
    shape::check(findings, schema, found, root);
    semantic::check(findings, found, root);
}

fn duplicates(findings: &mut Findings<'_>, document: &Document) {
    for duplicate in &document.duplicates {
        let first = findings.lines.position(duplicate.first.start).line;
        findings.warn(
            duplicate.again,
            &format!("key {:?} already set in map", duplicate.key),
            &format!(
                "{} est déjà écrit ligne\u{a0}{first}\u{a0}: Kubernetes ne garde que la dernière valeur, sans rien dire.",
                french::quoted(&duplicate.key)
            ),
        );
    }
}

/// Diagnostics being collected.
struct Findings<'t> {
    text: &'t str,
    lines: LineIndex<'t>,
    list: Vec<Diagnostic>,
}

impl Findings<'_> {
    fn error(&mut self, span: Span, message: &str, hint: &str) {
        self.push(Severity::Error, span, message, hint);
    }

    fn warn(&mut self, span: Span, message: &str, hint: &str) {
        self.push(Severity::Warning, span, message, hint);
    }

    fn push(&mut self, severity: Severity, span: Span, message: &str, hint: &str) {
        let span = self.visible(span);
        self.list.push(Diagnostic {
            span,
            start: self.lines.position(span.start),
            end: self.lines.position(span.end),
            severity,
            message: message.to_owned(),
            hint: hint.to_owned(),
        });
    }

    /// A place between two characters cannot be seen: the character after it is marked instead, or, where a line or the
    /// document ends, the last one before that says something.
    fn visible(&self, span: Span) -> Span {
        if span.start < span.end {
            return span;
        }
        let (before, after) = self.text.split_at_checked(span.start).unwrap_or((self.text, ""));
        let ends = before.is_empty() || before.ends_with('\n');
        match after.chars().next().filter(|c| !ends && !c.is_control()) {
            Some(c) => Span::new(span.start, span.start + c.len_utf8()),
            None => {
                let end = before.trim_end().len();
                let width = before.trim_end().chars().next_back().map_or(0, char::len_utf8);
                Span::new(end - width, end)
            }
        }
    }

    /// The part of a place that lies on its first line.
    fn first_line(&self, span: Span) -> Span {
        let end = span
            .slice(self.text)
            .find(['\n', '\r'])
            .map_or(span.end, |at| span.start + at);
        Span::new(span.start, end)
    }
}

#[cfg(test)]
mod tests;
