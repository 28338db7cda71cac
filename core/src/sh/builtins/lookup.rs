//! `test`, `[`, `type`, `command`, `builtin`.

use super::super::test;
use super::{Context, Interpreter, Outcome, find, rest};

pub(super) fn test(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    evaluate(shell, "test", rest(argv), cx)
}

pub(super) fn bracket(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    match rest(argv).split_last() {
        Some((last, args)) if last == "]" => evaluate(shell, "[", args, cx),
        _ => {
            shell.complain(cx, "[", "missing `]'");
            Outcome::Status(2)
        }
    }
}

fn evaluate(shell: &Interpreter, name: &str, args: &[String], cx: &mut Context<'_>) -> Outcome {
    let fds = cx.fds.clone();
    let terminal = |fd: i32| fds.get(&fd).is_some_and(|id| cx.table.is_terminal(*id));
    let world = test::World {
        shell: &shell.shell,
        files: cx.host.files(),
        terminal: &terminal,
    };
    match test::test(args, &world) {
        Ok(value) => Outcome::Status(i32::from(!value)),
        Err(message) => {
            shell.complain(cx, name, &message);
            Outcome::Status(2)
        }
    }
}

const KEYWORDS: &[&str] = &[
    "!", "[[", "]]", "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in",
    "then", "time", "until", "while", "{", "}",
];

/// What a name means, in the words of `type`, of `type -t` and of `command -v`.
fn meaning(shell: &Interpreter, name: &str, cx: &Context<'_>) -> Option<(String, &'static str, String)> {
    if let Some(text) = shell.shell.aliases.get(name) {
        return Some((
            format!("{name} is aliased to `{text}'"),
            "alias",
            format!("alias {name}='{text}'"),
        ));
    }
    if KEYWORDS.contains(&name) {
        return Some((format!("{name} is a shell keyword"), "keyword", name.to_owned()));
    }
    if shell.shell.functions.contains_key(name) {
        let text = shell
            .shell
            .functions
            .get(name)
            .map_or("", |function| function.text.as_str());
        return Some((
            format!("{name} is a function\n{text}"),
            "function",
            name.to_owned(),
        ));
    }
    if find(name).is_some() {
        return Some((format!("{name} is a shell builtin"), "builtin", name.to_owned()));
    }
    let path = cx.host.locate(name)?;
    Some((format!("{name} is {path}"), "file", path))
}

pub(super) fn type_of(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let (flags, names): (Vec<&String>, Vec<&String>) =
        rest(argv).iter().partition(|arg| arg.starts_with('-'));
    let short = flags.iter().any(|flag| flag.contains('t'));
    let path = flags.iter().any(|flag| flag.contains('p') || flag.contains('P'));
    let mut status = 0;
    for name in names {
        match meaning(shell, name, cx) {
            Some((_, kind, _)) if short => cx.write(1, &format!("{kind}\n")),
            Some((_, kind, found)) if path => {
                if kind == "file" {
                    cx.write(1, &format!("{found}\n"));
                }
            }
            Some((long, _, _)) => cx.write(1, &format!("{long}\n")),
            None => {
                if !short && !path {
                    shell.complain(cx, "type", &format!("{name}: not found"));
                }
                status = 1;
            }
        }
    }
    Outcome::Status(status)
}

pub(super) fn command(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let mut words = rest(argv);
    let mut describe = None;
    while let Some((first, others)) = words.split_first() {
        match first.as_str() {
            "-v" => describe = Some(false),
            "-V" => describe = Some(true),
            "-p" | "--" => {}
            _ => break,
        }
        words = others;
    }
    if let Some(long) = describe {
        let mut status = 1;
        for name in words {
            match meaning(shell, name, cx) {
                Some((text, _, short)) => {
                    cx.write(1, &format!("{}\n", if long { text } else { short }));
                    status = 0;
                }
                None if long => shell.complain(cx, "command", &format!("{name}: not found")),
                None => {}
            }
        }
        return Outcome::Status(status);
    }
    run(shell, words, cx)
}

pub(super) fn builtin(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let words = rest(argv);
    match words.first() {
        Some(name) if find(name).is_none() => {
            shell.complain(cx, "builtin", &format!("{name}: not a shell builtin"));
            Outcome::Status(1)
        }
        _ => run(shell, words, cx),
    }
}

/// Runs a command past functions.
fn run(shell: &mut Interpreter, words: &[String], cx: &mut Context<'_>) -> Outcome {
    let Some(name) = words.first() else {
        return Outcome::Status(0);
    };
    if let Some(builtin) = find(name) {
        return builtin(shell, words, cx);
    }
    let env = shell.shell.variables.environment();
    shell.start_command(words.to_vec(), env, cx.fds.clone(), cx);
    Outcome::Continues
}
