//! What Go's `encoding/json` says of a text that is no JSON. kubectl tries a file that begins with a brace as JSON first,
//! and when it is neither JSON nor YAML, says what JSON was missing.

/// The first error of the JSON value that `text` begins with, in Go's words with kubectl's offset; `None` when there is
/// none.
pub(super) fn json_error(text: &str) -> Option<String> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        open: Vec::new(),
    };
    match scanner.scan() {
        Ok(()) => None,
        Err(Refusal::End) => Some("unexpected EOF".to_owned()),
        Err(Refusal::At(context)) => {
            let character = quoted(scanner.bytes.get(scanner.at).copied().unwrap_or_default());
            Some(format!(
                "json: offset {}: invalid character {character} {context}",
                scanner.at + 1
            ))
        }
    }
}

/// A byte as Go quotes it in errors; it does not put characters of several bytes together.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        b'\\' => r"'\\'".to_owned(),
        b'\n' => r"'\n'".to_owned(),
        b'\r' => r"'\r'".to_owned(),
        b'\t' => r"'\t'".to_owned(),
        0..0x20 | 0x7f => format!("'\\x{byte:02x}'"),
        _ => format!("'{}'", char::from(byte)),
    }
}

enum Refusal {
    /// The text ends too early.
    End,
    /// The character at the scanner's place does not belong there.
    At(String),
}

type Scan = Result<(), Refusal>;

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    /// The collections around the current value, outermost first: whether each is an object.
    open: Vec<bool>,
}

impl Scanner<'_> {
    fn scan(&mut self) -> Scan {
        loop {
            // A value begins here.
            match self.peek()? {
                b'{' => {
                    self.at += 1;
                    if self.peek()? == b'}' {
                        self.at += 1;
                    } else {
                        self.open.push(true);
                        self.key()?;
                        continue;
                    }
                }
                b'[' => {
                    self.at += 1;
                    if self.peek()? == b']' {
                        self.at += 1;
                    } else {
                        self.open.push(false);
                        continue;
                    }
                }
                _ => self.scalar()?,
            }
            if self.end_of_value()? {
                return Ok(());
            }
        }
    }

    /// After a value: closes collections, or goes on to the next value. True when the outermost value is done.
    fn end_of_value(&mut self) -> Result<bool, Refusal> {
        loop {
            let Some(object) = self.open.last().copied() else {
                return Ok(true);
            };
            match (object, self.peek()?) {
                (true, b'}') | (false, b']') => {
                    self.at += 1;
                    self.open.pop();
                }
                (true, b',') => {
                    self.at += 1;
                    self.key()?;
                    return Ok(false);
                }
                (false, b',') => {
                    self.at += 1;
                    return Ok(false);
                }
                (true, _) => return refuse("after object key:value pair"),
                (false, _) => return refuse("after array element"),
            }
        }
    }

    /// The next character that is no blank.
    fn peek(&mut self) -> Result<u8, Refusal> {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Ok(byte);
            }
            self.at += 1;
        }
        Err(Refusal::End)
    }

    fn byte(&self) -> Result<u8, Refusal> {
        self.bytes.get(self.at).copied().ok_or(Refusal::End)
    }

    fn key(&mut self) -> Scan {
        if self.peek()? != b'"' {
            return refuse("looking for beginning of object key string");
        }
        self.string()?;
        if self.peek()? != b':' {
            return refuse("after object key");
        }
        self.at += 1;
        Ok(())
    }

    fn scalar(&mut self) -> Scan {
        match self.byte()? {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => refuse("looking for beginning of value"),
        }
    }

    fn word(&mut self, word: &str) -> Scan {
        for (index, letter) in word.bytes().enumerate() {
            if self.byte()? != letter && index > 0 {
                return refuse(&format!("in literal {word} (expecting '{}')", char::from(letter)));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Scan {
        self.at += 1;
        loop {
            match self.byte()? {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => {
                    self.at += 1;
                    self.escape()?;
                }
                0..0x20 => return refuse("in string literal"),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Scan {
        match self.byte()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => self.at += 1,
            b'u' => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.byte()?.is_ascii_hexdigit() {
                        return refuse("in \\u hexadecimal character escape");
                    }
                    self.at += 1;
                }
            }
            _ => return refuse("in string escape code"),
        }
        Ok(())
    }

    fn number(&mut self) -> Scan {
        if self.byte()? == b'-' {
            self.at += 1;
        }
        match self.byte()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            _ => return refuse("in numeric literal"),
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            if !self.byte()?.is_ascii_digit() {
                return refuse("after decimal point in numeric literal");
            }
            self.digits();
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte()?, b'+' | b'-') {
                self.at += 1;
            }
            if !self.byte()?.is_ascii_digit() {
                return refuse("in exponent of numeric literal");
            }
            self.digits();
        }
        Ok(())
    }

    fn digits(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }
}

fn refuse<T>(context: &str) -> Result<T, Refusal> {
    Err(Refusal::At(context.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::json_error;

    #[test]
    fn go_words_for_broken_json() {
        for (text, expected) in [
            (
                r#"{"a": 1 "b": 2}"#,
                Some("json: offset 9: invalid character '\"' after object key:value pair"),
            ),
            (
                r#"{"a": [1 2]}"#,
                Some("json: offset 10: invalid character '2' after array element"),
            ),
            (
                r#"{"a" 1}"#,
                Some("json: offset 6: invalid character '1' after object key"),
            ),
            (
                "{a: 1}",
                Some("json: offset 2: invalid character 'a' looking for beginning of object key string"),
            ),
            (
                r#"{"a": 1,}"#,
                Some("json: offset 9: invalid character '}' looking for beginning of object key string"),
            ),
            (
                r#"{"a": yes}"#,
                Some("json: offset 7: invalid character 'y' looking for beginning of value"),
            ),
            (
                r#"{"a": trux}"#,
                Some("json: offset 10: invalid character 'x' in literal true (expecting 'e')"),
            ),
            (
                "{\"a\": \"x\ny\"}",
                Some("json: offset 9: invalid character '\\n' in string literal"),
            ),
            (
                r#"{"a": "\x"}"#,
                Some("json: offset 9: invalid character 'x' in string escape code"),
            ),
            (
                r#"{"a": -x}"#,
                Some("json: offset 8: invalid character 'x' in numeric literal"),
            ),
            (r#"{"a": [{"b": 1"#, Some("unexpected EOF")),
            (r#" {"a": [{}, [], -1.5e3, "\u00e9", null]} reste"#, None),
        ] {
            assert_eq!(json_error(text).as_deref(), expected, "{text}");
        }
    }
}
