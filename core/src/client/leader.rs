//! Who of several may act is who holds a Lease (`tools/leaderelection`): it is renewed, and taken over once it has not been
//! for its duration.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Client, Env, EventRecorder, EventType};
use crate::api::types::coordination::LeaseSpec;
use crate::api::types::meta::{MicroTime, ObjectMeta};
use crate::api::{AnyObject, Key, Kind, Lease, NoStatus};
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
    /// The lease as last seen, and since when it is so.
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
            seen: None,
            due_at: Time::ZERO,
        }
    }

    /// Its process is started anew.
    pub fn restart(&mut self, now: Time) {
        self.starts += 1;
        self.leading = false;
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
        let uid = env.sim.rng.uuid("leader", &self.name, self.starts);
        let identity = format!("{}_{uid}", self.host);
        let found = match Client::new(env, &self.user).get::<Lease>(NAMESPACE, &self.name) {
            Ok(found) => found,
            Err(error) if error.is_not_found() => return self.create(env, identity, at),
            Err(_) => return false,
        };
        let holder = found.spec.holder_identity.clone().unwrap_or_default();
        if !holder.is_empty() && holder != identity {
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
        let taken = holder != identity;
        let key = Key::new(Kind::Lease, NAMESPACE, &self.name);
        let name = identity.clone();
        let written = Client::new(env, &self.user).modify(&key, None, |lease| {
            let Some(lease) = lease.get_mut::<Lease>() else {
                return;
            };
            let spec = lease.spec_mut();
            if taken {
                spec.holder_identity = Some(name);
                spec.acquire_time = Some(at.clone());
                spec.lease_transitions = Some(spec.lease_transitions.unwrap_or(0) + 1);
            }
            spec.renew_time = Some(at);
        });
        match written {
            Ok(lease) if taken => {
                self.say(env, &lease, &identity);
                true
            }
            written => written.is_ok(),
        }
    }

    fn create(&mut self, env: &mut Env<'_>, identity: String, at: MicroTime) -> bool {
        let metadata = ObjectMeta {
            name: Some(self.name.clone()),
            namespace: Some(NAMESPACE.to_owned()),
            ..ObjectMeta::default()
        };
        let spec = LeaseSpec {
            holder_identity: Some(identity.clone()),
            lease_duration_seconds: i32::try_from(LEASE_DURATION.as_secs()).ok(),
            acquire_time: Some(at.clone()),
            renew_time: Some(at),
            lease_transitions: Some(0),
            ..LeaseSpec::default()
        };
        let lease = Lease::new(metadata, spec, NoStatus::default());
        match Client::new(env, &self.user).create(AnyObject::Lease(lease)) {
            Ok(lease) => {
                self.say(env, &lease, &identity);
                true
            }
            Err(_) => false,
        }
    }

    fn say(&mut self, env: &mut Env<'_>, lease: &AnyObject, identity: &str) {
        let kind = (EventType::Normal, "LeaderElection");
        let message = format!("{identity} became leader");
        self.recorder.record(env, &self.user, lease, None, kind, message);
    }
}
