//! `dd`, `fallocate`, `truncate`: files of a size. Zeros take no room in the lab, but count as they would on a disk.

use super::{Start, System};
use crate::sh::{FileError, Io, resolve};

/// `10M`, `1G`, `512`
fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;
    let scale = match text.get(digits.len()..)?.trim_end_matches("iB") {
        "" | "c" => 1,
        "k" | "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return None,
    };
    number.checked_mul(scale)
}

fn make(host: &mut dyn System, path: &str, bytes: u64) -> Result<(), FileError> {
    host.files_mut().create(path, true)?;
    host.set_size(path, bytes)
}

pub(super) fn dd(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let value = |name: &str| {
        let mut words = start.argv.iter().skip(1);
        words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    };
    let block = value("bs").map_or(Some(512), size);
    let count = value("count").map(size);
    let (Some(block), Some(output)) = (block, value("of")) else {
        io.error("dd: invalid number\n");
        return 1;
    };
    let input = value("if").unwrap_or_default();
    let endless = matches!(input, "/dev/zero" | "/dev/urandom" | "/dev/random");
    let blocks = match count {
        Some(Some(count)) => count,
        Some(None) => {
            io.error("dd: invalid number\n");
            return 1;
        }
        None if endless => {
            io.error(format!("dd: error writing '{output}': No space left on device\n"));
            return 1;
        }
        None => {
            let path = resolve(&start.cwd, input);
            match host.files().stat(&path) {
                Some(stat) => stat.size.div_ceil(block.max(1)),
                None => {
                    io.error(format!(
                        "dd: failed to open '{input}': No such file or directory\n"
                    ));
                    return 1;
                }
            }
        }
    };
    let bytes = blocks.saturating_mul(block);
    let path = resolve(&start.cwd, output);
    if let Err(error) = make(host, &path, bytes) {
        io.error(format!("dd: failed to open '{output}': {}\n", error.text()));
        return 1;
    }
    io.error(format!(
        "{blocks}+0 records in\n{blocks}+0 records out\n{bytes} bytes ({}) copied\n",
        human(bytes)
    ));
    0
}

fn human(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}

/// `fallocate -l 10M file`, `truncate -s 10M file`
pub(super) fn allocate(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let name = start.argv.first().map_or("", String::as_str);
    let mut bytes = None;
    let mut file = None;
    let mut words = start.argv.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-l" | "-s" | "--length" | "--size" => bytes = words.next().and_then(|text| size(text)),
            word => match word.strip_prefix("-l").or_else(|| word.strip_prefix("-s")) {
                Some(text) => bytes = size(text),
                None => file = Some(word.to_owned()),
            },
        }
    }
    let (Some(bytes), Some(file)) = (bytes, file) else {
        io.error(format!("{name}: no length argument specified\n"));
        return 1;
    };
    let path = resolve(&start.cwd, &file);
    match make(host, &path, bytes) {
        Ok(()) => 0,
        Err(error) => {
            io.error(format!("{name}: cannot open {file}: {}\n", error.text()));
            1
        }
    }
}
