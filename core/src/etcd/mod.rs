//! The revisioned store behind the API server: compare-and-swap on revisions and a bounded log of changes to watch.
//!
//! Models etcd's key-value store as `k8s.io/apiserver/pkg/storage/etcd3` uses it. Objects are shared pointers, never
//! serialised.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::api::{AnyObject, Key, Kind, Pod};
use crate::sim::TraceId;
use crate::sorted::{SortedMap, SortedSet};

/// Changes kept for watchers; who asks for older ones must list again (410 Gone).
const KEPT_CHANGES: usize = 20_000;

/// The revision before the first write, so that resource versions look like a cluster's that has lived a little.
const FIRST_REVISION: u64 = 200;

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeType {
    /// The object appeared.
    Added,
    /// The object was replaced.
    Modified,
    /// The object disappeared.
    Deleted,
}

/// One committed change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Change {
    /// The store's revision with it.
    pub revision: u64,
    /// What it did.
    pub change: ChangeType,
    /// The object after it; for a deletion, the last state.
    pub object: AnyObject,
    /// The object before it.
    pub previous: Option<AnyObject>,
    /// The trace entry of the write.
    pub trace: TraceId,
}

/// The changes asked for are no longer kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// The oldest revision still kept.
    pub oldest: u64,
}

type Names = SortedMap<(Arc<str>, Arc<str>), AnyObject>;

/// All objects, and what happened to them lately.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Store {
    revision: u64,
    objects: SortedMap<Kind, Names>,
    log: VecDeque<Change>,
    /// The Pods of each node, as the watch cache indexes them by `spec.nodeName` (`registry/core/pod.Indexers`).
    pods_on: SortedMap<String, SortedSet<(Arc<str>, Arc<str>)>>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            revision: FIRST_REVISION,
            objects: SortedMap::new(),
            log: VecDeque::new(),
            pods_on: SortedMap::new(),
        }
    }
}

impl Store {
    /// The revision of the last write.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The object of this key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&AnyObject> {
        // The map's key is a pair of shared strings: cloning them costs two counters.
        self.objects
            .get(&key.kind)?
            .get(&(Arc::clone(&key.namespace), Arc::clone(&key.name)))
    }

    /// The objects of a kind, in the order of namespace and name.
    pub fn list(&self, kind: Kind) -> impl Iterator<Item = &AnyObject> {
        self.objects.get(&kind).into_iter().flat_map(SortedMap::values)
    }

    /// The objects of a kind in a namespace, in the order of names.
    pub fn list_in<'a>(&'a self, kind: Kind, namespace: &'a str) -> impl Iterator<Item = &'a AnyObject> {
        let from = (Arc::<str>::from(namespace), Arc::<str>::from(""));
        let names = self.objects.get(&kind);
        names
            .into_iter()
            .flat_map(move |names| names.range(from.clone()..))
            .take_while(move |((found, _), _)| **found == *namespace)
            .map(|(_, object)| object)
    }

    /// The Pods bound to a node, in the order of namespace and name.
    pub fn pods_on(&self, node: &str) -> impl Iterator<Item = &Pod> {
        let names = self.pods_on.get(node).into_iter().flatten();
        let pods = self.objects.get(&Kind::Pod);
        names.filter_map(move |name| pods?.get(name)?.get())
    }

    /// The objects of a kind as they were at a revision, in the order of namespace and name.
    ///
    /// # Errors
    ///
    /// When the changes since then are no longer kept.
    pub fn list_at(&self, kind: Kind, revision: u64) -> Result<Vec<AnyObject>, Compacted> {
        let mut objects = self.objects.get(&kind).cloned().unwrap_or_default();
        let changes: Vec<&Change> = self.changes_since(revision)?.collect();
        // What happened since is undone, the last first.
        for change in changes
            .into_iter()
            .rev()
            .filter(|change| change.object.kind() == kind)
        {
            let Key { namespace, name, .. } = change.object.key();
            match &change.previous {
                Some(previous) => objects.insert((namespace, name), previous.clone()),
                None => objects.remove(&(namespace, name)),
            };
        }
        Ok(objects.into_values().collect())
    }

    /// Every object, kind by kind.
    pub fn all(&self) -> impl Iterator<Item = &AnyObject> {
        self.objects.values().flat_map(SortedMap::values)
    }

    /// Number of objects of a kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.objects.get(&kind).map_or(0, SortedMap::len)
    }

    /// The revision that the next write will have.
    #[must_use]
    pub fn next_revision(&self) -> u64 {
        self.revision + 1
    }

    /// Writes an object, whose `resourceVersion` becomes the new revision.
    pub fn put(&mut self, mut object: AnyObject, trace: TraceId) -> AnyObject {
        self.revision += 1;
        object.metadata_mut().resource_version = Some(self.revision.to_string());
        let Key {
            kind,
            namespace,
            name,
        } = object.key();
        let previous = self
            .objects
            .entry(kind)
            .or_default()
            .insert((namespace, name), object.clone());
        self.index(&object, previous.as_ref());
        let change = if previous.is_some() {
            ChangeType::Modified
        } else {
            ChangeType::Added
        };
        self.append(Change {
            revision: self.revision,
            change,
            object: object.clone(),
            previous,
            trace,
        });
        object
    }

    /// Removes an object and answers its last state, with the revision of the deletion.
    pub fn remove(&mut self, key: &Key, trace: TraceId) -> Option<AnyObject> {
        let names = self.objects.get_mut(&key.kind)?;
        let name = (Arc::clone(&key.namespace), Arc::clone(&key.name));
        let previous = names.remove(&name)?;
        if let Some(node) = node_of(&previous)
            && let Some(names) = self.pods_on.get_mut(node)
        {
            names.remove(&name);
            if names.is_empty() {
                self.pods_on.remove(node);
            }
        }
        self.revision += 1;
        let mut object = previous.clone();
        object.metadata_mut().resource_version = Some(self.revision.to_string());
        let change = ChangeType::Deleted;
        self.append(Change {
            revision: self.revision,
            change,
            object: object.clone(),
            previous: Some(previous),
            trace,
        });
        Some(object)
    }

    /// The changes after a revision, oldest first.
    ///
    /// # Errors
    ///
    /// When some of them are no longer kept: the caller must list again.
    pub fn changes_since(&self, revision: u64) -> Result<impl Iterator<Item = &Change>, Compacted> {
        let oldest = self
            .log
            .front()
            .map_or(self.revision + 1, |change| change.revision);
        if revision + 1 < oldest {
            return Err(Compacted { oldest });
        }
        // Every revision is one change, so the log is indexed by it.
        let skipped = usize::try_from(revision + 1 - oldest)
            .unwrap_or(usize::MAX)
            .min(self.log.len());
        Ok(self.log.range(skipped..))
    }

    /// Forgets the changes up to a revision: nobody will ask for them.
    pub fn compact(&mut self, revision: u64) {
        let kept = self.log.partition_point(|change| change.revision <= revision);
        self.log.drain(..kept);
    }

    /// A Pod is bound once, and stays where it is.
    fn index(&mut self, object: &AnyObject, previous: Option<&AnyObject>) {
        if let Some(node) = node_of(object)
            && previous.and_then(node_of).is_none()
        {
            let Key { namespace, name, .. } = object.key();
            let names = self.pods_on.entry(node.to_owned()).or_default();
            names.insert((namespace, name));
        }
    }

    fn append(&mut self, change: Change) {
        if self.log.len() == KEPT_CHANGES {
            self.log.pop_front();
        }
        self.log.push_back(change);
    }
}

fn node_of(object: &AnyObject) -> Option<&str> {
    object.get::<Pod>()?.spec.node_name.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ConfigMap;

    fn config_map(name: &str) -> AnyObject {
        let mut object = ConfigMap::default();
        object.metadata_mut().name = Some(name.to_owned());
        object.metadata_mut().namespace = Some("default".to_owned());
        AnyObject::ConfigMap(object)
    }

    #[test]
    fn every_write_is_one_revision_and_one_change() {
        let mut store = Store::default();
        let start = store.revision();
        store.put(config_map("b"), TraceId(1));
        store.put(config_map("a"), TraceId(2));
        store.put(config_map("a"), TraceId(3));
        store.remove(&config_map("b").key(), TraceId(4));
        let seen: Vec<_> = store
            .changes_since(start)
            .expect("kept")
            .map(|change| {
                (
                    change.revision - start,
                    change.change,
                    change.object.name().to_owned(),
                )
            })
            .collect();
        let expected = [
            (1, ChangeType::Added, "b".to_owned()),
            (2, ChangeType::Added, "a".to_owned()),
            (3, ChangeType::Modified, "a".to_owned()),
            (4, ChangeType::Deleted, "b".to_owned()),
        ];
        assert_eq!(seen, expected);
        assert_eq!(store.list_in(Kind::ConfigMap, "default").count(), 1);
        assert_eq!(store.list_in(Kind::ConfigMap, "defaul").count(), 0);
        assert_eq!(store.changes_since(store.revision()).expect("kept").count(), 0);
    }

    #[test]
    fn pods_are_found_by_their_node() {
        let pod = |name: &str, node: Option<&str>| {
            let mut pod = Pod::default();
            pod.metadata_mut().name = Some(name.to_owned());
            pod.metadata_mut().namespace = Some("default".to_owned());
            pod.spec_mut().node_name = node.map(str::to_owned);
            AnyObject::Pod(pod)
        };
        let mut store = Store::default();
        store.put(pod("b", None), TraceId(1));
        store.put(pod("a", Some("worker-1")), TraceId(2));
        store.put(pod("b", Some("worker-1")), TraceId(3));
        store.put(pod("c", Some("worker-2")), TraceId(4));
        let on = |store: &Store, node: &str| -> Vec<String> {
            store.pods_on(node).map(|pod| pod.name().to_owned()).collect()
        };
        assert_eq!(on(&store, "worker-1"), ["a", "b"]);
        store.remove(&pod("a", None).key(), TraceId(5));
        assert_eq!(on(&store, "worker-1"), ["b"]);
        assert_eq!(on(&store, "worker-2"), ["c"]);
        assert!(on(&store, "worker-3").is_empty());
    }

    #[test]
    fn old_changes_are_gone() {
        let mut store = Store::default();
        for _ in 0..=KEPT_CHANGES {
            store.put(config_map("a"), TraceId(1));
        }
        assert!(store.changes_since(FIRST_REVISION).is_err());
        assert!(store.changes_since(FIRST_REVISION + 1).is_ok());
    }
}
