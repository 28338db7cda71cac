//! Markdown to the small tree of `protocol::doc`. Raw HTML is kept as the text it is.

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::protocol::{Block, Callout, Doc, Span};

/// The tree of a Markdown text.
pub(super) fn parse(text: &str) -> Doc {
    let options = Options::ENABLE_TABLES | Options::ENABLE_GFM;
    let mut reader = Reader {
        events: Parser::new_ext(text, options)
            .collect::<Vec<_>>()
            .into_iter()
            .peekable(),
    };
    reader.blocks(None)
}

struct Reader<'a> {
    events: std::iter::Peekable<std::vec::IntoIter<Event<'a>>>,
}

impl Reader<'_> {
    fn blocks(&mut self, until: Option<TagEnd>) -> Doc {
        let mut blocks = Vec::new();
        while let Some(event) = self.events.peek() {
            match event {
                Event::End(end) if Some(*end) == until => {
                    self.events.next();
                    break;
                }
                Event::Start(tag) if is_block(tag) => {
                    if let Some(block) = self.block() {
                        blocks.push(block);
                    }
                }
                Event::Rule => {
                    self.events.next();
                    blocks.push(Block::Rule);
                }
                Event::End(_) => {
                    self.events.next();
                }
                // Tight list items hold their words without a paragraph.
                _ => {
                    let spans = self.loose_spans();
                    if !spans.is_empty() {
                        blocks.push(Block::Paragraph(spans));
                    }
                }
            }
        }
        blocks
    }

    fn block(&mut self) -> Option<Block> {
        let Some(Event::Start(tag)) = self.events.next() else {
            return None;
        };
        let end = tag.to_end();
        Some(match tag {
            Tag::Heading { level, .. } => Block::Heading {
                level: level as u8,
                text: self.spans(end),
            },
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => {
                        info.split_whitespace().next().unwrap_or_default().to_owned()
                    }
                    CodeBlockKind::Indented => String::new(),
                };
                Block::Code {
                    language,
                    text: self.raw_text(end),
                }
            }
            Tag::HtmlBlock => Block::Paragraph(vec![Span::Text(self.raw_text(end))]),
            Tag::List(start) => Block::List {
                start,
                items: self.items(end),
            },
            Tag::BlockQuote(kind) => Block::Quote {
                kind: kind.map(callout),
                blocks: self.blocks(Some(end)),
            },
            Tag::Table(_) => self.table(end),
            _ => Block::Paragraph(self.spans(end)),
        })
    }

    fn items(&mut self, until: TagEnd) -> Vec<Doc> {
        let mut items = Vec::new();
        while let Some(event) = self.events.next() {
            match event {
                Event::End(end) if end == until => break,
                Event::Start(Tag::Item) => items.push(self.blocks(Some(TagEnd::Item))),
                _ => {}
            }
        }
        items
    }

    fn table(&mut self, until: TagEnd) -> Block {
        let (mut head, mut rows) = (Vec::new(), Vec::new());
        let mut row = Vec::new();
        while let Some(event) = self.events.next() {
            match event {
                Event::Start(Tag::TableCell) => row.push(self.spans(TagEnd::TableCell)),
                Event::End(TagEnd::TableHead) => head = std::mem::take(&mut row),
                Event::End(TagEnd::TableRow) => rows.push(std::mem::take(&mut row)),
                Event::End(end) if end == until => break,
                _ => {}
            }
        }
        Block::Table { head, rows }
    }

    fn raw_text(&mut self, until: TagEnd) -> String {
        let mut text = String::new();
        for event in self.events.by_ref() {
            match event {
                Event::End(end) if end == until => break,
                Event::Text(words) | Event::Html(words) => text.push_str(&words),
                _ => {}
            }
        }
        text
    }

    fn loose_spans(&mut self) -> Vec<Span> {
        let mut spans = Vec::new();
        while let Some(event) = self.events.peek() {
            match event {
                Event::End(_) | Event::Rule => break,
                Event::Start(tag) if is_block(tag) => break,
                _ => self.span_into(&mut spans),
            }
        }
        spans
    }

    fn spans(&mut self, until: TagEnd) -> Vec<Span> {
        let mut spans = Vec::new();
        while let Some(event) = self.events.peek() {
            if matches!(event, Event::End(end) if *end == until) {
                self.events.next();
                break;
            }
            self.span_into(&mut spans);
        }
        spans
    }

    fn span_into(&mut self, spans: &mut Vec<Span>) {
        let Some(event) = self.events.next() else {
            return;
        };
        match event {
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                spans.push(Span::Text(text.into_string()))
            }
            Event::Code(text) => spans.push(Span::Code(text.into_string())),
            Event::SoftBreak => spans.push(Span::Text(" ".to_owned())),
            Event::HardBreak => spans.push(Span::Break),
            Event::Start(tag) => {
                let end = tag.to_end();
                let inner = self.spans(end);
                match tag {
                    Tag::Emphasis => spans.push(Span::Emphasis(inner)),
                    Tag::Strong => spans.push(Span::Strong(inner)),
                    Tag::Link { dest_url, .. } if allowed(&dest_url) => {
                        spans.push(Span::Link {
                            href: dest_url.into_string(),
                            text: inner,
                        });
                    }
                    _ => spans.extend(inner),
                }
            }
            _ => {}
        }
    }
}

fn is_block(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Paragraph
            | Tag::Heading { .. }
            | Tag::CodeBlock(_)
            | Tag::HtmlBlock
            | Tag::List(_)
            | Tag::BlockQuote(_)
            | Tag::Table(_)
    )
}

fn callout(kind: BlockQuoteKind) -> Callout {
    match kind {
        BlockQuoteKind::Note => Callout::Note,
        BlockQuoteKind::Tip => Callout::Tip,
        BlockQuoteKind::Important => Callout::Important,
        BlockQuoteKind::Warning | BlockQuoteKind::Caution => Callout::Warning,
    }
}

/// Links lead into the lab or to the open web, never to a script.
fn allowed(href: &str) -> bool {
    href.starts_with('#') || href.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::protocol::{Block, Callout, Span};

    fn text(words: &str) -> Span {
        Span::Text(words.to_owned())
    }

    fn check(markdown: &str, expected: &[Block]) {
        assert_eq!(parse(markdown), expected, "{markdown}");
    }

    #[test]
    fn markdown_becomes_a_tree_and_html_stays_text() {
        check(
            "# Un Pod",
            &[Block::Heading {
                level: 1,
                text: vec![text("Un Pod")],
            }],
        );
        check(
            "Un `Pod` *et* **deux**",
            &[Block::Paragraph(vec![
                text("Un "),
                Span::Code("Pod".into()),
                text(" "),
                Span::Emphasis(vec![text("et")]),
                text(" "),
                Span::Strong(vec![text("deux")]),
            ])],
        );
        check(
            "a <img src=x onerror=alert(1)> b",
            &[Block::Paragraph(vec![
                text("a "),
                text("<img src=x onerror=alert(1)>"),
                text(" b"),
            ])],
        );
        check("[x](javascript:alert(1))", &[Block::Paragraph(vec![text("x")])]);
        check(
            "[x](#/cours/y)",
            &[Block::Paragraph(vec![Span::Link {
                href: "#/cours/y".into(),
                text: vec![text("x")],
            }])],
        );
        check(
            "- a\n- b\n",
            &[Block::List {
                start: None,
                items: vec![
                    vec![Block::Paragraph(vec![text("a")])],
                    vec![Block::Paragraph(vec![text("b")])],
                ],
            }],
        );
        check(
            "> [!NOTE]\n> mot",
            &[Block::Quote {
                kind: Some(Callout::Note),
                blocks: vec![Block::Paragraph(vec![text("mot")])],
            }],
        );
        check(
            "```yaml\na: 1\n```",
            &[Block::Code {
                language: "yaml".into(),
                text: "a: 1\n".into(),
            }],
        );
        check(
            "|a|b|\n|-|-|\n|1|2|\n",
            &[Block::Table {
                head: vec![vec![text("a")], vec![text("b")]],
                rows: vec![vec![vec![text("1")], vec![text("2")]]],
            }],
        );
    }
}
