//! Who of several may act is who holds a Lease (`tools/leaderelection`): it is renewed, and taken over once it has not been
//! for its duration.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Client, Env, EventRecorder, EventType};
use crate::api::types::coordination::LeaseSpec;
use crate::api::types::meta::{MicroTime, ObjectMeta};
use crate::api::{AnyObject, Lease, NoStatus};
use crate::apiserver::User;
use crate::sim::Time;

/// How long a lease holds that is not renewed (`--leader-elect-lease-duration`).
const LEASE_DURATION: Duration = Duration::from_secs(15);
/// A leader that could not renew for so long gives up (`--leader-elect-renew-deadline`).
const RENEW_DEADLINE: Duration = Duration::from_secs(10);
/// How often it is tried (`--leader-elect-retry-period`).
const RETRY_PERIOD: Duration = Duration::from_secs(2);
const NAMESPACE: &str = "kube-system";

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Election {
    /// Nothing changed.
    Same,
    /// It leads from now on.
    Won,
    /// It leads no more: the process ends.
    Lost,
}

/// A candidate for a Lease.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LeaderElector {
    name: String,
    host: String,
    user: User,
    recorder: EventRecorder,
    /// How often its process was started: each has a name of its own.
    starts: u64,
    leading: bool,
    renewed_at: Time,
    /// Who it is in the lease: each process has a name of its own.
    #[serde(default)]
    identity: String,
    /// The lease as it last wrote it: nobody else writes it as long as it holds.
    #[serde(default)]
    observed: Option<Lease>,
    /// The lease of somebody else as last seen, and since when it is so.
    seen: Option<(String, Time)>,
    due_at: Time,
}

impl LeaderElector {
    /// A candidate for the lease of this name, on this host.
    #[must_use]
    pub fn new(name: &str, host: &str, recorder: &str) -> Self {
        Self {
            name: name.to_owned(),
            host: host.to_owned(),
            user: User::component(&format!("system:{name}")),
            recorder: EventRecorder::new(recorder, ""),
            starts: 0,
            leading: false,
            renewed_at: Time::ZERO,
            identity: String::new(),
            observed: None,
            seen: None,
            due_at: Time::ZERO,
        }
    }

    /// Its process is started anew.
    pub fn restart(&mut self, now: Time) {
        self.starts += 1;
        self.leading = false;
        self.identity.clear();
        self.observed = None;
        self.seen = None;
        self.due_at = now;
    }

    /// Whether it leads.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.leading
    }

    /// When it tries again.
    #[must_use]
    pub fn due_at(&self) -> Time {
        self.due_at
    }

    /// Renews the lease, or tries to take it, if it is time to.
    pub fn tick(&mut self, env: &mut Env<'_>) -> Election {
        let now = env.sim.now;
        if now < self.due_at {
            return Election::Same;
        }
        self.due_at = now + RETRY_PERIOD;
        if self.try_to_hold(env) {
            self.renewed_at = now;
            return if std::mem::replace(&mut self.leading, true) {
                Election::Same
            } else {
                Election::Won
            };
        }
        if self.leading && now.since(self.renewed_at) >= RENEW_DEADLINE {
            self.leading = false;
            return Election::Lost;
        }
        Election::Same
    }

    fn try_to_hold(&mut self, env: &mut Env<'_>) -> bool {
        let now = env.sim.now;
        let at = MicroTime(now.timestamp_micros());
        if self.identity.is_empty() {
            let uid = env.sim.rng.uuid("leader", &self.name, self.starts);
            self.identity = format!("{}_{uid}", self.host);
        }
        // Who leads takes it that nobody else wrote, and looks only when that was wrong.
        if let Some(observed) = self.observed.take_if(|_| self.leading)
            && self.write(env, observed, false, at.clone()).is_some()
        {
            return true;
        }
        let found = match Client::new(env, &self.user).get::<Lease>(NAMESPACE, &self.name) {
            Ok(found) => found,
            Err(error) if error.is_not_found() => return self.create(env, at),
            Err(_) => return false,
        };
        let holder = found.spec.holder_identity.as_deref().unwrap_or_default();
        let taken = holder != self.identity;
        if !holder.is_empty() && taken {
            // What counts is how long it has looked the same from here: clocks differ.
            let seen = format!("{holder} {:?}", found.spec.renew_time);
            let since = match &self.seen {
                Some((before, since)) if *before == seen => *since,
                _ => now,
            };
            self.seen = Some((seen, since));
            if now.since(since) < LEASE_DURATION {
                return false;
            }
        }
        match self.write(env, found, taken, at) {
            Some(lease) if taken => {
                self.say(env, &lease);
                true
            }
            written => written.is_some(),
        }
    }

    /// Writes the lease as its own from now on, which the API server refuses if it has changed since it was read.
    fn write(
        &mut self,
        env: &mut Env<'_>,
        mut lease: Lease,
        taken: bool,
        at: MicroTime,
    ) -> Option<AnyObject> {
        let spec = lease.spec_mut();
        if taken {
            spec.holder_identity = Some(self.identity.clone());
            spec.acquire_time = Some(at.clone());
            spec.lease_transitions = Some(spec.lease_transitions.unwrap_or(0) + 1);
        }
        spec.renew_time = Some(at);
        let written = Client::new(env, &self.user)
            .update(AnyObject::Lease(lease))
            .ok()?;
        self.observed = written.get().cloned();
        Some(written)
    }

    fn create(&mut self, env: &mut Env<'_>, at: MicroTime) -> bool {
        let metadata = ObjectMeta {
            name: Some(self.name.clone()),
            namespace: Some(NAMESPACE.to_owned()),
            ..ObjectMeta::default()
        };
        let spec = LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(LEASE_DURATION.as_secs()).ok(),
            acquire_time: Some(at.clone()),
            renew_time: Some(at),
            lease_transitions: Some(0),
            ..LeaseSpec::default()
        };
        let lease = Lease::new(metadata, spec, NoStatus::default());
        match Client::new(env, &self.user).create(AnyObject::Lease(lease)) {
            Ok(lease) => {
                self.say(env, &lease);
                true
            }
            Err(_) => false,
        }
    }

    fn say(&mut self, env: &mut Env<'_>, lease: &AnyObject) {
        let kind = (EventType::Normal, "LeaderElection");
        let message = format!("{} became leader", self.identity);
        self.recorder.record(env, &self.user, lease, None, kind, message);
    }
}
