//! One shell at work: a stack of frames that is stepped until it ends or has to wait.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ast::{Command, Item, List, Pipeline, TimeStyle};
use super::expand::{Expanded, Expander, Memo, Stop};
use super::frames::{Exits, Frame, Job, Pid};
use super::io::{Fds, Table};
use super::process::{Outbox, ShellHost};
use super::shell::{Flavour, Shell};
use super::variables::{Readonly, Value};
use crate::sim::Time;

/// How deep the stack may grow, in frames.
const DEPTH_MAX: usize = 4_000;
/// How much a command substitution may print, in bytes.
const SUBSTITUTION_MAX_BYTES: usize = 1 << 20;
/// What one step costs, in virtual time.
const STEP: Duration = Duration::from_micros(2);
/// What one turn of a loop costs on top.
const TURN: Duration = Duration::from_micros(60);
/// What a fork costs, as on a laptop.
const FORK: Duration = Duration::from_micros(400);

/// One shell: the main one, a subshell, or a member of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Interpreter {
    pub(super) shell: Shell,
    pub(super) frames: Vec<Frame>,
    pub(super) jobs: Vec<Job>,
    /// Set once the shell is to end.
    pub(super) exiting: Option<i32>,
}

/// What the interpreter may touch during a step.
pub(super) struct Context<'a> {
    pub(super) now: Time,
    pub(super) host: &'a mut dyn ShellHost,
    pub(super) table: &'a mut Table,
    pub(super) fds: &'a mut Fds,
    pub(super) outbox: &'a mut Outbox,
    pub(super) spawns: &'a mut Vec<Spawn>,
    pub(super) kills: &'a mut Vec<(Pid, i32)>,
    pub(super) next_pid: &'a mut Pid,
    pub(super) exits: &'a mut Exits,
    pub(super) tasks: &'a [Pid],
    /// Virtual time that this step costs.
    pub(super) cost: &'a mut Duration,
}

/// A task to start after the step.
pub(super) struct Spawn {
    pub(super) pid: Pid,
    pub(super) fds: Fds,
    pub(super) body: SpawnBody,
    pub(super) background: bool,
}

pub(super) enum SpawnBody {
    Shell(Box<Interpreter>),
    Command {
        argv: Vec<String>,
        env: BTreeMap<String, String>,
        cwd: String,
        /// What stands before error messages.
        prefix: String,
        flavour: Flavour,
    },
}

/// Where a shell stands after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// There is more to do.
    Continue,
    /// It waits for a child or for input, perhaps until a moment.
    Blocked(Option<Time>),
    /// Nothing is left on the stack.
    Idle,
    /// It ended.
    Exited(i32),
}

impl Context<'_> {
    pub(super) fn write(&mut self, fd: i32, text: &str) {
        if let Some(id) = self.fds.get(&fd)
            && !text.is_empty()
        {
            self.outbox.push_back((*id, text.as_bytes().to_vec()));
        }
    }

    pub(super) fn new_pid(&mut self) -> Pid {
        *self.next_pid += 1;
        *self.next_pid
    }
}

impl Interpreter {
    /// A shell that runs a list.
    pub(super) fn new(shell: Shell, list: Option<List>) -> Self {
        let frames = list
            .map(|list| Frame::List {
                list: Arc::new(list),
                next: 0,
            })
            .into_iter()
            .collect();
        Self {
            shell,
            frames,
            jobs: Vec::new(),
            exiting: None,
        }
    }

    /// A copy that runs something of its own, as after a fork.
    pub(super) fn fork(&self, frame: Frame) -> Self {
        let mut shell = self.shell.clone();
        shell.guarded = self.guarded();
        shell.interactive = false;
        shell.line = self.shell.line;
        shell.traps.clear();
        if self.shell.interactive {
            // Messages of a subshell look like those of the shell it was forked from.
            shell.interactive = true;
        }
        Self {
            shell,
            frames: vec![frame],
            jobs: Vec::new(),
            exiting: None,
        }
    }

    /// Does the next little thing.
    pub(super) fn step(&mut self, cx: &mut Context<'_>) -> Step {
        *cx.cost += STEP;
        if self.frames.len() > DEPTH_MAX {
            let name = self.innermost_function();
            self.report(
                cx,
                &format!("{name}: maximum function nesting level exceeded ({DEPTH_MAX})"),
            );
            self.abandon(cx);
            self.shell.status = 1;
        }
        let Some(frame) = self.frames.pop() else {
            return self.bottom();
        };
        match frame {
            Frame::List { list, next } => self.list(list, next, cx),
            Frame::Chain { chain, next } => self.chain(&chain, next),
            Frame::Pipeline(pipeline) => self.pipeline(&pipeline, cx),
            Frame::Command { command, memo } => self.command(command, memo, cx),
            Frame::Compound(command) => self.compound(&command, cx),
            Frame::Negate => self.shell.status = i32::from(self.shell.status == 0),
            Frame::Timed { started, style } => Self::report_time(started, style, cx),
            Frame::Members { pids, statuses } => return self.members(pids, statuses, cx),
            Frame::Child { pid } => return self.child(pid, cx),
            Frame::Substitution { .. } => return self.substitution(frame, cx),
            Frame::Descriptors { .. } | Frame::Variables { .. } | Frame::Call { .. } => {
                self.unwind(frame, cx);
            }
            Frame::ExitAfter => self.exit(self.shell.status),
            Frame::Status(status) => self.shell.status = status,
            Frame::If { node, arm, stage } => self.if_frame(node, arm, stage),
            Frame::While { node, stage, status } => self.while_frame(node, stage, status, cx),
            Frame::For { .. } => self.for_frame(frame, cx),
            Frame::ArithmeticFor { .. } => self.arithmetic_for_frame(frame, cx),
            Frame::Case { .. } => self.case_frame(frame, cx),
            Frame::Arithmetic { word, memo } => self.arithmetic_command(word, memo, cx),
            Frame::Test { expr, memo } => self.test_command(expr, memo, cx),
            Frame::Read(read) => return self.read_frame(read, cx),
            Frame::Wait { pids } => return self.wait_frame(pids, cx),
        }
        Step::Continue
    }

    fn bottom(&mut self) -> Step {
        match self.exiting {
            None => Step::Idle,
            Some(status) => match self.shell.traps.remove("EXIT") {
                Some(trap) => {
                    self.shell.status = status;
                    self.frames.push(Frame::Status(status));
                    if let Ok(list) = super::syntax::parse(&trap, &self.shell.aliases) {
                        self.frames.push(Frame::List {
                            list: Arc::new(list),
                            next: 0,
                        });
                    }
                    Step::Continue
                }
                None => Step::Exited(status),
            },
        }
    }

    pub(super) fn guarded(&self) -> bool {
        self.shell.guarded || self.frames.iter().any(Frame::guards)
    }

    /// Notes the status of a finished command; with `-e` a failure ends the shell.
    pub(super) fn finish(&mut self, status: i32) {
        self.shell.status = status;
        if status != 0 && self.shell.options.errexit && !self.guarded() {
            self.exit(status);
        }
    }

    /// Ends the shell.
    pub(super) fn exit(&mut self, status: i32) {
        self.frames.clear();
        self.exiting = Some(status & 0xff);
    }

    /// Gives up what is being run after a mistake in it: back to the prompt, or the end of a script.
    pub(super) fn fatal(&mut self, message: &str, cx: &mut Context<'_>) {
        self.report(cx, message);
        if self.shell.interactive && self.exiting.is_none() {
            self.abandon(cx);
            self.shell.status = 1;
        } else {
            self.exit(if self.shell.flavour == Flavour::Ash { 2 } else { 1 });
        }
    }

    /// Unwinds the whole stack.
    pub(super) fn abandon(&mut self, cx: &mut Context<'_>) {
        while let Some(frame) = self.frames.pop() {
            self.unwind(frame, cx);
        }
    }

    /// Undoes what a frame changed.
    pub(super) fn unwind(&mut self, frame: Frame, cx: &mut Context<'_>) {
        match frame {
            Frame::Descriptors { saved } => *cx.fds = saved,
            Frame::Variables { saved } => self.restore_variables(saved),
            Frame::Call { args, locals, .. } => {
                if let Some(args) = args {
                    self.shell.args = args;
                }
                self.restore_variables(locals);
            }
            _ => {}
        }
    }

    fn restore_variables(&mut self, saved: Vec<(String, Option<super::variables::Variable>)>) {
        for (name, before) in saved.into_iter().rev() {
            self.shell.variables.restore(&name, before);
        }
    }

    fn innermost_function(&self) -> String {
        let call = self.frames.iter().rev().find_map(|frame| match frame {
            Frame::Call { name, .. } => Some(name.clone()),
            _ => None,
        });
        call.unwrap_or_else(|| self.shell.name.clone())
    }

    /// Prints a message as the shell's own.
    pub(super) fn report(&self, cx: &mut Context<'_>, message: &str) {
        cx.write(2, &format!("{}{message}\n", self.shell.error_prefix()));
    }

    /// Expands; what the words need first is started, and `again` is pushed to come back to.
    pub(super) fn expand<T>(
        &mut self,
        memo: Memo,
        cx: &mut Context<'_>,
        again: impl FnOnce(Memo) -> Frame,
        expand: impl FnOnce(&mut Expander<'_>) -> Expanded<T>,
    ) -> Option<(T, Memo)> {
        let mut expander = Expander::new(&self.shell, cx.host.files(), &memo);
        let result = expand(&mut expander);
        let pending = std::mem::take(&mut expander.pending);
        match result {
            Ok(value) => match self.assign_all(pending) {
                Ok(()) => Some((value, memo)),
                Err(Readonly(name)) => {
                    self.fatal(&format!("{name}: readonly variable"), cx);
                    None
                }
            },
            Err(Stop::Substitution(list)) => {
                self.frames.push(again(memo));
                self.substitute(list, None, cx);
                None
            }
            Err(Stop::Process(list)) => {
                let number = 63 - memo.outputs.len().min(50);
                self.frames.push(again(memo));
                self.substitute(list, Some(format!("/dev/fd/{number}")), cx);
                None
            }
            Err(Stop::Error(message)) => {
                self.fatal(&message, cx);
                None
            }
            Err(Stop::Unset(message)) => {
                self.fatal(&message, cx);
                if self.exiting.is_some() && self.shell.flavour == Flavour::Bash {
                    self.exiting = Some(127);
                }
                None
            }
        }
    }

    pub(super) fn assign_all(&mut self, pending: Vec<(String, Value)>) -> Result<(), Readonly> {
        pending
            .into_iter()
            .try_for_each(|(name, value)| self.shell.variables.assign(&name, value))
    }

    fn list(&mut self, list: Arc<List>, next: usize, cx: &mut Context<'_>) {
        let Some(Item { chain, background }) = list.items.get(next).cloned() else {
            return;
        };
        // The last item needs no frame to come back to: a tail call keeps the stack short.
        if next + 1 < list.items.len() {
            self.frames.push(Frame::List { list, next: next + 1 });
        }
        if background {
            let frame = Frame::Chain {
                chain: Arc::clone(&chain),
                next: 0,
            };
            self.start_background(frame, &chain.text, cx);
            self.shell.status = 0;
        } else {
            self.frames.push(Frame::Chain { chain, next: 0 });
        }
    }

    fn chain(&mut self, chain: &Arc<super::ast::AndOr>, next: usize) {
        use super::ast::Junction;
        if next == 0 {
            self.frames.push(Frame::Chain {
                chain: Arc::clone(chain),
                next: 1,
            });
            self.frames.push(Frame::Pipeline(Arc::clone(&chain.first)));
            return;
        }
        let Some((junction, pipeline)) = chain.rest.get(next - 1) else {
            return;
        };
        self.frames.push(Frame::Chain {
            chain: Arc::clone(chain),
            next: next + 1,
        });
        if (*junction == Junction::And) == (self.shell.status == 0) {
            self.frames.push(Frame::Pipeline(Arc::clone(pipeline)));
        }
    }

    fn pipeline(&mut self, pipeline: &Arc<Pipeline>, cx: &mut Context<'_>) {
        if let Some(style) = pipeline.timed {
            self.frames.push(Frame::Timed {
                started: cx.now,
                style,
            });
        }
        if pipeline.negated {
            self.frames.push(Frame::Negate);
        }
        if let [command] = pipeline.commands.as_slice() {
            self.frames.push(Frame::Command {
                command: Arc::clone(command),
                memo: Memo::default(),
            });
        } else {
            self.start_members(&pipeline.commands, cx);
        }
    }

    fn start_members(&mut self, commands: &[Arc<Command>], cx: &mut Context<'_>) {
        let mut pids = Vec::new();
        let mut input = None;
        for (index, command) in commands.iter().enumerate() {
            let mut fds = cx.fds.clone();
            if let Some(reader) = input.take() {
                fds.insert(0, reader);
            }
            if index + 1 < commands.len() {
                let (reader, writer) = cx.table.pipe();
                fds.insert(1, writer);
                input = Some(reader);
            }
            let frame = Frame::Command {
                command: Arc::clone(command),
                memo: Memo::default(),
            };
            pids.push(self.start_shell(frame, fds, false, cx));
        }
        let statuses = vec![None; pids.len()];
        self.frames.push(Frame::Members { pids, statuses });
    }

    /// Starts a subshell.
    pub(super) fn start_shell(&self, frame: Frame, fds: Fds, background: bool, cx: &mut Context<'_>) -> Pid {
        *cx.cost += FORK;
        let pid = cx.new_pid();
        let body = SpawnBody::Shell(Box::new(self.fork(frame)));
        cx.spawns.push(Spawn {
            pid,
            fds,
            body,
            background,
        });
        pid
    }

    fn start_background(&mut self, frame: Frame, text: &str, cx: &mut Context<'_>) {
        let mut fds = cx.fds.clone();
        fds.insert(0, cx.table.null());
        let pid = self.start_shell(frame, fds, true, cx);
        let number = self.jobs.iter().map(|job| job.number).max().unwrap_or(0) + 1;
        self.jobs.push(Job {
            number,
            pid,
            text: text.to_owned(),
            status: None,
        });
        self.shell.background_pid = Some(pid);
        if self.shell.interactive && cx.fds.get(&2).is_some_and(|id| cx.table.is_output(*id)) {
            cx.write(2, &format!("[{number}] {pid}\n"));
        }
    }

    fn members(&mut self, pids: Vec<Pid>, mut statuses: Vec<Option<i32>>, cx: &mut Context<'_>) -> Step {
        for (pid, status) in pids.iter().zip(&mut statuses) {
            if status.is_none() {
                *status = cx.exits.remove(pid);
            }
        }
        let done: Option<Vec<i32>> = statuses.iter().copied().collect();
        let Some(done) = done else {
            self.frames.push(Frame::Members { pids, statuses });
            return Step::Blocked(None);
        };
        let last = done.last().copied().unwrap_or(0);
        let failed = done.iter().rev().copied().find(|status| *status != 0);
        let all = (0_i64..)
            .zip(done)
            .map(|(index, status)| (index, status.to_string()))
            .collect();
        self.shell.variables.entry("PIPESTATUS").value = Some(Value::Array(all));
        self.finish(if self.shell.options.pipefail {
            failed.unwrap_or(0)
        } else {
            last
        });
        Step::Continue
    }

    fn child(&mut self, pid: Pid, cx: &mut Context<'_>) -> Step {
        let Some(status) = cx.exits.remove(&pid) else {
            self.frames.push(Frame::Child { pid });
            return Step::Blocked(None);
        };
        self.finish(status);
        Step::Continue
    }

    /// Runs a list whose output the frame below needs.
    fn substitute(&mut self, list: Arc<List>, path: Option<String>, cx: &mut Context<'_>) {
        let (reader, writer) = cx.table.capture();
        let mut fds = cx.fds.clone();
        fds.insert(1, writer);
        let pid = self.start_shell(Frame::List { list, next: 0 }, fds, false, cx);
        self.frames.push(Frame::Substitution {
            pid,
            reader,
            output: Vec::new(),
            status: None,
            path,
        });
    }

    fn substitution(&mut self, frame: Frame, cx: &mut Context<'_>) -> Step {
        use super::io::Read;
        let Frame::Substitution {
            pid,
            reader,
            mut output,
            mut status,
            path,
        } = frame
        else {
            return Step::Continue;
        };
        let before = output.len();
        let ended = loop {
            match cx.table.read(reader, cx.host.files(), usize::MAX) {
                Read::Data(data) => output.extend(data),
                Read::Pending => break false,
                Read::End | Read::Failed(_) => break true,
            }
        };
        if output.len() > SUBSTITUTION_MAX_BYTES {
            cx.kills.push((pid, 141));
            self.fatal("xrealloc: cannot allocate memory for a command substitution", cx);
            return Step::Continue;
        }
        if status.is_none() {
            status = cx.exits.remove(&pid);
        }
        let waits = if output.len() > before {
            Step::Continue
        } else {
            Step::Blocked(None)
        };
        let (true, Some(status)) = (ended, status) else {
            self.frames.push(Frame::Substitution {
                pid,
                reader,
                output,
                status,
                path,
            });
            return waits;
        };
        let text = match path {
            None => String::from_utf8_lossy(&output).replace('\0', ""),
            Some(path) => {
                let files = cx.host.files_mut();
                if files.create(&path, true).is_ok() {
                    let _unwritable = files.write(&path, None, &output);
                }
                path
            }
        };
        if let Some(memo) = self.frames.last_mut().and_then(Frame::memo_mut) {
            memo.outputs.push(text);
            memo.statuses.push(status);
        }
        Step::Continue
    }

    fn report_time(started: Time, style: TimeStyle, cx: &mut Context<'_>) {
        let took = cx.now.since(started);
        let text = match style {
            TimeStyle::Posix => format!(
                "real {}.{:02}\nuser 0.00\nsys 0.00\n",
                took.as_secs(),
                took.subsec_millis() / 10
            ),
            TimeStyle::Bash => {
                let (minutes, seconds) = (took.as_secs() / 60, took.as_secs() % 60);
                let real = format!("{minutes}m{seconds}.{:03}s", took.subsec_millis());
                format!("\nreal\t{real}\nuser\t0m0.000s\nsys\t0m0.000s\n")
            }
        };
        cx.write(2, &text);
    }

    /// What one turn of a loop costs.
    pub(super) fn turn(cx: &mut Context<'_>) {
        *cx.cost += TURN;
    }
}
