//! Pods whose node is chosen while their volumes are still being bound (`PreBind` of `VolumeBinding`): they hold their
//! place, and are bound once their claims are.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cycle::Decision;
use super::plugins::volume_binding;
use super::{Scheduler, node_of};
use crate::api::meta::MetaExt;
use crate::api::{Key, Pod};
use crate::client::Env;
use crate::sim::Time;

/// How long claims may take (`bindTimeoutSeconds`).
const BIND_TIMEOUT: Duration = Duration::from_secs(600);

/// A Pod that waits for its volumes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Waiting {
    node: String,
    decision: Decision,
    until: Time,
}

impl Scheduler {
    /// Binds a Pod to its node, now or once its volumes are bound.
    pub(super) fn place(
        &mut self,
        env: &mut Env<'_>,
        key: &Key,
        pod: Pod,
        (name, decision): (&str, Decision),
    ) {
        let cache = &self.informer.cache;
        if volume_binding::all_bound(cache, &pod) {
            return self.bind(env, key, pod, (name, decision));
        }
        let Some(info) = self.nodes.get(name) else {
            return self.queue.back_off(env.sim.now, key);
        };
        if volume_binding::bind_volumes(env, &self.user, cache, &pod, &info.node).is_err() {
            return self.queue.back_off(env.sim.now, key);
        }
        self.nodes.add_pod(name, &pod);
        self.assumed.insert(key.clone(), name.to_owned());
        self.queue.remove(key);
        let waiting = Waiting {
            node: name.to_owned(),
            decision,
            until: env.sim.now + BIND_TIMEOUT,
        };
        self.waiting.insert(key.clone(), waiting);
    }

    /// Goes on with the Pods whose volumes are bound, and gives up those that are gone or waited too long.
    pub(super) fn finish_waiting(&mut self, env: &mut Env<'_>) {
        let keys: Vec<Key> = self.waiting.keys().cloned().collect();
        for key in keys {
            let cache = &self.informer.cache;
            let pod = cache.typed::<Pod>(&key.namespace, &key.name);
            let pod = pod
                .filter(|pod| !pod.metadata.is_deleting() && node_of(pod).is_none())
                .cloned();
            let bound = pod
                .as_ref()
                .is_some_and(|pod| volume_binding::all_bound(cache, pod));
            let late = self
                .waiting
                .get(&key)
                .is_none_or(|waiting| waiting.until <= env.sim.now);
            if pod.is_some() && !bound && !late {
                continue;
            }
            let Some(Waiting { node, decision, .. }) = self.waiting.remove(&key) else {
                continue;
            };
            if let Some(pod) = &pod {
                self.queue
                    .add(&key, pod.spec.priority.unwrap_or(0), None, (true, false));
            }
            match pod {
                Some(pod) if bound => self.bind(env, &key, pod, (&node, decision)),
                _ => self.forget_place(&key, &node),
            }
        }
    }

    fn forget_place(&mut self, key: &Key, node: &str) {
        // Bound meanwhile, by somebody else: it holds the place rightly.
        let cache = &self.informer.cache;
        let placed = cache.typed::<Pod>(&key.namespace, &key.name).and_then(node_of);
        if placed.is_none() {
            self.assumed.remove(key);
            self.nodes.remove_pod(node, key);
        }
    }

    /// When the first of them has waited too long.
    pub(super) fn waiting_until(&self) -> Option<Time> {
        self.waiting.values().map(|waiting| waiting.until).min()
    }
}
