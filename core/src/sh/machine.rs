//! The machine: all shells and processes of one session, stepped side by side in virtual time.
//!
//! Models what a kernel does for a shell: processes, descriptors, pipes with back-pressure and SIGPIPE, job control's
//! foreground and background. Everything is plain data: a clone is a fork of the whole session, a saved one goes on alike.
//! Each step costs virtual time, so that an endless loop moves the clock instead of freezing it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ast::List;
use super::frames::{Exits, Frame, Pid};
use super::interpreter::{Context, Interpreter, Spawn, SpawnBody, Step};
use super::io::{Chunk, Fds, FileId, Table, Written};
use super::launch;
use super::process::{Child, ChildRequest, Host, Io, Outbox, Poll, Process, Until};
use super::shell::Shell;
use super::syntax::{self, SyntaxError};
use crate::sim::Time;

/// How much virtual time a task may use before it has to wait for it to pass.
const SLICE: Duration = Duration::from_millis(1);
/// What a process's step costs.
const PROCESS_STEP: Duration = Duration::from_micros(5);
/// How many bytes go out in one microsecond.
const BYTES_PER_MICRO: u64 = 8;
/// How many tasks may live at once.
const TASKS_MAX: usize = 100;
/// How many tasks share the processor before each becomes slower.
const TASKS_AT_FULL_SPEED: usize = 8;
/// The status of what Ctrl+C ends.
const INTERRUPTED: i32 = 130;
/// The status of what writes to a closed pipe.
const BROKEN_PIPE: i32 = 141;
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
    pub(super) body: Body<P>,
    pub(super) fds: Fds,
    pub(super) outbox: Outbox,
    pub(super) exit: Option<i32>,
    /// When it may step next.
    pub(super) ready_at: Time,
    pub(super) until: Option<Until>,
    pub(super) debt: Duration,
    pub(super) background: bool,
    pub(super) children: BTreeMap<u32, Child>,
}

/// A session of the shell: its tasks, pipes and terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine<P> {
    pub(super) table: Table,
    pub(super) tasks: BTreeMap<Pid, Task<P>>,
    main: Pid,
    pub(super) next_pid: Pid,
    exits: Exits,
    ended: Option<i32>,
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
        let mut table = Table::default();
        table.terminal = terminal;
        let fds = table.standard();
        table.end_input(!terminal);
        let main = FIRST_PID;
        let mut shell = shell;
        shell.pid = main;
        let body = Body::Shell(Box::new(Interpreter::new(shell, None)));
        let task = Task::new(main, body, fds, Time::ZERO, false);
        Self {
            table,
            tasks: BTreeMap::from([(main, task)]),
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

    /// The processes of the foreground.
    pub fn processes(&self) -> impl Iterator<Item = &P> {
        self.tasks
            .values()
            .filter(|task| !task.background)
            .filter_map(|task| match &task.body {
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
    fn close_unused(&mut self) {
        let mut used: BTreeSet<FileId> = BTreeSet::new();
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
    fn kill(&mut self, pid: Pid, status: i32) {
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
    fn reap(&mut self, pid: Pid, status: i32) {
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
    fn forget_orphans(&mut self) {
        let mut awaited: BTreeSet<Pid> = BTreeSet::new();
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
            body,
            fds,
            outbox: Outbox::new(),
            exit: None,
            ready_at,
            until: None,
            debt: Duration::ZERO,
            background,
            children: BTreeMap::new(),
        }
    }

    /// Charges virtual time; after a slice of it the task waits.
    fn charge(&mut self, cost: Duration, now: Time) {
        self.debt += cost;
        if self.debt >= SLICE {
            self.ready_at = now + self.debt;
            self.debt = Duration::ZERO;
        }
    }

    /// Whether a blocked process may have something to do.
    fn is_woken(&self, now: Time, table: &Table, changed: bool) -> bool {
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

impl<P> Machine<P> {
    /// Runs everything that can run at this moment, and says when to come back.
    pub fn run<H>(&mut self, host: &mut H, now: Time) -> Wake
    where
        H: Host<P>,
        P: Process<H>,
    {
        let mut told: BTreeSet<Pid> = BTreeSet::new();
        loop {
            let mut progress = false;
            let pids: Vec<Pid> = self.tasks.keys().copied().collect();
            for pid in pids {
                // Each process hears once per run that something may have changed.
                let changed = !told.contains(&pid);
                progress |= self.step(pid, host, now, changed, &mut told);
            }
            if !progress {
                break;
            }
        }
        self.forget_orphans();
        self.wake(now)
    }

    fn wake(&self, now: Time) -> Wake {
        let mut wake = Wake::default();
        let mut at = |time: Time| wake.at = Some(wake.at.map_or(time, |at| at.min(time)));
        let mut on_change = false;
        for task in self.tasks.values() {
            if task.ready_at > now {
                at(task.ready_at);
                continue;
            }
            match &task.body {
                Body::Process(_) => {
                    if let Some(until) = task.until {
                        until.at.into_iter().for_each(&mut at);
                        on_change |= until.change;
                    }
                }
                Body::Shell(shell) => {
                    if let Some(Frame::Read(read)) = shell.frames.last() {
                        read.deadline.into_iter().for_each(&mut at);
                    }
                }
                Body::Ended => {}
            }
        }
        wake.on_change = on_change;
        wake
    }

    fn step<H>(&mut self, pid: Pid, host: &mut H, now: Time, changed: bool, told: &mut BTreeSet<Pid>) -> bool
    where
        H: Host<P>,
        P: Process<H>,
    {
        let Some(task) = self.tasks.get(&pid) else {
            return false;
        };
        if task.ready_at > now {
            return false;
        }
        let flushed = self.flush(pid, host, now);
        let Some(task) = self.tasks.get(&pid) else {
            return true;
        };
        if !task.outbox.is_empty() || task.ready_at > now {
            return flushed;
        }
        if let Some(status) = task.exit {
            self.reap(pid, status);
            self.close_unused();
            return true;
        }
        match &task.body {
            Body::Shell(_) => self.step_shell(pid, host, now) || flushed,
            Body::Process(_) => {
                self.collect_children(pid, host);
                let woken = self
                    .tasks
                    .get(&pid)
                    .is_some_and(|task| task.is_woken(now, &self.table, changed));
                if woken {
                    told.insert(pid);
                    self.step_process(pid, host, now);
                }
                woken || flushed
            }
            Body::Ended => flushed,
        }
    }

    /// Sends a task's output on its way; whether any went.
    fn flush<H: Host<P>>(&mut self, pid: Pid, host: &mut H, now: Time) -> bool {
        let mut progress = false;
        while let Some(task) = self.tasks.get_mut(&pid) {
            let Some((id, bytes)) = task.outbox.front_mut() else {
                break;
            };
            let id = *id;
            match self.table.write(id, host, bytes) {
                Written::Bytes(0) if !bytes.is_empty() => break,
                Written::Bytes(count) => {
                    progress = true;
                    bytes.drain(..count.min(bytes.len()));
                    if bytes.is_empty() {
                        task.outbox.pop_front();
                    }
                    task.charge(Duration::from_micros(count as u64 / BYTES_PER_MICRO), now);
                }
                Written::Closed if pid == self.main => {
                    task.outbox.pop_front();
                }
                Written::Closed => {
                    task.outbox.clear();
                    task.exit = Some(BROKEN_PIPE);
                    task.body = Body::Ended;
                    progress = true;
                }
                Written::Failed(error) => {
                    progress = true;
                    task.outbox.retain(|(other, _)| *other != id);
                    let stderr = task.fds.get(&2).copied().filter(|stderr| *stderr != id);
                    let name = self.shell().map_or_else(String::new, Shell::error_prefix);
                    let Some(task) = self.tasks.get_mut(&pid) else {
                        break;
                    };
                    if let Some(stderr) = stderr {
                        task.outbox.push_back((
                            stderr,
                            format!("{name}write error: {}\n", error.text()).into_bytes(),
                        ));
                    }
                    match &mut task.body {
                        Body::Shell(shell) => shell.shell.status = 1,
                        _ => task.exit = Some(1),
                    }
                }
            }
        }
        progress
    }

    fn step_shell<H>(&mut self, pid: Pid, host: &mut H, now: Time) -> bool
    where
        H: Host<P>,
        P: Process<H>,
    {
        let tasks: Vec<Pid> = self.tasks.keys().copied().collect();
        let crowd = crowd(tasks.len());
        let Some(task) = self.tasks.get_mut(&pid) else {
            return false;
        };
        let mut body = std::mem::replace(&mut task.body, Body::Ended);
        let Body::Shell(interpreter) = &mut body else {
            return false;
        };
        let (mut spawns, mut kills, mut cost) = (Vec::new(), Vec::new(), Duration::ZERO);
        let files_before = task.fds.clone();
        let mut cx = Context {
            now,
            host: host.as_shell_host(),
            table: &mut self.table,
            fds: &mut task.fds,
            outbox: &mut task.outbox,
            spawns: &mut spawns,
            kills: &mut kills,
            next_pid: &mut self.next_pid,
            exits: &mut self.exits,
            tasks: &tasks,
            cost: &mut cost,
        };
        let step = interpreter.step(&mut cx);
        let closed = task.fds != files_before;
        let last_status = interpreter.shell.status;
        task.body = body;
        let background = task.background;
        match step {
            Step::Continue => task.charge(cost * crowd, now),
            Step::Exited(status) => task.exit = Some(status),
            // A subshell with nothing left ends; the main shell waits for the next line.
            Step::Idle if pid != self.main => task.exit = Some(last_status),
            Step::Idle | Step::Blocked(_) => {}
        }
        let changed = !spawns.is_empty() || !kills.is_empty() || closed;
        for spawn in spawns {
            self.spawn(pid, spawn, background, host, now);
        }
        for (victim, status) in kills {
            self.kill(victim, status);
        }
        if changed || self.tasks.get(&pid).is_some_and(|task| task.exit.is_some()) {
            self.close_unused();
        }
        matches!(step, Step::Continue | Step::Exited(_)) || (step == Step::Idle && pid != self.main)
    }

    fn spawn<H: Host<P>>(&mut self, parent: Pid, spawn: Spawn, background: bool, host: &mut H, now: Time) {
        let background = background || spawn.background;
        let mut task = Task::new(parent, Body::Ended, spawn.fds, now, background);
        if self.tasks.len() >= TASKS_MAX {
            task.fail("bash: fork: retry: Resource temporarily unavailable\n", 254);
        } else {
            match spawn.body {
                SpawnBody::Shell(interpreter) => task.body = Body::Shell(interpreter),
                SpawnBody::Command {
                    argv,
                    env,
                    cwd,
                    prefix,
                    flavour,
                } => {
                    let command = launch::Command {
                        argv: &argv,
                        env: &env,
                        cwd: &cwd,
                        prefix: &prefix,
                        flavour,
                    };
                    launch::start(&mut task, &command, host, now);
                }
            }
        }
        self.tasks.insert(spawn.pid, task);
    }

    fn step_process<H>(&mut self, pid: Pid, host: &mut H, now: Time)
    where
        H: Host<P>,
        P: Process<H>,
    {
        let crowd = crowd(self.tasks.len());
        let Some(task) = self.tasks.get_mut(&pid) else {
            return;
        };
        let mut requests: Vec<ChildRequest> = Vec::new();
        let Task {
            body: Body::Process(process),
            fds,
            outbox,
            children,
            ..
        } = task
        else {
            return;
        };
        let mut io = Io {
            now,
            fds,
            table: &mut self.table,
            outbox,
            children,
            requests: &mut requests,
        };
        let poll = process.step(&mut io, host);
        task.charge(PROCESS_STEP * crowd, now);
        match poll {
            Poll::Exited(status) => task.exit = Some(status),
            Poll::Blocked(until) => task.until = Some(until),
            Poll::Yield => task.until = None,
        }
        let (fds, background) = (task.fds.clone(), task.background);
        let killed: Vec<Pid> = task
            .children
            .values()
            .filter(|child| child.killed)
            .filter_map(|child| child.pid)
            .collect();
        let ended = task.exit.is_some();
        for request in requests {
            self.start_child(pid, request, &fds, background, host, now);
        }
        for victim in killed {
            self.kill(victim, 143);
        }
        if ended {
            let left: Vec<Pid> = self
                .tasks
                .iter()
                .filter(|(_, task)| task.parent == pid)
                .map(|(id, _)| *id)
                .collect();
            left.into_iter().for_each(|child| self.kill(child, BROKEN_PIPE));
        }
    }

    fn start_child<H: Host<P>>(
        &mut self,
        parent: Pid,
        request: ChildRequest,
        fds: &Fds,
        background: bool,
        host: &mut H,
        now: Time,
    ) {
        let mut fds = fds.clone();
        if !request.inherit_input {
            fds.insert(0, self.table.null());
        }
        let mut capture = None;
        if request.capture {
            let (reader, writer) = self.table.capture();
            capture = Some(reader);
            fds.insert(1, writer);
            fds.insert(2, writer);
        }
        self.next_pid += 1;
        let pid = self.next_pid;
        if let Some(child) = self
            .tasks
            .get_mut(&parent)
            .and_then(|task| task.children.get_mut(&request.id))
        {
            child.pid = Some(pid);
            child.capture = capture;
        }
        let cwd = request.env.get("PWD").cloned().unwrap_or_else(|| "/".to_owned());
        let body = launch::child_body(request, cwd);
        self.spawn(
            parent,
            Spawn {
                pid,
                fds,
                body,
                background,
            },
            background,
            host,
            now,
        );
    }

    /// Hands captured output and statuses to the process that started the children.
    fn collect_children<H: Host<P>>(&mut self, pid: Pid, host: &H) {
        let Some(task) = self.tasks.get_mut(&pid) else {
            return;
        };
        for child in task.children.values_mut() {
            if let Some(reader) = child.capture {
                while let super::io::Read::Data(data) = self.table.read(reader, host, usize::MAX) {
                    child.output.extend(data);
                }
            }
            if let Some(status) = child.pid.and_then(|pid| self.exits.remove(&pid)) {
                child.status = Some(status);
                child.pid = None;
            }
        }
    }

    /// Ctrl+C: ends the foreground; the main shell returns to its prompt, or ends when it runs a script.
    pub fn interrupt<H: Host<P>>(&mut self, host: &mut H, now: Time) {
        self.table.drop_input();
        let foreground: Vec<Pid> = self
            .tasks
            .iter()
            .filter(|(id, task)| **id != self.main && !task.background)
            .map(|(id, _)| *id)
            .collect();
        for pid in foreground {
            self.tasks.remove(&pid);
        }
        let Some(task) = self.tasks.get_mut(&self.main) else {
            return;
        };
        task.outbox.clear();
        task.ready_at = now;
        if let Body::Shell(interpreter) = &mut task.body {
            let (mut spawns, mut kills, mut cost) = (Vec::new(), Vec::new(), Duration::ZERO);
            let mut cx = Context {
                now,
                host: host.as_shell_host(),
                table: &mut self.table,
                fds: &mut task.fds,
                outbox: &mut task.outbox,
                spawns: &mut spawns,
                kills: &mut kills,
                next_pid: &mut self.next_pid,
                exits: &mut self.exits,
                tasks: &[],
                cost: &mut cost,
            };
            interpreter.abandon(&mut cx);
            interpreter.shell.status = INTERRUPTED;
            if !interpreter.shell.interactive {
                interpreter.exit(INTERRUPTED);
            }
        }
        self.close_unused();
    }
}

/// How many times slower a step is among so many tasks.
fn crowd(tasks: usize) -> u32 {
    u32::try_from((tasks / TASKS_AT_FULL_SPEED).max(1)).unwrap_or(1)
}

impl<P> Task<P> {
    /// Ends the task before it began, with a message.
    pub(super) fn fail(&mut self, message: &str, status: i32) {
        if let Some(id) = self.fds.get(&2) {
            self.outbox.push_back((*id, message.as_bytes().to_vec()));
        }
        self.exit = Some(status);
        self.body = Body::Ended;
    }
}
