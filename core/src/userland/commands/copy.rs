//! `cp` and `mv`.

use super::{Start, System};
use crate::sh::{FileError, Io, resolve};
use crate::userland::options::Options;

/// Sources and the target of a command line.
fn operands<'a>(name: &str, options: &'a Options, io: &mut Io<'_>) -> Option<(&'a [String], &'a String)> {
    let hint = format!("Try '{name} --help' for more information.\n");
    match options.operands.split_last() {
        None => io.error(format!("{name}: missing file operand\n{hint}")),
        Some((only, [])) => io.error(format!(
            "{name}: missing destination file operand after '{only}'\n{hint}"
        )),
        Some((target, sources)) => return Some((sources, target)),
    }
    None
}

/// Where a source goes: into the target when it is a folder.
fn destination(source: &str, target: &str, start: &Start, host: &dyn System) -> String {
    let path = resolve(&start.cwd, target);
    if host.stat(&path).is_some_and(|stat| stat.directory) {
        let from = resolve(&start.cwd, source);
        let name = from.rsplit('/').next().unwrap_or_default().to_owned();
        return resolve(&path, &name);
    }
    path
}

fn is_directory(path: &str, host: &dyn System) -> bool {
    host.stat(path).is_some_and(|stat| stat.directory)
}

pub(super) fn cp(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let long = [
        ("recursive", 'r', false),
        ("force", 'f', false),
        ("verbose", 'v', false),
        ("archive", 'a', false),
    ];
    let options = match Options::parse(&start.argv, "rRfvapni", &long) {
        Ok(options) => options,
        Err(message) => {
            io.error(message);
            return 1;
        }
    };
    let Some((sources, target)) = operands("cp", &options, io) else {
        return 1;
    };
    if sources.len() > 1 && !is_directory(&resolve(&start.cwd, target), host) {
        io.error(format!(
            "cp: target '{target}': {}\n",
            missing_or_file(target, start, host)
        ));
        return 1;
    }
    let recursive = ['r', 'R', 'a'].iter().any(|letter| options.has(*letter));
    let mut status = 0;
    for source in sources {
        let from = resolve(&start.cwd, source);
        let to = destination(source, target, start, host);
        let failed = match host.stat(&from) {
            None => Some(format!("cannot stat '{source}': No such file or directory")),
            Some(stat) if stat.directory && !recursive => {
                Some(format!("-r not specified; omitting directory '{source}'"))
            }
            Some(_) if from == to => Some(format!("'{source}' and '{target}' are the same file")),
            Some(stat) if stat.directory && to.starts_with(&format!("{from}/")) => Some(format!(
                "cannot copy a directory, '{source}', into itself, '{target}'"
            )),
            Some(_) if options.has('n') && host.stat(&to).is_some() => None,
            Some(_) => copy_all(&from, &to, host)
                .err()
                .map(|error| format!("cannot create regular file '{target}': {}", error.text())),
        };
        match failed {
            Some(message) => {
                io.error(format!("cp: {message}\n"));
                status = 1;
            }
            None if options.has('v') => io.print(format!("'{source}' -> '{target}'\n")),
            None => {}
        }
    }
    status
}

fn missing_or_file(target: &str, start: &Start, host: &dyn System) -> &'static str {
    if host.stat(&resolve(&start.cwd, target)).is_some() {
        "Not a directory"
    } else {
        "No such file or directory"
    }
}

fn copy_all(from: &str, to: &str, host: &mut dyn System) -> Result<(), FileError> {
    if is_directory(from, host) {
        if host.stat(to).is_none() {
            host.make_directory(to)?;
        }
        for name in host.list(from)? {
            copy_all(&format!("{from}/{name}"), &format!("{to}/{name}"), host)?;
        }
        return Ok(());
    }
    let bytes = host.read(from, 0, usize::MAX)?;
    let executable = host.stat(from).is_some_and(|stat| stat.executable);
    host.create(to, true)?;
    host.write(to, Some(0), &bytes)?;
    host.set_executable(to, executable)
}

pub(super) fn mv(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let long = [
        ("force", 'f', false),
        ("verbose", 'v', false),
        ("no-clobber", 'n', false),
    ];
    let options = match Options::parse(&start.argv, "fvni", &long) {
        Ok(options) => options,
        Err(message) => {
            io.error(message);
            return 1;
        }
    };
    let Some((sources, target)) = operands("mv", &options, io) else {
        return 1;
    };
    if sources.len() > 1 && !is_directory(&resolve(&start.cwd, target), host) {
        io.error(format!(
            "mv: target '{target}': {}\n",
            missing_or_file(target, start, host)
        ));
        return 1;
    }
    let mut status = 0;
    for source in sources {
        let from = resolve(&start.cwd, source);
        let to = destination(source, target, start, host);
        let failed = match (host.stat(&from), host.stat(&to)) {
            (None, _) => Some(format!("cannot stat '{source}': No such file or directory")),
            (Some(_), _) if from == to => Some(format!("'{source}' and '{target}' are the same file")),
            (Some(_), Some(_)) if options.has('n') => None,
            (Some(old), Some(new)) if new.directory && !old.directory => Some(format!(
                "cannot overwrite directory '{target}' with non-directory"
            )),
            _ => host.rename(&from, &to).err().map(|error| match error {
                FileError::Invalid => {
                    format!("cannot move '{source}' to a subdirectory of itself, '{target}'")
                }
                error => format!("cannot move '{source}' to '{target}': {}", error.text()),
            }),
        };
        match failed {
            Some(message) => {
                io.error(format!("mv: {message}\n"));
                status = 1;
            }
            None if options.has('v') => io.print(format!("renamed '{source}' -> '{target}'\n")),
            None => {}
        }
    }
    status
}
