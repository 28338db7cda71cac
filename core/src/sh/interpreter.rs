//! One shell at work: a stack of frames that is stepped until it ends or has to wait.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ast::{Item, List, Pipeline};
use super::expand::{Expanded, Expander, Memo, Stop};
use super::frames::{Exits, Frame, Job, Pid};
use super::io::{Fds, Table};
use super::process::{Outbox, ShellHost};
use super::shell::{Flavour, Shell};
use super::variables::{Readonly, Value};
use crate::sim::Time;

/// How deep the stack may grow, in frames.
const DEPTH_MAX: usize = 4_000;
/// What one step costs, in virtual time.
const STEP: Duration = Duration::from_micros(2);
/// What one turn of a loop costs on top.
const TURN: Duration = Duration::from_micros(60);

/// One shell: the main one, a subshell, or a member of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Interpreter {
    pub(super) shell: Shell,
    pub(super) frames: Vec<Frame>,
    pub(super) jobs: Vec<Job>,
    /// Set once the shell is to end.
    pub(super) exiting: Option<i32>,
    /// Signals whose traps have not run yet.
    #[serde(default)]
    pub(super) pending: Vec<i32>,
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
            pending: Vec::new(),
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
            pending: Vec::new(),
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
        self.run_traps(cx);
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

    /// What one turn of a loop costs.
    pub(super) fn turn(cx: &mut Context<'_>) {
        *cx.cost += TURN;
    }
}
