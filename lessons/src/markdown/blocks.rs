//! Blocks, one under the other: each kind says by its first line that it begins, and takes its lines.

use super::{Line, Reader};
use crate::doc::{Block, Callout, Code, Doc, Span};

/// How many columns of space a line begins with, and the rest.
fn indented(text: &str) -> (usize, &str) {
    let rest = text.trim_start_matches(' ');
    (text.len() - rest.len(), rest)
}

/// The text of a line that is not indented as code would be.
fn flush(text: &str) -> Option<&str> {
    let (columns, rest) = indented(text);
    (columns < 4 && !rest.is_empty()).then_some(rest)
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// `[label]: target`
pub(super) fn target(text: &str) -> Option<(String, String)> {
    let (label, rest) = flush(text)?.strip_prefix('[')?.split_once("]:")?;
    let target = rest.split_whitespace().next()?;
    let target = target
        .strip_prefix('<')
        .and_then(|t| t.strip_suffix('>'))
        .unwrap_or(target);
    Some((label.to_lowercase(), target.to_owned()))
}

/// A fence: its character, how often, and what follows.
fn fence(text: &str) -> Option<(char, usize, &str)> {
    let text = flush(text)?;
    let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let rest = text.trim_start_matches(mark);
    let count = text.len() - rest.len();
    (count >= 3 && !(mark == '`' && rest.contains('`'))).then_some((mark, count, rest.trim()))
}

/// `## words ##`: the level and the words.
fn heading(text: &str) -> Option<(u8, &str)> {
    let text = flush(text)?;
    let rest = text.trim_start_matches('#');
    let level = u8::try_from(text.len() - rest.len()).ok()?;
    if !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let words = rest.trim();
    let bare = words.trim_end_matches('#');
    let closed = bare.len() < words.len() && (bare.is_empty() || bare.ends_with(' '));
    Some((level, if closed { bare.trim_end() } else { words }))
}

/// `---`, `* * *`
fn is_rule(text: &str) -> bool {
    let Some(text) = flush(text) else { return false };
    let marks: String = text.split_whitespace().collect();
    marks.len() >= 3
        && ['-', '*', '_']
            .iter()
            .any(|mark| marks.chars().all(|c| c == *mark))
}

/// An item of a list: what marks it, its number if it has one, and where its text begins.
struct Item {
    mark: char,
    number: Option<u64>,
    column: usize,
}

fn item(text: &str) -> Option<Item> {
    let (columns, rest) = indented(text);
    flush(text)?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, after) = rest.split_at_checked(digits)?;
    let mark = after.chars().next()?;
    let known = if number.is_empty() {
        matches!(mark, '-' | '+' | '*')
    } else {
        matches!(mark, '.' | ')') && digits < 10
    };
    let after = after.get(1..)?;
    let (space, words) = indented(after);
    if !known || (space == 0 && !words.is_empty()) || (number.is_empty() && is_rule(text)) {
        return None;
    }
    // Much space is that of code in the item.
    let space = if words.is_empty() || space > 4 { 1 } else { space };
    Some(Item {
        mark,
        number: number.parse().ok(),
        column: columns + digits + 1 + space,
    })
}

/// What may begin in the middle of a paragraph.
fn interrupts(text: &str) -> bool {
    let list = item(text)
        .is_some_and(|item| item.number.is_none_or(|number| number == 1) && text.len() >= item.column);
    fence(text).is_some()
        || heading(text).is_some()
        || is_rule(text)
        || flush(text).is_some_and(|text| text.starts_with('>'))
        || list
}

/// The cells of a table's row.
fn cells(text: &str) -> Vec<String> {
    let text = text.trim();
    let text = text.strip_prefix('|').unwrap_or(text);
    let text = text
        .strip_suffix('|')
        .filter(|t| !t.ends_with('\\'))
        .unwrap_or(text);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        let Some(cell) = cells.last_mut() else { continue };
        match c {
            '|' if escaped => {
                cell.pop();
                cell.push('|');
            }
            '|' => cells.push(String::new()),
            _ => cell.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    cells.into_iter().map(|cell| cell.trim().to_owned()).collect()
}

/// `|---|:-:|`, with as many cells as the head.
fn is_table(head: &str, under: Option<&Line<'_>>) -> bool {
    let Some(under) = under.and_then(|line| flush(line.text)) else {
        return false;
    };
    let marks = cells(under);
    let is_mark = |cell: &String| {
        let bare = cell.strip_prefix(':').unwrap_or(cell);
        let bare = bare.strip_suffix(':').unwrap_or(bare);
        !bare.is_empty() && bare.chars().all(|c| c == '-')
    };
    (under.contains('|') || head.contains('|'))
        && marks.iter().all(is_mark)
        && cells(head).len() == marks.len()
}

impl Reader {
    /// The blocks that these lines hold.
    pub(super) fn blocks(&mut self, mut lines: &[Line<'_>]) -> Doc {
        let mut doc = Doc::new();
        while let [line, rest @ ..] = lines {
            self.last = None;
            lines = if is_blank(line.text) || target(line.text).is_some() {
                rest
            } else if let Some((mark, count, info)) = fence(line.text) {
                self.fenced(line, rest, (mark, count, info), &mut doc)
            } else if let Some((level, words)) = heading(line.text) {
                let text = self.spans(words, line.number);
                doc.push(Block::Heading { level, text });
                rest
            } else if is_rule(line.text) {
                doc.push(Block::Rule);
                rest
            } else if flush(line.text).is_some_and(|text| text.starts_with('>')) {
                self.quote(lines, &mut doc)
            } else if let Some(first) = item(line.text) {
                self.list(lines, &first, &mut doc)
            } else if flush(line.text).is_none() {
                self.indented(lines, &mut doc)
            } else if is_table(line.text, rest.first()) {
                self.table(line, rest, &mut doc)
            } else {
                self.paragraph(lines, &mut doc)
            };
        }
        doc
    }

    fn fenced<'l, 't>(
        &mut self,
        first: &Line<'_>,
        lines: &'l [Line<'t>],
        (mark, count, info): (char, usize, &str),
        doc: &mut Doc,
    ) -> &'l [Line<'t>] {
        let mut code = self.code(info, first.number);
        let (columns, _) = indented(first.text);
        let closes = |line: &Line<'_>| {
            fence(line.text).is_some_and(|(c, n, rest)| c == mark && n >= count && rest.is_empty())
        };
        let end = lines.iter().position(closes).unwrap_or(lines.len());
        for line in lines.iter().take(end) {
            let space = indented(line.text).0.min(columns);
            code.text.push_str(line.text.get(space..).unwrap_or_default());
            code.text.push('\n');
        }
        doc.push(Block::Code(code));
        lines.get(end + 1..).unwrap_or_default()
    }

    fn code(&mut self, info: &str, line: usize) -> Code {
        self.out.code_lines.push(line);
        let mut code = Code::default();
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
        code
    }

    fn indented<'l, 't>(&mut self, lines: &'l [Line<'t>], doc: &mut Doc) -> &'l [Line<'t>] {
        let inside = |line: &&Line<'_>| is_blank(line.text) || indented(line.text).0 >= 4;
        let count = lines.iter().take_while(inside).count();
        let (inside, rest) = lines.split_at(count);
        let mut code = self.code("", inside.first().map_or(0, |line| line.number));
        let text: Vec<&str> = inside
            .iter()
            .map(|line| line.text.get(4..).unwrap_or_default())
            .collect();
        code.text = text.join("\n").trim_end().to_owned() + "\n";
        doc.push(Block::Code(code));
        rest
    }

    /// Lines that begin with `>`, and those that only continue a paragraph in it.
    fn quote<'l, 't>(&mut self, lines: &'l [Line<'t>], doc: &mut Doc) -> &'l [Line<'t>] {
        let mut inside: Vec<Line<'t>> = Vec::new();
        for line in lines {
            let text = match flush(line.text).and_then(|text| text.strip_prefix('>')) {
                Some(text) => text.strip_prefix(' ').unwrap_or(text),
                None if continues(&inside, line.text) => line.text,
                None => break,
            };
            inside.push(Line { text, ..*line });
        }
        let rest = lines.get(inside.len()..).unwrap_or_default();
        let kind = inside.first().and_then(|line| callout(line.text));
        let from = usize::from(kind.is_some());
        let blocks = self.blocks(inside.get(from..).unwrap_or_default());
        doc.push(Block::Quote { kind, blocks });
        rest
    }

    fn list<'l, 't>(&mut self, mut lines: &'l [Line<'t>], first: &Item, doc: &mut Doc) -> &'l [Line<'t>] {
        let mut items = Vec::new();
        while let [line, rest @ ..] = lines {
            if is_blank(line.text) && !items.is_empty() {
                // What comes after an empty line may be the next item.
                match rest
                    .iter()
                    .find(|line| !is_blank(line.text))
                    .and_then(|line| item(line.text))
                {
                    Some(next) if next.mark == first.mark => {
                        lines = rest;
                        continue;
                    }
                    _ => break,
                }
            }
            let Some(next) = item(line.text).filter(|next| next.mark == first.mark) else {
                break;
            };
            let mut inside = vec![Line {
                text: line.text.get(next.column..).unwrap_or_default(),
                ..*line
            }];
            for line in rest {
                let (columns, _) = indented(line.text);
                let text = if is_blank(line.text) {
                    ""
                } else if columns >= next.column {
                    line.text.get(next.column..).unwrap_or_default()
                } else if continues(&inside, line.text) {
                    line.text
                } else {
                    break;
                };
                inside.push(Line { text, ..*line });
            }
            while inside.len() > 1 && inside.last().is_some_and(|line| is_blank(line.text)) {
                inside.pop();
            }
            lines = lines.get(inside.len()..).unwrap_or_default();
            items.push(self.blocks(&inside));
        }
        let start = first.number;
        doc.push(Block::List { start, items });
        lines
    }

    fn table<'l, 't>(&mut self, head: &Line<'_>, lines: &'l [Line<'t>], doc: &mut Doc) -> &'l [Line<'t>] {
        let mut row = |line: &Line<'_>, width: usize| -> Vec<Vec<Span>> {
            let mut row: Vec<Vec<Span>> = Vec::new();
            for cell in cells(line.text).into_iter().take(width) {
                self.last = None;
                row.push(self.spans(&cell, line.number));
            }
            row
        };
        let head = row(head, usize::MAX);
        let under = lines.get(1..).unwrap_or_default();
        let mut rows = Vec::new();
        for line in under
            .iter()
            .take_while(|line| !is_blank(line.text) && !interrupts(line.text))
        {
            let mut cells = row(line, head.len());
            cells.resize(head.len(), Vec::new());
            rows.push(cells);
        }
        let rest = under.get(rows.len()..).unwrap_or_default();
        doc.push(Block::Table { head, rows });
        rest
    }

    fn paragraph<'l, 't>(&mut self, lines: &'l [Line<'t>], doc: &mut Doc) -> &'l [Line<'t>] {
        let mut count = 1;
        let mut level = None;
        for line in lines.iter().skip(1) {
            // A line under it makes it a heading.
            let under = flush(line.text).map_or("", str::trim_end);
            if !under.is_empty() && (under.chars().all(|c| c == '=') || under.chars().all(|c| c == '-')) {
                level = Some(if under.starts_with('=') { 1 } else { 2 });
                break;
            }
            if is_blank(line.text) || interrupts(line.text) {
                break;
            }
            count += 1;
        }
        let (inside, rest) = lines.split_at(count);
        let words: Vec<&str> = inside.iter().map(|line| line.text.trim_start()).collect();
        let line = inside.first().map_or(0, |line| line.number);
        let text = self.spans(words.join("\n").trim_end(), line);
        match level {
            Some(level) => {
                doc.push(Block::Heading { level, text });
                rest.get(1..).unwrap_or_default()
            }
            None => {
                doc.push(Block::Paragraph(text));
                rest
            }
        }
    }
}

/// `[!remarque]`
fn callout(text: &str) -> Option<Callout> {
    let name = text.trim().strip_prefix("[!")?.strip_suffix(']')?;
    let known = Callout::NAMES
        .iter()
        .find(|(written, _)| written.eq_ignore_ascii_case(name));
    known.map(|(_, callout)| *callout)
}

/// Whether a line without the mark of what holds `inside` continues a paragraph at its end.
fn continues(inside: &[Line<'_>], text: &str) -> bool {
    let mut fenced = false;
    for line in inside {
        fenced ^= fence(line.text).is_some();
    }
    let last = inside.last().map_or("", |line| line.text);
    // The paragraph may be in an item, or in a quotation, of this one.
    let mut last = last;
    loop {
        last = match (item(last), flush(last).and_then(|text| text.strip_prefix('>'))) {
            (Some(item), _) => last.get(item.column..).unwrap_or_default(),
            (None, Some(quoted)) => quoted,
            (None, None) => break,
        };
    }
    let open = !is_blank(last) && heading(last).is_none() && !is_rule(last) && callout(last).is_none();
    !fenced && open && !is_blank(text) && !interrupts(text) && item(text).is_none()
}
