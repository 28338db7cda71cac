use std::collections::BTreeMap;
use std::ops::Bound;

use proptest::prelude::*;

use super::{Entry, SortedMap, SortedSet};

/// Does the same to both maps.
fn step(map: &mut SortedMap<u16, u32>, model: &mut BTreeMap<u16, u32>, what: u8, key: u16, value: u32) {
    match what % 8 {
        0..=2 => assert_eq!(map.insert(key, value), model.insert(key, value)),
        3 => assert_eq!(map.remove(&key), model.remove(&key)),
        4 => assert_eq!(map.pop_first(), model.pop_first()),
        5 => assert_eq!(map.pop_last(), model.pop_last()),
        6 => {
            *map.entry(key).or_default() += value;
            *model.entry(key).or_default() += value;
        }
        _ => match map.entry(key) {
            Entry::Occupied(entry) => assert_eq!(Some(entry.remove()), model.remove(&key)),
            Entry::Vacant(entry) => {
                *entry.insert(value) /= 2;
                model.insert(key, value / 2);
            }
        },
    }
}

proptest! {
    /// Whatever is done to it, it is what the standard library's map is.
    #[test]
    fn a_map_is_what_btreemap_is(
        steps in prop::collection::vec((0..8_u8, 0..600_u16, 0..1_000_u32), 0..1_500),
        from in 0..600_u16,
        to in 0..600_u16,
    ) {
        let (mut map, mut model) = (SortedMap::new(), BTreeMap::new());
        for (what, key, value) in steps {
            step(&mut map, &mut model, what, key, value);
        }
        prop_assert_eq!(map.len(), model.len());
        prop_assert_eq!(map.is_empty(), model.is_empty());
        prop_assert!(map.iter().eq(&model));
        prop_assert!(map.iter().rev().eq(model.iter().rev()));
        prop_assert_eq!(map.first_key_value(), model.first_key_value());
        prop_assert_eq!(map.last_key_value(), model.last_key_value());
        for key in 0..600 {
            prop_assert_eq!(map.get(&key), model.get(&key));
        }
        if from <= to {
            prop_assert!(map.range(from..to).eq(model.range(from..to)));
            prop_assert!(map.range(from..=to).rev().eq(model.range(from..=to).rev()));
            if from < to {
                let bounds = (Bound::Excluded(from), Bound::Included(to));
                prop_assert!(map.range(bounds).eq(model.range(bounds)));
            }
        }
        prop_assert!(map.range(from..).eq(model.range(from..)));
        prop_assert!(map.range(..to).eq(model.range(..to)));
        for value in map.values_mut() {
            *value += 1;
        }
        for value in model.values_mut() {
            *value += 1;
        }
        map.retain(|key, value| (u32::from(*key) + *value) % 3 == 0);
        model.retain(|key, value| (u32::from(*key) + *value) % 3 == 0);
        let again: SortedMap<u16, u32> = model.clone().into_iter().rev().collect();
        prop_assert_eq!(&map, &again);
        prop_assert!(map.into_iter().eq(model));
    }
}

#[test]
fn full_chunks_stay_full_when_keys_come_in_order() {
    let map: SortedMap<usize, ()> = (0..10_000).map(|key| (key, ())).collect();
    assert_eq!(map.chunks.len(), 10_000_usize.div_ceil(super::MOST));
}

#[test]
fn it_is_saved_as_others_are() {
    let map = SortedMap::from([("b".to_owned(), 2), ("a".to_owned(), 1)]);
    let text = serde_json::to_string(&map).expect("JSON");
    assert_eq!(text, r#"{"a":1,"b":2}"#);
    assert_eq!(
        serde_json::from_str::<SortedMap<String, i32>>(&text).expect("a map"),
        map
    );
    let set = SortedSet::from([3, 1, 2, 3]);
    let text = serde_json::to_string(&set).expect("JSON");
    assert_eq!(text, "[1,2,3]");
    assert_eq!(serde_json::from_str::<SortedSet<i32>>(&text).expect("a set"), set);
}

#[test]
fn sets_are_compared() {
    let (few, many) = (SortedSet::from([2, 4]), SortedSet::from([1, 2, 3, 4]));
    assert!(few.is_subset(&many) && !many.is_subset(&few));
    assert!(many.difference(&few).eq(&[1, 3]));
    assert!(many.intersection(&few).eq(&[2, 4]));
    assert!(!few.is_disjoint(&many) && few.is_disjoint(&SortedSet::from([1, 3])));
}
