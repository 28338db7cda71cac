//! A place in a map, to look at and fill with one search.

use std::mem;

use super::{At, SortedMap};

/// The place of a key.
pub enum Entry<'m, K, V> {
    /// It has a value.
    Occupied(OccupiedEntry<'m, K, V>),
    /// It has none.
    Vacant(VacantEntry<'m, K, V>),
}

/// The place of a key with a value.
pub struct OccupiedEntry<'m, K, V> {
    map: &'m mut SortedMap<K, V>,
    at: At,
    key: K,
}

/// The place of a key without a value.
pub struct VacantEntry<'m, K, V> {
    map: &'m mut SortedMap<K, V>,
    at: At,
    key: K,
}

#[expect(clippy::panic, reason = "a bug: nothing moves while an entry borrows the map")]
#[cold]
fn gone() -> ! {
    panic!("an entry outlived its place");
}

impl<'m, K, V> Entry<'m, K, V> {
    /// The value, or this one from now on.
    pub fn or_insert(self, value: V) -> &'m mut V {
        self.or_insert_with(|| value)
    }

    /// The value, or what `make` makes from now on.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'m mut V {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => entry.insert(make()),
        }
    }

    /// The value, or its type's default from now on.
    pub fn or_default(self) -> &'m mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Changes the value, if there is one.
    #[must_use]
    pub fn and_modify(mut self, change: impl FnOnce(&mut V)) -> Self {
        if let Self::Occupied(entry) = &mut self {
            change(entry.get_mut());
        }
        self
    }

    /// The key.
    pub const fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => &entry.key,
            Self::Vacant(entry) => &entry.key,
        }
    }
}

impl<'m, K, V> OccupiedEntry<'m, K, V> {
    pub(super) const fn new(map: &'m mut SortedMap<K, V>, at: At, key: K) -> Self {
        Self { map, at, key }
    }

    /// The key.
    pub const fn key(&self) -> &K {
        &self.key
    }

    /// The value.
    #[must_use]
    pub fn get(&self) -> &V {
        self.map.at(self.at).map_or_else(|| gone(), |(_, value)| value)
    }

    /// The value, to change.
    pub fn get_mut(&mut self) -> &mut V {
        self.map
            .at_mut(self.at)
            .map_or_else(|| gone(), |(_, value)| value)
    }

    /// The value, to change for as long as the map is borrowed.
    #[must_use]
    pub fn into_mut(self) -> &'m mut V {
        self.map
            .at_mut(self.at)
            .map_or_else(|| gone(), |(_, value)| value)
    }

    /// Gives another value; answers the one there was.
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// Takes the value out.
    #[must_use]
    pub fn remove(self) -> V {
        self.map
            .take_at(self.at)
            .map_or_else(|| gone(), |(_, value)| value)
    }
}

impl<'m, K, V> VacantEntry<'m, K, V> {
    pub(super) const fn new(map: &'m mut SortedMap<K, V>, at: At, key: K) -> Self {
        Self { map, at, key }
    }

    /// Gives a value.
    pub fn insert(self, value: V) -> &'m mut V {
        let Self { map, at, key } = self;
        let at = map.put_at(at, key, value);
        map.at_mut(at).map_or_else(|| gone(), |(_, value)| value)
    }
}
