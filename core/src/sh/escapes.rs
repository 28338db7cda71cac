//! Backslash escapes: those of `$'...'`, of `echo -e` and of `printf`.

/// Which escapes are known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum EscapeStyle {
    /// `$'...'`: `\'`, `\"`, octal `\nnn`.
    AnsiC,
    /// `echo -e` and `printf %b`: octal `\0nnn`, `\c` ends the output.
    Echo,
    /// `printf` formats: octal `\nnn`.
    Printf,
}

/// The text of `$'...'`.
pub(super) fn unescape_ansi_c(text: &str) -> String {
    unescape(text, EscapeStyle::AnsiC).0
}

/// The text with its escapes replaced, and whether `\c` ended it.
#[must_use]
pub fn unescape(text: &str, style: EscapeStyle) -> (String, bool) {
    let mut result: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, tail) = rest.split_at(at);
        result.extend_from_slice(before.as_bytes());
        let tail = tail.strip_prefix('\\').unwrap_or(tail);
        let Some(c) = tail.chars().next() else {
            result.push(b'\\');
            rest = "";
            continue;
        };
        let after = tail.strip_prefix(c).unwrap_or("");
        if c == 'c' && style != EscapeStyle::AnsiC {
            return (String::from_utf8_lossy(&result).into_owned(), true);
        }
        rest = escape(c, after, style, &mut result);
    }
    result.extend_from_slice(rest.as_bytes());
    (String::from_utf8_lossy(&result).into_owned(), false)
}

/// Writes what one escape stands for and gives the text after it.
fn escape<'a>(c: char, after: &'a str, style: EscapeStyle, result: &mut Vec<u8>) -> &'a str {
    let simple = match c {
        'a' => Some(7),
        'b' => Some(8),
        'e' | 'E' => Some(27),
        'f' => Some(12),
        'n' => Some(b'\n'),
        'r' => Some(b'\r'),
        't' => Some(b'\t'),
        'v' => Some(11),
        '\\' => Some(b'\\'),
        '\'' | '"' | '?' if style != EscapeStyle::Echo => Some(c as u8),
        _ => None,
    };
    if let Some(byte) = simple {
        result.push(byte);
        return after;
    }
    let digits = |text: &'a str, radix: u32, most: usize| {
        let end = text.chars().take(most).take_while(|c| c.is_digit(radix)).count();
        // Digits are ASCII: as many bytes as characters.
        let (digits, rest) = text.split_at(end);
        (u32::from_str_radix(digits, radix).ok(), rest)
    };
    let (value, rest) = match c {
        '0' if style == EscapeStyle::Echo => {
            let (value, rest) = digits(after, 8, 3);
            (Some(value.unwrap_or(0)), rest)
        }
        '0'..='7' if style != EscapeStyle::Echo => {
            let first = c.to_digit(8).unwrap_or(0);
            let more = after.chars().take(2).take_while(|c| c.is_digit(8)).count();
            let (digits, rest) = after.split_at(more);
            (
                Some(
                    digits
                        .chars()
                        .filter_map(|c| c.to_digit(8))
                        .fold(first, |sum, digit| sum * 8 + digit),
                ),
                rest,
            )
        }
        'x' => digits(after, 16, 2),
        'u' | 'U' => {
            let (value, rest) = digits(after, 16, if c == 'u' { 4 } else { 8 });
            if let Some(character) = value.and_then(char::from_u32) {
                result.extend_from_slice(character.to_string().as_bytes());
                return rest;
            }
            (None, after)
        }
        _ => (None, after),
    };
    match value {
        Some(value) => result.push(value as u8),
        None => {
            result.push(b'\\');
            result.extend_from_slice(c.to_string().as_bytes());
        }
    }
    rest
}
