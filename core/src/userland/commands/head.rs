//! `head`

use serde::{Deserialize, Serialize};

use super::Wrong;
use super::filter::{Cx, Flow, Lines, Work};
use crate::sh::FileError;
use crate::userland::options::Options;

/// How much is wanted: `-n 3`, `-n -3` (all but the last 3), `-c 10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Amount {
    Lines(usize),
    AllButLines(usize),
    Bytes(usize),
}

/// `head`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    amount: Amount,
    /// Whether file names stand above their text.
    titles: bool,
    files: usize,
    several: bool,
    taken: usize,
    lines: Lines,
    kept: Vec<String>,
}

/// `head -5` is `head -n 5`.
pub(super) fn old_style(argv: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    for (index, word) in argv.iter().enumerate() {
        match word.strip_prefix('-') {
            Some(digits)
                if index == 1 && !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()) =>
            {
                words.extend(["-n".to_owned(), digits.to_owned()]);
            }
            _ => words.push(word.clone()),
        }
    }
    words
}

/// The title above a file's text, when there are several.
pub(super) fn title(file: &str, index: usize) -> String {
    let name = if file == "-" { "standard input" } else { file };
    format!("{}==> {name} <==\n", if index > 0 { "\n" } else { "" })
}

impl Head {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let long = [
            ("lines", 'n', true),
            ("bytes", 'c', true),
            ("quiet", 'q', false),
            ("verbose", 'v', false),
        ];
        let options = Options::parse(&old_style(argv), "n:c:qv", &long).map_err(|message| (message, 1))?;
        let wrong = |what: &str, text: &str| (format!("head: invalid number of {what}: ‘{text}’\n"), 1);
        let amount = match (options.value('c'), options.value('n')) {
            (Some(text), _) => Amount::Bytes(text.parse().map_err(|_| wrong("bytes", text))?),
            (None, Some(text)) => match text.strip_prefix('-') {
                Some(digits) => Amount::AllButLines(digits.parse().map_err(|_| wrong("lines", text))?),
                None => Amount::Lines(
                    text.trim_start_matches('+')
                        .parse()
                        .map_err(|_| wrong("lines", text))?,
                ),
            },
            (None, None) => Amount::Lines(10),
        };
        let several = options.operands.len() > 1;
        let titles = options.has('v') || (several && !options.has('q'));
        let head = Self {
            amount,
            titles,
            files: 0,
            several,
            taken: 0,
            lines: Lines::default(),
            kept: Vec::new(),
        };
        Ok((head, options.operands))
    }

    const fn satisfied(&self) -> bool {
        match self.amount {
            Amount::Lines(most) | Amount::Bytes(most) => self.taken >= most,
            Amount::AllButLines(_) => false,
        }
    }
}

impl Work for Head {
    fn begin(&mut self, file: &str, cx: &mut Cx<'_, '_, '_>) {
        if self.titles {
            cx.io.print(title(file, self.files));
        }
        self.files += 1;
        self.taken = 0;
    }

    fn data(&mut self, bytes: &[u8], cx: &mut Cx<'_, '_, '_>) -> Flow {
        match self.amount {
            Amount::Bytes(most) => {
                let wanted = bytes
                    .get(..(most - self.taken.min(most)).min(bytes.len()))
                    .unwrap_or_default();
                self.taken += wanted.len();
                cx.io.print(wanted);
            }
            Amount::Lines(most) => {
                for part in bytes.split_inclusive(|byte| *byte == b'\n') {
                    if self.taken >= most {
                        break;
                    }
                    cx.io.print(part);
                    self.taken += usize::from(part.last() == Some(&b'\n'));
                }
            }
            Amount::AllButLines(last) => {
                self.kept.extend(self.lines.push(bytes));
                let ready = self.kept.len().saturating_sub(last);
                let text: String = self.kept.drain(..ready).map(|line| line + "\n").collect();
                cx.io.print(text);
            }
        }
        if self.satisfied() && !self.several {
            Flow::Stop
        } else {
            Flow::More
        }
    }

    fn end(&mut self, _cx: &mut Cx<'_, '_, '_>) -> Flow {
        self.kept.clear();
        self.lines = Lines::default();
        Flow::More
    }

    fn failure(&self, name: &str, file: &str, error: FileError) -> (String, i32) {
        cannot_open(name, file, error)
    }
}

/// How `head` and `tail` say that a file cannot be read.
pub(super) fn cannot_open(name: &str, file: &str, error: FileError) -> (String, i32) {
    let text = match error {
        FileError::IsDirectory => format!("{name}: error reading '{file}': Is a directory\n"),
        other => format!("{name}: cannot open '{file}' for reading: {}\n", other.text()),
    };
    (text, 1)
}
