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
use crate::sorted::{SortedMap, SortedSet};

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
        let customs: SortedSet<Kind> = customs.collect();
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
        let store = context.env.api.store();
        let objects: Vec<&AnyObject> = remaining.iter().filter_map(|key| store.get(key)).collect();
        let wanted = conditions(&objects);
        let written = Client::new(context.env, &self.user).modify(key, Some("status"), |object| {
            let Some(namespace) = object.get_mut::<Namespace>() else {
                return;
            };
            let known = namespace.status_mut().conditions.get_or_insert_default();
            for mut condition in wanted {
                condition.last_transition_time = Some(now.clone());
                match known.iter_mut().find(|known| known.type_ == condition.type_) {
                    Some(known) if known.status == condition.status && known.message == condition.message => {
                    }
                    Some(known) => *known = condition,
                    None => known.push(condition),
                }
            }
        });
        match written {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}

/// What is there, by what, as messages list it: the texts in their order, joined.
fn listed(counts: SortedMap<String, usize>, words: &str) -> String {
    let texts: Vec<String> = counts
        .into_iter()
        .map(|(what, count)| format!("{what} {words} {count} resource instances"))
        .collect();
    texts.join(", ")
}

/// The conditions of a namespace in which these objects remain (`status_condition_utils.go`).
fn conditions(remaining: &[&AnyObject]) -> Vec<NamespaceCondition> {
    let (mut resources, mut finalizers) = (SortedMap::new(), SortedMap::new());
    for object in remaining {
        // Resources of the core group end in the dot before their group.
        let resource = object.names().group_resource();
        let dot = if resource.contains('.') { "" } else { "." };
        *resources.entry(format!("{resource}{dot}")).or_default() += 1;
        for finalizer in object.metadata().finalizers.iter().flatten() {
            *finalizers.entry(finalizer.clone()).or_default() += 1;
        }
    }
    let content = if resources.is_empty() {
        (
            "False",
            "ContentRemoved",
            "All content successfully removed".to_owned(),
        )
    } else {
        let message = format!("Some resources are remaining: {}", listed(resources, "has"));
        ("True", "SomeResourcesRemain", message)
    };
    let kept = if finalizers.is_empty() {
        let message = "All content-preserving finalizers finished".to_owned();
        ("False", "ContentHasNoFinalizers", message)
    } else {
        let finalizers = listed(finalizers, "in");
        let message = format!("Some content in the namespace has finalizers remaining: {finalizers}");
        ("True", "SomeFinalizersRemain", message)
    };
    let fine = |reason, message: &str| ("False", reason, message.to_owned());
    let all = [
        (
            "NamespaceDeletionDiscoveryFailure",
            fine("ResourcesDiscovered", "All resources successfully discovered"),
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            fine("ParsedGroupVersions", "All legacy kube types successfully parsed"),
        ),
        (
            "NamespaceDeletionContentFailure",
            fine(
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization",
            ),
        ),
        ("NamespaceContentRemaining", content),
        ("NamespaceFinalizersRemaining", kept),
    ];
    let condition = |(type_, (status, reason, message)): (&str, (&str, &str, String))| NamespaceCondition {
        type_: type_.to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message),
        last_transition_time: None,
    };
    all.map(condition).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_say_what_remains() {
        let object = |kind: Kind, finalizers: &[&str]| {
            let value = json!({"metadata": {"name": "a", "finalizers": finalizers}});
            AnyObject::from_value(kind, value).expect("an object")
        };
        let objects = [
            object(Kind::Pod, &[]),
            object(Kind::Pod, &["exemple.fr/garde"]),
            object(Kind::Deployment, &[]),
        ];
        let said = |objects: &[&AnyObject]| -> Vec<String> {
            let texts = conditions(objects)
                .into_iter()
                .map(|condition| format!("{}: {}", condition.status, condition.message.unwrap_or_default()));
            texts.skip(3).collect()
        };
        assert_eq!(
            said(&objects.iter().collect::<Vec<_>>()),
            [
                "True: Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances",
                "True: Some content in the namespace has finalizers remaining: exemple.fr/garde in 1 resource instances",
            ]
        );
        assert_eq!(
            said(&[]),
            [
                "False: All content successfully removed",
                "False: All content-preserving finalizers finished"
            ]
        );
    }
}
