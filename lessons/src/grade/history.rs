//! Properties of the whole history, followed as it happens.
use super::watch::{Seen, Watch};
use serde::{Deserialize, Serialize};
use timonier_core::sim::Time;

/// A compiled [`crate::format::HistoryCheck`]: indices of its watches.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// What is asked.
    pub kind: Asked,
    /// Its watches: one, or the sequence's.
    pub watches: Vec<usize>,
    /// The watch that must have been true before anything counts.
    pub after: Option<usize>,
}

/// What is asked of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It was so once.
    Happened,
    /// It has been so ever since the first time.
    Always,
    /// It was never so.
    Never,
    /// One after the other.
    Sequence,
}

/// What happened so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// Whether `after` has been true (or is not asked).
    pub started: bool,
    /// How many watches of the sequence have been true in turn (for `happened`, 1; for `always`, 1 from the first time).
    pub progress: usize,
    /// When what must always or never be so was broken, and how many objects matched then.
    pub broken: Option<(Time, i64)>,
}

impl Past {
    /// Whether nothing that happens later can meet it any more.
    pub fn lost(&self) -> bool {
        self.broken.is_some()
    }
}

impl History {
    /// Looks at the watches, just settled at `now`.
    pub fn look(&self, past: &mut Past, watches: &[Watch], seen: &[Seen], now: Time) {
        let held = |index: usize| matches!((watches.get(index), seen.get(index)), (Some(w), Some(s)) if w.held(s, now));
        past.started |= self.after.is_none_or(held);
        if !past.started {
            return;
        }
        match self.kind {
            Asked::Happened | Asked::Sequence => {
                while self.watches.get(past.progress).copied().is_some_and(held) {
                    past.progress += 1;
                }
            }
            Asked::Always | Asked::Never => {
                let Some((index, state)) = self.watches.first().and_then(|i| Some((*i, seen.get(*i)?)))
                else {
                    return;
                };
                let wanted = self.kind == Asked::Always;
                if wanted && held(index) {
                    past.progress = 1;
                }
                let begun = !wanted || past.progress == 1;
                if begun && past.broken.is_none() && held(index) != wanted {
                    past.broken = Some((now, state.matched));
                }
            }
        }
    }

    /// Whether the history is as asked until now.
    pub fn met(&self, past: &Past) -> bool {
        match self.kind {
            Asked::Happened | Asked::Sequence => past.progress >= self.watches.len(),
            Asked::Always => past.progress == 1 && past.broken.is_none(),
            Asked::Never => past.started && past.broken.is_none(),
        }
    }
}
