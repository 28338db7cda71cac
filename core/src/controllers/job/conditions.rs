//! The conditions of Jobs, and what they say together.

use crate::api::Job;
use crate::api::meta::meta_time;
use crate::api::types::batch::{JobCondition, JobStatus};
use crate::sim::Time;

/// How a Job ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finish {
    /// Whether it failed.
    pub(super) failed: bool,
    /// Why, in a word.
    pub(super) reason: String,
    /// Why, in a sentence.
    pub(super) message: String,
}

impl Finish {
    pub(super) fn failure(reason: &str, message: impl Into<String>) -> Self {
        Self {
            failed: true,
            reason: reason.to_owned(),
            message: message.into(),
        }
    }

    pub(super) fn success(reason: &str, message: impl Into<String>) -> Self {
        Self {
            failed: false,
            reason: reason.to_owned(),
            message: message.into(),
        }
    }

    /// The condition that announces it, and the one that ends the Job.
    pub(super) fn conditions(&self) -> [&'static str; 2] {
        if self.failed {
            ["FailureTarget", "Failed"]
        } else {
            ["SuccessCriteriaMet", "Complete"]
        }
    }
}

/// Whether a condition of a Job is true.
pub(in crate::controllers) fn holds(job: &Job, name: &str) -> bool {
    let mut conditions = job.status.conditions.iter().flatten();
    conditions.any(|condition| condition.type_ == name && condition.status == "True")
}

/// The condition that ended a Job, if it has ended (`IsJobFinished`).
pub(in crate::controllers) fn finished(job: &Job) -> Option<&'static str> {
    ["Complete", "Failed"].into_iter().find(|name| holds(job, name))
}

/// The end that a Job has announced and not come to yet.
pub(super) fn announced(job: &Job) -> Option<Finish> {
    let conditions = job.status.conditions.iter().flatten();
    let mut announced = conditions.filter(|condition| condition.status == "True");
    announced.find_map(|condition| {
        let reason = condition.reason.as_deref().unwrap_or_default();
        let message = condition.message.as_deref().unwrap_or_default();
        match condition.type_.as_str() {
            "FailureTarget" => Some(Finish::failure(reason, message)),
            "SuccessCriteriaMet" => Some(Finish::success(reason, message)),
            _ => None,
        }
    })
}

/// A condition that is true from now on.
pub(super) fn push(status: &mut JobStatus, name: &str, finish: &Finish, now: Time) {
    status.conditions.get_or_insert_default().push(JobCondition {
        type_: name.to_owned(),
        status: "True".to_owned(),
        reason: Some(finish.reason.clone()),
        message: Some(finish.message.clone()),
        last_probe_time: Some(meta_time(now)),
        last_transition_time: Some(meta_time(now)),
    });
}

/// Sets `Suspended`, and answers whether that changes something: what was never true is not made false
/// (`ensureJobConditionStatus`).
pub(super) fn set_suspended(status: &mut JobStatus, suspended: bool, now: Time) -> bool {
    let (value, reason, message) = if suspended {
        ("True", "JobSuspended", "Job suspended")
    } else {
        ("False", "JobResumed", "Job resumed")
    };
    let conditions = status.conditions.get_or_insert_default();
    let known = conditions
        .iter_mut()
        .find(|condition| condition.type_ == "Suspended");
    let condition = match known {
        Some(found) if found.status == value => return false,
        Some(found) => found,
        None if !suspended => {
            if conditions.is_empty() {
                status.conditions = None;
            }
            return false;
        }
        None => {
            conditions.push(JobCondition {
                type_: "Suspended".to_owned(),
                ..JobCondition::default()
            });
            let Some(last) = conditions.last_mut() else {
                return false;
            };
            last
        }
    };
    value.clone_into(&mut condition.status);
    condition.reason = Some(reason.to_owned());
    condition.message = Some(message.to_owned());
    condition.last_probe_time = Some(meta_time(now));
    condition.last_transition_time = Some(meta_time(now));
    true
}
