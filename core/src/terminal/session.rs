//! One terminal window, or one script: what is typed goes in, what is shown comes out, in virtual time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::editing::Edit;
use super::host::{Connected, Foreign, Kubectls};
use super::lab::Site;
use super::laptop::{HOME, HOST, Laptop, USER};
use crate::sh::{Flavour, Machine, Missing, Shell, Stream, SyntaxError, Wake, syntax};
use crate::sim::Time;
use crate::userland::{Program, System};

/// What a person does at a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// A line at the prompt, or for the command that runs; without its newline.
    Line(String),
    /// Bytes for the standard input of the command that runs.
    Stdin(#[serde(with = "serde_bytes")] Vec<u8>),
    /// Ctrl+D on an empty line.
    Eof,
    /// Ctrl+C.
    Interrupt,
    /// The editor was closed, with this text; without one the text is as it was.
    Edited(Option<String>),
    /// The window has another size.
    Resize {
        /// Characters in a line.
        columns: u16,
        /// Lines.
        rows: u16,
    },
}

/// What a session shows, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Output {
    /// Text on standard output or standard error.
    Text {
        /// Which of the two.
        stream: Stream,
        /// The text, with control sequences of a terminal in it.
        text: String,
    },
    /// A file to open in the page's editor: its absolute path.
    Open(String),
}

/// Whether the session takes a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// It waits for a command; the last one ended so.
    Ready {
        /// The exit status.
        exit: i32,
        /// How long it ran, in virtual time.
        took: Duration,
    },
    /// A command runs; whether it waits for standard input.
    Running {
        /// Whether a line typed now is for it.
        reading: bool,
    },
    /// The line is not finished: the prompt is `>`.
    NeedMore,
    /// A script has ended.
    Ended {
        /// The exit status.
        exit: i32,
        /// How long it ran, in virtual time.
        took: Duration,
    },
}

/// A shell session on a laptop.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    machine: Machine<Program>,
    interactive: bool,
    state: State,
    /// Lines of a command that is not finished.
    pending: String,
    output: Vec<Output>,
    started: Time,
    columns: u16,
    rows: u16,
    kubectls: Kubectls,
    /// Whether what shows the session can show an editor too.
    has_editor: bool,
    edit: Option<Edit>,
}

impl Session {
    /// A terminal window with its shell in the work folder.
    #[must_use]
    pub fn new() -> Self {
        Self::with(true)
    }

    /// A script that runs without a terminal, its standard input empty, as `bash -c` would. Poll it until it has ended.
    #[must_use]
    pub fn run_script(text: &str, now: Time) -> Self {
        let mut session = Self::with(false);
        session.started = now;
        match session.machine.submit(text) {
            Ok(()) => {
                session.machine.exit_when_idle();
                session.state = State::Running { reading: false };
            }
            Err(error) => {
                let (message, exit) = session.explain(&error, text);
                session.show(Stream::Stderr, message);
                session.state = State::Ended {
                    exit,
                    took: Duration::ZERO,
                };
            }
        }
        session
    }

    fn with(interactive: bool) -> Self {
        Self {
            machine: Machine::new(shell(interactive), interactive),
            interactive,
            state: State::Ready {
                exit: 0,
                took: Duration::ZERO,
            },
            pending: String::new(),
            output: Vec::new(),
            started: Time::ZERO,
            columns: 80,
            rows: 24,
            kubectls: Kubectls::new(),
            has_editor: false,
            edit: None,
        }
    }

    /// From now on texts are edited by a person: [`Session::editing`] says which, [`Input::Edited`] what became of it.
    pub fn offer_editor(&mut self) {
        self.has_editor = true;
    }

    /// The text that a command waits to have edited.
    #[must_use]
    pub fn editing(&self) -> Option<&Edit> {
        self.edit.as_ref()
    }

    /// Whether it takes a command.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// What stands before the next line.
    #[must_use]
    pub fn prompt(&self) -> String {
        if self.state == State::NeedMore {
            return "> ".to_owned();
        }
        let cwd = self.cwd();
        let shown = match cwd.strip_prefix(HOME) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("~{rest}"),
            _ => cwd.to_owned(),
        };
        format!("{USER}@{HOST}:{shown}$ ")
    }

    /// The current folder.
    #[must_use]
    pub fn cwd(&self) -> &str {
        self.machine.shell().map_or(HOME, |shell| shell.cwd.as_str())
    }

    pub(super) fn shell(&self) -> Option<&Shell> {
        self.machine.shell()
    }

    /// Takes what there is to show.
    pub fn take_output(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.output)
    }

    /// Takes what a script has printed: standard output and standard error.
    pub fn take_text(&mut self) -> (String, String) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        for output in self.take_output() {
            match output {
                Output::Text {
                    stream: Stream::Stdout,
                    text,
                } => stdout.push_str(&text),
                Output::Text {
                    stream: Stream::Stderr,
                    text,
                } => stderr.push_str(&text),
                Output::Open(_) => {}
            }
        }
        (stdout, stderr)
    }

    /// Takes what a person did, and runs on from there; gives when to poll.
    pub fn input(&mut self, input: Input, laptop: &mut Laptop, api: &mut dyn Site) -> Wake {
        match input {
            Input::Line(line) => self.line(&line, laptop, api.now()),
            Input::Stdin(bytes) => self.machine.feed(&bytes),
            Input::Eof => self.end_of_file(),
            Input::Interrupt => self.interrupt(laptop, api),
            Input::Edited(text) => {
                if let Some(edit) = &mut self.edit {
                    edit.answer = Some(text.unwrap_or_else(|| edit.text.clone()));
                }
            }
            Input::Resize { columns, rows } => {
                self.columns = columns.max(20);
                self.rows = rows.max(4);
                let (columns, rows) = (self.columns.to_string(), self.rows.to_string());
                if let Some(shell) = self.machine.shell_mut() {
                    shell.variables.export("COLUMNS", columns);
                    shell.variables.export("LINES", rows);
                }
            }
        }
        self.poll(laptop, api)
    }

    fn line(&mut self, line: &str, laptop: &mut Laptop, now: Time) {
        match self.state {
            State::Running { .. } => {
                self.machine.feed(line.as_bytes());
                self.machine.feed(b"\n");
                return;
            }
            State::Ended { .. } => return,
            State::Ready { .. } | State::NeedMore => {}
        }
        self.pending.push_str(line);
        self.pending.push('\n');
        self.started = now;
        match self.machine.submit(&self.pending) {
            Ok(()) => {
                laptop.remember(&std::mem::take(&mut self.pending));
                self.state = State::Running { reading: false };
            }
            Err(SyntaxError::Incomplete(_)) => self.state = State::NeedMore,
            Err(error) => {
                let text = std::mem::take(&mut self.pending);
                laptop.remember(&text);
                self.refuse(&error, &text);
            }
        }
    }

    /// Shows a syntax error and is ready again.
    fn refuse(&mut self, error: &SyntaxError, text: &str) {
        let (message, exit) = self.explain(error, text);
        self.show(Stream::Stderr, message);
        if let Some(shell) = self.machine.shell_mut() {
            shell.status = exit;
        }
        self.state = State::Ready {
            exit,
            took: Duration::ZERO,
        };
    }

    fn explain(&self, error: &SyntaxError, text: &str) -> (String, i32) {
        match self.machine.shell() {
            Some(shell) => syntax::report(error, text, shell),
            None => (String::new(), 2),
        }
    }

    fn end_of_file(&mut self) {
        match self.state {
            State::Running { .. } => self.machine.end_input(true),
            State::NeedMore => {
                let text = std::mem::take(&mut self.pending);
                let missing = match self.machine.submit(&text) {
                    Err(SyntaxError::Incomplete(missing)) => missing,
                    _ => Missing::Command,
                };
                self.refuse(&SyntaxError::Incomplete(missing), &text);
            }
            State::Ready { .. } => {
                self.show(Stream::Stderr, "exit\n".to_owned());
                self.renew();
            }
            State::Ended { .. } => {}
        }
    }

    fn interrupt(&mut self, laptop: &mut Laptop, api: &mut dyn Site) {
        self.pending.clear();
        match self.state {
            State::Ended { .. } => {}
            State::Running { .. } => {
                let now = api.now();
                let mut opened = Vec::new();
                let mut host = Connected {
                    laptop,
                    api,
                    columns: self.columns,
                    rows: self.rows,
                    opened: &mut opened,
                    kubectls: &mut self.kubectls,
                    edit: self.has_editor.then_some(&mut self.edit),
                };
                self.machine.interrupt(&mut host as &mut dyn System, now);
                self.forget_killed(laptop, api);
            }
            State::Ready { .. } | State::NeedMore => {
                if let Some(shell) = self.machine.shell_mut() {
                    shell.status = 130;
                }
                self.state = State::Ready {
                    exit: 130,
                    took: Duration::ZERO,
                };
            }
        }
    }

    /// A new shell in the same window, as a terminal opens after `exit`.
    fn renew(&mut self) {
        self.machine = Machine::new(shell(self.interactive), self.interactive);
        self.state = State::Ready {
            exit: 0,
            took: Duration::ZERO,
        };
    }

    /// Runs all that can run now; gives when to poll again. Any input, and a change in the cluster if the answer says so, is a
    /// reason to poll before that.
    pub fn poll(&mut self, laptop: &mut Laptop, api: &mut dyn Site) -> Wake {
        let now = api.now();
        laptop.folder.now = now;
        let mut wake = self.run(laptop, api, now);
        let running = matches!(self.state, State::Running { .. });
        if let Some(exit) = self.machine.ended() {
            let took = now.since(self.started);
            if self.interactive {
                self.renew();
            } else if running {
                self.state = State::Ended { exit, took };
            }
            return Wake::default();
        }
        if !running {
            return wake;
        }
        if self.machine.is_idle() {
            self.machine.report_jobs();
            wake = self.run(laptop, api, now);
            let exit = self.machine.shell().map_or(0, |shell| shell.status);
            self.machine.end_input(false);
            self.state = State::Ready {
                exit,
                took: now.since(self.started),
            };
            // A line that was typed ahead is the next command.
            if let Some(line) = self.machine.take_typed_line() {
                self.line(line.trim_end_matches('\n'), laptop, now);
                return self.poll(laptop, api);
            }
        } else {
            self.state = State::Running {
                reading: self.interactive && self.machine.is_reading(),
            };
        }
        wake
    }

    fn run(&mut self, laptop: &mut Laptop, api: &mut dyn Site, now: Time) -> Wake {
        let mut opened = Vec::new();
        let mut host = Connected {
            laptop,
            api,
            columns: self.columns,
            rows: self.rows,
            opened: &mut opened,
            kubectls: &mut self.kubectls,
            edit: self.has_editor.then_some(&mut self.edit),
        };
        let wake = self.machine.run(&mut host as &mut dyn System, now);
        self.forget_killed(laptop, api);
        for chunk in self.machine.take_output() {
            if chunk.stream == Stream::Stderr {
                laptop.note_error(&chunk.bytes);
            }
            self.show(chunk.stream, String::from_utf8_lossy(&chunk.bytes).into_owned());
        }
        self.output.extend(opened.into_iter().map(Output::Open));
        wake
    }

    /// Drops the kubectls whose process was ended.
    fn forget_killed(&mut self, laptop: &mut Laptop, api: &mut dyn Site) {
        if self.kubectls.is_empty() {
            return;
        }
        let live: Vec<u64> = self
            .machine
            .all_processes()
            .filter_map(Program::foreign)
            .collect();
        self.edit.take_if(|edit| !live.contains(&edit.by));
        self.kubectls.retain(|id, program| {
            let lives = live.contains(id);
            if let (Foreign::Kubectl(kubectl), false) = (&*program, lives) {
                kubectl.leave(laptop);
            }
            if let (Foreign::Docker(docker), false) = (program, lives) {
                let now = api.now();
                if let Some(parts) = api.docker() {
                    docker.interrupted(parts.engine, now);
                }
            }
            lives
        });
    }

    /// The window is closed: what listened in it does so no more.
    pub(crate) fn close(&self, laptop: &mut Laptop) {
        for (_, program) in &self.kubectls {
            if let Foreign::Kubectl(kubectl) = program {
                kubectl.leave(laptop);
            }
        }
    }

    fn show(&mut self, stream: Stream, text: String) {
        match self.output.last_mut() {
            Some(Output::Text {
                stream: last,
                text: shown,
            }) if *last == stream => shown.push_str(&text),
            _ => self.output.push(Output::Text { stream, text }),
        }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

/// The shell of the laptop's user.
fn shell(interactive: bool) -> Shell {
    let mut shell = Shell::new(Flavour::Bash, interactive, HOME);
    for (name, value) in [
        ("HOME", HOME),
        ("USER", USER),
        ("LOGNAME", USER),
        ("SHELL", "/bin/bash"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("LANG", "fr_FR.UTF-8"),
        ("TERM", "xterm-256color"),
        ("EDITOR", "nano"),
        ("KUBECONFIG", "/home/eleve/.kube/config"),
        ("TZ", "UTC"),
    ] {
        shell.variables.export(name, value);
    }
    if interactive {
        for (name, text) in [("k", "kubectl"), ("ll", "ls -l"), ("la", "ls -A")] {
            shell.aliases.insert(name.to_owned(), text.to_owned());
        }
    }
    shell
}
