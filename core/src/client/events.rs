//! The event recorder (`tools/record`): Events about objects, counted when they repeat and combined when they are many
//! and alike (`EventCorrelator`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Client, Env};
use crate::api::meta::meta_time;
use crate::api::types::core::{Event as FullEvent, EventSource, ObjectReference};
use crate::api::types::meta::{ObjectMeta, Time as MetaTime};
use crate::api::{AnyObject, Event, Key, Kind};
use crate::apiserver::User;
use crate::sim::Time;
use crate::sorted::SortedMap;

/// So many alike events within [`COMBINE_WINDOW`] are combined into one (`defaultAggregateMaxEvents`).
const COMBINE_AFTER: usize = 10;
/// (`defaultAggregateIntervalInSeconds`).
const COMBINE_WINDOW: Duration = Duration::from_secs(600);
/// Events a source may write about one object before it must wait (`defaultSpamBurst`).
const BURST: u32 = 25;
/// How long it takes to earn one more (`defaultSpamQPS`).
const REFILL: Duration = Duration::from_secs(300);

/// How grave an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// As it should be.
    Normal,
    /// Something is wrong.
    Warning,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Similar {
    messages: Vec<String>,
    last: Time,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Written {
    key: Key,
    count: i32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Budget {
    tokens: u32,
    refilled: Time,
}

/// What was written about one object.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct About {
    budget: Budget,
    similar: SortedMap<String, Similar>,
    written: SortedMap<String, Written>,
}

/// Writes the events of one component.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventRecorder {
    component: String,
    host: String,
    /// By the UID of the object.
    about: SortedMap<String, About>,
    sequence: u64,
}

impl EventRecorder {
    /// A recorder for this component, on this node if it runs on one.
    #[must_use]
    pub fn new(component: &str, host: &str) -> Self {
        Self {
            component: component.to_owned(),
            host: host.to_owned(),
            about: SortedMap::new(),
            sequence: 0,
        }
    }

    /// Records an event about an object; `field_path` names the part of it that is meant (`spec.containers{web}`).
    pub fn record(
        &mut self,
        env: &mut Env<'_>,
        user: &User,
        about: &AnyObject,
        field_path: Option<&str>,
        (event_type, reason): (EventType, &str),
        message: impl Into<String>,
    ) {
        let now = env.sim.now;
        let type_name = if event_type == EventType::Normal {
            "Normal"
        } else {
            "Warning"
        };
        let known = self
            .about
            .entry(about.uid().to_owned())
            .or_insert_with(|| About::new(now));
        if !known.spend(now) {
            return;
        }
        let alike = format!("{}/{type_name}/{reason}", field_path.unwrap_or_default());
        let (message, combined) = known.combine(&alike, message.into(), now);
        // Combined events are one series; others are a series for each message.
        let series = if combined {
            alike
        } else {
            format!("{alike}/{message}")
        };
        if let Some(written) = known.written.get_mut(&series) {
            written.count += 1;
            let (key, count) = (written.key.clone(), written.count);
            let updated = Client::new(env, user).modify(&key, None, |event| {
                if let Some(event) = event.get_mut::<Event>() {
                    let event = event.spec_mut();
                    event.count = Some(count);
                    event.message = Some(message.clone());
                    event.last_timestamp = Some(meta_time(now));
                }
            });
            if updated.is_ok() {
                return;
            }
        }
        if let Some(key) = self.create(env, user, about, field_path, (type_name, reason), message)
            && let Some(known) = self.about.get_mut(about.uid())
        {
            known.written.insert(series, Written { key, count: 1 });
        }
    }

    fn create(
        &mut self,
        env: &mut Env<'_>,
        user: &User,
        about: &AnyObject,
        field_path: Option<&str>,
        (type_name, reason): (&str, &str),
        message: String,
    ) -> Option<Key> {
        let now = env.sim.now;
        self.sequence += 1;
        let info = about.names();
        let namespace = if about.namespace().is_empty() {
            "default"
        } else {
            about.namespace()
        };
        // As upstream, names end in the nanoseconds of the moment, so that a list by name is a list by time. Below the clock's
        // microsecond the order of recording decides, from a place of its own for each component.
        let below = (env.sim.rng.draw("event", &self.component, 0) % 1_000 + self.sequence) % 1_000;
        let suffix =
            u64::try_from(now.timestamp_micros().as_microsecond()).unwrap_or_default() * 1_000 + below;
        let metadata = ObjectMeta {
            name: Some(format!("{}.{suffix:x}", about.name())),
            namespace: Some(namespace.to_owned()),
            ..ObjectMeta::default()
        };
        let time: MetaTime = meta_time(now);
        let event = FullEvent {
            involved_object: ObjectReference {
                api_version: Some(info.api_version()),
                kind: Some(info.kind.to_owned()),
                name: Some(about.name().to_owned()),
                namespace: (!about.namespace().is_empty()).then(|| about.namespace().to_owned()),
                uid: Some(about.uid().to_owned()),
                resource_version: about.metadata().resource_version.clone(),
                field_path: field_path.map(str::to_owned),
            },
            type_: Some(type_name.to_owned()),
            reason: Some(reason.to_owned()),
            message: Some(message),
            count: Some(1),
            first_timestamp: Some(time.clone()),
            last_timestamp: Some(time),
            source: Some(EventSource {
                component: Some(self.component.clone()),
                host: (!self.host.is_empty()).then(|| self.host.clone()),
            }),
            reporting_component: Some(self.component.clone()),
            reporting_instance: Some(self.host.clone()),
            ..FullEvent::default()
        };
        let event = AnyObject::Event(Event::new(metadata, event, Default::default()));
        let key = Key::new(Kind::Event, namespace, event.name());
        Client::new(env, user).create(event).ok().map(|_| key)
    }

    /// Forgets what is known about an object that is gone.
    pub fn forget(&mut self, uid: &str) {
        self.about.remove(uid);
    }
}

impl About {
    fn new(now: Time) -> Self {
        let budget = Budget {
            tokens: BURST,
            refilled: now,
        };
        Self {
            budget,
            similar: SortedMap::new(),
            written: SortedMap::new(),
        }
    }

    /// The message to write, and whether it stands for many alike ones.
    fn combine(&mut self, alike: &str, message: String, now: Time) -> (String, bool) {
        let similar = self.similar.entry(alike.to_owned()).or_insert_with(|| Similar {
            messages: Vec::new(),
            last: now,
        });
        if now.since(similar.last) > COMBINE_WINDOW {
            similar.messages.clear();
        }
        similar.last = now;
        if !similar.messages.contains(&message) {
            if similar.messages.len() >= COMBINE_AFTER {
                similar.messages.remove(0);
            }
            similar.messages.push(message.clone());
        }
        if similar.messages.len() < COMBINE_AFTER {
            return (message, false);
        }
        (format!("(combined from similar events): {message}"), true)
    }

    /// Takes one from the budget of events about an object, if any is left.
    fn spend(&mut self, now: Time) -> bool {
        let budget = &mut self.budget;
        let earned = now.since(budget.refilled).as_secs() / REFILL.as_secs();
        if earned > 0 {
            budget.tokens = BURST.min(
                budget
                    .tokens
                    .saturating_add(u32::try_from(earned).unwrap_or(BURST)),
            );
            budget.refilled += Duration::from_secs(earned * REFILL.as_secs());
        }
        if budget.tokens == 0 {
            return false;
        }
        budget.tokens -= 1;
        true
    }
}
