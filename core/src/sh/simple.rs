//! Simple commands: expand, redirect, then run a function, a builtin or a command of the host.

use std::sync::Arc;

use super::ast::{Command, Simple};
use super::builtins::{self, Outcome};
use super::expand::Memo;
use super::frames::Frame;
use super::interpreter::{Context, Interpreter, Spawn, SpawnBody};
use super::io::Fds;
use super::redirect::Ready;
use super::shell::Function;
use super::variables::{Readonly, Value};

/// A simple command, expanded.
struct Prepared {
    argv: Vec<String>,
    redirects: Vec<Ready>,
    assignments: Vec<(String, Value)>,
}

impl Interpreter {
    /// Runs a command of any sort.
    pub(super) fn command(&mut self, command: Arc<Command>, memo: Memo, cx: &mut Context<'_>) {
        match command.as_ref() {
            Command::Simple(_) => self.simple(command, memo, cx),
            Command::Compound(_, redirects) if redirects.is_empty() => {
                self.frames.push(Frame::Compound(command));
            }
            Command::Compound(_, redirects) => {
                let again = |memo| Frame::Command {
                    command: Arc::clone(&command),
                    memo,
                };
                let Some((ready, _)) = self.expand(memo, cx, again, |expander| expander.redirects(redirects))
                else {
                    return;
                };
                let mut fds = cx.fds.clone();
                match self.redirect(&ready, &mut fds, cx) {
                    Ok(()) => {
                        let saved = std::mem::replace(cx.fds, fds);
                        self.frames.push(Frame::Descriptors { saved });
                        self.frames.push(Frame::Compound(command));
                    }
                    Err(message) => {
                        self.report(cx, &message);
                        self.finish(1);
                    }
                }
            }
            Command::Function { name, body, text } => {
                let function = Function {
                    body: Arc::clone(body),
                    text: text.clone(),
                };
                self.shell.functions.insert(name.clone(), function);
                self.finish(0);
            }
        }
    }

    fn simple(&mut self, command: Arc<Command>, memo: Memo, cx: &mut Context<'_>) {
        let Command::Simple(simple) = command.as_ref() else {
            return;
        };
        self.shell.line = simple.line;
        let again = |memo| Frame::Command {
            command: Arc::clone(&command),
            memo,
        };
        let prepared = self.expand(memo, cx, again, |expander| {
            let argv = expander.arguments(&simple.words)?;
            let redirects = expander.redirects(&simple.redirects)?;
            let before = expander.pending.len();
            for assignment in &simple.assignments {
                expander.assign(assignment)?;
            }
            // Without a command the assignments are the shell's own.
            let assignments = if argv.is_empty() {
                Vec::new()
            } else {
                expander.pending.split_off(before)
            };
            Ok(Prepared {
                argv,
                redirects,
                assignments,
            })
        });
        let Some((prepared, memo)) = prepared else { return };
        self.trace(simple, &prepared, cx);
        let mut fds = cx.fds.clone();
        if let Err(message) = self.redirect(&prepared.redirects, &mut fds, cx) {
            self.report(cx, &message);
            self.finish(1);
            return;
        }
        if prepared.argv.is_empty() {
            self.finish(memo.statuses.last().copied().unwrap_or(0));
            return;
        }
        self.run(prepared, fds, cx);
    }

    fn run(&mut self, prepared: Prepared, fds: Fds, cx: &mut Context<'_>) {
        let Prepared {
            argv, assignments, ..
        } = prepared;
        let Some(name) = argv.first() else { return };
        if let Some(function) = self.shell.functions.get(name) {
            let body = Arc::clone(&function.body);
            self.replace_descriptors(fds, cx);
            self.call(&argv, body, assignments, cx);
            return;
        }
        if let Some(builtin) = builtins::find(name) {
            // `exec` and its redirections stay.
            if name == "exec" {
                *cx.fds = fds;
            } else {
                self.replace_descriptors(fds, cx);
            }
            self.temporary_assignments(assignments, cx);
            let outcome = builtin(self, &argv, cx);
            self.settle(outcome);
            return;
        }
        let mut env = self.shell.variables.environment();
        for (name, value) in assignments {
            env.insert(name, value.first().unwrap_or_default().to_owned());
        }
        self.start_command(argv, env, fds, cx);
    }

    /// Starts a command of the host's and waits for it.
    pub(super) fn start_command(
        &mut self,
        argv: Vec<String>,
        env: std::collections::BTreeMap<String, String>,
        fds: Fds,
        cx: &mut Context<'_>,
    ) {
        let pid = cx.new_pid();
        let body = SpawnBody::Command {
            argv,
            env,
            cwd: self.shell.cwd.clone(),
            prefix: self.shell.error_prefix(),
            flavour: self.shell.flavour,
        };
        cx.spawns.push(Spawn {
            pid,
            fds,
            body,
            background: false,
        });
        self.frames.push(Frame::Child { pid });
    }

    /// Takes over what a builtin did.
    pub(super) fn settle(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Status(status) => self.finish(status),
            Outcome::Continues => {}
        }
    }

    fn replace_descriptors(&mut self, fds: Fds, cx: &mut Context<'_>) {
        if fds != *cx.fds {
            let saved = std::mem::replace(cx.fds, fds);
            self.frames.push(Frame::Descriptors { saved });
        }
    }

    fn temporary_assignments(&mut self, assignments: Vec<(String, Value)>, cx: &mut Context<'_>) {
        if assignments.is_empty() {
            return;
        }
        let saved = assignments
            .iter()
            .map(|(name, _)| (name.clone(), self.shell.variables.get(name).cloned()))
            .collect();
        self.frames.push(Frame::Variables { saved });
        if let Err(Readonly(name)) = self.assign_exported(assignments) {
            self.report(cx, &format!("{name}: readonly variable"));
        }
    }

    fn assign_exported(&mut self, assignments: Vec<(String, Value)>) -> Result<(), Readonly> {
        for (name, value) in assignments {
            self.shell.variables.assign(&name, value)?;
            self.shell.variables.entry(&name).exported = true;
        }
        Ok(())
    }

    fn call(
        &mut self,
        argv: &[String],
        body: Arc<Command>,
        assignments: Vec<(String, Value)>,
        cx: &mut Context<'_>,
    ) {
        self.temporary_assignments(assignments, cx);
        let args = std::mem::replace(&mut self.shell.args, argv.iter().skip(1).cloned().collect());
        let name = argv.first().cloned().unwrap_or_default();
        self.frames.push(Frame::Call {
            args: Some(args),
            locals: Vec::new(),
            name,
        });
        self.frames.push(Frame::Command {
            command: body,
            memo: Memo::default(),
        });
    }

    /// `set -x`
    fn trace(&self, simple: &Simple, prepared: &Prepared, cx: &mut Context<'_>) {
        if !self.shell.options.xtrace {
            return;
        }
        let mut parts: Vec<String> = prepared
            .assignments
            .iter()
            .map(|(name, value)| format!("{name}={}", trace_quote(value.first().unwrap_or_default())))
            .collect();
        if prepared.argv.is_empty() {
            parts.extend(simple.assignments.iter().map(|assignment| {
                let value = self.shell.variables.text(&assignment.name).unwrap_or_default();
                format!("{}={}", assignment.name, trace_quote(value))
            }));
        }
        parts.extend(prepared.argv.iter().map(|word| trace_quote(word)));
        cx.write(2, &format!("+ {}\n", parts.join(" ")));
    }
}

fn trace_quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=,+@%^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        super::parameter::quote(word)
    }
}
