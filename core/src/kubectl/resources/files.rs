//! `-f`: files, folders, patterns and standard input.

use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::io::FileError;

/// A text and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The path, or `STDIN`.
    pub(crate) name: String,
    /// The text.
    pub(crate) text: String,
}

const EXTENSIONS: &[&str] = &[".json", ".yaml", ".yml"];

/// The texts that `-f` names, in order.
///
/// # Errors
///
/// When a path does not exist or a folder has no manifests.
pub(crate) fn sources(cx: &Cx<'_>, paths: &[String], recursive: bool) -> Result<Vec<Source>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        match path.as_str() {
            "-" => found.push(Source {
                name: "STDIN".to_owned(),
                text: cx.stdin.to_owned(),
            }),
            url if url.starts_with("http://") || url.starts_with("https://") => {
                if let Some(text) = published(url) {
                    found.push(Source {
                        name: url.to_owned(),
                        text: text.to_owned(),
                    });
                    continue;
                }
                let host = url.split('/').nth(2).unwrap_or_default();
                return Err(Failure::Message(format!(
                    "unable to read URL {url:?}, dial tcp: lookup {host}: no such host"
                )));
            }
            path => found.extend(path_sources(cx, path, recursive)?),
        }
    }
    Ok(found)
}

/// What the laptop finds on the Internet: the manifests that are applied from there by everybody.
fn published(url: &str) -> Option<&'static str> {
    if url.contains("github.com/kubernetes-sigs/metrics-server/releases/")
        && url.ends_with("/components.yaml")
    {
        return Some(include_str!("../../../assets/addons/metrics-server.yaml"));
    }
    let ingress = url.contains("githubusercontent.com/kubernetes/ingress-nginx/")
        || url.contains("kind.sigs.k8s.io/examples/ingress/");
    (ingress && url.ends_with(".yaml")).then_some(include_str!("../../../assets/addons/ingress-nginx.yaml"))
}

fn path_sources(cx: &Cx<'_>, path: &str, recursive: bool) -> Result<Vec<Source>, Failure> {
    match cx.io.read_file(path) {
        Ok(text) => Ok(vec![Source {
            name: path.to_owned(),
            text,
        }]),
        Err(FileError::IsDirectory) => {
            let mut found = Vec::new();
            folder(cx, path, recursive, &mut found)?;
            if found.is_empty() {
                return Err(Failure::Message(format!(
                    "error reading [{path}]: recognized file extensions are [{}]",
                    EXTENSIONS.join(" ")
                )));
            }
            Ok(found)
        }
        Err(FileError::NotFound) if path.contains(['*', '?', '[']) => pattern(cx, path),
        Err(FileError::NotFound) => Err(Failure::Message(format!("the path {path:?} does not exist"))),
        Err(error) => Err(Failure::Message(format!(
            "the path {path:?} cannot be accessed: {}",
            said(&error)
        ))),
    }
}

fn folder(cx: &Cx<'_>, path: &str, recursive: bool, found: &mut Vec<Source>) -> Result<(), Failure> {
    let entries = cx
        .io
        .list_dir(path)
        .map_err(|error| Failure::Message(format!("open {path}: {}", said(&error))))?;
    for entry in entries {
        let below = join(path, &entry.name);
        if entry.is_directory {
            if recursive {
                folder(cx, &below, recursive, found)?;
            }
        } else if EXTENSIONS.iter().any(|extension| entry.name.ends_with(extension)) {
            let text = cx
                .io
                .read_file(&below)
                .map_err(|error| Failure::Message(format!("open {below}: {}", said(&error))))?;
            found.push(Source { name: below, text });
        }
    }
    Ok(())
}

/// The files whose names fit a pattern in the last part of a path.
fn pattern(cx: &Cx<'_>, path: &str) -> Result<Vec<Source>, Failure> {
    let (folder, names) = path.rsplit_once('/').unwrap_or(("", path));
    let place = if folder.is_empty() { "." } else { folder };
    let mut found = Vec::new();
    let names: Vec<char> = names.chars().collect();
    for entry in cx.io.list_dir(place).unwrap_or_default() {
        let name: Vec<char> = entry.name.chars().collect();
        if !entry.is_directory && fits(&names, &name) {
            let below = if folder.is_empty() {
                entry.name
            } else {
                join(folder, &entry.name)
            };
            found.extend(path_sources(cx, &below, false)?);
        }
    }
    if found.is_empty() {
        return Err(Failure::Message(format!("the path {path:?} does not exist")));
    }
    Ok(found)
}

/// Whether a name fits a pattern of `*`, `?` and `[abc]`.
fn fits(pattern: &[char], name: &[char]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), _) => {
            fits(rest, name) || name.split_first().is_some_and(|(_, tail)| fits(pattern, tail))
        }
        (Some(('?', rest)), Some((_, tail))) => fits(rest, tail),
        (Some(('[', rest)), Some((c, tail))) => match rest.iter().position(|end| *end == ']') {
            Some(end) => {
                let (set, after) = rest.split_at(end);
                set.contains(c) && fits(after.get(1..).unwrap_or_default(), tail)
            }
            None => false,
        },
        (Some((p, rest)), Some((c, tail))) => p == c && fits(rest, tail),
        _ => false,
    }
}

fn join(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}

/// The words of the system.
pub(crate) fn said(error: &FileError) -> String {
    match error {
        FileError::NotFound => "no such file or directory".to_owned(),
        FileError::IsDirectory => "is a directory".to_owned(),
        FileError::NotDirectory => "not a directory".to_owned(),
        FileError::Other(words) => words.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_names() {
        let check = |pattern: &str, name: &str, expected: bool| {
            let (p, n): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
            assert_eq!(fits(&p, &n), expected, "{pattern} {name}");
        };
        check("*.yaml", "a.yaml", true);
        check("*.yaml", "a.yml", false);
        check("web-?.y*", "web-1.yaml", true);
        check("[ab].yaml", "c.yaml", false);
    }
}
