//! `exit`, `return`, `break`, `continue`, `eval`, `exec`, `source`, `trap`.

use std::sync::Arc;

use super::super::files::resolve;
use super::super::frames::Frame;
use super::super::signals::trap_name;
use super::super::syntax;
use super::{Context, Interpreter, Outcome, rest};

/// How long a sourced file may be, in bytes.
const SOURCE_MAX_BYTES: usize = 256 * 1024;

/// A status given as an argument.
fn status(shell: &Interpreter, argv: &[String], cx: &mut Context<'_>) -> i32 {
    match argv.get(1) {
        None => shell.shell.status,
        Some(text) => match text.parse::<i64>() {
            Ok(status) => i32::try_from(status & 0xff).unwrap_or(0),
            Err(_) => {
                let name = argv.first().map_or("exit", String::as_str);
                shell.complain(cx, name, &format!("{text}: numeric argument required"));
                2
            }
        },
    }
}

pub(super) fn exit(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    if shell.shell.interactive
        && shell.shell.pid == shell_pid(shell)
        && argv.first().is_some_and(|name| name == "exit")
    {
        cx.write(2, "exit\n");
    }
    let status = status(shell, argv, cx);
    shell.exit(status);
    Outcome::Continues
}

/// A subshell keeps `$$`; only the main shell has no frame below its line, and announces its end.
fn shell_pid(shell: &Interpreter) -> u64 {
    if shell.frames.is_empty() {
        shell.shell.pid
    } else {
        0
    }
}

pub(super) fn return_call(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let status = status(shell, argv, cx);
    if shell.leave_call(cx) {
        return Outcome::Status(status);
    }
    shell.complain(
        cx,
        "return",
        "can only `return' from a function or sourced script",
    );
    Outcome::Status(2)
}

fn levels(shell: &Interpreter, argv: &[String], cx: &mut Context<'_>) -> Option<usize> {
    let name = argv.first().map_or("break", String::as_str);
    let depth = shell.loop_depth();
    if depth == 0 {
        shell.complain(cx, name, "only meaningful in a `for', `while', or `until' loop");
        return None;
    }
    let levels = argv.get(1).map_or(Ok(1), |text| text.parse::<usize>());
    match levels {
        Ok(levels) if levels > 0 => Some(levels.min(depth)),
        _ => {
            shell.complain(
                cx,
                name,
                &format!(
                    "{}: loop count out of range",
                    argv.get(1).map_or("", String::as_str)
                ),
            );
            None
        }
    }
}

pub(super) fn break_loop(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    if let Some(levels) = levels(shell, argv, cx) {
        shell.leave_loop(levels, false, cx);
    }
    Outcome::Status(0)
}

pub(super) fn continue_loop(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    if let Some(levels) = levels(shell, argv, cx) {
        shell.leave_loop(levels, true, cx);
    }
    Outcome::Status(0)
}

pub(super) fn eval(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let text = rest(argv).join(" ");
    run_text(shell, &text, cx)
}

fn run_text(shell: &mut Interpreter, text: &str, cx: &mut Context<'_>) -> Outcome {
    match syntax::parse(text, &shell.shell.aliases) {
        Ok(list) if list.items.is_empty() => Outcome::Status(0),
        Ok(list) => {
            shell.frames.push(Frame::List {
                list: Arc::new(list),
                next: 0,
            });
            Outcome::Continues
        }
        Err(error) => {
            let (message, status) = syntax::report(&error, text, &shell.shell);
            cx.write(2, &message);
            Outcome::Status(status)
        }
    }
}

pub(super) fn source(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let Some(path) = argv.get(1) else {
        let name = argv.first().map_or("source", String::as_str);
        shell.complain(cx, name, "filename argument required");
        cx.write(2, &format!("{name}: usage: {name} filename [arguments]\n"));
        return Outcome::Status(2);
    };
    let absolute = resolve(&shell.shell.cwd, path);
    match cx.host.files().read(&absolute, 0, SOURCE_MAX_BYTES) {
        Err(error) => {
            shell.report(cx, &format!("{path}: {}", error.text()));
            Outcome::Status(1)
        }
        Ok(bytes) => {
            let args = (argv.len() > 2)
                .then(|| std::mem::replace(&mut shell.shell.args, argv.iter().skip(2).cloned().collect()));
            shell.frames.push(Frame::Call {
                args,
                locals: Vec::new(),
                name: path.clone(),
            });
            run_text(shell, &String::from_utf8_lossy(&bytes), cx)
        }
    }
}

pub(super) fn exec(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let command = rest(argv);
    if command.is_empty() {
        return Outcome::Status(0);
    }
    let env = shell.shell.variables.environment();
    // Nothing of the script is left: the command takes the shell's place.
    shell.frames.clear();
    shell.shell.traps.clear();
    shell.frames.push(Frame::ExitAfter);
    shell.start_command(command.to_vec(), env, cx.fds.clone(), cx);
    Outcome::Continues
}

pub(super) fn trap(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let words: Vec<&str> = rest(argv)
        .iter()
        .map(String::as_str)
        .filter(|word| *word != "--")
        .collect();
    match words.as_slice() {
        [] | ["-p", ..] => {
            let lines = shell.shell.traps.iter().map(|(name, command)| {
                format!("trap -- {} {name}\n", super::super::parameter::quote(command))
            });
            let text: String = lines.collect();
            cx.write(1, &text);
        }
        ["-", signals @ ..] => {
            for signal in signals {
                shell.shell.traps.remove(&trap_name(signal));
            }
        }
        [command, signals @ ..] => {
            for signal in signals {
                shell.shell.traps.insert(trap_name(signal), (*command).to_owned());
            }
        }
    }
    Outcome::Status(0)
}
