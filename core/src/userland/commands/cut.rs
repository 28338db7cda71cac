//! `cut`: `-f`, `-d`, `-s`, `-c`, `-b`, `--output-delimiter`.

use serde::{Deserialize, Serialize};

use super::Wrong;
use super::filter::{Cx, Flow, Lines, Work};
use crate::userland::options::Options;

/// `cut`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cut {
    /// Whether fields are cut, not characters.
    fields: bool,
    delimiter: char,
    output: String,
    only_delimited: bool,
    complement: bool,
    /// First and last, 1-based; an open end is the largest number.
    ranges: Vec<(usize, usize)>,
    lines: Lines,
}

fn ranges(text: &str) -> Option<Vec<(usize, usize)>> {
    let range = |part: &str| -> Option<(usize, usize)> {
        let (first, last) = match part.split_once('-') {
            Some(("", "")) => return None,
            Some((first, last)) => (first, last),
            None => (part, part),
        };
        let first = if first.is_empty() { 1 } else { first.parse().ok()? };
        let last = if last.is_empty() {
            usize::MAX
        } else {
            last.parse().ok()?
        };
        (first > 0 && first <= last).then_some((first, last))
    };
    text.split([',', ' ']).map(range).collect()
}

impl Cut {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let long = [
            ("fields", 'f', true),
            ("delimiter", 'd', true),
            ("characters", 'c', true),
            ("bytes", 'b', true),
            ("only-delimited", 's', false),
            ("output-delimiter", 'o', true),
            ("complement", 'C', false),
        ];
        let options = Options::parse(argv, "f:d:c:b:s", &long).map_err(|message| (message, 1))?;
        let wrong = |text: &str| {
            (
                format!("cut: {text}\nTry 'cut --help' for more information.\n"),
                1,
            )
        };
        let (fields, list) = match (
            options.value('f'),
            options.value('c').or_else(|| options.value('b')),
        ) {
            (Some(list), None) => (true, list),
            (None, Some(list)) => (false, list),
            (Some(_), Some(_)) => return Err(wrong("only one type of list may be specified")),
            (None, None) => return Err(wrong("you must specify a list of bytes, characters, or fields")),
        };
        let mut delimiters = options.value('d').unwrap_or("\t").chars();
        let delimiter = delimiters.next().unwrap_or('\0');
        if delimiters.next().is_some() {
            return Err(wrong("the delimiter must be a single character"));
        }
        if !fields && options.has('d') {
            return Err(wrong(
                "an input delimiter may be specified only when operating on fields",
            ));
        }
        let ranges = ranges(list).ok_or_else(|| {
            if list.split(',').any(|part| part == "0" || part.starts_with("0-")) {
                wrong(if fields {
                    "fields are numbered from 1"
                } else {
                    "byte/character positions are numbered from 1"
                })
            } else {
                wrong(&format!(
                    "invalid {} value '{list}'",
                    if fields {
                        "field"
                    } else {
                        "byte/character position"
                    }
                ))
            }
        })?;
        let cut = Self {
            fields,
            delimiter,
            output: options.value('o').map_or_else(
                || {
                    if fields {
                        delimiter.to_string()
                    } else {
                        String::new()
                    }
                },
                str::to_owned,
            ),
            only_delimited: options.has('s'),
            complement: options.has('C'),
            ranges,
            lines: Lines::default(),
        };
        Ok((cut, options.operands))
    }

    fn wanted(&self, position: usize) -> bool {
        self.ranges
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&position))
            != self.complement
    }

    fn line(&self, line: &str) -> Option<String> {
        if !self.fields {
            let characters = (1..)
                .zip(line.chars())
                .filter(|(position, _)| self.wanted(*position));
            return Some(characters.map(|(_, c)| c).collect());
        }
        if !line.contains(self.delimiter) {
            return (!self.only_delimited).then(|| line.to_owned());
        }
        let fields = (1..)
            .zip(line.split(self.delimiter))
            .filter(|(position, _)| self.wanted(*position));
        Some(
            fields
                .map(|(_, field)| field)
                .collect::<Vec<_>>()
                .join(&self.output),
        )
    }
}

impl Work for Cut {
    fn data(&mut self, bytes: &[u8], cx: &mut Cx<'_, '_, '_>) -> Flow {
        let lines = self.lines.push(bytes);
        let text: String = lines
            .iter()
            .filter_map(|line| self.line(line))
            .map(|line| line + "\n")
            .collect();
        cx.io.print(text);
        Flow::More
    }

    fn end(&mut self, cx: &mut Cx<'_, '_, '_>) -> Flow {
        if let Some(line) = self.lines.rest().and_then(|line| self.line(&line)) {
            cx.io.print(line + "\n");
        }
        Flow::More
    }
}
