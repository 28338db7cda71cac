//! What requests met: exact counts for each target over time, in bounded memory, and the way of some requests hop by hop.

use crate::sorted::SortedMap;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sim::Time;

/// Seconds kept one by one, of those in which something happened.
const KEPT_SECONDS: usize = 900;
/// Minutes kept.
const KEPT_MINUTES: usize = 240;
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

/// Why a request was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// Its name does not exist, or no name server answers.
    Name,
    /// The Service has no endpoint that is ready: the rule refuses.
    NoEndpoint,
    /// Nobody listens on the port.
    NotListening,
    /// A network policy, or a rule, dropped it.
    Dropped,
    /// There is no way: the machine is off, the Pod is gone, packets go astray.
    NoRoute,
    /// The process ended while it worked on it.
    Broken,
    /// The server gave no answer in time.
    TooSlow,
    /// The answer was none: another protocol.
    Nonsense,
}

impl Reason {
    /// All of them, in the order of [`Counts::failed`].
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::NoEndpoint,
        Self::NotListening,
        Self::Dropped,
        Self::NoRoute,
        Self::Broken,
        Self::TooSlow,
        Self::Nonsense,
    ];
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It was answered: the status, 200 for what has none.
    Served(u16),
    /// It was lost.
    Failed(Reason),
}

impl Fate {
    /// Whether it was answered, and not with a fault of the server.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Served(status) if status < 500)
    }
}

/// How long answers took: how many within each of some limits, ten in each power of ten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// The number of the limit, and how many; only those that are not empty.
    cells: Vec<(u8, u32)>,
}

/// The limits within a power of ten, in hundredths.
const STEPS: [u64; 10] = [100, 120, 150, 200, 250, 300, 400, 500, 600, 800];

impl Histogram {
    /// The upper limit of a cell, in microseconds: 100 µs, 120 µs, ... 1 ms, ...
    #[must_use]
    pub fn limit_micros(cell: u8) -> u64 {
        let step = STEPS.get(usize::from(cell % 10)).copied().unwrap_or(100);
        step * 10_u64.saturating_pow(u32::from(cell / 10))
    }

    /// The cell of an answer that took so long.
    fn cell(took: Duration) -> u8 {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut cells = 0..70;
        cells
            .find(|cell| micros <= Self::limit_micros(*cell))
            .unwrap_or(70)
    }

    fn put(&mut self, cell: u8, count: u32) {
        match self.cells.binary_search_by_key(&cell, |(known, _)| *known) {
            Ok(at) => {
                if let Some((_, known)) = self.cells.get_mut(at) {
                    *known = known.saturating_add(count);
                }
            }
            Err(at) => self.cells.insert(at, (cell, count)),
        }
    }

    /// Adds another's.
    pub fn merge(&mut self, other: &Self) {
        for (cell, count) in &other.cells {
            self.put(*cell, *count);
        }
    }

    /// Takes away what was there before.
    pub fn subtract(&mut self, before: &Self) {
        for (cell, count) in &before.cells {
            if let Ok(at) = self.cells.binary_search_by_key(cell, |(known, _)| *known)
                && let Some((_, known)) = self.cells.get_mut(at)
            {
                *known = known.saturating_sub(*count);
            }
        }
        self.cells.retain(|(_, count)| *count > 0);
    }

    /// How many answers there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.cells.iter().map(|(_, count)| u64::from(*count)).sum()
    }

    /// How many came within so long; a limit of a cell is exact.
    #[must_use]
    pub fn within(&self, limit: Duration) -> u64 {
        let micros = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX);
        let cells = self.cells.iter();
        cells
            .filter(|(cell, _)| Self::limit_micros(*cell) <= micros)
            .map(|(_, count)| u64::from(*count))
            .sum()
    }

    /// The limit within which so many of a thousand came, in microseconds; `None` if none came.
    #[must_use]
    pub fn quantile_micros(&self, per_mille: u64) -> Option<u64> {
        let wanted = (self.count() * per_mille).div_ceil(1_000).max(1);
        let mut seen = 0;
        self.cells.iter().find_map(|(cell, count)| {
            seen += u64::from(*count);
            (seen >= wanted).then(|| Self::limit_micros(*cell))
        })
    }
}

/// How many requests, and what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Requests sent.
    pub sent: u64,
    /// Answered, by the first digit of the status: 1 to 5.
    pub served: [u64; 5],
    /// Lost, by reason, in the order of [`Reason::ALL`].
    pub failed: [u64; 8],
    /// How long the answers took.
    pub latency: Histogram,
}

impl Counts {
    /// Requests that were answered, whatever the status.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.served.iter().sum()
    }

    /// Requests that were lost.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.failed.iter().sum()
    }

    /// Requests that are not over yet.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.sent.saturating_sub(self.answered() + self.lost())
    }

    /// Requests that were lost, or answered with a fault of the server (5xx).
    #[must_use]
    pub fn bad(&self) -> u64 {
        let [.., faults] = self.served;
        self.lost() + faults
    }

    fn end(&mut self, fate: Fate, cell: u8) {
        match fate {
            Fate::Served(status) => {
                let class = usize::from(status / 100).clamp(1, 5) - 1;
                if let Some(count) = self.served.get_mut(class) {
                    *count += 1;
                }
                self.latency.put(cell, 1);
            }
            Fate::Failed(reason) => {
                let at = Reason::ALL.iter().position(|known| *known == reason);
                if let Some(count) = at.and_then(|at| self.failed.get_mut(at)) {
                    *count += 1;
                }
            }
        }
    }

    /// Adds another's.
    pub fn merge(&mut self, other: &Self) {
        self.sent += other.sent;
        for (own, more) in self.served.iter_mut().zip(other.served) {
            *own += more;
        }
        for (own, more) in self.failed.iter_mut().zip(other.failed) {
            *own += more;
        }
        self.latency.merge(&other.latency);
    }

    /// What was counted since an earlier moment's counts.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let mut counts = self.clone();
        counts.sent = counts.sent.saturating_sub(before.sent);
        for (own, less) in counts.served.iter_mut().zip(before.served) {
            *own = own.saturating_sub(less);
        }
        for (own, less) in counts.failed.iter_mut().zip(before.failed) {
            *own = own.saturating_sub(less);
        }
        counts.latency.subtract(&before.latency);
        counts
    }
}

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
    sampled_at: Option<Time>,
    failure_at: Option<Time>,
    noted_at: Option<Time>,
}

impl Record {
    fn new(target: Target) -> Self {
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

    fn buckets(&mut self, now: Time) -> [&mut Bucket; 2] {
        let second = now.as_secs();
        [
            bucket(&mut self.seconds, second, KEPT_SECONDS),
            bucket(&mut self.minutes, second / 60 * 60, KEPT_MINUTES),
        ]
    }

    fn pod(&mut self, pod: &(Arc<str>, Arc<str>), labels: &dyn Fn() -> Arc<BTreeMap<String, String>>) -> u16 {
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

/// A stage of a request's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Where it began.
    Client,
    /// A name server was asked.
    Dns,
    /// A load balancer of the cloud took it.
    LoadBalancer,
    /// A node took it.
    Node,
    /// The rules of kube-proxy on a node chose an endpoint, or refused.
    Proxy,
    /// A network policy spoke.
    Policy,
    /// The network carried it to another machine.
    Route,
    /// It reached a Pod.
    Pod,
    /// The Pod's server answered, or did not.
    Process,
    /// An ingress controller passed it on.
    Ingress,
    /// It left the cluster.
    Internet,
}

/// One hop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// How long after the beginning.
    pub after: Duration,
    /// What it passed.
    pub stage: Stage,
    /// Who that was: a node, a Service, `NAMESPACE/POD`, an address.
    pub name: String,
    /// What happened there, in English as the components say it; may be empty.
    pub note: Cow<'static, str>,
}

/// A request whose way was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// Its number, in the order of ending.
    pub id: u64,
    /// Where it began ([`super::Origin::label`]).
    pub origin: String,
    /// Whom it was for.
    pub target: Target,
    /// What was asked: `GET http://web/`.
    pub asked: String,
    /// When it was sent.
    pub at: Time,
    /// How long it took.
    pub took: Duration,
    /// What became of it.
    pub fate: Fate,
    /// The Pod that it came to.
    pub pod: Option<(Arc<str>, Arc<str>)>,
    /// Its way.
    pub hops: Vec<Hop>,
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
    use super::*;

    #[test]
    fn limits_are_round_numbers() {
        let limits: Vec<u64> = [0, 1, 10, 33, 39].map(Histogram::limit_micros).to_vec();
        assert_eq!(limits, [100, 120, 1_000, 200_000, 800_000]);
    }

    #[test]
    fn quantiles_are_limits_and_round_limits_are_exact() {
        let mut histogram = Histogram::default();
        for millis in 1..=100 {
            histogram.put(Histogram::cell(Duration::from_millis(millis)), 1);
        }
        assert_eq!(histogram.count(), 100);
        assert_eq!(histogram.within(Duration::from_millis(50)), 50);
        assert_eq!(histogram.quantile_micros(500), Some(50_000));
        assert_eq!(histogram.quantile_micros(950), Some(100_000));
    }

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
