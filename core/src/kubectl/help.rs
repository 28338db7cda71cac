//! `--help`: what a command is for, how it is called, its flags.

use super::command::{Command, Found};
use super::flags::{Flag, Type};

/// The help of a command.
pub(crate) fn of(found: &Found) -> String {
    let command = found.command;
    let mut out = format!("{}.\n", command.short.trim_end_matches('.'));
    if !command.aliases.is_empty() {
        let names: Vec<&str> = std::iter::once(command.name)
            .chain(command.aliases.iter().copied())
            .collect();
        out.push_str(&format!("\nAliases:\n{}\n", names.join(", ")));
    }
    if !command.commands.is_empty() {
        out.push_str("\nAvailable Commands:\n");
        let width = command
            .commands
            .iter()
            .map(|below| below.name.len())
            .max()
            .unwrap_or(0)
            + 3;
        for below in command.commands {
            out.push_str(&format!("  {:width$} {}\n", below.name, below.short));
        }
    }
    if command.flags.iter().any(|group| !group.is_empty()) {
        out.push_str("\nOptions:\n");
        let mut flags: Vec<&Flag> = command.flags.iter().flat_map(|group| group.iter()).collect();
        crate::sort::sort_by_key(&mut flags, |flag| flag.name);
        let lines: Vec<String> = flags.into_iter().map(option).collect();
        out.push_str(&lines.join("\n"));
    }
    out.push_str(&format!("\nUsage:\n  {}\n", usage(command, &found.path)));
    if command.commands.is_empty() {
        out.push_str("\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).\n");
    } else {
        out.push_str(&format!(
            "\nUse \"{} <command> --help\" for more information about a given command.\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).\n",
            found.path
        ));
    }
    out
}

fn usage(command: &Command, path: &str) -> String {
    let parts = [
        path,
        command.usage,
        if command.commands.is_empty() {
            ""
        } else {
            "[command]"
        },
        "[options]",
    ];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// A flag in three lines, as kubectl's templates set them.
pub(crate) fn option(flag: &Flag) -> String {
    let short = flag
        .short
        .map_or("    ".to_owned(), |short| format!("-{short}, "));
    let default = match flag.kind {
        Type::Bool | Type::Int | Type::Duration => flag.default.to_owned(),
        Type::Text => format!("'{}'", flag.default),
        Type::List | Type::Array => "[]".to_owned(),
    };
    format!("    {short}--{}={default}:\n\t{}\n", flag.name, flag.help)
}
