//! Watches: a cursor into the store's log of changes, with the selectors of the request. Plain data, so that a `kubectl
//! get -w` can be saved in the middle.

use serde::{Deserialize, Serialize};

use super::selection::Selection;
use std::sync::Arc;

use super::route::Form;
use super::versions::shown_object;
use crate::api::{AnyObject, CustomKind, Kind, StatusError};
use crate::etcd::{Change, ChangeType, Store};

/// A watch on a kind, from a revision on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// The kind.
    pub kind: Kind,
    /// Which objects.
    pub selection: Selection,
    /// The version that a custom kind is shown in.
    pub custom: Option<Arc<CustomKind>>,
    /// The other version that a kind of the table is shown in.
    pub shown_as: Option<Kind>,
    /// The last revision that was delivered.
    pub revision: u64,
}

/// What a watch delivers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatchEvent {
    /// What happened, as seen through the selection.
    pub change: ChangeType,
    /// The object.
    pub object: AnyObject,
}

impl Watch {
    /// The events since the last call.
    ///
    /// # Errors
    ///
    /// 410 when the store no longer keeps the changes: list again.
    pub fn next(&mut self, store: &Store) -> Result<Vec<WatchEvent>, StatusError> {
        let from = self.revision;
        let changes = store.changes_since(from).map_err(|compacted| {
            StatusError::gone(format!("too old resource version: {from} ({})", compacted.oldest))
        })?;
        let events = changes.filter_map(|change| self.seen(change)).collect();
        self.revision = store.revision();
        Ok(events)
    }

    /// A change as seen through the selection: an object that enters it is added, one that leaves it is deleted.
    fn seen(&self, change: &Change) -> Option<WatchEvent> {
        if change.object.kind() != self.kind {
            return None;
        }
        let before = change
            .previous
            .as_ref()
            .is_some_and(|object| self.selection.selects(object));
        let after = change.change != ChangeType::Deleted && self.selection.selects(&change.object);
        let seen = match (before, after) {
            (false, false) => return None,
            (false, true) => ChangeType::Added,
            (true, true) => ChangeType::Modified,
            (true, false) => ChangeType::Deleted,
        };
        let object = change.object.clone();
        Some(WatchEvent {
            change: seen,
            object: match (&self.custom, self.shown_as) {
                (Some(kind), _) => shown_object(object, Form::Custom(kind)),
                (None, Some(kind)) => shown_object(object, Form::Kind(kind)),
                (None, None) => object,
            },
        })
    }
}
