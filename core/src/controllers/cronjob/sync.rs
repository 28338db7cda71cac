//! One look at a CronJob (`syncCronJob` in `cronjob_controllerv2.go`).

use std::time::Duration;

use super::CronJobController;
use super::schedule::{Due, due};
use crate::api::cron::{Schedule, timezone};
use crate::api::meta::{MetaExt, controller_reference, meta_time};
use crate::api::types::core::ObjectReference;
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, CronJob, Job, Key, Kind, StatusError};
use crate::client::{Client, DeleteOptions, EventType};
use crate::controllers::Context;
use crate::controllers::job::{finished, holds};
use crate::sim::{Time, Zone, calendar};

const SCHEDULED_ANNOTATION: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/// The next look comes a little after its moment (`nextScheduleDelta`).
const DELTA: Duration = Duration::from_millis(100);

/// One look.
pub(super) struct Sync<'s, 'c, 'a, 'b> {
    pub(super) controller: &'s mut CronJobController,
    pub(super) context: &'c mut Context<'a, 'b>,
    pub(super) key: &'s Key,
    pub(super) owner: AnyObject,
    pub(super) cron_job: CronJob,
    pub(super) jobs: Vec<Job>,
    pub(super) changed: bool,
}

impl Sync<'_, '_, '_, '_> {
    pub(super) fn run(mut self) -> Result<(), StatusError> {
        self.look_at_jobs()?;
        self.forget_missing_jobs()?;
        let started = self.start();
        self.clear_history()?;
        if self.changed {
            let user = &self.controller.user;
            let object = AnyObject::CronJob(self.cron_job.clone());
            match Client::new(self.context.env, user).update_status(object) {
                Err(error) if !error.is_not_found() => return Err(error),
                _ => {}
            }
        }
        started
    }

    /// Which of its Jobs have ended, and which it does not know.
    fn look_at_jobs(&mut self) -> Result<(), StatusError> {
        for job in self.jobs.clone() {
            let known = self.active(&job);
            match finished(&job) {
                None if !known => {
                    let (namespace, name) = (self.cron_job.namespace(), self.cron_job.name());
                    let user = &self.controller.user;
                    let fresh = Client::new(self.context.env, user).get::<CronJob>(namespace, name)?;
                    let active = fresh.status.active.iter().flatten();
                    if active
                        .clone()
                        .any(|reference| reference.uid.as_deref() == Some(job.uid()))
                    {
                        self.cron_job = fresh;
                        continue;
                    }
                    let message = format!(
                        "Saw a job that the controller did not create or forgot: {}",
                        job.name()
                    );
                    self.record(EventType::Warning, "UnexpectedJob", message);
                }
                Some(end) if known => {
                    self.forget_active(job.uid());
                    let message = format!("Saw completed job: {}, condition: {end}", job.name());
                    self.record(EventType::Normal, "SawCompletedJob", message);
                }
                _ => {}
            }
            if holds(&job, "Complete")
                && job.status.completion_time > self.cron_job.status.last_successful_time
            {
                let completed = job.status.completion_time.clone();
                self.cron_job.status_mut().last_successful_time = completed;
                self.changed = true;
            }
        }
        Ok(())
    }

    fn forget_missing_jobs(&mut self) -> Result<(), StatusError> {
        let active = self.cron_job.status.active.clone().unwrap_or_default();
        for reference in active {
            let uid = reference.uid.unwrap_or_default();
            if self.jobs.iter().any(|job| job.uid() == uid) {
                continue;
            }
            let name = reference.name.unwrap_or_default();
            let user = &self.controller.user;
            match Client::new(self.context.env, user).get::<Job>(self.cron_job.namespace(), &name) {
                Ok(_) => {}
                Err(error) if error.is_not_found() => {
                    let message = format!("Active job went missing: {name}");
                    self.record(EventType::Normal, "MissingJob", message);
                    self.forget_active(&uid);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Starts the Job that is due.
    fn start(&mut self) -> Result<(), StatusError> {
        let spec = &self.cron_job.spec;
        if self.cron_job.metadata.is_deleting() || spec.suspend == Some(true) {
            return Ok(());
        }
        let zone_name = spec.time_zone.clone().unwrap_or_default();
        let zone = match timezone::find(&zone_name) {
            Ok(zone) => zone,
            Err(unknown) => {
                let message = format!("invalid timeZone: {zone_name}: {unknown}");
                self.record(EventType::Warning, "UnknownTimeZone", message);
                return Ok(());
            }
        };
        let schedule = match Schedule::parse(&spec.schedule) {
            Ok(schedule) => schedule,
            Err(wrong) => {
                let message = format!("unparseable schedule: {}: {wrong}", spec.schedule);
                self.record(EventType::Warning, "UnparseableSchedule", message);
                return Ok(());
            }
        };
        let now = self.now();
        if let Some(next) = schedule.next(now, &zone) {
            self.controller.queue.add_at(next + DELTA, self.key.clone(), None);
        }
        match due(&self.cron_job, &schedule, &zone, now) {
            Some(due) => self.start_at(due, &zone),
            None => Ok(()),
        }
    }

    fn start_at(&mut self, due: Due, zone: &Zone) -> Result<(), StatusError> {
        if due.many_missed {
            let message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
            self.record(EventType::Warning, "TooManyMissedTimes", message);
        }
        let at = due.at;
        let now = self.now();
        let deadline_secs = self.cron_job.spec.starting_deadline_seconds;
        let deadline = deadline_secs.and_then(|secs| u64::try_from(secs).ok());
        if deadline.is_some_and(|secs| at + Duration::from_secs(secs) < now) {
            let moment = calendar::utc("%a, %d %b %Y %H:%M:%S UTC", at.timestamp());
            let message = format!("Missed scheduled time to start a job: {moment}");
            self.record(EventType::Warning, "MissSchedule", message);
            return Ok(());
        }
        let running = self.cron_job.status.active.clone().unwrap_or_default();
        match self.cron_job.spec.concurrency_policy.as_deref() {
            Some("Forbid") if !running.is_empty() => {
                let message =
                    "Not starting job because prior execution is running and concurrency policy is Forbid";
                self.record(EventType::Normal, "JobAlreadyActive", message);
                return Ok(());
            }
            Some("Replace") => {
                for reference in running {
                    let name = reference.name.unwrap_or_default();
                    let user = &self.controller.user;
                    let job =
                        Client::new(self.context.env, user).get::<Job>(self.cron_job.namespace(), &name)?;
                    self.delete_job(&job)?;
                }
            }
            _ => {}
        }
        let job = self.job_at(at, zone);
        let user = &self.controller.user;
        match Client::new(self.context.env, user).create(AnyObject::Job(job)) {
            Ok(created) => {
                let message = format!("Created job {}", created.name());
                self.record(EventType::Normal, "SuccessfulCreate", message);
                let status = self.cron_job.status_mut();
                status.active.get_or_insert_default().push(reference(&created));
                status.last_schedule_time = Some(meta_time(at));
                self.changed = true;
                Ok(())
            }
            // It was started by a look whose status was not seen yet.
            Err(error) if error.is_already_exists() => Ok(()),
            Err(error) => {
                let message = format!("Error creating job: {error}");
                self.record(EventType::Warning, "FailedCreate", message);
                Err(error)
            }
        }
    }

    /// The Job of a moment (`getJobFromTemplate2`): its name says which, so that it cannot be started twice.
    fn job_at(&self, at: Time, zone: &Zone) -> Job {
        let template = &self.cron_job.spec.job_template;
        let from = template.metadata.clone().unwrap_or_default();
        let minutes = at.timestamp().as_second() / 60;
        let mut annotations = from.annotations.unwrap_or_default();
        let pattern = if zone == &Zone::UTC {
            "%Y-%m-%dT%H:%M:%SZ"
        } else {
            "%Y-%m-%dT%H:%M:%S%:z"
        };
        let moment = calendar::format(pattern, at.timestamp(), zone).unwrap_or_default();
        annotations.insert(SCHEDULED_ANNOTATION.to_owned(), moment);
        let metadata = ObjectMeta {
            name: Some(format!("{}-{minutes}", self.cron_job.name())),
            namespace: self.cron_job.metadata.namespace.clone(),
            labels: from.labels,
            annotations: Some(annotations),
            owner_references: Some(vec![controller_reference(&self.owner)]),
            ..ObjectMeta::default()
        };
        Job::new(
            metadata,
            template.spec.clone().unwrap_or_default(),
            Default::default(),
        )
    }

    /// Deletes a Job with its Pods, and forgets it.
    pub(super) fn delete_job(&mut self, job: &Job) -> Result<(), StatusError> {
        let key = Key::new(Kind::Job, job.namespace(), job.name());
        let options = DeleteOptions {
            propagation: Some("Background"),
            ..DeleteOptions::default()
        };
        let user = &self.controller.user;
        if let Err(error) = Client::new(self.context.env, user).delete(&key, &options) {
            let message = format!("Deleted job: {error}");
            self.record(EventType::Warning, "FailedDelete", message);
            return Err(error);
        }
        self.forget_active(job.uid());
        let message = format!("Deleted job {}", job.name());
        self.record(EventType::Normal, "SuccessfulDelete", message);
        Ok(())
    }

    fn active(&self, job: &Job) -> bool {
        let mut active = self.cron_job.status.active.iter().flatten();
        active.any(|reference| reference.uid.as_deref() == Some(job.uid()))
    }

    fn forget_active(&mut self, uid: &str) {
        let status = self.cron_job.status_mut();
        let Some(active) = &mut status.active else { return };
        let before = active.len();
        active.retain(|reference| reference.uid.as_deref() != Some(uid));
        self.changed |= active.len() != before;
        if active.is_empty() {
            status.active = None;
        }
    }

    fn now(&self) -> Time {
        self.context.env.sim.now
    }

    fn record(&mut self, event_type: EventType, reason: &str, message: impl Into<String>) {
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

/// What the status says of a Job that runs.
fn reference(job: &AnyObject) -> ObjectReference {
    ObjectReference {
        api_version: Some("batch/v1".to_owned()),
        kind: Some("Job".to_owned()),
        name: Some(job.name().to_owned()),
        namespace: Some(job.namespace().to_owned()),
        resource_version: job.metadata().resource_version.clone(),
        uid: Some(job.uid().to_owned()),
        ..ObjectReference::default()
    }
}
