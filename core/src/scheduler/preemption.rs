//! Making room for a Pod by taking away less important ones (`framework/preemption`, `plugins/defaultpreemption`).

use super::cycle::{Cycle, Decision, filter};
use super::fit_error::histogram;
use super::framework::{PodState, RefusalKind};
use super::node_info::NodeInfo;
use crate::api::labels::selector_matches;
use crate::api::meta::MetaExt;
use crate::api::{Key, Kind, Pod, PodDisruptionBudget};
use crate::client::Cache;
use crate::sim::Time;
use crate::sorted::SortedMap;

/// At least so many nodes are looked at (`minCandidateNodesAbsolute`), or a tenth of them.
const MIN_CANDIDATES: usize = 100;

/// A node that could take the Pod, and the Pods that would have to go.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) node: String,
    /// The most important first.
    pub(super) victims: Vec<Pod>,
    violations: usize,
}

/// Why nobody gives way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoCandidate {
    pub(super) why: String,
    /// Whether the node that is kept for the Pod stays so: others are on their way out already.
    pub(super) keeps_nomination: bool,
}

fn priority(pod: &Pod) -> i32 {
    pod.spec.priority.unwrap_or(0)
}

fn started(pod: &Pod) -> Time {
    let time = pod.status.start_time.as_ref();
    time.map_or(Time::MAX, |time| Time::from_timestamp(time.0))
}

/// The order of importance: the higher priority, then the longer running (`MoreImportantPod`).
fn importance(pod: &Pod) -> (i64, Time) {
    (-i64::from(priority(pod)), started(pod))
}

impl Cycle<'_> {
    /// Looks for Pods that could give way.
    ///
    /// # Errors
    ///
    /// Why none can.
    pub(super) fn preempt(&self, pod: &Pod, decision: &Decision) -> Result<Candidate, NoCandidate> {
        self.eligible(pod, decision).map_err(|why| NoCandidate {
            why: why.to_owned(),
            keeps_nomination: true,
        })?;
        let mut kinds: SortedMap<&str, RefusalKind> = SortedMap::new();
        for verdict in &decision.verdicts {
            if let Some((_, refusal)) = &verdict.refusal {
                kinds.insert(&verdict.node, refusal.kind);
            }
        }
        let helpful = |info: &&NodeInfo| kinds.get(info.node.name()) == Some(&RefusalKind::Unschedulable);
        let potential: Vec<&NodeInfo> = self.nodes.iter().filter(helpful).collect();
        let wanted = (potential.len() / 10).max(MIN_CANDIDATES);
        let mut reasons: SortedMap<&str, Vec<String>> = SortedMap::new();
        let mut candidates = Vec::new();
        for info in &potential {
            match self.victims_on(pod, info) {
                Ok(candidate) => candidates.push(candidate),
                Err(why) => {
                    reasons.insert(info.node.name(), why);
                }
            }
            if candidates.len() >= wanted {
                break;
            }
        }
        if let Some(best) = best(candidates) {
            return Ok(best);
        }
        let hopeless = vec!["Preemption is not helpful for scheduling".to_owned()];
        let said = self
            .nodes
            .iter()
            .flat_map(|info| reasons.get(info.node.name()).unwrap_or(&hopeless));
        let said = histogram(said.map(String::as_str));
        Err(NoCandidate {
            why: format!("0/{} nodes are available: {said}.", decision.nodes),
            keeps_nomination: false,
        })
    }

    /// Whether the Pod may take others' places (`PodEligibleToPreemptOthers`).
    fn eligible(&self, pod: &Pod, decision: &Decision) -> Result<(), &'static str> {
        if pod.spec.preemption_policy.as_deref() == Some("Never") {
            return Err("not eligible due to preemptionPolicy=Never.");
        }
        let nominated = pod.status.nominated_node_name.as_deref().unwrap_or_default();
        let Some(info) = self.nodes.get(nominated) else {
            return Ok(());
        };
        let hopeless = decision
            .verdicts
            .iter()
            .filter(|verdict| verdict.node == nominated)
            .filter_map(|verdict| verdict.refusal.as_ref())
            .any(|(_, refusal)| refusal.kind == RefusalKind::Unresolvable);
        let leaving = |other: &Pod| priority(other) < priority(pod) && is_leaving_for_another(other);
        if !hopeless && info.pods().any(leaving) {
            return Err("not eligible due to a terminating pod on the nominated node.");
        }
        Ok(())
    }

    /// The fewest and least important Pods of a node that would have to go (`SelectVictimsOnNode`).
    fn victims_on(&self, pod: &Pod, info: &NodeInfo) -> Result<Candidate, Vec<String>> {
        let lower = info.pods().filter(|other| priority(other) < priority(pod));
        let mut potential: Vec<Pod> = lower.cloned().collect();
        if potential.is_empty() {
            return Err(vec!["No preemption victims found for incoming pod".to_owned()]);
        }
        let mut without = info.clone();
        for other in &potential {
            without.remove_pod(&key(other));
        }
        self.fits(pod, &without)?;
        crate::sort::sort_by_key(&mut potential, importance);
        let (violating, others) = split_by_budget(potential, self.cache);
        let mut victims = Vec::new();
        let mut violations = 0;
        // As many as possible stay, those first whose budgets would be violated.
        for (other, violates) in violating
            .into_iter()
            .map(|pod| (pod, true))
            .chain(others.into_iter().map(|pod| (pod, false)))
        {
            without.add_pod(&other);
            if self.fits(pod, &without).is_err() {
                without.remove_pod(&key(&other));
                victims.push(other);
                violations += usize::from(violates);
            }
        }
        crate::sort::sort_by_key(&mut victims, importance);
        Ok(Candidate {
            node: info.node.name().to_owned(),
            victims,
            violations,
        })
    }

    fn fits(&self, pod: &Pod, node: &NodeInfo) -> Result<(), Vec<String>> {
        let said = |(_, refusal): (_, super::framework::Refusal)| {
            refusal.reasons.iter().map(ToString::to_string).collect()
        };
        let state = PodState::new(pod, self.nodes.with(node), self.cache);
        if self.nominated.is_empty() {
            return filter(&state, node).map_err(said);
        }
        self.filter(&state, node).map_err(said)
    }
}

fn key(pod: &Pod) -> Key {
    Key::new(Kind::Pod, pod.namespace(), pod.name())
}

/// Whether a Pod is going because another takes its place.
fn is_leaving_for_another(pod: &Pod) -> bool {
    pod.metadata.is_deleting()
        && pod.status.conditions.iter().flatten().any(|condition| {
            condition.type_ == "DisruptionTarget"
                && condition.status == "True"
                && condition.reason.as_deref() == Some("PreemptionByScheduler")
        })
}

/// The Pods whose budgets would be violated, and the others (`filterPodsWithPDBViolation`).
fn split_by_budget(pods: Vec<Pod>, cache: &Cache) -> (Vec<Pod>, Vec<Pod>) {
    let budgets: Vec<&PodDisruptionBudget> = cache.list::<PodDisruptionBudget>().collect();
    let mut allowed: Vec<i32> = budgets
        .iter()
        .map(|budget| budget.status.disruptions_allowed.unwrap_or(0))
        .collect();
    pods.into_iter().partition(|pod| {
        let labels = pod.metadata.labels_or_empty();
        let mut violates = false;
        for (budget, allowed) in budgets.iter().zip(&mut allowed) {
            let selector = budget.spec.selector.as_ref();
            let empty = selector.is_none_or(|selector| *selector == Default::default());
            let processed = budget.status.disrupted_pods.as_ref();
            if labels.is_empty()
                || empty
                || budget.namespace() != pod.namespace()
                || !selector_matches(selector, labels)
                || processed.is_some_and(|pods| pods.contains_key(pod.name()))
            {
                continue;
            }
            *allowed -= 1;
            violates |= *allowed < 0;
        }
        violates
    })
}

/// The node on which it hurts least (`pickOneNodeForPreemption`): the fewest violated budgets, the least important first
/// victim, the least sum of priorities, the fewest victims, the youngest of the most important victims.
fn best(candidates: Vec<Candidate>) -> Option<Candidate> {
    let cost = |candidate: &Candidate| {
        let highest = candidate.victims.first().map_or(i32::MIN, priority);
        let sum: i64 = candidate
            .victims
            .iter()
            .map(|victim| i64::from(priority(victim)) + i64::from(i32::MAX) + 1)
            .sum();
        let of_highest = candidate.victims.iter().filter(|pod| priority(pod) == highest);
        let earliest = of_highest.map(started).min().unwrap_or(Time::ZERO);
        (
            candidate.violations,
            highest,
            sum,
            candidate.victims.len(),
            std::cmp::Reverse(earliest),
        )
    };
    candidates.into_iter().min_by_key(cost)
}
