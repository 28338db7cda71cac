//! `SubjectAccessReview` and its kin, `SelfSubjectRulesReview`: who may do what (`pkg/registry/authorization`).

use serde_json::{Map, Value, json};

use super::{Review, text, texts};
use crate::api::StatusError;
use crate::api::to_json;
use crate::api::types::rbac::PolicyRule;
use crate::apiserver::ApiServer;
use crate::apiserver::authorization::attributes::Attributes;
use crate::apiserver::authorization::rules_for;
use crate::apiserver::request::Request;
use crate::apiserver::user::User;
use crate::apiserver::validation::field;

/// The status of a review of one question.
pub(super) fn verdict(
    api: &mut ApiServer,
    request: &Request,
    review: &Review<'_>,
) -> Result<Value, StatusError> {
    let spec = review.spec;
    let resource = spec.get("resourceAttributes").filter(|value| value.is_object());
    let path = spec
        .get("nonResourceAttributes")
        .filter(|value| value.is_object());
    if resource.is_some() == path.is_some() {
        let at = "spec.resourceAttributes";
        let cause = if resource.is_some() {
            let detail = "cannot be specified in combination with resourceAttributes";
            field::invalid(
                "spec.nonResourceAttributes",
                path.cloned().unwrap_or_default(),
                detail,
            )
        } else {
            let detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
            field::invalid(at, Value::Null, detail)
        };
        return Err(review.invalid(cause));
    }
    let asked = if review.kind == "SelfSubjectAccessReview" {
        request.user.clone()
    } else {
        subject(review)?
    };
    let (resource, path) = (resource.unwrap_or(&Value::Null), path.unwrap_or(&Value::Null));
    let namespace = text(resource, "/namespace");
    if review.kind == "LocalSubjectAccessReview" && namespace != review.namespace {
        let detail = format!("must match metadata.namespace: {}", review.namespace);
        let cause = field::invalid("spec.resourceAttributes.namespace", namespace, &detail);
        return Err(review.invalid(cause));
    }
    let attributes = Attributes {
        user: &asked,
        verb: if resource.is_null() {
            text(path, "/verb")
        } else {
            text(resource, "/verb")
        },
        namespace,
        group: text(resource, "/group"),
        // A question about no resource in particular is still not one about a path.
        resource: match text(resource, "/resource") {
            "" if !resource.is_null() => "<none>",
            found => found,
        },
        subresource: text(resource, "/subresource"),
        name: text(resource, "/name"),
        path: text(path, "/path"),
    };
    let decision = api.authorizer.decide(&api.store, &attributes);
    let mut status = json!({"allowed": decision.allowed});
    if let (Value::Object(status), false) = (&mut status, decision.reason.is_empty()) {
        status.insert("reason".to_owned(), json!(decision.reason));
    }
    Ok(status)
}

/// Whom the review is about.
fn subject(review: &Review<'_>) -> Result<User, StatusError> {
    let (name, groups) = (text(review.spec, "/user"), texts(review.spec, "/groups"));
    if name.is_empty() && groups.is_empty() {
        let detail = "at least one of user or group must be specified";
        return Err(review.invalid(field::invalid("spec.user", "", detail)));
    }
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    Ok(User::new(name, &groups))
}

/// The status of a `SelfSubjectRulesReview`.
pub(super) fn rules(
    api: &mut ApiServer,
    request: &Request,
    review: &Review<'_>,
) -> Result<Value, StatusError> {
    let namespace = text(review.spec, "/namespace");
    if namespace.is_empty() {
        return Err(StatusError::bad_request("no namespace on request"));
    }
    let holdings = api.authorizer.holdings(&api.store, &request.user);
    let (rules, errors) = rules_for(&holdings, &request.user, namespace);
    let (paths, resources): (Vec<_>, Vec<_>) = rules
        .into_iter()
        .partition(|rule| rule.non_resource_urls.is_some());
    let listed = |rules: Vec<PolicyRule>| -> Vec<Value> { rules.iter().map(|rule| to_json(rule)).collect() };
    let mut status = Map::new();
    status.insert("resourceRules".to_owned(), json!(listed(resources)));
    status.insert("nonResourceRules".to_owned(), json!(listed(paths)));
    status.insert("incomplete".to_owned(), json!(!errors.is_empty()));
    if !errors.is_empty() {
        status.insert("evaluationError".to_owned(), json!(errors));
    }
    Ok(Value::Object(status))
}
