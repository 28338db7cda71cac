//! A namespace that is deleted empties itself before it goes (`pkg/controller/namespace/deletion`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Context, Controller};
use crate::api::meta::{MetaExt, meta_time};
use crate::api::types::core::NamespaceCondition;
use crate::api::{AnyObject, Key, Kind, Namespace, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, DeleteOptions, Delta, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;

/// How soon it looks again while something is still there.
const RECHECK: Duration = Duration::from_secs(1);
/// How long a new deletion is left alone, so that caches hear of it (`namespaceDeletionGracePeriod`).
const GRACE: Duration = Duration::from_millis(300);
/// The finalizer that this controller removes.
const FINALIZER: &str = "kubernetes";

/// Empties namespaces that are being deleted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct NamespaceController {
    user: User,
    queue: WorkQueue,
}

impl Default for NamespaceController {
    fn default() -> Self {
        let user = User::component("system:serviceaccount:kube-system:namespace-controller");
        Self {
            user,
            queue: WorkQueue::default(),
        }
    }
}

impl Controller for NamespaceController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, _: &Cache, delta: &Delta, now: Time) {
        let deleting = delta.object.metadata().is_deleting() && delta.change != ChangeType::Deleted;
        if delta.object.kind() == Kind::Namespace && deleting {
            self.queue.add_at(now + GRACE, delta.object.key(), delta.trace);
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let namespace = &item.key.name;
        let found = context
            .env
            .api
            .store()
            .get(&item.key)
            .and_then(AnyObject::get::<Namespace>)
            .cloned();
        let Some(found) = found.filter(|found| found.metadata.is_deleting()) else {
            return Ok(());
        };
        let customs = context
            .env
            .api
            .custom_kinds()
            .map(|kind| Kind::Custom(kind.id.hub()));
        let customs: std::collections::BTreeSet<Kind> = customs.collect();
        let content: Vec<Key> = Kind::all()
            .chain(customs)
            .filter(|kind| kind.namespaced())
            .flat_map(|kind| context.env.api.store().list_in(kind, namespace))
            .map(AnyObject::key)
            .collect();
        for key in &content {
            let marked = context
                .env
                .api
                .store()
                .get(key)
                .is_some_and(|object| object.metadata().is_deleting());
            if marked {
                continue;
            }
            let options = DeleteOptions {
                propagation: Some("Background"),
                ..DeleteOptions::default()
            };
            match Client::new(context.env, &self.user).delete(key, &options) {
                Err(error) if !error.is_not_found() => return Err(error),
                _ => {}
            }
        }
        let remaining: Vec<Key> = content
            .into_iter()
            .filter(|key| context.env.api.store().get(key).is_some())
            .collect();
        self.report(context, &item.key, &remaining)?;
        if !remaining.is_empty() {
            self.queue
                .add_at(context.env.sim.now + RECHECK, item.key.clone(), item.cause);
            return Ok(());
        }
        let mut emptied = found;
        emptied.metadata_mut().resource_version = None;
        if let Some(finalizers) = &mut emptied.spec_mut().finalizers {
            finalizers.retain(|finalizer| finalizer != FINALIZER);
        }
        let finalized = Client::new(context.env, &self.user)
            .update_subresource(AnyObject::Namespace(emptied), "finalize");
        match finalized {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}

impl NamespaceController {
    /// Says in the namespace's conditions what it still waits for.
    fn report(&self, context: &mut Context<'_, '_>, key: &Key, remaining: &[Key]) -> Result<(), StatusError> {
        let now = meta_time(context.env.sim.now);
        let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
        for object in remaining
            .iter()
            .filter_map(|key| context.env.api.store().get(key))
        {
            *counts.entry(object.names().group_resource()).or_default() += 1;
        }
        let listed: Vec<String> = counts
            .iter()
            .map(|(resource, count)| format!("{resource} has {count} resource instances"))
            .collect();
        let content = if listed.is_empty() {
            (
                "False",
                "ContentRemoved",
                "All content successfully removed".to_owned(),
            )
        } else {
            (
                "True",
                "SomeResourcesRemain",
                format!("Some resources are remaining: {}", listed.join(", ")),
            )
        };
        let wanted = [
            (
                "NamespaceDeletionDiscoveryFailure",
                "False",
                "ResourcesDiscovered",
                "All resources successfully discovered".to_owned(),
            ),
            (
                "NamespaceDeletionContentFailure",
                "False",
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization".to_owned(),
            ),
            ("NamespaceContentRemaining", content.0, content.1, content.2),
        ];
        let written = Client::new(context.env, &self.user).modify(key, Some("status"), |object| {
            let Some(namespace) = object.get_mut::<Namespace>() else {
                return;
            };
            let conditions = namespace.status_mut().conditions.get_or_insert_default();
            for (type_, status, reason, message) in wanted {
                let known = conditions.iter().find(|condition| condition.type_ == type_);
                if known
                    .is_some_and(|known| known.status == status && known.message.as_deref() == Some(&message))
                {
                    continue;
                }
                conditions.retain(|condition| condition.type_ != type_);
                conditions.push(NamespaceCondition {
                    type_: type_.to_owned(),
                    status: status.to_owned(),
                    reason: Some(reason.to_owned()),
                    message: Some(message),
                    last_transition_time: Some(now.clone()),
                });
            }
        });
        match written {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}
