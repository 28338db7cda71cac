//! What requests met, as goals ask for it: counts since the beginning, since a moment, or over the last seconds.
use super::select::Selector;
use super::watch::Seen;
use crate::amount::Bound;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use timonier_core::network::{Bucket, Counts, Reason, Record};
use timonier_core::sim::Time;
use timonier_core::sorted::SortedMap;

/// A compiled [`crate::format::TrafficCheck`].
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    pub(super) namespace: String,
    pub(super) service: String,
    pub(super) served: Option<Bound>,
    pub(super) lost: Option<Bound>,
    pub(super) success: Option<Bound>,
    /// So many of a hundred answers within so many microseconds.
    pub(super) latency: Option<(u64, u64)>,
    /// Which Pods, in words and compiled, and how many of a hundred answers.
    pub(super) shares: Vec<(String, Selector, Bound)>,
    pub(super) window_micros: Option<u64>,
    /// The watch from whose first truth on it looks.
    pub(super) after: Option<usize>,
}

/// What was counted so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    /// The moment from which it looks, once that is known.
    pub since: Option<Time>,
    /// What had been counted by the beginning.
    before: Counts,
    before_pods: SortedMap<String, u64>,
    /// What was counted since, or over the last seconds.
    counts: Counts,
    /// Answers by share, in the flow's order.
    shares: Vec<u64>,
}

impl Flow {
    /// Begins to count: what was before does not matter.
    pub(super) fn begin(&self, counted: &mut Counted, record: Option<&Record>, now: Time) {
        *counted = Counted::default();
        if let Some(record) = record {
            counted.before = record.total.clone();
            let pods = record.pods.iter();
            counted.before_pods = pods
                .map(|share| (share.pod.1.to_string(), share.served))
                .collect();
        }
        if self.after.is_none() {
            counted.since = Some(now);
        }
    }

    /// The moment from which it looks may have come.
    pub(super) fn look(&self, counted: &mut Counted, seen: &[Seen], at: Time) {
        let truth = self
            .after
            .and_then(|index| seen.get(index))
            .is_some_and(|seen| seen.truth);
        if truth && counted.since.is_none() {
            counted.since = Some(at);
        }
    }

    /// Counts what the record holds by now.
    pub(super) fn count(&self, counted: &mut Counted, record: Option<&Record>, now: Time) {
        let (Some(since), Some(record)) = (counted.since, record) else {
            counted.counts = Counts::default();
            return;
        };
        let first = match self.window_micros {
            Some(window) => (now.as_micros().saturating_sub(window) / 1_000_000).max(since.as_secs()),
            None => since.as_secs(),
        };
        if self.window_micros.is_none() && self.after.is_none() {
            counted.counts = record.total.since(&counted.before);
            let own = |share: &timonier_core::network::PodShare| {
                let before = counted
                    .before_pods
                    .get(&*share.pod.1)
                    .copied()
                    .unwrap_or_default();
                share.served.saturating_sub(before)
            };
            counted.shares = self.split(record, &|at| record.pods.get(at).map_or(0, own));
            return;
        }
        let (mut counts, mut pods) = (Counts::default(), SortedMap::new());
        for bucket in buckets(record, first) {
            counts.merge(&bucket.counts);
            for (pod, count) in &bucket.pods {
                *pods.entry(usize::from(*pod)).or_insert(0) += u64::from(*count);
            }
        }
        counted.counts = counts;
        counted.shares = self.split(record, &|at| pods.get(&at).copied().unwrap_or_default());
    }

    fn split(&self, record: &Record, served: &dyn Fn(usize) -> u64) -> Vec<u64> {
        let share = |(_, selector, _): &(String, Selector, Bound)| {
            let pods = record.pods.iter().enumerate();
            let own = pods.filter(|(_, share)| selector.takes(&share.labels));
            own.map(|(at, _)| served(at)).sum()
        };
        self.shares.iter().map(share).collect()
    }

    /// Whether it is so; why not, in French; and whether it cannot be any more.
    pub(super) fn judge(&self, counted: &Counted) -> (bool, String, bool) {
        let counts = &counted.counts;
        let name = &self.service;
        let unmet = |why: String| (false, why, false);
        if counted.since.is_none() {
            return unmet(
                "Ce qui doit être fait d’abord ne l’est pas encore : les requêtes ne comptent qu’ensuite."
                    .to_owned(),
            );
        }
        if counts.sent == 0 {
            return unmet(match self.window_micros {
                Some(window) => format!(
                    "Aucune requête n’est venue au Service `{name}` ces {} dernières secondes.",
                    window / 1_000_000
                ),
                None => format!("Aucune requête n’a encore été envoyée au Service `{name}`."),
            });
        }
        let (bad, ended) = (counts.bad(), counts.answered() + counts.lost());
        let good = ended - bad;
        let holds = |bound: &Option<Bound>, n: u64| {
            bound
                .as_ref()
                .is_none_or(|bound| bound.holds(i64::try_from(n).unwrap_or(i64::MAX)))
        };
        if !holds(&self.lost, bad) {
            let bound = self.lost.as_ref().map(Bound::to_string).unwrap_or_default();
            let why = format!(
                "{} sur {ended} vers `{name}`{} (attendu : {bound}).",
                lost(bad),
                after(" : ", cause(counts), "")
            );
            // What was lost since a moment stays lost.
            return (false, why, self.window_micros.is_none());
        }
        if !holds(&self.served, good) {
            let bound = self.served.as_ref().map(Bound::to_string).unwrap_or_default();
            return unmet(format!("{} par `{name}`, attendu : {bound}.", served(good)));
        }
        let percent = |part: u64, whole: u64| part.saturating_mul(100) / whole.max(1);
        if ended > 0 && !holds_share(&self.success, good, ended) {
            let bound = self.success.as_ref().map(Bound::to_string).unwrap_or_default();
            let bound = bound.replace('.', ",");
            return unmet(format!(
                "{} % des requêtes vers `{name}` ont réussi (attendu : {bound} %).{}",
                percent(good, ended),
                after(" Les autres : ", cause(counts), ".")
            ));
        }
        if let Some((wanted, micros)) = self.latency {
            let (quick, all) = (
                counts.latency.within(Duration::from_micros(micros)),
                counts.latency.count(),
            );
            if all == 0 {
                return unmet(format!("Aucune réponse n’est encore venue du Service `{name}`."));
            }
            if quick * 100 < wanted * all {
                let took = counts.latency.quantile_micros(wanted * 10).unwrap_or_default();
                return unmet(format!(
                    "{wanted} % des réponses de `{name}` viennent en moins de {} (attendu : {}).",
                    duration(took),
                    duration(micros)
                ));
            }
        }
        let answered = counts.answered();
        for ((text, _, bound), count) in self.shares.iter().zip(&counted.shares) {
            if answered == 0 || !holds_share(&Some(bound.clone()), *count, answered) {
                return unmet(format!(
                    "Les Pods `{text}` ont servi {} % des requêtes vers `{name}` (attendu : {bound} %).",
                    percent(*count, answered)
                ));
            }
        }
        (true, String::new(), false)
    }
}

/// The buckets from a second on: of single seconds where they are kept, of whole minutes before.
fn buckets(record: &Record, first: u64) -> impl Iterator<Item = &Bucket> {
    let kept = record.seconds.front().map_or(u64::MAX, |bucket| bucket.second);
    let minutes = record
        .minutes
        .iter()
        .filter(move |bucket| bucket.second >= first && bucket.second + 60 <= kept);
    let seconds = record.seconds.iter().filter(move |bucket| bucket.second >= first);
    minutes.chain(seconds)
}

/// Whether a share, in hundredths, fits; compared without rounding.
#[expect(clippy::ref_option, reason = "the field as it is kept")]
fn holds_share(bound: &Option<Bound>, part: u64, whole: u64) -> bool {
    let Some(bound) = bound else { return true };
    let nano = i128::from(part) * 100 * 1_000_000_000 / i128::from(whole.max(1));
    bound.holds_nano(nano)
}

fn lost(n: u64) -> String {
    match n {
        0 | 1 => format!("{n} requête perdue ou en erreur"),
        n => format!("{n} requêtes perdues ou en erreur"),
    }
}

fn served(n: u64) -> String {
    match n {
        0 | 1 => format!("{n} requête servie"),
        n => format!("{n} requêtes servies"),
    }
}

/// A cause between what stands around it; nothing if none is known.
fn after(before: &str, cause: &str, end: &str) -> String {
    if cause.is_empty() {
        String::new()
    } else {
        format!("{before}{cause}{end}")
    }
}

/// What most of the lost requests met.
fn cause(counts: &Counts) -> &'static str {
    let [.., faults] = counts.served;
    let worst = Reason::ALL
        .iter()
        .zip(counts.failed)
        .max_by_key(|(_, count)| *count);
    match worst.filter(|(_, count)| *count > 0 && *count >= faults) {
        Some((Reason::Name, _)) => "leur nom est inconnu",
        Some((Reason::NoEndpoint, _)) => "aucun Pod prêt derrière le Service",
        Some((Reason::NotListening, _)) => "personne n’écoutait sur le port",
        Some((Reason::Dropped, _)) => "jetées en chemin",
        Some((Reason::NoRoute, _)) => "sans route jusqu’au Pod",
        Some((Reason::Broken, _)) => "le serveur s’est arrêté pendant qu’il y répondait",
        Some((Reason::TooSlow, _)) => "sans réponse à temps",
        Some((Reason::Nonsense, _)) => "la réponse n’en était pas une",
        None if faults > 0 => "le serveur a répondu par une erreur",
        None => "",
    }
}

fn duration(micros: u64) -> String {
    if micros < 1_000_000 {
        format!("{} ms", micros.div_ceil(1_000))
    } else {
        format!("{},{} s", micros / 1_000_000, micros / 100_000 % 10)
    }
}
