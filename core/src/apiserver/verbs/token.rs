//! `POST serviceaccounts/token`: a token of a service account (`pkg/registry/core/serviceaccount/storage.TokenREST`).

use serde_json::{Value, json};

use crate::api::meta::meta_time;
use crate::api::to_json;
use crate::api::{Key, Kind, StatusError};
use crate::apiserver::ApiServer;
use crate::apiserver::authentication::token::{self, Claims, ISSUER};
use crate::apiserver::request::{Body, Request, Response, ResponseBody};
use crate::apiserver::route::ResourceRoute;
use crate::apiserver::validation::field;
use crate::sim::Sim;

/// `spec.expirationSeconds` that are not given.
const DEFAULT_SECS: i64 = 3_600;
const MIN_SECS: i64 = 600;
const MAX_SECS: i64 = 1 << 32;

/// Answers a `TokenRequest` with its status filled in.
pub(in crate::apiserver) fn create(
    api: &mut ApiServer,
    sim: &Sim,
    request: &Request,
    route: ResourceRoute<'_>,
    name: &str,
) -> Result<Response, StatusError> {
    let body = match &request.body {
        Body::Json(body) => body,
        _ => &Value::Null,
    };
    let namespace = route.namespace.unwrap_or_default();
    let secs = body.pointer("/spec/expirationSeconds").and_then(Value::as_i64);
    let secs = secs.unwrap_or(DEFAULT_SECS);
    let wrong = match secs {
        ..MIN_SECS => Some("may not specify a duration less than 10 minutes"),
        MIN_SECS..=MAX_SECS => None,
        _ => Some("may not specify a duration larger than 2^32 seconds"),
    };
    if let Some(wrong) = wrong {
        let cause = field::invalid("spec.expirationSeconds", secs, wrong);
        let group = "authentication.k8s.io";
        return Err(StatusError::invalid_named(
            "TokenRequest",
            group,
            name,
            vec![cause],
        ));
    }
    let key = Key::new(Kind::ServiceAccount, namespace, name);
    let account = api
        .store
        .get(&key)
        .ok_or_else(|| StatusError::not_found(key.kind, name))?;
    let reference = body.pointer("/spec/boundObjectRef").unwrap_or(&Value::Null);
    let bound = token::bound(api, namespace, reference)?;
    let given = body.pointer("/spec/audiences").and_then(Value::as_array);
    let given = given.into_iter().flatten().filter_map(Value::as_str);
    let mut audiences: Vec<String> = given.map(str::to_owned).collect();
    if audiences.is_empty() {
        audiences.push(ISSUER.to_owned());
    }
    let claims = Claims {
        audiences: &audiences,
        lifetime_secs: Some(secs),
        bound,
        number: api.created,
    };
    let text = token::issue(sim, account, &claims);
    let ends = sim.now + std::time::Duration::from_secs(secs.unsigned_abs());
    let answer = json!({
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": to_json(&meta_time(sim.now))},
        "spec": {"audiences": audiences, "expirationSeconds": secs, "boundObjectRef": reference},
        "status": {"token": text, "expirationTimestamp": to_json(&meta_time(ends))},
    });
    api.created += 1;
    Ok(Response {
        status: 201,
        body: ResponseBody::Json(answer),
        warnings: Vec::new(),
    })
}
