//! What happened to the requests for one target, by second and by minute, in bounded memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Target;
use super::counts::Counts;
use crate::sim::Time;
use crate::sorted::SortedMap;

/// Seconds kept one by one, of those in which something happened.
pub(super) const KEPT_SECONDS: usize = 900;

/// Minutes kept.
const KEPT_MINUTES: usize = 240;

/// What happened within a second, or a minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its first second.
    pub second: u64,
    /// The counts of that time: requests sent then, and those that were over then.
    pub counts: Counts,
    /// Answers by Pod: its place in [`Record::pods`], and how many.
    pub pods: Vec<(u16, u32)>,
}

/// A Pod that requests came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodShare {
    /// Its namespace and name.
    pub pod: (Arc<str>, Arc<str>),
    /// Its labels when the first request came.
    pub labels: Arc<BTreeMap<String, String>>,
    /// Requests that it answered.
    pub served: u64,
    /// Requests that it lost.
    pub failed: u64,
}

/// What happened to the requests for one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Whom they were for.
    pub target: Target,
    /// All of them.
    pub total: Counts,
    /// By second, the last ones; seconds without a request are not there.
    pub seconds: VecDeque<Bucket>,
    /// By minute.
    pub minutes: VecDeque<Bucket>,
    /// The Pods that they came to.
    pub pods: Vec<PodShare>,
    /// Where each Pod is among them.
    places: SortedMap<(Arc<str>, Arc<str>), u16>,
    pub(super) sampled_at: Option<Time>,
    pub(super) failure_at: Option<Time>,
    pub(super) noted_at: Option<Time>,
}

impl Record {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            total: Counts::default(),
            seconds: VecDeque::new(),
            minutes: VecDeque::new(),
            pods: Vec::new(),
            places: SortedMap::new(),
            sampled_at: None,
            failure_at: None,
            noted_at: None,
        }
    }

    /// The counts of the last seconds before a moment, that second included.
    #[must_use]
    pub fn window(&self, now: Time, length: Duration) -> Counts {
        let first = (now.as_secs() + 1).saturating_sub(length.as_secs().max(1));
        let mut counts = Counts::default();
        for bucket in self.seconds.iter().rev() {
            if bucket.second < first {
                break;
            }
            counts.merge(&bucket.counts);
        }
        counts
    }

    pub(super) fn buckets(&mut self, now: Time) -> [&mut Bucket; 2] {
        let second = now.as_secs();
        [
            bucket(&mut self.seconds, second, KEPT_SECONDS),
            bucket(&mut self.minutes, second / 60 * 60, KEPT_MINUTES),
        ]
    }

    pub(super) fn pod(
        &mut self,
        pod: &(Arc<str>, Arc<str>),
        labels: &dyn Fn() -> Arc<BTreeMap<String, String>>,
    ) -> u16 {
        if let Some(at) = self.places.get(pod) {
            return *at;
        }
        let at = u16::try_from(self.pods.len()).unwrap_or(u16::MAX);
        self.pods.push(PodShare {
            pod: pod.clone(),
            labels: labels(),
            served: 0,
            failed: 0,
        });
        self.places.insert(pod.clone(), at);
        at
    }
}

/// The present bucket of a series.
fn bucket(series: &mut VecDeque<Bucket>, second: u64, kept: usize) -> &mut Bucket {
    if series.back().is_none_or(|last| last.second < second) {
        if series.len() == kept {
            series.pop_front();
        }
        series.push_back(Bucket {
            second,
            ..Bucket::default()
        });
    }
    let last = series.len() - 1;
    &mut series[last]
}
