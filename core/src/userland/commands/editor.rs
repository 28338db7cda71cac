//! `nano`, `vi`, `code`: the page's editor; `clear`.

use super::{Start, System};
use crate::sh::{Io, resolve};

/// Asks the page to open files, which are created empty when they are new.
pub(super) fn open(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let name = start.argv.first().map_or("nano", String::as_str);
    let files: Vec<&String> = start
        .argv
        .iter()
        .skip(1)
        .filter(|word| !word.starts_with(['-', '+']))
        .collect();
    if files.is_empty() {
        io.error(format!(
            "{name}\u{a0}: indiquez un fichier, par exemple «\u{a0}{name} pod.yaml\u{a0}».\n"
        ));
        return 1;
    }
    let mut status = 0;
    for file in files {
        let path = resolve(&start.cwd, file);
        let created = match host.stat(&path) {
            Some(stat) if stat.directory => Err(crate::sh::FileError::IsDirectory),
            Some(_) => Ok(()),
            None => host.create(&path, false),
        };
        match created {
            Ok(()) => host.open_editor(path),
            Err(error) => {
                io.error(format!("{name}: {file}: {}\n", error.text()));
                status = 1;
            }
        }
    }
    status
}

pub(super) fn clear(_: &Start, io: &mut Io<'_>, _: &mut dyn System) -> i32 {
    io.print("\u{1b}[H\u{1b}[2J\u{1b}[3J");
    0
}
