//! The same by a complete reader of CommonMark (pulldown-cmark), which is known to be right: what ours says of every text of the course is
//! held against it.

use std::fs;
use std::iter::Peekable;
use std::path::Path;

use pulldown_cmark::{
    BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, OffsetIter, Options, Parser, Tag, TagEnd,
};

use super::Rendered;
use crate::doc::{Block, Callout, Code, Doc, Span, plain};
use crate::typography;

fn check(markdown: &str, name: &str) {
    let (ours, theirs) = (super::render(markdown), render(markdown));
    // A text that its author must mend is shown to nobody.
    if !theirs.faults.is_empty() {
        assert!(!ours.faults.is_empty(), "{name}: {:?}", theirs.faults);
        return;
    }
    for (ours, theirs) in ours.doc.iter().zip(&theirs.doc) {
        assert_eq!(ours, theirs, "{name}");
    }
    assert_eq!(ours, theirs, "{name}");
}

fn folder(path: &Path, count: &mut usize) {
    for entry in fs::read_dir(path).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            folder(&path, count);
        } else if path.extension().is_some_and(|e| e == "md") {
            let text = fs::read_to_string(&path).expect("a text");
            check(&text, &path.display().to_string());
            *count += 1;
        } else if path.extension().is_some_and(|e| e == "yaml") {
            // Texts in exercises: what is written under `énoncé: |` and its like.
            let text = fs::read_to_string(&path).expect("a text");
            for (at, block) in text.split(": |\n").enumerate().skip(1) {
                let indent = block.len() - block.trim_start_matches(' ').len();
                let lines = block.lines().take_while(|line| {
                    line.trim().is_empty() || line.len() - line.trim_start_matches(' ').len() >= indent
                });
                let lines: Vec<&str> = lines.map(|line| line.get(indent..).unwrap_or_default()).collect();
                // Manifests and scripts are no texts.
                if lines.iter().any(|line| line.starts_with("apiVersion:")) {
                    continue;
                }
                check(&lines.join("\n"), &format!("{} {at}", path.display()));
                *count += 1;
            }
        }
    }
}

#[test]
fn the_course_is_read_as_by_a_complete_reader() {
    let mut count = 0;
    folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cours"), &mut count);
    assert!(count > 60, "{count}");
}

#[test]
fn so_is_what_the_course_does_not_write() {
    for text in [
        "un *deux **trois*** quatre",
        "**un**deux, nom_de_variable, _a_b_, *a*b*c*, ** rien **",
        "a\nb  \nc\\\nd",
        "\\*pas\\* `a\\` ``b`c`` ` d ` `` ` ``",
        "Titre\n=====\n\nAutre\n---\ntexte\n***\n",
        "# Un #\n## Deux ##\n#trois\n####### sept",
        "- a\n- b\n\n  c\n\n      code\n- d\n\nfin",
        "1. a\n2. b\n   - c\n     suite\n3) autre",
        "- a\nsuite paresseuse\n- b\n\n\n- c\n* d",
        "> a\nparesseux\n> - b\n>   c\n>\n> d\n\ne",
        "> [!attention]\n> Un mot.\n>\n> Un autre.\n",
        "~~~sh\na\n```\n~~~\nb\n```\nc\n```\n",
        "   ```yaml\n   a:\n     b: 1\n   ```\n",
        "    du code\n\n    encore\nfin",
        "| a | b |\n|:--|--:|\n| `x\\|y` | **z** |\n| seul |\n| un | deux | trois |\n\nfin",
        "a | b\n--|--\n1 | 2\n",
        "[un `a]b` mot](https://a.fr/x_(y) \"titre\") [deux][r] [r] [autre]\n\n[r]: https://b.fr\n",
        "<https://a.fr/b?c=d> &amp; &nbsp;&#233; &inconnu; & ;",
        "![x](https://a.fr/x.png) [y](<a b>)",
        "1986\\. Une année\n\n+ plus\n+ encore",
        "un\n- deux\n\ntrois\n2. pas un\n\nquatre\n1. si",
    ] {
        check(text, text);
    }
}

/// Renders a text.
fn render(markdown: &str) -> Rendered {
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
