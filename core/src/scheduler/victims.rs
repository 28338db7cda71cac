//! Pods give way to a more important one (`prepareCandidate`).

use super::Scheduler;
use super::preemption::Candidate;
use crate::api::meta::meta_time;
use crate::api::types::core::PodCondition;
use crate::api::{AnyObject, Key, Kind, Pod};
use crate::client::{Client, DeleteOptions, Env, EventType};

impl Scheduler {
    /// Takes the victims away, and the node from less important Pods that it was kept for.
    pub(super) fn take_places(&mut self, env: &mut Env<'_>, key: &Key, pod: &Pod, candidate: &Candidate) {
        for victim in &candidate.victims {
            self.take_away(env, pod, victim, &candidate.node);
        }
        let priority = pod.spec.priority.unwrap_or(0);
        let cache = &self.informer.cache;
        let lower: Vec<Key> = self
            .nominated
            .iter()
            .filter(|(other, node)| *other != key && **node == candidate.node)
            .map(|(other, _)| other)
            .filter(|other| {
                let found = cache.typed::<Pod>(&other.namespace, &other.name);
                found.is_some_and(|other| other.spec.priority.unwrap_or(0) < priority)
            })
            .cloned()
            .collect();
        for other in lower {
            self.nominated.remove(&other);
            let cleared = Client::new(env, &self.user).modify(&other, Some("status"), |object| {
                if let Some(pod) = object.get_mut::<Pod>() {
                    pod.status_mut().nominated_node_name = None;
                }
            });
            // A Pod that is gone needs no node.
            drop(cleared);
            self.queue.activate(&other);
        }
    }

    fn take_away(&mut self, env: &mut Env<'_>, pod: &Pod, victim: &Pod, node: &str) {
        let key = Key::new(Kind::Pod, victim.namespace(), victim.name());
        let scheduler = pod.spec.scheduler_name.as_deref().unwrap_or(super::NAME);
        let message = format!("{scheduler}: preempting to accommodate a higher priority pod");
        let now = meta_time(env.sim.now);
        let marked = Client::new(env, &self.user).modify(&key, Some("status"), |object| {
            let Some(victim) = object.get_mut::<Pod>() else {
                return;
            };
            let generation = victim.metadata.generation;
            let conditions = victim.status_mut().conditions.get_or_insert_default();
            conditions.retain(|condition| condition.type_ != "DisruptionTarget");
            conditions.push(PodCondition {
                type_: "DisruptionTarget".to_owned(),
                status: "True".to_owned(),
                reason: Some("PreemptionByScheduler".to_owned()),
                message: Some(message),
                last_transition_time: Some(now),
                observed_generation: generation,
                ..PodCondition::default()
            });
        });
        let deleted =
            marked.and_then(|_| Client::new(env, &self.user).delete(&key, &DeleteOptions::default()));
        // A victim that is gone already is as good.
        if deleted.is_err() {
            return;
        }
        let message = format!("Preempted by pod {} on node {node}", pod.uid());
        let kind = (EventType::Normal, "Preempted");
        let about = AnyObject::Pod(victim.clone());
        self.recorder.record(env, &self.user, &about, None, kind, message);
    }
}
