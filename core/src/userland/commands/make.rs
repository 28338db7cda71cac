//! `mkdir`, `touch`, `chmod`.

use super::{Start, System};
use crate::sh::{FileError, Io, resolve};
use crate::userland::options::Options;

fn missing(name: &str, what: &str, io: &mut Io<'_>) -> i32 {
    io.error(format!(
        "{name}: missing {what}\nTry '{name} --help' for more information.\n"
    ));
    1
}

pub(super) fn mkdir(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let long = [
        ("parents", 'p', false),
        ("verbose", 'v', false),
        ("mode", 'm', true),
    ];
    let options = match Options::parse(&start.argv, "pvm:", &long) {
        Ok(options) => options,
        Err(message) => {
            io.error(message);
            return 1;
        }
    };
    if options.operands.is_empty() {
        return missing("mkdir", "operand", io);
    }
    let mut status = 0;
    for directory in &options.operands {
        let path = resolve(&start.cwd, directory);
        let before = host.stat(&path);
        let made = if options.has('p') {
            make_all(&path, host)
        } else {
            host.make_directory(&path)
        };
        match made {
            Ok(()) if options.has('v') && before.is_none() => {
                io.print(format!("mkdir: created directory '{directory}'\n"));
            }
            Ok(()) => {}
            Err(error) => {
                io.error(format!(
                    "mkdir: cannot create directory ‘{directory}’: {}\n",
                    error.text()
                ));
                status = 1;
            }
        }
    }
    status
}

fn make_all(path: &str, host: &mut dyn System) -> Result<(), FileError> {
    let mut so_far = String::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        so_far = format!("{so_far}/{part}");
        match host.stat(&so_far) {
            Some(stat) if stat.directory => {}
            Some(_) => return Err(FileError::Exists),
            None => host.make_directory(&so_far)?,
        }
    }
    Ok(())
}

pub(super) fn touch(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let options = match Options::parse(&start.argv, "cam", &[("no-create", 'c', false)]) {
        Ok(options) => options,
        Err(message) => {
            io.error(message);
            return 1;
        }
    };
    if options.operands.is_empty() {
        return missing("touch", "file operand", io);
    }
    let mut status = 0;
    for file in &options.operands {
        let path = resolve(&start.cwd, file);
        let done = match host.stat(&path) {
            Some(_) => host.touch(&path),
            None if options.has('c') => Ok(()),
            None => host.create(&path, false),
        };
        if let Err(error) = done {
            io.error(format!("touch: cannot touch '{file}': {}\n", error.text()));
            status = 1;
        }
    }
    status
}

pub(super) fn chmod(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let words: Vec<&String> = start
        .argv
        .iter()
        .skip(1)
        .filter(|word| !matches!(word.as_str(), "-R" | "-v"))
        .collect();
    let Some((mode, files)) = words.split_first() else {
        return missing("chmod", "operand", io);
    };
    if files.is_empty() {
        io.error(format!(
            "chmod: missing operand after '{mode}'\nTry 'chmod --help' for more information.\n"
        ));
        return 1;
    }
    let octal = u32::from_str_radix(mode, 8).ok();
    let symbolic = mode.contains(['+', '-', '=']) && mode.chars().all(|c| "ugoarwx+-=,".contains(c));
    if octal.is_none() && !symbolic {
        io.error(format!(
            "chmod: invalid mode: ‘{mode}’\nTry 'chmod --help' for more information.\n"
        ));
        return 1;
    }
    let mut status = 0;
    for file in files {
        let path = resolve(&start.cwd, file);
        let before = host.stat(&path).is_some_and(|stat| stat.executable);
        let on = match octal {
            Some(mode) => mode & 0o111 != 0,
            None if mode.contains('x') => !mode.contains('-'),
            None => before && !mode.contains('='),
        };
        if let Err(error) = host.set_executable(&path, on) {
            io.error(format!("chmod: cannot access '{file}': {}\n", error.text()));
            status = 1;
        }
    }
    status
}
