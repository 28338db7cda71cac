//! The garbage collector: objects whose owners are gone go too, owners that wait for theirs are let go, and orphans are set
//! free (`pkg/controller/garbagecollector`).

use serde::{Deserialize, Serialize};

use super::{Context, Controller};
use crate::api::meta::{FOREGROUND_FINALIZER, MetaExt, ORPHAN_FINALIZER};
use crate::api::types::meta::OwnerReference;
use crate::api::{AnyObject, Key, Kind, StatusError};
use crate::apiserver::{ApiServer, User};
use crate::client::{Cache, Client, DeleteOptions, Delta, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;
use crate::sorted::{SortedMap, SortedSet};

/// Deletes what nobody owns any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct GarbageCollector {
    user: User,
    queue: WorkQueue,
    /// What each owner owns, by the owner's UID.
    dependents: SortedMap<String, SortedSet<Key>>,
    /// The owners that wait for what they own, by UID.
    waiting: SortedMap<String, Key>,
}

impl Default for GarbageCollector {
    fn default() -> Self {
        let user = User::component("system:serviceaccount:kube-system:generic-garbage-collector");
        Self {
            user,
            queue: WorkQueue::default(),
            dependents: SortedMap::new(),
            waiting: SortedMap::new(),
        }
    }
}

impl Controller for GarbageCollector {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, _: &Cache, delta: &Delta, _: Time) {
        let key = delta.object.key();
        let deleted = delta.change == ChangeType::Deleted;
        let owners = |object: &AnyObject| -> SortedSet<String> {
            object
                .metadata()
                .owner_references
                .iter()
                .flatten()
                .map(|owner| owner.uid.clone())
                .collect()
        };
        let before = delta.previous.as_ref().map(owners).unwrap_or_default();
        let after = if deleted {
            SortedSet::new()
        } else {
            owners(&delta.object)
        };
        for uid in before.difference(&after) {
            self.forget_dependent(uid, &key);
            // An owner that waits for what it owns may go now.
            if let Some(owner) = self.waiting.get(uid) {
                self.queue.add(owner.clone(), delta.trace);
            }
        }
        for uid in after.difference(&before) {
            self.dependents
                .entry(uid.clone())
                .or_default()
                .insert(key.clone());
        }
        if deleted {
            self.waiting.remove(delta.object.uid());
            for dependent in self.dependents.get(delta.object.uid()).into_iter().flatten() {
                self.queue.add(dependent.clone(), delta.trace);
            }
            return;
        }
        let metadata = delta.object.metadata();
        let waits = metadata.is_deleting()
            && (metadata.has_finalizer(FOREGROUND_FINALIZER) || metadata.has_finalizer(ORPHAN_FINALIZER));
        if waits {
            self.waiting.insert(delta.object.uid().to_owned(), key.clone());
        }
        let newly_owned = delta.change == ChangeType::Added && !after.is_empty();
        if waits || newly_owned {
            self.queue.add(key, delta.trace);
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let Some(object) = context.env.api.store().get(&item.key).cloned() else {
            return Ok(());
        };
        if object.metadata().is_deleting() {
            if object.metadata().has_finalizer(ORPHAN_FINALIZER) {
                return self.set_dependents_free(context, &object);
            }
            if object.metadata().has_finalizer(FOREGROUND_FINALIZER) {
                return self.delete_dependents_first(context, &object, item);
            }
            return Ok(());
        }
        self.collect(context, &object)
    }
}

impl GarbageCollector {
    fn forget_dependent(&mut self, uid: &str, key: &Key) {
        if let Some(keys) = self.dependents.get_mut(uid) {
            keys.remove(key);
            if keys.is_empty() {
                self.dependents.remove(uid);
            }
        }
    }

    /// Deletes an object none of whose owners is left; forgets the owners that are gone if one is.
    fn collect(&self, context: &mut Context<'_, '_>, object: &AnyObject) -> Result<(), StatusError> {
        let owners = object.metadata().owner_references.clone().unwrap_or_default();
        let api = &*context.env.api;
        let (solid, dangling): (Vec<_>, Vec<_>) = owners
            .iter()
            .partition(|owner| owner_of(api, owner, object.namespace()).is_some());
        let waiting = |owner: &&OwnerReference| {
            owner_of(api, owner, object.namespace()).is_some_and(|owner| {
                owner.metadata().is_deleting() && owner.metadata().has_finalizer(FOREGROUND_FINALIZER)
            })
        };
        let all_wait = !solid.is_empty() && solid.iter().all(waiting);
        if owners.is_empty() || (dangling.is_empty() && !all_wait) {
            return Ok(());
        }
        if !solid.is_empty() && !all_wait {
            let gone: Vec<String> = dangling.iter().map(|owner| owner.uid.clone()).collect();
            return self.drop_references(context, &object.key(), &gone);
        }
        let propagation = match () {
            () if object.metadata().has_finalizer(ORPHAN_FINALIZER) => "Orphan",
            () if object.metadata().has_finalizer(FOREGROUND_FINALIZER) || all_wait => "Foreground",
            () => "Background",
        };
        let options = DeleteOptions {
            propagation: Some(propagation),
            uid: Some(object.uid().to_owned()),
            ..DeleteOptions::default()
        };
        ignore_gone(Client::new(context.env, &self.user).delete(&object.key(), &options))
    }

    fn set_dependents_free(
        &self,
        context: &mut Context<'_, '_>,
        owner: &AnyObject,
    ) -> Result<(), StatusError> {
        let owned: Vec<Key> = self
            .dependents
            .get(owner.uid())
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        for key in owned {
            self.drop_references(context, &key, &[owner.uid().to_owned()])?;
        }
        self.remove_finalizer(context, owner, ORPHAN_FINALIZER)
    }

    fn delete_dependents_first(
        &mut self,
        context: &mut Context<'_, '_>,
        owner: &AnyObject,
        item: &QueuedItem,
    ) -> Result<(), StatusError> {
        let owned: Vec<Key> = self
            .dependents
            .get(owner.uid())
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        let mut blocked = false;
        for key in owned {
            let Some(dependent) = context.env.api.store().get(&key) else {
                continue;
            };
            let reference = dependent
                .metadata()
                .owner_references
                .iter()
                .flatten()
                .find(|r| r.uid == owner.uid());
            blocked |= reference.is_some_and(|reference| reference.block_owner_deletion == Some(true));
            if !dependent.metadata().is_deleting() {
                self.queue.add(key, item.cause);
            }
        }
        if blocked {
            Ok(())
        } else {
            self.remove_finalizer(context, owner, FOREGROUND_FINALIZER)
        }
    }

    fn drop_references(
        &self,
        context: &mut Context<'_, '_>,
        key: &Key,
        owners: &[String],
    ) -> Result<(), StatusError> {
        let written = Client::new(context.env, &self.user).modify(key, None, |object| {
            let metadata = object.metadata_mut();
            if let Some(references) = &mut metadata.owner_references {
                references.retain(|reference| !owners.contains(&reference.uid));
                if references.is_empty() {
                    metadata.owner_references = None;
                }
            }
        });
        ignore_gone(written.map(|_| ()))
    }

    fn remove_finalizer(
        &self,
        context: &mut Context<'_, '_>,
        object: &AnyObject,
        finalizer: &str,
    ) -> Result<(), StatusError> {
        let written = Client::new(context.env, &self.user).modify(&object.key(), None, |object| {
            let metadata = object.metadata_mut();
            if let Some(finalizers) = &mut metadata.finalizers {
                finalizers.retain(|found| found != finalizer);
                if finalizers.is_empty() {
                    metadata.finalizers = None;
                }
            }
        });
        ignore_gone(written.map(|_| ()))
    }
}

fn ignore_gone(result: Result<(), StatusError>) -> Result<(), StatusError> {
    match result {
        Err(error) if error.is_not_found() || error.is_conflict() => Ok(()),
        other => other,
    }
}

fn owner_key(api: &ApiServer, owner: &OwnerReference, namespace: &str) -> Option<Key> {
    let custom = || {
        let custom = api.custom_kind(&owner.api_version, &owner.kind)?;
        Some(Kind::Custom(custom.id.hub()))
    };
    let kind = Kind::from_manifest(&owner.api_version, &owner.kind).or_else(custom)?;
    Some(Key::new(
        kind,
        if kind.namespaced() { namespace } else { "" },
        &owner.name,
    ))
}

/// The owner, if it is still the one that is meant.
fn owner_of<'a>(api: &'a ApiServer, owner: &OwnerReference, namespace: &str) -> Option<&'a AnyObject> {
    api.store()
        .get(&owner_key(api, owner, namespace)?)
        .filter(|found| found.uid() == owner.uid)
}
