//! Derives the view's projection from the cluster's store: what changed since the last time, and nothing else.
//!
//! The cost is that of the changes: the store's log says which objects were written, each is read once however often it
//! was. Only when the log no longer reaches back is everything read again.

mod more;
mod records;

use std::collections::{BTreeMap, BTreeSet};

use timonier_core::api::{AnyObject, Key, Kind};
use timonier_core::cluster::Cluster;
use timonier_core::etcd::{ChangeType, Store};

use crate::view::projection::{Delta, Id};

pub(super) use records::Pulls;

/// Remembers what the page was told.
#[derive(Debug, Default)]
pub struct ViewBuilder {
    /// The store's revision that the page has; `None` before the first delta.
    revision: Option<u64>,
    /// The pulls that the page knows of.
    pulls: Pulls,
}

impl ViewBuilder {
    /// What changed since the last call; the first one begins with a reset and tells everything.
    pub fn delta(&mut self, cluster: &Cluster) -> Delta {
        let store = cluster.store();
        let pulls = records::pulls(cluster);
        let mut delta = Delta {
            revision: store.revision(),
            now_micros: cluster.now().as_micros(),
            ..Delta::default()
        };
        let Some(written) = self
            .revision
            .and_then(|revision| changed_keys(store, revision, &mut delta.removed))
        else {
            delta.reset = true;
            for object in store.all() {
                records::add(&mut delta, object, &pulls);
            }
            self.revision = Some(store.revision());
            self.pulls = pulls;
            return delta;
        };
        let mut keys = written;
        keys.extend(self.pods_whose_pulls_changed(&pulls));
        for key in &keys {
            if let Some(object) = store.get(key) {
                records::add(&mut delta, object, &pulls);
            }
        }
        self.revision = Some(store.revision());
        self.pulls = pulls;
        delta
    }

    /// A pull begins and ends without a word in the store.
    fn pods_whose_pulls_changed(&self, now: &Pulls) -> Vec<Key> {
        let pods: BTreeSet<_> = self.pulls.keys().chain(now.keys()).collect();
        pods.into_iter()
            .filter(|pod| self.pulls.get(*pod) != now.get(*pod))
            .map(|(namespace, name)| Key::new(Kind::Pod, namespace, name))
            .collect()
    }
}

/// The keys written since a revision, and the ids of what was removed; `None` when the log does not reach back.
fn changed_keys(store: &Store, revision: u64, removed: &mut Vec<Id>) -> Option<BTreeSet<Key>> {
    let mut gone: BTreeMap<Id, bool> = BTreeMap::new();
    let mut keys = BTreeSet::new();
    for change in store.changes_since(revision).ok()? {
        if shown(&change.object) {
            gone.insert(
                Id::from_uid(change.object.uid()),
                change.change == ChangeType::Deleted,
            );
            keys.insert(change.object.key());
        }
    }
    removed.extend(gone.into_iter().filter(|(_, gone)| *gone).map(|(id, _)| id));
    Some(keys)
}

/// Whether the view has a record for objects of this kind.
fn shown(object: &AnyObject) -> bool {
    matches!(
        object.kind(),
        Kind::Namespace
            | Kind::Node
            | Kind::Pod
            | Kind::ReplicaSet
            | Kind::Deployment
            | Kind::Service
            | Kind::EndpointSlice
            | Kind::Event
    ) || more::shown(object)
}

#[cfg(test)]
mod tests;
