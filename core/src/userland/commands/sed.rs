//! `sed`: `s///`, `y///`, `p`, `d`, `q`, `=`, `a`, `i`, `c`; addresses by number, `$`, pattern and range; `-n -e -E -i`.

use regex_lite::Regex;
use serde::{Deserialize, Serialize};

use super::filter::{Cx, Flow, Lines, Work};
use super::{Wrong, regex};
use crate::sh::{FileError, resolve};
use crate::userland::options::Options;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Address {
    Line(usize),
    Last,
    Pattern(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Action {
    Substitute {
        pattern: String,
        with: Vec<Part>,
        global: bool,
        nth: usize,
        print: bool,
    },
    Translate(Vec<(char, char)>),
    Print,
    Delete,
    Quit,
    Number,
    Append(String),
    Insert(String),
    Change(String),
}

/// A piece of a replacement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Part {
    Text(String),
    Group(usize),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Command {
    from: Option<Address>,
    to: Option<Address>,
    negated: bool,
    action: Action,
    /// Whether its range has begun.
    inside: bool,
}

/// `sed`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sed {
    commands: Vec<Command>,
    quiet: bool,
    in_place: bool,
    file: String,
    lines: Lines,
    /// The line read last: whether it is the last of all is known when the next comes.
    held: Option<String>,
    number: usize,
    output: String,
    quit: bool,
}

struct Script<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    extended: bool,
    position: usize,
}

impl Script<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.chars.next();
        self.position += usize::from(next.is_some());
        next
    }

    fn blanks(&mut self) {
        while self.chars.next_if(|c| c.is_whitespace() || *c == ';').is_some() {
            self.position += 1;
        }
    }

    fn wrong(&self, what: &str) -> Wrong {
        (
            format!("sed: -e expression #1, char {}: {what}\n", self.position),
            1,
        )
    }

    /// The text up to the next unescaped delimiter.
    fn until(&mut self, delimiter: char) -> Option<String> {
        let mut text = String::new();
        loop {
            match self.next()? {
                '\\' => match self.next()? {
                    c if c == delimiter && delimiter != '\\' => text.push(c),
                    'n' => text.push_str("\\n"),
                    c => {
                        text.push('\\');
                        text.push(c);
                    }
                },
                c if c == delimiter => return Some(text),
                c => text.push(c),
            }
        }
    }

    fn address(&mut self) -> Result<Option<Address>, Wrong> {
        match self.chars.peek() {
            Some('$') => {
                self.next();
                Ok(Some(Address::Last))
            }
            Some('/') => {
                self.next();
                let text = self
                    .until('/')
                    .ok_or_else(|| self.wrong("unterminated address regex"))?;
                Ok(Some(Address::Pattern(self.pattern(&text, false)?)))
            }
            Some(c) if c.is_ascii_digit() => {
                let mut digits = String::new();
                while let Some(digit) = self.chars.next_if(char::is_ascii_digit) {
                    self.position += 1;
                    digits.push(digit);
                }
                Ok(Some(Address::Line(digits.parse().unwrap_or(usize::MAX))))
            }
            _ => Ok(None),
        }
    }

    fn pattern(&self, text: &str, ignore_case: bool) -> Result<String, Wrong> {
        let compiled = regex::compile(&text.replace("\\n", "\n"), self.extended, ignore_case);
        compiled
            .map(|regex| regex.as_str().to_owned())
            .map_err(|reason| self.wrong(&reason))
    }

    fn rest_of_line(&mut self) -> String {
        // `a text`, `a\text` and `a\` newline `text` are the same.
        while self.chars.next_if(|c| *c == ' ' || *c == '\t').is_some() {}
        if self.chars.next_if_eq(&'\\').is_some() {
            let _newline = self.chars.next_if_eq(&'\n');
        }
        let mut text = String::new();
        while let Some(c) = self.chars.next_if(|c| *c != '\n') {
            text.push(c);
        }
        text
    }

    fn command(&mut self) -> Result<Option<Command>, Wrong> {
        self.blanks();
        if self.chars.peek().is_none_or(|c| *c == '}') {
            return Ok(None);
        }
        let from = self.address()?;
        let mut to = None;
        if from.is_some() && self.chars.next_if_eq(&',').is_some() {
            self.position += 1;
            to = Some(self.address()?.ok_or_else(|| self.wrong("unexpected `,'"))?);
        }
        self.blanks();
        let negated = self.chars.next_if_eq(&'!').is_some();
        self.blanks();
        let letter = self.next().ok_or_else(|| self.wrong("missing command"))?;
        let action = match letter {
            's' => self.substitute()?,
            'y' => self.translate()?,
            'p' => Action::Print,
            'd' => Action::Delete,
            'q' => Action::Quit,
            '=' => Action::Number,
            'a' => Action::Append(self.rest_of_line()),
            'i' => Action::Insert(self.rest_of_line()),
            'c' => Action::Change(self.rest_of_line()),
            other => return Err(self.wrong(&format!("unknown command: `{other}'"))),
        };
        while self.chars.next_if(|c| *c == ' ').is_some() {
            self.position += 1;
        }
        if self
            .chars
            .peek()
            .is_some_and(|c| !matches!(c, ';' | '\n' | '}' | '#'))
        {
            return Err(self.wrong("extra characters after command"));
        }
        Ok(Some(Command {
            from,
            to,
            negated,
            action,
            inside: false,
        }))
    }

    fn substitute(&mut self) -> Result<Action, Wrong> {
        let delimiter = self
            .next()
            .ok_or_else(|| self.wrong("unterminated `s' command"))?;
        let unterminated = "unterminated `s' command";
        let pattern = self.until(delimiter).ok_or_else(|| self.wrong(unterminated))?;
        let with = self.until(delimiter).ok_or_else(|| self.wrong(unterminated))?;
        let (mut global, mut print, mut ignore_case, mut nth) = (false, false, false, 0);
        while let Some(flag) = self.chars.next_if(char::is_ascii_alphanumeric) {
            self.position += 1;
            match flag {
                'g' => global = true,
                'p' => print = true,
                'i' | 'I' => ignore_case = true,
                digit if digit.is_ascii_digit() => {
                    nth = nth * 10 + usize::try_from(digit.to_digit(10).unwrap_or(0)).unwrap_or(0);
                }
                _ => return Err(self.wrong("unknown option to `s'")),
            }
        }
        let pattern = self.pattern(&pattern, ignore_case)?;
        Ok(Action::Substitute {
            pattern,
            with: replacement(&with),
            global,
            nth: nth.max(1),
            print,
        })
    }

    fn translate(&mut self) -> Result<Action, Wrong> {
        let unterminated = "unterminated `y' command";
        let delimiter = self.next().ok_or_else(|| self.wrong(unterminated))?;
        let from = self.until(delimiter).ok_or_else(|| self.wrong(unterminated))?;
        let to = self.until(delimiter).ok_or_else(|| self.wrong(unterminated))?;
        if from.chars().count() != to.chars().count() {
            return Err(self.wrong("strings for `y' command are different lengths"));
        }
        Ok(Action::Translate(from.chars().zip(to.chars()).collect()))
    }
}

fn replacement(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let group = match c {
            '&' => 0,
            '\\' => match chars.next() {
                Some(digit) if digit.is_ascii_digit() => {
                    usize::try_from(digit.to_digit(10).unwrap_or(0)).unwrap_or(0)
                }
                Some('n') => {
                    literal.push('\n');
                    continue;
                }
                Some('t') => {
                    literal.push('\t');
                    continue;
                }
                other => {
                    literal.extend(other);
                    continue;
                }
            },
            c => {
                literal.push(c);
                continue;
            }
        };
        parts.push(Part::Text(std::mem::take(&mut literal)));
        parts.push(Part::Group(group));
    }
    parts.push(Part::Text(literal));
    parts
}

impl Sed {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let long = [
            ("quiet", 'n', false),
            ("silent", 'n', false),
            ("expression", 'e', true),
            ("regexp-extended", 'E', false),
            ("in-place", 'i', false),
        ];
        let options = Options::parse(argv, "ne:Eris", &long).map_err(|message| (message, 1))?;
        let mut operands = options.operands.clone();
        let mut scripts = options.values('e');
        if scripts.is_empty() {
            if operands.is_empty() {
                let usage = "Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n";
                return Err((usage.to_owned(), 1));
            }
            scripts.push(operands.remove(0));
        }
        let text = scripts.join("\n");
        let extended = options.has('E') || options.has('r');
        let mut script = Script {
            chars: text.chars().peekable(),
            extended,
            position: 0,
        };
        let mut commands = Vec::new();
        while let Some(command) = script.command()? {
            commands.push(command);
        }
        if script.chars.peek().is_some() {
            return Err(script.wrong("unexpected `}'"));
        }
        let sed = Self {
            commands,
            quiet: options.has('n'),
            in_place: options.has('i'),
            file: String::new(),
            lines: Lines::default(),
            held: None,
            number: 0,
            output: String::new(),
            quit: false,
        };
        Ok((sed, operands))
    }

    /// Runs the script on one line.
    fn line(&mut self, line: String, last: bool) {
        self.number += 1;
        let mut line = line;
        let mut after = String::new();
        let (number, mut deleted) = (self.number, false);
        let mut commands = std::mem::take(&mut self.commands);
        for command in &mut commands {
            if !command.selects(&line, number, last) {
                continue;
            }
            match &command.action {
                Action::Substitute {
                    pattern,
                    with,
                    global,
                    nth,
                    print,
                } => {
                    if let Some(new) = substitute(&line, pattern, with, *global, *nth) {
                        line = new;
                        if *print {
                            self.output.push_str(&format!("{line}\n"));
                        }
                    }
                }
                Action::Translate(pairs) => {
                    let change = |c: char| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
                    line = line.chars().map(change).collect();
                }
                Action::Print => self.output.push_str(&format!("{line}\n")),
                Action::Delete => deleted = true,
                Action::Quit => self.quit = true,
                Action::Number => self.output.push_str(&format!("{number}\n")),
                Action::Append(text) => after.push_str(&format!("{text}\n")),
                Action::Insert(text) => self.output.push_str(&format!("{text}\n")),
                Action::Change(text) => {
                    if command.to.is_none() || !command.inside {
                        self.output.push_str(&format!("{text}\n"));
                    }
                    deleted = true;
                }
            }
            if deleted || self.quit {
                break;
            }
        }
        self.commands = commands;
        if !deleted && !self.quiet {
            self.output.push_str(&format!("{line}\n"));
        }
        self.output.push_str(&after);
    }

    fn flush(&mut self, cx: &mut Cx<'_, '_, '_>) {
        if !self.in_place {
            cx.io.print(std::mem::take(&mut self.output));
        }
    }
}

impl Command {
    fn selects(&mut self, line: &str, number: usize, last: bool) -> bool {
        let matches = |address: &Address| match address {
            Address::Line(wanted) => *wanted == number,
            Address::Last => last,
            Address::Pattern(pattern) => Regex::new(pattern).is_ok_and(|regex| regex.is_match(line)),
        };
        let selected = match (&self.from, &self.to) {
            (None, _) => true,
            (Some(from), None) => matches(from),
            (Some(from), Some(to)) => {
                if self.inside {
                    let past = matches!(to, Address::Line(end) if *end <= number);
                    self.inside = !(past || matches(to));
                    !matches!(to, Address::Line(end) if *end < number)
                } else {
                    let begins = matches(from);
                    let one_line = matches!(to, Address::Line(end) if *end <= number);
                    self.inside = begins && !one_line && !last;
                    begins
                }
            }
        };
        selected != self.negated
    }
}

fn substitute(line: &str, pattern: &str, with: &[Part], global: bool, nth: usize) -> Option<String> {
    let regex = Regex::new(pattern).ok()?;
    let mut result = String::new();
    let (mut end, mut changed) = (0, false);
    for (index, captures) in regex.captures_iter(line).enumerate() {
        let Some(whole) = captures.get(0) else { continue };
        if index + 1 < nth || (index + 1 > nth && !global) {
            continue;
        }
        changed = true;
        result.push_str(line.get(end..whole.start()).unwrap_or_default());
        for part in with {
            match part {
                Part::Text(text) => result.push_str(text),
                Part::Group(group) => {
                    result.push_str(captures.get(*group).map_or("", |group| group.as_str()));
                }
            }
        }
        end = whole.end();
    }
    result.push_str(line.get(end..).unwrap_or_default());
    changed.then_some(result)
}

impl Work for Sed {
    fn begin(&mut self, file: &str, _cx: &mut Cx<'_, '_, '_>) {
        file.clone_into(&mut self.file);
        if self.in_place {
            self.number = 0;
        }
    }

    fn data(&mut self, bytes: &[u8], cx: &mut Cx<'_, '_, '_>) -> Flow {
        for line in self.lines.push(bytes) {
            if let Some(held) = self.held.replace(line) {
                self.line(held, false);
            }
            if self.quit {
                break;
            }
        }
        self.flush(cx);
        if self.quit { Flow::Stop } else { Flow::More }
    }

    fn end(&mut self, cx: &mut Cx<'_, '_, '_>) -> Flow {
        if let Some(line) = self.lines.rest()
            && let Some(held) = self.held.replace(line)
        {
            self.line(held, false);
        }
        if self.in_place {
            if let Some(held) = self.held.take() {
                self.line(held, true);
            }
            let path = resolve(cx.cwd, &self.file);
            let text = std::mem::take(&mut self.output);
            if self.file != "-" {
                let written = cx
                    .host
                    .create(&path, true)
                    .and_then(|()| cx.host.write(&path, None, text.as_bytes()));
                if let Err(error) = written {
                    cx.io.error(format!(
                        "sed: couldn't open file {}: {}\n",
                        self.file,
                        error.text()
                    ));
                }
            }
        }
        Flow::More
    }

    fn finish(&mut self, cx: &mut Cx<'_, '_, '_>) -> i32 {
        if let Some(held) = self.held.take().filter(|_| !self.quit) {
            self.line(held, true);
        }
        self.flush(cx);
        0
    }

    fn failure(&self, name: &str, file: &str, error: FileError) -> (String, i32) {
        let text = match error {
            FileError::IsDirectory => format!("{name}: couldn't edit {file}: not a regular file\n"),
            other => format!("{name}: can't read {file}: {}\n", other.text()),
        };
        (text, 2)
    }
}
