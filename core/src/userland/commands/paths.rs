//! `basename`, `dirname`, `realpath`, `which`.

use super::{Start, System};
use crate::sh::{Io, resolve};

fn missing(name: &str, io: &mut Io<'_>) -> i32 {
    io.error(format!(
        "{name}: missing operand\nTry '{name} --help' for more information.\n"
    ));
    1
}

fn base(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return if path.is_empty() { "" } else { "/" };
    }
    trimmed.rsplit('/').next().unwrap_or(trimmed)
}

pub(super) fn basename(start: &Start, io: &mut Io<'_>, _: &mut dyn System) -> i32 {
    let Some(path) = start.argv.get(1) else {
        return missing("basename", io);
    };
    let name = base(path);
    let suffix = start.argv.get(2).map_or("", String::as_str);
    let name = name
        .strip_suffix(suffix)
        .filter(|short| !short.is_empty())
        .unwrap_or(name);
    io.print(format!("{name}\n"));
    0
}

pub(super) fn dirname(start: &Start, io: &mut Io<'_>, _: &mut dyn System) -> i32 {
    let paths = start.argv.get(1..).unwrap_or_default();
    if paths.is_empty() {
        return missing("dirname", io);
    }
    for path in paths {
        let trimmed = path.trim_end_matches('/');
        let parent = match trimmed.rsplit_once('/') {
            Some((parent, _)) => parent.trim_end_matches('/'),
            None => ".",
        };
        let shown = if parent.is_empty() || (trimmed.is_empty() && !path.is_empty()) {
            "/"
        } else {
            parent
        };
        io.print(format!("{shown}\n"));
    }
    0
}

pub(super) fn realpath(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let mut status = 0;
    for path in start.argv.iter().skip(1).filter(|word| !word.starts_with('-')) {
        let absolute = resolve(&start.cwd, path);
        if host.stat(crate::userland::folder::parent_of(&absolute)).is_some() {
            io.print(format!("{absolute}\n"));
        } else {
            io.error(format!("realpath: {path}: No such file or directory\n"));
            status = 1;
        }
    }
    status
}

pub(super) fn which(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let mut status = 0;
    for name in start.argv.iter().skip(1).filter(|word| !word.starts_with('-')) {
        match host.locate(name) {
            Some(path) => io.print(format!("{path}\n")),
            None => status = 1,
        }
    }
    status
}

/// `test`, where no shell does it itself.
pub(super) fn test(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let args = start.argv.get(1..).unwrap_or_default();
    match crate::sh::condition(args, &start.cwd, host.files()) {
        Ok(holds) => i32::from(!holds),
        Err(why) => {
            io.error(format!("test: {why}\n"));
            2
        }
    }
}
