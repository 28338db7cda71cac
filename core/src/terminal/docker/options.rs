//! The words of a command: options, their values, and what is left.

use super::Engine;

/// The container that the first word names; the error is the daemon's.
pub(super) fn existing(engine: &Engine, words: &[String]) -> Result<String, String> {
    let name = words
        .iter()
        .find(|word| !word.starts_with('-'))
        .cloned()
        .unwrap_or_default();
    let found = engine.find(&name).and_then(|index| engine.containers.get(index));
    found
        .map(|container| container.id.clone())
        .ok_or_else(|| format!("Error response from daemon: No such container: {name}\n"))
}

/// The value of an option.
pub(super) fn option(words: &[String], name: &str) -> Option<String> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == name {
            return words.next().cloned();
        }
        if let Some(value) = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}

/// The words that are neither options nor values of these.
pub(super) fn operands(words: &[String], valued: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if valued.contains(&word.as_str()) {
            words.next();
        } else if !word.starts_with('-') {
            found.push(word.clone());
        }
    }
    found
}
