//! The commands, one per file.

mod allocate;
mod base64;
mod cat;
mod copy;
mod cut;
mod date;
mod diff;
mod editor;
mod filter;
mod follow;
mod grep;
mod head;
mod help;
mod identity;
mod install;
mod list;
mod make;
mod net;
mod numbers;
mod paths;
mod processes;
mod regex;
mod remove;
mod reverse;
mod sed;
mod sleep;
mod sort;
mod stress;
mod tail;
mod tar;
mod tee;
mod translate;
mod uniq;
mod watch;
mod wc;
mod wrap;
mod xargs;
mod yes;

pub(super) use filter::Filter;
pub(super) use follow::Follow;
pub(super) use net::Client;
pub use net::resolver::in_hosts;
pub(super) use sleep::Sleep;
pub(super) use stress::Stress;
pub(super) use tar::reads as tar_reads;
pub(super) use watch::Watch;
pub(super) use wrap::Wrap;
pub(super) use xargs::Xargs;
pub(super) use yes::Yes;

use super::program::Start;
use super::system::System;
use crate::sh::Io;

/// A program that is done in one step: its status comes back.
pub(super) type Instant = fn(&Start, &mut Io<'_>, &mut dyn System) -> i32;

/// What starting a program with wrong options gives: the message and the status.
pub(super) type Wrong = (String, i32);

/// Programs that are done in one step, sorted.
const INSTANT: &[(&str, Instant)] = &[
    ("apk", install::install),
    ("apt", install::install),
    ("apt-get", install::install),
    ("basename", paths::basename),
    ("chmod", make::chmod),
    ("clear", editor::clear),
    ("code", editor::open),
    ("cp", copy::cp),
    ("date", date::date),
    ("dd", allocate::dd),
    ("df", processes::df),
    ("diff", diff::diff),
    ("dirname", paths::dirname),
    ("edit", editor::open),
    ("fallocate", allocate::allocate),
    ("help", help::help),
    ("history", help::history),
    ("hostname", identity::hostname),
    ("id", identity::id),
    ("ls", list::ls),
    ("mkdir", make::mkdir),
    ("mount", processes::mount),
    ("mv", copy::mv),
    ("nano", editor::open),
    ("npm", install::install),
    ("pip", install::install),
    ("printenv", identity::printenv),
    ("ps", processes::ps),
    ("realpath", paths::realpath),
    ("reset", editor::clear),
    ("rm", remove::rm),
    ("rmdir", remove::rmdir),
    ("seq", numbers::seq),
    ("tar", tar::create),
    ("test", paths::test),
    ("touch", make::touch),
    ("truncate", allocate::allocate),
    ("tree", list::tree),
    ("uname", identity::uname),
    ("vi", editor::open),
    ("vim", editor::open),
    ("which", paths::which),
    ("whoami", identity::whoami),
];

/// Programs of other shapes, sorted.
const OTHERS: &[&str] = &[
    "base64", "bash", "cat", "cut", "egrep", "env", "fgrep", "grep", "head", "kubectl", "lab", "less",
    "more", "nl", "nohup", "rev", "sed", "sh", "sleep", "sort", "stress", "tac", "tail", "tee", "timeout",
    "tr", "uniq", "watch", "wc", "xargs", "yes",
];

/// The program of that name, when it is done in one step.
pub(super) fn instant(name: &str) -> Option<Instant> {
    INSTANT
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, run)| *run)
}

/// Where a program lies.
pub(super) fn locate(name: &str) -> Option<String> {
    names().any(|known| known == name).then(|| match name {
        "kubectl" | "lab" => format!("/usr/local/bin/{name}"),
        name => format!("/usr/bin/{name}"),
    })
}

/// Every program's name.
pub fn names() -> impl Iterator<Item = &'static str> {
    INSTANT
        .iter()
        .map(|(name, _)| *name)
        .chain(OTHERS.iter().copied())
        .chain(net::NAMES.iter().copied())
}
