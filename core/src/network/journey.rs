//! The way that a request has come: the time it took, and its hops if they are kept.

use std::time::Duration;

use super::carry::Carried;
use super::traffic::{Hop, Stage};

/// The way so far: the time it took, and its hops if they are kept.
pub(super) struct Journey {
    pub(super) after: Duration,
    pub(super) hops: Option<Vec<Hop>>,
}

impl Journey {
    pub(super) fn new(traced: bool) -> Self {
        Self {
            after: Duration::ZERO,
            hops: traced.then(Vec::new),
        }
    }

    pub(super) fn hop(&mut self, stage: Stage, name: impl FnOnce() -> (String, String)) {
        if let Some(hops) = &mut self.hops {
            let (name, note) = name();
            hops.push(Hop {
                after: self.after,
                stage,
                name,
                note: note.into(),
            });
        }
    }

    pub(super) fn takes(&mut self, span: Duration) {
        self.after += span;
    }

    /// Whether hops are kept.
    pub(super) const fn is_traced(&self) -> bool {
        self.hops.is_some()
    }

    /// A server on the way sends a request of its own: its hops belong to this way.
    pub(super) fn add(&mut self, inner: &Carried, backend: &str) {
        self.hop(Stage::Ingress, || (backend.to_owned(), String::new()));
        self.extend(inner, Duration::ZERO);
    }

    /// The hops of a request that was sent from here, so long after having come here.
    pub(super) fn extend(&mut self, inner: &Carried, after: Duration) {
        let start = self.after + after;
        if let (Some(hops), Some(more)) = (&mut self.hops, &inner.hops) {
            hops.extend(more.iter().skip(1).map(|hop| Hop {
                after: start + hop.after,
                ..hop.clone()
            }));
        }
    }
}
