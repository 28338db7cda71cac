//! Nobody gives what they do not hold (`pkg/registry/rbac/*/policybased`): whoever writes a role must hold its rules or the
//! verb `escalate`; whoever writes a binding, the rules of its role or the verb `bind`.

use super::attributes::Attributes;
use super::rbac::Rules;
use super::rules::{described, quoted, uncovered};
use crate::api::types::rbac::{PolicyRule, RoleRef};
use crate::api::{AnyObject, Kind, StatusError};
use crate::apiserver::ApiServer;
use crate::apiserver::request::Request;
use crate::apiserver::user::SUPERUSERS;

use crate::apiserver::validation::rbac::GROUP;

/// Checks a new or changed role or binding; other kinds pass.
///
/// # Errors
///
/// 403 when it gives what the user does not hold; 404 when a binding's role is not there to look at.
pub(in crate::apiserver) fn check(
    api: &mut ApiServer,
    request: &Request,
    object: &AnyObject,
    old: Option<&AnyObject>,
) -> Result<(), StatusError> {
    let role = match object {
        AnyObject::Role(_) | AnyObject::ClusterRole(_) => None,
        AnyObject::RoleBinding(binding) => Some(&binding.spec.role_ref),
        AnyObject::ClusterRoleBinding(binding) => Some(&binding.spec.role_ref),
        _ => return Ok(()),
    };
    if request.user.is_in(SUPERUSERS) || old.is_some_and(|old| collects_only(object, old)) {
        return Ok(());
    }
    match role {
        Some(role) => check_binding(api, request, object, role),
        None => check_role(api, request, object),
    }
}

/// Whether only what the garbage collector changes has changed (`IsOnlyMutatingGCFields`).
fn collects_only(object: &AnyObject, old: &AnyObject) -> bool {
    let (new, old_metadata) = (object.metadata(), old.metadata());
    object.same_spec(old) && new.labels == old_metadata.labels && new.annotations == old_metadata.annotations
}

fn check_role(api: &mut ApiServer, request: &Request, object: &AnyObject) -> Result<(), StatusError> {
    let escalate = Attributes {
        verb: "escalate",
        name: object.name(),
        ..Attributes::of(request)
    };
    if api.authorizer.allows(&api.store, &escalate) {
        return Ok(());
    }
    let (rules, aggregates) = match object {
        AnyObject::Role(role) => (role.spec.rules.as_deref(), false),
        AnyObject::ClusterRole(role) => {
            let selectors = role.spec.aggregation_rule.as_ref();
            let selectors = selectors.and_then(|rule| rule.cluster_role_selectors.as_ref());
            (
                role.spec.rules.as_deref(),
                selectors.is_some_and(|list| !list.is_empty()),
            )
        }
        _ => (None, false),
    };
    let refuse = |why: &str| StatusError::forbidden(object.kind(), object.name(), why);
    confirm(api, request, object.namespace(), rules.unwrap_or_default()).map_err(|why| refuse(&why))?;
    if aggregates && confirm(api, request, "", &full_authority()).is_err() {
        return Err(refuse(
            "must have cluster-admin privileges to use the aggregationRule",
        ));
    }
    Ok(())
}

fn check_binding(
    api: &mut ApiServer,
    request: &Request,
    object: &AnyObject,
    role: &RoleRef,
) -> Result<(), StatusError> {
    let resource = if role.kind == "Role" {
        Kind::Role
    } else {
        Kind::ClusterRole
    };
    let namespace = object.namespace();
    let bind = Attributes {
        user: &request.user,
        verb: "bind",
        namespace,
        group: GROUP,
        resource: resource.info().plural,
        subresource: "",
        name: &role.name,
        path: "",
    };
    if api.authorizer.allows(&api.store, &bind) {
        return Ok(());
    }
    let rules = Rules::referred(&api.store, role, namespace)?;
    confirm(api, request, namespace, rules.as_slice())
        .map_err(|why| StatusError::forbidden(object.kind(), object.name(), &why))
}

/// The user must hold these rules (`ConfirmNoEscalation`).
fn confirm(
    api: &mut ApiServer,
    request: &Request,
    namespace: &str,
    rules: &[PolicyRule],
) -> Result<(), String> {
    let user = &request.user;
    let holdings = api.authorizer.holdings(&api.store, user);
    let held: Vec<&PolicyRule> = holdings.rules(namespace).collect();
    let missing = uncovered(&held, rules);
    if missing.is_empty() {
        return Ok(());
    }
    let (name, groups, missing) = (user.name.name(), quoted(&user.groups), described(missing));
    let mut message = format!(
        "user {name:?} (groups={groups}) is attempting to grant RBAC permissions not currently held:\n{missing}"
    );
    let unresolved = holdings.missing(namespace);
    if !unresolved.is_empty() {
        let unresolved = super::rbac::aggregate(&unresolved);
        message.push_str(&format!("; resolution errors: [{unresolved}]"));
    }
    Err(message)
}

/// What the cluster's administrators hold.
fn full_authority() -> [PolicyRule; 2] {
    let all = || vec!["*".to_owned()];
    let resources = PolicyRule {
        verbs: all(),
        api_groups: Some(all()),
        resources: Some(all()),
        ..PolicyRule::default()
    };
    let paths = PolicyRule {
        verbs: all(),
        non_resource_urls: Some(all()),
        ..PolicyRule::default()
    };
    [resources, paths]
}
