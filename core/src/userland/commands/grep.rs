//! `grep`, `egrep`, `fgrep`.

use std::collections::VecDeque;

use regex_lite::Regex;
use serde::{Deserialize, Serialize};

use super::filter::{Cx, Flow, Lines, Work};
use super::{Wrong, regex};
use crate::sh::FileError;
use crate::userland::options::{Long, Options};

const LONG: &[Long] = &[
    ("ignore-case", 'i', false),
    ("invert-match", 'v', false),
    ("count", 'c', false),
    ("line-number", 'n', false),
    ("extended-regexp", 'E', false),
    ("fixed-strings", 'F', false),
    ("basic-regexp", 'G', false),
    ("perl-regexp", 'P', false),
    ("word-regexp", 'w', false),
    ("line-regexp", 'x', false),
    ("only-matching", 'o', false),
    ("quiet", 'q', false),
    ("silent", 'q', false),
    ("recursive", 'r', false),
    ("no-filename", 'h', false),
    ("with-filename", 'H', false),
    ("files-with-matches", 'l', false),
    ("files-without-match", 'L', false),
    ("no-messages", 's', false),
    ("max-count", 'm', true),
    ("after-context", 'A', true),
    ("before-context", 'B', true),
    ("context", 'C', true),
    ("regexp", 'e', true),
    ("color", 'K', false),
    ("colour", 'K', false),
    ("line-buffered", 'K', false),
];

/// `grep`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Grep {
    /// One alternative of all patterns, ready for [`regex::compile`]'s crate.
    pattern: String,
    invert: bool,
    count: bool,
    numbers: bool,
    only: bool,
    quiet: bool,
    recursive: bool,
    /// Whether file names stand before lines.
    names: bool,
    list: Option<bool>,
    silent: bool,
    most: Option<usize>,
    after: usize,
    before: usize,
    file: String,
    lines: Lines,
    number: usize,
    found: usize,
    any: bool,
    /// Lines that a later match would show before it.
    kept: VecDeque<(usize, String)>,
    /// How many lines after the last match are still shown.
    left: usize,
    /// The last line shown: a gap after it is marked.
    shown: Option<usize>,
}

impl Grep {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let name = argv.first().map_or("grep", String::as_str);
        let expanded: Vec<String> = argv
            .iter()
            .flat_map(|word| match word.strip_prefix('-') {
                // `grep -3` is `grep -C 3`.
                Some(digits) if !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()) => {
                    vec!["-C".to_owned(), digits.to_owned()]
                }
                _ => vec![word.clone()],
            })
            .collect();
        let options = Options::parse(&expanded, "ivcnEFGPwxoqrRhHlLsm:A:B:C:e:a", LONG)
            .map_err(|message| (usage(&message, name), 2))?;
        let mut operands = options.operands.clone();
        let mut patterns = options.values('e');
        if patterns.is_empty() {
            if operands.is_empty() {
                return Err((usage("", name), 2));
            }
            patterns = operands.remove(0).split('\n').map(str::to_owned).collect();
        }
        let number = |letter: char| -> Result<Option<usize>, Wrong> {
            options
                .value(letter)
                .map(|text| {
                    text.parse()
                        .map_err(|_| (format!("{name}: {text}: invalid context length argument\n"), 2))
                })
                .transpose()
        };
        let context = number('C')?.unwrap_or(0);
        let recursive = options.has('r') || options.has('R');
        if recursive && operands.is_empty() {
            operands.push(".".to_owned());
        }
        let names = options.has('H') || (!options.has('h') && (recursive || operands.len() > 1));
        let list = if options.has('l') {
            Some(true)
        } else {
            options.has('L').then_some(false)
        };
        let grep = Self {
            pattern: pattern(&patterns, &options, name)?,
            invert: options.has('v'),
            count: options.has('c'),
            numbers: options.has('n'),
            only: options.has('o'),
            quiet: options.has('q'),
            recursive,
            names,
            list,
            silent: options.has('s'),
            most: number('m')?,
            after: number('A')?.unwrap_or(context),
            before: number('B')?.unwrap_or(context),
            file: String::new(),
            lines: Lines::default(),
            number: 0,
            found: 0,
            any: false,
            kept: VecDeque::new(),
            left: 0,
            shown: None,
        };
        Ok((grep, operands))
    }

    fn label(&self, number: usize, separator: char) -> String {
        let mut label = String::new();
        if self.names {
            let name = if self.file == "-" {
                "(standard input)"
            } else {
                &self.file
            };
            label.push_str(&format!("{name}{separator}"));
        }
        if self.numbers {
            label.push_str(&format!("{number}{separator}"));
        }
        label
    }

    fn show(&mut self, number: usize, line: &str, separator: char, cx: &mut Cx<'_, '_, '_>) {
        if (self.before > 0 || self.after > 0) && self.shown.is_some_and(|shown| number > shown + 1) {
            cx.io.print("--\n");
        }
        self.shown = Some(number);
        let label = self.label(number, separator);
        cx.io.print(format!("{label}{line}\n"));
    }

    fn line(&mut self, line: &str, regex: &Regex, cx: &mut Cx<'_, '_, '_>) -> Flow {
        self.number += 1;
        let number = self.number;
        if regex.is_match(line) == self.invert {
            if self.left > 0 {
                self.left -= 1;
                self.show(number, line, '-', cx);
            } else if self.before > 0 {
                self.kept.push_back((number, line.to_owned()));
                if self.kept.len() > self.before {
                    self.kept.pop_front();
                }
            }
            return Flow::More;
        }
        self.found += 1;
        self.any = true;
        if self.quiet {
            return Flow::Stop;
        }
        if self.list.is_none() && !self.count {
            if self.only {
                if !self.invert {
                    for found in regex.find_iter(line).filter(|found| !found.is_empty()) {
                        let label = self.label(number, ':');
                        cx.io.print(format!("{label}{}\n", found.as_str()));
                    }
                }
            } else {
                for (number, line) in std::mem::take(&mut self.kept) {
                    self.show(number, &line, '-', cx);
                }
                self.show(number, line, ':', cx);
                self.left = self.after;
            }
        }
        Flow::More
    }

    fn enough(&self) -> bool {
        self.most.is_some_and(|most| self.found >= most && self.left == 0)
    }

    fn lines(&mut self, lines: &[String], cx: &mut Cx<'_, '_, '_>) -> Flow {
        let Ok(regex) = Regex::new(&self.pattern) else {
            return Flow::Stop;
        };
        for line in lines {
            if self.enough() {
                break;
            }
            if self.line(line, &regex, cx) == Flow::Stop {
                return Flow::Stop;
            }
        }
        Flow::More
    }
}

fn usage(message: &str, name: &str) -> String {
    let first = message
        .lines()
        .next()
        .map(|line| format!("{line}\n"))
        .unwrap_or_default();
    format!(
        "{first}Usage: {name} [OPTION]... PATTERNS [FILE]...\nTry '{name} --help' for more information.\n"
    )
}

fn pattern(patterns: &[String], options: &Options, name: &str) -> Result<String, Wrong> {
    let extended = options.has('E') || options.has('P') || name == "egrep";
    let fixed = options.has('F') || name == "fgrep";
    let mut alternatives = Vec::new();
    for pattern in patterns {
        let source = if fixed {
            regex::quote(pattern)
        } else {
            let compiled = regex::compile(pattern, extended, false);
            compiled
                .map_err(|reason| (format!("{name}: {reason}\n"), 2))?
                .as_str()
                .to_owned()
        };
        alternatives.push(if options.has('x') {
            format!("^(?:{source})$")
        } else if options.has('w') {
            format!("\\b(?:{source})\\b")
        } else {
            format!("(?:{source})")
        });
    }
    let flags = if options.has('i') { "(?i)" } else { "" };
    Ok(format!("{flags}{}", alternatives.join("|")))
}

impl Work for Grep {
    fn begin(&mut self, file: &str, _cx: &mut Cx<'_, '_, '_>) {
        file.clone_into(&mut self.file);
        self.number = 0;
        self.found = 0;
        self.left = 0;
        self.kept.clear();
        self.shown = None;
    }

    fn data(&mut self, bytes: &[u8], cx: &mut Cx<'_, '_, '_>) -> Flow {
        let lines = self.lines.push(bytes);
        let flow = self.lines(&lines, cx);
        // Standard input may never end; enough is enough.
        if flow == Flow::More && self.enough() && self.file == "-" {
            self.end(cx);
            return Flow::Stop;
        }
        flow
    }

    fn end(&mut self, cx: &mut Cx<'_, '_, '_>) -> Flow {
        if let Some(line) = self.lines.rest() {
            let flow = self.lines(&[line], cx);
            if flow == Flow::Stop {
                return flow;
            }
        }
        if self.quiet {
            return Flow::More;
        }
        let name = if self.file == "-" {
            "(standard input)"
        } else {
            &self.file
        };
        match self.list {
            Some(with) if with == (self.found > 0) => cx.io.print(format!("{name}\n")),
            Some(_) => {}
            None if self.count => {
                let prefix = if self.names {
                    format!("{name}:")
                } else {
                    String::new()
                };
                cx.io.print(format!("{prefix}{}\n", self.found));
            }
            None => {}
        }
        Flow::More
    }

    fn finish(&mut self, _cx: &mut Cx<'_, '_, '_>) -> i32 {
        i32::from(!self.any)
    }

    fn recursive(&self) -> bool {
        self.recursive
    }

    fn failure(&self, name: &str, file: &str, error: FileError) -> (String, i32) {
        (
            if self.silent {
                String::new()
            } else {
                format!("{name}: {file}: {}\n", error.text())
            },
            2,
        )
    }
}
