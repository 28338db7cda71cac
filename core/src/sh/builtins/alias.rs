//! `alias` and `unalias`.

use super::{Context, Interpreter, Outcome, rest};

fn line(name: &str, text: &str) -> String {
    format!("alias {name}='{}'\n", text.replace('\'', "'\\''"))
}

pub(super) fn alias(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let words: Vec<&String> = rest(argv).iter().filter(|word| *word != "-p").collect();
    if words.is_empty() {
        let text: String = shell
            .shell
            .aliases
            .iter()
            .map(|(name, text)| line(name, text))
            .collect();
        cx.write(1, &text);
    }
    let mut status = 0;
    for word in words {
        match word.split_once('=') {
            Some((name, text)) => {
                shell.shell.aliases.insert(name.to_owned(), text.to_owned());
            }
            None => match shell.shell.aliases.get(word) {
                Some(text) => cx.write(1, &line(word, text)),
                None => {
                    shell.complain(cx, "alias", &format!("{word}: not found"));
                    status = 1;
                }
            },
        }
    }
    Outcome::Status(status)
}

pub(super) fn unalias(shell: &mut Interpreter, argv: &[String], cx: &mut Context<'_>) -> Outcome {
    let mut status = 0;
    for word in rest(argv) {
        if word == "-a" {
            shell.shell.aliases.clear();
        } else if shell.shell.aliases.remove(word).is_none() {
            shell.complain(cx, "unalias", &format!("{word}: not found"));
            status = 1;
        }
    }
    Outcome::Status(status)
}
