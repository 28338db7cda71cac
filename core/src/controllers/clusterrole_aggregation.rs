//! ClusterRoles made of others (`pkg/controller/clusterroleaggregation`): a role with an aggregation rule holds the rules of
//! all roles whose labels it selects.

use serde::{Deserialize, Serialize};

use super::{Context, Controller};
use crate::api::labels::selector_matches;
use crate::api::meta::MetaExt;
use crate::api::types::rbac::PolicyRule;
use crate::api::{AnyObject, ClusterRole, Key, Kind, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, Delta, QueuedItem, WorkQueue};
use crate::sim::Time;

/// Fills in the rules of aggregated ClusterRoles.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ClusterRoleAggregationController {
    user: User,
    queue: WorkQueue,
}

impl Default for ClusterRoleAggregationController {
    fn default() -> Self {
        Self {
            user: User::component("system:serviceaccount:kube-system:clusterrole-aggregation-controller"),
            queue: WorkQueue::default(),
        }
    }
}

impl Controller for ClusterRoleAggregationController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        if !matches!(delta.object, AnyObject::ClusterRole(_)) {
            return;
        }
        // Any role may be a part of any aggregated one.
        let aggregated = cache
            .list::<ClusterRole>()
            .filter(|role| role.spec.aggregation_rule.is_some());
        for role in aggregated {
            self.queue
                .add(Key::new(Kind::ClusterRole, "", role.name()), delta.trace);
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let Some(role) = context.cache.typed::<ClusterRole>("", &item.key.name) else {
            return Ok(());
        };
        let Some(rules) = aggregated(context.cache, role) else {
            return Ok(());
        };
        if role.spec.rules.as_ref().is_some_and(|old| *old == rules) {
            return Ok(());
        }
        let written = Client::new(context.env, &self.user).modify(&item.key, None, |object| {
            if let Some(role) = object.get_mut::<ClusterRole>() {
                role.spec_mut().rules = Some(rules);
            }
        });
        written.map(|_| ())
    }
}

/// The rules of all roles that a role aggregates, each once, in the order of the roles' names.
fn aggregated(cache: &Cache, role: &ClusterRole) -> Option<Vec<PolicyRule>> {
    let selectors = role
        .spec
        .aggregation_rule
        .as_ref()?
        .cluster_role_selectors
        .iter()
        .flatten();
    let mut rules: Vec<PolicyRule> = Vec::new();
    for selector in selectors {
        for part in cache
            .list::<ClusterRole>()
            .filter(|part| part.name() != role.name())
        {
            if !selector_matches(Some(selector), part.metadata.labels_or_empty()) {
                continue;
            }
            for rule in part.spec.rules.iter().flatten() {
                if !rules.contains(rule) {
                    rules.push(rule.clone());
                }
            }
        }
    }
    Some(rules)
}
