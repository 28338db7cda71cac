//! `ps`, `df`, `mount`: what runs in a container and where its files are (busybox's forms).

use super::{Start, System};
use crate::sh::Io;

pub(super) fn ps(_: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let user = host.identity().user;
    let rows = host
        .processes()
        .into_iter()
        .map(|(pid, line)| format!("{pid:>5} {user:<8}  0:00 {line}\n"));
    let rows: String = rows.collect();
    io.print(format!("PID   USER     TIME  COMMAND\n{rows}"));
    0
}

pub(super) fn df(start: &Start, io: &mut Io<'_>, _: &mut dyn System) -> i32 {
    let human = start
        .argv
        .iter()
        .any(|word| word.starts_with('-') && word.contains('h'));
    io.print(if human {
        "Filesystem                Size      Used Available Use% Mounted on\noverlay                  97.9G     12.4G     80.5G  13% /\n"
    } else {
        "Filesystem           1K-blocks      Used Available Use% Mounted on\noverlay              102624184  13002340  84375520  13% /\n"
    });
    0
}

pub(super) fn mount(_: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let mut text = String::from(
        "overlay on / type overlay (rw,relatime)\nproc on /proc type proc (rw,nosuid,nodev,noexec,relatime)\n",
    );
    for (path, read_only) in host.mounts() {
        let mode = if read_only { "ro" } else { "rw" };
        text.push_str(&format!("/dev/vda1 on {path} type ext4 ({mode},relatime)\n"));
    }
    io.print(text);
    0
}
