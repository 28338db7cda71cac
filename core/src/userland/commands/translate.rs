//! `tr`: `-d`, `-s`, `-c`; ranges, classes and escapes.

use serde::{Deserialize, Serialize};

use super::Wrong;
use super::filter::{Cx, Flow, Work};
use crate::userland::options::Options;

/// `tr`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Translate {
    complement: bool,
    delete: bool,
    squeeze: bool,
    from: Vec<char>,
    to: Vec<char>,
    last: Option<char>,
    /// The start of a character that is not whole yet.
    #[serde(with = "serde_bytes")]
    partial: Vec<u8>,
}

fn class(name: &str) -> Option<Vec<char>> {
    let test: fn(&char) -> bool = match name {
        "alpha" => char::is_ascii_alphabetic,
        "digit" => char::is_ascii_digit,
        "alnum" => char::is_ascii_alphanumeric,
        "upper" => char::is_ascii_uppercase,
        "lower" => char::is_ascii_lowercase,
        "space" => |c| matches!(c, ' ' | '\t'..='\r'),
        "blank" => |c| matches!(c, ' ' | '\t'),
        "punct" => char::is_ascii_punctuation,
        "xdigit" => char::is_ascii_hexdigit,
        "cntrl" => char::is_ascii_control,
        _ => return None,
    };
    Some((0..128_u8).map(char::from).filter(test).collect())
}

/// The characters of a set such as `a-z`, `[:digit:]`, `\n`.
fn set(text: &str) -> Result<Vec<char>, Wrong> {
    let (unescaped, _) = crate::sh::unescape(text, crate::sh::EscapeStyle::AnsiC);
    let mut result = Vec::new();
    let mut rest = unescaped.as_str();
    while let Some(c) = rest.chars().next() {
        if let Some((name, after)) = rest.strip_prefix("[:").and_then(|rest| rest.split_once(":]")) {
            let members =
                class(name).ok_or_else(|| (format!("tr: invalid character class ‘{name}’\n"), 1))?;
            result.extend(members);
            rest = after;
            continue;
        }
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let mut ahead = after.chars();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(end)) => {
                if end < c {
                    return Err((
                        format!(
                            "tr: range-endpoints of ‘{c}-{end}’ are in reverse collating sequence order\n"
                        ),
                        1,
                    ));
                }
                result.extend((c..=end).take(70_000));
                rest = ahead.as_str();
            }
            _ => {
                result.push(c);
                rest = after;
            }
        }
    }
    Ok(result)
}

impl Translate {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let long = [
            ("delete", 'd', false),
            ("squeeze-repeats", 's', false),
            ("complement", 'c', false),
        ];
        let options = Options::parse(argv, "dscCt", &long).map_err(|message| (message, 1))?;
        let (delete, squeeze) = (options.has('d'), options.has('s'));
        let sets = &options.operands;
        let most = if delete && !squeeze { 1 } else { 2 };
        if let Some(extra) = sets.get(most) {
            return Err((
                format!("tr: extra operand ‘{extra}’\nTry 'tr --help' for more information.\n"),
                1,
            ));
        }
        let Some(from) = sets.first() else {
            return Err((
                "tr: missing operand\nTry 'tr --help' for more information.\n".to_owned(),
                1,
            ));
        };
        if sets.len() < 2 && !delete && !squeeze {
            let text = format!(
                "tr: missing operand after ‘{from}’\nTwo strings must be given when translating.\nTry 'tr --help' for more information.\n"
            );
            return Err((text, 1));
        }
        let to = sets.get(1).map(|text| set(text)).transpose()?.unwrap_or_default();
        let complement = options.has('c') || options.has('C');
        Ok((
            Self {
                complement,
                delete,
                squeeze,
                from: set(from)?,
                to,
                last: None,
                partial: Vec::new(),
            },
            Vec::new(),
        ))
    }

    fn translated(&self, c: char) -> char {
        let position = self.from.iter().rposition(|from| *from == c);
        match (self.complement, position) {
            (true, None) => self.to.last().copied().unwrap_or(c),
            (false, Some(position)) => self
                .to
                .get(position)
                .or_else(|| self.to.last())
                .copied()
                .unwrap_or(c),
            _ => c,
        }
    }

    fn character(&mut self, c: char, result: &mut String) {
        let member = self.from.contains(&c) != self.complement;
        if self.delete && member {
            return;
        }
        let translating = !self.delete && !self.to.is_empty();
        let new = if translating && member {
            self.translated(c)
        } else {
            c
        };
        let squeezed = if self.to.is_empty() {
            member
        } else {
            self.to.contains(&new)
        };
        if self.squeeze && squeezed && self.last == Some(new) {
            return;
        }
        self.last = Some(new);
        result.push(new);
    }
}

impl Work for Translate {
    fn data(&mut self, bytes: &[u8], cx: &mut Cx<'_, '_, '_>) -> Flow {
        self.partial.extend_from_slice(bytes);
        let valid = match std::str::from_utf8(&self.partial) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.partial.len(),
        };
        let whole: Vec<u8> = self.partial.drain(..valid).collect();
        let mut result = String::new();
        for c in String::from_utf8_lossy(&whole).chars() {
            self.character(c, &mut result);
        }
        cx.io.print(result);
        Flow::More
    }
}
