//! How wide a text will be, and how to shorten it, without a browser.
//!
//! Names are set in a monospaced face (0.6 em), so their width is known exactly; other texts are estimated a little
//! generously, and the painter has the browser condense what would still stick out.

/// A typeface of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Interface text.
    Sans,
    /// Interface text, heavier.
    SansBold,
    /// Names, images, numbers of a terminal.
    Mono,
    /// Names that matter.
    MonoBold,
}

/// The width of a text, in CSS pixels.
#[must_use]
pub fn width(text: &str, face: Face, size: f64) -> f64 {
    let em: f64 = match face {
        Face::Mono | Face::MonoBold => 0.6 * text.chars().count() as f64,
        Face::Sans => text.chars().map(sans_em).sum(),
        Face::SansBold => 1.06 * text.chars().map(sans_em).sum::<f64>(),
    };
    em * size
}

fn sans_em(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '!' | '|' | '\'' | '’' | 'î' | 'ï' | '·' => 0.29,
        'f' | 't' | 'r' | '-' | '(' | ')' | '/' | 'I' => 0.39,
        ' ' | '\u{a0}' | '\u{202f}' => 0.27,
        'm' | 'w' | 'M' | 'W' | 'œ' | '…' | '%' => 0.88,
        letter if letter.is_uppercase() => 0.68,
        _ => 0.57,
    }
}

/// Which part of a text may go when it is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Keep the beginning: sentences.
    End,
    /// Keep the end: images, whose tag is what counts.
    Start,
    /// Keep both ends: names of pods, which differ by their last letters.
    Middle,
}

/// The text, shortened with an ellipsis until it fits; empty when not even one letter does.
#[must_use]
pub fn fit(text: &str, face: Face, size: f64, room: f64, cut: Cut) -> String {
    if width(text, face, size) <= room {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    for kept in (1..letters.len()).rev() {
        let (head, tail) = match cut {
            Cut::End => (kept, 0),
            Cut::Start => (0, kept),
            Cut::Middle => {
                // a pod's suffix ("-x2f9z") has six letters: it is the last thing to give up
                let tail = kept.min(6).max(kept / 2);
                (kept - tail, tail)
            }
        };
        let ends = (
            letters.iter().take(head),
            letters.iter().skip(letters.len() - tail),
        );
        let short: String = ends.0.chain(['…'].iter()).chain(ends.1).collect();
        if width(&short, face, size) <= room {
            return short;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_where_it_hurts_least() {
        let check = |text, letters: f64, cut, expected: &str| {
            assert_eq!(fit(text, Face::Mono, 10.0, letters * 6.0, cut), expected);
        };
        check("web-7d4b9c8f5d-x2f9z", 20.0, Cut::Middle, "web-7d4b9c8f5d-x2f9z");
        check("web-7d4b9c8f5d-x2f9z", 10.0, Cut::Middle, "web…-x2f9z");
        check("web-7d4b9c8f5d-x2f9z", 6.0, Cut::Middle, "…x2f9z");
        check("registry.example/nginx:1.27", 11.0, Cut::Start, "…nginx:1.27");
        check("abcdef", 3.0, Cut::End, "ab…");
        check("abcdef", 0.5, Cut::End, "");
    }
}
