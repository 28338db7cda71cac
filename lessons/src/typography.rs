//! French typography. Authors type on an ordinary keyboard; the lab sets what they typed as a printer would ([`set`]), and refuses what it
//! cannot set by itself ([`faults`]).
//!
//! Set: a space before `;` `!` `?` `%` becomes a narrow no-break space (U+202F), before `:` and inside « » a no-break space (U+00A0), between
//! a number and its word too; `'` after a letter becomes the typographic apostrophe `’`; `...` becomes `…`.
//! Refused: no space before `;` `:` `!` `?`, none inside « », straight double quotes, two spaces, a space before a comma, `oe` for `œ`, a
//! bare capital where French wants its accent.

const NARROW: char = '\u{202f}';
const NO_BREAK: char = '\u{a0}';

/// Sets a run of prose. Never changes code: the caller gives only prose. Setting twice changes nothing.
pub fn set(text: &str) -> String {
    let text = text.replace("...", "…");
    let mut out = String::with_capacity(text.len() + 8);
    let mut before: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let after = chars.peek().copied();
        let kept = match c {
            ' ' | NO_BREAK | NARROW => match (before, after) {
                (_, Some(';' | '!' | '?' | '%')) => NARROW,
                (_, Some(':' | '»')) | (Some('«'), _) => NO_BREAK,
                (Some(b), Some(a)) if b.is_ascii_digit() && a.is_alphanumeric() && c == ' ' => NO_BREAK,
                _ => c,
            },
            '\'' if before.is_some_and(char::is_alphabetic) => '’',
            other => other,
        };
        out.push(kept);
        before = Some(kept);
    }
    out
}

/// Words that want their ligature, and capitals that want their accent.
const WORDS: [(&str, &str); 17] = [
    ("noeud", "nœud"),
    ("coeur", "cœur"),
    ("oeuvre", "œuvre"),
    ("oeil", "œil"),
    ("soeur", "sœur"),
    ("voeu", "vœu"),
    ("Etat", "État"),
    ("Etape", "Étape"),
    ("Ecrire", "Écrire"),
    ("Ecrivez", "Écrivez"),
    ("Editeur", "Éditeur"),
    ("Echec", "Échec"),
    ("Evénement", "Événement"),
    ("Etiquette", "Étiquette"),
    ("Evidemment", "Évidemment"),
    ("A la ", "À la "),
    ("Ca ", "Ça "),
];

/// What an author must mend in a run of prose (French sentences). `start` is the character before the run, if any: a run often begins
/// just after code.
pub fn faults(text: &str, start: Option<char>) -> Vec<String> {
    let mut found = Vec::new();
    let mut before = start;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let after = chars.peek().copied();
        let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
        match c {
            ';' | '!' | '?' if !blank(before) && !matches!(before, Some('!' | '?' | '(' | '…')) => {
                found.push(format!(
                    "Il manque une espace avant « {c} » ({}).",
                    around(text, c)
                ));
            }
            ':' if !blank(before) && blank(after) => {
                found.push(format!("Il manque une espace avant « : » ({}).", around(text, c)));
            }
            '«' if after.is_some() && !blank(after) => {
                found.push("Il manque une espace après « («).".to_owned());
            }
            '»' if !blank(before) => found.push("Il manque une espace avant » (»).".to_owned()),
            '"' => found.push(format!(
                "Guillemets droits : écrivez « … » ({}).",
                around(text, c)
            )),
            ' ' if before == Some(' ') => found.push(format!("Deux espaces de suite ({}).", around(text, c))),
            ',' if before == Some(' ') => {
                found.push(format!("Espace avant une virgule ({}).", around(text, c)));
            }
            _ => {}
        }
        before = Some(c);
    }
    for (wrong, right) in WORDS {
        let starts_word = |at: usize| !text.get(..at).is_some_and(|b| b.ends_with(char::is_alphanumeric));
        if text.match_indices(wrong).any(|(at, _)| starts_word(at)) {
            found.push(format!("« {} » s’écrit « {} ».", wrong.trim(), right.trim()));
        }
    }
    found
}

/// A few words around the first `c` of a text.
fn around(text: &str, c: char) -> String {
    let (before, after) = text.split_once(c).unwrap_or((text, ""));
    let words: Vec<&str> = before.split_whitespace().collect();
    let head = words
        .get(words.len().saturating_sub(2)..)
        .unwrap_or_default()
        .join(" ");
    let tail = after.split_whitespace().next().unwrap_or_default();
    let gap = if before.ends_with(char::is_whitespace) {
        " "
    } else {
        ""
    };
    format!("{head}{gap}{c} {tail}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{faults, set};

    #[test]
    fn setting() {
        let check = |typed: &str, expected: &str| {
            assert_eq!(set(typed), expected);
            assert_eq!(set(expected), expected, "setting twice");
        };
        check(
            "Quoi ? L'API : « oui » ; 3 Pods !",
            "Quoi\u{202f}? L’API\u{a0}: «\u{a0}oui\u{a0}»\u{202f}; 3\u{a0}Pods\u{202f}!",
        );
        check("Attendez... 25 %", "Attendez… 25\u{202f}%");
        check("à 10:30, nginx:1.27", "à 10:30, nginx:1.27");
    }

    #[test]
    fn what_authors_must_mend() {
        let check = |text: &str, start: Option<char>, words: &[&str]| {
            let found = faults(text, start);
            assert_eq!(found.len(), words.len(), "{text}: {found:?}");
            for (fault, word) in found.iter().zip(words) {
                assert!(fault.contains(word), "{fault}");
            }
        };
        check("Voici : un « mot » ; bien ! Non ?", None, &[]);
        check("Quoi !? (oui, http://a) 10:30", None, &[]);
        check("Voici: un", None, &["avant « : »"]);
        check(": un", Some('`'), &["avant « : »"]);
        check("Quoi?", None, &["avant « ? »"]);
        check("un \"mot\"", None, &["droits", "droits"]);
        check("«mot»", None, &["après", "avant"]);
        check("un  mot , deux", None, &["Deux espaces", "virgule"]);
        check("le noeud, pseudonoeud", None, &["nœud"]);
        check("Etat et A la fin", None, &["État", "À la"]);
    }
}
