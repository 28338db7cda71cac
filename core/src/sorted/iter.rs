//! Going through a map.

use std::{slice, vec};

use super::{At, SortedMap};

/// Entries of a map, from both ends.
pub struct Iter<'m, K, V> {
    map: &'m SortedMap<K, V>,
    from: At,
    to: At,
}

impl<'m, K, V> Iter<'m, K, V> {
    pub(super) const fn new(map: &'m SortedMap<K, V>, from: At, to: At) -> Self {
        Self { map, from, to }
    }

    const fn is_over(&self) -> bool {
        self.from.chunk > self.to.chunk
            || (self.from.chunk == self.to.chunk && self.from.entry >= self.to.entry)
    }
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<'m, K, V> Iterator for Iter<'m, K, V> {
    type Item = (&'m K, &'m V);

    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over() {
            return None;
        }
        let chunk = self.map.chunks.get(self.from.chunk)?;
        let (key, value) = chunk.get(self.from.entry)?;
        self.from.entry += 1;
        if self.from.entry >= chunk.len() {
            self.from.chunk += 1;
            self.from.entry = 0;
        }
        Some((key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // Right for what lies in one chunk, which is where most maps lie.
        let least = if self.from.chunk == self.to.chunk {
            self.to.entry.saturating_sub(self.from.entry)
        } else {
            self.map
                .chunks
                .get(self.from.chunk)
                .map_or(0, |chunk| chunk.len().saturating_sub(self.from.entry))
        };
        (least, None)
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    #[inline(never)]
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.is_over() {
            return None;
        }
        if self.to.entry == 0 {
            self.to.chunk = self.to.chunk.checked_sub(1)?;
            self.to.entry = self.map.chunks.get(self.to.chunk)?.len();
        }
        self.to.entry = self.to.entry.checked_sub(1)?;
        let (key, value) = self.map.at(self.to)?;
        Some((key, value))
    }
}

/// Entries of a map, to change.
pub struct IterMut<'m, K, V> {
    chunks: slice::IterMut<'m, Vec<(K, V)>>,
    entries: slice::IterMut<'m, (K, V)>,
}

impl<'m, K, V> IterMut<'m, K, V> {
    pub(super) fn new(chunks: &'m mut [Vec<(K, V)>]) -> Self {
        Self {
            chunks: chunks.iter_mut(),
            entries: [].iter_mut(),
        }
    }
}

impl<'m, K, V> Iterator for IterMut<'m, K, V> {
    type Item = (&'m K, &'m mut V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.entries.next() {
                return Some((key, value));
            }
            self.entries = self.chunks.next()?.iter_mut();
        }
    }
}

/// Entries of a map, taken out.
pub struct IntoIter<K, V> {
    chunks: vec::IntoIter<Vec<(K, V)>>,
    entries: vec::IntoIter<(K, V)>,
}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.entries.next() {
                return Some(entry);
            }
            self.entries = self.chunks.next()?.into_iter();
        }
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter {
            chunks: self.chunks.into_iter(),
            entries: Vec::new().into_iter(),
        }
    }
}

impl<'m, K, V> IntoIterator for &'m SortedMap<K, V> {
    type Item = (&'m K, &'m V);
    type IntoIter = Iter<'m, K, V>;

    fn into_iter(self) -> Iter<'m, K, V> {
        self.iter()
    }
}

impl<'m, K, V> IntoIterator for &'m mut SortedMap<K, V> {
    type Item = (&'m K, &'m mut V);
    type IntoIter = IterMut<'m, K, V>;

    fn into_iter(self) -> IterMut<'m, K, V> {
        self.iter_mut()
    }
}
