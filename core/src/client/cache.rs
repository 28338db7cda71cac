//! A component's read-only copy of the objects it watches (`tools/cache`): it shares the store's pointers, lags behind
//! it, and is indexed by owner.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::digest::PodDigest;
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Key, Kind, Pod, Typed};
use crate::etcd::{ChangeType, Store};
use crate::sim::TraceId;
use crate::sorted::SortedMap;

/// A change as a component sees it.
#[derive(Clone, Debug)]
pub struct Delta {
    /// What happened.
    pub change: ChangeType,
    /// The object; for a deletion, its last state.
    pub object: AnyObject,
    /// The object before, as the component knew it.
    pub previous: Option<AnyObject>,
    /// The write that caused it.
    pub trace: Option<TraceId>,
}

/// An object and, for a Pod, what controllers count about it.
type Owned = (AnyObject, PodDigest);

type Names = SortedMap<(Arc<str>, Arc<str>), AnyObject>;

/// The objects a component knows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "SavedCache")]
pub struct Cache {
    revision: u64,
    objects: SortedMap<Kind, Names>,
    /// The same objects by the UID of their controller; those without one under the empty UID.
    #[serde(skip_serializing)]
    by_controller: SortedMap<Arc<str>, SortedMap<Key, Owned>>,
}

/// What is kept of a cache: the index is made anew.
#[derive(Deserialize)]
struct SavedCache {
    revision: u64,
    objects: SortedMap<Kind, Names>,
}

impl From<SavedCache> for Cache {
    fn from(SavedCache { revision, objects }: SavedCache) -> Self {
        let mut cache = Self {
            revision,
            ..Self::default()
        };
        for object in objects.into_values().flat_map(SortedMap::into_values) {
            cache.apply(object, false, None);
        }
        cache
    }
}

impl Cache {
    /// Catches up with the store for the kinds that `watched` accepts, and answers what changed.
    pub fn sync(&mut self, store: &Store, watched: impl Fn(&AnyObject) -> bool) -> Vec<Delta> {
        let mut deltas = Vec::new();
        match store.changes_since(self.revision) {
            Ok(changes) => {
                for change in changes.filter(|change| watched(&change.object)) {
                    let deleted = change.change == ChangeType::Deleted;
                    deltas.extend(self.apply(change.object.clone(), deleted, Some(change.trace)));
                }
            }
            Err(_) => self.relist(store, watched, &mut deltas),
        }
        self.revision = store.revision();
        deltas
    }

    /// Starts over from a list when the changes in between are no longer kept.
    fn relist(&mut self, store: &Store, watched: impl Fn(&AnyObject) -> bool, deltas: &mut Vec<Delta>) {
        let gone: Vec<AnyObject> = self
            .objects
            .values()
            .flat_map(SortedMap::values)
            .filter(|object| {
                store
                    .get(&object.key())
                    .is_none_or(|found| found.uid() != object.uid())
            })
            .cloned()
            .collect();
        for object in gone {
            deltas.extend(self.apply(object, true, None));
        }
        for object in store.all().filter(|object| watched(object)) {
            let known = self.get(&object.key()).map(AnyObject::resource_version);
            if known != Some(object.resource_version()) {
                deltas.extend(self.apply(object.clone(), false, None));
            }
        }
    }

    fn apply(&mut self, object: AnyObject, deleted: bool, trace: Option<TraceId>) -> Option<Delta> {
        let key = object.key();
        let names = self.objects.entry(key.kind).or_default();
        let place = (Arc::clone(&key.namespace), Arc::clone(&key.name));
        let previous = if deleted {
            names.remove(&place)
        } else {
            names.insert(place, object.clone())
        };
        let controller = |object: &AnyObject| match object.metadata().controller() {
            Some(owner) => owner.uid.clone(),
            None => String::new(),
        };
        let before = previous.as_ref().map(controller);
        let after = (!deleted).then(|| controller(&object));
        if let Some(uid) = before.filter(|before| after.as_ref() != Some(before)) {
            self.disown(&uid, &key);
        }
        if let Some(uid) = after {
            let row = (
                object.clone(),
                object.get().map(PodDigest::of).unwrap_or_default(),
            );
            match self.by_controller.get_mut(uid.as_str()) {
                Some(owned) => owned.insert(key, row),
                None => self.by_controller.entry(uid.into()).or_default().insert(key, row),
            };
        }
        let change = match (deleted, previous.is_some()) {
            (true, false) => return None,
            (true, true) => ChangeType::Deleted,
            (false, true) => ChangeType::Modified,
            (false, false) => ChangeType::Added,
        };
        Some(Delta {
            change,
            object,
            previous,
            trace,
        })
    }

    fn disown(&mut self, uid: &str, key: &Key) {
        if let Some(keys) = self.by_controller.get_mut(uid) {
            keys.remove(key);
            if keys.is_empty() {
                self.by_controller.remove(uid);
            }
        }
    }

    /// The revision it has caught up with.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The object of this key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&AnyObject> {
        self.objects
            .get(&key.kind)?
            .get(&(Arc::clone(&key.namespace), Arc::clone(&key.name)))
    }

    /// The typed object of this namespace and name.
    #[must_use]
    pub fn typed<K: Typed>(&self, namespace: &str, name: &str) -> Option<&K> {
        self.objects
            .get(&K::KIND)?
            .get(&(namespace.into(), name.into()))
            .and_then(AnyObject::get)
    }

    /// The typed objects of a kind, by namespace and name.
    pub fn list<'a, K: Typed + 'a>(&'a self) -> impl Iterator<Item = &'a K> {
        self.objects
            .get(&K::KIND)
            .into_iter()
            .flat_map(SortedMap::values)
            .filter_map(AnyObject::get)
    }

    /// The typed objects of a kind in a namespace, by name.
    pub fn list_in<'a, K: Typed + 'a>(&'a self, namespace: &str) -> impl Iterator<Item = &'a K> {
        self.of_kind_in(K::KIND, namespace).filter_map(AnyObject::get)
    }

    /// The objects of a kind in a namespace, by name, whatever the kind.
    pub fn of_kind_in<'a>(&'a self, kind: Kind, namespace: &str) -> impl Iterator<Item = &'a AnyObject> {
        let from = (Arc::<str>::from(namespace), Arc::<str>::from(""));
        let wanted = Arc::clone(&from.0);
        self.objects
            .get(&kind)
            .into_iter()
            .flat_map(move |names| names.range(from.clone()..))
            .take_while(move |((found, _), _)| *found == wanted)
            .map(|(_, object)| object)
    }

    /// The objects of a kind in a namespace that have no controller, by name.
    pub fn orphans_in<'a, K: Typed + 'a>(&'a self, namespace: &str) -> impl Iterator<Item = &'a K> {
        let from = Key::new(K::KIND, namespace, "");
        let wanted = Arc::clone(&from.namespace);
        let orphans = self.by_controller.get("");
        orphans
            .into_iter()
            .flat_map(move |owned| owned.range(from.clone()..))
            .take_while(move |(key, _)| key.kind == K::KIND && key.namespace == wanted)
            .filter_map(|(_, (object, _))| object.get())
    }

    /// The objects of a kind whose controller has this UID, by namespace and name.
    pub fn controlled_by<'a, K: Typed + 'a>(&'a self, uid: &str) -> impl Iterator<Item = &'a K> {
        let owned = self
            .by_controller
            .get(uid)
            .into_iter()
            .flat_map(SortedMap::values);
        owned.filter_map(|(object, _)| object.get())
    }

    /// The Pods whose controller has this UID, by namespace and name, with what is counted about them.
    pub fn pods_of<'a>(&'a self, uid: &str) -> impl Iterator<Item = (&'a Pod, &'a PodDigest)> {
        let owned = self
            .by_controller
            .get(uid)
            .into_iter()
            .flat_map(SortedMap::values);
        owned.filter_map(|(object, digest)| Some((object.get()?, digest)))
    }

    /// Every object known.
    pub fn all(&self) -> impl Iterator<Item = &AnyObject> {
        self.objects.values().flat_map(SortedMap::values)
    }
}
