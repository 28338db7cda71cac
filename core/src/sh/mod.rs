//! The shell language: words, expansions, pipelines, control flow, as a resumable machine.
//!
//! It knows no kubectl and no cluster: a [`Host`] gives it files and commands, so that the learner's terminal and a
//! container's `sh -c` run the same language. A [`Machine`] is plain data; whatever it is doing (a `sleep` in a loop in a
//! pipeline), a clone or a saved copy of it goes on identically. The grammar is the `brush-parser` crate's.
//!
//! Differences from bash on purpose: each step costs virtual time, so that `while true; do :; done` moves the clock and
//! cannot freeze anything; process substitution runs its command to the end first; coprocesses, `select` and extended globs
//! are not there.

mod arithmetic;
mod assign;
mod ast;
mod braces;
pub mod builtins;
mod children;
mod control;
mod escapes;
mod expand;
pub mod files;
mod frames;
mod glob;
mod interpreter;
mod io;
mod launch;
mod lower;
mod lower_redirect;
mod machine;
mod parameter;
pub mod pattern;
mod process;
mod redirect;
mod schedule;
mod shell;
mod signals;
mod simple;
pub mod syntax;
mod test;
mod variables;
mod words;

#[cfg(test)]
pub(crate) mod tests;

pub use self::test::condition;
pub use builtins::names as builtin_names;
pub use escapes::{EscapeStyle, unescape};
pub use files::{FileError, Files, Stat, resolve};
pub use frames::Job;
pub use io::{Chunk, Read, Stream};
pub use machine::{Machine, Wake};
pub use process::{ChildCommand, Host, Io, Launch, Launched, Poll, Process, ShellHost, Signalled, Until};
pub use shell::{Flavour, Options, Shell};
pub use signals::signal_name;
pub use syntax::{Missing, SyntaxError};
pub use variables::{Value, Variable, Variables};
