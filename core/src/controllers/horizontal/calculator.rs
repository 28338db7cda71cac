//! How many replicas a metric asks for (`replica_calculator.go`, `metrics/utilization.go`).

/// The largest deviation that changes nothing (`--horizontal-pod-autoscaler-tolerance`).
pub(super) const TOLERANCE: f64 = 0.1;

/// What is known of a Pod's use of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It counts with this much.
    Measured(i64),
    /// It is there but not ready yet: its use says nothing.
    Unready,
    /// Nothing is known of it.
    Missing,
    /// It is going, or has failed: it does not count.
    Ignored,
}

/// A Pod as the calculation sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    /// What it uses.
    pub(super) usage: Use,
    /// What it requests of the resource.
    pub(super) request: i64,
}

/// What is wanted of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// This share of what was requested, in percent, on average.
    Utilization(i32),
    /// This much in each Pod, on average.
    Average(i64),
}

/// What is measured: the average over the Pods that count, as a share of the requests and as an amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measured {
    /// In percent of the requests.
    pub(super) percent: i32,
    /// The amount in each Pod.
    pub(super) average: i64,
}

/// Tolerances for growing and for shrinking.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tolerances {
    pub(super) up: f64,
    pub(super) down: f64,
}

impl Tolerances {
    fn allow(self, ratio: f64) -> bool {
        (1.0 - self.down..=1.0 + self.up).contains(&ratio)
    }
}

/// The number of replicas that brings the measure to the goal, and the measure.
///
/// # Errors
///
/// When nothing was measured.
pub(super) fn replicas(
    samples: &[Sample],
    goal: Goal,
    current: i32,
    tolerances: Tolerances,
) -> Result<(i32, Measured), String> {
    let mut counted: Vec<(i64, i64)> = Vec::new();
    for sample in samples {
        if let Use::Measured(usage) = sample.usage {
            counted.push((usage, sample.request));
        }
    }
    if counted.is_empty() {
        return Err("did not receive metrics for targeted pods (pods might be unready)".to_owned());
    }
    let ready = counted.len();
    let (ratio, measured) = ratio(&counted, goal).ok_or("no metrics returned matched known pods")?;
    let requests_of = |wanted: Use| {
        samples
            .iter()
            .filter(move |sample| sample.usage == wanted)
            .map(|sample| sample.request)
    };
    let missing: Vec<i64> = requests_of(Use::Missing).collect();
    // Pods that are not ready hold back a growth, never a shrinking.
    let unready: Vec<i64> = requests_of(Use::Unready).filter(|_| ratio > 1.0).collect();
    if missing.is_empty() && unready.is_empty() {
        if tolerances.allow(ratio) {
            return Ok((current, measured));
        }
        return Ok((ceil(ratio, ready), measured));
    }
    // What is not known is taken for what changes least.
    for request in missing {
        let assumed = match goal {
            _ if ratio >= 1.0 => 0,
            Goal::Utilization(percent) => request * i64::from(percent.max(100)) / 100,
            Goal::Average(amount) => amount,
        };
        counted.push((assumed, request));
    }
    counted.extend(unready.into_iter().map(|request| (0, request)));
    let (new_ratio, _) = self::ratio(&counted, goal).ok_or("no metrics returned matched known pods")?;
    let turned = (ratio < 1.0 && new_ratio > 1.0) || (ratio > 1.0 && new_ratio < 1.0);
    if tolerances.allow(new_ratio) || turned {
        return Ok((current, measured));
    }
    let wanted = ceil(new_ratio, counted.len());
    let against = (new_ratio < 1.0 && wanted > current) || (new_ratio > 1.0 && wanted < current);
    Ok((if against { current } else { wanted }, measured))
}

/// How far the measure is from the goal, as a factor.
fn ratio(counted: &[(i64, i64)], goal: Goal) -> Option<(f64, Measured)> {
    let usage: i64 = counted.iter().map(|(usage, _)| usage).sum();
    let requests: i64 = counted.iter().map(|(_, request)| request).sum();
    let average = usage.checked_div(i64::try_from(counted.len()).ok()?)?;
    let percent = (usage * 100).checked_div(requests).unwrap_or(0);
    let percent = i32::try_from(percent).unwrap_or(i32::MAX);
    let ratio = match goal {
        Goal::Utilization(_) if requests == 0 => return None,
        Goal::Utilization(target) => f64::from(percent) / f64::from(target),
        Goal::Average(target) => as_float(average) / as_float(target),
    };
    Some((ratio, Measured { percent, average }))
}

fn ceil(ratio: f64, pods: usize) -> i32 {
    let wanted = (ratio * as_float(i64::try_from(pods).unwrap_or(i64::MAX))).ceil();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a conversion to an integer keeps within its bounds"
    )]
    let wanted = wanted as i32;
    wanted
}

fn as_float(value: i64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "as upstream: amounts are far below what a float holds exactly"
    )]
    let value = value as f64;
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Tolerances = Tolerances {
        up: TOLERANCE,
        down: TOLERANCE,
    };

    fn measured(usage: &[i64], request: i64) -> Vec<Sample> {
        let sample = |usage: &i64| Sample {
            usage: Use::Measured(*usage),
            request,
        };
        usage.iter().map(sample).collect()
    }

    fn with(mut samples: Vec<Sample>, usage: Use, count: usize, request: i64) -> Vec<Sample> {
        samples.extend(std::iter::repeat_n(Sample { usage, request }, count));
        samples
    }

    /// Upstream's own cases (`replica_calculator_test.go`), with their numbers.
    #[test]
    fn replicas_follow_the_measure() {
        let check = |samples: Vec<Sample>, goal, current, expected: Option<i32>| {
            let found = replicas(&samples, goal, current, USUAL)
                .ok()
                .map(|(replicas, _)| replicas);
            assert_eq!(found, expected, "{samples:?} {goal:?}");
        };
        let percent = Goal::Utilization;
        check(measured(&[300, 500, 700], 1000), percent(30), 3, Some(5));
        check(
            with(measured(&[500, 700], 1000), Use::Unready, 1, 1000),
            percent(30),
            3,
            Some(4),
        );
        check(
            with(measured(&[900], 1000), Use::Unready, 2, 1000),
            percent(50),
            3,
            Some(3),
        );
        check(
            with(measured(&[500, 700], 1000), Use::Ignored, 1, 1000),
            percent(30),
            2,
            Some(4),
        );
        check(
            measured(&[100, 300, 500, 250, 250], 1000),
            percent(50),
            5,
            Some(3),
        );
        check(
            with(measured(&[100, 300, 500, 250, 250], 1000), Use::Unready, 2, 1000),
            percent(50),
            5,
            Some(3),
        );
        check(measured(&[1010, 1030, 1020], 1000), percent(100), 3, Some(3));
        check(
            with(measured(&[100, 95], 1000), Use::Missing, 2, 1000),
            percent(100),
            4,
            Some(3),
        );
        check(
            with(measured(&[1000], 1000), Use::Missing, 1, 1000),
            percent(30),
            2,
            Some(4),
        );
        check(Vec::new(), percent(30), 2, None);
        check(measured(&[100, 100], 0), percent(30), 2, None);
        check(measured(&[20, 10, 30], 0), Goal::Average(15), 3, Some(4));
        check(measured(&[12, 12, 12, 12, 12], 0), Goal::Average(20), 5, Some(3));
    }

    #[test]
    fn the_measure_is_told() {
        let (_, found) =
            replicas(&measured(&[300, 500, 700], 1000), Goal::Utilization(30), 3, USUAL).expect("measured");
        assert_eq!(
            found,
            Measured {
                percent: 50,
                average: 500
            }
        );
    }
}
