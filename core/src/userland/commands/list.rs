//! `ls` and `tree`.

use std::cmp::Reverse;

use super::{Start, System};
use crate::sh::{Io, Stat, resolve};
use crate::sim::{Time, calendar};
use crate::userland::Dialect;
use crate::userland::options::Options;

struct Listed {
    name: String,
    stat: Stat,
}

const LONG: &[crate::userland::options::Long] = &[
    ("all", 'a', false),
    ("almost-all", 'A', false),
    ("recursive", 'R', false),
    ("human-readable", 'h', false),
    ("directory", 'd', false),
    ("reverse", 'r', false),
    ("color", 'K', false),
    ("classify", 'F', false),
];

pub(super) fn ls(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let options = match Options::parse(&start.argv, "laAR1hdtrSFpgoiGnsCm", LONG) {
        Ok(options) => options,
        Err(message) => {
            io.error(message);
            return 2;
        }
    };
    let operands = if options.operands.is_empty() {
        vec![".".to_owned()]
    } else {
        options.operands.clone()
    };
    let (mut files, mut directories, mut status) = (Vec::new(), Vec::new(), 0);
    for operand in &operands {
        match host.stat(&resolve(&start.cwd, operand)) {
            None => {
                io.error(format!(
                    "ls: cannot access '{operand}': No such file or directory\n"
                ));
                status = 2;
            }
            Some(stat) if stat.directory && !options.has('d') => directories.push(operand.clone()),
            Some(stat) => files.push(Listed {
                name: operand.clone(),
                stat,
            }),
        }
    }
    let several = operands.len() > 1 || options.has('R');
    let any_files = !files.is_empty();
    show(files, &options, io, host, false);
    crate::sort::sort(&mut directories);
    let mut first = !any_files;
    while !directories.is_empty() {
        let directory = directories.remove(0);
        if several {
            io.print(format!("{}{directory}:\n", if first { "" } else { "\n" }));
        }
        first = false;
        let entries = entries(&directory, &options, start, host);
        if options.has('R') {
            let below: Vec<String> = entries
                .iter()
                .filter(|entry| entry.stat.directory && entry.name != "." && entry.name != "..")
                .map(|entry| format!("{}/{}", directory.trim_end_matches('/'), entry.name))
                .collect();
            directories.splice(0..0, below);
        }
        show(entries, &options, io, host, true);
    }
    status
}

fn entries(directory: &str, options: &Options, start: &Start, host: &dyn System) -> Vec<Listed> {
    let path = resolve(&start.cwd, directory);
    let mut names = host.list(&path).unwrap_or_default();
    if !options.has('a') && !options.has('A') {
        names.retain(|name| !name.starts_with('.'));
    }
    if options.has('a') {
        names.splice(0..0, [".".to_owned(), "..".to_owned()]);
    }
    let listed = names.into_iter().filter_map(|name| {
        let stat = host.stat(&resolve(&path, &name))?;
        Some(Listed { name, stat })
    });
    listed.collect()
}

fn show(entries: Vec<Listed>, options: &Options, io: &mut Io<'_>, host: &dyn System, total: bool) {
    let mut entries = entries;
    crate::sort::sort_by(&mut entries, |left, right| left.name.cmp(&right.name));
    if options.has('t') {
        crate::sort::sort_by_key(&mut entries, |entry| Reverse(entry.stat.modified_micros));
    }
    if options.has('S') {
        crate::sort::sort_by_key(&mut entries, |entry| Reverse(entry.stat.size));
    }
    if options.has('r') {
        entries.reverse();
    }
    let shown = |entry: &Listed| {
        let mark = match (entry.stat.directory, entry.stat.executable) {
            (true, _) if options.has('F') || options.has('p') => "/",
            (false, true) if options.has('F') => "*",
            _ => "",
        };
        format!("{}{mark}", entry.name)
    };
    if options.has('l') || options.has('g') || options.has('o') {
        if total {
            let blocks: u64 = entries
                .iter()
                .map(|entry| entry.stat.size.div_ceil(4_096) * 4)
                .sum();
            io.print(format!("total {blocks}\n"));
        }
        let sizes: Vec<String> = entries
            .iter()
            .map(|entry| size(entry.stat.size, options.has('h')))
            .collect();
        let user = host.identity().user;
        let busybox = host.dialect() == Dialect::Busybox;
        let width = sizes.iter().map(String::len).max().unwrap_or(0);
        for (entry, size) in entries.iter().zip(&sizes) {
            let mode = match (entry.stat.directory, entry.stat.executable) {
                (true, _) => "drwxr-xr-x",
                (false, true) => "-rwxr-xr-x",
                (false, false) => "-rw-r--r--",
            };
            let links = if entry.stat.directory { 2 } else { 1 };
            let modified = Time(entry.stat.modified_micros).timestamp_micros();
            let date = calendar::utc("%b %e %H:%M", modified);
            let name = shown(entry);
            io.print(if busybox {
                format!("{mode} {links:>4} {user:<8} {user:<8} {size:>9} {date} {name}\n")
            } else {
                format!("{mode} {links} {user} {user} {size:>width$} {date} {name}\n")
            });
        }
        return;
    }
    let names: Vec<String> = entries.iter().map(shown).collect();
    if options.has('1') || !io.is_terminal(1) {
        io.print(names.iter().map(|name| format!("{name}\n")).collect::<String>());
    } else {
        io.print(columns(&names, host.window().0));
    }
}

fn size(bytes: u64, human: bool) -> String {
    if !human || bytes < 1_024 {
        return bytes.to_string();
    }
    let (mut tenths, mut unit) = (bytes * 10, 0);
    while tenths >= 10_240 && unit < 3 {
        tenths = tenths.div_ceil(1_024);
        unit += 1;
    }
    let suffix = ["", "K", "M", "G"].get(unit).copied().unwrap_or("G");
    if tenths < 100 {
        format!("{}.{}{suffix}", tenths / 10, tenths % 10)
    } else {
        format!("{}{suffix}", tenths.div_ceil(10))
    }
}

/// Names in as few rows as fit, down then across.
fn columns(names: &[String], width: usize) -> String {
    if names.is_empty() {
        return String::new();
    }
    let lengths: Vec<usize> = names.iter().map(|name| name.chars().count()).collect();
    for rows in 1..=names.len() {
        let widths: Vec<usize> = lengths
            .chunks(rows)
            .map(|column| column.iter().max().copied().unwrap_or(0) + 2)
            .collect();
        if rows < names.len() && widths.iter().sum::<usize>().saturating_sub(2) > width {
            continue;
        }
        let mut text = String::new();
        for row in 0..rows {
            let mut line = String::new();
            for (column, cell) in widths.iter().enumerate() {
                if let Some(name) = names.get(column * rows + row) {
                    line.push_str(&format!("{name:<cell$}"));
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        return text;
    }
    String::new()
}

pub(super) fn tree(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let root = start
        .argv
        .iter()
        .skip(1)
        .find(|word| !word.starts_with('-'))
        .map_or(".", String::as_str);
    let path = resolve(&start.cwd, root);
    if !host.stat(&path).is_some_and(|stat| stat.directory) {
        io.print(format!("{root}  [error opening dir]\n\n0 directories, 0 files\n"));
        return 2;
    }
    let mut text = format!("{root}\n");
    let mut counts = (0_usize, 0_usize);
    branch(&path, "", host, &mut text, &mut counts);
    let plural =
        |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    text.push_str(&format!(
        "\n{}, {}\n",
        plural(counts.0, "directory", "directories"),
        plural(counts.1, "file", "files")
    ));
    io.print(text);
    0
}

fn branch(path: &str, indent: &str, host: &dyn System, text: &mut String, counts: &mut (usize, usize)) {
    let mut names = host.list(path).unwrap_or_default();
    names.retain(|name| !name.starts_with('.'));
    let last = names.len().saturating_sub(1);
    for (index, name) in names.iter().enumerate() {
        let below = resolve(path, name);
        let (mark, more) = if index == last {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        text.push_str(&format!("{indent}{mark}{name}\n"));
        if host.stat(&below).is_some_and(|stat| stat.directory) {
            counts.0 += 1;
            branch(&below, &format!("{indent}{more}"), host, text, counts);
        } else {
            counts.1 += 1;
        }
    }
}
