//! Texts that are no YAML: which mistake it probably is.

use super::Findings;
use super::french::{quoted, spaces};
use crate::manifest::node::Problem;
use crate::manifest::span::Span;

/// Marks a document that cannot be read.
pub(super) fn explain(findings: &mut Findings<'_>, problem: &Problem) {
    let (span, hint) = hint(findings, problem);
    findings.error(span, &problem.message, &hint);
}

fn hint(findings: &Findings<'_>, problem: &Problem) -> (Span, String) {
    let message = problem.message.as_str();
    let says = |part: &str| message.contains(part);
    let span = problem.span;
    if let Some(tab) = tab_in_indentation(findings, span) {
        let hint = "Cette ligne est décalée avec une tabulation\u{a0}: YAML n’accepte que des espaces.";
        return (tab, hint.to_owned());
    }
    if says("did not find expected key") {
        return misaligned(findings, span);
    }
    if says("did not find expected '-' indicator") {
        let hint = "Cette ligne est au niveau des tirets d’une liste, mais n’en porte pas\u{a0}: ajoutez «\u{a0}-\u{a0}», \
                    ou alignez-la sur les champs de l’élément.";
        return (line_of(findings, span.start), hint.to_owned());
    }
    if says("mapping values are not allowed") {
        return unexpected_mapping(findings, span);
    }
    if says("could not find expected ':'") {
        let at = problem.began.unwrap_or(span.start);
        let line = line_of(findings, at);
        let key = line.slice(findings.text).trim();
        let hint = match spaced(key) {
            Some(better) => format!(
                "Il manque un espace après «\u{a0}:\u{a0}»\u{202f}; écrivez {}.",
                quoted(&better)
            ),
            None => format!("Il manque «\u{a0}:\u{a0}» après {}.", quoted(key)),
        };
        return (line, hint);
    }
    if says("found unexpected end of stream") {
        let at = problem.began.unwrap_or(span.start);
        let hint = "Ce guillemet ouvert n’est jamais refermé.".to_owned();
        return (Span::new(at, at + 1), hint);
    }
    if says("found character that cannot start any token") {
        let character = span.slice(findings.text);
        let hint = format!(
            "Le caractère {} ne peut pas commencer une valeur\u{a0}: écrivez-la entre guillemets.",
            quoted(character)
        );
        return (span, hint);
    }
    if says("did not find expected ','") {
        let closing = if says("']'") { "]" } else { "}" };
        return (span, format!("Il manque une virgule ou {} ici.", quoted(closing)));
    }
    (span, other(message))
}

/// `kind:Pod` -> `kind: Pod`, when the text before the colon looks like a key.
pub(super) fn spaced(text: &str) -> Option<String> {
    let (key, value) = text.split_once(':')?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric());
    (is_key && !value.is_empty() && !value.starts_with([' ', '/'])).then(|| format!("{key}: {value}"))
}

fn other(message: &str) -> String {
    let hints = [
        (
            "invalid map key",
            "Des accolades ouvrent un objet en YAML\u{a0}: s’il s’agit d’un modèle à remplacer, remplacez-le ou écrivez-le entre guillemets.",
        ),
        (
            "unknown anchor",
            "Cette ancre n’est définie nulle part plus haut dans le document.",
        ),
        (
            "excessive aliasing",
            "Ce document se répète beaucoup trop\u{a0}: écrivez moins d’alias.",
        ),
        (
            "document separator",
            "Rien d’autre qu’un commentaire ne peut suivre «\u{a0}---\u{a0}» sur la ligne.",
        ),
        (
            "control characters",
            "Un caractère invisible s’est glissé dans le texte\u{a0}: supprimez-le.",
        ),
        ("did not find expected node content", "Il manque une valeur ici."),
        (
            "unknown escape",
            "Entre guillemets doubles, «\u{a0}\\\u{a0}» annonce un caractère spécial\u{a0}: doublez-le, ou prenez des guillemets simples.",
        ),
        (
            "invalid character",
            "Ce caractère n’a pas sa place ici\u{a0}: vérifiez les virgules, les deux-points et les guillemets.",
        ),
        ("unexpected EOF", "Il manque une accolade ou un crochet fermant."),
        (
            "unsupported value",
            "JSON, la langue de Kubernetes, n’a ni infini ni «\u{a0}.nan\u{a0}».",
        ),
    ];
    let found = hints.iter().find(|(part, _)| message.contains(part));
    found
        .map_or("Ce document n’est plus du YAML à partir d’ici.", |(_, hint)| hint)
        .to_owned()
}

fn line_number(findings: &Findings<'_>, offset: usize) -> usize {
    let line = findings.lines.position(offset).line;
    usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1)
}

/// The text of the line at `offset`, without its indentation.
fn line_of(findings: &Findings<'_>, offset: usize) -> Span {
    let line = findings.lines.line_span(line_number(findings, offset));
    let text = line.slice(findings.text);
    let indent = text.len() - text.trim_start().len();
    let end = line.start + text.trim_end().len();
    Span::new((line.start + indent).min(end), end)
}

/// A tab before the first character of the line of the problem, or of the line before.
fn tab_in_indentation(findings: &Findings<'_>, span: Span) -> Option<Span> {
    let line = line_number(findings, span.start);
    (line.saturating_sub(1)..=line).rev().find_map(|number| {
        let line = findings.lines.line_span(number);
        let text = line.slice(findings.text);
        let indent = text.split_at(text.len() - text.trim_start().len()).0;
        let at = line.start + indent.find('\t')?;
        Some(Span::new(at, at + 1))
    })
}

fn indent_of(text: &str) -> usize {
    text.len() - text.trim_start_matches(' ').len()
}

/// The lines above `number` that say something, nearest first, with their indentation.
fn lines_above<'f>(findings: &'f Findings<'_>, number: usize) -> impl Iterator<Item = (usize, &'f str)> {
    (0..number).rev().filter_map(|number| {
        let text = findings.lines.line_span(number).slice(findings.text);
        let content = text.trim();
        let says_something = !content.is_empty() && !content.starts_with('#') && !content.starts_with("---");
        says_something.then(|| (indent_of(text), content))
    })
}

/// «did not find expected key»: a line that stands at no level of those above it.
fn misaligned(findings: &Findings<'_>, span: Span) -> (Span, String) {
    let number = line_number(findings, span.start);
    let line = findings.lines.line_span(number).slice(findings.text);
    let indent = indent_of(line);
    // The levels that are open above: each line less indented than all those after it.
    let mut levels: Vec<usize> = Vec::new();
    for (above, _) in lines_above(findings, number) {
        if levels.last().is_none_or(|last| above < *last) {
            levels.push(above);
        }
    }
    let place = line_of(findings, span.start);
    if levels.is_empty() || levels.contains(&indent) {
        return (
            place,
            "Cette ligne n’a pas la forme «\u{a0}clé: valeur\u{a0}» attendue ici.".to_owned(),
        );
    }
    let nearest = levels
        .iter()
        .min_by_key(|level| level.abs_diff(indent))
        .copied()
        .unwrap_or_default();
    let hint = format!(
        "Cette ligne est décalée de {}, et aucune ligne au-dessus ne l’est autant\u{a0}: alignez-la sur ses voisines ({}).",
        spaces(indent),
        spaces(nearest)
    );
    (place, hint)
}

/// «mapping values are not allowed in this context»: a colon too many, or a line too far to the right.
fn unexpected_mapping(findings: &Findings<'_>, span: Span) -> (Span, String) {
    let number = line_number(findings, span.start);
    let line = findings.lines.line_span(number);
    let before_colon = Span::new(line.start, span.start).slice(findings.text);
    if before_colon.contains(": ") {
        let hint = "Deux «\u{a0}:\u{a0}» sur la même ligne\u{a0}: écrivez la valeur entre guillemets, ou allez à la ligne.";
        return (span, hint.to_owned());
    }
    let indent = indent_of(line.slice(findings.text));
    let place = line_of(findings, span.start);
    match lines_above(findings, number).next() {
        Some((_, text)) if text.starts_with('-') && !text.starts_with("- ") => {
            let better = format!("- {}", text.trim_start_matches('-'));
            (
                place,
                format!(
                    "Il manque un espace après le tiret de la ligne au-dessus\u{a0}: écrivez {}.",
                    quoted(&better)
                ),
            )
        }
        Some((above, text)) if indent > above && text.contains(": ") => {
            let value = text.split_once(": ").map_or("", |(_, value)| value).trim();
            let aligned = above + usize::from(text.starts_with("- ")) * 2;
            let hint = format!(
                "Cette ligne est trop décalée\u{a0}: la ligne au-dessus a déjà une valeur ({}). Alignez-la sur elle ({}).",
                quoted(value),
                spaces(aligned)
            );
            (place, hint)
        }
        Some((_, text)) if !text.ends_with(':') => (
            place,
            format!(
                "Il manque «\u{a0}:\u{a0}» sur la ligne au-dessus, après {}.",
                quoted(text)
            ),
        ),
        _ => (
            place,
            "Une clé ne peut pas commencer ici\u{a0}: vérifiez le décalage de cette ligne.".to_owned(),
        ),
    }
}
