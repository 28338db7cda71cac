//! `sleep`, in virtual time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Start, Wrong};
use crate::sh::{Io, Poll, Until};
use crate::sim::Time;

/// `sleep`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::userland) struct Sleep {
    length: Duration,
    until: Option<Time>,
}

/// A duration such as `1.5`, `2m`, `infinity`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    if matches!(text, "infinity" | "inf") {
        return Some(Duration::from_secs(u64::MAX / 4_000_000));
    }
    let (digits, unit) = match text.char_indices().last()? {
        (at, 's') => (text.get(..at)?, 1.0),
        (at, 'm') => (text.get(..at)?, 60.0),
        (at, 'h') => (text.get(..at)?, 3_600.0),
        (at, 'd') => (text.get(..at)?, 86_400.0),
        _ => (text, 1.0),
    };
    let seconds: f64 = digits
        .parse()
        .ok()
        .filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)?;
    Duration::try_from_secs_f64(seconds * unit).ok()
}

impl Sleep {
    pub(in crate::userland) fn start(start: &Start, _now: Time) -> Result<Self, Wrong> {
        let hint = "Try 'sleep --help' for more information.\n";
        let words = start.argv.get(1..).unwrap_or_default();
        if words.is_empty() {
            return Err((format!("sleep: missing operand\n{hint}"), 1));
        }
        let mut length = Duration::ZERO;
        for word in words {
            match duration(word) {
                Some(more) => length = length.saturating_add(more),
                None => return Err((format!("sleep: invalid time interval ‘{word}’\n{hint}"), 1)),
            }
        }
        Ok(Self { length, until: None })
    }

    pub(in crate::userland) fn step(&mut self, io: &Io<'_>) -> Poll {
        let until = *self.until.get_or_insert(io.now + self.length);
        if io.now >= until {
            Poll::Exited(0)
        } else {
            Poll::Blocked(Until::time(until))
        }
    }
}
