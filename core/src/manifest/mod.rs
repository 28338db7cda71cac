//! Manifests: YAML (or JSON) text -> values that know where they were written, and back to text.
//!
//! Models what kubectl does with a file: apimachinery's `YAMLOrJSONDecoder` over sigs.k8s.io/yaml over go-yaml v2, with
//! the same readings of scalars and the same words when a text cannot be read. On purpose more than kubectl: every key and
//! value has a place, and a broken document does not hide the next one, so that an editor can mark all of them at once.

pub mod assist;
mod compose;
pub mod diagnose;
mod format;
mod go_value;
mod json_error;
mod node;
mod outline;
pub mod print;
mod scalar;
mod span;
mod split;
mod tag;

pub use diagnose::{Diagnostic, Severity, diagnose, nearest};
pub use format::format;
pub use node::{Document, Duplicate, Entry, Location, Node, NodeData, Problem, Step};
pub use span::{LineIndex, Position, Span};

use serde_json::Value;
use split::Chunk;

/// Reads every document of a manifest. Empty documents (nothing, only comments, `null`) are left out, as kubectl does;
/// kubectl stops at the first error, an editor shows them all.
///
/// # Errors
/// Each broken document is one [`Problem`], in its place among the others.
#[must_use]
pub fn parse(text: &str) -> Vec<Result<Document, Problem>> {
    if let Some(documents) = parse_json(text) {
        return documents.into_iter().map(Ok).collect();
    }
    let mut documents: Vec<_> = split::split(text)
        .into_iter()
        .map(|chunk| match chunk {
            Chunk::Document(span) => parse_document(text, span),
            Chunk::BadSeparator { span, rest } => Err(Problem {
                message: format!("invalid Yaml document separator: {rest}"),
                span,
                began: None,
            }),
        })
        .filter(|document| !matches!(document, Ok(d) if d.value.is_null()))
        .collect();
    // Neither JSON nor YAML: kubectl says what JSON it expected.
    if let Some(Err(problem)) = documents.first_mut()
        && text.trim_start().starts_with('{')
        && let Some(message) = json_error::json_error(text)
    {
        problem.message = message;
    }
    documents
}

fn parse_document(text: &str, span: Span) -> Result<Document, Problem> {
    let chunk = span.slice(text);
    match compose::compose(chunk, span.start) {
        Ok(composed) => Ok(Document {
            value: composed.root.to_value(),
            root: composed.root,
            span,
            duplicates: composed.duplicates,
        }),
        Err(failure) => {
            // What go-yaml says begins with `yaml: `; what the conversion to JSON says does not.
            let conversion =
                failure.text.starts_with("unsupported map key") || failure.text.starts_with("json: ");
            let prefix = if conversion { "" } else { "yaml: " };
            Err(Problem {
                message: format!("error converting YAML to JSON: {prefix}{}", failure.text),
                span: failure.span,
                began: failure.began,
            })
        }
    }
}

/// A stream of JSON objects (what begins with a brace is tried as JSON first); `None` when it is not one.
fn parse_json(text: &str) -> Option<Vec<Document>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut documents = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut start = 0;
    while let Some(value) = stream.next() {
        let value = value.ok()?;
        let end = stream.byte_offset();
        let piece = Span::new(start, end).slice(text);
        let span = Span::new(end - piece.trim_start().len(), end);
        // JSON is YAML but for rare escapes: the places come from the composer.
        let root = compose::compose(span.slice(text), span.start).map_or_else(
            |_| Node {
                span,
                data: NodeData::Scalar(value.clone()),
            },
            |composed| composed.root,
        );
        documents.push(Document {
            value,
            root,
            span,
            duplicates: Vec::new(),
        });
        start = end;
    }
    documents.retain(|d| !d.value.is_null());
    Some(documents)
}

#[cfg(test)]
mod tests;
