//! What a container gets of its node's CPUs: its limit is a quota for each tenth of a second (CFS bandwidth control), and who has used it up waits
//! for the next. Work is done in the order in which it came.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::instance::Limits;
use crate::sim::Time;

/// The period of the quota, in microseconds (`cpuCFSQuotaPeriod`).
const PERIOD: u64 = 100_000;
/// How many may wait for a server (`net.core.somaxconn`, as most servers ask for).
const BACKLOG: u64 = 511;

/// The CPU time of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cpu {
    /// Until when it has something to do.
    busy_until: Time,
    /// What it has used in that period, in microseconds.
    used: u64,
    /// What it has been given to do so far, in microseconds.
    given: u64,
    /// How long the last piece of work kept it busy, in microseconds.
    last_wall: u64,
    /// How often it had to wait for a period.
    throttled: u64,
}

impl Limits {
    fn quota(self) -> Option<u64> {
        self.cpu_millis.map(|millis| (millis * PERIOD / 1_000).max(1_000))
    }

    /// On how many CPUs it works at once.
    fn parallel(self) -> u64 {
        let wanted = self.cpu_millis.map_or(u64::MAX, |millis| millis.div_ceil(1_000));
        wanted.clamp(1, self.cpus.max(1))
    }
}

impl Cpu {
    /// Does a piece of work after what it has to do already; answers when it is done, from now.
    pub fn take(&mut self, now: Time, cost: Duration, limits: Limits) -> Duration {
        let cost = u64::try_from(cost.as_micros()).unwrap_or(u64::MAX);
        let parallel = limits.parallel();
        let start = now.max(self.busy_until);
        let mut at = start.as_micros();
        self.given += cost;
        match limits.quota() {
            None => at += cost / parallel,
            Some(quota) => {
                let period = at / PERIOD;
                if self.busy_until.as_micros() / PERIOD != period {
                    self.used = 0;
                }
                let left = quota.saturating_sub(self.used);
                if cost <= left {
                    at += cost / parallel;
                    self.used += cost;
                } else {
                    let rest = cost - left;
                    let whole = (rest - 1) / quota;
                    self.used = rest - whole * quota;
                    self.throttled += whole + 1;
                    at = (period + 1 + whole) * PERIOD + self.used / parallel;
                }
            }
        }
        self.busy_until = Time(at);
        self.last_wall = self
            .busy_until
            .since(start)
            .as_micros()
            .try_into()
            .unwrap_or(u64::MAX);
        // Alone, a piece of work is done on one CPU.
        self.busy_until.since(now) + Duration::from_micros(cost - cost / parallel)
    }

    /// Whether nobody else is let in.
    #[must_use]
    pub fn is_swamped(&self, now: Time, limits: Limits) -> bool {
        let waits: u64 = self
            .busy_until
            .since(now)
            .as_micros()
            .try_into()
            .unwrap_or(u64::MAX);
        waits > self.last_wall.max(100).saturating_mul(BACKLOG.max(limits.cpus))
    }

    /// What it has used until now, in microseconds of one CPU.
    #[must_use]
    pub fn used_micros(&self, now: Time, limits: Limits) -> u64 {
        let ahead: u64 = self
            .busy_until
            .since(now)
            .as_micros()
            .try_into()
            .unwrap_or(u64::MAX);
        let todo = match limits.quota() {
            None => ahead.saturating_mul(limits.parallel()),
            Some(quota) => ahead.saturating_mul(quota) / PERIOD,
        };
        self.given.saturating_sub(todo)
    }

    /// How often it had to wait for a period (`nr_throttled`).
    #[must_use]
    pub const fn throttled(&self) -> u64 {
        self.throttled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(cpu_millis: Option<u64>) -> Limits {
        Limits {
            cpu_millis,
            memory_bytes: None,
            cpus: 4,
        }
    }

    #[test]
    fn a_limit_stretches_what_does_not_fit_its_quota() {
        let cost = Duration::from_millis(30);
        let done = |limit| Cpu::default().take(Time::ZERO, cost, limits(limit)).as_millis();
        // Quotas: none, 100 ms, 20 ms (20 now, 10 in the next period), 10 ms (three periods).
        assert_eq!(
            [done(None), done(Some(1_000)), done(Some(200)), done(Some(100))],
            [30, 30, 110, 210]
        );
    }

    #[test]
    fn what_is_used_never_passes_the_limit() {
        let (mut cpu, limit) = (Cpu::default(), limits(Some(500)));
        for n in 0..2_000 {
            cpu.take(Time::from_millis(n * 5), Duration::from_millis(10), limit);
        }
        let used = cpu.used_micros(Time::from_secs(10), limit);
        assert!((4_900_000..=5_100_000).contains(&used), "{used}");
        assert!(cpu.throttled() > 90);
    }

    #[test]
    fn who_cannot_keep_up_lets_nobody_else_in() {
        let (mut cpu, limit) = (Cpu::default(), limits(Some(100)));
        let mut let_in = 0;
        for _ in 0..2_000 {
            if !cpu.is_swamped(Time::ZERO, limit) {
                cpu.take(Time::ZERO, Duration::from_millis(10), limit);
                let_in += 1;
            }
        }
        assert!((400..700).contains(&let_in), "{let_in}");
    }
}
