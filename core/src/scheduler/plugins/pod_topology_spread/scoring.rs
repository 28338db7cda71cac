//! The constraints that should hold (`podtopologyspread/scoring.go`).

use super::constraints::{self, Constraint};
use super::has_all_keys;
use crate::api::Pod;
use crate::scheduler::framework::{MAX_NODE_SCORE, PodState};
use crate::scheduler::node_info::NodeInfo;
use crate::sorted::SortedMap;

const HOSTNAME: &str = "kubernetes.io/hostname";

/// A constraint, the Pods in each of its domains, and how much they count.
struct Weighed<'a> {
    constraint: Constraint,
    counts: SortedMap<&'a str, i64>,
    weight: f64,
}

/// The groups of Pods that were looked at, and whether a constraint counts them: the same are on many nodes.
type Counted = SortedMap<u64, bool>;

impl Weighed<'_> {
    fn count(&self, pod: &Pod, node: &NodeInfo, counted: &mut Counted) -> i64 {
        let mut sum = 0;
        for (group, pods) in node.groups() {
            let counts = *counted
                .entry(group.digest)
                .or_insert_with(|| self.constraint.is_about(pod, group));
            sum += if counts { pods } else { 0 };
        }
        sum
    }
}

/// What scoring needs.
pub(in crate::scheduler) struct Soft<'a> {
    constraints: Vec<Weighed<'a>>,
    /// Nodes that lack a key.
    ignored: Vec<&'a str>,
}

impl<'a> Weighed<'a> {
    /// Counts the Pods of every domain that one of these nodes is in, on whatever node they are.
    fn count_domains(
        &mut self,
        state: &PodState<'a>,
        taking_part: &[&'a NodeInfo],
        takes_part: &dyn Fn(&NodeInfo) -> bool,
    ) {
        let key = self.constraint.key.clone();
        let value = |node: &'a NodeInfo| node.label(&key).map_or("", String::as_str);
        let (mut counts, mut counted) = (SortedMap::<&'a str, i64>::new(), Counted::new());
        for node in taking_part {
            counts.insert(value(node), 0);
        }
        for node in state.nodes.iter().filter(|node| takes_part(node)) {
            if let Some(count) = counts.get_mut(value(node))
                && self.constraint.counts(state.pod, &node.node)
            {
                *count += self.count(state.pod, node, &mut counted);
            }
        }
        self.counts = counts;
    }
}

impl<'a> Soft<'a> {
    pub(in crate::scheduler) fn of(state: &PodState<'a>, fitting: &[&'a NodeInfo]) -> Self {
        let pod = state.pod;
        let own = pod.spec.topology_spread_constraints.as_ref();
        let has_own = own.is_some_and(|own| !own.is_empty());
        let constraints = if has_own {
            constraints::of_pod(pod, "ScheduleAnyway")
        } else {
            constraints::of_cluster(pod, state.cache)
        };
        // By the cluster's own constraints nodes without a zone are spread over hosts all the same.
        let takes_part = |node: &NodeInfo| !has_own || has_all_keys(node, &constraints);
        let (taking_part, ignored): (Vec<&NodeInfo>, Vec<&NodeInfo>) =
            fitting.iter().copied().partition(|node| takes_part(node));
        let weigh = |constraint: &Constraint| {
            let mut weighed = Weighed {
                constraint: constraint.clone(),
                counts: SortedMap::new(),
                weight: 0.0,
            };
            let labelled = |node: &&NodeInfo| node.label(&constraint.key).is_some();
            let size = if constraint.key == HOSTNAME {
                taking_part.len()
            } else if taking_part.iter().any(labelled) {
                weighed.count_domains(state, &taking_part, &takes_part);
                weighed.counts.len()
            } else {
                // Nodes without the label are not scored by it.
                0
            };
            weighed.weight = logarithm(size + 2);
            weighed
        };
        Self {
            constraints: constraints.iter().map(weigh).collect(),
            ignored: ignored.iter().map(|node| node.node.name()).collect(),
        }
    }

    pub(super) fn scores(&self, pod: &PodState<'_>, nodes: &[&NodeInfo]) -> Option<Vec<i64>> {
        if self.constraints.is_empty() {
            return None;
        }
        let mut looked_at = vec![Counted::new(); self.constraints.len()];
        let of = |node: &&NodeInfo| {
            (!self.ignored.contains(&node.node.name())).then(|| self.score(pod, node, &mut looked_at))
        };
        let scores: Vec<Option<i64>> = nodes.iter().map(of).collect();
        let counted = || scores.iter().flatten().copied();
        let (least, most) = (counted().min().unwrap_or(0), counted().max().unwrap_or(0));
        let normalised = scores.iter().map(|score| match score {
            None => 0,
            Some(_) if most == 0 => MAX_NODE_SCORE,
            Some(score) => MAX_NODE_SCORE * (most + least - score) / most,
        });
        Some(normalised.collect())
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "counts of Pods are small"
    )]
    fn score(&self, pod: &PodState<'_>, node: &NodeInfo, looked_at: &mut [Counted]) -> i64 {
        let mut sum = 0.0;
        for (weighed, counted) in self.constraints.iter().zip(looked_at) {
            let constraint = &weighed.constraint;
            let Some(value) = node.label(&constraint.key) else {
                continue;
            };
            let count = if constraint.key == HOSTNAME {
                weighed.count(pod.pod, node, counted)
            } else {
                weighed.counts.get(value.as_str()).copied().unwrap_or(0)
            };
            sum += count as f64 * weighed.weight + f64::from(constraint.max_skew - 1);
        }
        sum.round() as i64
    }
}

/// The natural logarithm of a number from 2 on, by operations that are the same on every platform.
fn logarithm(number: usize) -> f64 {
    const LN_2: f64 = std::f64::consts::LN_2;
    let (mut mantissa, mut exponent) = (f64::from(u32::try_from(number).unwrap_or(u32::MAX)), 0.0);
    while mantissa > 1.5 {
        mantissa /= 2.0;
        exponent += 1.0;
    }
    // 2 artanh(z), whose series ends soon for small z.
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let (mut power, mut sum, mut odd) = (z, 0.0, 1.0);
    while odd < 40.0 {
        sum += power / odd;
        power *= z * z;
        odd += 2.0;
    }
    2.0 * sum + exponent * LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_that() {
        for (number, expected) in [
            (3, 1.0986122886681),
            (6, 1.7917594692281),
            (100, 4.6051701859881),
            (5_002, 8.5175931114376),
        ] {
            let found = logarithm(number);
            assert!((found - expected).abs() < 1e-12, "{number}: {found} {expected}");
        }
    }
}
