//! Pathname expansion over the host's files.

use super::files::{Files, resolve};
use super::pattern::{Pattern, is_pattern};

/// How many paths one pattern may become.
const MATCHES_MAX: usize = 10_000;

/// The paths that match, sorted; nothing when none does.
pub(super) fn expand(pattern: &str, cwd: &str, files: &dyn Files) -> Vec<String> {
    let absolute = pattern.starts_with('/');
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let mut found: Vec<String> = vec![if absolute { "/".to_owned() } else { String::new() }];
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        let mut next = Vec::new();
        for base in &found {
            if is_pattern(part) {
                next.extend(children(base, part, last, cwd, files));
            } else {
                let path = join(base, &unescape(part));
                if files.stat(&resolve(cwd, &path)).is_some() {
                    next.push(path);
                }
            }
        }
        next.truncate(MATCHES_MAX);
        found = next;
    }
    if pattern.ends_with('/') {
        for path in &mut found {
            path.push('/');
        }
    }
    crate::sort::sort(&mut found);
    found
}

fn children(base: &str, part: &str, last: bool, cwd: &str, files: &dyn Files) -> Vec<String> {
    let directory = if base.is_empty() {
        cwd.to_owned()
    } else {
        resolve(cwd, base)
    };
    let matcher = Pattern::new(part);
    let names = files.list(&directory).unwrap_or_default();
    names
        .iter()
        .filter(|name| (!name.starts_with('.') || matcher.starts_with_dot()) && matcher.matches(name))
        .map(|name| join(base, name))
        .filter(|path| last || files.stat(&resolve(cwd, path)).is_some_and(|stat| stat.directory))
        .collect()
}

fn join(base: &str, name: &str) -> String {
    if base.is_empty() || base.ends_with('/') {
        format!("{base}{name}")
    } else {
        format!("{base}/{name}")
    }
}

fn unescape(part: &str) -> String {
    let mut result = String::new();
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        result.push(if c == '\\' {
            chars.next().unwrap_or('\\')
        } else {
            c
        });
    }
    result
}
