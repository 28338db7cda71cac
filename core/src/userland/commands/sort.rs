//! `sort`: `-n -r -u -k -t -f -b -h -V`, in the C locale.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::Wrong;
use super::filter::{Cx, Flow, Lines, Work};
use crate::sh::FileError;
use crate::userland::options::Options;

/// How a key is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Order {
    numeric: bool,
    human: bool,
    version: bool,
    fold: bool,
    blanks: bool,
    reverse: bool,
}

/// `-k 2,3n`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    first: usize,
    first_char: usize,
    last: Option<usize>,
    order: Option<Order>,
}

/// `sort`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sort {
    order: Order,
    keys: Vec<Key>,
    separator: Option<char>,
    unique: bool,
    stable: bool,
    check: bool,
    output: Option<String>,
    lines: Vec<String>,
    reader: Lines,
}

fn order(letters: &str) -> Option<Order> {
    if letters.is_empty() {
        return None;
    }
    Some(Order {
        numeric: letters.contains('n') || letters.contains('g'),
        human: letters.contains('h'),
        version: letters.contains('V'),
        fold: letters.contains('f'),
        blanks: letters.contains('b'),
        reverse: letters.contains('r'),
    })
}

fn key(text: &str) -> Option<Key> {
    let (first, last) = text
        .split_once(',')
        .map_or((text, None), |(first, last)| (first, Some(last)));
    let split = |part: &str| -> (String, String) {
        let digits: String = part
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        let letters = part.strip_prefix(digits.as_str()).unwrap_or_default().to_owned();
        (digits, letters)
    };
    let (position, mut letters) = split(first);
    let (field, character) = position.split_once('.').unwrap_or((&position, "1"));
    let last = match last {
        Some(last) => {
            let (position, more) = split(last);
            letters.push_str(&more);
            Some(position.split('.').next()?.parse().ok()?)
        }
        None => None,
    };
    let first: usize = field.parse().ok().filter(|field| *field > 0)?;
    Some(Key {
        first,
        first_char: character.parse().ok()?,
        last,
        order: order(&letters),
    })
}

impl Sort {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let long = [
            ("numeric-sort", 'n', false),
            ("reverse", 'r', false),
            ("unique", 'u', false),
            ("key", 'k', true),
            ("field-separator", 't', true),
            ("ignore-case", 'f', false),
            ("human-numeric-sort", 'h', false),
            ("version-sort", 'V', false),
            ("stable", 's', false),
            ("output", 'o', true),
        ];
        let options = Options::parse(argv, "nruk:t:fbhVgsco:", &long).map_err(|message| (message, 2))?;
        let letters: String = "nghVfbr".chars().filter(|letter| options.has(*letter)).collect();
        let mut keys = Vec::new();
        for text in options.values('k') {
            let key = key(&text);
            keys.push(key.ok_or_else(|| {
                (
                    format!("sort: invalid number at field start: invalid count at start of '{text}'\n"),
                    2,
                )
            })?);
        }
        let sort = Self {
            order: order(&letters).unwrap_or_default(),
            keys,
            separator: options.value('t').and_then(|text| {
                if text == "\\t" {
                    Some('\t')
                } else {
                    text.chars().next()
                }
            }),
            unique: options.has('u'),
            stable: options.has('s'),
            check: options.has('c'),
            output: options.value('o').map(str::to_owned),
            lines: Vec::new(),
            reader: Lines::default(),
        };
        Ok((sort, options.operands))
    }

    /// The part of a line that a key names.
    fn part<'a>(&self, line: &'a str, key: &Key) -> &'a str {
        let starts = field_starts(line, self.separator);
        let begin = starts.get(key.first - 1).copied().unwrap_or(line.len());
        let end = match key.last {
            Some(last) => match starts.get(last) {
                Some(next) if self.separator.is_some() => next.saturating_sub(1),
                Some(next) => *next,
                None => line.len(),
            },
            None => line.len(),
        };
        let part = line.get(begin..end.max(begin)).unwrap_or_default();
        let skip: usize = part
            .chars()
            .take(key.first_char.saturating_sub(1))
            .map(char::len_utf8)
            .sum();
        part.get(skip..).unwrap_or_default()
    }

    fn compare(&self, left: &str, right: &str) -> Ordering {
        if self.keys.is_empty() {
            return self.order.compare(left, right);
        }
        for key in &self.keys {
            let order = key.order.unwrap_or(self.order);
            let ordering = order.compare(self.part(left, key), self.part(right, key));
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        Ordering::Equal
    }

    /// Equal keys are put in the order of the whole lines.
    fn last_resort(&self, left: &str, right: &str) -> Ordering {
        let ordering = self.compare(left, right);
        if ordering != Ordering::Equal || self.stable || self.unique {
            return ordering;
        }
        let whole = left.cmp(right);
        if self.order.reverse {
            whole.reverse()
        } else {
            whole
        }
    }
}

/// Where fields begin: after each separator, or at each run of blanks.
fn field_starts(line: &str, separator: Option<char>) -> Vec<usize> {
    let mut starts = vec![0];
    let mut previous_blank = true;
    for (index, c) in line.char_indices() {
        match separator {
            Some(separator) if c == separator => starts.push(index + c.len_utf8()),
            Some(_) => {}
            None => {
                let blank = c == ' ' || c == '\t';
                if blank && !previous_blank {
                    starts.push(index);
                }
                previous_blank = blank;
            }
        }
    }
    starts
}

impl Order {
    fn compare(self, left: &str, right: &str) -> Ordering {
        let trim = |text: &str| text.trim_start_matches([' ', '\t']).to_owned();
        let ordering = if self.numeric || self.human {
            number(left, self.human).total_cmp(&number(right, self.human))
        } else if self.version {
            versions(left, right)
        } else {
            let (left, right) = if self.blanks {
                (trim(left), trim(right))
            } else {
                (left.to_owned(), right.to_owned())
            };
            if self.fold {
                left.to_uppercase().cmp(&right.to_uppercase())
            } else {
                left.cmp(&right)
            }
        };
        if self.reverse {
            ordering.reverse()
        } else {
            ordering
        }
    }
}

/// The number a text starts with; 0 without one. With `human`, `K`, `M`, `G` and so on count.
fn number(text: &str, human: bool) -> f64 {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(index, c)| !(c.is_ascii_digit() || *c == '.' || (*index == 0 && *c == '-')))
        .map_or(text.len(), |(index, _)| index);
    let (digits, rest) = text.split_at(end);
    let value: f64 = digits.parse().unwrap_or(0.0);
    if !human {
        return value;
    }
    let suffixes = ['K', 'M', 'G', 'T', 'P', 'E'];
    let power = rest.chars().next().and_then(|c| {
        suffixes
            .iter()
            .position(|suffix| *suffix == c.to_ascii_uppercase())
    });
    power.map_or(value, |power| (0..=power).fold(value, |value, _| value * 1_024.0))
}

/// Runs of digits are compared as numbers.
fn versions(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.chars().peekable(), right.chars().peekable());
    loop {
        match (left.peek().copied(), right.peek().copied()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) if a.is_ascii_digit() && b.is_ascii_digit() => {
                let mut digits = [String::new(), String::new()];
                let [first, second] = &mut digits;
                while let Some(c) = left.next_if(char::is_ascii_digit) {
                    first.push(c);
                }
                while let Some(c) = right.next_if(char::is_ascii_digit) {
                    second.push(c);
                }
                let (first, second) = (first.trim_start_matches('0'), second.trim_start_matches('0'));
                let ordering = first.len().cmp(&second.len()).then_with(|| first.cmp(second));
                if ordering != Ordering::Equal {
                    return ordering;
                }
            }
            (Some(a), Some(b)) if a == b => {
                left.next();
                right.next();
            }
            (Some(a), Some(b)) => return a.cmp(&b),
        }
    }
}

impl Work for Sort {
    fn data(&mut self, bytes: &[u8], _cx: &mut Cx<'_, '_, '_>) -> Flow {
        let lines = self.reader.push(bytes);
        self.lines.extend(lines);
        Flow::More
    }

    fn end(&mut self, _cx: &mut Cx<'_, '_, '_>) -> Flow {
        self.lines.extend(self.reader.rest());
        Flow::More
    }

    fn finish(&mut self, cx: &mut Cx<'_, '_, '_>) -> i32 {
        let mut lines = std::mem::take(&mut self.lines);
        if self.check {
            let disorder = lines
                .windows(2)
                .position(|pair| matches!(pair, [a, b] if self.compare(a, b) == Ordering::Greater));
            if let Some(line) = disorder.and_then(|index| lines.get(index + 1)) {
                cx.io.error(format!(
                    "sort: -:{}: disorder: {line}\n",
                    disorder.unwrap_or(0) + 2
                ));
                return 1;
            }
            return 0;
        }
        crate::sort::sort_by(&mut lines, |left, right| self.last_resort(left, right));
        if self.unique {
            lines.dedup_by(|right, left| self.compare(left, right) == Ordering::Equal);
        }
        let text: String = lines.into_iter().map(|line| line + "\n").collect();
        match &self.output {
            None => cx.io.print(text),
            Some(file) => {
                let path = crate::sh::resolve(cx.cwd, file);
                let written = cx
                    .host
                    .create(&path, true)
                    .and_then(|()| cx.host.write(&path, None, text.as_bytes()));
                if let Err(error) = written {
                    cx.io
                        .error(format!("sort: open failed: {file}: {}\n", error.text()));
                    return 2;
                }
            }
        }
        0
    }

    fn failure(&self, name: &str, file: &str, error: FileError) -> (String, i32) {
        let verb = if error == FileError::IsDirectory {
            "read failed"
        } else {
            "cannot read"
        };
        (format!("{name}: {verb}: {file}: {}\n", error.text()), 2)
    }
}
