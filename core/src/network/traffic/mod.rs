//! What requests met: exact counts for each target over time, in bounded memory, and the way of some requests hop by hop.

mod counts;
mod histogram;
mod record;
mod trip;

pub use counts::{Counts, Fate, Reason};
pub use histogram::Histogram;
pub use record::{Bucket, PodShare, Record};
pub use trip::{Hop, Stage, Trip};

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sim::Time;
use crate::sorted::SortedMap;

/// Requests whose way is kept, and failures besides.
const KEPT_TRIPS: usize = 256;
/// Between two requests of one target whose way is kept.
const SAMPLE_EVERY: Duration = Duration::from_millis(200);
/// And between two failures.
const FAILURE_EVERY: Duration = Duration::from_millis(20);

/// Whom requests were for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Target {
    /// A Service, whatever its address was called by.
    Service(Arc<str>, Arc<str>),
    /// A Pod by its own address.
    Pod(Arc<str>, Arc<str>),
    /// Somebody else: a node, a name that does not exist, a site of the Internet.
    Host(Arc<str>),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(namespace, name) => write!(f, "service/{namespace}/{name}"),
            Self::Pod(namespace, name) => write!(f, "pod/{namespace}/{name}"),
            Self::Host(name) => f.write_str(name),
        }
    }
}

/// What requests met since the cluster came up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    records: Vec<Record>,
    index: SortedMap<Target, u32>,
    recent: VecDeque<Trip>,
    failures: VecDeque<Trip>,
    ended: u64,
}

/// How a request ended: what is counted.
pub(super) struct End<'a> {
    pub(super) at: Time,
    pub(super) took: Duration,
    pub(super) fate: Fate,
    pub(super) pod: Option<&'a (Arc<str>, Arc<str>)>,
}

impl Traffic {
    /// The targets that requests were sent to, in the order of their first.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// What happened to the requests for a target.
    #[must_use]
    pub fn of(&self, target: &Target) -> Option<&Record> {
        let at = self.index.get(target)?;
        self.records.get(usize::try_from(*at).ok()?)
    }

    /// What happened to the requests for a Service.
    #[must_use]
    pub fn of_service(&self, namespace: &str, name: &str) -> Option<&Record> {
        self.of(&Target::Service(namespace.into(), name.into()))
    }

    /// Some of the last requests, oldest first.
    #[must_use]
    pub const fn recent(&self) -> &VecDeque<Trip> {
        &self.recent
    }

    /// The last requests that were lost or answered with a fault, oldest first.
    #[must_use]
    pub const fn failures(&self) -> &VecDeque<Trip> {
        &self.failures
    }

    /// How many requests have ended: grows with each.
    #[must_use]
    pub const fn ended(&self) -> u64 {
        self.ended
    }

    /// The record of a target.
    pub(super) fn record(&mut self, target: Target) -> u32 {
        if let Some(known) = self.index.get(&target) {
            return *known;
        }
        let at = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        self.records.push(Record::new(target.clone()));
        self.index.insert(target, at);
        at
    }

    fn at(&mut self, record: u32) -> Option<&mut Record> {
        self.records.get_mut(usize::try_from(record).ok()?)
    }

    /// A request is sent.
    pub(super) fn sent(&mut self, record: u32, now: Time) {
        let Some(record) = self.at(record) else { return };
        record.total.sent += 1;
        for bucket in record.buckets(now) {
            bucket.counts.sent += 1;
        }
    }

    /// Whether the way of the next request for a target is to be kept.
    pub(super) fn sample_due(&mut self, record: u32, now: Time) -> bool {
        let Some(record) = self.at(record) else {
            return true;
        };
        let due = record.sampled_at.is_none_or(|at| now.since(at) >= SAMPLE_EVERY);
        if due {
            record.sampled_at = Some(now);
        }
        due
    }

    /// Whether the way of a failure would be kept.
    pub(super) fn wants_failure(&mut self, record: u32, now: Time) -> bool {
        let found = self.at(record);
        found.is_none_or(|record| record.failure_at.is_none_or(|at| now.since(at) >= FAILURE_EVERY))
    }

    /// A request is over.
    pub(super) fn ended_at(
        &mut self,
        record: u32,
        end: &End<'_>,
        labels: &dyn Fn() -> Arc<BTreeMap<String, String>>,
    ) {
        self.ended += 1;
        let Some(record) = self.at(record) else { return };
        let cell = Histogram::cell(end.took);
        record.total.end(end.fate, cell);
        let pod = end.pod.map(|pod| record.pod(pod, labels));
        let served = matches!(end.fate, Fate::Served(_));
        if let Some(share) = pod.and_then(|pod| record.pods.get_mut(usize::from(pod))) {
            if served {
                share.served += 1;
            } else {
                share.failed += 1;
            }
        }
        for bucket in record.buckets(end.at) {
            bucket.counts.end(end.fate, cell);
            let Some(pod) = pod.filter(|_| served) else {
                continue;
            };
            match bucket.pods.iter_mut().find(|(known, _)| *known == pod) {
                Some((_, count)) => *count += 1,
                None => bucket.pods.push((pod, 1)),
            }
        }
    }

    /// Whether the way of a request that failed now is worth keeping; and whether the trace should say it.
    pub(super) fn failure_due(&mut self, record: u32, now: Time) -> (bool, bool) {
        let Some(record) = self.at(record) else {
            return (false, false);
        };
        let kept = record.failure_at.is_none_or(|at| now.since(at) >= FAILURE_EVERY);
        if kept {
            record.failure_at = Some(now);
        }
        let noted = record
            .noted_at
            .is_none_or(|at| now.since(at) >= Duration::from_secs(5));
        if noted {
            record.noted_at = Some(now);
        }
        (kept, noted)
    }

    /// Keeps the way of a request.
    pub(super) fn keep(&mut self, mut trip: Trip) {
        trip.id = self.ended;
        let list = if trip.fate.is_good() {
            &mut self.recent
        } else {
            &mut self.failures
        };
        if list.len() == KEPT_TRIPS {
            list.pop_front();
        }
        list.push_back(trip);
    }
}

#[cfg(test)]
mod tests {
    use super::record::KEPT_SECONDS;
    use super::*;

    #[test]
    fn old_seconds_go_and_the_total_stays() {
        let mut traffic = Traffic::default();
        let record = traffic.record(Target::Host("web".into()));
        for second in 0..2_000 {
            let at = Time::from_secs(second);
            traffic.sent(record, at);
            let end = End {
                at,
                took: Duration::from_millis(3),
                fate: Fate::Served(200),
                pod: None,
            };
            traffic.ended_at(record, &end, &Arc::default);
        }
        let record = &traffic.records()[0];
        assert_eq!((record.total.sent, record.total.answered()), (2_000, 2_000));
        assert_eq!((record.seconds.len(), record.minutes.len()), (KEPT_SECONDS, 34));
        let window = record.window(Time::from_secs(1_999), Duration::from_secs(60));
        assert_eq!((window.sent, window.latency.count()), (60, 60));
    }
}
