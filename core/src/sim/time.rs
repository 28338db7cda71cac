//! Virtual time: microseconds since the cluster came up.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The calendar moment of [`Time::ZERO`]: 2026-09-07T08:00:00Z, a Monday morning.
pub const EPOCH_SECS: i64 = 1_788_768_000;

/// A moment of virtual time, in microseconds since the cluster came up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Time(pub u64);

impl Time {
    /// The moment at which a cluster comes up.
    pub const ZERO: Self = Self(0);
    /// A moment that never comes.
    pub const MAX: Self = Self(u64::MAX);

    /// A moment so many seconds after the cluster came up.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000_000)
    }

    /// A moment so many milliseconds after the cluster came up.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000)
    }

    /// Microseconds since the cluster came up.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Seconds since the cluster came up, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000
    }

    /// How long ago `earlier` was; zero if it is yet to come.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The calendar moment, to the second: the resolution of `metav1.Time`.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_second(EPOCH_SECS.saturating_add_unsigned(self.as_secs())).unwrap_or(Timestamp::MAX)
    }

    /// The calendar moment, to the microsecond: the resolution of `metav1.MicroTime`.
    #[must_use]
    pub fn timestamp_micros(self) -> Timestamp {
        let micros = EPOCH_SECS
            .saturating_mul(1_000_000)
            .saturating_add_unsigned(self.0);
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// The virtual moment of a calendar one; [`Time::ZERO`] for what was before.
    #[must_use]
    pub fn from_timestamp(timestamp: Timestamp) -> Self {
        let micros = timestamp
            .as_microsecond()
            .saturating_sub(EPOCH_SECS.saturating_mul(1_000_000));
        Self(u64::try_from(micros).unwrap_or(0))
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX)),
        )
    }
}

impl AddAssign<Duration> for Time {
    fn add_assign(&mut self, rhs: Duration) {
        *self = *self + rhs;
    }
}

impl Sub<Duration> for Time {
    type Output = Self;

    fn sub(self, rhs: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX)),
        )
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_is_the_monday_it_says() {
        assert_eq!(Time::ZERO.timestamp().to_string(), "2026-09-07T08:00:00Z");
        assert_eq!(
            Time::from_timestamp(Time::from_millis(1_500).timestamp_micros()),
            Time::from_millis(1_500)
        );
    }
}
