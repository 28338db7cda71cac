//! The trace: who did what, to which object, because of which event. The views animate it, explanations follow its
//! causes, and its hash is what two runs are compared by.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use super::Time;

/// Entries kept; older ones are dropped, their hash stays in the chain.
const KEPT_ENTRIES: usize = 40_000;

/// The number of an entry, from 1 in the order of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TraceId(pub u64);

/// Who acts: a component (`default-scheduler`, `kubelet/worker-1`) or a user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Actor(Arc<str>);

impl Actor {
    /// An actor of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The actor's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Action {
    /// An object was created.
    Create,
    /// An object was replaced or patched.
    Update,
    /// An object's status was replaced or patched.
    UpdateStatus,
    /// An object was marked for deletion and waits for its finalizers or its grace period.
    MarkDeleted,
    /// An object was removed.
    Delete,
    /// A Pod was bound to a node.
    Bind,
    /// A component decided or noticed something without writing it.
    Note,
    /// A command was given by a user.
    Command,
}

/// The object an entry is about; empty strings where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// The kind, as in a manifest (`Pod`).
    pub kind: Cow<'static, str>,
    /// The namespace, empty for cluster-wide objects.
    pub namespace: Arc<str>,
    /// The name.
    pub name: Arc<str>,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The entry's number.
    pub id: TraceId,
    /// When.
    pub at: Time,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// To which object.
    pub subject: Subject,
    /// The store's revision after it, or 0 if nothing was written.
    pub revision: u64,
    /// Because of which entry.
    pub cause: Option<TraceId>,
    /// In a few words, in English as components log.
    pub message: Cow<'static, str>,
}

/// The entries, and a hash over all that were ever written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Trace {
    /// Shared, so that a copy of the cluster does not copy its history.
    entries: VecDeque<Arc<Entry>>,
    written: u64,
    hash: u64,
}

impl Trace {
    /// Writes an entry and answers its number.
    pub fn push(&mut self, entry: impl FnOnce(TraceId) -> Entry) -> TraceId {
        self.written += 1;
        let id = TraceId(self.written);
        let entry = entry(id);
        self.hash = chain(self.hash, &entry);
        if self.entries.len() == KEPT_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(Arc::new(entry));
        id
    }

    /// The entries still kept, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().map(Arc::as_ref)
    }

    /// The kept entries after `id`, oldest first.
    pub fn since(&self, id: TraceId) -> impl DoubleEndedIterator<Item = &Entry> {
        let first = self.entries.front().map_or(self.written + 1, |entry| entry.id.0);
        let skipped = usize::try_from((id.0 + 1).saturating_sub(first)).unwrap_or(usize::MAX);
        self.entries.iter().skip(skipped).map(Arc::as_ref)
    }

    /// The entry of this number, if it is still kept.
    #[must_use]
    pub fn get(&self, id: TraceId) -> Option<&Entry> {
        let first = self.entries.front()?.id.0;
        self.entries
            .get(usize::try_from(id.0.checked_sub(first)?).ok()?)
            .map(Arc::as_ref)
    }

    /// The number of the last entry, 0 before the first.
    #[must_use]
    pub fn last_id(&self) -> TraceId {
        TraceId(self.written)
    }

    /// The hash of everything that was ever written: equal for equal runs, native and in WebAssembly.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hash
    }
}

/// Chains the canonical bytes of an entry to the hash of all before it.
fn chain(previous: u64, entry: &Entry) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(previous, entry.id.0);
    let mut text = |text: &str| {
        hasher.write(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.write(text.as_bytes());
    };
    text(entry.actor.name());
    text(&entry.subject.kind);
    text(&entry.subject.namespace);
    text(&entry.subject.name);
    text(&entry.message);
    for number in [
        entry.at.0,
        entry.revision,
        entry.cause.map_or(0, |cause| cause.0),
        entry.action as u64,
    ] {
        hasher.write(&number.to_le_bytes());
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(trace: &mut Trace, message: &'static str) -> TraceId {
        trace.push(|id| Entry {
            id,
            at: Time::from_secs(id.0),
            actor: Actor::new("test"),
            action: Action::Note,
            subject: Subject::default(),
            revision: 0,
            cause: None,
            message: message.into(),
        })
    }

    #[test]
    fn the_hash_tells_runs_apart() {
        let (mut a, mut b) = (Trace::default(), Trace::default());
        for trace in [&mut a, &mut b] {
            write(trace, "one");
        }
        assert_eq!(a.hash(), b.hash());
        write(&mut a, "two");
        write(&mut b, "three");
        assert_ne!(a.hash(), b.hash());
    }

    #[test]
    fn entries_are_found_by_number() {
        let mut trace = Trace::default();
        for _ in 0..5 {
            write(&mut trace, "x");
        }
        assert_eq!(
            trace
                .since(TraceId(3))
                .map(|entry| entry.id.0)
                .collect::<Vec<_>>(),
            [4, 5]
        );
        assert_eq!(trace.get(TraceId(2)).map(|entry| entry.id), Some(TraceId(2)));
        assert_eq!(trace.get(TraceId(9)), None);
    }
}
