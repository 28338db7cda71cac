//! French typography: guillemets with no-break spaces, lists with «\u{a0}ou\u{a0}».

/// `x` -> `« x »`
pub(super) fn quoted(text: &str) -> String {
    format!("«\u{a0}{text}\u{a0}»")
}

/// `a`, `b`, `c` -> `« a », « b » ou « c »`
pub(super) fn alternatives(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} ou {last}", rest.join(", ")),
    }
}

/// `1 espace`, `2 espaces`, `aucun espace`
pub(super) fn spaces(count: usize) -> String {
    if count == 0 {
        return "aucun espace devant".to_owned();
    }
    let plural = if count > 1 { "s" } else { "" };
    format!("{count}\u{a0}espace{plural}")
}
