//! Formatting: two spaces a level, whatever was typed, and everything else as it is: comments, order, quotes, blank lines, lists below
//! their key or one step in. What would mean something else afterwards is left alone.

/// One level of indentation: how it was typed, and how it becomes.
#[derive(Clone, Copy)]
struct Level {
    typed: usize,
    set: usize,
}

/// The text with its indentation set right; the text itself where that would change what it says.
#[must_use]
pub fn format(text: &str) -> String {
    let formatted = Formatter::default().run(text);
    let values = |text: &str| -> Option<Vec<serde_json::Value>> {
        let documents = super::parse(text).into_iter();
        documents
            .map(|document| document.ok().map(|document| document.value))
            .collect()
    };
    match (values(text), values(&formatted)) {
        (Some(before), Some(after)) if before == after => formatted,
        // Tabs were in the way of reading it at all.
        (None, Some(_)) => formatted,
        _ => text.to_owned(),
    }
}

#[derive(Default)]
struct Formatter {
    out: String,
    levels: Vec<Level>,
    /// Comments that take the indentation of the line after them.
    comments: Vec<String>,
    /// A block scalar: the indentation of the line that begins it, typed and set, and that of its first line.
    block: Option<(Level, Option<usize>)>,
    /// Brackets that are still open, and how far the line that opened them moved.
    open: (i32, isize),
}

impl Formatter {
    fn run(mut self, text: &str) -> String {
        for line in text.lines() {
            self.line(line);
        }
        self.flush(0);
        let trimmed = self.out.trim_end().len();
        self.out.truncate(trimmed);
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    fn put(&mut self, indent: usize, words: &str) {
        if !words.is_empty() {
            self.out.extend(std::iter::repeat_n(' ', indent));
        }
        self.out.push_str(words);
        self.out.push('\n');
    }

    fn flush(&mut self, indent: usize) {
        for comment in std::mem::take(&mut self.comments) {
            let indent = if comment.is_empty() { 0 } else { indent };
            self.put(indent, &comment);
        }
    }

    fn line(&mut self, line: &str) {
        let body = line.trim_start_matches([' ', '\t']);
        let white = line.get(..line.len() - body.len()).unwrap_or_default();
        let typed: usize = white.chars().map(|c| if c == '\t' { 2 } else { 1 }).sum();
        if let Some((level, first)) = self.block {
            if body.is_empty() {
                self.put(0, "");
                return;
            }
            if typed > level.typed {
                let first = first.unwrap_or(typed);
                self.block = Some((level, Some(first)));
                let indent = level.set + 2 + typed.saturating_sub(first);
                self.put(indent, body);
                return;
            }
            self.block = None;
        }
        let body = body.trim_end();
        if self.open.0 > 0 {
            let indent = isize::try_from(typed).unwrap_or(0) + self.open.1;
            self.open.0 += balance(body);
            self.put(usize::try_from(indent).unwrap_or(0), body);
            return;
        }
        if body.is_empty() || body.starts_with('#') {
            self.comments.push(body.to_owned());
            return;
        }
        if typed == 0 && (body.starts_with("---") || body.starts_with("...") || body.starts_with('%')) {
            self.flush(0);
            self.levels.clear();
            self.put(0, body);
            return;
        }
        self.content(typed, body);
    }

    fn content(&mut self, typed: usize, body: &str) {
        let set = self.level(typed);
        self.flush(set);
        let (mut column, mut out, mut rest, mut place) = (typed, String::new(), body, set);
        // Each dash opens a level for what stands after it.
        while let Some(after) = rest.strip_prefix("- ") {
            let inner = after.trim_start();
            column += rest.len() - inner.len();
            place += 2;
            out.push_str("- ");
            self.levels.push(Level {
                typed: column,
                set: place,
            });
            rest = inner;
        }
        out.push_str(rest);
        self.put(set, &out);
        let shift = isize::try_from(set).unwrap_or(0) - isize::try_from(typed).unwrap_or(0);
        self.open = (balance(rest), shift);
        if begins_block(rest) {
            let key = self.levels.last().copied().unwrap_or(Level { typed, set });
            // A list's own block is deeper than its dash.
            let level = if rest.starts_with(['|', '>']) {
                Level { typed, set }
            } else {
                key
            };
            self.block = Some((level, None));
        }
    }

    /// How far a line at this column goes in.
    fn level(&mut self, typed: usize) -> usize {
        while self.levels.last().is_some_and(|level| level.typed > typed) {
            self.levels.pop();
        }
        match self.levels.last() {
            Some(level) if level.typed == typed => level.set,
            last => {
                let set = last.map_or(0, |level| level.set + 2);
                self.levels.push(Level { typed, set });
                set
            }
        }
    }
}

/// Whether a line ends by beginning a block scalar (`key: |`, `- >-`).
fn begins_block(body: &str) -> bool {
    let body = body.split(" #").next().unwrap_or(body).trim_end();
    let last = body.rsplit(' ').next().unwrap_or_default();
    last.starts_with(['|', '>'])
        && last
            .chars()
            .skip(1)
            .all(|c| c == '-' || c == '+' || c.is_ascii_digit())
        && (body == last || body.trim_end_matches(last).trim_end().ends_with([':', '-']))
}

/// Brackets that a line opens and does not close; those in quotes and comments do not count.
fn balance(body: &str) -> i32 {
    let (mut depth, mut quote, mut before) = (0, None, ' ');
    for letter in body.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if !before.is_alphanumeric() => quote = Some(letter),
            (None, '#') if before == ' ' => break,
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth -= 1,
            _ => {}
        }
        before = letter;
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::format;

    #[test]
    fn levels_are_two_spaces() {
        for (text, expected) in [
            (
                "a:\n    b: 1\n    c:\n        d: 2\n",
                "a:\n  b: 1\n  c:\n    d: 2\n",
            ),
            (
                "a:\n   - x: 1\n     y: 2\n   - z\nb: 3",
                "a:\n  - x: 1\n    y: 2\n  - z\nb: 3\n",
            ),
            (
                "a:\n-   x: 1\n    y:\n        z: 2\nb: 3\n",
                "a:\n- x: 1\n  y:\n    z: 2\nb: 3\n",
            ),
            ("a:\n\tb: 1\n", "a:\n  b: 1\n"),
            (
                "# top\na:\n      # about b\n    b: 1   \n\n\nc: 2\n# end\n",
                "# top\na:\n  # about b\n  b: 1\n\n\nc: 2\n# end\n",
            ),
            (
                "a:\n    b: |\n        one\n          two\n\n        three\n    c: 1\n",
                "a:\n  b: |\n    one\n      two\n\n    three\n  c: 1\n",
            ),
            ("a:\n    - |\n      x\n    - y\n", "a:\n  - |\n    x\n  - y\n"),
            (
                "a:\n    b: {c: 1,\n        d: 2}\n    e: [1,\n    2]\n",
                "a:\n  b: {c: 1,\n      d: 2}\n  e: [1,\n  2]\n",
            ),
            ("a: 1\n---\nb:\n    c: 1\n", "a: 1\n---\nb:\n  c: 1\n"),
            ("", ""),
        ] {
            assert_eq!(format(text), expected, "{text}");
            assert_eq!(format(expected), expected, "again");
        }
    }

    #[test]
    fn what_cannot_be_read_stays() {
        let text = "a: [1\n   b: 2\n";
        assert_eq!(format(text), text);
    }
}
