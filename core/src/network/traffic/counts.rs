//! What became of requests, and how many.

use serde::{Deserialize, Serialize};

use super::histogram::Histogram;

/// Why a request was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// Its name does not exist, or no name server answers.
    Name,
    /// The Service has no endpoint that is ready: the rule refuses.
    NoEndpoint,
    /// Nobody listens on the port.
    NotListening,
    /// A network policy, or a rule, dropped it.
    Dropped,
    /// There is no way: the machine is off, the Pod is gone, packets go astray.
    NoRoute,
    /// The process ended while it worked on it.
    Broken,
    /// The server gave no answer in time.
    TooSlow,
    /// The answer was none: another protocol.
    Nonsense,
}

impl Reason {
    /// All of them, in the order of [`Counts::failed`].
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::NoEndpoint,
        Self::NotListening,
        Self::Dropped,
        Self::NoRoute,
        Self::Broken,
        Self::TooSlow,
        Self::Nonsense,
    ];
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It was answered: the status, 200 for what has none.
    Served(u16),
    /// It was lost.
    Failed(Reason),
}

impl Fate {
    /// Whether it was answered, and not with a fault of the server.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Served(status) if status < 500)
    }
}

/// How many requests, and what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Requests sent.
    pub sent: u64,
    /// Answered, by the first digit of the status: 1 to 5.
    pub served: [u64; 5],
    /// Lost, by reason, in the order of [`Reason::ALL`].
    pub failed: [u64; 8],
    /// How long the answers took.
    pub latency: Histogram,
}

impl Counts {
    /// Requests that were answered, whatever the status.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.served.iter().sum()
    }

    /// Requests that were lost.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.failed.iter().sum()
    }

    /// Requests that are not over yet.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.sent.saturating_sub(self.answered() + self.lost())
    }

    /// Requests that were lost, or answered with a fault of the server (5xx).
    #[must_use]
    pub fn bad(&self) -> u64 {
        let [.., faults] = self.served;
        self.lost() + faults
    }

    pub(super) fn end(&mut self, fate: Fate, cell: u8) {
        match fate {
            Fate::Served(status) => {
                let class = usize::from(status / 100).clamp(1, 5) - 1;
                if let Some(count) = self.served.get_mut(class) {
                    *count += 1;
                }
                self.latency.put(cell, 1);
            }
            Fate::Failed(reason) => {
                let at = Reason::ALL.iter().position(|known| *known == reason);
                if let Some(count) = at.and_then(|at| self.failed.get_mut(at)) {
                    *count += 1;
                }
            }
        }
    }

    /// Adds another's.
    pub fn merge(&mut self, other: &Self) {
        self.sent += other.sent;
        for (own, more) in self.served.iter_mut().zip(other.served) {
            *own += more;
        }
        for (own, more) in self.failed.iter_mut().zip(other.failed) {
            *own += more;
        }
        self.latency.merge(&other.latency);
    }

    /// What was counted since an earlier moment's counts.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let mut counts = self.clone();
        counts.sent = counts.sent.saturating_sub(before.sent);
        for (own, less) in counts.served.iter_mut().zip(before.served) {
            *own = own.saturating_sub(less);
        }
        for (own, less) in counts.failed.iter_mut().zip(before.failed) {
            *own = own.saturating_sub(less);
        }
        counts.latency.subtract(&before.latency);
        counts
    }
}
