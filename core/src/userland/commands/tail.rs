//! `tail`, without `-f`.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::Wrong;
use super::filter::{Cx, Flow, Work};
use super::head::{cannot_open, old_style, title};
use crate::sh::FileError;
use crate::userland::options::{Long, Options};

pub(super) const LONG: &[Long] = &[
    ("lines", 'n', true),
    ("bytes", 'c', true),
    ("quiet", 'q', false),
    ("verbose", 'v', false),
    ("follow", 'f', false),
];
pub(super) const SHORT: &str = "n:c:qvfFs:";

/// What is wanted: the last so many, or all from one on (`-n +3`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Part {
    LastLines(usize),
    FromLine(usize),
    LastBytes(usize),
    FromByte(usize),
}

/// `tail`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tail {
    part: Part,
    titles: bool,
    files: usize,
    seen: usize,
    #[serde(with = "serde_bytes")]
    kept: Vec<u8>,
}

/// Reads `-n` and `-c`.
pub(super) fn part(options: &Options) -> Result<Part, Wrong> {
    let read = |what: &str, text: &str| -> Result<(bool, usize), Wrong> {
        let (from, digits) = text
            .strip_prefix('+')
            .map_or((false, text.trim_start_matches('-')), |digits| (true, digits));
        let count = digits
            .parse()
            .map_err(|_| (format!("tail: invalid number of {what}: ‘{text}’\n"), 1))?;
        Ok((from, count))
    };
    Ok(match (options.value('c'), options.value('n')) {
        (Some(text), _) => match read("bytes", text)? {
            (true, from) => Part::FromByte(from),
            (false, last) => Part::LastBytes(last),
        },
        (None, text) => match read("lines", text.unwrap_or("10"))? {
            (true, from) => Part::FromLine(from),
            (false, last) => Part::LastLines(last),
        },
    })
}

/// The last lines of a text.
pub(super) fn last_lines(bytes: &[u8], count: usize) -> &[u8] {
    if count == 0 {
        return &[];
    }
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let ends = body
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(index, _)| index);
    match ends.collect::<VecDeque<_>>().get(count - 1) {
        Some(end) => bytes.get(end + 1..).unwrap_or_default(),
        None => bytes,
    }
}

impl Tail {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let options = Options::parse(&old_style(argv), SHORT, LONG).map_err(|message| (message, 1))?;
        let titles = options.has('v') || (options.operands.len() > 1 && !options.has('q'));
        let tail = Self {
            part: part(&options)?,
            titles,
            files: 0,
            seen: 0,
            kept: Vec::new(),
        };
        Ok((tail, options.operands))
    }
}

impl Work for Tail {
    fn begin(&mut self, file: &str, cx: &mut Cx<'_, '_, '_>) {
        if self.titles {
            cx.io.print(title(file, self.files));
        }
        self.files += 1;
        self.seen = 0;
        self.kept.clear();
    }

    fn data(&mut self, bytes: &[u8], cx: &mut Cx<'_, '_, '_>) -> Flow {
        match self.part {
            Part::FromLine(from) => {
                for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                    if self.seen + 1 >= from {
                        cx.io.print(line);
                    }
                    self.seen += usize::from(line.last() == Some(&b'\n'));
                }
            }
            Part::FromByte(from) => {
                let skip = from.saturating_sub(1).saturating_sub(self.seen).min(bytes.len());
                cx.io.print(bytes.get(skip..).unwrap_or_default());
                self.seen += bytes.len();
            }
            Part::LastLines(count) => {
                self.kept.extend_from_slice(bytes);
                let rest = last_lines(&self.kept, count).to_vec();
                self.kept = rest;
            }
            Part::LastBytes(count) => {
                self.kept.extend_from_slice(bytes);
                let surplus = self.kept.len().saturating_sub(count);
                self.kept.drain(..surplus);
            }
        }
        Flow::More
    }

    fn end(&mut self, cx: &mut Cx<'_, '_, '_>) -> Flow {
        cx.io.print(std::mem::take(&mut self.kept));
        Flow::More
    }

    fn failure(&self, name: &str, file: &str, error: FileError) -> (String, i32) {
        cannot_open(name, file, error)
    }
}
