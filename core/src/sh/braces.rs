//! Brace expansion: `a{b,c}d`, `{1..10..2}`, `{a..e}`. Purely textual, before any other expansion, as bash does it.
//!
//! Written here because the parser's own takes time exponential in the depth of its input.

/// How many words one word may become.
const WORDS_MAX: usize = 20_000;
/// How deep braces may nest.
const DEPTH_MAX: usize = 24;

/// The words that a raw word stands for; `None` when there are too many of them.
pub(super) fn expand(raw: &str) -> Option<Vec<String>> {
    if !raw.contains('{') {
        return Some(vec![raw.to_owned()]);
    }
    let chars: Vec<char> = raw.chars().collect();
    expand_chars(&chars, 0)
}

fn expand_chars(chars: &[char], depth: usize) -> Option<Vec<String>> {
    if depth > DEPTH_MAX {
        return None;
    }
    let mut from = 0;
    while let Some(open) = find_open(chars, from) {
        let Some(group) = find_group(chars, open) else {
            from = open + 1;
            continue;
        };
        let prefix: String = chars.get(..open)?.iter().collect();
        let inner = chars.get(open + 1..group.close)?;
        let alternatives = if group.commas.is_empty() {
            match sequence(&inner.iter().collect::<String>()) {
                Some(sequence) => sequence?,
                None => {
                    from = open + 1;
                    continue;
                }
            }
        } else {
            let mut all = Vec::new();
            let mut start = open + 1;
            for end in group.commas.iter().copied().chain(std::iter::once(group.close)) {
                all.extend(expand_chars(chars.get(start..end)?, depth + 1)?);
                start = end + 1;
            }
            all
        };
        let suffixes = expand_chars(chars.get(group.close + 1..)?, depth)?;
        if alternatives.len().saturating_mul(suffixes.len()) > WORDS_MAX {
            return None;
        }
        return Some(
            alternatives
                .iter()
                .flat_map(|middle| suffixes.iter().map(move |suffix| (middle, suffix)))
                .map(|(middle, suffix)| format!("{prefix}{middle}{suffix}"))
                .collect(),
        );
    }
    Some(vec![chars.iter().collect()])
}

struct Group {
    close: usize,
    commas: Vec<usize>,
}

/// The next `{` that is neither quoted nor part of `${`.
fn find_open(chars: &[char], from: usize) -> Option<usize> {
    let mut at = 0;
    while at < chars.len() {
        match chars.get(at)? {
            '{' if at >= from => return Some(at),
            _ => at = skip(chars, at),
        }
    }
    None
}

/// The `}` that closes the `{` at `open`, and the commas between them.
fn find_group(chars: &[char], open: usize) -> Option<Group> {
    let (mut depth, mut commas) = (0_usize, Vec::new());
    let mut at = open + 1;
    while at < chars.len() {
        match chars.get(at)? {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(Group { close: at, commas }),
            '}' => depth -= 1,
            ',' if depth == 0 => commas.push(at),
            _ => {}
        }
        at = skip(chars, at);
    }
    None
}

/// The position after the quoted text, substitution or plain character at `at`.
fn skip(chars: &[char], at: usize) -> usize {
    match (chars.get(at), chars.get(at + 1)) {
        (Some('\\'), _) => at + 2,
        (Some('\''), _) => skip_to(chars, at + 1, '\''),
        (Some('`'), _) => skip_to(chars, at + 1, '`'),
        (Some('"'), _) => {
            let mut at = at + 1;
            while let Some(c) = chars.get(at) {
                match c {
                    '"' => return at + 1,
                    '\\' => at += 2,
                    '$' => at = skip(chars, at),
                    _ => at += 1,
                }
            }
            at
        }
        (Some('$'), Some('{')) => skip_nested(chars, at + 2, '{', '}'),
        (Some('$'), Some('(')) => skip_nested(chars, at + 2, '(', ')'),
        _ => at + 1,
    }
}

fn skip_to(chars: &[char], from: usize, end: char) -> usize {
    chars
        .iter()
        .skip(from)
        .position(|c| *c == end)
        .map_or(chars.len(), |offset| from + offset + 1)
}

fn skip_nested(chars: &[char], from: usize, open: char, close: char) -> usize {
    let (mut depth, mut at) = (1_usize, from);
    while let Some(c) = chars.get(at) {
        match c {
            '\\' => at += 1,
            '\'' => at = skip_to(chars, at + 1, '\'') - 1,
            c if *c == open => depth += 1,
            c if *c == close => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    at
}

/// `1..5`, `a..e`, with a step. The outer `None` is "not a sequence", the inner one "too long".
fn sequence(text: &str) -> Option<Option<Vec<String>>> {
    let mut parts = text.split("..");
    let (first, last) = (parts.next()?, parts.next()?);
    let step: i64 = match parts.next() {
        Some(step) => step.parse().ok()?,
        None => 1,
    };
    if parts.next().is_some() {
        return None;
    }
    if let (Ok(from), Ok(to)) = (first.parse::<i64>(), last.parse::<i64>()) {
        let padded = [first, last].iter().any(|part| {
            part.trim_start_matches('-').len() > 1 && part.trim_start_matches('-').starts_with('0')
        });
        let width = if padded { first.len().max(last.len()) } else { 0 };
        return Some(numbers(from, to, step).map(|numbers| numbers.iter().map(|n| pad(*n, width)).collect()));
    }
    let (mut from, mut to) = (first.chars(), last.chars());
    let (Some(start), None, Some(end), None) = (from.next(), from.next(), to.next(), to.next()) else {
        return None;
    };
    if !start.is_ascii_alphabetic() || !end.is_ascii_alphabetic() {
        return None;
    }
    let letters = numbers(i64::from(u32::from(start)), i64::from(u32::from(end)), step)?;
    let letters = letters
        .iter()
        .filter_map(|n| u32::try_from(*n).ok().and_then(char::from_u32));
    Some(Some(letters.map(String::from).collect()))
}

fn pad(number: i64, width: usize) -> String {
    if number < 0 {
        format!("-{:0>1$}", number.unsigned_abs(), width.saturating_sub(1))
    } else {
        format!("{number:0>width$}")
    }
}

fn numbers(from: i64, to: i64, step: i64) -> Option<Vec<i64>> {
    let step = i128::from(step.unsigned_abs().max(1));
    let (from, to) = (i128::from(from), i128::from(to));
    let count = usize::try_from((to - from).abs() / step + 1)
        .ok()
        .filter(|count| *count <= WORDS_MAX)?;
    let sign = if to < from { -1 } else { 1 };
    (0..count)
        .map(|n| i64::try_from(from + sign * step * i128::try_from(n).ok()?).ok())
        .collect()
}
