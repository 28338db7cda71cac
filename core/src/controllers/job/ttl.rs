//! Jobs that ended are deleted after their time (`pkg/controller/ttlafterfinished`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::finished;
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Job, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, DeleteOptions, Delta, QueuedItem, WorkQueue};
use crate::controllers::{Context, Controller};
use crate::etcd::ChangeType;
use crate::sim::Time;

/// Deletes Jobs that have `ttlSecondsAfterFinished`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::controllers) struct TtlAfterFinishedController {
    user: User,
    queue: WorkQueue,
}

impl Default for TtlAfterFinishedController {
    fn default() -> Self {
        Self {
            user: User::component("system:serviceaccount:kube-system:ttl-after-finished-controller"),
            queue: WorkQueue::default(),
        }
    }
}

impl Controller for TtlAfterFinishedController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, _: &Cache, delta: &Delta, _: Time) {
        if let AnyObject::Job(job) = &delta.object
            && delta.change != ChangeType::Deleted
            && job.spec.ttl_seconds_after_finished.is_some()
            && finished(job).is_some()
        {
            self.queue.add(delta.object.key(), delta.trace);
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let Some(job) = context.cache.typed::<Job>(&item.key.namespace, &item.key.name) else {
            return Ok(());
        };
        let Some(expires) = expiry(job).filter(|_| !job.metadata.is_deleting()) else {
            return Ok(());
        };
        if expires > context.env.sim.now {
            self.queue.add_at(expires, item.key.clone(), item.cause);
            return Ok(());
        }
        let options = DeleteOptions {
            propagation: Some("Foreground"),
            uid: Some(job.uid().to_owned()),
            ..DeleteOptions::default()
        };
        match Client::new(context.env, &self.user).delete(&item.key, &options) {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}

fn expiry(job: &Job) -> Option<Time> {
    let kept_secs = u64::try_from(job.spec.ttl_seconds_after_finished?).ok()?;
    let end = finished(job)?;
    let mut conditions = job.status.conditions.iter().flatten();
    let ended = conditions
        .find(|condition| condition.type_ == end)?
        .last_transition_time
        .as_ref()?;
    Some(Time::from_timestamp(ended.0) + Duration::from_secs(kept_secs))
}
