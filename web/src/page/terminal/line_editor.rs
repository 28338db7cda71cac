//! The line being typed, and how to draw it. It lives in the page, so that echo never waits for the worker.
//!
//! Pure: keys in, actions and bytes for the emulator out. The drawing is the multi-line one of linenoise: go back to the
//! first row of the prompt, clear below, write prompt and line, and walk to the cursor.

use unicode_width::UnicodeWidthChar;

/// What a key asks of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing but drawing.
    Redraw,
    /// The line is finished.
    Enter(String),
    /// Ctrl+C.
    Interrupt,
    /// Ctrl+D on an empty line.
    EndOfFile,
    /// Tab: how may this line go on, with the cursor here (in bytes)?
    Complete(String, usize),
    /// Ctrl+L.
    Clear,
    /// Nothing.
    None,
}

/// The line and its history.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineEditor {
    line: Vec<char>,
    cursor: usize,
    history: Vec<String>,
    /// Place in the history while walking through it.
    place: Option<usize>,
    /// The line as it was before walking.
    draft: Vec<char>,
    killed: Vec<char>,
    search: Option<Search>,
    /// Rows above the cursor's row that the last drawing used.
    row: usize,
}

/// A search backwards through the history (Ctrl+R).
#[derive(Clone, Debug, Default)]
struct Search {
    words: String,
    found: Option<usize>,
}

impl LineEditor {
    /// With these lines typed before, oldest first.
    pub(crate) fn set_history(&mut self, history: Vec<String>) {
        self.history = history;
        self.place = None;
    }

    /// The line.
    pub(crate) fn text(&self) -> String {
        self.line.iter().collect()
    }

    /// Whether nothing is typed.
    pub(crate) fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// Another line, with the cursor at its end.
    pub(crate) fn set_text(&mut self, text: &str) {
        self.line = text.chars().collect();
        self.cursor = self.line.len();
    }

    /// Forgets the line and where it was drawn.
    pub(crate) fn reset(&mut self) {
        self.line.clear();
        self.cursor = 0;
        self.place = None;
        self.search = None;
        self.row = 0;
    }

    /// The drawing starts on a new row.
    pub(crate) fn forget_rows(&mut self) {
        self.row = 0;
    }

    /// Puts words at the cursor.
    pub(crate) fn insert(&mut self, words: &str) {
        for c in words.chars() {
            self.line.insert(self.cursor, c);
            self.cursor += 1;
        }
    }

    /// Replaces what stands between `start` (in bytes) and the cursor.
    pub(crate) fn complete(&mut self, start: usize, words: &str) {
        let mut bytes = 0;
        let from = self.line.iter().take_while(|c| {
            let before = bytes < start;
            bytes += c.len_utf8();
            before
        });
        let from = from.count().min(self.cursor);
        self.line.drain(from..self.cursor);
        self.cursor = from;
        self.insert(words);
    }

    /// A key or a sequence, as the emulator reports it.
    pub(crate) fn key(&mut self, data: &str) -> Action {
        if self.search.is_some() {
            return self.search_key(data);
        }
        match data {
            "\r" => return self.enter(),
            "\x03" => return Action::Interrupt,
            "\x04" if self.line.is_empty() => return Action::EndOfFile,
            "\x0c" => return Action::Clear,
            "\t" => {
                let before: String = self.line.iter().take(self.cursor).collect();
                return Action::Complete(self.text(), before.len());
            }
            "\x12" => self.search = Some(Search::default()),
            "\x1b[A" | "\x1bOA" | "\x10" => self.walk_back(),
            "\x1b[B" | "\x1bOB" | "\x0e" => self.walk_on(),
            _ => return self.edit(data),
        }
        Action::Redraw
    }

    fn edit(&mut self, data: &str) -> Action {
        match data {
            "\x7f" | "\x08" => self.delete(self.cursor.saturating_sub(1), self.cursor),
            "\x1b[3~" | "\x04" => self.delete(self.cursor, self.cursor + 1),
            "\x1b[D" | "\x1bOD" | "\x02" => self.cursor = self.cursor.saturating_sub(1),
            "\x1b[C" | "\x1bOC" | "\x06" => self.cursor = (self.cursor + 1).min(self.line.len()),
            "\x1b[H" | "\x1bOH" | "\x1b[1~" | "\x01" => self.cursor = 0,
            "\x1b[F" | "\x1bOF" | "\x1b[4~" | "\x05" => self.cursor = self.line.len(),
            "\x1b[1;5D" | "\x1bb" | "\x1b[1;3D" => self.cursor = self.word_left(),
            "\x1b[1;5C" | "\x1bf" | "\x1b[1;3C" => self.cursor = self.word_right(),
            "\x0b" => self.kill(self.cursor, self.line.len()),
            "\x15" => self.kill(0, self.cursor),
            "\x17" | "\x1b\x7f" => self.kill(self.word_start(), self.cursor),
            "\x1bd" => self.kill(self.cursor, self.word_right()),
            "\x19" => {
                let words: String = self.killed.iter().collect();
                self.insert(&words);
            }
            words if words.chars().all(|c| !c.is_control()) => self.insert(words),
            _ => return Action::None,
        }
        Action::Redraw
    }

    fn enter(&mut self) -> Action {
        let line = self.text();
        if !line.trim().is_empty() && self.history.last() != Some(&line) {
            self.history.push(line.clone());
        }
        let row = self.row;
        self.reset();
        // The line still stands on the screen, and is drawn once more.
        self.row = row;
        Action::Enter(line)
    }

    fn delete(&mut self, from: usize, to: usize) {
        let to = to.min(self.line.len());
        if from < to {
            self.line.drain(from..to);
            self.cursor = from;
        }
    }

    fn kill(&mut self, from: usize, to: usize) {
        if from < to {
            self.killed = self.line.drain(from..to).collect();
            self.cursor = from;
        }
    }

    fn char_at(&self, place: usize) -> char {
        self.line.get(place).copied().unwrap_or(' ')
    }

    /// Start of the word before the cursor, as Ctrl+W sees words: between blanks.
    fn word_start(&self) -> usize {
        let mut place = self.cursor;
        while place > 0 && self.char_at(place - 1).is_whitespace() {
            place -= 1;
        }
        while place > 0 && !self.char_at(place - 1).is_whitespace() {
            place -= 1;
        }
        place
    }

    fn word_left(&self) -> usize {
        let mut place = self.cursor;
        while place > 0 && !self.char_at(place - 1).is_alphanumeric() {
            place -= 1;
        }
        while place > 0 && self.char_at(place - 1).is_alphanumeric() {
            place -= 1;
        }
        place
    }

    fn word_right(&self) -> usize {
        let mut place = self.cursor;
        while place < self.line.len() && !self.char_at(place).is_alphanumeric() {
            place += 1;
        }
        while place < self.line.len() && self.char_at(place).is_alphanumeric() {
            place += 1;
        }
        place
    }

    fn walk_back(&mut self) {
        let place = match self.place {
            None => {
                self.draft.clone_from(&self.line);
                self.history.len()
            }
            Some(place) => place,
        };
        if let Some(line) = place
            .checked_sub(1)
            .and_then(|place| self.history.get(place))
            .cloned()
        {
            self.place = Some(place - 1);
            self.set_text(&line);
        }
    }

    fn walk_on(&mut self) {
        let Some(place) = self.place else {
            return;
        };
        if let Some(line) = self.history.get(place + 1).cloned() {
            self.place = Some(place + 1);
            self.set_text(&line);
        } else {
            self.place = None;
            self.line = std::mem::take(&mut self.draft);
            self.cursor = self.line.len();
        }
    }

    fn search_key(&mut self, data: &str) -> Action {
        let Some(mut search) = self.search.take() else {
            return Action::None;
        };
        match data {
            "\x12" => search.find(&self.history, search.found),
            "\x7f" | "\x08" => {
                search.words.pop();
                search.find(&self.history, None);
            }
            "\x07" | "\x1b" | "\x03" => return Action::Redraw,
            words if words.chars().all(|c| !c.is_control()) => {
                search.words.push_str(words);
                search.find(&self.history, search.found.map(|found| found + 1));
            }
            // Any other key takes what was found and acts on it.
            other => {
                if let Some(line) = search.found.and_then(|found| self.history.get(found)).cloned() {
                    self.set_text(&line);
                }
                return self.key(other);
            }
        }
        self.search = Some(search);
        Action::Redraw
    }

    /// Bytes that take the last drawing off the screen.
    pub(crate) fn lift(&mut self) -> String {
        let up = if self.row > 0 {
            format!("\x1b[{}A", self.row)
        } else {
            String::new()
        };
        self.row = 0;
        format!("\r{up}\x1b[J")
    }

    /// Bytes that draw prompt and line in an emulator this wide, with the cursor where it belongs.
    pub(crate) fn draw(&mut self, prompt: &str, columns: usize) -> String {
        let columns = columns.max(2);
        let (prompt, line, cursor) = match &self.search {
            None => (prompt.to_owned(), self.text(), self.cursor),
            Some(search) => {
                let found = search
                    .found
                    .and_then(|found| self.history.get(found))
                    .cloned()
                    .unwrap_or_default();
                let cursor = found
                    .find(&search.words)
                    .and_then(|at| found.get(..at))
                    .map_or(0, |before| before.chars().count());
                (format!("(reverse-i-search)`{}': ", search.words), found, cursor)
            }
        };
        let mut bytes = self.lift();
        bytes.push_str(&prompt);
        bytes.push_str(&line);
        let end = place(&format!("{}{line}", visible(&prompt)), columns);
        if end.1 == 0 && end.0 > 0 {
            // The emulator waits at the edge; make it go on, as the cursor may stand there.
            bytes.push_str(" \r");
        }
        let before: String = line.chars().take(cursor).collect();
        let at = place(&format!("{}{before}", visible(&prompt)), columns);
        if end.0 > at.0 {
            bytes.push_str(&format!("\x1b[{}A", end.0 - at.0));
        }
        bytes.push('\r');
        if at.1 > 0 {
            bytes.push_str(&format!("\x1b[{}C", at.1));
        }
        self.row = at.0;
        bytes
    }
}

impl Search {
    /// Finds the newest line before `limit` that holds the words.
    fn find(&mut self, history: &[String], limit: Option<usize>) {
        let limit = limit.unwrap_or(history.len()).min(history.len());
        let found = history
            .iter()
            .take(limit)
            .rposition(|line| line.contains(&self.words));
        self.found = found.or(self
            .found
            .filter(|&at| history.get(at).is_some_and(|line| line.contains(&self.words))));
    }
}

/// Row and column after writing this text from the left edge.
fn place(text: &str, columns: usize) -> (usize, usize) {
    let (mut row, mut column) = (0, 0);
    for c in text.chars() {
        let width = c.width().unwrap_or(0);
        if column + width > columns {
            row += 1;
            column = 0;
        }
        column += width;
    }
    if column == columns {
        (row + 1, 0)
    } else {
        (row, column)
    }
}

/// The text without colour sequences.
fn visible(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\x1b' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Action, LineEditor, place, visible};

    /// An editor with a history in which these keys were typed.
    fn typed(keys: &[&str]) -> LineEditor {
        let mut editor = LineEditor::default();
        editor.set_history(vec![
            "kubectl get pods".into(),
            "kubectl get nodes".into(),
            "ls".into(),
        ]);
        for key in keys {
            editor.key(key);
        }
        editor
    }

    fn check(keys: &[&str], line: &str, cursor: usize) {
        let editor = typed(keys);
        assert_eq!(
            (editor.text().as_str(), editor.cursor),
            (line, cursor),
            "{keys:?}"
        );
    }

    #[test]
    fn keys_edit_the_line() {
        check(&["abc"], "abc", 3);
        check(&["abc", "\x1b[D", "\x7f"], "ac", 1);
        check(&["abc", "\x01", "x"], "xabc", 1);
        check(&["abc", "\x01", "\x04"], "bc", 0);
        check(&["get pods", "\x17"], "get ", 4);
        check(&["get pods", "\x17", "\x17"], "", 0);
        check(&["get pods", "\x15", "\x19", "\x19"], "get podsget pods", 16);
        check(&["get pods", "\x1b[1;5D", "\x0b"], "get ", 4);
        check(&["été", "\x1b[D", "\x7f"], "éé", 1);
        check(&["\x01"], "", 0);
        check(&["\x1b[D", "\x7f", "\x1b[3~"], "", 0);
    }

    #[test]
    fn history_walks_and_comes_back() {
        check(&["dra", "\x1b[A"], "ls", 2);
        check(&["\x1b[A", "\x1b[A"], "kubectl get nodes", 17);
        check(&["dra", "\x1b[A", "\x1b[B"], "dra", 3);
        check(
            &["\x1b[A", "\x1b[A", "\x1b[A", "\x1b[A", "\x1b[A"],
            "kubectl get pods",
            16,
        );
        check(&["\x1b[B"], "", 0);
    }

    #[test]
    fn search_finds_backwards() {
        check(&["\x12", "get", "\x05"], "kubectl get nodes", 17);
        check(&["\x12", "get", "\x12", "\x05"], "kubectl get pods", 16);
        check(&["\x12", "zzz", "\x05"], "", 0);
        let mut editor = typed(&["\x12", "pods"]);
        assert_eq!(editor.key("\r"), Action::Enter("kubectl get pods".into()));
    }

    #[test]
    fn enter_and_tab_report() {
        assert_eq!(typed(&["ls "]).key("\r"), Action::Enter("ls ".into()));
        assert_eq!(
            typed(&["é x", "\x1b[D"]).key("\t"),
            Action::Complete("é x".into(), 3)
        );
        assert_eq!(typed(&[]).key("\x04"), Action::EndOfFile);
        assert_eq!(typed(&["a"]).key("\x1b[99~"), Action::None);
    }

    #[test]
    fn completion_replaces_the_word() {
        let mut editor = typed(&["kubectl get po -A", "\x1b[D", "\x1b[D", "\x1b[D"]);
        editor.complete(12, "pods");
        assert_eq!(editor.text(), "kubectl get pods -A");
    }

    #[test]
    fn places_know_wide_and_wrapped_characters() {
        let check = |text: &str, columns, expected| assert_eq!(place(text, columns), expected, "{text}");
        check("abc", 10, (0, 3));
        check("abcde", 5, (1, 0));
        check("abcdef", 5, (1, 1));
        check("日本", 10, (0, 4));
        check("abcd日", 5, (1, 2));
        check(&visible("\x1b[1;36m$\x1b[0m "), 10, (0, 2));
    }

    #[test]
    fn drawing_goes_up_as_far_as_it_came_down() {
        let mut editor = typed(&["abcdefgh"]);
        editor.draw("$ ", 5);
        assert!(editor.draw("$ ", 5).starts_with("\r\x1b[2A\x1b[J$ abcdefgh"));
        assert_eq!(editor.key("\r"), Action::Enter("abcdefgh".to_owned()));
        assert!(editor.draw("$ ", 5).starts_with("\r\x1b[2A\x1b[J"));
    }
}
