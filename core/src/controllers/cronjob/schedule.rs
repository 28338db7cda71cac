//! Which moment of a schedule is due (`utils.go`).

use std::time::Duration;

use crate::api::CronJob;
use crate::api::cron::Schedule;
use crate::api::meta::MetaExt;
use crate::sim::{Time, Zone};

/// More missed moments than this are told of.
const MANY: u32 = 100;
/// Moments that are looked through at most, should the controller have been stopped for long.
const MOST: u32 = 100_000;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    /// The latest moment that has passed.
    pub(super) at: Time,
    /// Whether suspiciously many passed before it.
    pub(super) many_missed: bool,
}

/// The latest moment that has passed since the last Job, if there is one (`mostRecentScheduleTime`).
pub(super) fn due(cron_job: &CronJob, schedule: &Schedule, zone: &Zone, now: Time) -> Option<Due> {
    let mut earliest = match &cron_job.status.last_schedule_time {
        Some(last) => Time::from_timestamp(last.0),
        None => cron_job.metadata.created_at(),
    };
    if let Some(secs) = cron_job.spec.starting_deadline_seconds {
        let deadline = Duration::from_secs(u64::try_from(secs).unwrap_or(0));
        earliest = earliest.max(Time::ZERO + now.since(Time::ZERO).saturating_sub(deadline));
    }
    let mut at = schedule.next(earliest, zone).filter(|first| *first <= now)?;
    let mut missed = 0;
    while missed < MOST
        && let Some(next) = schedule.next(at, zone).filter(|next| *next <= now)
    {
        at = next;
        missed += 1;
    }
    Some(Due {
        at,
        many_missed: missed > MANY,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::meta::meta_time;
    use crate::api::types::batch::{CronJobSpec, CronJobStatus};
    use crate::api::types::meta::ObjectMeta;

    #[test]
    fn the_latest_moment_that_has_passed_is_due() {
        // Minutes after the virtual clock's start, which is a whole hour.
        let check =
            |created: u64, last: Option<u64>, deadline: Option<i64>, now_secs: u64, expected: Option<u64>| {
                let minute = |minutes: u64| Time::from_secs(minutes * 60);
                let metadata = ObjectMeta {
                    creation_timestamp: Some(meta_time(minute(created))),
                    ..ObjectMeta::default()
                };
                let spec = CronJobSpec {
                    starting_deadline_seconds: deadline,
                    ..CronJobSpec::default()
                };
                let status = CronJobStatus {
                    last_schedule_time: last.map(|at| meta_time(minute(at))),
                    ..CronJobStatus::default()
                };
                let cron_job = CronJob::new(metadata, spec, status);
                let schedule = Schedule::parse("*/10 * * * *").expect("a schedule");
                let found = due(&cron_job, &schedule, &Zone::UTC, Time::from_secs(now_secs));
                assert_eq!(
                    found.map(|due| due.at),
                    expected.map(minute),
                    "{created} {last:?} {now_secs}"
                );
            };
        check(3, None, None, 9 * 60, None);
        check(3, None, None, 10 * 60, Some(10));
        check(3, None, None, 10 * 60 + 5, Some(10));
        check(3, Some(10), None, 19 * 60, None);
        check(3, Some(10), None, 45 * 60, Some(40));
        check(3, Some(10), Some(60), 45 * 60, None);
        check(3, Some(10), Some(600), 45 * 60, Some(40));
    }
}
