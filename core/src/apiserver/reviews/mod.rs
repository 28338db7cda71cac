//! Questions that are asked by creating an object that is never stored: who am I, may I, may they
//! (`authentication.k8s.io/v1`, `authorization.k8s.io/v1`).

mod access;
mod identity;

use serde_json::{Map, Value, json};

use super::ApiServer;
use super::request::{Body, Method, Request, Response, ResponseBody};
use crate::api::meta::meta_time;
use crate::api::to_json;
use crate::api::{Cause, StatusError};
use crate::sim::Sim;

/// A review that was asked for.
struct Review<'a> {
    kind: &'static str,
    group: &'static str,
    namespace: &'a str,
    spec: &'a Value,
}

/// What reviews there are: resource, kind, group, whether it is asked in a namespace.
const REVIEWS: &[(&str, &str, &str, bool)] = &[
    (
        "selfsubjectreviews",
        "SelfSubjectReview",
        "authentication.k8s.io",
        false,
    ),
    ("tokenreviews", "TokenReview", "authentication.k8s.io", false),
    (
        "localsubjectaccessreviews",
        "LocalSubjectAccessReview",
        "authorization.k8s.io",
        true,
    ),
    (
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        "authorization.k8s.io",
        false,
    ),
    (
        "selfsubjectrulesreviews",
        "SelfSubjectRulesReview",
        "authorization.k8s.io",
        false,
    ),
    (
        "subjectaccessreviews",
        "SubjectAccessReview",
        "authorization.k8s.io",
        false,
    ),
];

/// Answers a review; `None` if the request is not about one.
pub(super) fn answer(
    api: &mut ApiServer,
    sim: &Sim,
    request: &Request,
) -> Option<Result<Response, StatusError>> {
    let rest = request.path.strip_prefix("/apis/auth")?;
    let segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    let (group, namespace, resource) = match segments.as_slice() {
        [group, "v1", resource] => (*group, "", *resource),
        [group, "v1", "namespaces", namespace, resource] => (*group, *namespace, *resource),
        _ => return None,
    };
    let found = REVIEWS
        .iter()
        .find(|(name, _, within, _)| *name == resource && within.strip_prefix("auth") == Some(group));
    let (_, kind, group, local) = found.copied()?;
    if local == namespace.is_empty() {
        return Some(Err(StatusError::no_such_path()));
    }
    if request.method != Method::Post {
        return Some(Err(StatusError::method_not_allowed()));
    }
    let value = match &request.body {
        Body::Json(value) => value.clone(),
        Body::Object(object) => object.to_value(),
        Body::Empty | Body::Http(_) => json!({}),
    };
    let spec = value.get("spec").unwrap_or(&Value::Null);
    let review = Review {
        kind,
        group,
        namespace,
        spec,
    };
    Some(review.answer(api, sim, request, &value))
}

impl Review<'_> {
    fn answer(
        &self,
        api: &mut ApiServer,
        sim: &Sim,
        request: &Request,
        given: &Value,
    ) -> Result<Response, StatusError> {
        let status = match self.kind {
            "SelfSubjectReview" => identity::of_oneself(&request.user),
            "TokenReview" => identity::of_token(api, sim, self)?,
            "SelfSubjectRulesReview" => access::rules(api, request, self)?,
            _ => access::verdict(api, request, self)?,
        };
        let mut metadata = match given.get("metadata") {
            Some(Value::Object(map)) => map.clone(),
            _ => Map::new(),
        };
        if self.kind == "SelfSubjectReview" {
            metadata.insert("creationTimestamp".to_owned(), to_json(&meta_time(sim.now)));
        }
        let mut answer = json!({
            "apiVersion": format!("{}/v1", self.group), "kind": self.kind, "metadata": metadata, "status": status,
        });
        if let (Value::Object(answer), Value::Object(spec)) = (&mut answer, self.spec) {
            answer.insert("spec".to_owned(), Value::Object(spec.clone()));
        }
        Ok(Response {
            status: 201,
            body: ResponseBody::Json(answer),
            warnings: Vec::new(),
        })
    }

    fn invalid(&self, cause: Cause) -> StatusError {
        StatusError::invalid_named(self.kind, self.group, "", vec![cause])
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn texts(value: &Value, pointer: &str) -> Vec<String> {
    let list = value.pointer(pointer).and_then(Value::as_array);
    let list = list.into_iter().flatten().filter_map(Value::as_str);
    list.map(str::to_owned).collect()
}
