//! How much virtual time the wall clock allows: a fixed relation with an accumulator and a cap, so that a tab that slept
//! does not come back in turbo.

use crate::protocol::Pace;

/// The longest stretch of wall time that one look at the clock may grant, in milliseconds.
const CAP_MS: f64 = 250.0;

/// Grants virtual time.
#[derive(Clone, Debug)]
pub struct Pacing {
    pace: Pace,
    /// Wall time of the last look; `None` before the first and after a pause.
    last_ms: Option<f64>,
    /// Virtual time granted and not used yet, in microseconds.
    credit_us: u64,
}

impl Pacing {
    /// A clock that runs at this pace.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            last_ms: None,
            credit_us: 0,
        }
    }

    /// The pace.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Changes the pace; time granted at the old one is forgotten, so that a pause stops at once.
    pub fn set_pace(&mut self, pace: Pace) {
        *self = Self::new(pace);
    }

    /// Looks at the clock: virtual microseconds that may be computed now.
    pub fn grant(&mut self, wall_ms: f64) -> u64 {
        if let Some(last) = self.last_ms {
            let elapsed_ms = (wall_ms - last).clamp(0.0, CAP_MS);
            let cap_us = millis_to_micros(CAP_MS) * self.pace.factor();
            let granted_us = millis_to_micros(elapsed_ms) * self.pace.factor();
            self.credit_us = (self.credit_us + granted_us).min(cap_us);
        }
        self.last_ms = Some(wall_ms);
        self.credit_us
    }

    /// This much of the granted time has been computed, in microseconds.
    pub fn spend(&mut self, used_us: u64) {
        self.credit_us = self.credit_us.saturating_sub(used_us);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=CAP_MS before"
)]
fn millis_to_micros(ms: f64) -> u64 {
    (ms * 1000.0) as u64
}

#[cfg(test)]
mod tests {
    use super::Pacing;
    use crate::protocol::Pace;

    fn check(pace: Pace, looks_ms: &[f64], expected_us: u64) {
        let mut pacing = Pacing::new(pace);
        let granted = looks_ms.iter().map(|&ms| pacing.grant(ms)).last();
        assert_eq!(granted, Some(expected_us), "{pace:?} {looks_ms:?}");
    }

    #[test]
    fn grants_in_proportion_and_never_in_turbo() {
        check(Pace::Normal, &[5.0], 0);
        check(Pace::Normal, &[5.0, 15.0], 10_000);
        check(Pace::Fast, &[0.0, 10.0, 20.0], 100_000);
        check(Pace::Faster, &[0.0, 10.0], 200_000);
        check(Pace::Paused, &[0.0, 100.0], 0);
        check(Pace::Normal, &[0.0, 3_600_000.0], 250_000);
        check(Pace::Normal, &[0.0, 200.0, 400.0, 600.0], 250_000);
        check(Pace::Normal, &[100.0, 50.0], 0);
    }

    #[test]
    fn what_is_spent_is_gone() {
        let mut pacing = Pacing::new(Pace::Normal);
        pacing.grant(0.0);
        assert_eq!(pacing.grant(100.0), 100_000);
        pacing.spend(60_000);
        assert_eq!(pacing.grant(100.0), 40_000);
        pacing.set_pace(Pace::Paused);
        assert_eq!(pacing.grant(1000.0), 0);
    }
}
