//! A chain as the terminal shows it.

use super::{Chain, Step, Target, texts};

/// `Pod web`, with its namespace unless that is `default`.
#[must_use]
pub fn named(target: &Target) -> String {
    match target.namespace.as_str() {
        "" | "default" => format!("{} {}", target.kind, target.name),
        namespace => format!("{} {} ({namespace})", target.kind, target.name),
    }
}

/// The chain, in lines of so many characters at most.
#[must_use]
pub fn print(chain: &Chain, columns: usize) -> String {
    let columns = columns.clamp(40, 100);
    let mut text = String::new();
    for (index, step) in chain.steps.iter().enumerate() {
        let head = if index == 0 {
            String::new()
        } else {
            "\u{2514} ".to_owned()
        };
        wrap(&mut text, &head, &step.text, columns);
        details(&mut text, step, columns);
    }
    text
}

/// The chain as lines that a page lays out: the first letter says what the rest is. `=` a step, `@` its object (kind, namespace
/// and name), `|` words of Kubernetes, `>` a line of a file (file, number, text), `$` a command; parts are between tabs.
#[must_use]
pub fn lines(chain: &Chain) -> String {
    let mut text = String::new();
    let mut line = |sign: char, parts: &[&str]| {
        text.push(sign);
        text.push_str(&parts.join("\t"));
        text.push('\n');
    };
    for step in &chain.steps {
        line('=', &[&step.text]);
        if let Some(object) = &step.object {
            line('@', &[&object.kind, &object.namespace, &object.name]);
        }
        for words in step.evidence.lines() {
            line('|', &[words]);
        }
        if let Some(place) = &step.place {
            line('>', &[&place.file, &place.line.to_string(), &place.text]);
        }
        if !step.command.is_empty() {
            line('$', &[&step.command]);
        }
    }
    text
}

fn details(text: &mut String, step: &Step, columns: usize) {
    for line in step.evidence.lines() {
        wrap(text, "    | ", line, columns);
    }
    if let Some(place) = &step.place {
        let line = place.line.to_string();
        let said = texts::fill(texts::PLACE, &[&place.file, &line, &place.text]);
        wrap(text, "    \u{2192} ", &said, columns);
    }
    if !step.command.is_empty() {
        wrap(text, "    \u{2192} $ ", &step.command, columns);
    }
}

/// Adds a paragraph, broken between words; further lines begin below the text of the first.
fn wrap(text: &mut String, head: &str, words: &str, columns: usize) {
    let indent = head.chars().count();
    text.push_str(head);
    let mut column = indent;
    for (index, word) in words.split(' ').enumerate() {
        let width = word.chars().count();
        if index > 0 && column + 1 + width > columns {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if index > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += width;
    }
    text.push('\n');
}
