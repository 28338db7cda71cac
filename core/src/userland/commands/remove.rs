//! `rm` and `rmdir`.

use super::{Start, System};
use crate::sh::{FileError, Io, resolve};
use crate::userland::options::Options;

pub(super) fn rm(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let long = [
        ("recursive", 'r', false),
        ("force", 'f', false),
        ("verbose", 'v', false),
        ("dir", 'd', false),
    ];
    let options = match Options::parse(&start.argv, "rRfvdiI", &long) {
        Ok(options) => options,
        Err(message) => {
            io.error(message);
            return 1;
        }
    };
    let (recursive, force) = (options.has('r') || options.has('R'), options.has('f'));
    if options.operands.is_empty() && !force {
        io.error("rm: missing operand\nTry 'rm --help' for more information.\n");
        return 1;
    }
    let mut status = 0;
    for file in &options.operands {
        let path = resolve(&start.cwd, file);
        let result = match host.stat(&path) {
            None if force => Ok(()),
            None => Err(FileError::NotFound),
            Some(_) if host.keeps(&path) => Err(FileError::Denied),
            Some(stat) if stat.directory && !recursive && !options.has('d') => Err(FileError::IsDirectory),
            Some(stat) if stat.directory && recursive => remove_all(&path, host),
            Some(_) => host.remove(&path),
        };
        match result {
            Ok(()) if options.has('v') => io.print(format!("removed '{file}'\n")),
            Ok(()) => {}
            Err(error) => {
                io.error(format!("rm: cannot remove '{file}': {}\n", error.text()));
                status = 1;
            }
        }
    }
    status
}

fn remove_all(path: &str, host: &mut dyn System) -> Result<(), FileError> {
    for name in host.list(path)? {
        let below = format!("{path}/{name}");
        if host.stat(&below).is_some_and(|stat| stat.directory) {
            remove_all(&below, host)?;
        } else {
            host.remove(&below)?;
        }
    }
    host.remove(path)
}

pub(super) fn rmdir(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let mut status = 0;
    for directory in start.argv.iter().skip(1).filter(|word| !word.starts_with('-')) {
        let path = resolve(&start.cwd, directory);
        let result = match host.stat(&path) {
            Some(stat) if !stat.directory => Err(FileError::NotDirectory),
            _ => host.remove(&path),
        };
        if let Err(error) = result {
            io.error(format!(
                "rmdir: failed to remove '{directory}': {}\n",
                error.text()
            ));
            status = 1;
        }
    }
    status
}
