//! Horizontal Pod autoscaling (`pkg/controller/podautoscaler`): every fifteen seconds, as many replicas as the metrics ask
//! for and the rules allow.

mod calculator;
mod measure;
mod normalize;
mod sync;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Context, Controller};
use crate::api::{AnyObject, HorizontalPodAutoscaler, Key, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Delta, EventRecorder, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;
use crate::sorted::SortedMap;

/// How often each autoscaler looks (`--horizontal-pod-autoscaler-sync-period`).
const SYNC_PERIOD: Duration = Duration::from_secs(15);

/// Scales what HorizontalPodAutoscalers point at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct HorizontalController {
    user: User,
    queue: WorkQueue,
    recorder: EventRecorder,
    history: SortedMap<Key, normalize::History>,
}

impl Default for HorizontalController {
    fn default() -> Self {
        Self {
            user: User::component("system:serviceaccount:kube-system:horizontal-pod-autoscaler"),
            queue: WorkQueue::default(),
            recorder: EventRecorder::new("horizontal-pod-autoscaler", ""),
            history: SortedMap::new(),
        }
    }
}

impl Controller for HorizontalController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, _: &Cache, delta: &Delta, now: Time) {
        let AnyObject::HorizontalPodAutoscaler(autoscaler) = &delta.object else {
            return;
        };
        let key = delta.object.key();
        if delta.change == ChangeType::Deleted {
            self.history.remove(&key);
            self.recorder.forget(autoscaler.uid());
        } else {
            // Even a new one waits for a period.
            self.queue.add_at(now + SYNC_PERIOD, key, delta.trace);
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let cache = context.cache;
        let found = cache.typed::<HorizontalPodAutoscaler>(&item.key.namespace, &item.key.name);
        let Some(autoscaler) = found.cloned() else {
            return Ok(());
        };
        let next = context.env.sim.now + SYNC_PERIOD;
        self.queue.add_at(next, item.key.clone(), None);
        sync::Sync {
            controller: self,
            context,
            key: &item.key,
            owner: AnyObject::HorizontalPodAutoscaler(autoscaler.clone()),
            autoscaler,
        }
        .run()
    }
}
