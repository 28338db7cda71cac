//! Who may do what (`--authorization-mode=Node,RBAC`): superusers everything, nodes what they need, everybody else what the
//! roles bound to them allow.

pub(super) mod attributes;
pub(super) mod bootstrap_policy;
pub(super) mod escalation;
pub(super) mod impersonation;
mod node;
mod rbac;
mod rules;

use std::sync::Arc;

use attributes::Attributes;
use rbac::Holdings;
pub(crate) use rbac::applies_to_user;

use super::request::{Body, Method, Request};
use super::user::{SUPERUSERS, User};
use crate::api::types::rbac::PolicyRule;
use crate::api::{Kind, StatusError};
use crate::etcd::Store;

/// A verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    /// Whether it is allowed.
    pub(crate) allowed: bool,
    /// Why, in words; empty where there is nothing to say.
    pub(crate) reason: String,
}

/// The authorisers, and what they have put together so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Authorizer(rbac::Cache);

impl Authorizer {
    /// An object of this kind was written.
    pub(crate) fn observe(&mut self, kind: Kind) {
        if matches!(
            kind,
            Kind::Role | Kind::ClusterRole | Kind::RoleBinding | Kind::ClusterRoleBinding
        ) {
            self.0.forget();
        }
    }

    /// What a user holds.
    pub(crate) fn holdings(&mut self, store: &Store, user: &User) -> Arc<Holdings> {
        self.0.of(store, user)
    }

    /// The verdict on what somebody wants to do, with its reason.
    pub(crate) fn decide(&mut self, store: &Store, attributes: &Attributes<'_>) -> Decision {
        if attributes.user.is_in(SUPERUSERS) {
            return Decision {
                allowed: true,
                reason: String::new(),
            };
        }
        let by_node = attributes
            .user
            .node()
            .map(|node| node::decide(store, node, attributes));
        match by_node {
            Some(decision) if decision.allowed => decision,
            Some(refused) => {
                let decision = self.holdings(store, attributes.user).decide(attributes);
                match (
                    decision.allowed,
                    refused.reason.is_empty(),
                    decision.reason.is_empty(),
                ) {
                    (true, ..) | (_, true, _) => decision,
                    (_, false, true) => refused,
                    (_, false, false) => Decision {
                        allowed: false,
                        reason: format!("{}\n{}", refused.reason, decision.reason),
                    },
                }
            }
            None => self.holdings(store, attributes.user).decide(attributes),
        }
    }

    /// Whether somebody may do it.
    pub(crate) fn allows(&mut self, store: &Store, attributes: &Attributes<'_>) -> bool {
        let user = attributes.user;
        user.is_in(SUPERUSERS)
            || user
                .node()
                .is_some_and(|node| node::decide(store, node, attributes).allowed)
            || self.holdings(store, user).allowing(attributes).is_some()
    }

    /// Lets a request pass.
    ///
    /// # Errors
    ///
    /// 403 when its user may not do it.
    pub(crate) fn check(&mut self, store: &Store, request: &Request) -> Result<(), StatusError> {
        if request.user.is_in(SUPERUSERS) {
            return Ok(());
        }
        let attributes = Attributes::of(request);
        if self.allows(store, &attributes) {
            return Ok(());
        }
        // A component's typed patch stands for an update or a patch, whichever it may.
        if request.method == Method::Patch && matches!(request.body, Body::Object(_)) {
            let patch = Attributes {
                verb: "patch",
                ..attributes
            };
            if self.allows(store, &patch) {
                return Ok(());
            }
        }
        let reason = self.decide(store, &attributes).reason;
        Err(attributes.forbidden(&reason))
    }
}

/// The rules that a user holds in a namespace, for `SelfSubjectRulesReview`; and what could not be found out.
pub(crate) fn rules_for(holdings: &Holdings, user: &User, namespace: &str) -> (Vec<PolicyRule>, String) {
    let mut errors = holdings.missing(namespace);
    if user.node().is_some() {
        errors.insert(0, "node authorizer does not support user rule resolution");
    }
    let rules = holdings.rules(namespace).cloned().collect();
    (rules, rbac::aggregate(&errors))
}

#[cfg(test)]
mod tests;
