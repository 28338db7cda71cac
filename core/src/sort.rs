//! Stable sorting that costs little to download: the standard library's sort is 4 KB of code for each type and comparison
//! it is used with, and a program like this has dozens. Here one sort orders places, and each use adds only its comparison.

use std::cmp::Ordering;

/// Sorts by a comparison; equal items keep their order.
pub fn sort_by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let places = ordered(items.len(), &mut |a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    arrange(places, &mut |a, b| items.swap(a, b));
}

/// Sorts by a key; equal items keep their order.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], mut key: impl FnMut(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts by a key that is worked out once for each; equal items keep their order.
pub fn sort_by_cached_key<T, K: Ord>(items: &mut [T], key: impl FnMut(&T) -> K) {
    let keys: Vec<K> = items.iter().map(key).collect();
    let places = ordered(items.len(), &mut |a, b| keys.get(a).cmp(&keys.get(b)));
    arrange(places, &mut |a, b| items.swap(a, b));
}

/// Sorts; equal items keep their order.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// For each place, where what belongs there stands.
fn ordered(len: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..len).collect();
    #[expect(clippy::disallowed_methods, reason = "the one sort there is")]
    places.sort_by(|a, b| compare(*a, *b));
    places
}

/// Brings everything to its place by swapping.
fn arrange(places: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    let mut places = places;
    for place in 0..places.len() {
        // What belongs here may have been swapped away: follow it.
        let mut from = places.get(place).copied().unwrap_or(place);
        while from < place {
            from = places.get(from).copied().unwrap_or(place);
        }
        if from != place {
            swap(place, from);
        }
        if let Some(slot) = places.get_mut(place) {
            *slot = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sorts_as_the_standard_library_does() {
        let mut state = 7_u32;
        for len in 0..200 {
            let items: Vec<(u32, usize)> = (0..len)
                .map(|place| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 27, place)
                })
                .collect();
            let (mut ours, mut theirs) = (items.clone(), items);
            sort_by_key(&mut ours, |(key, _)| *key);
            #[expect(clippy::disallowed_methods, reason = "to compare with")]
            theirs.sort_by_key(|(key, _)| *key);
            assert_eq!(ours, theirs);
        }
    }
}
