//! What runs beside the shell: the host's commands, as machines that are stepped.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::files::Files;
use super::io::{Fds, FileId, Read, Table};
use crate::sim::Time;
use crate::sorted::SortedMap;

/// A running command of the host's: plain data that a step moves on.
pub trait Process<H: ?Sized>: Signalled + Clone + Serialize + for<'de> Deserialize<'de> {
    /// Runs for a little while. Output goes through `io`; what is written before [`Poll::Exited`] is still delivered.
    fn step(&mut self, io: &mut Io<'_>, host: &mut H) -> Poll;
}

/// How a running command takes a signal: what does not depend on where it runs.
pub trait Signalled {
    /// Takes a signal; whether it has a handler for it.
    fn signal(&mut self, signal: i32) -> bool;
    /// Its command line, as `ps` shows it.
    fn command_line(&self) -> String;
}

/// Where a process stands after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// It ended with this status.
    Exited(i32),
    /// It waits; every wake-up may be spurious.
    Blocked(Until),
    /// It has more to do at once.
    Yield,
}

/// What a blocked process waits for; any of these wakes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Until {
    /// This moment.
    pub at: Option<Time>,
    /// Something to read on descriptor 0, or its end.
    pub input: bool,
    /// Any change in the world outside the shell.
    pub change: bool,
    /// The end of a command it started, or output of it.
    pub child: bool,
}

impl Until {
    /// Waits for a moment.
    #[must_use]
    pub const fn time(at: Time) -> Self {
        Self {
            at: Some(at),
            input: false,
            change: false,
            child: false,
        }
    }

    /// Waits for input.
    #[must_use]
    pub const fn input() -> Self {
        Self {
            at: None,
            input: true,
            change: false,
            child: false,
        }
    }

    /// Waits for a command it started.
    #[must_use]
    pub const fn child() -> Self {
        Self {
            at: None,
            input: false,
            change: false,
            child: true,
        }
    }
}

/// A command to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch<'a> {
    /// The command's name and arguments; never empty.
    pub argv: &'a [String],
    /// Its environment.
    pub env: &'a BTreeMap<String, String>,
    /// Its directory.
    pub cwd: &'a str,
    /// When it starts.
    pub now: Time,
}

/// What starting a command gives.
#[derive(Clone, Debug)]
pub enum Launched<P> {
    /// A process; its first step comes after so long, the time that a real one takes to start.
    Process(P, Duration),
    /// A shell script: its text, `$0` and the arguments.
    Script {
        /// The script.
        text: String,
        /// `$0`
        name: String,
        /// `$1`, ...
        args: Vec<String>,
    },
    /// No such command.
    NotFound,
    /// A file that cannot be run: status 126 and this reason.
    Refused(&'static str),
}

/// Where a shell runs: files, and a way to start commands.
pub trait Host<P>: Files {
    /// Starts a command that is not the shell's own.
    fn launch(&mut self, launch: &Launch<'_>) -> Launched<P>;
    /// Where a command lies, for `type`, `which` and `command -v`.
    fn which(&self, name: &str) -> Option<String>;
    /// As the part that does not depend on the process type.
    fn as_shell_host(&mut self) -> &mut dyn ShellHost;
}

/// The part of a [`Host`] that the interpreter uses.
pub trait ShellHost: Files {
    /// Where a command lies.
    fn locate(&self, name: &str) -> Option<String>;
    /// Sends a signal to a process that is not of this machine; whether there is one.
    fn signal(&mut self, _pid: u64, _signal: i32) -> bool {
        false
    }
    /// As files alone.
    fn files(&self) -> &dyn Files;
    /// As files alone, to change.
    fn files_mut(&mut self) -> &mut dyn Files;
}

/// A command that a process asks the machine to run (`xargs`, `watch`, `env`, `timeout`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChildCommand {
    /// A command with its arguments.
    Argv(Vec<String>),
    /// A shell text.
    Script(String),
}

/// A command started by a process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Child {
    pub(super) pid: Option<u64>,
    pub(super) status: Option<i32>,
    pub(super) capture: Option<FileId>,
    #[serde(with = "serde_bytes")]
    pub(super) output: Vec<u8>,
    /// Set when the process asked to end it.
    pub(super) killed: bool,
}

/// A request of a process, carried out after its step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChildRequest {
    pub(super) id: u32,
    pub(super) command: ChildCommand,
    pub(super) capture: bool,
    pub(super) inherit_input: bool,
    pub(super) env: BTreeMap<String, String>,
    pub(super) cwd: String,
}

/// Output on its way to open files.
pub(super) type Outbox = std::collections::VecDeque<(FileId, Vec<u8>)>;

/// A process's view of its descriptors and children during a step.
pub struct Io<'a> {
    /// The moment of the step.
    pub now: Time,
    pub(super) fds: &'a Fds,
    pub(super) table: &'a mut Table,
    pub(super) outbox: &'a mut Outbox,
    pub(super) children: &'a mut SortedMap<u32, Child>,
    pub(super) requests: &'a mut Vec<ChildRequest>,
    /// Puts messages into other words.
    pub words: Option<fn(&str) -> String>,
}

impl Io<'_> {
    /// Reads from descriptor 0.
    pub fn read<F: Files + ?Sized>(&mut self, files: &F, most: usize) -> Read {
        match self.fds.get(&0) {
            Some(id) => self.table.read(*id, files, most),
            None => Read::End,
        }
    }

    /// Writes to descriptor 1.
    pub fn print(&mut self, text: impl AsRef<[u8]>) {
        self.write(1, text.as_ref());
    }

    /// Writes to descriptor 2.
    pub fn error(&mut self, text: impl AsRef<[u8]>) {
        match self.words {
            Some(words) => {
                let text = words(&String::from_utf8_lossy(text.as_ref()));
                self.write(2, text.as_bytes());
            }
            None => self.write(2, text.as_ref()),
        }
    }

    /// Writes to a descriptor; a full pipe holds the process back after this step.
    pub fn write(&mut self, fd: i32, bytes: &[u8]) {
        if let Some(id) = self.fds.get(&fd)
            && !bytes.is_empty()
        {
            self.outbox.push_back((*id, bytes.to_vec()));
        }
    }

    /// Whether a descriptor is the terminal.
    #[must_use]
    pub fn is_terminal(&self, fd: i32) -> bool {
        self.fds.get(&fd).is_some_and(|id| self.table.is_terminal(*id))
    }

    /// Whether a descriptor has something to read.
    #[must_use]
    pub fn readable(&self) -> bool {
        self.fds.get(&0).is_none_or(|id| self.table.readable(*id))
    }

    /// Starts a command in a directory: its output is kept for [`Io::child_output`] when `capture`, and goes to this process's
    /// own output otherwise. Its input is empty unless `inherit_input`.
    pub fn start(
        &mut self,
        command: ChildCommand,
        env: BTreeMap<String, String>,
        cwd: &str,
        (capture, inherit_input): (bool, bool),
    ) -> u32 {
        let id = self.children.keys().next_back().map_or(1, |last| last + 1);
        self.children.insert(id, Child::default());
        self.requests.push(ChildRequest {
            id,
            command,
            capture,
            inherit_input,
            env,
            cwd: cwd.to_owned(),
        });
        id
    }

    /// The status of a command that has ended; its record stays until [`Io::forget`].
    #[must_use]
    pub fn child_status(&self, id: u32) -> Option<i32> {
        self.children.get(&id)?.status
    }

    /// What a captured command has printed since the last call.
    pub fn child_output(&mut self, id: u32) -> Vec<u8> {
        self.children
            .get_mut(&id)
            .map(|child| std::mem::take(&mut child.output))
            .unwrap_or_default()
    }

    /// Ends a command, as by SIGTERM.
    pub fn kill(&mut self, id: u32) {
        if let Some(child) = self.children.get_mut(&id) {
            child.killed = true;
        }
    }

    /// Drops the record of a command that has ended.
    pub fn forget(&mut self, id: u32) {
        self.children.remove(&id);
    }
}
