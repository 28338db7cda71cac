//! The scheduling queue (`backend/queue/scheduling_queue.go`): Pods ready to be tried, Pods backing off after a failure,
//! and Pods parked until something changes that might make room for them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::Key;
use crate::sim::{Time, TraceId};
use crate::sorted::{SortedMap, SortedSet};

/// The first delay after a failed attempt (`podInitialBackoffSeconds`).
const INITIAL_BACK_OFF: Duration = Duration::from_secs(1);
/// The longest (`podMaxBackoffSeconds`).
const MAX_BACK_OFF: Duration = Duration::from_secs(10);
/// A parked Pod is tried again after this long even if nothing changes (`podMaxInUnschedulablePodsDuration`).
const MAX_PARKED: Duration = Duration::from_secs(300);

/// Where a Pod waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Place {
    /// It can be tried.
    Active,
    /// It can be tried from then on, or when nothing else is to be done.
    BackOff(Time),
    /// The same after an error: not before then.
    ErrorBackOff(Time),
    /// It waits for a change, at most until then.
    Parked(Time),
    /// It must not be tried: its gates are closed.
    Gated,
    /// It is being tried.
    InFlight,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Waiting {
    place: Place,
    priority: i32,
    sequence: u64,
    attempts: u32,
    failed_at: Time,
    refused_by: SortedSet<String>,
    cause: Option<TraceId>,
}

impl Waiting {
    /// Its place in the order of those that can be tried: the higher priority first, then the earlier arrival.
    fn rank(&self) -> (i64, u64) {
        (-i64::from(self.priority), self.sequence)
    }
}

/// The Pods without a node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct SchedulingQueue {
    waiting: SortedMap<Key, Waiting>,
    active: SortedMap<(i64, u64), Key>,
    /// Those in back-off and the parked ones, by when their time is up.
    timed: SortedMap<(Time, u64), Key>,
    parked: SortedSet<Key>,
    sequence: u64,
}

impl SchedulingQueue {
    /// A Pod appeared or changed; `changed` says whether in a way that may let it be placed, `gated` whether it must not be.
    pub(super) fn add(
        &mut self,
        key: &Key,
        priority: i32,
        cause: Option<TraceId>,
        (changed, gated): (bool, bool),
    ) {
        let known = self.waiting.get(key);
        let place = match known.map(|known| known.place) {
            _ if gated => Place::Gated,
            None | Some(Place::Gated) => Place::Active,
            Some(Place::Parked(_)) if changed => Place::Active,
            Some(_) => return,
        };
        let known = known.cloned().unwrap_or(Waiting {
            place,
            priority,
            sequence: 0,
            attempts: 0,
            failed_at: Time::ZERO,
            refused_by: SortedSet::new(),
            cause,
        });
        self.put(
            key,
            place,
            Waiting {
                priority,
                cause,
                ..known
            },
        );
    }

    fn put(&mut self, key: &Key, place: Place, waiting: Waiting) {
        self.remove(key);
        self.sequence += 1;
        let waiting = Waiting {
            place,
            sequence: self.sequence,
            ..waiting
        };
        match place {
            Place::Active => {
                self.active.insert(waiting.rank(), key.clone());
            }
            Place::BackOff(at) | Place::ErrorBackOff(at) | Place::Parked(at) => {
                self.timed.insert((at, waiting.sequence), key.clone());
            }
            Place::Gated | Place::InFlight => {}
        }
        if matches!(place, Place::Parked(_)) {
            self.parked.insert(key.clone());
        }
        self.waiting.insert(key.clone(), waiting);
    }

    /// Puts a known Pod elsewhere.
    fn move_to(&mut self, key: &Key, place: Place) {
        if let Some(known) = self.waiting.get(key).cloned() {
            self.put(key, place, known);
        }
    }

    /// The Pod is gone or placed.
    pub(super) fn remove(&mut self, key: &Key) {
        let Some(known) = self.waiting.remove(key) else {
            return;
        };
        match known.place {
            Place::Active => {
                self.active.remove(&known.rank());
            }
            Place::BackOff(at) | Place::ErrorBackOff(at) | Place::Parked(at) => {
                self.timed.remove(&(at, known.sequence));
                self.parked.remove(key);
            }
            Place::Gated | Place::InFlight => {}
        }
    }

    /// The next Pod to try. It stays known until it is placed, parked or removed.
    pub(super) fn pop(&mut self, now: Time) -> Option<(Key, Option<TraceId>)> {
        while let Some((place, key)) = self.timed.first_key_value() {
            if place.0 > now {
                break;
            }
            let key = key.clone();
            self.move_to(&key, Place::Active);
        }
        let active = self.active.first_key_value().map(|(_, key)| key.clone());
        let key = active.or_else(|| self.first_in_back_off())?;
        self.move_to(&key, Place::InFlight);
        let known = self.waiting.get_mut(&key)?;
        known.attempts += 1;
        Some((key, known.cause))
    }

    /// When nothing else is to be done, Pods need not sit out their back-off (`SchedulerPopFromBackoffQ`).
    fn first_in_back_off(&self) -> Option<Key> {
        // Most of those whose time is counted are parked: nobody backs off then.
        if self.timed.len() == self.parked.len() {
            return None;
        }
        let backing_off = |key: &&Key| {
            let place = self.waiting.get(*key).map(|known| known.place);
            matches!(place, Some(Place::BackOff(_)))
        };
        self.timed.values().find(backing_off).cloned()
    }

    /// No node takes the Pod, because of these plugins: it waits for a change.
    pub(super) fn park(&mut self, now: Time, key: &Key, refused_by: SortedSet<String>) {
        if let Some(known) = self.waiting.get_mut(key) {
            known.failed_at = now;
            known.refused_by = refused_by;
        }
        self.move_to(key, Place::Parked(now + MAX_PARKED));
    }

    /// Something went wrong: the Pod is tried again after its back-off.
    pub(super) fn back_off(&mut self, now: Time, key: &Key) {
        if let Some(known) = self.waiting.get_mut(key) {
            known.failed_at = now;
            let at = now + delay(known.attempts);
            self.move_to(key, Place::ErrorBackOff(at));
        }
    }

    /// Something changed: of the parked Pods those are tried again for which `helps` holds, given one of the plugins that
    /// refused them.
    pub(super) fn move_if(&mut self, now: Time, mut helps: impl FnMut(&Key, &str) -> bool) {
        if self.parked.is_empty() {
            return;
        }
        let moved: Vec<Key> = self
            .parked
            .iter()
            .filter(|key| {
                let refused_by = self.waiting.get(*key).map(|known| &known.refused_by);
                refused_by.is_some_and(|plugins| {
                    plugins.is_empty() || plugins.iter().any(|plugin| helps(key, plugin))
                })
            })
            .cloned()
            .collect();
        for key in moved {
            let Some(known) = self.waiting.get(&key) else {
                continue;
            };
            let until = known.failed_at + delay(known.attempts);
            let place = if until > now {
                Place::BackOff(until)
            } else {
                Place::Active
            };
            self.move_to(&key, place);
        }
    }

    /// The Pod is tried again at once.
    pub(super) fn activate(&mut self, key: &Key) {
        if self.parked.contains(key) {
            self.move_to(key, Place::Active);
        }
    }

    /// When the next Pod can be tried.
    pub(super) fn wake_at(&self) -> Option<Time> {
        if !self.active.is_empty() || self.first_in_back_off().is_some() {
            return Some(Time::ZERO);
        }
        self.timed.keys().next().map(|(at, _)| *at)
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

    fn add(queue: &mut SchedulingQueue, name: &str, priority: i32) {
        queue.add(&key(name), priority, None, (true, false));
    }

    fn plugins(names: &[&str]) -> SortedSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn pop(queue: &mut SchedulingQueue, secs: u64) -> Option<Key> {
        queue.pop(Time::from_secs(secs)).map(|(key, _)| key)
    }

    #[test]
    fn parked_pods_wait_for_a_change_that_helps() {
        let mut queue = SchedulingQueue::default();
        add(&mut queue, "a", 0);
        assert_eq!(pop(&mut queue, 0), Some(key("a")));
        queue.park(Time::ZERO, &key("a"), plugins(&["NodeAffinity"]));
        assert_eq!(queue.wake_at(), Some(Time::from_secs(300)));
        queue.move_if(Time::from_secs(1), |_, plugin| plugin == "NodeResourcesFit");
        assert_eq!(pop(&mut queue, 1), None);
        queue.move_if(Time::from_secs(2), |_, plugin| plugin == "NodeAffinity");
        assert_eq!(pop(&mut queue, 2), Some(key("a")));
        queue.park(Time::from_secs(2), &key("a"), plugins(&["NodeAffinity"]));
        assert_eq!(pop(&mut queue, 301), None);
        assert_eq!(pop(&mut queue, 302), Some(key("a")), "flushed after five minutes");
    }

    #[test]
    fn a_back_off_is_sat_out_only_while_others_wait() {
        let mut queue = SchedulingQueue::default();
        add(&mut queue, "a", 0);
        assert_eq!(pop(&mut queue, 10), Some(key("a")));
        queue.park(Time::from_secs(10), &key("a"), plugins(&["NodeAffinity"]));
        add(&mut queue, "b", 0);
        queue.move_if(Time::from_secs(10), |_, _| true);
        assert_eq!(pop(&mut queue, 10), Some(key("b")));
        assert_eq!(pop(&mut queue, 10), Some(key("a")));
        queue.back_off(Time::from_secs(10), &key("a"));
        assert_eq!(pop(&mut queue, 10), None, "an error's back-off is sat out");
        assert_eq!(pop(&mut queue, 12), Some(key("a")));
    }

    #[test]
    fn higher_priorities_go_first_whenever_they_came() {
        let mut queue = SchedulingQueue::default();
        for (name, priority) in [("a", 0), ("b", 10), ("c", 10)] {
            add(&mut queue, name, priority);
        }
        let order: Vec<_> = std::iter::from_fn(|| pop(&mut queue, 0)).collect();
        assert_eq!(order, [key("b"), key("c"), key("a")]);
    }

    #[test]
    fn gated_pods_are_not_tried_until_their_gates_open() {
        let mut queue = SchedulingQueue::default();
        queue.add(&key("a"), 0, None, (true, true));
        queue.move_if(Time::from_secs(1), |_, _| true);
        assert_eq!(pop(&mut queue, 1_000), None);
        queue.add(&key("a"), 0, None, (true, false));
        assert_eq!(pop(&mut queue, 1_000), Some(key("a")));
    }
}
