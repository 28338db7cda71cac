//! The learner's terminal windows that are not shown: each its own shell, which goes on, and what it has shown so far.

use timonier_core::{cluster::SessionId, sim::Time};

/// So many windows there can be.
pub(super) const MOST: usize = 6;
/// So much of what a window has shown is kept, in bytes.
const KEPT_BYTES: usize = 64 << 10;
/// Empties the screen and what was scrolled out of it.
pub(super) const CLEAR: &str = "\x1b[H\x1b[2J\x1b[3J";

/// A window that is not shown.
#[derive(Clone)]
pub(super) struct Window {
    pub(super) number: u8,
    pub(super) session: SessionId,
    /// What it has shown.
    pub(super) kept: String,
    /// Whether what it printed last ended a row.
    pub(super) at_edge: bool,
    /// The command that runs: when it was typed, and its text.
    pub(super) running: Option<(Time, String)>,
}

impl Window {
    /// A fresh window.
    pub(super) fn new(number: u8, session: SessionId) -> Self {
        Self {
            number,
            session,
            kept: String::new(),
            at_edge: true,
            running: None,
        }
    }

    /// Takes what its session printed.
    pub(super) fn print(&mut self, text: &str) {
        if !text.is_empty() {
            keep(&mut self.kept, text);
            self.at_edge = text.ends_with('\n');
        }
    }
}

/// Adds to what a window has shown; what is too long ago is forgotten, row by row.
pub(super) fn keep(kept: &mut String, text: &str) {
    kept.push_str(text);
    if kept.len() > 2 * KEPT_BYTES {
        let from = kept.len() - KEPT_BYTES;
        let row = kept
            .char_indices()
            .find(|(at, letter)| *at >= from && *letter == '\n');
        let rest = row
            .and_then(|(at, _)| kept.get(at + 1..))
            .unwrap_or_default()
            .to_owned();
        *kept = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded() {
        let mut kept = String::new();
        for number in 0..40_000 {
            keep(&mut kept, &format!("é {number}\n"));
        }
        assert!(kept.len() <= 2 * KEPT_BYTES && kept.ends_with("é 39999\n") && kept.starts_with('é'));
    }
}
