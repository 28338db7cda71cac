//! Quotas: what is used of them is counted anew when a quota changes and when something that it counts goes
//! (`pkg/controller/resourcequota`); what comes is written by the quota admission.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Context, Controller};
use crate::api::{AnyObject, Key, Kind, Pod, ResourceQuota, StatusError, Typed};
use crate::apiserver::User;
use crate::apiserver::quota::{Amounts, add, amounts, count, in_scope, matching, quantities, usage};
use crate::client::{Cache, Client, Delta, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;

/// How often everything is counted anew (`--resource-quota-sync-period`).
const RESYNC: Duration = Duration::from_secs(300);

/// Counts what is used of each quota.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ResourceQuotaController {
    user: User,
    queue: WorkQueue,
}

impl Default for ResourceQuotaController {
    fn default() -> Self {
        let user = User::component("system:serviceaccount:kube-system:resourcequota-controller");
        Self {
            user,
            queue: WorkQueue::default(),
        }
    }
}

impl Controller for ResourceQuotaController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        let gone = delta.change == ChangeType::Deleted;
        if delta.object.kind() == Kind::ResourceQuota && !gone {
            let before = delta.previous.as_ref();
            if before.is_none_or(|before| !before.same_spec(&delta.object)) {
                self.queue.add(delta.object.key(), delta.trace);
            }
        }
        if !gone && !frees(delta) {
            return;
        }
        for quota in cache.list_in::<ResourceQuota>(delta.object.namespace()) {
            let hard = quota.spec.hard.iter().flatten().map(|(name, _)| name);
            if !matching(delta.object.kind(), hard).is_empty() {
                let key = Key::new(Kind::ResourceQuota, quota.namespace(), quota.name());
                self.queue.add(key, delta.trace);
            }
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let (namespace, name) = (&item.key.namespace, &item.key.name);
        let Some(quota) = context.cache.typed::<ResourceQuota>(namespace, name).cloned() else {
            return Ok(());
        };
        let now = context.env.sim.now;
        self.queue.add_at(now + RESYNC, item.key.clone(), None);
        let used = used(context.cache, &quota, now);
        let mut counted = quota.clone();
        let status = counted.status_mut();
        status.hard = Some(quota.spec.hard.clone().unwrap_or_default());
        status.used = Some(quantities(&used));
        let same = quota.status.hard == status.hard && amounts(quota.status.used.as_ref()) == used;
        if same {
            return Ok(());
        }
        match Client::new(context.env, &self.user).update_status(counted.into_any()) {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}

/// Whether a change gives something back: a Pod that ended, a Service or a claim that may now use less.
fn frees(delta: &Delta) -> bool {
    let Some(before) = &delta.previous else {
        return false;
    };
    let ended = |pod: &Pod| matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
    match (&delta.object, before) {
        (AnyObject::Pod(after), AnyObject::Pod(before)) => ended(after) && !ended(before),
        (AnyObject::Service(_) | AnyObject::PersistentVolumeClaim(_), before) => {
            !before.same_spec(&delta.object)
        }
        _ => false,
    }
}

/// What is used of each resource that a quota limits (`CalculateUsage`).
fn used(cache: &Cache, quota: &ResourceQuota, now: Time) -> Amounts {
    let hard = || quota.spec.hard.iter().flatten().map(|(name, _)| name);
    let mut total: Amounts = hard().map(|name| (name.clone(), count(0))).collect();
    for kind in Kind::all().filter(|kind| kind.namespaced()) {
        let names = matching(kind, hard());
        if names.is_empty() {
            continue;
        }
        for object in cache.of_kind_in(kind, quota.namespace()) {
            if in_scope(&quota.spec, object) {
                let mut part = usage(object, now);
                part.retain(|name, _| names.contains(&name.as_str()));
                add(&mut total, &part);
            }
        }
    }
    total
}
