//! How a string is written in YAML: plain, quoted, or as a literal block; go-yaml v2's choices and its folding of long
//! lines (beyond 80 columns, at the next single blank).

use super::super::scalar::{Resolved, resolve};

/// Columns after which a line is broken at the next blank.
const BEST_WIDTH: usize = 80;

/// The four ways to write a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// Where a string is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Column of the first character.
    pub(super) column: usize,
    /// Indentation of the lines that follow.
    pub(super) indent: usize,
    /// Whether it is a key: keys are never broken.
    pub(super) key: bool,
}

/// Appends `text` to `out`, as go-yaml would at `place`.
pub(super) fn write_scalar(out: &mut String, text: &str, place: Place) {
    match style(text, place.key) {
        Style::Plain => folded(out, text, place, false),
        Style::Single => {
            out.push('\'');
            let inside = Place {
                column: place.column + 1,
                ..place
            };
            folded(out, text, inside, true);
            out.push('\'');
        }
        Style::Double => double_quoted(out, text, place),
        Style::Literal => literal(out, text, place.indent),
    }
}

/// Whether a key can stand before a colon; if not it is written after a question mark.
pub(super) fn is_simple_key(text: &str) -> bool {
    const LONGEST: usize = 128;
    text.len() <= LONGEST && !text.contains(is_break)
}

fn style(text: &str, key: bool) -> Style {
    let allowed = Allowed::analyze(text);
    if text.contains('\n') {
        return if allowed.block && !key {
            Style::Literal
        } else {
            Style::Double
        };
    }
    if !matches!(resolve(text), Resolved::Str) || is_base60(text) {
        return Style::Double;
    }
    if allowed.plain {
        Style::Plain
    } else if allowed.single {
        Style::Single
    } else {
        Style::Double
    }
}

/// Base 60 floats (`12:30`) are strings for Kubernetes, numbers for other YAML 1.1 readers: quoted.
fn is_base60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = unsigned.split(':');
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let Some(first) = parts.next() else {
        return false;
    };
    let rest: Vec<&str> = parts.collect();
    let Some((last, middle)) = rest.split_last() else {
        return false;
    };
    let sexagesimal = |s: &str| matches!(s.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    first.starts_with(|c: char| c.is_ascii_digit())
        && digits(first)
        && middle.iter().all(|s| sexagesimal(s))
        && sexagesimal(last)
        && digits(fraction)
}

/// Which styles a string allows in block context.
struct Allowed {
    plain: bool,
    single: bool,
    block: bool,
}

impl Allowed {
    fn analyze(text: &str) -> Self {
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let mut special = false;
        let mut breaks = false;
        let mut break_then_space = false;
        let mut space_then_break = false;
        let mut previous = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let blank_follows = chars.peek().is_none_or(|c| is_blankz(*c));
            let blank_before = previous.is_none_or(is_blankz);
            indicators |= match (previous, c) {
                (None, '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>') => true,
                (None, '\'' | '"' | '%' | '@' | '`') => true,
                (None, '?' | '-') | (_, ':') => blank_follows,
                (_, '#') => blank_before,
                _ => false,
            };
            special |= !is_printable(c);
            break_then_space |= c == ' ' && previous.is_some_and(is_break);
            space_then_break |= is_break(c) && previous == Some(' ');
            breaks |= is_break(c);
            previous = Some(c);
        }
        let edge = |c: char| c == ' ' || is_break(c);
        let at_edge = text.starts_with(edge) || text.ends_with(edge);
        Self {
            plain: !(indicators || special || breaks || at_edge),
            single: !(break_then_space || space_then_break || special),
            block: !(text.ends_with(' ') || space_then_break || special),
        }
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blankz(c: char) -> bool {
    c == ' ' || c == '\t' || is_break(c)
}

/// What go-yaml prints as it is: no tab, no other control character, nothing outside the basic multilingual plane.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn new_line(out: &mut String, indent: usize) {
    out.push('\n');
    for _ in 0..indent {
        out.push(' ');
    }
}

/// Plain and single-quoted text, broken at single blanks.
fn folded(out: &mut String, text: &str, place: Place, quoted: bool) {
    let mut column = place.column;
    let mut after_space = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == ' ' {
            let next = chars.peek().map(|(_, c)| *c);
            let inside = !quoted || (at > 0 && next.is_some());
            if !place.key && !after_space && column > BEST_WIDTH && inside && next != Some(' ') {
                new_line(out, place.indent);
                column = place.indent;
            } else {
                out.push(' ');
                column += 1;
            }
            after_space = true;
            continue;
        }
        if quoted && c == '\'' {
            out.push('\'');
            column += 1;
        }
        out.push(c);
        column += 1;
        after_space = false;
    }
}

fn double_quoted(out: &mut String, text: &str, place: Place) {
    let mut column = place.column + 1;
    let mut after_space = false;
    out.push('"');
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == ' ' {
            let next = chars.peek().map(|(_, c)| *c);
            if !place.key && !after_space && column > BEST_WIDTH && at > 0 && next.is_some() {
                new_line(out, place.indent);
                column = place.indent;
                if next == Some(' ') {
                    out.push('\\');
                    column += 1;
                }
            } else {
                out.push(' ');
                column += 1;
            }
            after_space = true;
            continue;
        }
        after_space = false;
        let before = out.len();
        if is_printable(c) && !is_break(c) && c != '"' && c != '\\' {
            out.push(c);
            column += 1;
        } else {
            escape(out, c);
            column += out.len() - before;
        }
    }
    out.push('"');
}

fn escape(out: &mut String, c: char) {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(c);
            out.push_str(&match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
            return;
        }
    };
    out.push('\\');
    out.push(short);
}

fn literal(out: &mut String, text: &str, indent: usize) {
    out.push('|');
    if text.starts_with(|c| c == ' ' || is_break(c)) {
        out.push('2');
    }
    let mut ends = text.chars().rev();
    match (ends.next(), ends.next()) {
        (Some(last), _) if !is_break(last) => out.push('-'),
        (Some(_), None) => out.push('+'),
        (Some(_), Some(before)) if is_break(before) => out.push('+'),
        _ => {}
    }
    out.push('\n');
    let mut at_start = true;
    for c in text.chars() {
        if is_break(c) {
            out.push(c);
            at_start = true;
            continue;
        }
        if at_start {
            for _ in 0..indent {
                out.push(' ');
            }
        }
        out.push(c);
        at_start = false;
    }
}
