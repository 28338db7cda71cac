//! CronJobs start Jobs at the moments of a schedule (`pkg/controller/cronjob`).

mod history;
mod schedule;
mod sync;

use serde::{Deserialize, Serialize};

use super::{Context, Controller};
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, CronJob, Job, Key, Kind, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Delta, EventRecorder, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;

/// Starts each CronJob's Jobs and clears the old ones away.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CronJobController {
    user: User,
    queue: WorkQueue,
    recorder: EventRecorder,
}

impl Default for CronJobController {
    fn default() -> Self {
        Self {
            user: User::component("system:serviceaccount:kube-system:cronjob-controller"),
            queue: WorkQueue::default(),
            recorder: EventRecorder::new("cronjob-controller", ""),
        }
    }
}

impl Controller for CronJobController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, _: &Cache, delta: &Delta, _: Time) {
        match &delta.object {
            AnyObject::CronJob(cron_job) => {
                if delta.change == ChangeType::Deleted {
                    self.recorder.forget(cron_job.uid());
                }
                self.queue.add(delta.object.key(), delta.trace);
            }
            AnyObject::Job(job) => {
                let owner = job.metadata.controller().filter(|owner| owner.kind == "CronJob");
                if let Some(owner) = owner {
                    let key = Key::new(Kind::CronJob, job.namespace(), &owner.name);
                    self.queue.add(key, delta.trace);
                }
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let cache = context.cache;
        let found = cache.typed::<CronJob>(&item.key.namespace, &item.key.name);
        let Some(cron_job) = found.cloned() else {
            return Ok(());
        };
        let jobs: Vec<Job> = cache.controlled_by::<Job>(cron_job.uid()).cloned().collect();
        sync::Sync {
            controller: self,
            context,
            key: &item.key,
            owner: AnyObject::CronJob(cron_job.clone()),
            cron_job,
            jobs,
            changed: false,
        }
        .run()
    }
}
