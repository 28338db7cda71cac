//! One container of a Pod, from waiting to its end and its next life.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::environment::Variables;
use super::termination::Stopping;
use crate::api::types::core::Container as ContainerSpec;
use crate::runtime::{Instance, Mount, ResolvedImage};
use crate::sim::Time;

/// The first delay before a container that ended is started again (`initialNodeBackoff`).
const FIRST_BACK_OFF: Duration = Duration::from_secs(10);
/// The longest (`MaxContainerBackOff`).
const MAX_BACK_OFF: Duration = Duration::from_secs(300);

/// What a container is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    /// Not running, for this reason (`ContainerCreating`, `ImagePullBackOff`).
    Waiting { reason: String, message: Option<String> },
    /// Running.
    Running { since: Time },
    /// Ended.
    Terminated(Termination),
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Termination {
    pub(super) exit_code: i32,
    pub(super) reason: String,
    pub(super) message: Option<String>,
    pub(super) started_at: Time,
    pub(super) finished_at: Time,
    pub(super) container_id: String,
}

/// What is being done to bring a container up, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    /// Its image is being pulled since then; the registry's refusal comes at the end too.
    Pulling {
        since: Time,
        until: Time,
        result: Result<ResolvedImage, String>,
    },
    /// It is being created and started.
    Starting { until: Time },
    /// Its `postStart` hook runs: a session, or until a moment.
    PostStart(super::hooks::Running),
}

/// One container of a Pod.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Container {
    pub(super) name: String,
    /// Whether it is an init container.
    pub(super) init: bool,
    /// The spec of an ephemeral container: it was added to a Pod that ran already.
    #[serde(default)]
    pub(super) ephemeral: Option<Box<ContainerSpec>>,
    pub(super) state: State,
    pub(super) last: Option<Termination>,
    pub(super) restart_count: i32,
    /// Its present instance's id, empty before the first.
    pub(super) id: String,
    pub(super) image: Option<ResolvedImage>,
    pub(super) step: Option<Step>,
    /// It has passed its readiness probe, or has none.
    pub(super) ready: bool,
    /// It has passed its startup probe, or has none.
    pub(super) started: bool,
    /// Why the last attempt to start it failed: what the status shows from the next look on (`reasonCache`).
    pub(super) failure: Option<(String, String)>,
    /// It has had its turn in the present look at the Pod.
    pub(super) tried: bool,
    /// It is being stopped.
    pub(super) stopping: Option<Stopping>,
    /// Its present instance, or the one that ended.
    pub(super) live: Instance,
    /// The user it runs as.
    pub(super) uid: i64,
    /// What is mounted into it.
    pub(super) mounts: Vec<Mount>,
    /// The delay between its end and its next start.
    restart_back_off: BackOff,
    /// The delay between a failed pull and the next.
    pub(super) pull_back_off: BackOff,
    /// Its image may not be pulled before then.
    pub(super) pull_blocked_until: Time,
    pub(super) previous_log: VecDeque<(Time, String)>,
    /// Whose log `previous_log` is.
    pub(super) previous_id: String,
}

impl Container {
    /// A container that nothing has been done for.
    pub(super) fn new(name: &str, init: bool, waiting: &str) -> Self {
        Self {
            name: name.to_owned(),
            init,
            ephemeral: None,
            state: State::Waiting {
                reason: waiting.to_owned(),
                message: None,
            },
            last: None,
            restart_count: 0,
            id: String::new(),
            image: None,
            step: None,
            ready: false,
            started: false,
            failure: None,
            tried: false,
            stopping: None,
            live: Instance::default(),
            uid: 0,
            mounts: Vec::new(),
            restart_back_off: BackOff::default(),
            pull_back_off: BackOff::default(),
            pull_blocked_until: Time::ZERO,
            previous_log: VecDeque::new(),
            previous_id: String::new(),
        }
    }

    /// Whether it is one of those that the Pod is for.
    pub(super) fn is_main(&self) -> bool {
        !self.init && self.ephemeral.is_none()
    }

    /// It could not be started: the status says so from the next look on.
    pub(super) fn fail(&mut self, reason: &str, message: String) {
        self.step = None;
        self.failure = Some((reason.to_owned(), message));
    }

    /// Whether it is running.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.state, State::Running { .. })
    }

    /// Whether it ended with this success.
    pub(super) fn ended(&self) -> Option<&Termination> {
        if let State::Terminated(termination) = &self.state {
            Some(termination)
        } else {
            None
        }
    }

    /// The termination that is the last known, present or past.
    pub(super) fn last_ended(&self) -> Option<&Termination> {
        self.ended().or(self.last.as_ref())
    }

    /// It starts now as this instance.
    pub(super) fn start(&mut self, now: Time, id: String, env: Arc<Variables>) {
        if let State::Terminated(termination) = &self.state {
            self.last = Some(termination.clone());
        }
        let before = std::mem::replace(&mut self.live, Instance::new(env));
        if !self.id.is_empty() {
            self.restart_count += 1;
            self.previous_log = before.log.into_lines();
            self.previous_id = std::mem::take(&mut self.id);
        }
        self.id = id;
        self.failure = None;
        self.stopping = None;
        self.state = State::Running { since: now };
        self.step = None;
    }

    /// It ended now with this code.
    pub(super) fn end(&mut self, now: Time, exit_code: i32, reason: &str, message: Option<String>) {
        let started_at = if let State::Running { since } = self.state {
            since
        } else {
            now
        };
        self.ready = false;
        self.started = false;
        self.step = None;
        self.stopping = None;
        self.live.end(now);
        // Only the last instance that is dead is kept (`containerGC`).
        self.previous_log.clear();
        self.previous_id.clear();
        self.state = State::Terminated(Termination {
            exit_code,
            reason: reason.to_owned(),
            message,
            started_at,
            finished_at: now,
            container_id: self.id.clone(),
        });
    }

    /// When it ends by itself or by being told to, with which code.
    pub(super) fn ends_at(&self) -> Option<(Time, i32)> {
        self.live.ends_at().filter(|_| self.is_running())
    }

    /// Until when it may not be started again after its end.
    pub(super) fn restart_blocked_until(&self) -> Time {
        let back_off = &self.restart_back_off;
        match self.last_ended() {
            // What ran for long enough is started again at once (`IsInBackOffSince`).
            Some(ended) if !back_off.has_expired(ended.finished_at) => ended.finished_at + back_off.delay,
            _ => Time::ZERO,
        }
    }

    /// The delay that holds it back now.
    pub(super) fn restart_delay(&self) -> Duration {
        self.restart_back_off.delay
    }

    /// It is started again: the next time it waits longer.
    pub(super) fn restarting(&mut self, now: Time) {
        self.restart_back_off.next(now);
    }
}

/// A delay that doubles each time, from ten seconds to five minutes, and starts over after ten quiet minutes
/// (`flowcontrol.Backoff`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct BackOff {
    delay: Duration,
    updated_at: Time,
}

impl BackOff {
    fn has_expired(&self, now: Time) -> bool {
        now.since(self.updated_at) > MAX_BACK_OFF * 2
    }

    /// The next delay.
    pub(super) fn next(&mut self, now: Time) -> Duration {
        self.delay = if self.delay.is_zero() || self.has_expired(now) {
            FIRST_BACK_OFF
        } else {
            (self.delay * 2).min(MAX_BACK_OFF)
        };
        self.updated_at = now;
        self.delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_back_off_doubles_to_five_minutes_and_starts_over() {
        let mut back_off = BackOff::default();
        let delays: Vec<u64> = (0..7)
            .map(|n| back_off.next(Time::from_secs(n)).as_secs())
            .collect();
        assert_eq!(delays, [10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(back_off.next(Time::from_secs(700)).as_secs(), 10);
    }
}
