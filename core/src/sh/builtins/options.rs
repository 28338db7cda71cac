//! `set` and `shopt`.

use super::super::parameter::quote;
use super::super::shell::Options;
use super::super::variables::Value;
use super::{Context, Interpreter, Outcome, rest};

const NAMES: &[&str] = &["errexit", "noglob", "nounset", "pipefail", "xtrace"];

fn option<'a>(options: &'a mut Options, name: &str) -> Option<&'a mut bool> {
    Some(match name {
        "errexit" | "e" => &mut options.errexit,
        "noglob" | "f" => &mut options.noglob,
        "nounset" | "u" => &mut options.nounset,
        "pipefail" => &mut options.pipefail,
        "xtrace" | "x" => &mut options.xtrace,
        _ => return None,
    })
}

pub(super) fn set(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let words = rest(argv);
    if words.is_empty() {
        let lines = shell.shell.variables.iter().filter_map(|(name, variable)| {
            let value = variable.value.as_ref().and_then(Value::first)?;
            let plain = value
                .chars()
                .all(|c| c.is_alphanumeric() || "_-./:=,+@%".contains(c));
            Some(format!(
                "{name}={}\n",
                if plain { value.to_owned() } else { quote(value) }
            ))
        });
        let text: String = lines.collect();
        cx.write(1, &text);
        return Outcome::Status(0);
    }
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (on, letters) = match (word.strip_prefix('-'), word.strip_prefix('+')) {
            (Some("-"), _) => {
                shell.shell.args = words.cloned().collect();
                return Outcome::Status(0);
            }
            (Some(letters), _) => (true, letters),
            (_, Some(letters)) => (false, letters),
            (None, None) => {
                shell.shell.args = std::iter::once(word).chain(words).cloned().collect();
                return Outcome::Status(0);
            }
        };
        for letter in letters.chars() {
            if letter == 'o' {
                let Some(name) = words.next() else {
                    print_options(shell, cx);
                    return Outcome::Status(0);
                };
                match option(&mut shell.shell.options, name) {
                    Some(option) => *option = on,
                    None => {
                        shell.complain(cx, "set", &format!("{name}: invalid option name"));
                        return Outcome::Status(2);
                    }
                }
                continue;
            }
            match option(&mut shell.shell.options, &letter.to_string()) {
                Some(option) => *option = on,
                // Accepted and without effect here: history, monitor mode, brace expansion ...
                None if "abhkmntvBCEHPT".contains(letter) => {}
                None => {
                    shell.complain(cx, "set", &format!("-{letter}: invalid option"));
                    cx.write(
                        2,
                        "set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n",
                    );
                    return Outcome::Status(2);
                }
            }
        }
    }
    Outcome::Status(0)
}

fn print_options(shell: &mut Interpreter, cx: &mut Context<'_>) {
    for name in NAMES {
        let on = option(&mut shell.shell.options, name).is_some_and(|option| *option);
        cx.write(1, &format!("{name:<15}\t{}\n", if on { "on" } else { "off" }));
    }
}

pub(super) fn shopt(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let mut on = None;
    for word in rest(argv) {
        match word.as_str() {
            "-s" => on = Some(true),
            "-u" => on = Some(false),
            "-q" => {}
            "nullglob" => match on {
                Some(on) => shell.shell.options.nullglob = on,
                None => {
                    let on = shell.shell.options.nullglob;
                    cx.write(
                        1,
                        &format!("nullglob       \t{}\n", if on { "on" } else { "off" }),
                    );
                    return Outcome::Status(i32::from(!on));
                }
            },
            // Known to bash, without effect here.
            "expand_aliases" | "extglob" | "globstar" | "dotglob" | "histappend" | "checkwinsize"
            | "autocd" => {}
            other => {
                shell.complain(cx, "shopt", &format!("{other}: invalid shell option name"));
                return Outcome::Status(1);
            }
        }
    }
    Outcome::Status(0)
}
