//! StatefulSets: Pods with names, places and claims of their own, one after the other
//! (`pkg/controller/statefulset`).

mod claims;
mod control;
mod identity;
mod pods;
mod revisions;
mod status;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::claim::claim;
use super::pod_control::{PodControl, is_orphan, next_availability, ready_since};
use super::{Context, Controller};
use crate::api::labels::selector_matches;
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Key, Kind, Pod, StatefulSet, StatusError};
use crate::client::{Cache, Delta, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;

/// Keeps each StatefulSet's Pods.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StatefulSetController {
    queue: WorkQueue,
    control: PodControl,
}

impl Default for StatefulSetController {
    fn default() -> Self {
        Self {
            queue: WorkQueue::default(),
            control: PodControl::new("statefulset-controller", "statefulset-controller"),
        }
    }
}

impl Controller for StatefulSetController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        match &delta.object {
            AnyObject::StatefulSet(_) => {
                if delta.change == ChangeType::Deleted {
                    self.control.forget(&delta.object);
                }
                self.queue.add(delta.object.key(), delta.trace);
            }
            AnyObject::Pod(pod) => {
                self.control
                    .observe_pod(cache, Kind::StatefulSet, &mut self.queue, delta);
                if is_orphan(delta) {
                    self.observe_orphan(cache, delta, pod);
                }
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let found = context
            .cache
            .typed::<StatefulSet>(&item.key.namespace, &item.key.name);
        let Some(set) = found.cloned() else { return Ok(()) };
        let owner = AnyObject::StatefulSet(set.clone());
        let member = |pod: &Pod| {
            identity::parent_and_ordinal(pod.name()).is_some_and(|(parent, _)| parent == set.name())
        };
        let claimed = claim(context, &self.control.user, &owner, &set.spec.selector, member)?;
        let pods: Vec<Pod> = claimed.into_iter().map(Cow::into_owned).collect();
        let min_ready_secs = set.spec.min_ready_seconds.unwrap_or(0);
        if let Some(at) = next_availability(
            pods.iter().filter_map(ready_since),
            min_ready_secs,
            context.env.sim.now,
        ) {
            self.queue.add_at(at, item.key.clone(), None);
        }
        control::Update {
            control: &mut self.control,
            context,
            set,
            owner,
        }
        .run(pods)
    }
}

impl StatefulSetController {
    fn observe_orphan(&mut self, cache: &Cache, delta: &Delta, pod: &Pod) {
        let labels = pod.metadata.labels_or_empty();
        for set in cache.list_in::<StatefulSet>(pod.namespace()) {
            if selector_matches(Some(&set.spec.selector), labels) {
                let key = Key::new(Kind::StatefulSet, set.namespace(), set.name());
                self.queue.add(key, delta.trace);
            }
        }
    }
}
