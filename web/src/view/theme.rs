//! Colours by name. The values live in `assets/view.css`, once for light and once for dark; nothing here knows them.
//!
//! States differ by shape, lightness and text as well as by hue; hues are chosen to stay apart for colour-blind readers.

/// A colour of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Token {
    /// Behind everything.
    Ground,
    /// A node, a card.
    Surface,
    /// A place inside a surface: the waiting area, a revision's pane.
    Sunken,
    /// A pod.
    Raised,
    /// Thin lines around surfaces.
    Line,
    /// Lines that carry meaning.
    StrongLine,
    /// Main text.
    Text,
    /// Secondary text, still at least 4.5:1 on every ground.
    Soft,
    /// Keyboard focus and selection.
    Focus,
    /// Ready, complete.
    Ready,
    /// On its way: scheduled, pulling, starting, running but not ready.
    Busy,
    /// Waiting for somebody else.
    Waiting,
    /// Failing, blocked.
    Failing,
    /// Going away.
    Leaving,
    /// Ended well.
    Done,
    /// Services.
    Service,
    /// The lines from Services to pods, while they are not the subject.
    ServiceSoft,
    /// Drawn on a state's colour.
    OnState,
    /// One of [`HUES`] hues that tell revisions and owners apart.
    Hue(u8),
}

/// How many hues [`Token::Hue`] has.
pub const HUES: u8 = 6;

impl Token {
    /// All tokens.
    pub const ALL: [Self; 24] = [
        Self::Ground,
        Self::Surface,
        Self::Sunken,
        Self::Raised,
        Self::Line,
        Self::StrongLine,
        Self::Text,
        Self::Soft,
        Self::Focus,
        Self::Ready,
        Self::Busy,
        Self::Waiting,
        Self::Failing,
        Self::Leaving,
        Self::Done,
        Self::Service,
        Self::ServiceSoft,
        Self::OnState,
        Self::Hue(0),
        Self::Hue(1),
        Self::Hue(2),
        Self::Hue(3),
        Self::Hue(4),
        Self::Hue(5),
    ];

    /// The CSS custom property that holds its value.
    #[must_use]
    pub fn property(self) -> &'static str {
        match self {
            Self::Ground => "--view-ground",
            Self::Surface => "--view-surface",
            Self::Sunken => "--view-sunken",
            Self::Raised => "--view-raised",
            Self::Line => "--view-line",
            Self::StrongLine => "--view-strong-line",
            Self::Text => "--view-text",
            Self::Soft => "--view-soft",
            Self::Focus => "--view-focus",
            Self::Ready => "--view-ready",
            Self::Busy => "--view-busy",
            Self::Waiting => "--view-waiting",
            Self::Failing => "--view-failing",
            Self::Leaving => "--view-leaving",
            Self::Done => "--view-done",
            Self::Service => "--view-service",
            Self::ServiceSoft => "--view-service-soft",
            Self::OnState => "--view-on-state",
            Self::Hue(0) => "--view-hue-0",
            Self::Hue(1) => "--view-hue-1",
            Self::Hue(2) => "--view-hue-2",
            Self::Hue(3) => "--view-hue-3",
            Self::Hue(4) => "--view-hue-4",
            Self::Hue(_) => "--view-hue-5",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    const LAB: &str = include_str!("../../../assets/tokens.css");
    const VIEW: &str = include_str!("../../../assets/view.css");

    /// The last value that the rules with this selector give a property.
    fn value(sheet: &str, selector: &str, property: &str) -> Option<String> {
        let mut found = None;
        for rule in sheet.split('}') {
            let Some((head, body)) = rule.split_once('{') else {
                continue;
            };
            if head
                .rsplit("*/")
                .next()
                .unwrap_or(head)
                .split(',')
                .any(|one| one.trim() == selector)
            {
                let set = body.split(';').filter_map(|line| line.split_once(':'));
                let mut values = set
                    .filter(|(name, _)| name.trim() == property)
                    .map(|(_, value)| value.trim().to_owned());
                found = values.next_back().or(found);
            }
        }
        found
    }

    /// A token's value, through `var(...)`, in a theme.
    fn colour(token: Token, dark: bool) -> String {
        let look = |sheet, property: &str| {
            let themed = if dark {
                value(sheet, ":root[data-theme=\"dark\"]", property)
            } else {
                None
            };
            themed.or_else(|| value(sheet, ":root", property))
        };
        let text =
            look(VIEW, token.property()).unwrap_or_else(|| panic!("{} has no value", token.property()));
        match text.strip_prefix("var(").and_then(|text| text.strip_suffix(')')) {
            Some(property) => look(LAB, property).unwrap_or_else(|| panic!("{property} has no value")),
            None => text,
        }
    }

    /// Relative luminance, as WCAG defines it.
    fn luminance(colour: &str) -> f64 {
        let digits = colour
            .strip_prefix('#')
            .unwrap_or_else(|| panic!("{colour} is not #rrggbb"));
        let channel = |at: usize| {
            let level = f64::from(
                digits
                    .get(at..at + 2)
                    .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                    .unwrap_or(0),
            ) / 255.0;
            if level <= 0.03928 {
                level / 12.92
            } else {
                ((level + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
    }

    fn contrast(a: Token, b: Token, dark: bool) -> f64 {
        let (a, b) = (luminance(&colour(a, dark)), luminance(&colour(b, dark)));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Checks that tokens keep a contrast on every ground, light and dark.
    fn check(tokens: &[Token], least: f64) {
        for dark in [false, true] {
            for ground in [Token::Ground, Token::Surface, Token::Sunken, Token::Raised] {
                for token in tokens {
                    let found = contrast(*token, ground, dark);
                    assert!(
                        found >= least,
                        "{token:?} on {ground:?}, dark {dark}: {found:.2} is less than {least}"
                    );
                }
            }
        }
    }

    #[test]
    fn texts_can_be_read_and_marks_can_be_seen() {
        use Token::{
            Busy, Done, Failing, Focus, Hue, Leaving, Ready, Service, Soft, StrongLine, Text, Waiting,
        };
        check(
            &[Text, Soft, Ready, Busy, Waiting, Failing, Leaving, Done, Service],
            4.5,
        );
        check(
            &[StrongLine, Focus, Hue(0), Hue(1), Hue(2), Hue(3), Hue(4), Hue(5)],
            3.0,
        );
        for state in [Ready, Failing, Done] {
            assert!(
                contrast(Token::OnState, state, false) >= 4.5 && contrast(Token::OnState, state, true) >= 4.5
            );
        }
    }

    #[test]
    fn every_colour_has_a_value() {
        for token in Token::ALL {
            assert!(luminance(&colour(token, false)) <= 1.0 && luminance(&colour(token, true)) <= 1.0);
        }
    }
}
