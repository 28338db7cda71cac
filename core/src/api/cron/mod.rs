//! Cron schedules as CronJobs have them. What is a schedule, and what is said of one that is none, is
//! `github.com/robfig/cron/v3`'s standard parser, and so are the moments.

mod syntax;
pub mod timezone;

use std::time::Duration;

use crate::sim::calendar::Civil;
use crate::sim::{EPOCH_SECS, Time, Zone};

/// Years after which a schedule that has had no moment has none.
const YEARS: i64 = 5;

/// A field of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// One bit for each value that fits.
    bits: u64,
    /// Whether it is a star: all values, and of the two kinds of days the other decides.
    star: bool,
}

impl Field {
    const fn fits(self, value: i64) -> bool {
        self.bits >> value & 1 == 1
    }
}

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Moments of the calendar: minutes, hours, days, months and days of the week.
    Calendar([Field; 5]),
    /// `@every`: a fixed delay, counted from the moment before.
    Every(Duration),
}

impl Schedule {
    /// Reads a schedule (`cron.ParseStandard`).
    ///
    /// # Errors
    ///
    /// What is wrong with it, in the words of Kubernetes.
    pub fn parse(text: &str) -> Result<Self, String> {
        syntax::parse(text)
    }

    /// The first moment after `after`, as clocks show it in `zone`; `None` when there is none (30 February).
    #[must_use]
    pub fn next(&self, after: Time, zone: &Zone) -> Option<Time> {
        match self {
            Self::Every(delay) => Some(Time::from_secs(after.as_secs()) + *delay),
            Self::Calendar(fields) => {
                let after = EPOCH_SECS.saturating_add_unsigned(after.as_secs());
                let found = next(fields, after, zone)?.checked_sub(EPOCH_SECS)?;
                Some(Time::from_secs(u64::try_from(found).ok()?))
            }
        }
    }
}

/// The first minute after `after` that fits (`SpecSchedule.Next`): from the largest unit to the smallest, on to the beginning of the next one
/// as long as one does not fit.
fn next([minutes, hours, days, months, weekdays]: &[Field; 5], after: i64, zone: &Zone) -> Option<i64> {
    let civil = |secs: i64| Civil::at(secs + zone.local(secs).offset_secs);
    let mut secs = after - after.rem_euclid(60) + 60;
    let last = civil(secs).year + YEARS;
    loop {
        let now = civil(secs);
        if now.year > last {
            return None;
        }
        let (day, weekday) = (days.fits(now.day), weekdays.fits(now.weekday()));
        let fits = if days.star || weekdays.star {
            day && weekday
        } else {
            day || weekday
        };
        if !months.fits(now.month) || !fits {
            secs = midnight_after(&now, secs, zone);
        } else if !hours.fits(now.hour) {
            secs += 3_600 - now.minute * 60;
        } else if !minutes.fits(now.minute) {
            secs += 60;
        } else {
            return Some(secs);
        }
    }
}

/// The beginning of the next day, where clocks may have moved.
fn midnight_after(now: &Civil, secs: i64, zone: &Zone) -> i64 {
    let left = 86_400 - now.hour * 3_600 - now.minute * 60;
    let moved = zone.local(secs + left).offset_secs - zone.local(secs).offset_secs;
    // Where midnight itself is skipped, what comes first is an hour later.
    (secs + left - moved).max(secs + 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first three moments after noon of the virtual clock's first day (7 September 2026, a Monday).
    fn next(schedule: &str, zone: &str) -> Vec<String> {
        let schedule = Schedule::parse(schedule).expect("a schedule");
        let zone = timezone::find(zone).expect("a time zone");
        let mut at = Time::from_secs(4 * 3_600);
        let mut found = Vec::new();
        for _ in 0..3 {
            let Some(next) = schedule.next(at, &zone) else {
                break;
            };
            at = next;
            found.push(at.timestamp().to_string());
        }
        found
    }

    #[test]
    fn schedules_have_moments() {
        let check = |schedule, zone, expected: &[&str]| {
            let expected: Vec<_> = expected.iter().map(|at| format!("2026-{at}Z")).collect();
            assert_eq!(next(schedule, zone), expected, "{schedule} {zone}");
        };
        check(
            "*/1 * * * *",
            "UTC",
            &["09-07T12:01:00", "09-07T12:02:00", "09-07T12:03:00"],
        );
        check(
            "0/20 * * * ?",
            "UTC",
            &["09-07T12:20:00", "09-07T12:40:00", "09-07T13:00:00"],
        );
        check(
            "30 8 * * *",
            "Europe/Paris",
            &["09-08T06:30:00", "09-09T06:30:00", "09-10T06:30:00"],
        );
        check(
            "30 8 * * mon-fri",
            "UTC",
            &["09-08T08:30:00", "09-09T08:30:00", "09-10T08:30:00"],
        );
        check(
            "0 0 1 * 0",
            "UTC",
            &["09-13T00:00:00", "09-20T00:00:00", "09-27T00:00:00"],
        );
        check(
            "@daily",
            "UTC",
            &["09-08T00:00:00", "09-09T00:00:00", "09-10T00:00:00"],
        );
        check(
            "@every 90s",
            "UTC",
            &["09-07T12:01:30", "09-07T12:03:00", "09-07T12:04:30"],
        );
        check("0 0 30 2 *", "UTC", &[]);
    }

    #[test]
    fn what_is_no_schedule_is_said_as_upstream_says_it() {
        let check =
            |text, expected: &str| assert_eq!(Schedule::parse(text), Err(expected.to_owned()), "{text}");
        check("", "empty spec string");
        check(
            "toutes les heures",
            "expected exactly 5 fields, found 3: [toutes les heures]",
        );
        check("60 * * * *", "end of range (60) above maximum (59): 60");
        check("* * 0 * *", "beginning of range (0) below minimum (1): 0");
        check("* * * * 7", "end of range (7) above maximum (6): 7");
        check(
            "5-1 * * * *",
            "beginning of range (5) beyond end of range (1): 5-1",
        );
        check("*/0 * * * *", "step of range should be a positive number: */0");
        check("1-2-3 * * * *", "too many hyphens: 1-2-3");
        check(
            "a * * * *",
            "failed to parse int from a: strconv.Atoi: parsing \"a\": invalid syntax",
        );
        check("@heure", "unrecognized descriptor: @heure");
        check(
            "@every demain",
            "failed to parse duration @every demain: time: invalid duration \"demain\"",
        );
    }
}
