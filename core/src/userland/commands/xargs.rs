//! `xargs`: `-n`, `-I`, `-r`, `-t`, `-d`, `-0`.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Start, System, Wrong};
use crate::sh::{ChildCommand, Io, Poll, Read, Until};
use crate::userland::options::Options;

/// How many arguments one command gets at most.
const ARGUMENTS_MAX: usize = 500;

/// `xargs`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::userland) struct Xargs {
    start: Start,
    command: Vec<String>,
    most: usize,
    /// `-I`
    replace: Option<String>,
    delimiter: Option<char>,
    skip_empty: bool,
    trace: bool,
    #[serde(with = "serde_bytes")]
    input: Vec<u8>,
    /// Arguments still to be used, once the input has ended.
    arguments: Option<VecDeque<String>>,
    started: bool,
    child: Option<u32>,
    status: i32,
}

impl Xargs {
    pub(in crate::userland) fn start(start: Start) -> Result<Self, Wrong> {
        let mut own = 1;
        while let Some(word) = start.argv.get(own).filter(|word| word.starts_with('-')) {
            own += if matches!(word.as_str(), "-n" | "-I" | "-d" | "-P" | "-L" | "-s") {
                2
            } else {
                1
            };
        }
        let words = start.argv.get(..own.min(start.argv.len())).unwrap_or_default();
        let long = [
            ("max-args", 'n', true),
            ("replace", 'I', true),
            ("no-run-if-empty", 'r', false),
            ("null", '0', false),
        ];
        let options = Options::parse(words, "n:I:rt0d:P:L:s:", &long).map_err(|message| (message, 1))?;
        let mut command = start.argv.get(own..).unwrap_or_default().to_vec();
        if command.is_empty() {
            command.push("echo".to_owned());
        }
        let replace = options.value('I').map(str::to_owned);
        let most = match options.value('n') {
            Some(text) => match text.parse() {
                Ok(most) if most > 0 => most,
                _ => return Err((format!("xargs: invalid number \"{text}\" for -n option\n"), 1)),
            },
            None => ARGUMENTS_MAX,
        };
        let delimiter = if options.has('0') {
            Some('\0')
        } else {
            options.value('d').and_then(|text| {
                crate::sh::unescape(text, crate::sh::EscapeStyle::AnsiC)
                    .0
                    .chars()
                    .next()
            })
        };
        Ok(Self {
            command,
            most: if replace.is_some() || options.has('L') {
                1
            } else {
                most.min(ARGUMENTS_MAX)
            },
            delimiter: if replace.is_some() && delimiter.is_none() {
                Some('\n')
            } else {
                delimiter
            },
            replace,
            skip_empty: options.has('r'),
            trace: options.has('t'),
            start,
            input: Vec::new(),
            arguments: None,
            started: false,
            child: None,
            status: 0,
        })
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>, host: &dyn System) -> Poll {
        let Some(arguments) = &mut self.arguments else {
            return match io.read(host, 65_536) {
                Read::Data(bytes) => {
                    self.input.extend(bytes);
                    Poll::Yield
                }
                Read::Pending => Poll::Blocked(Until::input()),
                Read::End | Read::Failed(_) => {
                    let text = String::from_utf8_lossy(&self.input).into_owned();
                    self.arguments = Some(split(&text, self.delimiter, self.replace.is_some()));
                    Poll::Yield
                }
            };
        };
        if let Some(child) = self.child {
            let Some(status) = io.child_status(child) else {
                return Poll::Blocked(Until::child());
            };
            io.forget(child);
            self.child = None;
            match status {
                0 => {}
                126 | 127 => return Poll::Exited(status),
                255 => return Poll::Exited(124),
                _ => self.status = 123,
            }
        }
        let nothing = arguments.is_empty();
        if nothing && (self.started || self.skip_empty || self.replace.is_some()) {
            return Poll::Exited(self.status);
        }
        let count = self.most.min(arguments.len());
        let batch: Vec<String> = arguments.drain(..count).collect();
        self.started = true;
        let argv = match &self.replace {
            Some(mark) => {
                let argument = batch.first().cloned().unwrap_or_default();
                self.command
                    .iter()
                    .map(|word| word.replace(mark, &argument))
                    .collect()
            }
            None => self.command.iter().cloned().chain(batch).collect::<Vec<String>>(),
        };
        if self.trace {
            io.error(argv.join(" ") + "\n");
        }
        // `echo` is the shell's own.
        if argv.first().is_some_and(|name| name == "echo") {
            io.print(argv.get(1..).unwrap_or_default().join(" ") + "\n");
            return Poll::Yield;
        }
        let env = self.start.env.clone();
        self.child = Some(io.start(ChildCommand::Argv(argv), env, &self.start.cwd, (false, false)));
        Poll::Yield
    }
}

/// Words with quotes and backslashes as `xargs` reads them, or the parts between delimiters.
fn split(text: &str, delimiter: Option<char>, lines: bool) -> VecDeque<String> {
    if let Some(delimiter) = delimiter {
        let body = text.strip_suffix(delimiter).unwrap_or(text);
        let parts = body
            .split(delimiter)
            .map(|part| if lines { part.trim_start() } else { part });
        return parts
            .filter(|part| !(lines && part.is_empty()))
            .filter(|_| !body.is_empty())
            .map(str::to_owned)
            .collect();
    }
    let mut words = VecDeque::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                let quoted: String = chars.by_ref().take_while(|inner| *inner != c).collect();
                word.get_or_insert_default().push_str(&quoted);
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
