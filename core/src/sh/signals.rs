//! Signals: their names, and what a task does with one.
//!
//! A shell runs its trap once the command in the foreground has ended, at once while it waits for jobs. The first process of a
//! container is protected: what it has no handler for does not reach it.

use super::frames::{Frame, Pid};
use super::interpreter::{Context, Interpreter};
use super::machine::{Body, Machine};
use super::process::Signalled;
use super::syntax;

/// SIGKILL
const KILL: i32 = 9;
/// SIGPIPE
pub(super) const PIPE: i32 = 13;
/// The process that a container's others descend from.
const INIT: Pid = 1;

/// Every signal that can be named.
const NAMES: &[(i32, &str)] = &[
    (1, "HUP"),
    (2, "INT"),
    (3, "QUIT"),
    (6, "ABRT"),
    (KILL, "KILL"),
    (10, "USR1"),
    (12, "USR2"),
    (PIPE, "PIPE"),
    (14, "ALRM"),
    (15, "TERM"),
    (17, "CHLD"),
    (18, "CONT"),
    (28, "WINCH"),
];

/// The name of a signal, without `SIG`.
#[must_use]
pub fn signal_name(signal: i32) -> Option<&'static str> {
    NAMES
        .iter()
        .find(|(number, _)| *number == signal)
        .map(|(_, name)| *name)
}

/// The number that `kill` means by a word.
pub(super) fn signal_number(word: &str) -> Option<i32> {
    let upper = word.to_uppercase();
    let word = upper.strip_prefix("SIG").unwrap_or(&upper);
    if word == "0" {
        return Some(0);
    }
    NAMES
        .iter()
        .find(|(number, name)| *name == word || word.parse() == Ok(*number))
        .map(|(number, _)| *number)
}

/// What `trap` calls a signal.
pub(super) fn trap_name(word: &str) -> String {
    if matches!(word, "0" | "EXIT" | "exit") {
        return "EXIT".to_owned();
    }
    let upper = word.to_uppercase();
    let name = signal_number(&upper).and_then(signal_name);
    format!(
        "SIG{}",
        name.unwrap_or_else(|| upper.strip_prefix("SIG").unwrap_or(&upper))
    )
}

impl<P: Signalled> Machine<P> {
    /// Sends a signal to a task, from inside (`kill`); whether there is such a task.
    pub fn signal(&mut self, pid: u64, signal: i32) -> bool {
        let Some(task) = self.tasks.get_mut(&pid) else {
            return false;
        };
        // 0 only asks, and what has not been asked for does not end anything.
        if matches!(signal, 0 | 17 | 18 | 28) || task.exit.is_some() {
            return true;
        }
        let handled = signal != KILL
            && match &mut task.body {
                Body::Shell(shell) => match shell.stand_in() {
                    Some(child) => return self.signal_as(child, signal, pid == INIT),
                    None => shell.take_signal(signal),
                },
                Body::Process(process) => process.signal(signal),
                Body::Ended => false,
            };
        if handled {
            task.until = None;
        } else if pid != INIT {
            self.kill(pid, 128 + signal);
        }
        true
    }

    /// Signals the command that has taken a shell's place.
    fn signal_as(&mut self, pid: Pid, signal: i32, protected: bool) -> bool {
        let Some(task) = self.tasks.get_mut(&pid) else {
            return false;
        };
        let handled = match &mut task.body {
            Body::Process(process) => process.signal(signal),
            Body::Shell(shell) => shell.take_signal(signal),
            Body::Ended => false,
        };
        if handled {
            task.until = None;
        } else if !protected {
            self.kill(pid, 128 + signal);
        }
        true
    }

    /// Ends everything at once, as SIGKILL from outside does.
    pub fn kill_all(&mut self) {
        self.tasks.clear();
        self.ended = Some(128 + KILL);
    }

    /// The number and the command line of every process.
    pub fn list(&self) -> Vec<(u64, String)> {
        let rows = self.tasks.iter().map(|(pid, task)| {
            let line = match &task.body {
                Body::Shell(shell) => shell.command_line(),
                Body::Process(process) => process.command_line(),
                Body::Ended => task.name.clone(),
            };
            (*pid, line)
        });
        rows.collect()
    }
}

impl Interpreter {
    /// The child that has taken this shell's place: `exec`, or the last command of a script without traps.
    fn stand_in(&self) -> Option<Pid> {
        let (Frame::Child { pid }, below) = self.frames.split_last()? else {
            return None;
        };
        let nothing_left = |frame: &Frame| match frame {
            Frame::ExitAfter => true,
            Frame::Chain { chain, next } => *next > chain.rest.len(),
            _ => false,
        };
        (self.shell.traps.is_empty() && below.iter().all(nothing_left)).then_some(*pid)
    }

    /// Takes a signal; whether there is a trap for it.
    fn take_signal(&mut self, signal: i32) -> bool {
        let name = format!("SIG{}", signal_name(signal).unwrap_or_default());
        match self.shell.traps.get(&name) {
            None => false,
            Some(command) => {
                if !command.is_empty() {
                    self.pending.push(signal);
                }
                true
            }
        }
    }

    /// Runs the trap of a signal that has come, unless a command of the foreground runs.
    pub(super) fn run_traps(&mut self, cx: &mut Context<'_>) {
        let Some(signal) = self.pending.first().copied() else {
            return;
        };
        match self.frames.last() {
            Some(Frame::Child { .. } | Frame::Members { .. } | Frame::Substitution { .. }) => return,
            Some(Frame::Wait { .. }) => {
                self.frames.pop();
                self.shell.status = 128 + signal;
            }
            _ => {}
        }
        self.pending.remove(0);
        let name = format!("SIG{}", signal_name(signal).unwrap_or_default());
        let Some(text) = self.shell.traps.get(&name).cloned() else {
            return;
        };
        self.frames.push(Frame::Status(self.shell.status));
        match syntax::parse(&text, &self.shell.aliases) {
            Ok(list) => self.frames.push(Frame::List {
                list: std::sync::Arc::new(list),
                next: 0,
            }),
            Err(error) => {
                let (message, _) = syntax::report(&error, &text, &self.shell);
                cx.write(2, &message);
            }
        }
    }

    fn command_line(&self) -> String {
        if self.shell.command.is_empty() {
            self.shell.name.clone()
        } else {
            self.shell.command.clone()
        }
    }
}
