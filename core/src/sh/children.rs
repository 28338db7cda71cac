//! What a shell starts and waits for: members of pipelines, subshells, background jobs, command substitutions.

use std::sync::Arc;
use std::time::Duration;

use super::ast::{Command, List, TimeStyle};
use super::expand::Memo;
use super::frames::{Frame, Job, Pid};
use super::interpreter::{Context, Interpreter, Spawn, SpawnBody, Step};
use super::io::{Fds, Read};
use super::variables::Value;
use crate::sim::Time;

/// What a fork costs, as on a laptop.
const FORK: Duration = Duration::from_micros(400);
/// How much a command substitution may print, in bytes.
const SUBSTITUTION_MAX_BYTES: usize = 1 << 20;

impl Interpreter {
    pub(super) fn start_members(&mut self, commands: &[Arc<Command>], cx: &mut Context<'_>) {
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

    pub(super) fn start_background(&mut self, frame: Frame, text: &str, cx: &mut Context<'_>) {
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

    pub(super) fn members(
        &mut self,
        pids: Vec<Pid>,
        mut statuses: Vec<Option<i32>>,
        cx: &mut Context<'_>,
    ) -> Step {
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

    pub(super) fn child(&mut self, pid: Pid, cx: &mut Context<'_>) -> Step {
        let Some(status) = cx.exits.remove(&pid) else {
            self.frames.push(Frame::Child { pid });
            return Step::Blocked(None);
        };
        self.finish(status);
        Step::Continue
    }

    /// Runs a list whose output the frame below needs.
    pub(super) fn substitute(&mut self, list: Arc<List>, path: Option<String>, cx: &mut Context<'_>) {
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

    pub(super) fn substitution(&mut self, frame: Frame, cx: &mut Context<'_>) -> Step {
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
            cx.kills.push((pid, super::signals::PIPE));
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

    pub(super) fn report_time(started: Time, style: TimeStyle, cx: &mut Context<'_>) {
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
}
