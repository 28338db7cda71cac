//! Who holds which rules, by the bindings (`plugin/pkg/auth/authorizer/rbac`, `DefaultRuleResolver`).
//!
//! Upstream asks its informers at every request. Here what a user holds is put together once, and again when a role or a
//! binding has changed: controllers make thousands of requests.

use std::sync::Arc;

use super::Decision;
use super::attributes::Attributes;
use super::rules::allows;
use crate::api::types::rbac::{ClusterRole, PolicyRule, Role, RoleRef, Subject};
use crate::api::{AnyObject, Key, Kind, StatusError};
use crate::apiserver::user::{User, service_account};
use crate::apiserver::validation::rbac::GROUP;
use crate::etcd::Store;
use crate::sim::Actor;
use crate::sorted::SortedMap;

/// The rules of a role, shared with the store.
#[derive(Clone, Debug)]
pub(crate) enum Rules {
    Cluster(Arc<ClusterRole>),
    Namespaced(Arc<Role>),
}

impl Rules {
    /// The rules themselves.
    pub(crate) fn as_slice(&self) -> &[PolicyRule] {
        let rules = match self {
            Self::Cluster(role) => role.rules.as_ref(),
            Self::Namespaced(role) => role.rules.as_ref(),
        };
        rules.map_or(&[], Vec::as_slice)
    }

    /// The rules of the role that a binding in this namespace refers to (`GetRoleReferenceRules`).
    ///
    /// # Errors
    ///
    /// When there is no such role.
    pub(crate) fn referred(store: &Store, role: &RoleRef, namespace: &str) -> Result<Self, StatusError> {
        let (kind, namespace) = if role.kind == "Role" {
            (Kind::Role, namespace)
        } else {
            (Kind::ClusterRole, "")
        };
        match store.get(&Key::new(kind, namespace, &role.name)) {
            Some(AnyObject::Role(found)) => Ok(Self::Namespaced(Arc::clone(&found.spec))),
            Some(AnyObject::ClusterRole(found)) => Ok(Self::Cluster(Arc::clone(&found.spec))),
            _ => Err(StatusError::not_found(kind, &role.name)),
        }
    }
}

/// Rules that a user holds, and by what.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// The rules.
    pub(crate) rules: Rules,
    binding: AnyObject,
    subject: usize,
}

/// What a user holds in one scope.
#[derive(Clone, Debug, Default)]
struct Held {
    grants: Vec<Grant>,
    /// Roles that bindings refer to and that are not there.
    missing: Vec<String>,
}

/// What a user holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holdings {
    cluster: Held,
    namespaces: SortedMap<String, Held>,
}

type Who = (Actor, Arc<[Arc<str>]>);

/// What the users who asked so far hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cache(SortedMap<Who, Arc<Holdings>>);

impl Cache {
    /// A role or a binding has changed.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    /// What a user holds.
    pub(crate) fn of(&mut self, store: &Store, user: &User) -> Arc<Holdings> {
        let who = (user.name.clone(), Arc::clone(&user.groups));
        let found = self.0.entry(who);
        Arc::clone(found.or_insert_with(|| Arc::new(Holdings::of(store, user))))
    }
}

impl Holdings {
    fn of(store: &Store, user: &User) -> Self {
        let mut holdings = Self::default();
        for object in store.list(Kind::ClusterRoleBinding) {
            if let AnyObject::ClusterRoleBinding(binding) = object {
                let (role, subjects) = (&binding.spec.role_ref, &binding.spec.subjects);
                bind(
                    &mut holdings.cluster,
                    (store, user),
                    object,
                    role,
                    subjects.as_deref(),
                );
            }
        }
        for object in store.list(Kind::RoleBinding) {
            if let AnyObject::RoleBinding(binding) = object {
                let (role, subjects) = (&binding.spec.role_ref, &binding.spec.subjects);
                let held = holdings.namespaces.entry(binding.namespace().to_owned());
                bind(
                    held.or_default(),
                    (store, user),
                    object,
                    role,
                    subjects.as_deref(),
                );
            }
        }
        holdings
    }

    fn scopes<'h>(&'h self, namespace: &str) -> impl Iterator<Item = &'h Held> {
        let inner = self.namespaces.get(namespace).filter(|_| !namespace.is_empty());
        std::iter::once(&self.cluster).chain(inner)
    }

    /// The rules held in a namespace, those for the whole cluster before.
    pub(crate) fn rules<'h>(&'h self, namespace: &str) -> impl Iterator<Item = &'h PolicyRule> {
        self.scopes(namespace)
            .flat_map(|held| &held.grants)
            .flat_map(|grant| grant.rules.as_slice())
    }

    /// The roles that bindings refer to in vain.
    pub(crate) fn missing(&self, namespace: &str) -> Vec<&str> {
        let all = self.scopes(namespace).flat_map(|held| &held.missing);
        let mut missing: Vec<&str> = Vec::new();
        for one in all {
            if !missing.contains(&one.as_str()) {
                missing.push(one);
            }
        }
        missing
    }

    /// Whether something that is held allows it, and by what.
    pub(crate) fn allowing(&self, attributes: &Attributes<'_>) -> Option<&Grant> {
        let grants = self.scopes(attributes.namespace).flat_map(|held| &held.grants);
        let allows = |grant: &&Grant| grant.rules.as_slice().iter().any(|rule| allows(rule, attributes));
        grants.into_iter().find(allows)
    }

    /// The verdict, with its reason in words.
    pub(crate) fn decide(&self, attributes: &Attributes<'_>) -> Decision {
        if let Some(grant) = self.allowing(attributes) {
            return Decision {
                allowed: true,
                reason: format!("RBAC: allowed by {}", grant.describe()),
            };
        }
        let reason = aggregate(&self.missing(attributes.namespace));
        Decision {
            allowed: false,
            reason: if reason.is_empty() {
                reason
            } else {
                format!("RBAC: {reason}")
            },
        }
    }
}

/// Several errors in one text (`utilerrors.NewAggregate`).
pub(crate) fn aggregate(errors: &[&str]) -> String {
    match errors {
        [one] => (*one).to_owned(),
        [] => String::new(),
        several => format!("[{}]", several.join(", ")),
    }
}

fn bind(
    held: &mut Held,
    (store, user): (&Store, &User),
    binding: &AnyObject,
    role: &RoleRef,
    subjects: Option<&[Subject]>,
) {
    let namespace = binding.namespace();
    let subjects = subjects.unwrap_or_default();
    let Some(subject) = subjects
        .iter()
        .position(|subject| applies_to_user(subject, user, namespace))
    else {
        return;
    };
    match Rules::referred(store, role, namespace) {
        Ok(rules) => held.grants.push(Grant {
            rules,
            binding: binding.clone(),
            subject,
        }),
        // Listers name the kind, not the resource.
        Err(_) => {
            let kind = role.kind.to_lowercase();
            held.missing
                .push(format!("{kind}.{GROUP} {:?} not found", role.name));
        }
    }
}

/// Whether a binding's subject is this user, or a group of theirs.
pub(crate) fn applies_to_user(subject: &Subject, user: &User, namespace: &str) -> bool {
    match subject.kind.as_str() {
        "User" => subject.name == user.name.name(),
        "Group" => user.is_in(&subject.name),
        "ServiceAccount" => {
            let own = subject.namespace.as_deref().filter(|own| !own.is_empty());
            let wanted = (own.unwrap_or(namespace), subject.name.as_str());
            service_account(user.name.name()) == Some(wanted)
        }
        _ => false,
    }
}

impl Grant {
    /// `ClusterRoleBinding "a" of ClusterRole "view" to User "alice"`
    fn describe(&self) -> String {
        let namespace = self.binding.namespace();
        let (role, subjects) = match &self.binding {
            AnyObject::RoleBinding(binding) => (&binding.spec.role_ref, &binding.spec.subjects),
            AnyObject::ClusterRoleBinding(binding) => (&binding.spec.role_ref, &binding.spec.subjects),
            _ => return String::new(),
        };
        let Some(subject) = subjects.as_ref().and_then(|list| list.get(self.subject)) else {
            return String::new();
        };
        let within = |name: &str, namespace: &str| match namespace {
            "" => name.to_owned(),
            namespace => format!("{name}/{namespace}"),
        };
        let named = if subject.kind == "ServiceAccount" {
            let own = subject.namespace.as_deref().filter(|own| !own.is_empty());
            within(&subject.name, own.unwrap_or(namespace))
        } else {
            subject.name.clone()
        };
        format!(
            "{} {:?} of {} {:?} to {} {named:?}",
            self.binding.kind(),
            within(self.binding.name(), namespace),
            role.kind,
            role.name,
            subject.kind
        )
    }
}
