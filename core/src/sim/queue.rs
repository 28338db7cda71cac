//! The event queue: what happens next, ordered by (time, sequence), so that simultaneous events keep the order in which
//! they were planned.

use serde::{Deserialize, Serialize};

use super::Time;

use crate::sorted::SortedMap;

/// Planned events in the order in which they will happen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventQueue<E> {
    planned: SortedMap<(Time, u64), E>,
    next_sequence: u64,
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self {
            planned: SortedMap::new(),
            next_sequence: 0,
        }
    }
}

impl<E> EventQueue<E> {
    /// Plans `event` at `at`, after everything already planned for that moment.
    pub fn push(&mut self, at: Time, event: E) {
        self.planned.insert((at, self.next_sequence), event);
        self.next_sequence += 1;
    }

    /// When the next event happens.
    #[must_use]
    pub fn next_at(&self) -> Option<Time> {
        self.planned.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next event, if it happens at `until` or before.
    pub fn pop_until(&mut self, until: Time) -> Option<(Time, E)> {
        if self.next_at()? > until {
            return None;
        }
        let ((at, _), event) = self.planned.pop_first()?;
        Some((at, event))
    }

    /// Number of planned events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.planned.len()
    }

    /// Whether nothing is planned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.planned.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_by_time_then_in_the_order_they_were_planned() {
        let mut queue = EventQueue::default();
        queue.push(Time(20), 'c');
        queue.push(Time(10), 'a');
        queue.push(Time(10), 'b');
        assert_eq!(queue.next_at(), Some(Time(10)));
        let order: Vec<_> = std::iter::from_fn(|| queue.pop_until(Time(15))).collect();
        assert_eq!(order, [(Time(10), 'a'), (Time(10), 'b')]);
        assert_eq!(queue.len(), 1);
    }
}
