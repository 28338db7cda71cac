//! A lesson's text as a small tree. Markdown is parsed in the engine and drawn by the page element by element, so that
//! no text, wherever it comes from, can ever become markup.

use serde::{Deserialize, Serialize};

/// A document: blocks, one under the other.
pub type Doc = Vec<Block>;

/// A paragraph-sized part of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Block {
    /// A heading, 1 to 6, with the anchor others may link to.
    Heading {
        /// 1 is the largest.
        level: u8,
        /// Its words.
        text: Vec<Span>,
    },
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// Code or a manifest, with the language after the fence.
    Code {
        /// `yaml`, `console`, or empty.
        language: String,
        /// The text as written.
        text: String,
    },
    /// A list; `start` when it is numbered.
    List {
        /// First number of a numbered list.
        start: Option<u64>,
        /// One document for each item.
        items: Vec<Doc>,
    },
    /// A quotation or, when it begins with `[!NOTE]` and the like, a call-out.
    Quote {
        /// What kind of call-out, if one.
        kind: Option<Callout>,
        /// What it holds.
        blocks: Doc,
    },
    /// A table: one row of headings, then rows of cells.
    Table {
        /// Headings of the columns.
        head: Vec<Vec<Span>>,
        /// Rows of cells.
        rows: Vec<Vec<Vec<Span>>>,
    },
    /// A thematic break.
    Rule,
}

/// The kinds of call-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Callout {
    /// Good to know.
    Note,
    /// A way that works well.
    Tip,
    /// Must not be missed.
    Important,
    /// Mind this.
    Warning,
}

/// A run of text of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Span {
    /// Plain words.
    Text(String),
    /// `code`.
    Code(String),
    /// Emphasis.
    Emphasis(Vec<Span>),
    /// Strong emphasis.
    Strong(Vec<Span>),
    /// A link; only addresses inside the lab and `https:` pass the renderer.
    Link {
        /// Where it leads.
        href: String,
        /// Its words.
        text: Vec<Span>,
    },
    /// A line break that the author asked for.
    Break,
}
