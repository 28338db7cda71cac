//! Cron schedules as CronJobs have them. What is a schedule, and what is said of one that is none, is
//! `github.com/robfig/cron/v3`'s standard parser; the moments are `croner`'s.

mod syntax;
pub mod timezone;

use std::time::Duration;

use croner::parser::CronParser;
use jiff::tz::TimeZone;

use crate::sim::Time;

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Moments of the calendar: a pattern of five fields, spelt out.
    Calendar(String),
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
    pub fn next(&self, after: Time, zone: &TimeZone) -> Option<Time> {
        let pattern = match self {
            Self::Every(delay) => {
                let whole_secs = Time::from_secs(after.as_secs());
                return Some(whole_secs + *delay);
            }
            Self::Calendar(pattern) => pattern,
        };
        let cron = CronParser::new().parse(pattern).ok()?;
        let after = after.timestamp_micros().to_zoned(zone.clone());
        let found = cron.find_next_occurrence(&after, false).ok()?;
        Some(Time::from_timestamp(found.timestamp()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first three moments after noon of the virtual clock's first day (7 September 2026, a Monday).
    fn next(schedule: &str, zone: &str) -> Vec<String> {
        let schedule = Schedule::parse(schedule).expect("a schedule");
        let zone = timezone::find(zone).expect("a time zone");
        let mut at = Time::from_timestamp("2026-09-07T12:00:00Z".parse().expect("a moment"));
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
