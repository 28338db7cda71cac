//! Pods that nobody looks after any more are removed: those of nodes that are gone, those that were deleted before they were
//! placed (`pkg/controller/podgc`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::disruption_target::disrupt;
use super::{Context, Controller};
use crate::api::{Key, Kind, Node, Pod, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, DeleteOptions, Delta, QueuedItem, WorkQueue};
use crate::sim::Time;
use crate::sorted::{SortedMap, SortedSet};

/// How often it looks (`gcCheckPeriod`).
const PERIOD: Duration = Duration::from_secs(20);
/// A node must be gone for so long before its Pods are (`quarantineTime`).
const QUARANTINE: Duration = Duration::from_secs(40);
/// So many ended Pods are kept (`--terminated-pod-gc-threshold`).
const KEPT_ENDED: usize = 12_500;

/// Removes Pods that nobody looks after.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PodGc {
    user: User,
    queue: WorkQueue,
    started: bool,
    /// Nodes that are gone, and when that was first seen.
    missing: SortedMap<String, Time>,
}

impl Default for PodGc {
    fn default() -> Self {
        Self {
            user: User::component("system:serviceaccount:kube-system:pod-garbage-collector"),
            queue: WorkQueue::default(),
            started: false,
            missing: SortedMap::new(),
        }
    }
}

impl Controller for PodGc {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, _: &Cache, _: &Delta, now: Time) {
        if !self.started {
            self.started = true;
            self.queue.add_at(now + PERIOD, Key::new(Kind::Pod, "", ""), None);
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let now = context.env.sim.now;
        self.queue.add_at(now + PERIOD, item.key.clone(), None);
        let cache = context.cache;
        let gone: SortedSet<String> = cache
            .list::<Pod>()
            .filter_map(|pod| pod.spec.node_name.as_deref())
            .filter(|name| !name.is_empty() && cache.typed::<Node>("", name).is_none())
            .map(str::to_owned)
            .collect();
        self.missing.retain(|node, _| gone.contains(node));
        for node in gone {
            self.missing.entry(node).or_insert(now);
        }
        for (pod, orphan) in self.left(cache, now) {
            if orphan {
                let why = ("DeletionByPodGC", "PodGC: node no longer exists");
                disrupt(context.env, &self.user, &pod, why, true)?;
            }
            let options = DeleteOptions {
                grace_period_secs: Some(0),
                ..DeleteOptions::default()
            };
            match Client::new(context.env, &self.user).delete(&pod, &options) {
                Err(error) if !error.is_not_found() => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl PodGc {
    /// The Pods to remove, and whether they are to be marked as failed.
    fn left(&self, cache: &Cache, now: Time) -> Vec<(Key, bool)> {
        let key = |pod: &Pod| Key::new(Kind::Pod, pod.namespace(), pod.name());
        let ended = |pod: &Pod| matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
        let mut left = Vec::new();
        let mut old: Vec<&Pod> = cache.list::<Pod>().filter(|pod| ended(pod)).collect();
        if old.len() > KEPT_ENDED {
            crate::sort::sort_by_key(&mut old, |pod| pod.metadata.creation_timestamp.clone());
            let surplus = old.len() - KEPT_ENDED;
            left.extend(old.into_iter().take(surplus).map(|pod| (key(pod), false)));
        }
        for pod in cache.list::<Pod>() {
            let node = pod.spec.node_name.as_deref().unwrap_or_default();
            let since = self.missing.get(node);
            let orphaned = since.is_some_and(|since| now.since(*since) >= QUARANTINE);
            if orphaned || (node.is_empty() && pod.metadata.deletion_timestamp.is_some()) {
                left.push((key(pod), !ended(pod)));
            }
        }
        left
    }
}
