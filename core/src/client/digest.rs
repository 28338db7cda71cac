//! What controllers count about Pods, kept beside each: counting a thousand Pods then touches one row of memory instead of
//! metadata, status and conditions of each.

use std::hash::Hasher;
use std::time::Duration;

use siphasher::sip::SipHasher13;

use crate::api::Pod;
use crate::api::meta::MetaExt;
use crate::sim::Time;

/// What controllers count about a Pod.
#[derive(Clone, Copy, Debug, Default)]
pub struct PodDigest {
    /// Stands for the labels: Pods with the same ones have the same number.
    pub labels: u64,
    /// Whether it still counts ([`is_active`]).
    pub active: bool,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Since when it is ready.
    pub ready_since: Option<Time>,
}

impl PodDigest {
    /// Of a Pod.
    #[must_use]
    pub fn of(pod: &Pod) -> Self {
        let mut labels = SipHasher13::new();
        for (name, value) in pod.metadata.labels_or_empty() {
            labels.write(name.as_bytes());
            labels.write(&[0]);
            labels.write(value.as_bytes());
            labels.write(&[0]);
        }
        Self {
            labels: labels.finish(),
            active: is_active(pod),
            deleting: pod.metadata.is_deleting(),
            ready_since: ready_since(pod),
        }
    }

    /// Whether it has been ready for so long (`IsPodAvailable`).
    #[must_use]
    pub fn is_available(&self, min_ready_secs: i32, now: Time) -> bool {
        let needed = Duration::from_secs(u64::try_from(min_ready_secs).unwrap_or(0));
        self.ready_since
            .is_some_and(|since| needed.is_zero() || since + needed <= now)
    }
}

/// Whether a Pod still counts: it has not ended and is not being deleted (`IsPodActive`).
#[must_use]
pub fn is_active(pod: &Pod) -> bool {
    !matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed")) && !pod.metadata.is_deleting()
}

/// Since when a Pod is ready.
#[must_use]
pub fn ready_since(pod: &Pod) -> Option<Time> {
    let mut conditions = pod.status.conditions.iter().flatten();
    let ready = conditions.find(|condition| condition.type_ == "Ready" && condition.status == "True")?;
    let since = ready.last_transition_time.as_ref();
    Some(since.map_or(Time::ZERO, |time| Time::from_timestamp(time.0)))
}
