//! What one shell remembers between commands.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ast::Command;
use super::syntax::Aliases;
use super::variables::Variables;

use crate::sorted::SortedMap;

/// Whose words error messages have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flavour {
    /// GNU bash 5.2.
    #[default]
    Bash,
    /// The shell of busybox.
    Ash,
}

/// Options of `set` and `shopt`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// `-e`
    pub errexit: bool,
    /// `-u`
    pub nounset: bool,
    /// `-x`
    pub xtrace: bool,
    /// `-f`
    pub noglob: bool,
    /// `-o pipefail`
    pub pipefail: bool,
    /// `shopt -s nullglob`
    pub nullglob: bool,
}

/// A function of the shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// What it runs.
    pub(super) body: Arc<Command>,
    /// Its definition, as `type` shows it.
    pub text: String,
}

/// A shell: its variables, functions, options and place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shell {
    /// Variables.
    pub variables: Variables,
    /// Functions by name.
    pub functions: SortedMap<String, Function>,
    /// Aliases by name.
    pub aliases: Aliases,
    /// `$0`
    pub name: String,
    /// `$1`, `$2`, ...
    pub args: Vec<String>,
    /// Options.
    pub options: Options,
    /// `$?`
    pub status: i32,
    /// `$$`
    pub pid: u64,
    /// Its command line, as `ps` shows it.
    pub command: String,
    /// `$!`
    pub background_pid: Option<u64>,
    /// The current directory.
    pub cwd: String,
    /// Whose words it speaks.
    pub flavour: Flavour,
    /// Whether a person types its commands.
    pub interactive: bool,
    /// The line being run, 1-based.
    pub line: u32,
    /// Whether it runs inside a condition, where `-e` has no effect.
    pub guarded: bool,
    /// Commands by signal name, `EXIT` among them.
    pub traps: BTreeMap<String, String>,
}

impl Shell {
    /// A shell with the variables every shell has.
    #[must_use]
    pub fn new(flavour: Flavour, interactive: bool, cwd: &str) -> Self {
        let mut shell = Self {
            name: if flavour == Flavour::Bash {
                "bash".to_owned()
            } else {
                "sh".to_owned()
            },
            cwd: cwd.to_owned(),
            flavour,
            interactive,
            line: 1,
            ..Self::default()
        };
        shell.variables.export("PWD", cwd);
        shell.variables.entry("IFS").value = Some(super::variables::Value::Scalar(" \t\n".to_owned()));
        shell
    }

    /// What stands before an error message.
    #[must_use]
    pub fn error_prefix(&self) -> String {
        match (self.flavour, self.interactive) {
            (Flavour::Ash, _) => format!("{}: ", self.name),
            (Flavour::Bash, true) => format!("{}: ", self.name),
            (Flavour::Bash, false) => format!("{}: line {}: ", self.name, self.line),
        }
    }

    /// The home directory.
    #[must_use]
    pub fn home(&self) -> &str {
        self.variables.text("HOME").unwrap_or("/")
    }

    /// `$-`
    #[must_use]
    pub fn option_flags(&self) -> String {
        let flags = [
            (self.options.errexit, 'e'),
            (self.options.noglob, 'f'),
            (true, 'h'),
            (self.interactive, 'i'),
            (self.options.nounset, 'u'),
            (self.options.xtrace, 'x'),
            (true, 'B'),
        ];
        flags.iter().filter(|(on, _)| *on).map(|(_, flag)| flag).collect()
    }
}
