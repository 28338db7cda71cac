//! POSIX regular expressions, basic and extended, in the words of the `regex-lite` crate.

/// How long a pattern may be, in bytes.
const PATTERN_MAX_BYTES: usize = 2_000;

/// Compiles a pattern; the error is what the program prints after its name.
pub(super) fn compile(pattern: &str, extended: bool, ignore_case: bool) -> Result<regex_lite::Regex, String> {
    let translated = if extended {
        extended_pattern(pattern)
    } else {
        basic(pattern)
    };
    let flags = if ignore_case { "(?i)" } else { "" };
    if pattern.len() > PATTERN_MAX_BYTES {
        return Err("Regular expression too big".to_owned());
    }
    regex_lite::Regex::new(&format!("{flags}{translated}")).map_err(|_| reason(pattern).to_owned())
}

fn reason(pattern: &str) -> &'static str {
    let count = |c: char| pattern.matches(c).count();
    if count('[') > count(']') {
        "Invalid regular expression"
    } else if count('(') > count(')') {
        "Unmatched ( or \\("
    } else if count(')') > count('(') {
        "Unmatched ) or \\)"
    } else {
        "Invalid preceding regular expression"
    }
}

/// Copies a bracket expression, whose `[` has been read; a backslash in it is itself.
fn bracket(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, result: &mut String) {
    result.push('[');
    if chars.next_if_eq(&'^').is_some() {
        result.push('^');
    }
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            ']' if !first => {
                result.push(']');
                return;
            }
            '[' if matches!(chars.peek(), Some(':')) => {
                result.push('[');
                for c in chars.by_ref() {
                    result.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '[' | ']' | '\\' | '&' | '~' => {
                result.push('\\');
                result.push(c);
            }
            c => result.push(c),
        }
        first = false;
    }
}

fn basic(pattern: &str) -> String {
    let mut result = String::new();
    let mut chars = pattern.chars().peekable();
    let mut start = true;
    while let Some(c) = chars.next() {
        let was_start = std::mem::replace(&mut start, false);
        match c {
            '\\' => match chars.next() {
                Some(c @ ('(' | '|')) => {
                    result.push(c);
                    start = true;
                }
                Some(c @ (')' | '{' | '}' | '+' | '?')) => result.push(c),
                Some(c @ ('w' | 'W' | 's' | 'S' | 'b' | 'B')) => {
                    result.push('\\');
                    result.push(c);
                }
                Some('<' | '>') => result.push_str("\\b"),
                Some(c) => literal(c, &mut result),
                None => result.push_str("\\\\"),
            },
            '[' => bracket(&mut chars, &mut result),
            '*' if was_start => result.push_str("\\*"),
            '^' if !was_start => result.push_str("\\^"),
            '$' if chars.peek().is_some() && !chars.clone().take(2).eq("\\)".chars()) => {
                result.push_str("\\$");
            }
            '(' | ')' | '{' | '}' | '|' | '+' | '?' => {
                result.push('\\');
                result.push(c);
            }
            '^' => {
                result.push('^');
                start = true;
            }
            c => result.push(c),
        }
    }
    result
}

fn extended_pattern(pattern: &str) -> String {
    let mut result = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c @ ('w' | 'W' | 's' | 'S' | 'b' | 'B')) => {
                    result.push('\\');
                    result.push(c);
                }
                Some('<' | '>') => result.push_str("\\b"),
                Some(c) => literal(c, &mut result),
                None => result.push_str("\\\\"),
            },
            '[' => bracket(&mut chars, &mut result),
            // A brace that opens no count is itself.
            '{' if !chars.peek().is_some_and(char::is_ascii_digit) => result.push_str("\\{"),
            c => result.push(c),
        }
    }
    result
}

fn literal(c: char, result: &mut String) {
    if c.is_ascii_punctuation() {
        result.push('\\');
    }
    result.push(c);
}

/// The pattern that matches only this text.
pub(super) fn quote(text: &str) -> String {
    let mut result = String::new();
    text.chars().for_each(|c| literal(c, &mut result));
    result
}
