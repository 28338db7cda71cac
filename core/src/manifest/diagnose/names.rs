//! What names and labels may look like.

/// `a-z0-9-`, at most 63, letters or digits at both ends: RFC 1123 labels.
pub(super) fn is_label(text: &str) -> bool {
    const LONGEST: usize = 63;
    let inside = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    !text.is_empty() && text.len() <= LONGEST && inside && !text.starts_with('-') && !text.ends_with('-')
}

/// Labels joined by dots, at most 253: RFC 1123 subdomains.
pub(super) fn is_subdomain(text: &str) -> bool {
    const LONGEST: usize = 253;
    let part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    text.len() <= LONGEST && text.split('.').all(part)
}

/// `A-Za-z0-9-_.`, at most 63, letters or digits at both ends; or nothing.
pub(super) fn is_label_value(text: &str) -> bool {
    const LONGEST: usize = 63;
    let inside = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    let end = |c: char| c.is_ascii_alphanumeric();
    text.is_empty() || (text.len() <= LONGEST && inside && text.starts_with(end) && text.ends_with(end))
}

/// A label value, not empty, after a subdomain and a slash if there is one.
pub(super) fn is_label_key(text: &str) -> bool {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    prefix.is_none_or(is_subdomain) && !name.is_empty() && is_label_value(name)
}

/// The nearest valid name: lower case, dashes for the rest.
pub(super) fn mended(text: &str) -> String {
    let lower: String = text
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'à' | 'â' | 'ä' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' | 'ö' => 'o',
            'ù' | 'û' | 'ü' => 'u',
            'ç' => 'c',
            c if c.is_ascii_alphanumeric() => c,
            _ => '-',
        })
        .collect();
    lower.trim_matches('-').to_owned()
}
