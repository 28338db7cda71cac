//! The scale of the timeline. Pure: moments at which nothing happens for long take little room, so that a cluster that idled for an hour
//! can still be gone through by the minute.

use crate::view::decimal::within;

/// Up to this long a quiet time is drawn as it is, in microseconds.
const QUIET_US: u64 = 20_000_000;
/// What is longer than that is drawn this many times shorter.
const SHORTER: u64 = 40;

/// From moments to places and back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scale {
    /// A moment and the length of the line up to it.
    knots: Vec<(u64, u64)>,
}

impl Scale {
    /// A scale up to `end_us` for a line on which something happens at these moments.
    pub(super) fn new(moments: impl Iterator<Item = u64>, end_us: u64) -> Self {
        let mut moments: Vec<u64> = moments.filter(|at| *at < end_us).chain([end_us]).collect();
        timonier_core::sort::sort(&mut moments);
        moments.dedup();
        let mut knots = vec![(0, 0)];
        for at in moments {
            let (before, length) = knots.last().copied().unwrap_or_default();
            let gap = at - before;
            let start = gap.min(QUIET_US);
            if gap > start {
                knots.push((before + start, length + start));
            }
            knots.push((at, length + start + (gap - start) / SHORTER));
        }
        Self { knots }
    }

    fn length(&self) -> u64 {
        self.knots.last().map_or(1, |(_, length)| (*length).max(1))
    }

    /// Where a moment is, from 0 to 1.
    pub(super) fn place(&self, at_us: u64) -> f64 {
        convert(&self.knots, at_us, |knot| *knot) as f64 / self.length() as f64
    }

    /// The moment at a place.
    pub(super) fn moment(&self, place: f64) -> u64 {
        let along = (within(place, 0.0, 1.0) * self.length() as f64) as u64;
        convert(&self.knots, along, |(moment, length)| (*length, *moment))
    }

    /// The quiet times that are drawn shorter, each as the place where it begins.
    pub(super) fn breaks(&self) -> impl Iterator<Item = f64> {
        let pairs = self.knots.iter().zip(self.knots.iter().skip(1));
        let short = pairs.filter(|(a, b)| b.0 - a.0 > 2 * (b.1 - a.1).max(1));
        short.map(|(a, b)| (a.1 + b.1) as f64 / 2.0 / self.length() as f64)
    }
}

/// The second value where the first is `at`, between knots in proportion.
fn convert(knots: &[(u64, u64)], at: u64, of: impl Fn(&(u64, u64)) -> (u64, u64)) -> u64 {
    let next = knots.partition_point(|knot| of(knot).0 < at);
    let next = next.min(knots.len().saturating_sub(1));
    let (b, a) = (knots.get(next), knots.get(next.saturating_sub(1)));
    let (Some((b0, b1)), Some((a0, a1))) = (b.map(&of), a.map(&of)) else {
        return 0;
    };
    if b0 <= a0 || at >= b0 {
        return b1;
    }
    let share = (at.saturating_sub(a0)) as f64 / (b0 - a0) as f64;
    a1 + ((b1 - a1) as f64 * share) as u64
}

#[cfg(test)]
mod tests {
    use super::{QUIET_US, Scale};

    #[test]
    fn quiet_times_are_short_and_every_moment_comes_back() {
        let hour = 3_600_000_000;
        let scale = Scale::new([1_000_000, 5_000_000, hour].into_iter(), hour + 10_000_000);
        assert!(scale.place(5_000_000) > 0.03, "{}", scale.place(5_000_000));
        assert!(scale.place(hour) > scale.place(5_000_000 + QUIET_US));
        assert_eq!(scale.breaks().count(), 1);
        for at in [
            0,
            1_000_000,
            4_000_000,
            17_000_000,
            hour / 2,
            hour,
            hour + 10_000_000,
        ] {
            let back = scale.moment(scale.place(at));
            assert!(back.abs_diff(at) < 200_000, "{at} came back as {back}");
        }
        assert_eq!(Scale::new([].into_iter(), 0).moment(1.0), 0);
    }
}
