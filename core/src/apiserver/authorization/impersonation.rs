//! Acting as somebody else (`k8s.io/apiserver/pkg/endpoints/filters/impersonation.go`): who may impersonate a user and each
//! of the groups is that user for the rest of the request.

use std::sync::Arc;

use super::attributes::Attributes;
use crate::api::StatusError;
use crate::apiserver::ApiServer;
use crate::apiserver::request::Request;
use crate::apiserver::user::{
    ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, User, default_groups, service_account,
};

/// The user that a request is made for.
///
/// # Errors
///
/// 403 when its own user may not impersonate that one.
pub(in crate::apiserver) fn impersonated(
    api: &mut ApiServer,
    request: &Request,
) -> Result<Option<User>, StatusError> {
    let Some(wanted) = &request.impersonate else {
        return Ok(None);
    };
    if wanted.user.is_empty() {
        let message = "Internal error occurred: requested groups or a UID without impersonating a user";
        return Err(StatusError::new(500, "InternalError", message));
    }
    let mut check = |group: &str, resource: &str, namespace: &str, name: &str| {
        let attributes = Attributes {
            user: &request.user,
            verb: "impersonate",
            namespace,
            group,
            resource,
            subresource: "",
            name,
            path: "",
        };
        let decision = api.authorizer.decide(&api.store, &attributes);
        if decision.allowed {
            Ok(())
        } else {
            Err(attributes.forbidden(&decision.reason))
        }
    };
    match service_account(&wanted.user) {
        Some((namespace, name)) => check("", "serviceaccounts", namespace, name)?,
        None => check("", "users", "", &wanted.user)?,
    }
    for group in &wanted.groups {
        check("", "groups", "", group)?;
    }
    if !wanted.uid.is_empty() {
        check("authentication.k8s.io", "uids", "", &wanted.uid)?;
    }
    let mut groups = wanted.groups.clone();
    if groups.is_empty() {
        groups = default_groups(&wanted.user);
    }
    let known = |group: &String| group == AUTHENTICATED || group == UNAUTHENTICATED;
    if !groups.iter().any(known) {
        let anonymous = wanted.user == ANONYMOUS;
        groups.push(if anonymous { UNAUTHENTICATED } else { AUTHENTICATED }.to_owned());
    }
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let uid = (!wanted.uid.is_empty()).then(|| Arc::from(wanted.uid.as_str()));
    Ok(Some(User {
        uid,
        ..User::new(&wanted.user, &groups)
    }))
}
