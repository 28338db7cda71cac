//! Pods leave nodes whose `NoExecute` taints they do not tolerate, at once or after the time they tolerate them
//! (`pkg/controller/tainteviction`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::disruption_target::disrupt;
use super::{Context, Controller};
use crate::api::taints::tolerates;
use crate::api::types::core::{Taint, Toleration};
use crate::api::{AnyObject, Key, Kind, Node, Pod, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, DeleteOptions, Delta, EventRecorder, EventType, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;
use crate::sorted::SortedMap;

/// A Pod that is to go.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Planned {
    since: Time,
    at: Time,
}

/// Evicts Pods from tainted nodes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TaintEvictionController {
    user: User,
    queue: WorkQueue,
    recorder: EventRecorder,
    planned: SortedMap<Key, Planned>,
}

impl Default for TaintEvictionController {
    fn default() -> Self {
        Self {
            user: User::component("system:serviceaccount:kube-system:node-controller"),
            queue: WorkQueue::default(),
            recorder: EventRecorder::new("taint-eviction-controller", ""),
            planned: SortedMap::new(),
        }
    }
}

/// How long a Pod may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stay {
    /// For ever.
    Always,
    /// So long.
    For(Duration),
    /// Not at all.
    Never,
}

fn stay(taints: &[&Taint], tolerations: &[Toleration]) -> Stay {
    let mut least: Option<Duration> = None;
    for taint in taints {
        let Some(toleration) = tolerations.iter().find(|toleration| tolerates(toleration, taint)) else {
            return Stay::Never;
        };
        if let Some(secs) = toleration.toleration_seconds {
            let time = Duration::from_secs(secs.max(0).unsigned_abs());
            least = Some(least.map_or(time, |least| least.min(time)));
        }
    }
    match least {
        None => Stay::Always,
        Some(Duration::ZERO) => Stay::Never,
        Some(time) => Stay::For(time),
    }
}

fn no_execute(node: &Node) -> Vec<&Taint> {
    let taints = node.spec.taints.iter().flatten();
    taints.filter(|taint| taint.effect == "NoExecute").collect()
}

impl Controller for TaintEvictionController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        match &delta.object {
            AnyObject::Pod(pod) => {
                let key = delta.object.key();
                if delta.change == ChangeType::Deleted {
                    self.planned.remove(&key);
                    self.recorder.forget(pod.uid());
                    return;
                }
                let bound = pod.spec.node_name.as_deref().unwrap_or_default();
                let tainted = cache
                    .typed::<Node>("", bound)
                    .is_some_and(|node| !no_execute(node).is_empty());
                if tainted || self.planned.contains_key(&key) {
                    self.queue.add(key, delta.trace);
                }
            }
            AnyObject::Node(node) => {
                let before = delta.previous.as_ref().and_then(AnyObject::get::<Node>);
                let (old, new) = (before.map(no_execute).unwrap_or_default(), no_execute(node));
                if delta.change == ChangeType::Deleted || old == new {
                    return;
                }
                let there = |pod: &&Pod| pod.spec.node_name.as_deref() == Some(node.name());
                for pod in cache.list::<Pod>().filter(there) {
                    self.queue
                        .add(Key::new(Kind::Pod, pod.namespace(), pod.name()), delta.trace);
                }
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let key = &item.key;
        let now = context.env.sim.now;
        let found = context.cache.typed::<Pod>(&key.namespace, &key.name);
        let Some(pod) = found.filter(|pod| pod.metadata.deletion_timestamp.is_none()) else {
            self.planned.remove(key);
            return Ok(());
        };
        let bound = pod.spec.node_name.as_deref().unwrap_or_default();
        let node = context.cache.typed::<Node>("", bound);
        let taints = node.map(no_execute).unwrap_or_default();
        let tolerations = pod.spec.tolerations.as_deref().unwrap_or_default();
        let pod = pod.clone();
        match stay(&taints, tolerations) {
            Stay::Always => {
                if self.planned.remove(key).is_some() && taints.is_empty() {
                    let message = format!("Cancelling deletion of Pod {}/{}", key.namespace, key.name);
                    self.say(context, &pod, message);
                }
                Ok(())
            }
            Stay::For(time) => {
                let planned = self.planned.entry(key.clone()).or_insert(Planned {
                    since: now,
                    at: now + time,
                });
                // A shorter toleration counts from when the first taint came.
                planned.at = planned.at.min((planned.since + time).max(now));
                if planned.at > now {
                    self.queue.add_at(planned.at, key.clone(), item.cause);
                    return Ok(());
                }
                self.evict(context, &pod)
            }
            Stay::Never => self.evict(context, &pod),
        }
    }
}

impl TaintEvictionController {
    fn evict(&mut self, context: &mut Context<'_, '_>, pod: &Pod) -> Result<(), StatusError> {
        let key = Key::new(Kind::Pod, pod.namespace(), pod.name());
        self.planned.remove(&key);
        let message = format!("Marking for deletion Pod {}/{}", key.namespace, key.name);
        self.say(context, pod, message);
        let why = (
            "DeletionByTaintManager",
            "Taint manager: deleting due to NoExecute taint",
        );
        disrupt(context.env, &self.user, &key, why, false)?;
        let deleted = Client::new(context.env, &self.user).delete(&key, &DeleteOptions::default());
        match deleted {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    fn say(&mut self, context: &mut Context<'_, '_>, pod: &Pod, message: String) {
        let kind = (EventType::Normal, "TaintManagerEviction");
        let about = AnyObject::Pod(pod.clone());
        self.recorder
            .record(context.env, &self.user, &about, None, kind, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_stays_as_long_as_it_tolerates_every_taint() {
        let taint = |key: &str| Taint {
            key: key.to_owned(),
            effect: "NoExecute".to_owned(),
            ..Taint::default()
        };
        let toleration = |key: &str, secs: Option<i64>| Toleration {
            key: Some(key.to_owned()),
            operator: Some("Exists".to_owned()),
            toleration_seconds: secs,
            ..Toleration::default()
        };
        let (a, b) = (taint("a"), taint("b"));
        let secs = |secs| Stay::For(Duration::from_secs(secs));
        for (taints, tolerations, expected) in [
            (vec![], vec![], Stay::Always),
            (vec![&a], vec![], Stay::Never),
            (vec![&a], vec![toleration("a", None)], Stay::Always),
            (vec![&a], vec![toleration("a", Some(300))], secs(300)),
            (vec![&a], vec![toleration("a", Some(0))], Stay::Never),
            (vec![&a, &b], vec![toleration("a", Some(300))], Stay::Never),
            (
                vec![&a, &b],
                vec![toleration("a", Some(300)), toleration("b", Some(10))],
                secs(10),
            ),
            (
                vec![&a, &b],
                vec![toleration("a", Some(300)), toleration("b", None)],
                secs(300),
            ),
        ] {
            assert_eq!(
                stay(&taints, &tolerations),
                expected,
                "{taints:?} {tolerations:?}"
            );
        }
    }
}
