//! Parameter expansion: `$name`, `${name:-word}`, `${name%pattern}` and kin.

use super::ast::{DefaultKind, Operation, Parameter, ParameterExpr, ReplaceAt, Word};
use super::expand::{Expanded, Expander, Expansion, Stop};
use super::pattern::Pattern;
use super::variables::{Value, is_name};

/// How long a value may be for a pattern to be tried at each of its characters.
const MATCHED_MAX: usize = 8_192;

/// What a parameter holds before anything is done with it.
enum Held {
    Unset,
    One(String),
    /// `$@` and `${name[@]}`.
    Separate(Vec<String>),
    /// `$*` and `${name[*]}`.
    Joined(Vec<String>),
}

impl Held {
    fn length(&self) -> usize {
        match self {
            Self::Unset => 0,
            Self::One(text) => text.len(),
            Self::Separate(values) | Self::Joined(values) => values.iter().map(String::len).sum(),
        }
    }
}

impl Expander<'_> {
    pub(super) fn parameter(&mut self, expr: &ParameterExpr, quoted: bool) -> Expanded<Expansion> {
        match (&expr.operation, &expr.parameter) {
            (Operation::Names, Parameter::Named(prefix)) => {
                let names = self
                    .shell
                    .variables
                    .iter()
                    .map(|(name, _)| name)
                    .filter(|name| name.starts_with(prefix));
                return Ok(Expansion::Separate(names.map(str::to_owned).collect()));
            }
            (Operation::Keys, Parameter::Named(name)) => {
                let keys = self
                    .lookup(name)
                    .map(|value| value.elements())
                    .unwrap_or_default();
                return Ok(Expansion::Separate(
                    keys.into_iter().map(|(index, _)| index.to_string()).collect(),
                ));
            }
            _ => {}
        }
        let mut held = self.held(&expr.parameter)?;
        let mut name = parameter_name(&expr.parameter);
        if expr.indirect {
            let target = match held {
                Held::One(text) => text,
                _ => String::new(),
            };
            if !is_name(&target) {
                return Err(Stop::Error(format!("{target}: invalid variable name")));
            }
            held = self.lookup_text(&target).map_or(Held::Unset, Held::One);
            name = target;
        }
        if let Operation::Default { kind, colon, word } = &expr.operation {
            return self.default(*kind, *colon, word, held, &name, quoted);
        }
        if matches!(held, Held::Unset) && self.shell.options.nounset {
            return Err(Stop::Unset(format!("{name}: unbound variable")));
        }
        match &expr.operation {
            Operation::Length => Ok(Expansion::Text(match held {
                Held::Unset => "0".to_owned(),
                Held::One(text) => text.chars().count().to_string(),
                Held::Separate(values) | Held::Joined(values) => values.len().to_string(),
            })),
            Operation::Substring { offset, length } => {
                let offset = self.arithmetic(offset)?;
                let length = length
                    .as_ref()
                    .map(|length| self.arithmetic(length))
                    .transpose()?;
                self.substring(held, offset, length)
            }
            Operation::Trim { .. } | Operation::Replace { .. } if held.length() > MATCHED_MAX => {
                Err(Stop::Error(format!("{name}: value too long for a pattern")))
            }
            Operation::Trim {
                prefix,
                longest,
                pattern,
            } => {
                let pattern = Pattern::new(&self.pattern(pattern)?);
                Ok(self.each(held, |text| trim(text, &pattern, *prefix, *longest)))
            }
            Operation::Replace { at, pattern, with } => {
                let pattern = Pattern::new(&self.pattern(pattern)?);
                let with = self.text(with)?;
                let replaced = self.each(held, |text| replace(text, &pattern, &with, *at));
                if let Expansion::Text(text) = &replaced {
                    self.count(text.len())?;
                }
                Ok(replaced)
            }
            Operation::Case { upper, all } => Ok(self.each(held, |text| change_case(text, *upper, *all))),
            Operation::Transform(letter) => Ok(self.each(held, |text| transform(text, *letter))),
            Operation::Plain | Operation::Default { .. } | Operation::Names | Operation::Keys => {
                Ok(self.each(held, str::to_owned))
            }
        }
    }

    fn default(
        &mut self,
        kind: DefaultKind,
        colon: bool,
        word: &Word,
        held: Held,
        name: &str,
        quoted: bool,
    ) -> Expanded<Expansion> {
        let missing = match &held {
            Held::Unset => true,
            Held::One(text) => colon && text.is_empty(),
            Held::Separate(values) | Held::Joined(values) => {
                values.is_empty() || (colon && values.iter().all(String::is_empty))
            }
        };
        match (kind, missing) {
            (DefaultKind::Alternative, true) => Ok(Expansion::Text(String::new())),
            (DefaultKind::Alternative, false) | (DefaultKind::Use, true) => {
                if word.pieces.is_empty() && quoted {
                    return Ok(Expansion::Text(String::new()));
                }
                Ok(Expansion::Word(word.clone()))
            }
            (_, false) => Ok(self.each(held, str::to_owned)),
            (DefaultKind::Assign, true) => {
                if !is_name(name) {
                    return Err(Stop::Error(format!("${name}: cannot assign in this way")));
                }
                let text = self.text(word)?;
                self.pending.push((name.to_owned(), Value::Scalar(text.clone())));
                Ok(Expansion::Text(text))
            }
            (DefaultKind::Fail, true) => {
                let text = self.text(word)?;
                let reason = match (text.is_empty(), colon) {
                    (false, _) => text,
                    (true, true) => "parameter null or not set".to_owned(),
                    (true, false) => "parameter not set".to_owned(),
                };
                Err(Stop::Unset(format!("{name}: {reason}")))
            }
        }
    }

    fn held(&mut self, parameter: &Parameter) -> Expanded<Held> {
        let shell = self.shell;
        let one = |text: Option<String>| text.map_or(Held::Unset, Held::One);
        Ok(match parameter {
            Parameter::Positional(0) | Parameter::ShellName => Held::One(shell.name.clone()),
            Parameter::Positional(number) => one(usize::try_from(*number)
                .ok()
                .and_then(|number| shell.args.get(number - 1))
                .cloned()),
            Parameter::AllSeparate => Held::Separate(shell.args.clone()),
            Parameter::AllJoined => Held::Joined(shell.args.clone()),
            Parameter::Count => Held::One(shell.args.len().to_string()),
            Parameter::Status => Held::One(self.status().to_string()),
            Parameter::Options => Held::One(shell.option_flags()),
            Parameter::ShellPid => Held::One(shell.pid.to_string()),
            Parameter::BackgroundPid => one(shell.background_pid.map(|pid| pid.to_string())),
            Parameter::Named(name) => one(self.lookup_text(name)),
            Parameter::Element(name, index) => {
                let index = self.arithmetic(index)?;
                let elements = self
                    .lookup(name)
                    .map(|value| value.elements())
                    .unwrap_or_default();
                // A negative index counts from the end.
                let index = if index < 0 {
                    elements
                        .last()
                        .map_or(0, |(last, _)| last.saturating_add(1))
                        .saturating_add(index)
                } else {
                    index
                };
                one(elements
                    .into_iter()
                    .find(|(at, _)| *at == index)
                    .map(|(_, text)| text))
            }
            Parameter::Elements(name, joined) => {
                let elements = self
                    .lookup(name)
                    .map(|value| value.elements())
                    .unwrap_or_default();
                let values = elements.into_iter().map(|(_, text)| text).collect();
                if *joined {
                    Held::Joined(values)
                } else {
                    Held::Separate(values)
                }
            }
        })
    }

    fn each(&self, held: Held, change: impl Fn(&str) -> String) -> Expansion {
        match held {
            Held::Unset => Expansion::Text(String::new()),
            Held::One(text) => Expansion::Text(change(&text)),
            Held::Separate(values) => Expansion::Separate(values.iter().map(|text| change(text)).collect()),
            Held::Joined(values) => {
                let separator = self
                    .lookup_text("IFS")
                    .map_or(Some(' '), |ifs| ifs.chars().next());
                let values: Vec<String> = values.iter().map(|text| change(text)).collect();
                Expansion::Text(values.join(&separator.map(String::from).unwrap_or_default()))
            }
        }
    }

    fn substring(&self, held: Held, offset: i64, length: Option<i64>) -> Expanded<Expansion> {
        let part = |count: usize| {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            let start = if offset < 0 {
                count.saturating_add(offset)
            } else {
                offset
            };
            if start < 0 || start > count {
                return Ok((0, 0));
            }
            let end = match length {
                None => count,
                Some(length) if length < 0 => count.saturating_add(length),
                Some(length) => start.saturating_add(length).min(count),
            };
            if end < start {
                return Err(Stop::Error(format!(
                    "{}: substring expression < 0",
                    length.unwrap_or(0)
                )));
            }
            Ok((
                usize::try_from(start).unwrap_or(0),
                usize::try_from(end - start).unwrap_or(0),
            ))
        };
        Ok(match held {
            Held::Unset => Expansion::Text(String::new()),
            Held::One(text) => {
                let (start, length) = part(text.chars().count())?;
                Expansion::Text(text.chars().skip(start).take(length).collect())
            }
            Held::Separate(values) | Held::Joined(values) => {
                // Of `$@`, element 0 is the shell's name.
                let mut values = values;
                values.insert(0, self.shell.name.clone());
                let (start, length) = part(values.len())?;
                Expansion::Separate(values.into_iter().skip(start).take(length).collect())
            }
        })
    }
}

fn parameter_name(parameter: &Parameter) -> String {
    match parameter {
        Parameter::Positional(number) => number.to_string(),
        Parameter::AllSeparate => "@".to_owned(),
        Parameter::AllJoined => "*".to_owned(),
        Parameter::Count => "#".to_owned(),
        Parameter::Status => "?".to_owned(),
        Parameter::Options => "-".to_owned(),
        Parameter::ShellPid => "$".to_owned(),
        Parameter::BackgroundPid => "!".to_owned(),
        Parameter::ShellName => "0".to_owned(),
        Parameter::Named(name) | Parameter::Element(name, _) | Parameter::Elements(name, _) => name.clone(),
    }
}

fn trim(text: &str, pattern: &Pattern, prefix: bool, longest: bool) -> String {
    let chars: Vec<char> = text.chars().collect();
    for step in 0..=chars.len() {
        let length = if longest { chars.len() - step } else { step };
        let (part, rest) = if prefix {
            chars.split_at(length)
        } else {
            let (rest, part) = chars.split_at(chars.len() - length);
            (part, rest)
        };
        if pattern.matches_chars(part) {
            return rest.iter().collect();
        }
    }
    text.to_owned()
}

/// The longest match that starts at `from`.
fn longest_match(chars: &[char], from: usize, pattern: &Pattern) -> Option<usize> {
    let tail = chars.get(from..)?;
    (0..=tail.len()).rev().find(|length| {
        tail.get(..*length)
            .is_some_and(|part| pattern.matches_chars(part))
    })
}

fn replace(text: &str, pattern: &Pattern, with: &str, at: ReplaceAt) -> String {
    let chars: Vec<char> = text.chars().collect();
    match at {
        ReplaceAt::Start => match longest_match(&chars, 0, pattern) {
            Some(length) => with.chars().chain(chars.iter().skip(length).copied()).collect(),
            None => text.to_owned(),
        },
        ReplaceAt::End => {
            let start = (0..=chars.len()).find(|start| {
                chars
                    .get(*start..)
                    .is_some_and(|part| pattern.matches_chars(part))
            });
            match start {
                Some(start) => chars.iter().take(start).copied().chain(with.chars()).collect(),
                None => text.to_owned(),
            }
        }
        ReplaceAt::First | ReplaceAt::All => {
            let mut result = String::new();
            let mut pos = 0;
            let mut done = false;
            while let Some(c) = chars.get(pos) {
                match longest_match(&chars, pos, pattern).filter(|length| *length > 0 && !done) {
                    Some(length) => {
                        result.push_str(with);
                        pos += length;
                        done = at == ReplaceAt::First;
                    }
                    None => {
                        result.push(*c);
                        pos += 1;
                    }
                }
            }
            result
        }
    }
}

fn change_case(text: &str, upper: bool, all: bool) -> String {
    let change = |part: &str| {
        if upper {
            part.to_uppercase()
        } else {
            part.to_lowercase()
        }
    };
    if all {
        return change(text);
    }
    let mut chars = text.chars();
    let first = chars.next().map(String::from).unwrap_or_default();
    change(&first) + chars.as_str()
}

fn transform(text: &str, letter: char) -> String {
    match letter {
        'U' => text.to_uppercase(),
        'L' => text.to_lowercase(),
        'u' => change_case(text, true, false),
        'Q' | 'K' | 'A' => quote(text),
        'E' => super::escapes::unescape_ansi_c(text),
        _ => text.to_owned(),
    }
}

/// A text quoted so that the shell reads it back.
#[must_use]
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
