//! Work queues (`util/workqueue`): each key is there once, however often it is added; failures come back after a
//! growing delay.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::Key;
use crate::sim::{Time, TraceId};
use crate::sorted::{SortedMap, SortedSet};

/// The first delay after a failure (`DefaultTypedControllerRateLimiter`).
const BASE_DELAY: Duration = Duration::from_millis(5);
/// The longest delay after failures.
const MAX_DELAY: Duration = Duration::from_secs(1_000);

/// A key to reconcile, and what made it so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedItem {
    /// The key.
    pub key: Key,
    /// The trace entry that first added it.
    pub cause: Option<TraceId>,
}

/// Keys waiting to be reconciled by one worker.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct WorkQueue {
    ready: VecDeque<QueuedItem>,
    queued: SortedSet<Key>,
    delayed: SortedMap<(Time, u64), QueuedItem>,
    /// Where each delayed key is.
    places: SortedMap<Key, (Time, u64)>,
    failures: SortedMap<Key, u32>,
    sequence: u64,
    busy_until: Time,
}

impl WorkQueue {
    /// Adds a key, unless it is waiting already.
    pub fn add(&mut self, key: Key, cause: Option<TraceId>) {
        if self.queued.insert(key.clone()) {
            self.ready.push_back(QueuedItem { key, cause });
        }
    }

    /// Adds a key at a later moment.
    pub fn add_at(&mut self, at: Time, key: Key, cause: Option<TraceId>) {
        if let Some(place) = self.places.get(&key).copied() {
            if place.0 <= at {
                return;
            }
            self.delayed.remove(&place);
        }
        self.sequence += 1;
        let place = (at, self.sequence);
        self.places.insert(key.clone(), place);
        self.delayed.insert(place, QueuedItem { key, cause });
    }

    /// Adds a key again after a failure, the later the more often it failed.
    pub fn add_rate_limited(&mut self, now: Time, key: Key, cause: Option<TraceId>) {
        let failures = self.failures.entry(key.clone()).or_default();
        let delay = BASE_DELAY.saturating_mul(1 << (*failures).min(20)).min(MAX_DELAY);
        *failures += 1;
        self.add_at(now + delay, key, cause);
    }

    /// Forgets the failures of a key.
    pub fn forget(&mut self, key: &Key) {
        self.failures.remove(key);
    }

    /// When the worker can next take a key.
    #[must_use]
    pub fn wake_at(&self) -> Option<Time> {
        let delayed = self.delayed.keys().next().map(|(at, _)| *at);
        let next = if self.ready.is_empty() {
            delayed?
        } else {
            Time::ZERO
        };
        Some(next.max(self.busy_until))
    }

    /// Takes the next key, if there is one and the worker is free.
    pub fn take(&mut self, now: Time) -> Option<QueuedItem> {
        if self.busy_until > now {
            return None;
        }
        while self
            .delayed
            .first_key_value()
            .is_some_and(|((at, _), _)| *at <= now)
        {
            if let Some((_, item)) = self.delayed.pop_first() {
                self.places.remove(&item.key);
                self.add(item.key, item.cause);
            }
        }
        let item = self.ready.pop_front()?;
        self.queued.remove(&item.key);
        Some(item)
    }

    /// The worker is busy with the key it took until then.
    pub fn busy_until(&mut self, until: Time) {
        self.busy_until = until;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;

    fn key(name: &str) -> Key {
        Key::new(Kind::Pod, "default", name)
    }

    #[test]
    fn a_key_waits_only_once() {
        let mut queue = WorkQueue::default();
        for name in ["a", "b", "a"] {
            queue.add(key(name), None);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.take(Time::ZERO))
            .map(|item| item.key)
            .collect();
        assert_eq!(order, [key("a"), key("b")]);
    }

    #[test]
    fn failures_come_back_later_and_later() {
        let mut queue = WorkQueue::default();
        let mut waits = Vec::new();
        for _ in 0..4 {
            queue.add_rate_limited(Time::ZERO, key("a"), None);
            waits.push(queue.wake_at());
            queue.take(Time::from_secs(10));
        }
        assert_eq!(
            waits,
            [5, 10, 20, 40].map(|millis| Some(Time::from_millis(millis)))
        );
        queue.forget(&key("a"));
        queue.add_rate_limited(Time::ZERO, key("a"), None);
        assert_eq!(queue.wake_at(), Some(Time::from_millis(5)));
    }

    #[test]
    fn a_busy_worker_takes_nothing() {
        let mut queue = WorkQueue::default();
        queue.add(key("a"), None);
        queue.busy_until(Time(50));
        assert_eq!(queue.take(Time(49)), None);
        assert_eq!(queue.wake_at(), Some(Time(50)));
        assert!(queue.take(Time(50)).is_some());
    }
}
