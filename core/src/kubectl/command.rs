//! The tree of commands, and how a command line finds its command (`spf13/cobra`).

use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;

/// A command, or a group of commands.
#[derive(Debug)]
pub(crate) struct Command {
    /// Its name.
    pub(crate) name: &'static str,
    /// Other names.
    pub(crate) aliases: &'static [&'static str],
    /// Words for which it is suggested.
    pub(crate) suggested_for: &'static [&'static str],
    /// What it does, in one line.
    pub(crate) short: &'static str,
    /// How it is called, after its name.
    pub(crate) usage: &'static str,
    /// Its flags.
    pub(crate) flags: &'static [&'static [Flag]],
    /// Flags it cannot go without.
    pub(crate) required: &'static [&'static str],
    /// What it does; nothing for a group.
    pub(crate) run: Option<fn(&mut Cx<'_>, &Parsed) -> Result<Flow, Failure>>,
    /// The commands below it.
    pub(crate) commands: &'static [Command],
}

impl Command {
    /// A command with nothing but a name and a line about it: to be completed with struct update syntax.
    pub(crate) const fn named(name: &'static str, short: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            suggested_for: &[],
            short,
            usage: "",
            flags: &[],
            required: &[],
            run: None,
            commands: &[],
        }
    }

    /// Whether a word names this command.
    pub(crate) fn is_called(&self, word: &str) -> bool {
        self.name == word || self.aliases.contains(&word)
    }

    /// All its flags, the global ones after its own.
    pub(crate) fn all_flags(&self) -> impl Iterator<Item = &'static Flag> + Clone {
        self.flags
            .iter()
            .flat_map(|group| group.iter())
            .chain(super::common::GLOBAL)
    }
}

/// A command line, sorted out.
#[derive(Debug)]
pub(crate) struct Found {
    /// The command.
    pub(crate) command: &'static Command,
    /// The words that lead to it, with the program's name: `kubectl rollout status`.
    pub(crate) path: String,
    /// What stood besides these words.
    pub(crate) rest: Vec<String>,
}

/// Finds the command of a command line.
pub(crate) fn find(root: &'static Command, words: &[String]) -> Found {
    let mut found = Found {
        command: root,
        path: root.name.to_owned(),
        rest: words.to_vec(),
    };
    while let Some((index, command)) = next_command(&found) {
        found.rest.remove(index);
        found.path = format!("{} {}", found.path, command.name);
        found.command = command;
    }
    found
}

fn next_command(found: &Found) -> Option<(usize, &'static Command)> {
    let (index, word) = first_argument(found.command, &found.rest)?;
    let command = found
        .command
        .commands
        .iter()
        .find(|command| command.is_called(word))?;
    Some((index, command))
}

/// The first word that is neither a flag nor a flag's value.
pub(crate) fn first_argument<'w>(command: &Command, words: &'w [String]) -> Option<(usize, &'w str)> {
    let mut skip = false;
    for (index, word) in words.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word == "--" {
            return None;
        }
        if let Some(name) = word.strip_prefix("--") {
            let flag = command.all_flags().find(|flag| flag.name == name);
            skip = !name.contains('=') && flag.is_some_and(|flag| flag.bare.is_none());
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            let mut chars = letters.chars();
            let flag = chars
                .next()
                .and_then(|letter| command.all_flags().find(|flag| flag.short == Some(letter)));
            skip = chars.as_str().is_empty() && flag.is_some_and(|flag| flag.bare.is_none());
        } else {
            return Some((index, word));
        }
    }
    None
}

/// What is said of a word that names no command.
pub(crate) fn unknown(root: &Command, word: &str) -> String {
    let near: Vec<&str> = root
        .commands
        .iter()
        .filter(|command| {
            distance(word, command.name) <= 2
                || command.name.to_lowercase().starts_with(&word.to_lowercase())
                || command.suggested_for.contains(&word)
        })
        .map(|command| command.name)
        .collect();
    let mut message = format!("unknown command {word:?} for {:?}", root.name);
    if !near.is_empty() {
        message.push_str("\n\nDid you mean this?\n");
        for name in near {
            message.push_str(&format!("\t{name}\n"));
        }
    }
    message
}

/// How many letters must change (Levenshtein), whatever their case.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, c) in a.to_lowercase().chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, d) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
            let change = at(&row, j) + usize::from(c != *d);
            next.push(change.min(at(&row, j + 1) + 1).min(at(&next, j) + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubectl::root::ROOT;

    fn check(line: &str, path: &str, rest: &[&str]) {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let found = find(&ROOT, &words);
        assert_eq!(
            (found.path.as_str(), found.rest.as_slice()),
            (
                path,
                rest.iter()
                    .map(|s| (*s).to_owned())
                    .collect::<Vec<_>>()
                    .as_slice()
            ),
            "{line}"
        );
    }

    #[test]
    fn command_lines_find_their_command() {
        check("get pods", "kubectl get", &["pods"]);
        check("-n dev get pods", "kubectl get", &["-n", "dev", "pods"]);
        check(
            "--namespace=dev rollout -w status deploy/web",
            "kubectl rollout status",
            &["--namespace=dev", "-w", "deploy/web"],
        );
        check("create deploy web", "kubectl create deployment", &["web"]);
        check("frobnicate x", "kubectl", &["frobnicate", "x"]);
    }

    #[test]
    fn unknown_words_get_suggestions() {
        assert_eq!(
            unknown(&ROOT, "aply"),
            "unknown command \"aply\" for \"kubectl\"\n\nDid you mean this?\n\tapply\n"
        );
        assert_eq!(
            unknown(&ROOT, "frobnicate"),
            "unknown command \"frobnicate\" for \"kubectl\""
        );
    }
}
