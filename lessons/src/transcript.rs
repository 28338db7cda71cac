//! Compares what a lesson says the terminal prints with what it prints. Ages, addresses, generated names and the machines that the scheduler chose may
//! differ; words, columns and their order may not. A line `...` in the lesson stands for any lines.

/// Whether `printed` is what the lesson says.
///
/// # Errors
/// A French sentence with the first line that differs.
pub fn compare(said: &str, printed: &str) -> Result<(), String> {
    let said: Vec<(&str, String)> = said.trim_end().lines().map(|l| (l, normal(l))).collect();
    let printed: Vec<(&str, String)> = printed.trim_end().lines().map(|l| (l, normal(l))).collect();
    if fits(&said, &printed) {
        return Ok(());
    }
    let mut there = printed.iter();
    for (line, normal) in said.iter().filter(|(line, _)| line.trim() != "...") {
        if !there.any(|(_, other)| other == normal) {
            let all: Vec<&str> = printed.iter().map(|(l, _)| *l).collect();
            return Err(format!(
                "Le terminal n’affiche pas « {} ». Il affiche :\n{}",
                line.trim_end(),
                all.join("\n")
            ));
        }
    }
    let all: Vec<&str> = printed.iter().map(|(l, _)| *l).collect();
    Err(format!(
        "Le terminal affiche d’autres lignes :\n{}",
        all.join("\n")
    ))
}

fn fits(said: &[(&str, String)], printed: &[(&str, String)]) -> bool {
    match said.split_first() {
        None => printed.is_empty(),
        Some(((line, _), rest)) if line.trim() == "..." => {
            (0..=printed.len()).any(|n| fits(rest, printed.get(n..).unwrap_or_default()))
        }
        Some(((_, normal), rest)) => match printed.split_first() {
            Some(((_, other), others)) => normal == other && fits(rest, others),
            None => false,
        },
    }
}

/// A line without what differs from one run to the next; its indentation is kept, blanks inside count as one.
fn normal(line: &str) -> String {
    let indent: String = line.chars().take_while(|c| *c == ' ').collect();
    let words: Vec<String> = line.split_whitespace().map(word).collect();
    format!("{indent}{}", words.join(" "))
}

fn word(word: &str) -> String {
    let word = without_addresses(word);
    let word = word.as_str();
    let core = word.trim_start_matches('(').trim_end_matches([')', '.', ',']);
    if is_duration(core) {
        return word.replace(core, "<durée>");
    }
    if is_id(core) {
        return word.replace(core, "<identifiant>");
    }
    if core.len() >= 7 && core.chars().all(|c| c.is_ascii_digit()) {
        return word.replace(core, "<nombre>");
    }
    let mut out = String::new();
    let mut before = ' ';
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let run = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        let (part, tail) = if run == 0 {
            rest.split_at(c.len_utf8())
        } else {
            rest.split_at(run)
        };
        let generated = matches!(before, '-' | '=')
            && (part.len() == 5 || (8..=10).contains(&part.len()))
            && part.chars().all(is_generated);
        let node = before == '-' && out.ends_with("worker-") && part.chars().all(|c| c.is_ascii_digit());
        out.push_str(if generated || node { "*" } else { part });
        before = part.chars().next_back().unwrap_or(' ');
        rest = tail;
    }
    out
}

/// A word in which each address is the same: `http://10.244.1.2:80/`, `10.244.1.2:80,10.244.3.4:80`.
fn without_addresses(word: &str) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, tail) = rest.split_at(start);
        let end = tail.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (run, after) = tail.split_at(end.unwrap_or(tail.len()));
        let number = run.trim_end_matches('.');
        let address =
            number.split('.').count() == 4 && number.split('.').all(|part| part.parse::<u8>().is_ok());
        out.push_str(before);
        out.push_str(&if address {
            run.replacen(number, "<adresse>", 1)
        } else {
            run.to_owned()
        });
        rest = after;
    }
    out + rest
}

/// A container's or an image's id: 12 or 64 hexadecimal digits.
fn is_id(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    matches!(digits.len(), 12 | 64)
        && digits
            .chars()
            .all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
}

/// The alphabet of names that Kubernetes generates.
fn is_generated(c: char) -> bool {
    "bcdfghjklmnpqrstvwxz2456789".contains(c)
}

/// `3s`, `1m20s`, `1.6s`, `280ms`, `<unknown>` is not one.
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let unit = ["ms", "µs", "s", "m", "h", "d", "y"]
            .iter()
            .find_map(|unit| after.strip_prefix(unit));
        match unit.filter(|_| !number.is_empty()) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn comparisons() {
        let check = |said: &str, printed: &str, expected: bool| {
            assert_eq!(
                compare(said, printed).is_ok(),
                expected,
                "{said} / {printed}: {:?}",
                compare(said, printed)
            );
        };
        check("a  b\n", "a b", true);
        check("a", "b", false);
        check("  a", "a", false);
        check(
            "web-85cd9dfc9f-c9kfn  1/1  3s",
            "web-8649db984-zt5wq 1/1 1m20s",
            true,
        );
        check("web-85cd9dfc9f-c9kfn 1/1", "web-85cd9dfc9f-c9kfn 0/1", false);
        check("10.244.1.2 worker-1", "10.244.3.7 worker-3", true);
        check(
            "Get \"http://10.244.1.2:8080/\":",
            "Get \"http://10.244.3.7:8080/\":",
            true,
        );
        check("10.244.1.2:80,10.244.3.3:80", "10.244.2.2:80,10.244.1.9:80", true);
        check("10.244.1.2:80", "10.244.1.2:8080", false);
        check("control-plane", "control-other", false);
        check(
            "in 1.6s (1.6s including waiting). Image size: 72225438 bytes.",
            "in 2s (2s including waiting). Image size: 52225438 bytes.",
            true,
        );
        check(
            "app=boutique,pod-template-hash=85cd9dfc9f",
            "app=boutique,pod-template-hash=8649db984",
            true,
        );
        check("3f2a9c0d1e4b web", "a1b2c3d4e5f6 web", true);
        check("3f2a9c0d1e4b web", "a1b2c3d4e5f6 api", false);
        check("...\nb\n...", "a\nb\nc", true);
        check("...\nd", "a\nb", false);
        check("a\n...", "a", true);
        check("pod/web created", "pod/api created", false);
    }
}
