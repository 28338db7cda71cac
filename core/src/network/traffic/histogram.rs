//! How long answers took, in cells whose limits are round numbers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

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
    pub(super) fn cell(took: Duration) -> u8 {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut cells = 0..70;
        cells
            .find(|cell| micros <= Self::limit_micros(*cell))
            .unwrap_or(70)
    }

    pub(super) fn put(&mut self, cell: u8, count: u32) {
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
}
