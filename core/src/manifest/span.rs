//! Places in a manifest: byte ranges, and what an editor calls line and column.
//!
//! Nodes keep byte offsets only; lines and columns are computed when somebody looks, so that reading a manifest costs
//! nothing for positions that nobody shows.

use serde::{Deserialize, Serialize};

/// A range of bytes in the text a manifest was read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte; equal to `start` for a place between two characters.
    pub end: usize,
}

impl Span {
    /// The range from `start` to `end`, in bytes.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The part of `text` that this span covers; empty when the span does not lie in it.
    #[must_use]
    pub fn slice<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// A place as editors count it: lines from 1, columns from 1 in UTF-16 code units (what Monaco and LSP clients use).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in UTF-16 code units.
    pub column: u32,
}

/// Where each line of a text begins, to turn offsets into positions.
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Indexes the lines of `text` (ended by LF, or CR LF).
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self { text, starts }
    }

    /// The position of the byte at `offset`; an offset past the end is the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let line = self
            .starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or_default();
        let column = Span::new(start, offset).slice(self.text).encode_utf16().count();
        Position {
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        }
    }

    /// The bytes of line `line` (from 0), without its end of line.
    #[must_use]
    pub fn line_span(&self, line: usize) -> Span {
        let Some(start) = self.starts.get(line).copied() else {
            return Span::new(self.text.len(), self.text.len());
        };
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let content = Span::new(start, end).slice(self.text).trim_end_matches('\r');
        Span::new(start, start + content.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf16_code_units() {
        let text = "a: é😀b\r\nsuite";
        let index = LineIndex::new(text);
        let at = |needle: &str| index.position(text.find(needle).unwrap_or(0));
        assert_eq!(at("é"), Position { line: 1, column: 4 });
        assert_eq!(at("b"), Position { line: 1, column: 7 });
        assert_eq!(at("suite"), Position { line: 2, column: 1 });
        assert_eq!(index.line_span(0).slice(text), "a: é😀b");
        assert_eq!(index.line_span(1).slice(text), "suite");
    }
}
