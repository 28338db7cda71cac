//! Counting each Pod exactly once (`trackJobStatusAndRemoveFinalizers`): its UID is written into the status before its
//! finalizer goes, and becomes a number when it is gone.

use super::conditions::{self, Finish};
use super::failure_policy::{Verdict, verdict};
use super::sync::{Sync, Uncounted};
use super::{indexes, release};
use crate::api::meta::{MetaExt, meta_time};
use crate::api::types::batch::UncountedTerminatedPods;
use crate::api::{AnyObject, Job, Pod, StatusError};
use crate::client::{Client, EventType};
use crate::sorted::SortedSet;

impl Sync<'_, '_, '_, '_> {
    /// Writes what was found; `changed` says that the status differs already.
    pub(super) fn track(&mut self, finish: Option<Finish>, mut changed: bool) -> Result<(), StatusError> {
        let now = self.now();
        if let Some(finish) = &finish {
            let [announcement, _] = finish.conditions();
            if !conditions::holds(&self.job, announcement) {
                conditions::push(self.job.status_mut(), announcement, finish, now);
                changed = true;
            }
        }
        let waiting: SortedSet<String> = self
            .pods
            .iter()
            .filter(|pod| self.tracked(pod))
            .map(|pod| pod.uid().to_owned())
            .collect();
        let mut uncounted = std::mem::take(&mut self.uncounted);
        changed |= self.settle(&mut uncounted, &waiting);
        let ended = self.note_ended(finish.as_ref(), &mut uncounted);
        changed |= self.job.status.uncounted_terminated_pods.is_none() || ended.changed;
        self.store(&uncounted);
        if changed {
            self.write()?;
        }
        for pod in &ended.pods {
            let user = self.controller.user.clone();
            release(self.context, &user, pod)?;
            let released = self.controller.released.entry(self.key.clone()).or_default();
            released.insert(pod.uid().to_owned());
        }
        self.controller.failures.insert(self.key.clone(), self.failures);
        let left: SortedSet<String> = waiting
            .into_iter()
            .filter(|uid| ended.pods.iter().all(|pod| pod.uid() != uid))
            .collect();
        let settled = self.settle(&mut uncounted, &left);
        self.store(&uncounted);
        let done = finish.filter(|_| {
            uncounted.succeeded.is_empty()
                && uncounted.failed.is_empty()
                && self.job.status.terminating.unwrap_or(0) == 0
        });
        if let Some(finish) = &done {
            let [_, end] = finish.conditions();
            let status = self.job.status_mut();
            conditions::push(status, end, finish, now);
            if !finish.failed {
                status.completion_time = Some(meta_time(now));
            }
        }
        if settled || done.is_some() {
            self.write()?;
        }
        match done {
            Some(finish) if finish.failed => {
                self.record(EventType::Warning, &finish.reason, finish.message);
            }
            Some(_) => self.record(EventType::Normal, "Completed", "Job completed"),
            None => {}
        }
        Ok(())
    }

    /// Turns the UIDs of Pods that wait no longer into numbers; answers whether there were any.
    fn settle(&mut self, uncounted: &mut Uncounted, waiting: &SortedSet<String>) -> bool {
        let settled = |uids: &mut SortedSet<String>| {
            let before = uids.len();
            uids.retain(|uid| waiting.contains(uid));
            i32::try_from(before - uids.len()).unwrap_or(i32::MAX)
        };
        let (succeeded, failed) = (settled(&mut uncounted.succeeded), settled(&mut uncounted.failed));
        let status = self.job.status_mut();
        let add = |slot: &mut Option<i32>, count: i32| {
            if count > 0 {
                *slot = Some(slot.unwrap_or(0) + count);
            }
        };
        add(&mut status.succeeded, succeeded);
        add(&mut status.failed, failed);
        succeeded + failed > 0
    }

    /// Notes the Pods that have ended.
    fn note_ended(&mut self, finish: Option<&Finish>, uncounted: &mut Uncounted) -> Ended {
        let mut ended = Ended::default();
        let failing = finish.is_some_and(|finish| finish.failed);
        let indexed = self.indexed();
        for pod in self.pods.iter().filter(|pod| self.tracked(pod)) {
            let succeeded = pod.status.phase.as_deref() == Some("Succeeded");
            let failed = self.has_failed(pod);
            let ends = succeeded || failed || finish.is_some() || self.job.metadata.is_deleting();
            if !ends {
                continue;
            }
            ended.pods.push(pod.clone());
            let uid = pod.uid();
            if uncounted.succeeded.contains(uid) || uncounted.failed.contains(uid) {
                continue;
            }
            if succeeded {
                // An index is enough to count it once.
                if !indexed {
                    uncounted.succeeded.insert(uid.to_owned());
                }
                ended.changed = true;
            } else if (failed || failing) && verdict(&self.job.spec, pod) != Verdict::Ignore {
                if !indexed || indexes::of(pod).is_some() {
                    uncounted.failed.insert(uid.to_owned());
                }
                ended.changed = true;
            }
        }
        if indexed {
            let completed = indexes::format(&self.completed);
            let failed = indexes::format(&self.failed_indexes);
            let per_index = self.job.spec.backoff_limit_per_index.is_some();
            let succeeded = self.succeeded;
            let status = self.job.status_mut();
            status.succeeded = (succeeded != 0).then_some(succeeded);
            status.completed_indexes = Some(completed).filter(|text| !text.is_empty());
            if per_index {
                ended.changed |= status.failed_indexes.as_deref() != Some(&failed);
                status.failed_indexes = Some(failed);
            }
        }
        ended
    }

    fn store(&mut self, uncounted: &Uncounted) {
        let list = |uids: &SortedSet<String>| {
            Some(uids.iter().cloned().collect::<Vec<_>>()).filter(|uids| !uids.is_empty())
        };
        self.job.status_mut().uncounted_terminated_pods = Some(UncountedTerminatedPods {
            succeeded: list(&uncounted.succeeded),
            failed: list(&uncounted.failed),
        });
    }

    /// Writes the status; what is written next builds on it.
    fn write(&mut self) -> Result<(), StatusError> {
        let user = &self.controller.user;
        let written = Client::new(self.context.env, user).update_status(AnyObject::Job(self.job.clone()));
        match written {
            Ok(object) => {
                if let Some(job) = object.get::<Job>() {
                    self.job = job.clone();
                }
                Ok(())
            }
            // It is gone: nobody counts its Pods any more.
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The Pods that have ended, and whether the status must say something new.
#[derive(Default)]
struct Ended {
    pods: Vec<Pod>,
    changed: bool,
}
