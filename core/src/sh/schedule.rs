//! Running a machine: which task steps when, how output reaches its readers, how tasks start and are interrupted.

use std::time::Duration;

use super::frames::{Frame, Pid};
use super::interpreter::{Context, Spawn, SpawnBody, Step};
use super::io::{Fds, Written};
use super::launch;
use super::machine::{Body, Machine, Task, Wake};
use super::process::{ChildRequest, Host, Io, Poll, Process};
use crate::sim::Time;
use crate::sorted::SortedSet;

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

impl<P> Machine<P> {
    /// Runs everything that can run at this moment, and says when to come back.
    pub fn run<H>(&mut self, host: &mut H, now: Time) -> Wake
    where
        H: Host<P> + ?Sized,
        P: Process<H>,
    {
        let mut told: SortedSet<Pid> = SortedSet::new();
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

    fn step<H>(&mut self, pid: Pid, host: &mut H, now: Time, changed: bool, told: &mut SortedSet<Pid>) -> bool
    where
        H: Host<P> + ?Sized,
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
    fn flush<H: Host<P> + ?Sized>(&mut self, pid: Pid, host: &mut H, now: Time) -> bool {
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
                    let name = match &task.body {
                        Body::Shell(shell) => shell.shell.error_prefix(),
                        _ => format!("{}: ", task.name),
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
        H: Host<P> + ?Sized,
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
        for (victim, signal) in kills {
            self.signal(victim, signal);
        }
        if changed || self.tasks.get(&pid).is_some_and(|task| task.exit.is_some()) {
            self.close_unused();
        }
        matches!(step, Step::Continue | Step::Exited(_)) || (step == Step::Idle && pid != self.main)
    }

    fn spawn<H: Host<P> + ?Sized>(
        &mut self,
        parent: Pid,
        spawn: Spawn,
        background: bool,
        host: &mut H,
        now: Time,
    ) {
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
                    task.name = argv.first().cloned().unwrap_or_default();
                    let command = launch::Command {
                        pid: spawn.pid,
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
        H: Host<P> + ?Sized,
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
            words: None,
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
                .filter(|(id, task)| task.parent == pid && **id != pid)
                .map(|(id, _)| *id)
                .collect();
            for child in left {
                self.kill(child, BROKEN_PIPE);
            }
        }
    }

    fn start_child<H: Host<P> + ?Sized>(
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
        let body = launch::child_body(request);
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
    fn collect_children<H: Host<P> + ?Sized>(&mut self, pid: Pid, host: &H) {
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
    pub fn interrupt<H: Host<P> + ?Sized>(&mut self, host: &mut H, now: Time) {
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
