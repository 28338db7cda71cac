//! Expectations (`pkg/controller/controller_utils.go`): how many creations and deletions a controller has asked for and
//! not yet seen, so that a cache that lags does not make it ask again.

use serde::{Deserialize, Serialize};

use crate::api::Key;
use crate::sim::Time;
use crate::sorted::{SortedMap, SortedSet};
use std::time::Duration;

/// After this long, expectations are given up and the cache is believed.
const TIMEOUT: Duration = Duration::from_secs(300);

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Expected {
    creations: u32,
    deletions: SortedSet<Key>,
    since: Time,
}

/// What is expected, by the key of the controlling object.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Expectations {
    by_owner: SortedMap<Key, Expected>,
}

impl Expectations {
    /// So many more creations are expected.
    pub fn expect_creations(&mut self, owner: &Key, count: u32, now: Time) {
        let expected = self.by_owner.entry(owner.clone()).or_default();
        expected.creations += count;
        expected.since = now;
    }

    /// The deletion of this object is expected.
    pub fn expect_deletion(&mut self, owner: &Key, object: Key, now: Time) {
        let expected = self.by_owner.entry(owner.clone()).or_default();
        expected.deletions.insert(object);
        expected.since = now;
    }

    /// A creation was seen, or failed.
    pub fn creation_observed(&mut self, owner: &Key) {
        if let Some(expected) = self.by_owner.get_mut(owner) {
            expected.creations = expected.creations.saturating_sub(1);
        }
    }

    /// A deletion was seen, or failed.
    pub fn deletion_observed(&mut self, owner: &Key, object: &Key) {
        if let Some(expected) = self.by_owner.get_mut(owner) {
            expected.deletions.remove(object);
        }
    }

    /// Whether everything expected was seen.
    #[must_use]
    pub fn satisfied(&self, owner: &Key, now: Time) -> bool {
        self.by_owner.get(owner).is_none_or(|expected| {
            (expected.creations == 0 && expected.deletions.is_empty()) || now.since(expected.since) > TIMEOUT
        })
    }

    /// The owner is gone.
    pub fn forget(&mut self, owner: &Key) {
        self.by_owner.remove(owner);
    }
}
