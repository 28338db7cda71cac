//! Light colours for YAML that is only read: keys, strings, numbers and words, comments.

/// What a part of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Blanks, dashes, colons.
    Plain,
    /// A key.
    Key,
    /// A text.
    Text,
    /// A number, `true`, `false`, `null`.
    Literal,
    /// A comment.
    Comment,
}

impl Part {
    /// Its class in the style sheet.
    pub(super) fn class(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Key => Some("y-key"),
            Self::Text => Some("y-text"),
            Self::Literal => Some("y-literal"),
            Self::Comment => Some("y-comment"),
        }
    }
}

/// The parts of one line; together they are the line.
pub(super) fn parts(line: &str) -> Vec<(Part, &str)> {
    let body = line.trim_start_matches([' ', '-']);
    let (indent, body) = line.split_at(line.len() - body.len());
    let mut parts = Vec::new();
    let mut push = |part, text| {
        if !str::is_empty(text) {
            parts.push((part, text));
        }
    };
    push(Part::Plain, indent);
    if body.starts_with('#') {
        push(Part::Comment, body);
        return parts;
    }
    let colon = body
        .match_indices(':')
        .map(|(at, _)| at)
        .find(|at| matches!(body.as_bytes().get(at + 1), None | Some(b' ')))
        .filter(|_| !body.starts_with(['"', '\'']) || body.ends_with(':'));
    let Some(colon) = colon else {
        push(value(body), body);
        return parts;
    };
    let (key, rest) = body.split_at(colon);
    push(Part::Key, key);
    let scalar = rest.trim_start_matches([':', ' ']);
    let (mark, scalar) = rest.split_at(rest.len() - scalar.len());
    push(Part::Plain, mark);
    push(value(scalar), scalar);
    parts
}

fn value(text: &str) -> Part {
    if matches!(
        text,
        "true" | "false" | "null" | "{}" | "[]" | "|" | "|-" | ">" | ">-"
    ) || is_number(text)
    {
        Part::Literal
    } else {
        Part::Text
    }
}

/// Whether a scalar is a number. (`str::parse` would bring 15 KB of tables to the page.)
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.matches('.').count() <= 1
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_text() {
        let check = |text, expected| assert_eq!(is_number(text), expected, "{text}");
        check("80", true);
        check("-1", true);
        check("0.5", true);
        check("1.2.3", false);
        check("100m", false);
        check("", false);
        check("-", false);
    }

    #[test]
    fn lines_fall_into_their_parts() {
        let check = |line: &str, expected: &[(Part, &str)]| {
            assert_eq!(parts(line), expected);
            assert_eq!(
                parts(line).iter().map(|(_, text)| *text).collect::<String>(),
                line
            );
        };
        check(
            "kind: Pod",
            &[(Part::Key, "kind"), (Part::Plain, ": "), (Part::Text, "Pod")],
        );
        check(
            "  - name: web",
            &[
                (Part::Plain, "  - "),
                (Part::Key, "name"),
                (Part::Plain, ": "),
                (Part::Text, "web"),
            ],
        );
        check(
            "  replicas: 3",
            &[
                (Part::Plain, "  "),
                (Part::Key, "replicas"),
                (Part::Plain, ": "),
                (Part::Literal, "3"),
            ],
        );
        check(
            "  image: nginx:1.27",
            &[
                (Part::Plain, "  "),
                (Part::Key, "image"),
                (Part::Plain, ": "),
                (Part::Text, "nginx:1.27"),
            ],
        );
        check("spec:", &[(Part::Key, "spec"), (Part::Plain, ":")]);
        check("# a: b", &[(Part::Comment, "# a: b")]);
        check("- \"a: b\"", &[(Part::Plain, "- "), (Part::Text, "\"a: b\"")]);
        check("", &[]);
    }
}
