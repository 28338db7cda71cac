//! The scheduling queue (`backend/queue/scheduling_queue.go`): Pods ready to be tried, Pods backing off after a failure,
//! and Pods parked until something changes that might make room for them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::Key;
use crate::sim::{Time, TraceId};

/// The first delay after a failed attempt (`podInitialBackoffSeconds`).
const INITIAL_BACK_OFF: Duration = Duration::from_secs(1);
/// The longest (`podMaxBackoffSeconds`).
const MAX_BACK_OFF: Duration = Duration::from_secs(10);
/// A parked Pod is tried again after this long even if nothing changes (`podMaxInUnschedulablePodsDuration`).
const MAX_PARKED: Duration = Duration::from_secs(300);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Waiting {
    /// When it may be tried.
    at: Time,
    parked: bool,
    attempts: u32,
    failed_at: Time,
    priority: i32,
    sequence: u64,
    cause: Option<TraceId>,
}

/// The Pods without a node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct SchedulingQueue {
    waiting: BTreeMap<Key, Waiting>,
    /// The same, ordered: by time, then the higher priority, then the earlier arrival.
    order: BTreeMap<(Time, i64, u64), Key>,
    sequence: u64,
}

impl SchedulingQueue {
    /// A Pod appeared or changed; `changed` says whether in a way that may let it be placed.
    pub(super) fn add(&mut self, now: Time, key: Key, priority: i32, cause: Option<TraceId>, changed: bool) {
        match self.waiting.get(&key) {
            Some(_) if !changed => {}
            Some(known) => {
                let attempts = known.attempts;
                let at = if known.parked { now } else { known.at };
                self.put(key, at, priority, attempts, cause);
            }
            None => self.put(key, now, priority, 0, cause),
        }
    }

    fn put(&mut self, key: Key, at: Time, priority: i32, attempts: u32, cause: Option<TraceId>) {
        self.remove(&key);
        self.sequence += 1;
        let sequence = self.sequence;
        self.order
            .insert((at, -i64::from(priority), sequence), key.clone());
        let waiting = Waiting {
            at,
            parked: false,
            attempts,
            failed_at: at,
            priority,
            sequence,
            cause,
        };
        self.waiting.insert(key, waiting);
    }

    /// The Pod is gone or placed.
    pub(super) fn remove(&mut self, key: &Key) {
        if let Some(known) = self.waiting.remove(key) {
            self.order
                .remove(&(known.at, -i64::from(known.priority), known.sequence));
        }
    }

    /// The next Pod to try. It stays known until it is placed, parked or removed.
    pub(super) fn pop(&mut self, now: Time) -> Option<(Key, Option<TraceId>)> {
        let (place, key) = self.order.first_key_value()?;
        if place.0 > now {
            return None;
        }
        let (place, key) = (*place, key.clone());
        self.order.remove(&place);
        let known = self.waiting.get_mut(&key)?;
        known.attempts += 1;
        known.at = Time::MAX;
        Some((key, known.cause))
    }

    /// No node takes the Pod: it waits for a change.
    pub(super) fn park(&mut self, now: Time, key: Key, priority: i32) {
        let Some(known) = self.waiting.get(&key) else {
            return;
        };
        let (attempts, cause) = (known.attempts, known.cause);
        self.put(key.clone(), now + MAX_PARKED, priority, attempts, cause);
        if let Some(known) = self.waiting.get_mut(&key) {
            known.parked = true;
            known.failed_at = now;
        }
    }

    /// The Pod is tried again after its back-off.
    pub(super) fn back_off(&mut self, now: Time, key: Key) {
        let Some(known) = self.waiting.get(&key) else {
            return;
        };
        let (attempts, priority, cause) = (known.attempts, known.priority, known.cause);
        self.put(key, now + delay(attempts), priority, attempts, cause);
    }

    /// Something changed that might make room: parked Pods are tried again after their back-off.
    pub(super) fn move_all(&mut self, now: Time) {
        let parked: Vec<Key> = self
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.parked)
            .map(|(key, _)| key.clone())
            .collect();
        for key in parked {
            let Some(known) = self.waiting.get(&key) else {
                continue;
            };
            let at = now.max(known.failed_at + delay(known.attempts));
            let (priority, attempts, cause) = (known.priority, known.attempts, known.cause);
            self.put(key, at, priority, attempts, cause);
        }
    }

    /// When the next Pod can be tried.
    pub(super) fn wake_at(&self) -> Option<Time> {
        self.order.keys().next().map(|(at, ..)| *at)
    }
}

fn delay(attempts: u32) -> Duration {
    INITIAL_BACK_OFF
        .saturating_mul(1 << attempts.saturating_sub(1).min(8))
        .min(MAX_BACK_OFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;

    fn key(name: &str) -> Key {
        Key::new(Kind::Pod, "default", name)
    }

    #[test]
    fn parked_pods_wait_for_a_change_and_for_their_back_off() {
        let mut queue = SchedulingQueue::default();
        queue.add(Time::ZERO, key("a"), 0, None, true);
        assert!(queue.pop(Time::ZERO).is_some());
        queue.park(Time::ZERO, key("a"), 0);
        assert_eq!(queue.wake_at(), Some(Time::from_secs(300)));
        queue.move_all(Time::from_millis(100));
        assert_eq!(queue.wake_at(), Some(Time::from_secs(1)));
        assert!(queue.pop(Time::from_secs(1)).is_some());
        queue.park(Time::from_secs(1), key("a"), 0);
        queue.move_all(Time::from_secs(60));
        assert_eq!(queue.wake_at(), Some(Time::from_secs(60)));
    }

    #[test]
    fn higher_priorities_go_first() {
        let mut queue = SchedulingQueue::default();
        for (name, priority) in [("a", 0), ("b", 10), ("c", 10)] {
            queue.add(Time::ZERO, key(name), priority, None, true);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop(Time::ZERO))
            .map(|(key, _)| key)
            .collect();
        assert_eq!(order, [key("b"), key("c"), key("a")]);
    }
}
