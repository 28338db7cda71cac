//! Values and conditions of SQL: columns, numbers, texts, `+ - * /`, comparisons, `AND`, `OR`, `NOT`, `IN`, `LIKE`, `IS NULL`.

use std::cmp::Ordering;

use super::Column;
use super::lexer::{Token, place};
use crate::sim::Time;

/// A value: a text, a number as it is written, or null.
pub(super) type Value = Option<String>;

/// A statement being read.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) words: Vec<(Token, usize)>,
    pub(super) at: usize,
    pub(super) now: Time,
}

/// The row that an expression is about.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) columns: &'a [Column],
    pub(super) values: &'a [Value],
}

impl Reader<'_> {
    pub(super) fn peek(&self) -> Option<&Token> {
        self.words.get(self.at).map(|(token, _)| token)
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        self.at += 1;
        self.words.get(self.at - 1).map(|(token, _)| token.clone())
    }

    /// Whether this word comes next; it is passed then.
    pub(super) fn takes(&mut self, word: &str) -> bool {
        let found = match self.peek() {
            Some(Token::Word(known)) => known == word,
            Some(Token::Sign(sign)) => *sign == word,
            _ => false,
        };
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.takes(word) {
            Ok(())
        } else {
            Err(self.wrong())
        }
    }

    pub(super) fn name(&mut self) -> Result<String, String> {
        match self.peek() {
            Some(Token::Word(name)) => {
                let name = name.clone();
                self.at += 1;
                // `public.notes`
                if self.takes(".") { self.name() } else { Ok(name) }
            }
            _ => Err(self.wrong()),
        }
    }

    /// What is said of the word that comes next.
    pub(super) fn wrong(&self) -> String {
        match self.words.get(self.at) {
            Some((token, at)) => {
                let shown = match token {
                    Token::Word(word) => self.text.get(*at..at + word.len()).unwrap_or(word),
                    other => other.shown(),
                };
                format!(
                    "ERROR:  syntax error at or near \"{shown}\"\n{}",
                    place(self.text, *at)
                )
            }
            None => format!(
                "ERROR:  syntax error at end of input\n{}",
                place(self.text, self.text.trim_end().len())
            ),
        }
    }

    /// `a OR b`: whether it holds; null does not.
    pub(super) fn condition(&mut self, row: Row<'_>) -> Result<bool, String> {
        let mut holds = self.conjunction(row)?;
        while self.takes("or") {
            holds |= self.conjunction(row)?;
        }
        Ok(holds)
    }

    fn conjunction(&mut self, row: Row<'_>) -> Result<bool, String> {
        let mut holds = self.negation(row)?;
        while self.takes("and") {
            holds &= self.negation(row)?;
        }
        Ok(holds)
    }

    fn negation(&mut self, row: Row<'_>) -> Result<bool, String> {
        if self.takes("not") {
            return Ok(!self.negation(row)?);
        }
        // A parenthesis may hold a condition or a value: what does not read as the one is read as the other.
        let start = self.at;
        if self.takes("(") {
            let inner = self.condition(row);
            if inner.is_ok() && self.takes(")") && !self.compares() {
                return inner;
            }
            self.at = start;
        }
        self.comparison(row)
    }

    fn compares(&self) -> bool {
        matches!(
            self.peek(),
            Some(Token::Sign(
                "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" | "+" | "-" | "*" | "/"
            ))
        )
    }

    fn comparison(&mut self, row: Row<'_>) -> Result<bool, String> {
        let left = self.value(row)?;
        if self.takes("is") {
            let not = self.takes("not");
            self.expect("null")?;
            return Ok(left.is_none() != not);
        }
        let not = self.takes("not");
        if self.takes("in") {
            self.expect("(")?;
            let mut found = false;
            loop {
                let item = self.value(row)?;
                found |= left.is_some() && order(&left, &item) == Ordering::Equal;
                if !self.takes(",") {
                    break;
                }
            }
            self.expect(")")?;
            return Ok(found != not);
        }
        if self.takes("like") || self.takes("ilike") {
            let pattern = self.value(row)?.unwrap_or_default().to_lowercase();
            let text = left.unwrap_or_default().to_lowercase();
            return Ok(like(
                &pattern.chars().collect::<Vec<_>>(),
                &text.chars().collect::<Vec<_>>(),
            ) != not);
        }
        let Some(Token::Sign(sign @ ("=" | "<" | ">" | "<=" | ">=" | "<>" | "!="))) = self.peek().cloned()
        else {
            return Ok(matches!(left.as_deref(), Some("t" | "true")));
        };
        self.at += 1;
        let right = self.value(row)?;
        if left.is_none() || right.is_none() {
            return Ok(false);
        }
        let order = order(&left, &right);
        Ok(match sign {
            "=" => order.is_eq(),
            "<" => order.is_lt(),
            ">" => order.is_gt(),
            "<=" => order.is_le(),
            ">=" => order.is_ge(),
            _ => order.is_ne(),
        })
    }

    /// A sum of products.
    pub(super) fn value(&mut self, row: Row<'_>) -> Result<Value, String> {
        let mut left = self.product(row)?;
        loop {
            let sign = match self.peek() {
                Some(Token::Sign(sign @ ("+" | "-" | "||"))) => *sign,
                _ => return Ok(left),
            };
            self.at += 1;
            let right = self.product(row)?;
            left = if sign == "||" {
                left.zip(right).map(|(left, right)| left + &right)
            } else {
                calculate(&left, sign, &right)?
            };
        }
    }

    fn product(&mut self, row: Row<'_>) -> Result<Value, String> {
        let mut left = self.atom(row)?;
        while let Some(Token::Sign(sign @ ("*" | "/" | "%"))) = self.peek().cloned() {
            self.at += 1;
            let right = self.atom(row)?;
            left = calculate(&left, sign, &right)?;
        }
        Ok(left)
    }

    fn atom(&mut self, row: Row<'_>) -> Result<Value, String> {
        let start = self.at;
        let value = match self.next() {
            Some(Token::Number(number)) => Some(number),
            Some(Token::Text(text)) => Some(text),
            Some(Token::Sign("-")) => calculate(&Some("0".to_owned()), "-", &self.atom(row)?)?,
            Some(Token::Sign("(")) => {
                let value = self.value(row)?;
                self.expect(")")?;
                value
            }
            Some(Token::Word(word)) => match (word.as_str(), self.takes("(")) {
                ("now", true) => {
                    self.expect(")")?;
                    Some(
                        self.now
                            .timestamp_micros()
                            .to_string()
                            .replace('T', " ")
                            .replace('Z', "+00"),
                    )
                }
                ("version", true) => {
                    self.expect(")")?;
                    Some("PostgreSQL 17.6 (Debian 17.6-1.pgdg12+1) on x86_64-pc-linux-gnu".to_owned())
                }
                ("upper" | "lower" | "length", true) => {
                    let text = self.value(row)?;
                    self.expect(")")?;
                    text.map(|text| match word.as_str() {
                        "upper" => text.to_uppercase(),
                        "lower" => text.to_lowercase(),
                        _ => text.chars().count().to_string(),
                    })
                }
                (name, true) => {
                    return Err(format!(
                        "ERROR:  function {name}() does not exist\n{}",
                        self.place_of(start)
                    ));
                }
                ("null", false) => None,
                ("true", false) => Some("t".to_owned()),
                ("false", false) => Some("f".to_owned()),
                ("current_timestamp", false) => Some(
                    self.now
                        .timestamp_micros()
                        .to_string()
                        .replace('T', " ")
                        .replace('Z', "+00"),
                ),
                ("default", false) => None,
                (name, false) => {
                    let mut name = name.to_owned();
                    let mut named = start;
                    if self.takes(".") {
                        named = self.at;
                        name = self.name()?;
                    }
                    let place = row.columns.iter().position(|column| column.name == name);
                    let Some(place) = place else {
                        return Err(format!(
                            "ERROR:  column \"{name}\" does not exist\n{}",
                            self.place_of(named)
                        ));
                    };
                    row.values.get(place).cloned().flatten()
                }
            },
            _ => {
                self.at = start;
                return Err(self.wrong());
            }
        };
        while self.takes("::") {
            self.name()?;
        }
        Ok(value)
    }

    pub(super) fn place_of(&self, word: usize) -> String {
        place(self.text, self.words.get(word).map_or(0, |(_, at)| *at))
    }
}

/// Which of two values comes first: by number if both are, null last.
pub(super) fn order(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (None, None) => Ordering::Equal,
        (None, _) => Ordering::Greater,
        (_, None) => Ordering::Less,
        (Some(left), Some(right)) => match (left.parse::<f64>(), right.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            _ => left.cmp(right),
        },
    }
}

fn calculate(left: &Value, sign: &str, right: &Value) -> Result<Value, String> {
    let (Some(left), Some(right)) = (left, right) else {
        return Ok(None);
    };
    let wrong = |text: &String| format!("ERROR:  invalid input syntax for type integer: \"{text}\"");
    if let (Ok(a), Ok(b)) = (left.parse::<i64>(), right.parse::<i64>()) {
        let result = match sign {
            "+" => a.checked_add(b),
            "-" => a.checked_sub(b),
            "*" => a.checked_mul(b),
            _ if b == 0 => return Err("ERROR:  division by zero".to_owned()),
            "/" => a.checked_div(b),
            _ => a.checked_rem(b),
        };
        return result
            .map(|number| Some(number.to_string()))
            .ok_or_else(|| "ERROR:  bigint out of range".to_owned());
    }
    let a: f64 = left.parse().map_err(|_| wrong(left))?;
    let b: f64 = right.parse().map_err(|_| wrong(right))?;
    let result = match sign {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        _ if b == 0.0 => return Err("ERROR:  division by zero".to_owned()),
        _ => a / b,
    };
    Ok(Some(result.to_string()))
}

/// `LIKE`: `%` for any text, `_` for any letter.
fn like(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|at| like(rest, text.get(at..).unwrap_or_default())),
        Some((letter, rest)) => {
            let Some((first, more)) = text.split_first() else {
                return false;
            };
            (*letter == '_' || letter == first) && like(rest, more)
        }
    }
}
