//! One state goal followed through time: which objects it looks at, how many match, since when the whole is true. Fed with each change; a
//! change costs one comparison with the pattern, whatever the number of objects.
use super::select::Selection;
use crate::amount::Bound;
use crate::pattern::{Mismatch, matches};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use timonier_core::sim::Time;
use timonier_core::sorted::SortedMap;

/// What is watched: a compiled [`crate::format::StateCheck`].
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// The objects looked at.
    pub selection: Selection,
    /// What is counted.
    pub matches: Option<Value>,
    /// What every one must hold.
    pub every: Option<Value>,
    /// How many must match.
    pub count: Bound,
    /// How long it must last, in microseconds.
    pub holds_micros: u64,
}

/// What was seen so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The objects looked at, by namespace and name.
    pub items: SortedMap<String, Item>,
    /// How many match.
    pub matched: i64,
    /// How many do not hold what every one must.
    pub failing: i64,
    /// Whether it is so, the duration aside.
    pub truth: bool,
    /// Since when `truth` is what it is.
    pub since: Time,
}

/// One object looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Why it does not match.
    pub mismatch: Option<Mismatch>,
    /// Why it fails what every one must hold.
    pub fails: Option<Mismatch>,
}

impl Watch {
    /// Takes an object's new state in; [`Watch::settle`] then says what it means.
    pub fn feed(&self, seen: &mut Seen, namespace: &str, name: &str, object: Option<&Value>) {
        let key = format!("{namespace}/{name}");
        let item = object
            .filter(|o| self.selection.takes(namespace, name, o))
            .map(|object| Item {
                name: name.to_owned(),
                mismatch: self
                    .matches
                    .as_ref()
                    .and_then(|pattern| matches(pattern, object).err()),
                fails: self
                    .every
                    .as_ref()
                    .and_then(|pattern| matches(pattern, object).err()),
            });
        let count = |item: &Item| {
            (
                i64::from(item.mismatch.is_none()),
                i64::from(item.fails.is_some()),
            )
        };
        let new = item.as_ref().map_or((0, 0), count);
        let old = match item {
            Some(item) => seen.items.insert(key, item),
            None => seen.items.remove(&key),
        };
        let old = old.as_ref().map_or((0, 0), count);
        seen.matched += new.0 - old.0;
        seen.failing += new.1 - old.1;
    }

    /// Says whether it is so now. Answers whether that changed.
    pub fn settle(&self, seen: &mut Seen, now: Time) -> bool {
        let truth = self.count.holds(seen.matched) && seen.failing == 0;
        let changed = truth != seen.truth;
        if changed {
            seen.truth = truth;
            seen.since = now;
        }
        changed
    }

    /// Whether it is so, and has been for long enough.
    pub fn held(&self, seen: &Seen, now: Time) -> bool {
        seen.truth && now.as_micros().saturating_sub(seen.since.as_micros()) >= self.holds_micros
    }
}
