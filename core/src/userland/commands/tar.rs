//! `tar`: makes, lists and unpacks archives; what `kubectl cp` runs in containers.

use serde::{Deserialize, Serialize};

use super::filter::{Cx, Flow, Work};
use super::{Start, System, Wrong};
use crate::sh::{FileError, Io, resolve};
use crate::sim::Time;
use crate::userland::Dialect;
use crate::userland::archive::{self, Entry};
use crate::userland::options::Options;

fn options(argv: &[String]) -> Result<Options, Wrong> {
    let long = [
        ("create", 'c', false),
        ("extract", 'x', false),
        ("list", 't', false),
        ("file", 'f', true),
        ("directory", 'C', true),
        ("gzip", 'z', false),
        ("verbose", 'v', false),
        ("no-same-permissions", 'o', false),
        ("no-same-owner", 'o', false),
    ];
    let mut argv = argv.to_vec();
    // `tar cf` of old.
    if let Some(first) = argv.get_mut(1).filter(|word| !word.starts_with('-')) {
        first.insert(0, '-');
    }
    let options = Options::parse(&argv, "cxtvzmpohkf:C:", &long).map_err(|message| (message, 2))?;
    if options.has('z') {
        return Err((
            "tar (child): gzip: Cannot exec: No such file or directory\ntar: Error is not recoverable: exiting now\n"
                .to_owned(),
            2,
        ));
    }
    if !['c', 'x', 't'].iter().any(|mode| options.has(*mode)) {
        return Err((
            "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\nTry 'tar --help' for more information.\n"
                .to_owned(),
            2,
        ));
    }
    Ok(options)
}

fn last(options: &Options, letter: char) -> String {
    options.value(letter).unwrap_or_default().to_owned()
}

/// Whether a command line reads an archive.
pub(in crate::userland) fn reads(start: &Start) -> bool {
    options(&start.argv).is_ok_and(|options| !options.has('c'))
}

/// The folder that `-C` names.
fn folder(options: &Options, cwd: &str, host: &dyn System) -> Result<String, Wrong> {
    let asked = last(options, 'C');
    let path = resolve(cwd, &asked);
    if host.stat(&path).is_some_and(|stat| stat.directory) {
        return Ok(path);
    }
    Err(if host.dialect() == Dialect::Busybox {
        let why = FileError::NotFound.text();
        (format!("tar: can't change directory to '{asked}': {why}\n"), 1)
    } else {
        (
            format!(
                "tar: {asked}: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now\n"
            ),
            2,
        )
    })
}

/// `tar -c`
pub(super) fn create(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    match pack(start, io, host) {
        Ok(status) => status,
        Err((message, status)) => {
            io.error(message);
            status
        }
    }
}

fn pack(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> Result<i32, Wrong> {
    let options = options(&start.argv)?;
    let cwd = folder(&options, &start.cwd, host)?;
    let busybox = host.dialect() == Dialect::Busybox;
    let mut archive = Vec::new();
    let mut missing = false;
    let mut removing = true;
    if options.operands.is_empty() {
        return Err(if busybox {
            ("tar: empty archive\n".to_owned(), 1)
        } else {
            let what =
                "tar: Cowardly refusing to create an empty archive\nTry 'tar --help' for more information.\n";
            (what.to_owned(), 2)
        });
    }
    for operand in &options.operands {
        let from = resolve(&cwd, operand);
        let name = operand.trim_start_matches('/').trim_end_matches('/');
        if operand.starts_with('/') && std::mem::take(&mut removing) {
            io.error(if busybox {
                "tar: removing leading '/' from member names\n"
            } else {
                "tar: Removing leading `/' from member names\n"
            });
        }
        if host.stat(&from).is_none() {
            missing = true;
            io.error(if busybox {
                format!("tar: {operand}: No such file or directory\n")
            } else {
                format!("tar: {operand}: Cannot stat: No such file or directory\n")
            });
            continue;
        }
        let mut listed = Vec::new();
        walk(&from, name, host, &mut |entry, modified| {
            archive::append(&mut archive, &entry, modified);
            listed.push(entry.path);
        });
        if options.has('v') {
            for path in listed {
                io.error(format!("{path}\n"));
            }
        }
    }
    archive::finish(&mut archive);
    match last(&options, 'f').as_str() {
        "" | "-" => io.print(archive),
        file => {
            let path = resolve(&start.cwd, file);
            let written = host
                .create(&path, true)
                .and_then(|()| host.write(&path, Some(0), &archive));
            if let Err(error) = written {
                let why = error.text();
                return Err((
                    format!("tar: {file}: Cannot open: {why}\ntar: Error is not recoverable: exiting now\n"),
                    2,
                ));
            }
        }
    }
    if !missing {
        return Ok(0);
    }
    Err(if busybox {
        ("tar: error exit delayed from previous errors\n".to_owned(), 1)
    } else {
        let what = "tar: Exiting with failure status due to previous errors\n";
        (what.to_owned(), 2)
    })
}

/// Tells every entry below a path, folders before what is in them, and when it was changed, in seconds.
fn walk(path: &str, name: &str, host: &dyn System, tell: &mut dyn FnMut(Entry, u64)) {
    let Some(stat) = host.stat(path) else { return };
    let bytes = (!stat.directory).then(|| host.read(path, 0, usize::MAX).unwrap_or_default());
    let entry = Entry {
        path: if name.is_empty() { "." } else { name }.to_owned(),
        bytes,
        executable: stat.executable,
    };
    let modified = Time(stat.modified_micros).timestamp().as_second();
    tell(entry, u64::try_from(modified).unwrap_or(0));
    if !stat.directory {
        return;
    }
    for child in host.list(path).unwrap_or_default() {
        walk(
            &resolve(path, &child),
            format!("{name}/{child}").trim_start_matches('/'),
            host,
            tell,
        );
    }
}

/// `tar -x`, `tar -t`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tar {
    argv: Vec<String>,
    archive: Vec<u8>,
}

impl Tar {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let file = last(&options(argv)?, 'f');
        let made = Self {
            argv: argv.to_vec(),
            archive: Vec::new(),
        };
        Ok((made, if file.is_empty() { Vec::new() } else { vec![file] }))
    }

    fn unpack(&self, cx: &mut Cx<'_, '_, '_>) -> Result<(), Wrong> {
        let options = options(&self.argv)?;
        let busybox = cx.host.dialect() == Dialect::Busybox;
        let to = folder(&options, cx.cwd, cx.host)?;
        let Some(entries) = archive::read(&self.archive) else {
            return Err(if busybox {
                ("tar: invalid tar magic\n".to_owned(), 1)
            } else {
                let what = "tar: This does not look like a tar archive\ntar: Exiting with failure status due to previous errors\n";
                (what.to_owned(), 2)
            });
        };
        for entry in entries {
            let wanted =
                |operand: &String| entry.path == *operand || entry.path.starts_with(&format!("{operand}/"));
            if !options.operands.is_empty() && !options.operands.iter().any(wanted) {
                continue;
            }
            if options.has('t') || options.has('v') {
                let mark = if entry.bytes.is_none() { "/" } else { "" };
                cx.io.print(format!("{}{mark}\n", entry.path));
            }
            if options.has('x')
                && let Err(error) = place(&to, &entry, cx.host)
            {
                let why = error.text();
                return Err(if busybox {
                    (format!("tar: can't open '{}': {why}\n", entry.path), 1)
                } else {
                    (
                        format!(
                            "tar: {}: Cannot open: {why}\ntar: Exiting with failure status due to previous errors\n",
                            entry.path
                        ),
                        2,
                    )
                });
            }
        }
        Ok(())
    }
}

/// Puts an entry below a folder.
fn place(to: &str, entry: &Entry, host: &mut dyn System) -> Result<(), FileError> {
    let path = resolve(to, entry.path.trim_start_matches('/'));
    let mut parent = String::new();
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let folders = if entry.bytes.is_none() { &path } else { folders };
    for part in folders.split('/').filter(|part| !part.is_empty()) {
        parent = format!("{parent}/{part}");
        if host.stat(&parent).is_none() {
            host.make_directory(&parent)?;
        }
    }
    if let Some(bytes) = &entry.bytes {
        host.create(&path, true)?;
        host.write(&path, Some(0), bytes)?;
        host.set_executable(&path, entry.executable)?;
    }
    Ok(())
}

impl Work for Tar {
    fn data(&mut self, bytes: &[u8], _: &mut Cx<'_, '_, '_>) -> Flow {
        self.archive.extend(bytes);
        Flow::More
    }

    fn finish(&mut self, cx: &mut Cx<'_, '_, '_>) -> i32 {
        match self.unpack(cx) {
            Ok(()) => 0,
            Err((message, status)) => {
                cx.io.error(message);
                status
            }
        }
    }

    fn failure(&self, _: &str, file: &str, error: FileError) -> (String, i32) {
        let why = error.text();
        (
            format!("tar: {file}: Cannot open: {why}\ntar: Error is not recoverable: exiting now\n"),
            2,
        )
    }
}
