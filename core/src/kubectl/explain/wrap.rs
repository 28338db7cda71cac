//! Breaking text into lines between words, as `github.com/mitchellh/go-wordwrap` does.

/// The text with lines of at most so many characters where words allow it.
pub(super) fn wrap(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    let (mut word, mut space) = (String::new(), String::new());
    let (mut word_length, mut space_length) = (0, 0);
    for c in text.chars() {
        if c == '\n' {
            if word.is_empty() {
                if column + space_length <= limit {
                    out.push_str(&space);
                }
            } else {
                out.push_str(&space);
                out.push_str(&word);
                word.clear();
                word_length = 0;
            }
            space.clear();
            space_length = 0;
            out.push('\n');
            column = 0;
        } else if c.is_whitespace() && c != '\u{a0}' {
            if space.is_empty() || !word.is_empty() {
                column += space_length + word_length;
                out.push_str(&space);
                out.push_str(&word);
                space.clear();
                word.clear();
                (space_length, word_length) = (0, 0);
            }
            space.push(c);
            space_length += 1;
        } else {
            word.push(c);
            word_length += 1;
            if column + word_length + space_length > limit && word_length < limit {
                out.push('\n');
                column = 0;
                space.clear();
                space_length = 0;
            }
        }
    }
    if !word.is_empty() || column + space_length <= limit {
        out.push_str(&space);
    }
    out.push_str(&word);
    out
}

/// Each line after so many blanks, empty ones too.
pub(super) fn indent(text: &str, width: usize) -> String {
    let margin = " ".repeat(width);
    format!("{margin}{}", text.replace('\n', &format!("\n{margin}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        for (text, expected) in [
            ("a bc def", "a bc\ndef"),
            ("abcdefgh ij", "abcdefgh\nij"),
            ("a\n\n - b c d", "a\n\n - b\nc d"),
            ("ab cd\n", "ab cd\n"),
        ] {
            assert_eq!(wrap(text, 5), expected, "{text:?}");
        }
        assert_eq!(indent("a\n\nb\n", 2), "  a\n  \n  b\n  ");
    }
}
