//! Who and where: `whoami`, `id`, `hostname`, `uname`, `printenv`.

use super::{Connected, Start};
use crate::sh::Io;
use crate::terminal::laptop::{HOST, USER};

pub(super) fn whoami(_: &Start, io: &mut Io<'_>, _: &mut Connected<'_>) -> i32 {
    io.print(format!("{USER}\n"));
    0
}

pub(super) fn hostname(_: &Start, io: &mut Io<'_>, _: &mut Connected<'_>) -> i32 {
    io.print(format!("{HOST}\n"));
    0
}

pub(super) fn id(start: &Start, io: &mut Io<'_>, _: &mut Connected<'_>) -> i32 {
    io.print(match start.argv.get(1).map(String::as_str) {
        Some("-u" | "-g") => "1000\n".to_owned(),
        Some("-un" | "-gn") => format!("{USER}\n"),
        _ => format!("uid=1000({USER}) gid=1000({USER}) groups=1000({USER})\n"),
    });
    0
}

pub(super) fn uname(start: &Start, io: &mut Io<'_>, _: &mut Connected<'_>) -> i32 {
    io.print(match start.argv.get(1).map(String::as_str) {
        Some("-a") => format!("Linux {HOST} 6.12.0 #1 SMP x86_64 GNU/Linux\n"),
        Some("-r") => "6.12.0\n".to_owned(),
        Some("-m") => "x86_64\n".to_owned(),
        Some("-n") => format!("{HOST}\n"),
        _ => "Linux\n".to_owned(),
    });
    0
}

pub(super) fn printenv(start: &Start, io: &mut Io<'_>, _: &mut Connected<'_>) -> i32 {
    let names = start.argv.get(1..).unwrap_or_default();
    if names.is_empty() {
        let lines: String = start
            .env
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect();
        io.print(lines);
        return 0;
    }
    let mut status = 0;
    for name in names {
        match start.env.get(name) {
            Some(value) => io.print(format!("{value}\n")),
            None => status = 1,
        }
    }
    status
}
