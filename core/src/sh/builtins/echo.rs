//! `echo`, `true`, `false` and `:`.

use super::super::escapes::{EscapeStyle, unescape};
use super::{Context, Interpreter, Outcome, rest};

pub(super) fn echo(_: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let (mut newline, mut escapes) = (true, false);
    let mut words = rest(argv);
    while let Some((first, others)) = words.split_first() {
        let Some(flags) = first.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
            break;
        };
        if !flags.chars().all(|flag| matches!(flag, 'n' | 'e' | 'E')) {
            break;
        }
        for flag in flags.chars() {
            match flag {
                'n' => newline = false,
                flag => escapes = flag == 'e',
            }
        }
        words = others;
    }
    let mut text = words.join(" ");
    if escapes {
        let (unescaped, ended) = unescape(&text, EscapeStyle::Echo);
        text = unescaped;
        newline &= !ended;
    }
    if newline {
        text.push('\n');
    }
    cx.write(1, &text);
    Outcome::Status(0)
}

pub(super) fn yes(_: &mut Interpreter, _: &[String], _: &mut Context<'_>) -> Outcome {
    Outcome::Status(0)
}

pub(super) fn no(_: &mut Interpreter, _: &[String], _: &mut Context<'_>) -> Outcome {
    Outcome::Status(1)
}

pub(super) fn colon(_: &mut Interpreter, _: &[String], _: &mut Context<'_>) -> Outcome {
    Outcome::Status(0)
}
