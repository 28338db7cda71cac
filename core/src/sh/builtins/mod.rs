//! The shell's own commands, one group per file.

mod alias;
mod directory;
mod echo;
mod flow;
mod jobs;
mod lookup;
mod options;
mod printf;
mod read;
mod variables;

use super::interpreter::{Context, Interpreter};

/// What a builtin did.
pub(super) enum Outcome {
    /// It is done, with this status.
    Status(i32),
    /// Frames that it pushed go on, or the shell's course has changed.
    Continues,
}

/// A builtin: name and arguments in, frames and output out.
pub(super) type Builtin = fn(&mut Interpreter, &[String], &mut Context<'_>) -> Outcome;

/// Every builtin by name, sorted.
const BUILTINS: &[(&str, Builtin)] = &[
    (".", flow::source),
    (":", echo::colon),
    ("[", lookup::bracket),
    ("alias", alias::alias),
    ("bg", jobs::bg),
    ("break", flow::break_loop),
    ("builtin", lookup::builtin),
    ("cd", directory::cd),
    ("command", lookup::command),
    ("continue", flow::continue_loop),
    ("declare", variables::declare),
    ("echo", echo::echo),
    ("eval", flow::eval),
    ("exec", flow::exec),
    ("exit", flow::exit),
    ("export", variables::export),
    ("false", echo::no),
    ("fg", jobs::fg),
    ("getopts", variables::getopts),
    ("hash", echo::colon),
    ("jobs", jobs::jobs),
    ("kill", jobs::kill),
    ("let", variables::evaluate),
    ("local", variables::local),
    ("logout", flow::exit),
    ("printf", printf::printf),
    ("pwd", directory::pwd),
    ("read", read::read),
    ("readonly", variables::readonly),
    ("return", flow::return_call),
    ("set", options::set),
    ("shift", variables::shift),
    ("shopt", options::shopt),
    ("source", flow::source),
    ("test", lookup::test),
    ("trap", flow::trap),
    ("true", echo::yes),
    ("type", lookup::type_of),
    ("typeset", variables::declare),
    ("ulimit", echo::colon),
    ("umask", echo::colon),
    ("unalias", alias::unalias),
    ("unset", variables::unset),
    ("wait", jobs::wait),
];

/// The builtin of a name.
pub(super) fn find(name: &str) -> Option<Builtin> {
    BUILTINS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, builtin)| *builtin)
}

/// The names of all builtins, sorted: what completion offers.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILTINS.iter().map(|(name, _)| *name)
}

impl Interpreter {
    /// Prints `name: message` as the shell's own.
    fn complain(&self, cx: &mut Context<'_>, name: &str, message: &str) {
        self.report(cx, &format!("{name}: {message}"));
    }
}

/// The arguments after the name.
fn rest(argv: &[String]) -> &[String] {
    argv.get(1..).unwrap_or_default()
}
