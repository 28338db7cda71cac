//! Starting a command: the host's, a script, or the reason why not in bash's words.

use std::collections::BTreeMap;

use super::builtins;
use super::files::{Files, resolve};
use super::interpreter::{Interpreter, SpawnBody};
use super::machine::{Body, Task};
use super::process::{ChildCommand, ChildRequest, Host, Launch, Launched};
use super::shell::{Flavour, Shell};
use super::syntax;
use crate::sim::Time;

/// How long a script may be, in bytes.
const SCRIPT_MAX_BYTES: usize = 256 * 1024;

pub(super) struct Command<'a> {
    pub(super) pid: u64,
    pub(super) argv: &'a [String],
    pub(super) env: &'a BTreeMap<String, String>,
    pub(super) cwd: &'a str,
    pub(super) prefix: &'a str,
    pub(super) flavour: Flavour,
}

/// Gives a task its body.
pub(super) fn start<P, H: Host<P> + ?Sized>(
    task: &mut Task<P>,
    command: &Command<'_>,
    host: &mut H,
    now: Time,
) {
    let Some(name) = command.argv.first() else {
        return task.fail("", 0);
    };
    if name.contains('/') && host.which(name).is_none() {
        return start_path(task, command, host, name);
    }
    let launch = Launch {
        argv: command.argv,
        env: command.env,
        cwd: command.cwd,
        now,
    };
    match host.launch(&launch) {
        Launched::Process(process, latency) => {
            task.body = Body::Process(process);
            task.ready_at = now + latency;
        }
        Launched::Script { text, name, args } => start_script(task, command, &text, name, args),
        // Where there is a builtin, there is a program of that name too.
        Launched::NotFound if builtins::find(name).is_some() => {
            start_script(
                task,
                command,
                "builtin \"$@\"",
                name.clone(),
                command.argv.to_vec(),
            );
        }
        Launched::NotFound => {
            let prefix = command.prefix;
            let message = match command.flavour {
                Flavour::Bash => format!("{prefix}{name}: command not found\n"),
                Flavour::Ash => format!("{prefix}{name}: not found\n"),
            };
            task.fail(&message, 127);
        }
        Launched::Refused(reason) => task.fail(&format!("{}{name}: {reason}\n", command.prefix), 126),
    }
}

fn start_path<P, F: Files + ?Sized>(task: &mut Task<P>, command: &Command<'_>, files: &F, name: &str) {
    let path = resolve(command.cwd, name);
    let prefix = command.prefix;
    match files.stat(&path) {
        None if command.flavour == Flavour::Ash => task.fail(&format!("{prefix}{name}: not found\n"), 127),
        None => task.fail(&format!("{prefix}{name}: No such file or directory\n"), 127),
        Some(stat) if stat.directory => task.fail(&format!("{prefix}{name}: Is a directory\n"), 126),
        Some(stat) if !stat.executable => task.fail(&format!("{prefix}{name}: Permission denied\n"), 126),
        Some(_) => {
            let bytes = files.read(&path, 0, SCRIPT_MAX_BYTES).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            start_script(
                task,
                command,
                &text,
                name.to_owned(),
                command.argv.iter().skip(1).cloned().collect(),
            );
        }
    }
}

fn start_script<P>(task: &mut Task<P>, command: &Command<'_>, text: &str, name: String, args: Vec<String>) {
    let mut shell = Shell::new(command.flavour, false, command.cwd);
    for (name, value) in command.env {
        shell.variables.export(name, value);
    }
    shell.variables.export("PWD", command.cwd);
    shell.name = name;
    shell.args = args;
    shell.pid = command.pid;
    shell.command = command.argv.join(" ");
    match syntax::parse(text, &shell.aliases) {
        Ok(list) => task.body = Body::Shell(Box::new(Interpreter::new(shell, Some(list)))),
        Err(error) => {
            let (message, status) = syntax::report(&error, text, &shell);
            task.fail(&message, status);
        }
    }
}

/// What a process's request becomes.
pub(super) fn child_body(request: ChildRequest) -> SpawnBody {
    let prefix = "bash: ".to_owned();
    let argv = match request.command {
        ChildCommand::Argv(argv) => argv,
        ChildCommand::Script(text) => vec!["sh".to_owned(), "-c".to_owned(), text],
    };
    SpawnBody::Command {
        argv,
        env: request.env,
        cwd: request.cwd,
        prefix,
        flavour: Flavour::Bash,
    }
}
