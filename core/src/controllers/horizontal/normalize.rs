//! Which of the wanted replicas are allowed now (`normalizeDesiredReplicas`, `normalizeDesiredReplicasWithBehaviors`):
//! no growth faster than its policies, no shrinking before the wish has lasted.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::types::autoscaling::{HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscalerSpec};
use crate::sim::Time;

/// A smaller number must have been wanted for so long (`--horizontal-pod-autoscaler-downscale-stabilization`).
const DOWNSCALE_SECS: i32 = 300;
const UP_FACTOR: i32 = 2;
const UP_LEAST: i32 = 4;

/// What the autoscaler remembers of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct History {
    /// What was wanted, and when.
    pub(super) recommendations: Vec<(Time, i32)>,
    /// By how much it grew, and when.
    pub(super) grown: Vec<(Time, i32)>,
    /// By how much it shrank, and when.
    pub(super) shrunk: Vec<(Time, i32)>,
}

/// A reason and its sentence, as conditions bear them.
pub(super) type Why = (&'static str, &'static str);

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    /// The number.
    pub(super) replicas: i32,
    /// Whether it was held, for `AbleToScale`.
    pub(super) able: Why,
    /// Whether it was cut, for `ScalingLimited`.
    pub(super) limited: Option<Why>,
}

/// The condition when nothing was cut.
pub(super) const WITHIN: Why = (
    "DesiredWithinRange",
    "the desired count is within the acceptable range",
);
const READY: Why = ("ReadyForNewScale", "recommended size matches current size");
const DOWN_STABILIZED: Why = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
);
const UP_STABILIZED: Why = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
);
const TOO_FEW: Why = (
    "TooFewReplicas",
    "the desired replica count is less than the minimum replica count",
);
const TOO_MANY: Why = (
    "TooManyReplicas",
    "the desired replica count is more than the maximum replica count",
);
const UP_LIMIT: Why = (
    "ScaleUpLimit",
    "the desired replica count is increasing faster than the maximum scale rate",
);
const DOWN_LIMIT: Why = (
    "ScaleDownLimit",
    "the desired replica count is decreasing faster than the maximum scale rate",
);

impl History {
    /// What is allowed of `wanted`, which is remembered.
    pub(super) fn allow(
        &mut self,
        spec: &HorizontalPodAutoscalerSpec,
        current: i32,
        wanted: i32,
        now: Time,
    ) -> Allowed {
        let (least, most) = (spec.min_replicas.unwrap_or(1), spec.max_replicas);
        let behavior = spec.behavior.as_ref();
        let rules = behavior.map(|behavior| (behavior.scale_up.clone(), behavior.scale_down.clone()));
        let Some((up, down)) = rules else {
            let stable = self
                .stabilized(current, wanted, (0, DOWNSCALE_SECS), now)
                .max(wanted);
            let limit = (UP_FACTOR * current).max(UP_LEAST);
            let (top, why) = if most > limit {
                (limit, UP_LIMIT)
            } else {
                (most, TOO_MANY)
            };
            let (replicas, limited) = if stable < least {
                (least, Some(TOO_FEW))
            } else if stable > top {
                (top, Some(why))
            } else {
                (stable, None)
            };
            return Allowed {
                replicas,
                able: if stable == wanted { READY } else { DOWN_STABILIZED },
                limited,
            };
        };
        let (up, down) = (up.unwrap_or_default(), down.unwrap_or_default());
        let windows = (
            up.stabilization_window_seconds.unwrap_or(0),
            down.stabilization_window_seconds.unwrap_or(DOWNSCALE_SECS),
        );
        let stable = self.stabilized(current, wanted, windows, now);
        let held = if wanted >= current {
            UP_STABILIZED
        } else {
            DOWN_STABILIZED
        };
        let able = if stable == wanted { READY } else { held };
        let (replicas, limited) = if stable > current {
            let limit = self.growth_limit(&up, current, now).max(current);
            let (top, why) = if most > limit {
                (limit, UP_LIMIT)
            } else {
                (most, TOO_MANY)
            };
            (stable.min(top), (stable > top).then_some(why))
        } else if stable < current {
            let limit = self.shrink_limit(&down, current, now).min(current);
            let (floor, why) = if least < limit {
                (limit, DOWN_LIMIT)
            } else {
                (least, TOO_FEW)
            };
            (stable.max(floor), (stable < floor).then_some(why))
        } else {
            (stable, None)
        };
        Allowed {
            replicas,
            able,
            limited,
        }
    }

    /// Remembers a change of the target.
    pub(super) fn changed(&mut self, before: i32, after: i32, now: Time) {
        let longest = Duration::from_secs(1_800);
        self.grown.retain(|(at, _)| *at + longest > now);
        self.shrunk.retain(|(at, _)| *at + longest > now);
        if after > before {
            self.grown.push((now, after - before));
        } else {
            self.shrunk.push((now, before - after));
        }
    }

    /// The recommendation that has held for long enough: the lowest recent one upwards, the highest downwards.
    fn stabilized(&mut self, current: i32, wanted: i32, (up_secs, down_secs): (i32, i32), now: Time) -> i32 {
        let after = |secs: i32| move |at: Time| at + seconds(secs) > now;
        let (within_up, within_down) = (after(up_secs), after(down_secs));
        let (mut up, mut down) = (wanted, wanted);
        for &(at, recommended) in &self.recommendations {
            if within_up(at) {
                up = up.min(recommended);
            }
            if within_down(at) {
                down = down.max(recommended);
            }
        }
        self.recommendations
            .retain(|(at, _)| *at + seconds(up_secs.max(down_secs)) > now);
        self.recommendations.push((now, wanted));
        current.max(up).min(down)
    }

    fn growth_limit(&self, rules: &HPAScalingRules, current: i32, now: Time) -> i32 {
        let proposals = |policy: &HPAScalingPolicy| {
            let start = self.at_start(policy, current, now);
            match policy.type_.as_str() {
                "Pods" => start + policy.value,
                // Rounded up: a share of few must still be one.
                _ => share(start, 100 + policy.value, true),
            }
        };
        select(rules, current, proposals, true)
    }

    fn shrink_limit(&self, rules: &HPAScalingRules, current: i32, now: Time) -> i32 {
        let proposals = |policy: &HPAScalingPolicy| {
            let start = self.at_start(policy, current, now);
            match policy.type_.as_str() {
                "Pods" => start - policy.value,
                _ => share(start, 100 - policy.value, false),
            }
        };
        select(rules, current, proposals, false)
    }

    /// How many replicas there were when a policy's period began.
    fn at_start(&self, policy: &HPAScalingPolicy, current: i32, now: Time) -> i32 {
        let within = |changes: &[(Time, i32)]| -> i32 {
            changes
                .iter()
                .filter(|(at, _)| *at + seconds(policy.period_seconds) > now)
                .map(|(_, change)| change)
                .sum()
        };
        current - within(&self.grown) + within(&self.shrunk)
    }
}

/// The limit that the policies set together: the one that lets most happen, unless `Min` is asked for.
fn select(
    rules: &HPAScalingRules,
    current: i32,
    proposal: impl Fn(&HPAScalingPolicy) -> i32,
    growing: bool,
) -> i32 {
    let proposals = rules.policies.iter().flatten().map(proposal);
    let chosen = match rules.select_policy.as_deref() {
        Some("Disabled") => None,
        Some("Min") if growing => proposals.min(),
        Some("Min") => proposals.max(),
        _ if growing => proposals.max(),
        _ => proposals.min(),
    };
    chosen.unwrap_or(current)
}

fn share(of: i32, percent: i32, up: bool) -> i32 {
    let exact = i64::from(of) * i64::from(percent);
    let whole = exact.div_euclid(100) + i64::from(up && exact.rem_euclid(100) != 0);
    i32::try_from(whole).unwrap_or(i32::MAX)
}

fn seconds(secs: i32) -> Duration {
    Duration::from_secs(u64::try_from(secs).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::autoscaling::HorizontalPodAutoscalerBehavior;

    fn policy(type_: &str, value: i32, period_seconds: i32) -> HPAScalingPolicy {
        HPAScalingPolicy {
            type_: type_.to_owned(),
            value,
            period_seconds,
        }
    }

    fn spec(
        least: i32,
        most: i32,
        behavior: Option<HorizontalPodAutoscalerBehavior>,
    ) -> HorizontalPodAutoscalerSpec {
        HorizontalPodAutoscalerSpec {
            min_replicas: Some(least),
            max_replicas: most,
            behavior,
            ..HorizontalPodAutoscalerSpec::default()
        }
    }

    #[test]
    fn without_behavior_growth_doubles_and_shrinking_waits() {
        let spec = spec(2, 20, None);
        let check = |current, wanted, replicas, limited: Option<Why>| {
            let found = History::default().allow(&spec, current, wanted, Time::from_secs(1_000));
            assert_eq!(
                (found.replicas, found.limited),
                (replicas, limited),
                "{current} {wanted}"
            );
        };
        check(1, 3, 3, None);
        check(1, 9, 4, Some(UP_LIMIT));
        check(6, 30, 12, Some(UP_LIMIT));
        check(15, 30, 20, Some(TOO_MANY));
        check(5, 1, 2, Some(TOO_FEW));
        let mut history = History::default();
        let at = |history: &mut History, secs, wanted| {
            history.allow(&spec, 8, wanted, Time::from_secs(secs)).replicas
        };
        assert_eq!(at(&mut history, 0, 8), 8);
        assert_eq!(at(&mut history, 15, 3), 8);
        assert_eq!(at(&mut history, 299, 3), 8);
        assert_eq!(at(&mut history, 301, 3), 3);
    }

    #[test]
    fn policies_limit_the_rate() {
        let rules = |policies: Vec<HPAScalingPolicy>, select: &str, window| HPAScalingRules {
            policies: Some(policies),
            select_policy: Some(select.to_owned()),
            stabilization_window_seconds: Some(window),
            ..HPAScalingRules::default()
        };
        let check = |up: HPAScalingRules, down: HPAScalingRules, current, wanted, replicas| {
            let behavior = HorizontalPodAutoscalerBehavior {
                scale_up: Some(up),
                scale_down: Some(down),
            };
            let spec = spec(1, 100, Some(behavior));
            let mut history = History::default();
            history.changed(current - 1, current, Time::from_secs(990));
            let found = history.allow(&spec, current, wanted, Time::from_secs(1_000));
            assert_eq!(found.replicas, replicas, "{current} {wanted}");
        };
        let both = || vec![policy("Pods", 4, 15), policy("Percent", 50, 15)];
        // One came ten seconds ago: the period began with nine.
        check(rules(both(), "Max", 0), rules(both(), "Max", 0), 10, 50, 14);
        check(rules(both(), "Min", 0), rules(both(), "Max", 0), 10, 50, 13);
        check(rules(both(), "Disabled", 0), rules(both(), "Max", 0), 10, 50, 10);
        check(rules(both(), "Max", 0), rules(both(), "Max", 0), 10, 1, 4);
        check(rules(both(), "Max", 0), rules(both(), "Min", 0), 10, 1, 5);
        check(rules(both(), "Max", 0), rules(both(), "Disabled", 0), 10, 1, 10);
    }
}
