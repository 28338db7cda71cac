//! Ordered maps and sets: what `std`'s `BTreeMap` and `BTreeSet` are, in a tenth of their code. The standard library's tree is some
//! 6 KB for each pair of types, and collecting into it brings a sort as well; a cluster has a hundred such pairs.
//!
//! Entries lie in order in chunks of at most [`MOST`], the chunks in a list: two binary searches find one, and what moves when one
//! comes or goes is a chunk. The list of chunks stays short: 150,000 entries are some 4,000 chunks.

mod entry;
mod iter;
mod set;

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ops::{Bound, RangeBounds};

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use iter::{IntoIter, Iter, IterMut};
pub use set::SortedSet;

/// Entries of a chunk at most.
const MOST: usize = 64;

/// A map in the order of its keys.
#[derive(Clone)]
pub struct SortedMap<K, V> {
    /// No chunk is empty.
    chunks: Vec<Vec<(K, V)>>,
}

/// A chunk and an entry in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct At {
    chunk: usize,
    entry: usize,
}

impl<K, V> SortedMap<K, V> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self { chunks: Vec::new() }
    }

    /// Whether there is no entry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Vec::len).sum()
    }

    /// Forgets all entries.
    pub fn clear(&mut self) {
        self.chunks.clear();
    }

    /// The entries, in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(self, At { chunk: 0, entry: 0 }, self.end())
    }

    /// The entries, in order, to change.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut::new(&mut self.chunks)
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// The values, in the order of their keys, to change.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.iter_mut().map(|(_, value)| value)
    }

    /// The keys, in order.
    pub fn into_keys(self) -> impl Iterator<Item = K> {
        self.into_iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.into_iter().map(|(_, value)| value)
    }

    /// The first entry.
    #[must_use]
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The last entry.
    #[must_use]
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }

    /// Takes the first entry out.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        self.take_at(At { chunk: 0, entry: 0 })
    }

    /// Takes the last entry out.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        let chunk = self.chunks.len().checked_sub(1)?;
        let entry = self.chunks.last()?.len().checked_sub(1)?;
        self.take_at(At { chunk, entry })
    }

    /// Keeps the entries of which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        for chunk in &mut self.chunks {
            chunk.retain_mut(|(key, value)| keep(key, value));
        }
        self.chunks.retain(|chunk| !chunk.is_empty());
    }

    fn end(&self) -> At {
        At {
            chunk: self.chunks.len(),
            entry: 0,
        }
    }

    fn at(&self, at: At) -> Option<&(K, V)> {
        self.chunks.get(at.chunk)?.get(at.entry)
    }

    fn at_mut(&mut self, at: At) -> Option<&mut (K, V)> {
        self.chunks.get_mut(at.chunk)?.get_mut(at.entry)
    }

    #[inline(never)]
    fn take_at(&mut self, at: At) -> Option<(K, V)> {
        let chunk = self.chunks.get_mut(at.chunk)?;
        if at.entry >= chunk.len() {
            return None;
        }
        let taken = chunk.remove(at.entry);
        if chunk.is_empty() {
            self.chunks.remove(at.chunk);
        }
        Some(taken)
    }

    /// Puts an entry where [`SortedMap::find`] said that it belongs; answers where it is then.
    #[inline(never)]
    fn put_at(&mut self, at: At, key: K, value: V) -> At {
        let at = self.make_room(at);
        if let Some(chunk) = self.chunks.get_mut(at.chunk) {
            chunk.insert(at.entry, (key, value));
        }
        at
    }

    /// Splits a full chunk; answers where an entry belongs then.
    fn make_room(&mut self, mut at: At) -> At {
        let next = at.chunk + 1;
        let Some(chunk) = self.chunks.get_mut(at.chunk) else {
            self.chunks.push(Vec::new());
            return at;
        };
        if chunk.len() >= MOST {
            // Keys often come in order: full chunks stay full then.
            let middle = if at.entry == MOST { MOST } else { MOST / 2 };
            let rest = chunk.split_off(middle);
            self.chunks.insert(next, rest);
            if at.entry >= middle {
                at = At {
                    chunk: next,
                    entry: at.entry - middle,
                };
            }
        }
        at
    }
}

/// Where in a sorted list something is, or where it belongs. `compare` says how the entry at a place compares with it.
fn search(len: usize, compare: &mut dyn FnMut(usize) -> Ordering) -> Result<usize, usize> {
    let (mut from, mut to) = (0, len);
    while from < to {
        let middle = from.midpoint(to);
        match compare(middle) {
            Ordering::Less => from = middle + 1,
            Ordering::Equal => return Ok(middle),
            Ordering::Greater => to = middle,
        }
    }
    Err(from)
}

impl<K: Ord, V> SortedMap<K, V> {
    /// Where the key is, or where it belongs.
    #[inline(never)]
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<At, At>
    where
        K: Borrow<Q>,
    {
        let chunk = search(self.chunks.len(), &mut |at| {
            let last = self.chunks.get(at).and_then(|chunk| chunk.last());
            last.map_or(Ordering::Less, |(last, _)| last.borrow().cmp(key))
        });
        let (Ok(chunk) | Err(chunk)) = chunk;
        let chunk = chunk.min(self.chunks.len().saturating_sub(1));
        let entries = self.chunks.get(chunk).map_or(&[][..], Vec::as_slice);
        let entry = search(entries.len(), &mut |at| {
            let entry = entries.get(at);
            entry.map_or(Ordering::Less, |(known, _)| known.borrow().cmp(key))
        });
        match entry {
            Ok(entry) => Ok(At { chunk, entry }),
            Err(entry) => Err(At { chunk, entry }),
        }
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(&self.at(at)?.1)
    }

    /// The value of a key, to change.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(&mut self.at_mut(at)?.1)
    }

    /// The entry of a key.
    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let (key, value) = self.at(self.find(key).ok()?)?;
        Some((key, value))
    }

    /// Whether the key has a value.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Gives a key a value; answers the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => {
                let (_, known) = self.at_mut(at)?;
                Some(mem::replace(known, value))
            }
            Err(at) => {
                self.put_at(at, key, value);
                None
            }
        }
    }

    /// Takes the value of a key out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (_, value) = self.remove_entry(key)?;
        Some(value)
    }

    /// Takes a key and its value out.
    pub fn remove_entry<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        self.take_at(at)
    }

    /// The place of a key, with or without a value.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        match self.find(&key) {
            Ok(at) => Entry::Occupied(OccupiedEntry::new(self, at, key)),
            Err(at) => Entry::Vacant(VacantEntry::new(self, at, key)),
        }
    }

    /// The entries whose keys are in a range.
    pub fn range<Q: Ord + ?Sized>(&self, range: impl RangeBounds<Q>) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let from = match range.start_bound() {
            Bound::Unbounded => At { chunk: 0, entry: 0 },
            Bound::Included(key) => self.bound(key, false),
            Bound::Excluded(key) => self.bound(key, true),
        };
        let to = match range.end_bound() {
            Bound::Unbounded => self.end(),
            Bound::Included(key) => self.bound(key, true),
            Bound::Excluded(key) => self.bound(key, false),
        };
        Iter::new(self, from, to)
    }

    /// The first entry that is not before `key`, or that is after it.
    fn bound<Q: Ord + ?Sized>(&self, key: &Q, after: bool) -> At
    where
        K: Borrow<Q>,
    {
        let mut at = match self.find(key) {
            Ok(mut at) => {
                at.entry += usize::from(after);
                at
            }
            Err(at) => at,
        };
        if self
            .chunks
            .get(at.chunk)
            .is_some_and(|chunk| at.entry >= chunk.len())
        {
            at = At {
                chunk: at.chunk + 1,
                entry: 0,
            };
        }
        at
    }
}

/// Collects into a map of the standard library, without the sort that `collect` brings for each kind of iterator.
pub fn btree_map<K: Ord, V>(entries: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    for (key, value) in entries {
        map.insert(key, value);
    }
    map
}

/// Collects into a JSON object, without that sort either.
pub fn json_object(entries: impl IntoIterator<Item = (String, Value)>) -> Map<String, Value> {
    let mut map = Map::new();
    for (key, value) in entries {
        map.insert(key, value);
    }
    map
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SortedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<K: Eq, V: Eq> Eq for SortedMap<K, V> {}

impl<K: PartialOrd, V: PartialOrd> PartialOrd for SortedMap<K, V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<K: Ord, V: Ord> Ord for SortedMap<K, V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SortedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Ord, V> Extend<(K, V)> for SortedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for SortedMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K: Serialize, V: Serialize> Serialize for SortedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // With its length, which formats without delimiters ask for.
        let mut entries = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            entries.serialize_entry(key, value)?;
        }
        entries.end()
    }
}

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for SortedMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MapVisitor(PhantomData))
    }
}

struct MapVisitor<K, V>(PhantomData<(K, V)>);

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for MapVisitor<K, V> {
    type Value = SortedMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = SortedMap::new();
        while let Some((key, value)) = entries.next_entry()? {
            map.insert(key, value);
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests;
