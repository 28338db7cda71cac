//! `rm` and `rmdir`.

use super::{Connected, Start};
use crate::sh::{FileError, Files, Io, resolve};
use crate::terminal::laptop::HOME;
use crate::terminal::options::Options;

pub(super) fn rm(start: &Start, io: &mut Io<'_>, host: &mut Connected<'_>) -> i32 {
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
            // The folders of the laptop itself stay.
            Some(_) if HOME == path || HOME.starts_with(&format!("{}/", path.trim_end_matches('/'))) => {
                Err(FileError::Denied)
            }
            Some(stat) if stat.directory && !recursive && !options.has('d') => Err(FileError::IsDirectory),
            Some(stat) if stat.directory && recursive => remove_all(&path, host),
            Some(_) => host.laptop.folder.remove(&path),
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

fn remove_all(path: &str, host: &mut Connected<'_>) -> Result<(), FileError> {
    for name in host.list(path)? {
        let below = format!("{path}/{name}");
        if host.stat(&below).is_some_and(|stat| stat.directory) {
            remove_all(&below, host)?;
        } else {
            host.laptop.folder.remove(&below)?;
        }
    }
    host.laptop.folder.remove(path)
}

pub(super) fn rmdir(start: &Start, io: &mut Io<'_>, host: &mut Connected<'_>) -> i32 {
    let mut status = 0;
    for directory in start.argv.iter().skip(1).filter(|word| !word.starts_with('-')) {
        let path = resolve(&start.cwd, directory);
        let result = match host.stat(&path) {
            Some(stat) if !stat.directory => Err(FileError::NotDirectory),
            _ => host.laptop.folder.remove(&path),
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
