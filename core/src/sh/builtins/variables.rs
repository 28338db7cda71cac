//! `export`, `unset`, `local`, `declare`, `readonly`, `shift`, `let`, `getopts`.

use super::super::expand::{Expander, Memo};
use super::super::frames::Frame;
use super::super::variables::{Value, is_name};
use super::{Context, Interpreter, Outcome, rest};

/// Splits `name=value` and `name+=value`.
fn assignment(word: &str) -> (&str, Option<(bool, &str)>) {
    match word.split_once('=') {
        Some((name, value)) => match name.strip_suffix('+') {
            Some(name) => (name, Some((true, value))),
            None => (name, Some((false, value))),
        },
        None => (word, None),
    }
}

/// What a declaration does to each of its names.
struct Declaration<'a> {
    builtin: &'a str,
    export: bool,
    readonly: bool,
    local: bool,
    array: bool,
}

fn declare_all(
    shell: &mut Interpreter,
    words: &[String],
    declaration: &Declaration<'_>,
    cx: &mut Context<'_>,
) -> i32 {
    let mut status = 0;
    for word in words {
        let (name, value) = assignment(word);
        if !is_name(name) {
            shell.complain(
                cx,
                declaration.builtin,
                &format!("`{word}': not a valid identifier"),
            );
            status = 1;
            continue;
        }
        if declaration.local {
            save_local(shell, name);
        }
        if let Some((append, value)) = value {
            let before = shell.shell.variables.text(name).unwrap_or_default();
            let text = if append {
                format!("{before}{value}")
            } else {
                value.to_owned()
            };
            let value = array_literal(&text).filter(|_| declaration.array || text.starts_with('('));
            if shell
                .shell
                .variables
                .assign(name, value.unwrap_or(Value::Scalar(text)))
                .is_err()
            {
                shell.report(cx, &format!("{name}: readonly variable"));
                status = 1;
                continue;
            }
        } else if declaration.local {
            shell.shell.variables.entry(name).value = None;
        }
        let variable = shell.shell.variables.entry(name);
        variable.exported |= declaration.export;
        variable.readonly |= declaration.readonly;
    }
    status
}

/// `(a b c)` as the parser leaves it behind `declare`.
fn array_literal(text: &str) -> Option<Value> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    Some(Value::Array(
        (0_i64..)
            .zip(inner.split_whitespace().map(str::to_owned))
            .collect(),
    ))
}

fn save_local(shell: &mut Interpreter, name: &str) {
    let before = shell.shell.variables.get(name).cloned();
    let call = shell.frames.iter_mut().rev().find_map(|frame| match frame {
        Frame::Call {
            args: Some(_),
            locals,
            ..
        } => Some(locals),
        _ => None,
    });
    if let Some(locals) = call
        && !locals.iter().any(|(saved, _)| saved == name)
    {
        locals.push((name.to_owned(), before));
    }
}

/// Splits leading flags from operands.
fn flags(words: &[String]) -> (String, &[String]) {
    let mut letters = String::new();
    let mut words = words;
    while let Some((first, others)) = words.split_first() {
        match first.strip_prefix(['-', '+']) {
            Some("-") => return (letters, others),
            Some(flags) if !flags.is_empty() => letters.push_str(flags),
            _ => break,
        }
        words = others;
    }
    (letters, words)
}

fn list(
    shell: &Interpreter,
    cx: &mut Context<'_>,
    wanted: impl Fn(bool, bool) -> bool,
    prefix: impl Fn(bool, bool) -> String,
) {
    let mut text = String::new();
    for (name, variable) in shell.shell.variables.iter() {
        if wanted(variable.exported, variable.readonly) {
            let prefix = prefix(variable.exported, variable.readonly);
            match variable.value.as_ref().and_then(Value::first) {
                Some(value) => {
                    let value = value
                        .replace('\\', "\\\\")
                        .replace('"', "\\\"")
                        .replace('$', "\\$")
                        .replace('`', "\\`");
                    text.push_str(&format!("declare {prefix} {name}=\"{value}\"\n"));
                }
                None => text.push_str(&format!("declare {prefix} {name}\n")),
            }
        }
    }
    cx.write(1, &text);
}

pub(super) fn export(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let (letters, words) = flags(rest(argv));
    if letters.contains('n') {
        for name in words {
            shell.shell.variables.entry(name).exported = false;
        }
        return Outcome::Status(0);
    }
    if words.is_empty() {
        list(
            shell,
            cx,
            |exported, _| exported,
            |_, readonly| if readonly { "-rx" } else { "-x" }.to_owned(),
        );
        return Outcome::Status(0);
    }
    let declaration = Declaration {
        builtin: "export",
        export: true,
        readonly: false,
        local: false,
        array: false,
    };
    Outcome::Status(declare_all(shell, words, &declaration, cx))
}

pub(super) fn readonly(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let (_, words) = flags(rest(argv));
    if words.is_empty() {
        list(
            shell,
            cx,
            |_, readonly| readonly,
            |exported, _| if exported { "-rx" } else { "-r" }.to_owned(),
        );
        return Outcome::Status(0);
    }
    let declaration = Declaration {
        builtin: "readonly",
        export: false,
        readonly: true,
        local: false,
        array: false,
    };
    Outcome::Status(declare_all(shell, words, &declaration, cx))
}

pub(super) fn local(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    if !shell
        .frames
        .iter()
        .any(|frame| matches!(frame, Frame::Call { args: Some(_), .. }))
    {
        shell.complain(cx, "local", "can only be used in a function");
        return Outcome::Status(1);
    }
    let (letters, words) = flags(rest(argv));
    let declaration = Declaration {
        builtin: "local",
        export: letters.contains('x'),
        readonly: letters.contains('r'),
        local: true,
        array: letters.contains('a'),
    };
    Outcome::Status(declare_all(shell, words, &declaration, cx))
}

pub(super) fn declare(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let (letters, words) = flags(rest(argv));
    if letters.contains('f') || letters.contains('F') {
        let wanted = shell
            .shell
            .functions
            .iter()
            .filter(|(name, _)| words.is_empty() || words.contains(name));
        let full = letters.contains('f');
        let texts = wanted.map(|(name, function)| {
            if full {
                format!("{}\n", function.text)
            } else {
                format!("declare -f {name}\n")
            }
        });
        let text: String = texts.collect();
        cx.write(1, &text);
        return Outcome::Status(0);
    }
    if words.is_empty() || letters.contains('p') {
        let names = words.to_vec();
        let wanted = |_: bool, _: bool| names.is_empty();
        list(shell, cx, wanted, |exported, _| {
            if exported { "-x" } else { "--" }.to_owned()
        });
        for name in &names {
            let Some(value) = shell.shell.variables.text(name) else {
                shell.complain(cx, "declare", &format!("{name}: not found"));
                return Outcome::Status(1);
            };
            let text = format!("declare -- {name}=\"{value}\"\n");
            cx.write(1, &text);
        }
        return Outcome::Status(0);
    }
    let in_function = shell
        .frames
        .iter()
        .any(|frame| matches!(frame, Frame::Call { args: Some(_), .. }));
    let declaration = Declaration {
        builtin: "declare",
        export: letters.contains('x'),
        readonly: letters.contains('r'),
        local: in_function && !letters.contains('g'),
        array: letters.contains('a'),
    };
    Outcome::Status(declare_all(shell, words, &declaration, cx))
}

pub(super) fn unset(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let (letters, words) = flags(rest(argv));
    let mut status = 0;
    for name in words {
        if !letters.contains('f') && shell.shell.variables.get(name).is_some() {
            if shell.shell.variables.unset(name).is_err() {
                shell.complain(cx, "unset", &format!("{name}: cannot unset: readonly variable"));
                status = 1;
            }
        } else if !letters.contains('v') {
            shell.shell.functions.remove(name);
        }
    }
    Outcome::Status(status)
}

pub(super) fn shift(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let count = match argv.get(1) {
        None => 1,
        Some(text) => match text.parse::<usize>() {
            Ok(count) => count,
            Err(_) => {
                shell.complain(cx, "shift", &format!("{text}: numeric argument required"));
                return Outcome::Status(1);
            }
        },
    };
    if count > shell.shell.args.len() {
        return Outcome::Status(1);
    }
    shell.shell.args.drain(..count);
    Outcome::Status(0)
}

pub(super) fn evaluate(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let mut last = 0;
    for text in rest(argv) {
        let memo = Memo::default();
        let mut expander = Expander::new(&shell.shell, cx.host.files(), &memo);
        let value = super::super::arithmetic::evaluate(text, &mut expander);
        let pending = std::mem::take(&mut expander.pending);
        match value {
            Ok(value) => last = value,
            Err(message) => {
                shell.complain(cx, "let", &message);
                return Outcome::Status(1);
            }
        }
        if shell.assign_all(pending).is_err() {
            return Outcome::Status(1);
        }
    }
    Outcome::Status(i32::from(last == 0))
}

pub(super) fn getopts(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let [_, spec, name, given @ ..] = argv else {
        cx.write(
            2,
            &format!(
                "{}getopts: usage: getopts optstring name [arg ...]\n",
                shell.shell.error_prefix()
            ),
        );
        return Outcome::Status(2);
    };
    let args = if given.is_empty() {
        shell.shell.args.clone()
    } else {
        given.to_vec()
    };
    let index: usize = shell
        .shell
        .variables
        .text("OPTIND")
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let offset: usize = shell
        .shell
        .variables
        .text("__OPTPOS")
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let word = args
        .get(index.saturating_sub(1))
        .filter(|word| word.starts_with('-') && word.len() > 1 && *word != "--");
    let set =
        |shell: &mut Interpreter, name: &str, value: String| shell.shell.variables.set(name, value).is_ok();
    let Some(word) = word else {
        set(shell, name, "?".to_owned());
        return Outcome::Status(1);
    };
    let letter = word.chars().nth(offset).unwrap_or('?');
    let more = word.chars().nth(offset + 1).is_some();
    let (mut next_index, mut next_offset) = if more { (index, offset + 1) } else { (index + 1, 1) };
    let wants = spec
        .split_once(letter)
        .filter(|_| letter != ':')
        .map(|(_, after)| after.starts_with(':'));
    match wants {
        None => {
            if !spec.starts_with(':') {
                cx.write(2, &format!("{}: illegal option -- {letter}\n", shell.shell.name));
            }
            set(shell, name, "?".to_owned());
        }
        Some(false) => {
            set(shell, name, letter.to_string());
        }
        Some(true) => {
            let value = if more {
                Some(word.chars().skip(offset + 1).collect())
            } else {
                args.get(index).cloned()
            };
            next_index = if more { index + 1 } else { index + 2 };
            next_offset = 1;
            set(shell, name, letter.to_string());
            set(shell, "OPTARG", value.unwrap_or_default());
        }
    }
    set(shell, "OPTIND", next_index.to_string());
    set(shell, "__OPTPOS", next_offset.to_string());
    Outcome::Status(0)
}
