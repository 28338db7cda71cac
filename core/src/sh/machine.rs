//! The machine: all shells and processes of one session, stepped side by side in virtual time.
//!
//! Models what a kernel does for a shell: processes, descriptors, pipes with back-pressure and SIGPIPE, job control's
//! foreground and background. Everything is plain data: a clone is a fork of the whole session, a saved one goes on alike.
//! Each step costs virtual time, so that an endless loop moves the clock instead of freezing it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ast::List;
use super::frames::{Exits, Frame, Pid};
use super::interpreter::Interpreter;
use super::io::{Chunk, Fds, FileId, Table};
use super::process::{Child, Host, Launch, Outbox, Until};
use super::shell::{Flavour, Shell};
use super::syntax::{self, SyntaxError};
use crate::sim::Time;
use crate::sorted::{SortedMap, SortedSet};

/// How much virtual time a task may use before it has to wait for it to pass.
const SLICE: Duration = Duration::from_millis(1);
/// The process number before the first.
const FIRST_PID: Pid = 1_200;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Body<P> {
    Shell(Box<Interpreter>),
    Process(P),
    /// It never ran: its message is in the outbox.
    Ended,
}

/// One shell or process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Task<P> {
    pub(super) parent: Pid,
    /// What its error messages begin with, when it is no shell.
    pub(super) name: String,
    pub(super) body: Body<P>,
    pub(super) fds: Fds,
    pub(super) outbox: Outbox,
    pub(super) exit: Option<i32>,
    /// When it may step next.
    pub(super) ready_at: Time,
    pub(super) until: Option<Until>,
    pub(super) debt: Duration,
    pub(super) background: bool,
    pub(super) children: SortedMap<u32, Child>,
}

/// A session of the shell: its tasks, pipes and terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine<P> {
    pub(super) table: Table,
    pub(super) tasks: SortedMap<Pid, Task<P>>,
    pub(super) main: Pid,
    pub(super) next_pid: Pid,
    pub(super) exits: Exits,
    pub(super) ended: Option<i32>,
}

/// When a machine wants to be run again; input always wakes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wake {
    /// At this moment at the latest.
    pub at: Option<Time>,
    /// Whenever something changes outside.
    pub on_change: bool,
}

impl<P> Machine<P> {
    /// A machine whose main shell waits for commands. With a `terminal`, its descriptors are one.
    #[must_use]
    pub fn new(shell: Shell, terminal: bool) -> Self {
        Self::with(shell, terminal, FIRST_PID)
    }

    /// As [`Machine::new`], the main shell being the process of this number.
    #[must_use]
    pub fn with(shell: Shell, terminal: bool, main: u64) -> Self {
        let mut table = Table::default();
        table.terminal = terminal;
        let fds = table.standard();
        table.end_input(!terminal);
        let mut shell = shell;
        shell.pid = main;
        let body = Body::Shell(Box::new(Interpreter::new(shell, None)));
        let task = Task::new(main, body, fds, Time::ZERO, false);
        Self {
            table,
            tasks: SortedMap::from([(main, task)]),
            main,
            next_pid: main,
            exits: Exits::new(),
            ended: None,
        }
    }

    /// Gives the main shell a text to run.
    ///
    /// # Errors
    ///
    /// When the text is not a program; nothing has changed then.
    pub fn submit(&mut self, text: &str) -> Result<(), SyntaxError> {
        let aliases = self
            .shell()
            .map(|shell| shell.aliases.clone())
            .unwrap_or_default();
        let list = syntax::parse(text, &aliases)?;
        self.submit_list(list);
        Ok(())
    }

    /// A machine whose main process, of this number, is a command; it ends with it.
    pub fn command<H: Host<P> + ?Sized>(
        launch: &Launch<'_>,
        (flavour, terminal, main): (Flavour, bool, u64),
        host: &mut H,
    ) -> Self {
        let mut shell = Shell::new(flavour, false, launch.cwd);
        shell.pid = main;
        let mut machine = Self::with(shell, terminal, main);
        if let Some(task) = machine.tasks.get_mut(&main) {
            task.name = launch.argv.first().cloned().unwrap_or_default();
            let command = super::launch::Command {
                pid: main,
                argv: launch.argv,
                env: launch.env,
                cwd: launch.cwd,
                prefix: "",
                flavour,
            };
            super::launch::start(task, &command, host, launch.now);
        }
        machine.exit_when_idle();
        machine
    }

    /// The number that the next process comes after: containers count through all their machines.
    pub fn last_pid(&mut self) -> &mut u64 {
        &mut self.next_pid
    }

    fn submit_list(&mut self, list: List) {
        if let Some(interpreter) = self.interpreter_mut() {
            interpreter.frames.push(Frame::List {
                list: std::sync::Arc::new(list),
                next: 0,
            });
        }
    }

    /// Ends the main shell once it has nothing left to run, as at the end of a script.
    pub fn exit_when_idle(&mut self) {
        if let Some(interpreter) = self.interpreter_mut() {
            interpreter.frames.insert(0, Frame::ExitAfter);
        }
    }

    /// Whether the main shell waits for a command.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.ended.is_none()
            && self.tasks.get(&self.main).is_some_and(|task| {
                task.outbox.is_empty()
                    && matches!(&task.body, Body::Shell(shell) if shell.frames.is_empty() && shell.exiting.is_none())
            })
    }

    /// The status with which the main shell ended.
    #[must_use]
    pub const fn ended(&self) -> Option<i32> {
        self.ended
    }

    /// The main shell's memory.
    #[must_use]
    pub fn shell(&self) -> Option<&Shell> {
        match &self.tasks.get(&self.main)?.body {
            Body::Shell(interpreter) => Some(&interpreter.shell),
            _ => None,
        }
    }

    /// The main shell's memory, to change between two commands.
    pub fn shell_mut(&mut self) -> Option<&mut Shell> {
        self.interpreter_mut().map(|interpreter| &mut interpreter.shell)
    }

    fn interpreter_mut(&mut self) -> Option<&mut Interpreter> {
        match &mut self.tasks.get_mut(&self.main)?.body {
            Body::Shell(interpreter) => Some(interpreter),
            _ => None,
        }
    }

    /// Adds to the standard input of whatever reads the terminal.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.table.feed(bytes);
    }

    /// Ends the standard input (Ctrl+D), or opens it again for the next command.
    pub fn end_input(&mut self, ended: bool) {
        self.table.end_input(ended);
    }

    /// Whether a command of the foreground waits for a line on the terminal.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        self.tasks.values().filter(|task| !task.background).any(|task| {
            let waits = match &task.body {
                Body::Process(_) => task.until.is_some_and(|until| until.input),
                Body::Shell(shell) => matches!(shell.frames.last(), Some(Frame::Read(_))),
                Body::Ended => false,
            };
            waits && task.fds.get(&0).is_some_and(|id| self.table.is_terminal(*id))
        })
    }

    /// Takes a line that was typed ahead while a command ran.
    pub fn take_typed_line(&mut self) -> Option<String> {
        self.table
            .take_input_line()
            .map(|line| String::from_utf8_lossy(&line).into_owned())
    }

    /// Takes the output so far, in order.
    pub fn take_output(&mut self) -> Vec<Chunk> {
        self.table.take_output()
    }

    /// The processes that are not shells.
    pub fn all_processes(&self) -> impl Iterator<Item = &P> {
        self.tasks.values().filter_map(|task| match &task.body {
            Body::Process(process) => Some(process),
            _ => None,
        })
    }

    /// The processes that are not shells, to change.
    pub fn all_processes_mut(&mut self) -> impl Iterator<Item = &mut P> {
        self.tasks.values_mut().filter_map(|task| match &mut task.body {
            Body::Process(process) => Some(process),
            _ => None,
        })
    }

    /// Reports finished jobs, as before a prompt.
    pub fn report_jobs(&mut self) {
        let exits = std::mem::take(&mut self.exits);
        let mut left = Exits::new();
        let Some(interpreter) = self.interpreter_mut() else {
            return;
        };
        for (pid, status) in exits {
            match interpreter.jobs.iter_mut().find(|job| job.pid == pid) {
                Some(job) => job.status = Some(status),
                None => {
                    left.insert(pid, status);
                }
            }
        }
        let text = interpreter.take_finished_jobs();
        self.exits = left;
        if let Some(id) = self
            .tasks
            .get(&self.main)
            .and_then(|task| task.fds.get(&2).copied())
            && !text.is_empty()
            && let Some(task) = self.tasks.get_mut(&self.main)
        {
            task.outbox.push_back((id, text.into_bytes()));
        }
    }

    /// Closes what nothing refers to any more.
    pub(super) fn close_unused(&mut self) {
        let mut used: SortedSet<FileId> = SortedSet::new();
        for task in self.tasks.values() {
            used.extend(task.fds.values());
            used.extend(task.outbox.iter().map(|(id, _)| id));
            used.extend(task.children.values().filter_map(|child| child.capture));
            if let Body::Shell(shell) = &task.body {
                used.extend(shell.frames.iter().flat_map(Frame::files));
            }
        }
        self.table.close_unused(&used);
    }

    /// Ends a task and all that it started.
    pub(super) fn kill(&mut self, pid: Pid, status: i32) {
        let children: Vec<Pid> = self
            .tasks
            .iter()
            .filter(|(id, task)| task.parent == pid && **id != pid)
            .map(|(id, _)| *id)
            .collect();
        for child in children {
            self.kill(child, status);
        }
        if let Some(task) = self.tasks.get_mut(&pid) {
            task.exit = Some(status);
            task.outbox.clear();
            task.ready_at = Time::ZERO;
            task.body = Body::Ended;
        }
    }

    /// Takes an ended task away and leaves its status to its parent.
    pub(super) fn reap(&mut self, pid: Pid, status: i32) {
        self.tasks.remove(&pid);
        let orphans: Vec<Pid> = self
            .tasks
            .iter()
            .filter(|(_, task)| task.parent == pid && task.background)
            .map(|(id, _)| *id)
            .collect();
        for orphan in orphans {
            if let Some(task) = self.tasks.get_mut(&orphan) {
                task.parent = self.main;
            }
        }
        if pid == self.main {
            self.ended = Some(status);
            self.tasks.clear();
            self.exits.clear();
        } else {
            self.exits.insert(pid, status);
        }
    }

    /// Drops statuses that nobody will ask for.
    pub(super) fn forget_orphans(&mut self) {
        let mut awaited: SortedSet<Pid> = SortedSet::new();
        for task in self.tasks.values() {
            awaited.extend(task.children.values().filter_map(|child| child.pid));
            if let Body::Shell(shell) = &task.body {
                awaited.extend(shell.jobs.iter().map(|job| job.pid));
                for frame in &shell.frames {
                    match frame {
                        Frame::Members { pids, .. } | Frame::Wait { pids } => awaited.extend(pids),
                        Frame::Child { pid } | Frame::Substitution { pid, .. } => {
                            awaited.insert(*pid);
                        }
                        _ => {}
                    }
                }
            }
        }
        self.exits.retain(|pid, _| awaited.contains(pid));
    }
}

impl<P> Task<P> {
    pub(super) fn new(parent: Pid, body: Body<P>, fds: Fds, ready_at: Time, background: bool) -> Self {
        Self {
            parent,
            name: String::new(),
            body,
            fds,
            outbox: Outbox::new(),
            exit: None,
            ready_at,
            until: None,
            debt: Duration::ZERO,
            background,
            children: SortedMap::new(),
        }
    }

    /// Charges virtual time; after a slice of it the task waits.
    pub(super) fn charge(&mut self, cost: Duration, now: Time) {
        self.debt += cost;
        if self.debt >= SLICE {
            self.ready_at = now + self.debt;
            self.debt = Duration::ZERO;
        }
    }

    /// Whether a blocked process may have something to do.
    pub(super) fn is_woken(&self, now: Time, table: &Table, changed: bool) -> bool {
        let Some(until) = self.until else { return true };
        until.at.is_some_and(|at| at <= now)
            || (until.input && self.fds.get(&0).is_none_or(|id| table.readable(*id)))
            || (until.change && changed)
            || (until.child
                && self
                    .children
                    .values()
                    .any(|child| child.status.is_some() || !child.output.is_empty()))
    }
}
