//! Who and where: `whoami`, `id`, `hostname`, `uname`, `printenv`.

use super::{Start, System};
use crate::sh::Io;
use crate::userland::system::Identity;

pub(super) fn whoami(_: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    io.print(format!("{}\n", host.identity().user));
    0
}

pub(super) fn hostname(_: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    io.print(format!("{}\n", host.identity().host));
    0
}

pub(super) fn id(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let Identity { user, uid, gid, .. } = host.identity();
    // A number without a name stands alone.
    let named = |number: i64| {
        if user.is_empty() {
            number.to_string()
        } else {
            format!("{number}({user})")
        }
    };
    io.print(match start.argv.get(1).map(String::as_str) {
        Some("-u") => format!("{uid}\n"),
        Some("-g" | "-G") => format!("{gid}\n"),
        Some("-un" | "-gn" | "-nu" | "-ng") => format!("{user}\n"),
        _ => format!("uid={} gid={} groups={}\n", named(uid), named(gid), named(gid)),
    });
    0
}

pub(super) fn uname(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let host = host.identity().host;
    io.print(match start.argv.get(1).map(String::as_str) {
        Some("-a") => format!("Linux {host} 6.12.0 #1 SMP x86_64 GNU/Linux\n"),
        Some("-r") => "6.12.0\n".to_owned(),
        Some("-m") => "x86_64\n".to_owned(),
        Some("-n") => format!("{host}\n"),
        _ => "Linux\n".to_owned(),
    });
    0
}

pub(super) fn printenv(start: &Start, io: &mut Io<'_>, _: &mut dyn System) -> i32 {
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
