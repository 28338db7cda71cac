//! Jobs: Pods that run to their end, a number of times (`pkg/controller/job`).

mod backoff;
mod conditions;
mod failure_policy;
mod indexes;
mod manage;
mod sync;
mod track;
pub(super) mod ttl;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Context, Controller};
use crate::api::labels::selector_matches;
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Job, Key, Kind, Pod, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, Delta, EventRecorder, Expectations, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::{Time, TraceId};
use crate::sorted::{SortedMap, SortedSet};

pub(super) use conditions::{finished, holds};

/// What keeps a Pod until its end has been counted.
const TRACKING_FINALIZER: &str = "batch.kubernetes.io/job-tracking";
/// Changes of Pods are gathered for so long before their Job is looked at (`syncJobBatchPeriod`).
const BATCH_PERIOD: Duration = Duration::from_secs(1);

/// Runs each Job's Pods until enough have succeeded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct JobController {
    user: User,
    queue: WorkQueue,
    recorder: EventRecorder,
    expectations: Expectations,
    /// The Pods, by UID, whose finalizer was taken away, as long as the cache does not show it.
    released: SortedMap<Key, SortedSet<String>>,
    /// By Job: when its Pods failed since the last success.
    failures: SortedMap<Key, backoff::Failures>,
}

impl Default for JobController {
    fn default() -> Self {
        Self {
            user: User::component("system:serviceaccount:kube-system:job-controller"),
            queue: WorkQueue::default(),
            recorder: EventRecorder::new("job-controller", ""),
            expectations: Expectations::default(),
            released: SortedMap::new(),
            failures: SortedMap::new(),
        }
    }
}

impl Controller for JobController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, now: Time) {
        match &delta.object {
            AnyObject::Job(job) => {
                let key = delta.object.key();
                if delta.change == ChangeType::Deleted {
                    self.forget(&key);
                    self.recorder.forget(job.uid());
                    for pod in cache.controlled_by::<Pod>(job.uid()) {
                        self.queue
                            .add(Key::new(Kind::Pod, pod.namespace(), pod.name()), delta.trace);
                    }
                }
                let before = delta.previous.as_ref().map(|old| old.metadata().generation);
                if before == Some(job.metadata.generation) && delta.change == ChangeType::Modified {
                    self.add_batched(key, now, delta.trace);
                } else {
                    self.queue.add(key, delta.trace);
                }
            }
            AnyObject::Pod(pod) => self.observe_pod(cache, delta, pod, now),
            _ => {}
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        if item.key.kind == Kind::Pod {
            return self.release_orphan(context, &item.key);
        }
        let found = context.cache.typed::<Job>(&item.key.namespace, &item.key.name);
        match found.cloned() {
            Some(job) => sync::run(self, context, job),
            None => Ok(()),
        }
    }
}

impl JobController {
    fn forget(&mut self, key: &Key) {
        self.expectations.forget(key);
        self.released.remove(key);
        self.failures.remove(key);
    }

    fn add_batched(&mut self, key: Key, now: Time, cause: Option<TraceId>) {
        self.queue.add_at(now + BATCH_PERIOD, key, cause);
    }

    fn observe_pod(&mut self, cache: &Cache, delta: &Delta, pod: &Pod, now: Time) {
        let pod_key = delta.object.key();
        let gone = delta.change == ChangeType::Deleted;
        let tracked = pod.metadata.has_finalizer(TRACKING_FINALIZER);
        let Some(owner) = pod.metadata.controller() else {
            if gone {
                return;
            }
            if tracked {
                self.queue.add(pod_key, delta.trace);
            }
            // An orphan: whoever selects it may adopt it.
            let labels = pod.metadata.labels_or_empty();
            for job in cache.list_in::<Job>(pod.namespace()) {
                if selector_matches(job.spec.selector.as_ref(), labels) {
                    let key = Key::new(Kind::Job, job.namespace(), job.name());
                    self.add_batched(key, now, delta.trace);
                }
            }
            return;
        };
        if owner.kind != "Job" {
            return;
        }
        let key = Key::new(Kind::Job, pod.namespace(), &owner.name);
        let job = cache.typed::<Job>(pod.namespace(), &owner.name);
        if job.is_none_or(|job| job.uid() != owner.uid) {
            if tracked && !gone {
                self.queue.add(pod_key, delta.trace);
            }
            return;
        }
        if delta.change == ChangeType::Added {
            self.expectations.creation_observed(&key);
        }
        if gone || pod.metadata.is_deleting() {
            self.expectations.deletion_observed(&key, &pod_key);
        }
        if (gone || !tracked)
            && let Some(released) = self.released.get_mut(&key)
        {
            released.remove(pod.uid());
        }
        self.add_batched(key, now, delta.trace);
    }

    /// A Pod that no Job counts any more must not wait to be counted (`syncOrphanPod`).
    fn release_orphan(&self, context: &mut Context<'_, '_>, key: &Key) -> Result<(), StatusError> {
        let Some(pod) = context.cache.typed::<Pod>(&key.namespace, &key.name) else {
            return Ok(());
        };
        let counted = pod.metadata.controller().is_some_and(|owner| {
            let job = context.cache.typed::<Job>(&key.namespace, &owner.name);
            job.is_some_and(|job| job.uid() == owner.uid && finished(job).is_none())
        });
        if counted || !pod.metadata.has_finalizer(TRACKING_FINALIZER) {
            return Ok(());
        }
        release(context, &self.user, pod)
    }
}

/// Takes the tracking finalizer from a Pod.
fn release(context: &mut Context<'_, '_>, user: &User, pod: &Pod) -> Result<(), StatusError> {
    let key = Key::new(Kind::Pod, pod.namespace(), pod.name());
    let released = Client::new(context.env, user).modify(&key, None, |object| {
        if object.uid() != pod.uid() {
            return;
        }
        let metadata = object.metadata_mut();
        if let Some(finalizers) = &mut metadata.finalizers {
            finalizers.retain(|finalizer| finalizer != TRACKING_FINALIZER);
            if finalizers.is_empty() {
                metadata.finalizers = None;
            }
        }
    });
    match released {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}
