//! `diff`: normal and unified (`-u`), `-q`, by the `similar` crate.

use similar::{DiffOp, TextDiff};

use super::{Start, System};
use crate::sh::{Io, Read, resolve};
use crate::userland::options::Options;

pub(super) fn diff(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let long = [
        ("unified", 'u', false),
        ("brief", 'q', false),
        ("color", 'K', false),
        ("recursive", 'r', false),
        ("new-file", 'N', false),
    ];
    let options = match Options::parse(&start.argv, "uqU:rNwbB", &long) {
        Ok(options) => options,
        Err(message) => {
            io.error(message.replace("Try 'diff --help'", "diff: Try 'diff --help'"));
            return 2;
        }
    };
    let [left, right] = options.operands.as_slice() else {
        let what = match options.operands.last() {
            Some(last) if options.operands.len() == 1 => format!("missing operand after '{last}'"),
            Some(last) => format!("extra operand '{last}'"),
            None => "missing operand after 'diff'".to_owned(),
        };
        io.error(format!(
            "diff: {what}\ndiff: Try 'diff --help' for more information.\n"
        ));
        return 2;
    };
    let mut texts = Vec::new();
    for file in [left, right] {
        match read(file, start, io, host) {
            Ok(text) => texts.push(text),
            Err(reason) => {
                io.error(format!("diff: {file}: {reason}\n"));
                return 2;
            }
        }
    }
    let [before, after] = texts.as_slice() else {
        return 2;
    };
    if before == after {
        return 0;
    }
    if options.has('q') {
        io.print(format!("Files {left} and {right} differ\n"));
        return 1;
    }
    let difference = TextDiff::from_lines(before.as_str(), after.as_str());
    if options.has('u') || options.has('U') {
        let context = options.value('U').and_then(|text| text.parse().ok()).unwrap_or(3);
        let stamp = |file: &str| {
            let modified = host
                .stat(&resolve(&start.cwd, file))
                .map_or(io.now.0, |stat| stat.modified_micros);
            let moment = crate::sim::Time(modified).timestamp_micros();
            crate::sim::calendar::utc("%Y-%m-%d %H:%M:%S.%N +0000", moment)
        };
        let header = (
            format!("{left}\t{}", stamp(left)),
            format!("{right}\t{}", stamp(right)),
        );
        let text = difference
            .unified_diff()
            .context_radius(context)
            .header(&header.0, &header.1)
            .to_string();
        io.print(text);
    } else {
        io.print(normal(&difference));
    }
    1
}

fn read(file: &str, start: &Start, io: &mut Io<'_>, host: &dyn System) -> Result<String, &'static str> {
    let mut bytes = Vec::new();
    if file == "-" {
        while let Read::Data(data) = io.read(host, 65_536) {
            bytes.extend(data);
        }
    } else {
        bytes = host
            .read(&resolve(&start.cwd, file), 0, usize::MAX)
            .map_err(crate::sh::FileError::text)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Lines as `diff` names them: `3` or `3,5`.
fn range(start: usize, length: usize) -> String {
    match length {
        0 => start.to_string(),
        1 => (start + 1).to_string(),
        _ => format!("{},{}", start + 1, start + length),
    }
}

fn normal(difference: &TextDiff<'_, '_, '_, str>) -> String {
    let mut text = String::new();
    for op in difference.ops() {
        let (old, new) = (op.old_range(), op.new_range());
        let letter = match op {
            DiffOp::Equal { .. } => continue,
            DiffOp::Delete { .. } => 'd',
            DiffOp::Insert { .. } => 'a',
            DiffOp::Replace { .. } => 'c',
        };
        text.push_str(&format!(
            "{}{letter}{}\n",
            range(old.start, old.len()),
            range(new.start, new.len())
        ));
        let lines = |slices: &[&str], range: std::ops::Range<usize>, mark: char| {
            let mut text = String::new();
            for line in slices.get(range).unwrap_or_default() {
                text.push_str(&format!("{mark} {line}"));
                if !line.ends_with('\n') {
                    text.push_str("\n\\ No newline at end of file\n");
                }
            }
            text
        };
        text.push_str(&lines(difference.old_slices(), old.clone(), '<'));
        if letter == 'c' {
            text.push_str("---\n");
        }
        text.push_str(&lines(difference.new_slices(), new.clone(), '>'));
    }
    text
}
