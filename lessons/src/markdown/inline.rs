//! Words: code, emphasis, links, what is escaped.

use super::Reader;
use crate::doc::Span;
use crate::typography;

/// A part of a text whose emphasis is not yet known.
enum Piece {
    /// What is.
    Spans(Vec<Span>),
    /// `*` or `_`, so often, which may begin or end emphasis.
    Marks {
        mark: char,
        count: usize,
        opens: bool,
        closes: bool,
    },
}

/// Characters that a backslash takes the meaning from.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
}

/// Entities that authors write.
const ENTITIES: [(&str, &str); 14] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{a0}"),
    ("copy", "©"),
    ("hellip", "…"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("rarr", "→"),
    ("times", "×"),
];

impl Reader {
    /// The words of a paragraph that begins in this line.
    pub(super) fn spans(&mut self, text: &str, line: usize) -> Vec<Span> {
        let mut words = Words {
            rest: text,
            before: None,
            line,
            pieces: Vec::new(),
            plain: String::new(),
        };
        while words.step(self) {}
        words.flush(self);
        emphasise(words.pieces)
    }
}

struct Words<'a> {
    rest: &'a str,
    before: Option<char>,
    line: usize,
    pieces: Vec<Piece>,
    /// Prose that is not yet a piece.
    plain: String,
}

impl<'a> Words<'a> {
    /// Takes what comes next; answers whether there was something.
    fn step(&mut self, reader: &mut Reader) -> bool {
        let Some(c) = self.rest.chars().next() else {
            return false;
        };
        let taken = match c {
            '\n' => self.line_end(reader),
            '\\' => self.escape(reader),
            '`' => self.code(reader),
            '*' | '_' => self.marks(c, reader),
            '!' if self.rest.starts_with("![") => self.link(1, reader),
            '[' => self.link(0, reader),
            '<' => self.angle(reader),
            '&' => self.entity(),
            _ => None,
        };
        match taken {
            Some(count) => self.skip(count),
            None => {
                self.plain.push(c);
                self.skip(c.len_utf8());
            }
        }
        true
    }

    fn skip(&mut self, count: usize) {
        let (taken, rest) = self.rest.split_at_checked(count).unwrap_or((self.rest, ""));
        self.before = taken.chars().next_back().or(self.before);
        self.rest = rest;
    }

    /// Makes a piece of the prose so far, and tells what is wrong with it.
    fn flush(&mut self, reader: &mut Reader) {
        if self.plain.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.plain);
        let faults = typography::faults(&text, reader.last);
        reader
            .out
            .faults
            .extend(faults.into_iter().map(|fault| (self.line, fault)));
        reader.last = text.chars().next_back();
        self.push(Span::Text(text));
    }

    fn push(&mut self, span: Span) {
        self.pieces.push(Piece::Spans(vec![span]));
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "one of the ways that a mark may be read, which answer alike"
    )]
    fn line_end(&mut self, reader: &mut Reader) -> Option<usize> {
        let kept = self.plain.trim_end_matches(' ').len();
        let breaks = self.plain.len() - kept >= 2;
        self.plain.truncate(kept);
        self.end_line(breaks, reader);
        Some(1)
    }

    fn end_line(&mut self, breaks: bool, reader: &mut Reader) {
        self.flush(reader);
        reader.last = (!breaks).then_some(' ');
        self.push(if breaks {
            Span::Break
        } else {
            Span::Text(" ".to_owned())
        });
        self.line += 1;
    }

    fn escape(&mut self, reader: &mut Reader) -> Option<usize> {
        let next = self.rest.chars().nth(1)?;
        if next == '\n' {
            self.end_line(true, reader);
        } else if is_punctuation(next) {
            self.plain.push(next);
        } else {
            return None;
        }
        Some(1 + next.len_utf8())
    }

    /// Code between as many backticks as it begins with.
    fn code(&mut self, reader: &mut Reader) -> Option<usize> {
        let count = self.rest.len() - self.rest.trim_start_matches('`').len();
        let ticks = self.rest.get(..count)?;
        let mut from = count;
        loop {
            let after = self.rest.get(from..)?;
            let Some(at) = after.find(ticks) else {
                // None of these begins code.
                self.plain.push_str(ticks);
                return Some(count);
            };
            let run = after.get(at..)?;
            let run = run.len() - run.trim_start_matches('`').len();
            if run == count {
                let text = self.rest.get(count..from + at)?;
                self.flush(reader);
                self.line += text.matches('\n').count();
                let text = text.replace('\n', " ");
                let bare = text.strip_prefix(' ').and_then(|text| text.strip_suffix(' '));
                let text = bare.filter(|bare| !bare.trim().is_empty()).unwrap_or(&text);
                reader.last = Some('`');
                self.push(Span::Code(text.to_owned()));
                return Some(from + at + count);
            }
            from += at + run;
        }
    }

    fn marks(&mut self, mark: char, reader: &mut Reader) -> Option<usize> {
        let count = self.rest.len() - self.rest.trim_start_matches(mark).len();
        let before = self.before.unwrap_or(' ');
        let after = self.rest.get(count..)?.chars().next().unwrap_or(' ');
        let symbol = |c: char| is_punctuation(c) || (!c.is_alphanumeric() && !c.is_whitespace());
        let left = !after.is_whitespace() && (!symbol(after) || before.is_whitespace() || symbol(before));
        let right = !before.is_whitespace() && (!symbol(before) || after.is_whitespace() || symbol(after));
        let (opens, closes) = if mark == '_' {
            (
                left && (!right || symbol(before)),
                right && (!left || symbol(after)),
            )
        } else {
            (left, right)
        };
        if !opens && !closes {
            self.plain.push_str(self.rest.get(..count)?);
            return Some(count);
        }
        self.flush(reader);
        self.pieces.push(Piece::Marks {
            mark,
            count,
            opens,
            closes,
        });
        Some(count)
    }

    /// `[words](target)`, `[words][label]`, `[label]`; a picture with one character before.
    fn link(&mut self, mark: usize, reader: &mut Reader) -> Option<usize> {
        let words_end = closing(self.rest.get(mark..)?, '[', ']')? + mark;
        let words = self.rest.get(mark + 1..words_end)?;
        let after = self.rest.get(words_end + 1..)?;
        let (target, length) = if after.starts_with('(') {
            let end = closing(after, '(', ')')?;
            (destination(after.get(1..end)?)?, end + 1)
        } else {
            let label = after.strip_prefix('[').and_then(|label| label.split_once(']'));
            let length = label.map_or(0, |(label, _)| label.len() + 2);
            let label = label.map(|(label, _)| label).filter(|label| !label.is_empty());
            let label = label.unwrap_or(words).to_lowercase();
            (reader.targets.get(&label)?.clone(), length)
        };
        self.flush(reader);
        let line = self.line;
        let text = reader.spans(words, line);
        self.line += words.matches('\n').count();
        if mark == 1 {
            let message = format!("Les images ne sont pas encore permises ({target}).");
            reader.out.faults.push((line, message));
            self.pieces.push(Piece::Spans(text));
        } else {
            self.linked(target, text, line, reader);
        }
        Some(words_end + 1 + length)
    }

    fn linked(&mut self, href: String, text: Vec<Span>, line: usize, reader: &mut Reader) {
        reader.out.links.push((line, href.clone()));
        if href.starts_with("https://") || href.starts_with("#/") {
            self.push(Span::Link { href, text });
        } else {
            let message = format!("Lien refusé : « {href} » (permis : https://… et #/…).");
            reader.out.faults.push((line, message));
            self.pieces.push(Piece::Spans(text));
        }
    }

    /// `<https://…>` is a link; `<b>` is HTML, which is shown as text.
    fn angle(&mut self, reader: &mut Reader) -> Option<usize> {
        let end = self.rest.find('>')?;
        let inside = self.rest.get(1..end)?;
        let first = inside.chars().next()?;
        let is_link = inside.contains("://") && !inside.contains(char::is_whitespace);
        let is_html = first.is_ascii_alphabetic() || matches!(first, '/' | '!' | '?');
        if !is_link && !is_html {
            return None;
        }
        self.flush(reader);
        let line = self.line;
        if is_link {
            let text = reader.spans(inside, line);
            self.linked(inside.to_owned(), text, line, reader);
        } else {
            let message = "Le HTML n’est pas permis dans une leçon : il sera montré comme du texte.";
            reader.out.faults.push((line, message.to_owned()));
            self.push(Span::Text(format!("<{inside}>")));
        }
        Some(end + 1)
    }

    fn entity(&mut self) -> Option<usize> {
        let (name, _) = self.rest.strip_prefix('&')?.split_once(';')?;
        match name.strip_prefix('#') {
            Some(number) => {
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                self.plain.push(char::from_u32(code)?);
            }
            None => {
                let (_, text) = ENTITIES.iter().find(|(known, _)| *known == name)?;
                self.plain.push_str(text);
            }
        }
        Some(name.len() + 2)
    }
}

/// Where what `open` opens is closed, at the beginning of a text.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == '`' && open == '[' {
            // Brackets in code close nothing.
            let after = text.get(at + 1..)?;
            if let Some(end) = after.find('`') {
                chars
                    .by_ref()
                    .take(after.get(..=end)?.chars().count())
                    .for_each(drop);
            }
        } else if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// `target "title"`, `<target>`
fn destination(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(quoted) = text.strip_prefix('<') {
        return quoted.split_once('>').map(|(target, _)| target.to_owned());
    }
    let (target, title) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let title = title.trim();
    (title.is_empty() || title.starts_with(['"', '\'', '('])).then(|| target.to_owned())
}

/// Pairs the marks of emphasis (`process emphasis` of CommonMark) and joins what is left.
fn emphasise(mut pieces: Vec<Piece>) -> Vec<Span> {
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        let Piece::Marks {
            mark,
            count,
            closes: true,
            opens,
        } = *piece
        else {
            at += 1;
            continue;
        };
        let opener = pieces.get(..at).unwrap_or_default().iter().rposition(|piece| {
            matches!(piece, Piece::Marks { mark: other, count: many, opens: true, closes }
                if *other == mark
                    // A run that may do both is no pair for every other.
                    && !((*closes || opens) && (many + count) % 3 == 0 && (many % 3 != 0 || count % 3 != 0)))
        });
        let Some(opener) = opener else {
            at += 1;
            continue;
        };
        at = pair(&mut pieces, opener, at);
    }
    let mut spans = Vec::new();
    join(pieces, &mut spans);
    spans
}

/// Makes what is between two runs of marks one piece; answers where the rest of the second is.
fn pair(pieces: &mut Vec<Piece>, opener: usize, closer: usize) -> usize {
    let many = |piece: Option<&Piece>| match piece {
        Some(Piece::Marks { count, .. }) => *count,
        _ => 0,
    };
    let used = if many(pieces.get(opener)).min(many(pieces.get(closer))) >= 2 {
        2
    } else {
        1
    };
    let inside: Vec<Piece> = pieces.drain(opener + 1..closer).collect();
    let mut spans = Vec::new();
    join(inside, &mut spans);
    let emphasis = if used == 2 {
        Span::Strong(spans)
    } else {
        Span::Emphasis(spans)
    };
    pieces.insert(opener + 1, Piece::Spans(vec![emphasis]));
    let mut closer = opener + 2;
    for at in [closer, opener] {
        if let Some(Piece::Marks { count, .. }) = pieces.get_mut(at) {
            *count -= used;
            if *count == 0 {
                pieces.remove(at);
                if at == opener {
                    closer -= 1;
                }
            }
        }
    }
    closer
}

/// Marks that are none are words; runs of words become one, so that typography sees them whole.
fn join(pieces: Vec<Piece>, out: &mut Vec<Span>) {
    for piece in pieces {
        let spans = match piece {
            Piece::Spans(spans) => spans,
            Piece::Marks { mark, count, .. } => vec![Span::Text(mark.to_string().repeat(count))],
        };
        for span in spans {
            match (out.last_mut(), span) {
                (Some(Span::Text(before)), Span::Text(text)) => {
                    before.push_str(&text);
                    *before = typography::set(before);
                }
                (_, Span::Text(text)) => out.push(Span::Text(typography::set(&text))),
                (_, other) => out.push(other),
            }
        }
    }
}
