//! Reading label selectors as users write them: `app=web,tier in (front, back),!canary`
//! (the lexer and parser of `k8s.io/apimachinery/pkg/labels/selector.go`, with its error texts).

use std::fmt;

use super::labels::{Operator, Requirement, Selector};

/// The selector cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError(String);

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SelectorError {}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Symbol(&'static str),
    End,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Symbol(symbol) => symbol,
            Self::End => "",
        }
    }
}

const SYMBOLS: [&str; 10] = ["==", "!=", "=", "!", "(", ")", ",", ">", "<", "\0"];

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        if rest.is_empty() {
            found.push(Token::End);
            return found;
        }
        if let Some((symbol, after)) = SYMBOLS.iter().find_map(|s| Some((*s, rest.strip_prefix(s)?))) {
            found.push(Token::Symbol(symbol));
            rest = after;
            continue;
        }
        let special = |c: char| c.is_ascii_whitespace() || "=!(),><".contains(c);
        let (word, after) = rest.split_at(rest.find(special).unwrap_or(rest.len()));
        found.push(Token::Word(word.to_owned()));
        rest = after;
    }
}

struct Parser {
    tokens: std::vec::IntoIter<Token>,
    next: Token,
}

impl Parser {
    fn advance(&mut self) -> Token {
        let following = self.tokens.next().unwrap_or(Token::End);
        std::mem::replace(&mut self.next, following)
    }

    fn refuse<T>(token: &Token, expected: &str) -> Result<T, SelectorError> {
        Err(SelectorError(format!(
            "found '{}', expected: {expected}",
            token.text()
        )))
    }

    fn selector(&mut self) -> Result<Selector, SelectorError> {
        let mut requirements = Vec::new();
        loop {
            match &self.next {
                Token::End => break,
                Token::Word(_) | Token::Symbol("!") => {
                    let requirement = self.requirement().map_err(|SelectorError(why)| {
                        SelectorError(format!("unable to parse requirement: {why}"))
                    })?;
                    requirements.push(requirement);
                    match self.advance() {
                        Token::End => break,
                        Token::Symbol(",") => {
                            if !matches!(self.next, Token::Word(_) | Token::Symbol("!")) {
                                return Self::refuse(&self.next, "identifier after ','");
                            }
                        }
                        other => return Self::refuse(&other, "',' or 'end of string'"),
                    }
                }
                other @ Token::Symbol(_) => {
                    return Self::refuse(&other.clone(), "!, identifier, or 'end of string'");
                }
            }
        }
        crate::sort::sort_by(&mut requirements, |a, b| a.key.cmp(&b.key));
        Ok(Selector { requirements })
    }

    fn requirement(&mut self) -> Result<Requirement, SelectorError> {
        let negated = self.next == Token::Symbol("!");
        if negated {
            self.advance();
        }
        let token = self.advance();
        let Token::Word(key) = token else {
            return Self::refuse(&token, "identifier");
        };
        validate_key(&key)?;
        if negated || matches!(self.next, Token::End | Token::Symbol(",")) {
            let operator = if negated {
                Operator::DoesNotExist
            } else {
                Operator::Exists
            };
            return Ok(Requirement {
                key,
                operator,
                values: Vec::new(),
            });
        }
        let token = self.advance();
        let operator = match token.text() {
            "in" | "=" | "==" => Operator::In,
            "notin" | "!=" => Operator::NotIn,
            ">" => Operator::GreaterThan,
            "<" => Operator::LessThan,
            _ => {
                return Err(SelectorError(format!(
                    "found '{}', expected: in, notin, =, ==, !=, gt, lt",
                    token.text()
                )));
            }
        };
        let values = if matches!(token, Token::Word(_)) {
            self.values()?
        } else {
            vec![self.exact_value()?]
        };
        if matches!(operator, Operator::GreaterThan | Operator::LessThan) {
            let wrong = values.iter().find(|value| value.parse::<i64>().is_err());
            if let Some(value) = wrong {
                return Err(SelectorError(format!(
                    "values[0]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer"
                )));
            }
        }
        for (index, value) in values.iter().enumerate() {
            validate_value(&key, index, value)?;
        }
        Ok(Requirement {
            key,
            operator,
            values,
        })
    }

    fn exact_value(&mut self) -> Result<String, SelectorError> {
        if matches!(self.next, Token::End | Token::Symbol(",")) {
            return Ok(String::new());
        }
        match self.advance() {
            Token::Word(value) => Ok(value),
            other => Self::refuse(&other, "identifier"),
        }
    }

    fn values(&mut self) -> Result<Vec<String>, SelectorError> {
        let open = self.advance();
        if open != Token::Symbol("(") {
            return Err(SelectorError(format!("found '{}' expected: '('", open.text())));
        }
        let mut values = Vec::new();
        loop {
            match self.advance() {
                Token::Word(value) => {
                    values.push(value);
                    match self.advance() {
                        Token::Symbol(",") => {
                            if self.next == Token::Symbol(")") {
                                values.push(String::new());
                            }
                        }
                        Token::Symbol(")") => break,
                        other => return Self::refuse(&other, "',' or ')'"),
                    }
                }
                Token::Symbol(",") => values.push(String::new()),
                Token::Symbol(")") => break,
                other if values.is_empty() => return Self::refuse(&other, "',', ')' or identifier"),
                other => return Self::refuse(&other, "',', or identifier"),
            }
        }
        // `()` is a list of one empty value.
        if values.is_empty() {
            values.push(String::new());
        }
        crate::sort::sort(&mut values);
        values.dedup();
        Ok(values)
    }
}

fn name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn well_formed(text: &str) -> bool {
    text.chars().all(name_character)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
}

fn validate_key(key: &str) -> Result<(), SelectorError> {
    let name = key.rsplit_once('/').map_or(key, |(_, name)| name);
    if well_formed(name) && name.len() <= 63 {
        return Ok(());
    }
    Err(SelectorError(format!(
        "<nil>: Invalid value: \"{key}\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    )))
}

fn validate_value(key: &str, index: usize, value: &str) -> Result<(), SelectorError> {
    if value.is_empty() || (well_formed(value) && value.len() <= 63) {
        return Ok(());
    }
    Err(SelectorError(format!(
        "values[{index}][{key}]: Invalid value: \"{value}\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    )))
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    ///
    /// When the text cannot be read, with upstream's words.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let mut tokens = tokens(text).into_iter();
        let next = tokens.next().unwrap_or(Token::End);
        Parser { tokens, next }.selector()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn selectors_select() {
        let labels: BTreeMap<String, String> = [("app", "boutique"), ("env", "prod")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
        for (text, selects) in [
            ("", true),
            ("app=boutique", true),
            ("app==boutique,env!=dev", true),
            ("env in (prod, test)", true),
            ("env notin (prod)", false),
            ("!tier", true),
            ("tier", false),
            ("tier notin (a)", true),
            ("env", true),
        ] {
            let selector = Selector::parse(text).expect(text);
            assert_eq!(selector.matches(&labels), selects, "{text}");
        }
    }

    #[test]
    fn errors_are_upstreams() {
        for (text, error) in [
            (
                "app in boutique",
                "unable to parse requirement: found 'boutique' expected: '('",
            ),
            ("app=a,", "found '', expected: identifier after ','"),
            ("app=mon app", "found 'app', expected: ',' or 'end of string'"),
            (
                "app in (a b)",
                "unable to parse requirement: found 'b', expected: ',' or ')'",
            ),
            (
                "app ~ a",
                "unable to parse requirement: found '~', expected: in, notin, =, ==, !=, gt, lt",
            ),
            (
                "n>x",
                "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
            ),
            (
                "-a=b",
                "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
            ),
            ("=a", "found '=', expected: !, identifier, or 'end of string'"),
        ] {
            assert_eq!(Selector::parse(text).expect_err(text).to_string(), error);
        }
    }
}
