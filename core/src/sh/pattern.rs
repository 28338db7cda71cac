//! Shell patterns: `*`, `?`, `[a-z]`, `[!a]`, `[[:digit:]]`; a backslash takes the next character as it stands.

/// One element of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Element {
    Literal(char),
    AnyOne,
    AnyRun,
    Class { negated: bool, members: Vec<Member> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Member {
    Range(char, char),
    Named(String),
}

/// A pattern ready to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Element>);

impl Pattern {
    /// Reads a pattern; every text is one.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut elements = Vec::new();
        let mut at = 0;
        while let Some(c) = chars.get(at) {
            at += 1;
            match c {
                '\\' => {
                    elements.push(Element::Literal(chars.get(at).copied().unwrap_or('\\')));
                    at += 1;
                }
                '?' => elements.push(Element::AnyOne),
                '*' => {
                    if elements.last() != Some(&Element::AnyRun) {
                        elements.push(Element::AnyRun);
                    }
                }
                '[' => match class(&chars, at) {
                    Some((element, after)) => {
                        elements.push(element);
                        at = after;
                    }
                    None => elements.push(Element::Literal('[')),
                },
                c => elements.push(Element::Literal(*c)),
            }
        }
        Self(elements)
    }

    /// Whether the whole text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        self.matches_chars(&chars)
    }

    /// Whether all of these characters match.
    #[must_use]
    pub fn matches_chars(&self, text: &[char]) -> bool {
        // The last `*` is where a mismatch goes back to: linear space, at worst quadratic time.
        let (mut at, mut pos) = (0, 0);
        let mut back: Option<(usize, usize)> = None;
        while pos < text.len() {
            match (self.0.get(at), text.get(pos)) {
                (Some(Element::AnyRun), _) => {
                    back = Some((at + 1, pos));
                    at += 1;
                }
                (Some(element), Some(c)) if element.takes(*c) => {
                    at += 1;
                    pos += 1;
                }
                _ => match back {
                    Some((element, from)) => {
                        back = Some((element, from + 1));
                        at = element;
                        pos = from + 1;
                    }
                    None => return false,
                },
            }
        }
        self.0.iter().skip(at).all(|element| *element == Element::AnyRun)
    }

    /// Whether the first character is matched literally as a dot: only then does a glob list hidden files.
    #[must_use]
    pub fn starts_with_dot(&self) -> bool {
        self.0.first() == Some(&Element::Literal('.'))
    }
}

impl Element {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Literal(literal) => *literal == c,
            Self::AnyOne => true,
            Self::AnyRun => false,
            Self::Class { negated, members } => members.iter().any(|member| member.contains(c)) != *negated,
        }
    }
}

impl Member {
    fn contains(&self, c: char) -> bool {
        match self {
            Self::Range(from, to) => (*from..=*to).contains(&c),
            Self::Named(name) => match name.as_str() {
                "alpha" => c.is_alphabetic(),
                "digit" => c.is_ascii_digit(),
                "alnum" => c.is_alphanumeric(),
                "upper" => c.is_uppercase(),
                "lower" => c.is_lowercase(),
                "space" => c.is_whitespace(),
                "blank" => c == ' ' || c == '\t',
                "punct" => c.is_ascii_punctuation(),
                "xdigit" => c.is_ascii_hexdigit(),
                "cntrl" => c.is_control(),
                "print" => !c.is_control(),
                "graph" => !c.is_control() && !c.is_whitespace(),
                _ => false,
            },
        }
    }
}

/// The class whose `[` stands before `from`, and the position after its `]`.
fn class(chars: &[char], from: usize) -> Option<(Element, usize)> {
    let mut at = from;
    let negated = matches!(chars.get(at), Some('!' | '^'));
    at += usize::from(negated);
    let first = at;
    let mut members = Vec::new();
    loop {
        let c = *chars.get(at)?;
        match c {
            ']' if at > first => return Some((Element::Class { negated, members }, at + 1)),
            '[' if chars.get(at + 1) == Some(&':') => {
                let name: String = chars.iter().skip(at + 2).take_while(|c| **c != ':').collect();
                at += 2 + name.chars().count();
                if chars.get(at) != Some(&':') || chars.get(at + 1) != Some(&']') {
                    return None;
                }
                at += 2;
                members.push(Member::Named(name));
            }
            _ => {
                let start = if c == '\\' {
                    at += 1;
                    *chars.get(at)?
                } else {
                    c
                };
                at += 1;
                if chars.get(at) == Some(&'-') && chars.get(at + 1).is_some_and(|c| *c != ']') {
                    let end = *chars.get(at + 1)?;
                    at += 2;
                    members.push(Member::Range(start, end));
                } else {
                    members.push(Member::Range(start, start));
                }
            }
        }
    }
}

/// Whether a pattern text has anything but literal characters.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    Pattern::new(text)
        .0
        .iter()
        .any(|element| !matches!(element, Element::Literal(_)))
}

/// The pattern that matches only this text.
#[must_use]
pub fn escape(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            "*?[]\\"
                .contains(c)
                .then_some('\\')
                .into_iter()
                .chain(std::iter::once(c))
        })
        .collect()
}
