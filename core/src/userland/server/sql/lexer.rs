//! Words of SQL, each with its place.

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a keyword, in lower case; names in double quotes keep theirs.
    Word(String),
    /// A number as it is written.
    Number(String),
    /// A text in single quotes.
    Text(String),
    /// `(`, `,`, `<=` ...
    Sign(&'static str),
}

const SIGNS: &[&str] = &[
    "<=", ">=", "<>", "!=", "||", "::", "(", ")", ",", "=", "<", ">", "*", "+", "-", "/", "%", ".", ";",
];

/// The words of a statement and where each begins; the error is PostgreSQL's.
pub(super) fn words(text: &str) -> Result<Vec<(Token, usize)>, String> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        if letter.is_whitespace() {
            at += letter.len_utf8();
            continue;
        }
        if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let (token, length) = if letter == '\'' {
            quoted(rest, '\'')
                .map(|(text, length)| (Token::Text(text), length))
                .ok_or_else(|| {
                    format!(
                        "ERROR:  unterminated quoted string at or near \"{rest}\"\n{}",
                        place(text, at)
                    )
                })?
        } else if letter == '"' {
            let (name, length) = quoted(rest, '"').unwrap_or_else(|| (rest.to_owned(), rest.len()));
            (Token::Word(name), length)
        } else if letter.is_ascii_digit() {
            let length = rest
                .find(|letter: char| !(letter.is_ascii_digit() || letter == '.'))
                .unwrap_or(rest.len());
            (
                Token::Number(rest.get(..length).unwrap_or_default().to_owned()),
                length,
            )
        } else if letter.is_alphabetic() || letter == '_' {
            let length = rest
                .find(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
                .unwrap_or(rest.len());
            (
                Token::Word(rest.get(..length).unwrap_or_default().to_lowercase()),
                length,
            )
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Token::Sign(sign), sign.len())
        } else {
            return Err(format!(
                "ERROR:  syntax error at or near \"{letter}\"\n{}",
                place(text, at)
            ));
        };
        found.push((token, at));
        at += length;
    }
    Ok(found)
}

/// A quoted text and how long it is with its quotes; doubled quotes stand for one.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != quote {
            out.push(letter);
        } else if letters.next_if(|(_, next)| *next == quote).is_some() {
            out.push(quote);
        } else {
            return Some((out, at + 1));
        }
    }
    None
}

/// The line of a statement and the mark below a place, as psql shows them.
pub(super) fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let number = before.matches('\n').count() + 1;
    let line = text.lines().nth(number - 1).unwrap_or_default();
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |start| start.chars().count());
    let prefix = format!("LINE {number}: ");
    format!("{prefix}{line}\n{}^", " ".repeat(prefix.len() + column))
}

impl Token {
    /// As it is named in an error.
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Word(text) | Self::Number(text) | Self::Text(text) => text,
            Self::Sign(sign) => sign,
        }
    }
}
