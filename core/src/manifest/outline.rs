//! The outline of a manifest that is being written: keys and dashes by line and indentation, and the way to a place.

/// A step on the way to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// Under this key.
    Key(&'a str),
    /// In an element of a list.
    Item,
}

/// Where the cursor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// The way to the mapping (or list) that the cursor is in.
    pub(super) path: Vec<Step<'a>>,
    /// The key whose value is being written; `None` where a key is.
    pub(super) key: Option<&'a str>,
    /// The keys that the mapping has already.
    pub(super) siblings: Vec<&'a str>,
    /// The letter at which the word under the cursor begins.
    pub(super) start: usize,
    /// By how much the key stands deeper than its line, because of dashes.
    pub(super) after_dash: usize,
    /// Whether a colon follows already.
    pub(super) has_colon: bool,
}

/// A word that may be hovered over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// The key, or the kind.
    pub(super) name: &'a str,
    /// The letter at which it begins.
    pub(super) start: usize,
    /// The letter after it.
    pub(super) end: usize,
    /// The way to its mapping.
    pub(super) path: Vec<Step<'a>>,
}

#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    Dash,
    Key { name: &'a str, value: &'a str },
}

#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    line: usize,
    column: usize,
    part: Part<'a>,
}

/// One document's keys and dashes, and the line that somebody is in.
pub(super) struct Outline<'a> {
    tokens: Vec<Token<'a>>,
    line: usize,
    text: &'a str,
    /// The indentation of the key whose block of text (`|`, `>`) reaches the line.
    block: Option<usize>,
}

impl<'a> Outline<'a> {
    /// The outline of the document that this line is in.
    pub(super) fn new(text: &'a str, line: usize) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let is_break = |line: &&str| line.starts_with("---");
        let before = lines.iter().take(line).rposition(is_break);
        let begin = before.map_or(0, |found| found + 1);
        let after = lines.iter().skip(line).position(is_break);
        let end = after.map_or(lines.len(), |found| line + found);
        let mut outline = Self {
            tokens: Vec::new(),
            line,
            text: lines.get(line).copied().unwrap_or_default(),
            block: None,
        };
        let mut block = None;
        for (number, here) in lines.iter().enumerate().take(end).skip(begin) {
            if number == line {
                outline.block = block;
            }
            outline.add(number, here, &mut block);
        }
        if line >= lines.len() {
            outline.block = block;
        }
        outline
    }

    fn add(&mut self, line: usize, text: &'a str, block: &mut Option<usize>) {
        let (indent, body) = indented(text);
        if block.is_some_and(|of| body.is_empty() || indent > of) {
            return;
        }
        *block = None;
        if body.is_empty() || body.starts_with('#') {
            return;
        }
        let (dashes, column, rest) = dashes(indent, body);
        let dash = |column| Token {
            line,
            column,
            part: Part::Dash,
        };
        self.tokens.extend(dashes.into_iter().map(dash));
        if let Some((name, value)) = key(rest) {
            if value.starts_with(['|', '>']) {
                *block = Some(column);
            }
            self.tokens.push(Token {
                line,
                column,
                part: Part::Key { name, value },
            });
        }
    }

    /// `apiVersion` and `kind` of the document; empty where they are not written.
    pub(super) fn identity(&self) -> (&'a str, &'a str) {
        let of = |wanted: &str| {
            let found = self.tokens.iter().find_map(|token| match token.part {
                Part::Key { name, value } if token.column == 0 && name == wanted => Some(value),
                _ => None,
            });
            found.unwrap_or_default()
        };
        (of("apiVersion"), of("kind"))
    }

    /// Where the cursor stands when it is at this letter of its line; `None` in comments and blocks of text.
    pub(super) fn place(&self, letter: usize) -> Option<Place<'a>> {
        let at = offset(self.text, letter);
        let (before, after) = (self.text.get(..at)?, self.text.get(at..)?);
        let (indent, body) = indented(before);
        if body.starts_with('#') || before.contains(" #") || self.block.is_some_and(|of| indent > of) {
            return None;
        }
        let (_, column, rest) = dashes(indent, body);
        let (path, siblings) = self.way(self.line, column)?;
        let word = |name: Option<&'a str>, start: usize| Place {
            path,
            key: name,
            siblings,
            start,
            after_dash: column - indent,
            has_colon: after.trim_start().starts_with(':') || after.contains(": "),
        };
        match key(rest) {
            Some((name, value)) if rest.len() > name.len() => {
                let written = value.chars().count();
                Some(word(Some(name), letter.saturating_sub(written)))
            }
            _ => Some(word(None, letter.saturating_sub(rest.chars().count()))),
        }
    }

    /// The key at this letter of the line, or the kind.
    pub(super) fn word(&self, letter: usize) -> Option<Word<'a>> {
        let token = self
            .tokens
            .iter()
            .find(|token| token.line == self.line && matches!(token.part, Part::Key { .. }))?;
        let Part::Key { name, value } = token.part else {
            return None;
        };
        let (path, _) = self.way(self.line, token.column)?;
        let end = token.column + name.chars().count();
        if (token.column..=end).contains(&letter) {
            return Some(Word {
                name,
                start: token.column,
                end,
                path,
            });
        }
        let start = self.text.chars().count() - self.text.trim_start().chars().count() + end + 2;
        (name == "kind" && token.column == 0 && letter >= start).then(|| Word {
            name: value,
            start,
            end: start + value.chars().count(),
            path,
        })
    }

    /// Whether the letter is in the value of its line's key.
    pub(super) fn is_value(&self, letter: usize) -> bool {
        let colon = self.text.chars().position(|c| c == ':');
        colon.is_some_and(|colon| letter > colon)
    }

    /// The way to the mapping whose keys stand at this column in this line, and its keys; `None` when there is none.
    fn way(&self, line: usize, column: usize) -> Option<(Vec<Step<'a>>, Vec<&'a str>)> {
        let (mut path, mut siblings) = (Vec::new(), Vec::new());
        let mut limit = column;
        let mut item = None;
        let above = self.tokens.iter().rev();
        for token in above.filter(|token| token.line < line || (token.line == line && token.column < column))
        {
            match token.part {
                Part::Key { name, .. } if token.column == column && path.is_empty() => siblings.push(name),
                Part::Key { name, value } if token.column < limit => {
                    if !value.is_empty() {
                        return None;
                    }
                    path.push(Step::Key(name));
                    (limit, item) = (token.column, None);
                }
                Part::Dash if token.column < limit && item != Some(token.column) => {
                    path.push(Step::Item);
                    // The key of a list may stand at the column of its dashes.
                    (limit, item) = (token.column + 1, Some(token.column));
                }
                _ => {}
            }
        }
        let below = self.tokens.iter().filter(|token| token.line > line);
        for token in below.take_while(|token| token.column >= column) {
            if let Part::Key { name, .. } = token.part
                && token.column == column
            {
                siblings.push(name);
            }
        }
        path.reverse();
        Some((path, siblings))
    }
}

/// A line's indentation, and the rest of it.
fn indented(line: &str) -> (usize, &str) {
    let body = line.trim_start_matches(' ');
    (line.len() - body.len(), body)
}

/// The columns of the dashes that a line begins with, and what stands after them and where.
fn dashes(indent: usize, body: &str) -> (Vec<usize>, usize, &str) {
    let (mut found, mut column, mut rest) = (Vec::new(), indent, body);
    while let Some(after) = rest
        .strip_prefix('-')
        .filter(|after| after.is_empty() || after.starts_with(' '))
    {
        found.push(column);
        let body = after.trim_start_matches(' ');
        column += rest.len() - body.len();
        rest = body;
    }
    (found, column, rest)
}

/// Key and value of a line without indentation and dashes; the value without comment and quotes.
fn key(rest: &str) -> Option<(&str, &str)> {
    if rest.starts_with(['{', '[', '"', '\'', '#']) {
        return None;
    }
    let (name, value) = match rest.split_once(": ") {
        Some(found) => found,
        None => (rest.trim_end().strip_suffix(':')?, ""),
    };
    let value = value.split(" #").next().unwrap_or_default();
    let value = value.trim().trim_matches(['"', '\'']);
    Some((name, if value.starts_with('#') { "" } else { value }))
}

/// The byte at which a letter of a line stands.
fn offset(line: &str, letter: usize) -> usize {
    line.char_indices().nth(letter).map_or(line.len(), |(at, _)| at)
}
