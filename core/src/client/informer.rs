//! A cache that hears of changes a little after they were made (`SharedInformer`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Cache, Delta};
use crate::api::AnyObject;
use crate::etcd::Store;
use crate::sim::{Sim, Time};

/// How long a change takes to reach a watcher.
const WATCH_LATENCY: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(8));

/// A cache, and when it next catches up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Informer {
    /// What is known.
    pub cache: Cache,
    due_at: Option<Time>,
    deliveries: u64,
}

impl Informer {
    /// Something was written: it will be heard of after the watch's latency.
    pub fn notify(&mut self, sim: &Sim, watcher: &str) {
        if self.due_at.is_none() {
            let (low, high) = WATCH_LATENCY;
            self.due_at = Some(
                sim.now
                    + sim
                        .rng
                        .duration("watch-latency", watcher, self.deliveries, low, high),
            );
            self.deliveries += 1;
        }
    }

    /// When it next catches up, if something was written.
    #[must_use]
    pub fn due_at(&self) -> Option<Time> {
        self.due_at
    }

    /// Catches up if it is time to, and answers what changed.
    pub fn deliver(&mut self, now: Time, store: &Store, watched: impl Fn(&AnyObject) -> bool) -> Vec<Delta> {
        if self.due_at.is_none_or(|due| due > now) {
            return Vec::new();
        }
        self.due_at = None;
        self.cache.sync(store, watched)
    }
}
