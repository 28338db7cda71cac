//! How long a Job waits before it replaces failed Pods (`backoff_utils.go`): ten seconds, doubling with each failure since
//! the last success, ten minutes at most.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::Pod;
use crate::api::meta::MetaExt;
use crate::sim::Time;

const FIRST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(600);

/// The failures since the last success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failures {
    /// How many.
    pub(super) count: u32,
    /// When the last one was.
    pub(super) last: Time,
}

impl Failures {
    /// With the ends of more Pods.
    pub(super) fn with(mut self, succeeded: &[&Pod], failed: &[&Pod], now: Time) -> Self {
        let mut ends: Vec<(Time, bool)> = Vec::new();
        ends.extend(succeeded.iter().map(|pod| (ended_at(pod, now), true)));
        ends.extend(failed.iter().map(|pod| (ended_at(pod, now), false)));
        ends.sort_unstable();
        for (at, success) in ends {
            if success {
                self = Self::default();
            } else {
                self.count += 1;
                self.last = at;
            }
        }
        self
    }

    /// How long to wait still.
    pub(super) fn remaining(self, now: Time) -> Duration {
        let Some(doublings) = self.count.checked_sub(1) else {
            return Duration::ZERO;
        };
        let wait = FIRST.saturating_mul(1 << doublings.min(16)).min(LONGEST);
        (self.last + wait).since(now)
    }
}

/// When a Pod ended (`getFinishedTime`).
pub(super) fn ended_at(pod: &Pod, now: Time) -> Time {
    let statuses = pod.status.container_statuses.iter().flatten();
    let ends = statuses.filter_map(|status| {
        let ended = status.state.as_ref()?.terminated.as_ref()?;
        ended.finished_at.as_ref().map(|at| Time::from_timestamp(at.0))
    });
    let deleted = pod.metadata.deletion_timestamp.as_ref();
    ends.max()
        .or_else(|| deleted.map(|at| Time::from_timestamp(at.0)))
        .unwrap_or_else(|| {
            let created = pod.metadata.created_at();
            if pod.status.conditions.is_some() {
                now
            } else {
                created
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_wait() {
        let check = |count, waited: u64, expected| {
            let failures = Failures {
                count,
                last: Time::from_secs(100),
            };
            let now = Time::from_secs(100 + waited);
            assert_eq!(
                failures.remaining(now),
                Duration::from_secs(expected),
                "{count} {waited}"
            );
        };
        check(0, 0, 0);
        check(1, 0, 10);
        check(1, 4, 6);
        check(1, 10, 0);
        check(2, 0, 20);
        check(3, 0, 40);
        check(7, 0, 600);
        check(60, 0, 600);
    }
}
