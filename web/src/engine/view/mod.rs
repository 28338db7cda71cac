//! Derives the view's projection from the cluster's store: what changed since the last time, and nothing else.
//!
//! The cost is that of the changes: the store's log says which objects were written, each is read once however often it
//! was. Only when the log no longer reaches back is everything read again.

mod decision;
mod more;
mod records;
mod relations;

use timonier_core::api::{AnyObject, Key, Kind};
use timonier_core::cluster::Cluster;
use timonier_core::etcd::{ChangeType, Store};
use timonier_core::sorted::{SortedMap, SortedSet};

use crate::view::projection::{Delta, Id, Projection};

pub(super) use decision::decision;
pub(super) use records::Pulls;
pub(super) use relations::Relations;

/// Remembers what the page was told.
#[derive(Clone, Debug, Default)]
pub struct ViewBuilder {
    /// The store's revision that the page has; `None` before the first delta.
    revision: Option<u64>,
    /// The pulls that the page knows of.
    pulls: Pulls,
    /// The page's copy, from which boards are made.
    copy: Projection,
    /// What the records do not tell: who selects and uses what.
    relations: Relations,
}

impl ViewBuilder {
    /// What changed since the last call; the first one begins with a reset and tells everything.
    pub fn delta(&mut self, cluster: &Cluster) -> Delta {
        let delta = self.changes(cluster);
        self.copy.apply(delta.clone());
        delta
    }

    /// Everything is told again next time.
    pub(super) fn tell_anew(&mut self) {
        *self = Self::default();
    }

    /// Whether something was written since a revision that a view shows: no Event, no heartbeat.
    pub(super) fn shows_change(&self, cluster: &Cluster, since: u64) -> bool {
        let changes = cluster.store().changes_since(since);
        changes.is_ok_and(|mut changes| {
            changes.any(|change| match &change.object {
                AnyObject::Event(_) => false,
                AnyObject::Node(node) => {
                    let told = self.copy.nodes.get(&Id::from_uid(change.object.uid()));
                    told.is_none_or(|told| **told != records::node(node))
                }
                object => shown(object),
            })
        })
    }

    /// The page's copy after the last delta, and what relates its objects.
    pub(super) fn told(&self) -> (&Projection, &Relations) {
        (&self.copy, &self.relations)
    }

    fn changes(&mut self, cluster: &Cluster) -> Delta {
        let store = cluster.store();
        let pulls = records::pulls(cluster);
        let mut delta = Delta {
            revision: store.revision(),
            now_micros: cluster.now().as_micros(),
            usage: usage(cluster),
            ..Delta::default()
        };
        let Some(written) = self
            .revision
            .and_then(|revision| changed_keys(store, revision, &mut delta.removed))
        else {
            delta.reset = true;
            self.relations = Relations::default();
            for object in store.all() {
                self.relations.add(object);
                records::add(&mut delta, object, &pulls);
            }
            self.revision = Some(store.revision());
            self.pulls = pulls;
            return delta;
        };
        let mut keys = written;
        keys.extend(self.pods_whose_pulls_changed(&pulls));
        self.relations.forget(&delta.removed);
        for key in &keys {
            if let Some(object) = store.get(key) {
                self.relations.add(object);
                records::add(&mut delta, object, &pulls);
            }
        }
        self.revision = Some(store.revision());
        self.pulls = pulls;
        delta
    }

    /// A pull begins and ends without a word in the store.
    fn pods_whose_pulls_changed(&self, now: &Pulls) -> Vec<Key> {
        let pods: SortedSet<_> = self.pulls.keys().chain(now.keys()).collect();
        pods.into_iter()
            .filter(|pod| self.pulls.get(*pod) != now.get(*pod))
            .map(|(namespace, name)| Key::new(Kind::Pod, namespace, name))
            .collect()
    }
}

/// What each machine uses.
fn usage(cluster: &Cluster) -> Vec<(String, u64, u64)> {
    let of = cluster.node_usage();
    of.map(|(node, usage)| (node.to_owned(), usage.cpu_nanos / 1_000_000, usage.memory_bytes))
        .collect()
}

/// The keys written since a revision, and the ids of what was removed; `None` when the log does not reach back.
fn changed_keys(store: &Store, revision: u64, removed: &mut Vec<Id>) -> Option<SortedSet<Key>> {
    let mut gone: SortedMap<Id, bool> = SortedMap::new();
    let mut keys = SortedSet::new();
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
