//! The arithmetic of a rollout (`deployment/util/deployment_util.go`): how many Pods may be too many or too few, and how a
//! change of size is shared between ReplicaSets.

use crate::api::types::IntOrString;
use crate::api::{Deployment, ReplicaSet};

use super::{is_recreate, revisions};
use crate::api::meta::MetaExt;

/// A number, or a percentage of `total`.
fn resolve(value: Option<&IntOrString>, total: i32, round_up: bool) -> i32 {
    match value {
        None => 0,
        Some(IntOrString::Int(number)) => *number,
        Some(IntOrString::String(text)) => {
            let percent: i64 = text
                .strip_suffix('%')
                .and_then(|number| number.parse().ok())
                .unwrap_or(0);
            let product = percent * i64::from(total);
            let share = if round_up {
                (product + 99).div_euclid(100)
            } else {
                product.div_euclid(100)
            };
            i32::try_from(share).unwrap_or(i32::MAX)
        }
    }
}

/// How many Pods there may be above the desired number, and how many below (`ResolveFenceposts`): surges round up, what may
/// be missing rounds down, and both cannot be zero.
pub(super) fn fenceposts(
    max_surge: Option<&IntOrString>,
    max_unavailable: Option<&IntOrString>,
    desired: i32,
) -> (i32, i32) {
    let surge = resolve(max_surge, desired, true);
    let unavailable = resolve(max_unavailable, desired, false);
    if surge == 0 && unavailable == 0 {
        (0, 1)
    } else {
        (surge, unavailable)
    }
}

/// The surge and the unavailability that a Deployment allows.
pub(super) fn limits(deployment: &Deployment) -> (i32, i32) {
    let desired = deployment.spec.replicas.unwrap_or(1);
    let rolling = deployment
        .spec
        .strategy
        .as_ref()
        .and_then(|strategy| strategy.rolling_update.as_ref());
    if is_recreate(deployment) || desired == 0 {
        return (0, 0);
    }
    let (surge, unavailable) = fenceposts(
        rolling.and_then(|rolling| rolling.max_surge.as_ref()),
        rolling.and_then(|rolling| rolling.max_unavailable.as_ref()),
        desired,
    );
    (surge, unavailable.min(desired))
}

/// `spec.replicas` of all.
pub(super) fn replicas_of<'a>(sets: impl IntoIterator<Item = &'a ReplicaSet>) -> i32 {
    sets.into_iter().map(|set| set.spec.replicas.unwrap_or(1)).sum()
}

/// `status.availableReplicas` of all.
pub(super) fn available_of<'a>(sets: impl IntoIterator<Item = &'a ReplicaSet>) -> i32 {
    sets.into_iter()
        .map(|set| set.status.available_replicas.unwrap_or(0))
        .sum()
}

/// `status.availableReplicas` of all, at most as many as each was told to keep. A status that is older than the last scaling
/// down still counts Pods that are about to go: upstream takes it as it is, and may fall below the minimum for a moment.
pub(super) fn staying_available<'a>(sets: impl IntoIterator<Item = &'a ReplicaSet>) -> i32 {
    let staying = |set: &ReplicaSet| {
        let available = set.status.available_replicas.unwrap_or(0);
        available.min(set.spec.replicas.unwrap_or(1))
    };
    sets.into_iter().map(staying).sum()
}

/// The size that the new ReplicaSet may have now (`NewRSNewReplicas`).
pub(super) fn new_replicas(deployment: &Deployment, all: i32, new: i32) -> i32 {
    let desired = deployment.spec.replicas.unwrap_or(1);
    if is_recreate(deployment) {
        return desired;
    }
    let most = desired + limits(deployment).0;
    if all >= most {
        new
    } else {
        new + (most - all).min(desired - new)
    }
}

/// How much of a change of size one ReplicaSet takes (`GetReplicaSetFraction`), as its share of the size before.
pub(super) fn fraction(deployment: &Deployment, set: &ReplicaSet, to_add: i32, added: i32) -> i32 {
    let size = set.spec.replicas.unwrap_or(1);
    if size == 0 || to_add == 0 || added == to_add {
        return 0;
    }
    let allowed = to_add - added;
    let desired = deployment.spec.replicas.unwrap_or(1);
    let most = i64::from(desired + limits(deployment).0);
    let before = set
        .metadata
        .annotation(revisions::MAX_REPLICAS)
        .and_then(|text| text.parse::<i64>().ok());
    let before = before
        .filter(|before| *before > 0)
        .unwrap_or_else(|| i64::from(deployment.status.replicas.unwrap_or(0)));
    if before == 0 {
        return 0;
    }
    // Rounded to the nearest, halves away from zero.
    let product = i64::from(size) * most;
    let rounded = (2 * product + before).div_euclid(2 * before);
    let share = i32::try_from(rounded).unwrap_or(i32::MAX) - size;
    if to_add > 0 {
        share.min(allowed)
    } else {
        share.max(allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surges_round_up_and_what_is_missing_rounds_down() {
        let percent = |text: &str| Some(IntOrString::String(text.to_owned()));
        for (surge, unavailable, desired, expected) in [
            (percent("25%"), percent("25%"), 3, (1, 0)),
            (percent("25%"), percent("25%"), 10, (3, 2)),
            (percent("25%"), percent("25%"), 1, (1, 0)),
            (Some(IntOrString::Int(0)), percent("10%"), 3, (0, 1)),
            (Some(IntOrString::Int(2)), Some(IntOrString::Int(1)), 3, (2, 1)),
            (percent("100%"), Some(IntOrString::Int(0)), 4, (4, 0)),
        ] {
            assert_eq!(
                fenceposts(surge.as_ref(), unavailable.as_ref(), desired),
                expected
            );
        }
    }
}
