//! `POST pods/eviction`: a deletion that asks first (`pkg/registry/core/pod/storage.EvictionREST`). There are no
//! PodDisruptionBudgets yet, so nobody ever objects.

use serde_json::Value;

use super::{delete, success};
use crate::api::StatusError;
use crate::apiserver::ApiServer;
use crate::apiserver::request::{Body, Request, Response};
use crate::apiserver::route::ResourceRoute;
use crate::sim::Sim;

/// Deletes a Pod with the body's `deleteOptions`.
pub(in crate::apiserver) fn evict(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    route: ResourceRoute<'_>,
    name: &str,
) -> Result<Response, StatusError> {
    let options = match &request.body {
        Body::Json(eviction) => eviction.get("deleteOptions").cloned().unwrap_or(Value::Null),
        _ => Value::Null,
    };
    let deletion = request.clone().with_body(Body::Json(options));
    delete::delete(api, sim, &deletion, route, name)?;
    Ok(success(201))
}
