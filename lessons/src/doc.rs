//! A text as a small tree: what Markdown becomes. The page draws it element by element, so that no text, wherever it comes from, can become
//! markup; [`html`] writes it for static pages, everything escaped.
use serde::{Deserialize, Serialize};

/// A text: blocks, one under the other.
pub type Doc = Vec<Block>;

/// A paragraph-sized part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Block {
    /// A heading.
    Heading {
        /// 1 is the largest.
        level: u8,
        /// Its words.
        text: Vec<Span>,
    },
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// Code.
    Code(Code),
    /// A list; `start` when it is numbered.
    List {
        /// First number of a numbered list.
        start: Option<u64>,
        /// One document for each item.
        items: Vec<Doc>,
    },
    /// A quotation, or a callout.
    Quote {
        /// Which callout, if one.
        kind: Option<Callout>,
        /// What it holds.
        blocks: Doc,
    },
    /// A table.
    Table {
        /// Headings of the columns.
        head: Vec<Vec<Span>>,
        /// Rows of cells.
        rows: Vec<Vec<Vec<Span>>>,
    },
    /// A thematic break.
    Rule,
}

/// A fenced block of code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The first word of the fence: `sh`, `yaml`, `output` (what the terminal prints).
    pub language: String,
    /// Whether the page offers "Exécuter dans le terminal".
    pub run: bool,
    /// The work file that the page offers to open in the editor.
    pub file: Option<String>,
    /// The text.
    pub text: String,
}

/// The kinds of callout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Callout {
    /// Good to know.
    Note,
    /// A way that works well.
    Tip,
    /// What to remember.
    Important,
    /// Mind this.
    Warning,
    /// What differs from older documents.
    Changed,
}

impl Callout {
    /// As authors write it: `> [!remarque]`.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("remarque", Self::Note),
        ("astuce", Self::Tip),
        ("retenir", Self::Important),
        ("attention", Self::Warning),
        ("changement", Self::Changed),
    ];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Note => "Remarque",
            Self::Tip => "Astuce",
            Self::Important => "À retenir",
            Self::Warning => "Attention",
            Self::Changed => "Ce qui a changé",
        }
    }
}

/// A run of text of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Span {
    /// Plain words.
    Text(String),
    /// `code`.
    Code(String),
    /// Emphasis.
    Emphasis(Vec<Span>),
    /// Strong emphasis.
    Strong(Vec<Span>),
    /// A link, inside the lab (`#/…`) or to `https:`.
    Link {
        /// Where it leads.
        href: String,
        /// Its words.
        text: Vec<Span>,
    },
    /// A line break that the author asked for.
    Break,
}

/// The words of a run, without their form.
pub fn plain(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| match span {
            Span::Text(words) | Span::Code(words) => words.clone(),
            Span::Emphasis(inner) | Span::Strong(inner) | Span::Link { text: inner, .. } => plain(inner),
            Span::Break => " ".to_owned(),
        })
        .collect()
}

/// Every link of a text.
pub fn links(doc: &[Block]) -> Vec<&str> {
    let mut found = Vec::new();
    for block in doc {
        match block {
            Block::Heading { text, .. } | Block::Paragraph(text) => span_links(text, &mut found),
            Block::List { items, .. } => found.extend(items.iter().flat_map(|item| links(item))),
            Block::Quote { blocks, .. } => found.extend(links(blocks)),
            Block::Table { head, rows } => {
                for cell in head.iter().chain(rows.iter().flatten()) {
                    span_links(cell, &mut found);
                }
            }
            Block::Code(_) | Block::Rule => {}
        }
    }
    found
}

fn span_links<'a>(spans: &'a [Span], found: &mut Vec<&'a str>) {
    for span in spans {
        match span {
            Span::Link { href, .. } => found.push(href),
            Span::Emphasis(inner) | Span::Strong(inner) => span_links(inner, found),
            Span::Text(_) | Span::Code(_) | Span::Break => {}
        }
    }
}

/// Every block of code of a text, in order.
pub fn codes(doc: &[Block]) -> Vec<&Code> {
    let mut found = Vec::new();
    for block in doc {
        match block {
            Block::Code(code) => found.push(code),
            Block::List { items, .. } => found.extend(items.iter().flat_map(|item| codes(item))),
            Block::Quote { blocks, .. } => found.extend(codes(blocks)),
            _ => {}
        }
    }
    found
}

/// The text as HTML, for static pages.
pub fn html(doc: &[Block]) -> String {
    doc.iter().map(block_html).collect()
}

/// A run of text as HTML.
pub fn spans_html(spans: &[Span]) -> String {
    spans.iter().map(span_html).collect()
}

fn block_html(block: &Block) -> String {
    match block {
        Block::Heading { level, text } => format!("<h{level}>{}</h{level}>\n", spans_html(text)),
        Block::Paragraph(text) => format!("<p>{}</p>\n", spans_html(text)),
        Block::Code(code) => code_html(code),
        Block::List { start, items } => {
            let item = |item: &Doc| match item.as_slice() {
                [Block::Paragraph(text)] => format!("<li>{}</li>\n", spans_html(text)),
                many => format!("<li>{}</li>\n", html(many)),
            };
            let inner: String = items.iter().map(item).collect();
            match start {
                None => format!("<ul>\n{inner}</ul>\n"),
                Some(start) => format!("<ol start=\"{start}\">\n{inner}</ol>\n"),
            }
        }
        Block::Quote { kind: None, blocks } => format!("<blockquote>{}</blockquote>\n", html(blocks)),
        Block::Quote {
            kind: Some(kind),
            blocks,
        } => {
            let name = Callout::NAMES
                .iter()
                .find(|(_, k)| k == kind)
                .map_or("", |(name, _)| name);
            let title = kind.title();
            format!(
                "<aside class=\"callout {name}\"><p class=\"callout-title\">{title}</p>\n{}</aside>\n",
                html(blocks)
            )
        }
        Block::Table { head, rows } => {
            let cells = |tag: &str, row: &[Vec<Span>]| {
                row.iter()
                    .map(|cell| format!("<{tag}>{}</{tag}>", spans_html(cell)))
                    .collect::<String>()
            };
            let rows: String = rows
                .iter()
                .map(|row| format!("<tr>{}</tr>\n", cells("td", row)))
                .collect();
            format!("<table>\n<tr>{}</tr>\n{rows}</table>\n", cells("th", head))
        }
        Block::Rule => "<hr>\n".to_owned(),
    }
}

fn code_html(code: &Code) -> String {
    let file = code
        .file
        .as_ref()
        .map_or(String::new(), |f| format!(" data-file=\"{}\"", escape(f)));
    let run = if code.run { " data-run" } else { "" };
    let language = escape(&code.language);
    format!(
        "<pre class=\"code\" data-language=\"{language}\"{file}{run}><code>{}</code></pre>\n",
        escape(&code.text)
    )
}

fn span_html(span: &Span) -> String {
    match span {
        Span::Text(words) => escape(words),
        Span::Code(words) => format!("<code>{}</code>", escape(words)),
        Span::Emphasis(inner) => format!("<em>{}</em>", spans_html(inner)),
        Span::Strong(inner) => format!("<strong>{}</strong>", spans_html(inner)),
        Span::Link { href, text } if href.starts_with('#') => {
            format!("<a href=\"{}\">{}</a>", escape(href), spans_html(text))
        }
        Span::Link { href, text } => {
            let outside = "target=\"_blank\" rel=\"noopener noreferrer\"";
            format!("<a href=\"{}\" {outside}>{}</a>", escape(href), spans_html(text))
        }
        Span::Break => "<br>".to_owned(),
    }
}

/// Text as HTML text or attribute value.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
