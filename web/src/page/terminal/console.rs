//! What happens between keys, line, emulator and engine.

use std::{
    cell::RefCell,
    collections::VecDeque,
    rc::{Rc, Weak},
};

use gloo_timers::callback::Timeout;

use crate::{
    page::session::Session,
    protocol::{Answer, Completion, Input, Opened, Query, Shell},
};

use super::{
    line_editor::{Action, LineEditor},
    xterm::Terminal,
};

/// A size is told to the shell after it has rested this long, in milliseconds.
const RESIZED_AFTER_MS: u32 = 400;

struct State {
    terminal: Terminal,
    session: Session,
    shell: Shell,
    editor: LineEditor,
    /// Keys typed while a command ran that does not read: they belong to the shell.
    ahead: VecDeque<String>,
    /// Whether the emulator's cursor stands at the left edge of a fresh row.
    at_edge: bool,
    /// Whether prompt and line are on the screen.
    drawn: bool,
    /// The size that the shell was told.
    size_told: Option<(u16, u16)>,
    resizing: Option<Timeout>,
}

/// The terminal's behaviour; cheap to clone.
#[derive(Clone)]
pub(super) struct Console(Rc<RefCell<State>>);

impl Console {
    /// A console on this emulator.
    pub(super) fn new(terminal: Terminal, session: Session) -> Self {
        Self(Rc::new(RefCell::new(State {
            terminal,
            session,
            shell: Shell {
                running: true,
                ..Shell::default()
            },
            editor: LineEditor::default(),
            ahead: VecDeque::new(),
            at_edge: true,
            drawn: false,
            size_told: None,
            resizing: None,
        })))
    }

    /// Shows an opened lab's terminal as it was.
    pub(super) fn open(&self, opened: &Opened) {
        let mut state = self.0.borrow_mut();
        state.terminal.reset();
        state.ahead.clear();
        state.editor.reset();
        state.editor.set_history(opened.history.clone());
        state.at_edge = true;
        state.drawn = false;
        state.print(&opened.transcript);
        state.shell = opened.shell.clone();
        state.size_told = opened.terminal_size;
        state.draw();
        state.tell_size();
    }

    /// Prints what the engine sent and takes the shell's new state.
    pub(super) fn hear(&self, output: &str, shell: &Shell) {
        let mut state = self.0.borrow_mut();
        state.lift();
        state.print(output);
        state.shell = shell.clone();
        state.draw();
        drop(state);
        self.drain();
    }

    /// Runs a command for the learner, in the terminal or, when that is busy, beside it.
    pub(super) fn apply(&self, line: &str) {
        if !self.run(line) {
            self.0.borrow().session.act(Input::Beside(line.to_owned()));
        }
    }

    /// Types a command for the learner; false when the terminal is busy.
    pub(super) fn run(&self, line: &str) -> bool {
        {
            let mut state = self.0.borrow_mut();
            // A command that runs, or one that is not whole yet.
            if state.shell.running || state.shell.prompt.starts_with('>') {
                return false;
            }
            state.editor.set_text("");
        }
        // Several lines are typed one after the other, each when its turn has come.
        self.data(&format!("{line}\r"));
        true
    }

    /// Another window is about to be shown: what is half typed stays behind.
    pub(super) fn leave(&self) {
        let mut state = self.0.borrow_mut();
        state.lift();
        state.editor.reset();
        state.ahead.clear();
    }

    /// The emulator's size changed: draws again, and tells the shell once it rests.
    pub(super) fn resized(&self) {
        let mut state = self.0.borrow_mut();
        state.draw();
        let weak = Rc::downgrade(&self.0);
        state.resizing = Some(Timeout::new(RESIZED_AFTER_MS, move || {
            if let Some(state) = weak.upgrade() {
                state.borrow_mut().tell_size();
            }
        }));
    }

    /// What the emulator reports: a key, a sequence, or pasted text.
    pub(super) fn data(&self, data: &str) {
        let closed = |session: &Session| session.is_read_only() || session.is_past();
        if closed(&self.0.borrow().session) {
            return;
        }
        self.0.borrow_mut().ahead.extend(keys(data));
        self.drain();
    }

    fn drain(&self) {
        loop {
            let key = {
                let mut state = self.0.borrow_mut();
                let urgent = state.ahead.iter().position(|key| key == "\x03");
                match urgent {
                    Some(at) if state.shell.running => {
                        state.ahead.drain(..at);
                        state.ahead.pop_front()
                    }
                    _ if state.shell.running && !state.shell.reading => None,
                    _ => state.ahead.pop_front(),
                }
            };
            let Some(key) = key else {
                return;
            };
            self.key(&key);
        }
    }

    fn key(&self, key: &str) {
        let mut state = self.0.borrow_mut();
        let reading = state.shell.running;
        match state.editor.key(key) {
            Action::None => {}
            Action::Redraw => state.draw(),
            Action::Clear => state.clear(),
            Action::Interrupt => state.interrupt(),
            Action::EndOfFile => state.session.act(Input::EndOfFile),
            Action::Enter(line) => state.enter(line, reading),
            Action::Complete(..) if reading => {}
            Action::Complete(line, cursor) => {
                let session = state.session.clone();
                let weak = Rc::downgrade(&self.0);
                drop(state);
                wasm_bindgen_futures::spawn_local(complete(session, weak, line, cursor));
            }
        }
    }
}

impl State {
    fn prompt(&self) -> String {
        if self.shell.running {
            String::new()
        } else {
            self.shell.prompt.clone()
        }
    }

    fn columns(&self) -> usize {
        usize::try_from(self.terminal.cols()).unwrap_or(80)
    }

    fn tell_size(&mut self) {
        let narrow = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
        let size = (narrow(self.terminal.cols()), narrow(self.terminal.rows()));
        if self.size_told != Some(size) && self.session.opened().is_some() {
            self.size_told = Some(size);
            self.session.act(Input::Resize {
                columns: size.0,
                rows: size.1,
            });
        }
    }

    fn print(&mut self, output: &str) {
        if !output.is_empty() {
            self.terminal.write(output);
            self.at_edge = output.ends_with('\n')
                || ["\x1b[H", "\x1b[J", "\x1b[2J", "\x1b[3J"]
                    .iter()
                    .any(|end| output.ends_with(end));
        }
    }

    /// Takes prompt and line off the screen, so that output can be printed in their place.
    fn lift(&mut self) {
        if self.drawn {
            let bytes = self.editor.lift();
            self.terminal.write(&bytes);
            self.drawn = false;
            self.at_edge = true;
        }
    }

    fn draw(&mut self) {
        if self.shell.running && self.editor.is_empty() && !self.drawn {
            return;
        }
        if !self.drawn && !self.at_edge && !self.shell.running {
            self.terminal.write("\r\n");
        }
        let (prompt, columns) = (self.prompt(), self.columns());
        let bytes = self.editor.draw(&prompt, columns);
        self.terminal.write(&bytes);
        self.drawn = true;
    }

    fn clear(&mut self) {
        self.terminal.write("\x1b[H\x1b[2J\x1b[3J");
        self.editor.forget_rows();
        self.at_edge = true;
        self.drawn = false;
        self.draw();
    }

    fn interrupt(&mut self) {
        self.terminal.write("^C\r\n");
        self.editor.reset();
        self.at_edge = true;
        self.drawn = false;
        // The engine answers with the next prompt, also when nothing ran (a continued line is given up).
        self.session.act(Input::Interrupt);
        if !self.shell.running {
            self.draw();
        }
    }

    fn enter(&mut self, line: String, reading: bool) {
        // Walk to the end of the line before the row ends.
        let columns = self.columns();
        let prompt = self.prompt();
        self.editor.set_text(&line);
        let bytes = self.editor.draw(&prompt, columns);
        self.terminal.write(&bytes);
        self.terminal.write("\r\n");
        self.editor.reset();
        self.at_edge = true;
        self.drawn = false;
        if reading {
            self.session.act(Input::Stdin(line));
        } else {
            self.shell.running = true;
            self.shell.reading = false;
            self.session.act(Input::Line(line));
        }
    }
}

async fn complete(session: Session, state: Weak<RefCell<State>>, line: String, cursor: usize) {
    let query = Query::Complete {
        line: line.clone(),
        cursor: u32::try_from(cursor).unwrap_or(u32::MAX),
    };
    let Ok(Answer::Completion(Completion { start, candidates })) = session.ask(query).await else {
        return;
    };
    let Some(state) = state.upgrade() else {
        return;
    };
    let mut state = state.borrow_mut();
    if state.editor.text() != line {
        return;
    }
    let start = usize::try_from(start).unwrap_or(0);
    let typed = line.get(start..cursor).unwrap_or_default().to_owned();
    match candidates.as_slice() {
        [] => {}
        [(only, _)] => {
            let blank = if only.ends_with(['/', '=']) { "" } else { " " };
            state.editor.complete(start, &format!("{only}{blank}"));
        }
        many => {
            let common = common_start(many);
            if common.len() > typed.len() {
                state.editor.complete(start, &common);
            } else {
                let list = listed(many, state.columns());
                state.terminal.write("\r\n");
                state.terminal.write(&list);
                state.editor.forget_rows();
            }
        }
    }
    state.draw();
}

/// What all candidates begin with.
fn common_start(candidates: &[(String, String)]) -> String {
    let Some(((first, _), rest)) = candidates.split_first() else {
        return String::new();
    };
    let same = |prefix: &str| rest.iter().all(|(word, _)| word.starts_with(prefix));
    let ends = first.char_indices().map(|(at, c)| at + c.len_utf8());
    ends.filter_map(|end| first.get(..end))
        .take_while(|prefix| same(prefix))
        .last()
        .unwrap_or_default()
        .to_owned()
}

/// Candidates as bash lists them: a row for each that says what it is, as kubectl's own completion does, else in columns.
fn listed(candidates: &[(String, String)], width: usize) -> String {
    let words: Vec<String> = candidates.iter().map(|(word, _)| word.clone()).collect();
    if candidates.iter().all(|(_, about)| about.is_empty()) {
        return columns(&words, width);
    }
    let cell = words.iter().map(|word| word.chars().count()).max().unwrap_or(0);
    let row = |(word, about): &(String, String)| {
        let about = if about.is_empty() {
            String::new()
        } else {
            format!("({about})")
        };
        let row: String = format!("{word:<cell$}  {about}")
            .chars()
            .take(width.max(2) - 1)
            .collect();
        format!("{}\r\n", row.trim_end())
    };
    candidates.iter().map(row).collect()
}

/// Words in columns, as a shell lists them.
fn columns(words: &[String], width: usize) -> String {
    let cell = words.iter().map(|word| word.chars().count()).max().unwrap_or(0) + 2;
    let per_row = (width / cell).max(1);
    let rows = words.len().div_ceil(per_row);
    let mut text = String::new();
    for row in 0..rows {
        for word in words.iter().skip(row).step_by(rows) {
            text.push_str(&format!("{word:<cell$}"));
        }
        text.truncate(text.trim_end().len());
        text.push_str("\r\n");
    }
    text
}

/// Splits what the emulator reports into keys: a sequence stays whole, pasted text is cut at its control characters.
fn keys(data: &str) -> Vec<String> {
    if data.starts_with('\x1b') {
        return vec![data.to_owned()];
    }
    let mut keys: Vec<String> = Vec::new();
    let mut words = String::new();
    for c in data.replace("\r\n", "\r").replace('\n', "\r").chars() {
        if c.is_control() {
            if !words.is_empty() {
                keys.push(std::mem::take(&mut words));
            }
            // A pasted tab is indentation; a typed one comes alone.
            if c == '\t' && data.chars().count() > 1 {
                words.push_str("    ");
            } else {
                keys.push(c.to_string());
            }
        } else {
            words.push(c);
        }
    }
    if !words.is_empty() {
        keys.push(words);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::{columns, common_start, keys};

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn data_becomes_keys() {
        let check = |data: &str, expected: &[&str]| assert_eq!(keys(data), words(expected), "{data:?}");
        check("a", &["a"]);
        check("\x1b[A", &["\x1b[A"]);
        check("ls\rpwd\r", &["ls", "\r", "pwd", "\r"]);
        check("a: 1\r\n\tb", &["a: 1", "\r", "    b"]);
        check("\t", &["\t"]);
        check("é\x7f", &["é", "\x7f"]);
    }

    #[test]
    fn candidates_share_their_start() {
        let plain = |list: &[&str]| {
            words(list)
                .into_iter()
                .map(|word| (word, String::new()))
                .collect::<Vec<_>>()
        };
        let check = |list: &[&str], expected: &str| assert_eq!(common_start(&plain(list)), expected);
        check(&["pods", "podtemplates"], "pod");
        check(&["a", "b"], "");
        check(&["été", "étang"], "ét");
        check(&[], "");
    }

    #[test]
    fn candidates_say_what_they_are() {
        let list = [
            ("get".to_owned(), "Display resources".to_owned()),
            ("gets".to_owned(), String::new()),
        ];
        assert_eq!(super::listed(&list, 80), "get   (Display resources)\r\ngets\r\n");
        assert_eq!(super::listed(&list, 10), "get   (Di\r\ngets\r\n");
    }

    #[test]
    fn lists_are_in_columns() {
        assert_eq!(columns(&words(&["a", "bb", "c"]), 8), "a   c\r\nbb\r\n");
        assert_eq!(columns(&words(&["long", "longer"]), 4), "long\r\nlonger\r\n");
    }
}
