//! Cutting a stream of documents as kubectl does (apimachinery's `YAMLReader`): a line that begins with `---` ends a
//! document, only blanks and a comment may follow it.

use super::span::Span;

/// A piece of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chunk {
    /// One document's text.
    Document(Span),
    /// A separator line with something behind it; kubectl stops here.
    BadSeparator {
        /// The whole line.
        span: Span,
        /// What stands behind the dashes.
        rest: String,
    },
}

/// Cuts `text`. A separator before any line belongs to the document that follows it, as in kubectl, which therefore
/// counts it when it names a line.
pub(crate) fn split(text: &str) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                chunks.push(Chunk::BadSeparator {
                    span: Span::new(at, at + line.trim_end().len()),
                    rest: rest.to_owned(),
                });
                start = end;
            } else if at > start {
                chunks.push(Chunk::Document(Span::new(start, at)));
                start = end;
            }
        }
        at = end;
    }
    if at > start {
        chunks.push(Chunk::Document(Span::new(start, at)));
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let actual: Vec<String> = split(text)
            .into_iter()
            .map(|chunk| match chunk {
                Chunk::Document(span) => span.slice(text).to_owned(),
                Chunk::BadSeparator { rest, .. } => format!("!{rest}"),
            })
            .collect();
        assert_eq!(actual, expected, "{text:?}");
    }

    #[test]
    fn documents_end_at_lines_of_dashes() {
        check("", &[]);
        check("a: 1\n", &["a: 1\n"]);
        check("a: 1\n---\nb: 2", &["a: 1\n", "b: 2"]);
        check("---\na: 1\n---\nb: 2\n", &["---\na: 1\n", "b: 2\n"]);
        check("# rien\n---\n---\na: 1\n---\n", &["# rien\n", "---\na: 1\n"]);
        check("a: 1\n--- # suite\nb: 2\n", &["a: 1\n", "b: 2\n"]);
        check("a: 1\n--- b: 2\nc: 3\n", &["!b: 2", "c: 3\n"]);
        check("a: |\n  ---\n", &["a: |\n  ---\n"]);
    }
}
