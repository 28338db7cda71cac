//! Markdown to a [`Doc`]. What a lesson adds to Markdown:
//! - callouts: `> [!remarque]`, `> [!attention]`, `> [!astuce]`, `> [!retenir]`, `> [!changement]`;
//! - code with a use: ```` ```sh run ```` can be run in the terminal, ```` ```yaml file=web.yaml ```` opened in the editor, ```` ```output ```` is what the
//!   terminal printed.
//!
//! Prose is set as French typography wants ([`crate::typography`]); code never is. Raw HTML is shown as text and told to the author.
use crate::doc::{Block, Callout, Code, Doc, Span, plain};
use crate::typography;
use pulldown_cmark::{
    BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, OffsetIter, Options, Parser, Tag, TagEnd,
};
use std::iter::Peekable;

/// A text, and what its author should know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// The text, without its title.
    pub doc: Doc,
    /// The first heading of level 1.
    pub title: Option<String>,
    /// Where it links to, with the line.
    pub links: Vec<(usize, String)>,
    /// What its author must mend: line and French sentence.
    pub faults: Vec<(usize, String)>,
    /// The lines of its code blocks, in the order of [`crate::doc::codes`].
    pub code_lines: Vec<usize>,
}

/// Renders a text.
pub fn render(markdown: &str) -> Rendered {
    let text = name_callouts(markdown);
    let options = Options::ENABLE_TABLES | Options::ENABLE_GFM;
    let events = Parser::new_ext(&text, options).into_offset_iter().peekable();
    let mut reader = Reader {
        text: &text,
        events,
        out: Rendered::default(),
        last: None,
    };
    let mut doc = reader.blocks();
    let is_title = |block: &Block| matches!(block, Block::Heading { level: 1, .. });
    let title = doc.iter().position(is_title).map(|at| doc.remove(at));
    if let Some(Block::Heading { text, .. }) = title {
        reader.out.title = Some(plain(&text));
    }
    reader.out.doc = doc;
    reader.out
}

/// A text of one line (a title, a choice): the words of its first paragraph.
pub fn inline(markdown: &str) -> Vec<Span> {
    match render(markdown).doc.into_iter().next() {
        Some(Block::Paragraph(spans)) => spans,
        _ => vec![Span::Text(typography::set(markdown))],
    }
}

struct Reader<'a> {
    text: &'a str,
    events: Peekable<OffsetIter<'a>>,
    out: Rendered,
    /// The character before the next prose, when it continues a line.
    last: Option<char>,
}

impl Reader<'_> {
    /// Blocks until the end of what holds them, whose end event is taken.
    fn blocks(&mut self) -> Doc {
        let mut blocks = Doc::new();
        loop {
            let Some((event, range)) = self.events.peek() else {
                return blocks;
            };
            let line = line_of(self.text, range.start);
            match event {
                Event::End(_) => {
                    self.events.next();
                    return blocks;
                }
                Event::Rule => {
                    self.events.next();
                    blocks.push(Block::Rule);
                }
                Event::Start(tag) if !is_inline(tag) => {
                    let tag = tag.clone();
                    self.events.next();
                    self.last = None;
                    blocks.extend(self.block(tag, line));
                }
                // The words of a tight list's item, or raw HTML shown as text.
                _ => {
                    self.last = None;
                    let spans = self.spans();
                    blocks.push(Block::Paragraph(spans));
                }
            }
        }
    }

    fn block(&mut self, tag: Tag<'_>, line: usize) -> Option<Block> {
        Some(match tag {
            Tag::Paragraph => Block::Paragraph(self.spans_to_end()),
            Tag::Heading { level, .. } => Block::Heading {
                level: number(level),
                text: self.spans_to_end(),
            },
            Tag::BlockQuote(kind) => Block::Quote {
                kind: kind.map(callout),
                blocks: self.blocks(),
            },
            Tag::CodeBlock(kind) => Block::Code(self.code(&kind, line)),
            Tag::List(start) => {
                let mut items = Vec::new();
                while let Some((Event::Start(Tag::Item), _)) = self.events.next() {
                    items.push(self.blocks());
                }
                Block::List { start, items }
            }
            Tag::Table(_) => self.table(),
            _ => {
                let inner = self.blocks();
                return inner.into_iter().next();
            }
        })
    }

    fn code(&mut self, kind: &CodeBlockKind<'_>, line: usize) -> Code {
        self.out.code_lines.push(line);
        let mut code = Code::default();
        if let CodeBlockKind::Fenced(info) = kind {
            let mut words = info.split_whitespace();
            code.language = words.next().unwrap_or_default().to_owned();
            for word in words {
                match word.strip_prefix("file=") {
                    Some(file) => code.file = Some(file.to_owned()),
                    None if word == "run" => code.run = true,
                    None => self.out.faults.push((
                        line,
                        format!("« {word} » n’est pas un usage connu d’un bloc de code (run, file=…)."),
                    )),
                }
            }
        }
        for (event, _) in self.events.by_ref() {
            match event {
                Event::End(TagEnd::CodeBlock) => break,
                Event::Text(text) => code.text.push_str(&text),
                _ => {}
            }
        }
        code
    }

    fn table(&mut self) -> Block {
        let (mut head, mut rows) = (Vec::new(), Vec::new());
        while let Some((event, _)) = self.events.next() {
            match event {
                Event::Start(Tag::TableHead) => head = self.cells(),
                Event::Start(Tag::TableRow) => rows.push(self.cells()),
                _ => break,
            }
        }
        Block::Table { head, rows }
    }

    fn cells(&mut self) -> Vec<Vec<Span>> {
        let mut cells = Vec::new();
        while let Some((Event::Start(Tag::TableCell), _)) = self.events.next() {
            self.last = None;
            cells.push(self.spans_to_end());
        }
        cells
    }

    /// Words, and the end of what holds them.
    fn spans_to_end(&mut self) -> Vec<Span> {
        let spans = self.spans();
        self.events.next();
        spans
    }

    /// Words until something that is none.
    fn spans(&mut self) -> Vec<Span> {
        let mut spans = Vec::new();
        loop {
            let Some((event, range)) = self.events.peek() else {
                return spans;
            };
            let stop = match event {
                Event::End(_) | Event::Rule => true,
                Event::Start(tag) => !is_inline(tag),
                _ => false,
            };
            if stop {
                return spans;
            }
            let (event, line) = (event.clone(), line_of(self.text, range.start));
            self.events.next();
            match event {
                Event::Text(text) => push_text(&mut spans, &self.prose(&text, line)),
                Event::SoftBreak => {
                    self.last = Some(' ');
                    push_text(&mut spans, " ");
                }
                Event::HardBreak => {
                    self.last = None;
                    spans.push(Span::Break);
                }
                Event::Code(code) => {
                    self.last = Some('`');
                    spans.push(Span::Code(code.into_string()));
                }
                Event::Html(raw) | Event::InlineHtml(raw) => {
                    let message = "Le HTML n’est pas permis dans une leçon : il sera montré comme du texte.";
                    self.out.faults.push((line, message.to_owned()));
                    push_text(&mut spans, &raw);
                }
                Event::Start(tag) => self.inline_tag(tag, line, &mut spans),
                _ => {}
            }
        }
    }

    fn inline_tag(&mut self, tag: Tag<'_>, line: usize, spans: &mut Vec<Span>) {
        match tag {
            Tag::Emphasis => spans.push(Span::Emphasis(self.spans_to_end())),
            Tag::Strong => spans.push(Span::Strong(self.spans_to_end())),
            Tag::Link { dest_url, .. } => {
                let text = self.spans_to_end();
                self.out.links.push((line, dest_url.to_string()));
                if dest_url.starts_with("https://") || dest_url.starts_with("#/") {
                    spans.push(Span::Link {
                        href: dest_url.into_string(),
                        text,
                    });
                } else {
                    let message = format!("Lien refusé : « {dest_url} » (permis : https://… et #/…).");
                    self.out.faults.push((line, message));
                    spans.extend(text);
                }
            }
            Tag::Image { dest_url, .. } => {
                self.out.faults.push((
                    line,
                    format!("Les images ne sont pas encore permises ({dest_url})."),
                ));
                spans.extend(self.spans_to_end());
            }
            _ => spans.extend(self.spans_to_end()),
        }
    }

    fn prose(&mut self, text: &str, line: usize) -> String {
        self.out
            .faults
            .extend(typography::faults(text, self.last).into_iter().map(|f| (line, f)));
        self.last = text.chars().next_back().or(self.last);
        text.to_owned()
    }
}

/// Joins runs of plain words, so that typography sees them whole.
fn push_text(spans: &mut Vec<Span>, text: &str) {
    if let Some(Span::Text(before)) = spans.last_mut() {
        before.push_str(text);
        *before = typography::set(before);
    } else {
        spans.push(Span::Text(typography::set(text)));
    }
}

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Link { .. }
            | Tag::Image { .. }
            | Tag::Superscript
            | Tag::Subscript
    )
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// GitHub's names, which the parser knows, for ours.
fn github_name(callout: Callout) -> &'static str {
    match callout {
        Callout::Note => "NOTE",
        Callout::Tip => "TIP",
        Callout::Important => "IMPORTANT",
        Callout::Warning => "WARNING",
        Callout::Changed => "CAUTION",
    }
}

fn callout(kind: BlockQuoteKind) -> Callout {
    match kind {
        BlockQuoteKind::Note => Callout::Note,
        BlockQuoteKind::Tip => Callout::Tip,
        BlockQuoteKind::Important => Callout::Important,
        BlockQuoteKind::Warning => Callout::Warning,
        BlockQuoteKind::Caution => Callout::Changed,
    }
}

/// `> [!remarque]` as the parser knows it: `> [!NOTE]`. Keeps the number of lines.
fn name_callouts(markdown: &str) -> String {
    let rename = |line: &str| {
        let name = line
            .trim_end()
            .strip_prefix("> [!")
            .and_then(|l| l.strip_suffix(']'))?;
        let (_, known) = Callout::NAMES
            .iter()
            .find(|(written, _)| written.eq_ignore_ascii_case(name))?;
        Some(format!("> [!{}]", github_name(*known)))
    };
    markdown
        .lines()
        .map(|line| rename(line).unwrap_or_else(|| line.to_owned()))
        .collect::<Vec<_>>()
        .join("\n")
}

fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset)
        .map_or(0, |before| before.matches('\n').count())
        + 1
}

#[cfg(test)]
mod tests {
    use super::{inline, render};
    use crate::doc::{codes, html, spans_html};

    #[test]
    fn texts() {
        let check = |markdown: &str, expected: &str| {
            assert_eq!(html(&render(markdown).doc).trim(), expected, "{markdown}");
        };
        check(
            "Un *mot* : `a : b` !",
            "<p>Un <em>mot</em>\u{a0}: <code>a : b</code>\u{202f}!</p>",
        );
        check(
            "# Titre\n\n## L'état d'un *Pod*\n",
            "<h2>L’état d’un <em>Pod</em></h2>",
        );
        check(
            "<script>alert(1)</script>",
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
        );
        check("a <b onclick=x>b</b>", "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>");
        check("[x](javascript:alert(1))", "<p>x</p>");
        check("![x](https://a.fr/x.png)", "<p>x</p>");
        check("[x](#/cours/pod)", "<p><a href=\"#/cours/pod\">x</a></p>");
        check(
            "[x](https://kubernetes.io/fr/)",
            "<p><a href=\"https://kubernetes.io/fr/\" target=\"_blank\" rel=\"noopener noreferrer\">x</a></p>",
        );
        check(
            "> [!astuce]\n> Un mot.",
            "<aside class=\"callout astuce\"><p class=\"callout-title\">Astuce</p>\n<p>Un mot.</p>\n</aside>",
        );
        check(
            "- un\n- **deux**\n  trois",
            "<ul>\n<li>un</li>\n<li><strong>deux</strong> trois</li>\n</ul>",
        );
        check(
            "1. un\n\n   suite\n2. deux",
            "<ol start=\"1\">\n<li><p>un</p>\n<p>suite</p>\n</li>\n<li>deux</li>\n</ol>",
        );
        check(
            "a\n\n---\n\n- b\n  - c",
            "<p>a</p>\n<hr>\n<ul>\n<li><p>b</p>\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>",
        );
        check(
            "| a | b |\n|---|---|\n| 1 | `2` |",
            "<table>\n<tr><th>a</th><th>b</th></tr>\n<tr><td>1</td><td><code>2</code></td></tr>\n</table>",
        );
        check(
            "```sh run\nkubectl get pods\n```",
            "<pre class=\"code\" data-language=\"sh\" data-run><code>kubectl get pods\n</code></pre>",
        );
        check(
            "```yaml file=\"><x\n<a>\n```",
            "<pre class=\"code\" data-language=\"yaml\" data-file=\"&quot;&gt;&lt;x\"><code>&lt;a&gt;\n</code></pre>",
        );
    }

    #[test]
    fn titles_links_code_and_faults() {
        let rendered = render(
            "# Votre `Pod`\n\nVoir [ici](#/cours/a): oui\n\n```yaml file=a.yaml\na: 1\n```\n\n```sh ruin\n```\n",
        );
        assert_eq!(rendered.title.as_deref(), Some("Votre Pod"));
        assert_eq!(rendered.links, [(3, "#/cours/a".to_owned())]);
        assert_eq!(rendered.code_lines, [5, 9]);
        assert_eq!(
            codes(&rendered.doc).first().and_then(|c| c.file.as_deref()),
            Some("a.yaml")
        );
        let lines: Vec<usize> = rendered.faults.iter().map(|f| f.0).collect();
        assert_eq!(lines, [3, 9], "{:?}", rendered.faults);
    }

    #[test]
    fn one_line() {
        assert_eq!(
            spans_html(&inline("Le Pod `web` ?")),
            "Le Pod <code>web</code>\u{202f}?"
        );
    }
}
