//! One look at a Job (`syncJob`): count its Pods, decide whether it has ended, bring their number to what is wanted, and
//! write the status.

use std::borrow::Cow;
use std::time::Duration;

use super::conditions::{Finish, announced, finished, set_suspended};
use super::failure_policy::{Verdict, verdict};
use super::indexes::{self, Indexes};
use super::{JobController, TRACKING_FINALIZER};
use crate::api::meta::{MetaExt, meta_time};
use crate::api::types::meta::LabelSelector;
use crate::api::{AnyObject, Job, Key, Kind, Pod, StatusError};
use crate::client::EventType;
use crate::controllers::Context;
use crate::controllers::claim::claim;
use crate::controllers::pod_control::{is_active, is_ready};
use crate::sim::Time;
use crate::sorted::SortedSet;

/// What one look found.
pub(super) struct Sync<'s, 'c, 'a, 'b> {
    pub(super) controller: &'s mut JobController,
    pub(super) context: &'c mut Context<'a, 'b>,
    pub(super) key: Key,
    /// The Job; its status is what will be written.
    pub(super) job: Job,
    /// The Job as events name it.
    pub(super) owner: AnyObject,
    pub(super) pods: Vec<Pod>,
    /// Finished Pods that were not counted yet.
    pub(super) uncounted: Uncounted,
    pub(super) completed: Indexes,
    pub(super) failed_indexes: Indexes,
    pub(super) succeeded: i32,
    pub(super) failed: i32,
    pub(super) failures: super::backoff::Failures,
    /// How many Pods were just deleted.
    pub(super) deleted: i32,
}

/// UIDs that `status.uncountedTerminatedPods` names.
#[derive(Default)]
pub(super) struct Uncounted {
    pub(super) succeeded: SortedSet<String>,
    pub(super) failed: SortedSet<String>,
}

/// Brings a Job closer to its end.
pub(super) fn run(
    controller: &mut JobController,
    context: &mut Context<'_, '_>,
    job: Job,
) -> Result<(), StatusError> {
    let key = Key::new(Kind::Job, job.namespace(), job.name());
    if finished(&job).is_some() {
        controller.forget(&key);
        return Ok(());
    }
    if job
        .spec
        .managed_by
        .as_deref()
        .is_some_and(|name| name != "kubernetes.io/job-controller")
    {
        return Ok(());
    }
    let owner = AnyObject::Job(job.clone());
    let everything = LabelSelector::default();
    let selector = job.spec.selector.clone().unwrap_or(everything);
    let claimed = claim::<Pod>(context, &controller.user, &owner, &selector, |_| true)?;
    let pods = claimed.into_iter().map(Cow::into_owned).collect();
    Sync {
        controller,
        context,
        key,
        job,
        owner,
        pods,
        uncounted: Uncounted::default(),
        completed: Indexes::new(),
        failed_indexes: Indexes::new(),
        succeeded: 0,
        failed: 0,
        failures: super::backoff::Failures::default(),
        deleted: 0,
    }
    .run()
}

impl Sync<'_, '_, '_, '_> {
    fn run(mut self) -> Result<(), StatusError> {
        let now = self.now();
        self.count();
        let suspended = self.suspended();
        let mut changed = false;
        if self.job.status.start_time.is_none() && !suspended {
            self.job.status_mut().start_time = Some(meta_time(now));
            changed = true;
        }
        let mut finish = self.failure();
        let mut active = count(self.pods.iter().filter(|pod| is_active(pod)));
        let mut ready = count(self.pods.iter().filter(|pod| is_active(pod) && is_ready(pod)));
        let mut failure = None;
        if finish.is_some() {
            let (deleted, deleted_ready, error) = self.delete_active();
            active -= deleted;
            ready -= deleted_ready;
            failure = error;
        } else {
            let managed =
                self.controller.expectations.satisfied(&self.key, now) && !self.job.metadata.is_deleting();
            if managed {
                (active, failure) = self.manage(active);
            }
            finish = self.success(active);
            if finish.is_none() && managed {
                changed |= self.note_suspension(suspended);
            }
        }
        let terminating = self.deleted + count(self.pods.iter().filter(|pod| is_terminating(pod)));
        let status = self.job.status_mut();
        changed |= status.active.unwrap_or(0) != active
            || status.ready != Some(ready)
            || status.terminating != Some(terminating);
        status.active = (active != 0).then_some(active);
        status.ready = Some(ready);
        status.terminating = Some(terminating);
        self.track(finish, changed)?;
        failure.map_or(Ok(()), Err)
    }

    pub(super) fn now(&self) -> Time {
        self.context.env.sim.now
    }

    pub(super) fn indexed(&self) -> bool {
        self.job.spec.completion_mode.as_deref() == Some("Indexed")
    }

    fn suspended(&self) -> bool {
        self.job.spec.suspend == Some(true)
    }

    /// Whether a Pod waits to be counted.
    pub(super) fn tracked(&self, pod: &Pod) -> bool {
        let released = self.controller.released.get(&self.key);
        pod.metadata.has_finalizer(TRACKING_FINALIZER)
            && released.is_none_or(|released| !released.contains(pod.uid()))
    }

    /// Whether a Pod has failed, or never will have the time to (`isPodFailed`).
    pub(super) fn has_failed(&self, pod: &Pod) -> bool {
        let phase = pod.status.phase.as_deref();
        phase == Some("Failed")
            || (self.job.spec.pod_replacement_policy.as_deref() != Some("Failed")
                && pod.metadata.is_deleting()
                && phase != Some("Succeeded"))
    }

    fn count(&mut self) {
        let now = self.now();
        if let Some(uncounted) = &self.job.status.uncounted_terminated_pods {
            self.uncounted = Uncounted {
                succeeded: uncounted.succeeded.iter().flatten().cloned().collect(),
                failed: uncounted.failed.iter().flatten().cloned().collect(),
            };
        }
        let uncounted = |pod: &&Pod| {
            self.tracked(pod)
                && !self.uncounted.succeeded.contains(pod.uid())
                && !self.uncounted.failed.contains(pod.uid())
        };
        let fresh: Vec<&Pod> = self.pods.iter().filter(uncounted).collect();
        let (succeeded, others): (Vec<&Pod>, Vec<&Pod>) = fresh
            .into_iter()
            .partition(|pod| pod.status.phase.as_deref() == Some("Succeeded"));
        let failed: Vec<&Pod> = others.into_iter().filter(|pod| self.has_failed(pod)).collect();
        let counting = |pod: &&&Pod| verdict(&self.job.spec, pod) != Verdict::Ignore;
        let status = &self.job.status;
        let before = self
            .controller
            .failures
            .get(&self.key)
            .copied()
            .unwrap_or_default();
        let failures = before.with(&succeeded, &failed, now);
        let newly_failed = count(failed.iter().filter(counting));
        self.failed = status.failed.unwrap_or(0) + newly_failed + count(self.uncounted.failed.iter());
        if self.indexed() {
            let completions = self.job.spec.completions.unwrap_or(0);
            let mut completed = indexes::parse(
                status.completed_indexes.as_deref().unwrap_or_default(),
                completions,
            );
            completed.extend(
                succeeded
                    .iter()
                    .filter_map(|pod| indexes::of(pod))
                    .filter(|index| *index < completions),
            );
            let mut failed_indexes =
                indexes::parse(status.failed_indexes.as_deref().unwrap_or_default(), completions);
            if let Some(limit) = self.job.spec.backoff_limit_per_index {
                let given_up = failed.iter().filter(|pod| match verdict(&self.job.spec, pod) {
                    Verdict::FailIndex => true,
                    Verdict::Ignore => false,
                    _ => indexes::failures_before(pod) >= limit,
                });
                failed_indexes.extend(given_up.filter_map(|pod| indexes::of(pod)));
            }
            failed_indexes.retain(|index| !completed.contains(index));
            self.succeeded = count(completed.iter());
            self.completed = completed;
            self.failed_indexes = failed_indexes;
        } else {
            self.succeeded = status.succeeded.unwrap_or(0)
                + count(succeeded.iter())
                + count(self.uncounted.succeeded.iter());
        }
        self.failures = failures;
    }

    /// How the Job ends, if it does before its Pods are many enough.
    fn failure(&mut self) -> Option<Finish> {
        if let Some(announced) = announced(&self.job) {
            return Some(announced);
        }
        let spec = &self.job.spec;
        for pod in self
            .pods
            .iter()
            .filter(|pod| self.tracked(pod) && self.has_failed(pod))
        {
            if let Verdict::FailJob(message) = verdict(spec, pod) {
                return Some(Finish::failure("PodFailurePolicy", message));
            }
        }
        if self.failed > spec.backoff_limit.unwrap_or(i32::MAX) || self.restarted_too_often() {
            return Some(Finish::failure(
                "BackoffLimitExceeded",
                "Job has reached the specified backoff limit",
            ));
        }
        if let Some(finish) = self.past_deadline() {
            return Some(finish);
        }
        let spec = &self.job.spec;
        let failed_indexes = count(self.failed_indexes.iter());
        if spec.max_failed_indexes.is_some_and(|most| failed_indexes > most) {
            return Some(Finish::failure(
                "MaxFailedIndexesExceeded",
                "Job has exceeded the specified maximal number of failed indexes",
            ));
        }
        if failed_indexes > 0 && failed_indexes + self.succeeded >= spec.completions.unwrap_or(0) {
            return Some(Finish::failure("FailedIndexes", "Job has failed indexes"));
        }
        self.success_policy()
    }

    /// With `OnFailure`, restarts count like failed Pods (`pastBackoffLimitOnFailure`).
    fn restarted_too_often(&self) -> bool {
        let spec = &self.job.spec;
        let policy = spec
            .template
            .spec
            .as_ref()
            .and_then(|pod| pod.restart_policy.as_deref());
        if policy != Some("OnFailure") {
            return false;
        }
        let live = self
            .pods
            .iter()
            .filter(|pod| matches!(pod.status.phase.as_deref(), Some("Running" | "Pending")));
        let restarts: i32 = live
            .flat_map(|pod| {
                let init = pod.status.init_container_statuses.iter().flatten();
                init.chain(pod.status.container_statuses.iter().flatten())
            })
            .map(|status| status.restart_count)
            .sum();
        match spec.backoff_limit.unwrap_or(i32::MAX) {
            0 => restarts > 0,
            limit => restarts >= limit,
        }
    }

    fn past_deadline(&mut self) -> Option<Finish> {
        let deadline_secs = self.job.spec.active_deadline_seconds?;
        let start = self
            .job
            .status
            .start_time
            .as_ref()
            .map(|at| Time::from_timestamp(at.0))?;
        if self.suspended() {
            return None;
        }
        let deadline = start + Duration::from_secs(u64::try_from(deadline_secs).unwrap_or(0));
        if deadline > self.now() {
            self.controller.queue.add_at(deadline, self.key.clone(), None);
            return None;
        }
        Some(Finish::failure(
            "DeadlineExceeded",
            "Job was active longer than specified deadline",
        ))
    }

    fn success_policy(&self) -> Option<Finish> {
        let policy = self.job.spec.success_policy.as_ref()?;
        let completions = self.job.spec.completions.unwrap_or(0);
        let met = policy.rules.iter().position(|rule| {
            let named = rule
                .succeeded_indexes
                .as_deref()
                .map(|text| indexes::parse(text, completions));
            let done = match &named {
                Some(named) => count(named.intersection(&self.completed)),
                None => self.succeeded,
            };
            let wanted = rule
                .succeeded_count
                .or_else(|| named.as_ref().map(|named| count(named.iter())));
            wanted.is_some_and(|wanted| done >= wanted)
        })?;
        Some(Finish::success(
            "SuccessPolicy",
            format!("Matched rules at index {met}"),
        ))
    }

    /// The usual end: enough Pods have succeeded and none is left.
    fn success(&self, active: i32) -> Option<Finish> {
        let enough = match self.job.spec.completions {
            Some(completions) => self.succeeded >= completions,
            None => self.succeeded > 0,
        };
        (enough && active == 0)
            .then(|| Finish::success("CompletionsReached", "Reached expected number of succeeded pods"))
    }

    fn note_suspension(&mut self, suspended: bool) -> bool {
        let now = self.now();
        let status = self.job.status_mut();
        if !set_suspended(status, suspended, now) {
            return false;
        }
        let (reason, message) = if suspended {
            ("Suspended", "Job suspended")
        } else {
            status.start_time = Some(meta_time(now));
            ("Resumed", "Job resumed")
        };
        if suspended {
            status.start_time = None;
        }
        self.record(EventType::Normal, reason, message);
        true
    }

    pub(super) fn record(&mut self, event_type: EventType, reason: &str, message: impl Into<String>) {
        let controller = &mut *self.controller;
        controller.recorder.record(
            self.context.env,
            &controller.user,
            &self.owner,
            None,
            (event_type, reason),
            message,
        );
    }
}

/// Whether a Pod is being deleted and has not ended.
pub(super) fn is_terminating(pod: &Pod) -> bool {
    pod.metadata.is_deleting() && !matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"))
}

/// A number of things as statuses count them.
pub(super) fn count<T>(things: impl Iterator<Item = T>) -> i32 {
    i32::try_from(things.count()).unwrap_or(i32::MAX)
}
