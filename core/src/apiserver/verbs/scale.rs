//! The `scale` subresource: how many replicas, for whatever has replicas (`autoscaling/v1 Scale`).

use serde_json::{Value, json};

use super::update::commit;
use crate::api::labels::format_selector;
use crate::api::to_json;
use crate::api::{AnyObject, Key, StatusError};
use crate::apiserver::custom::paths;
use crate::apiserver::printing::format_labels;
use crate::apiserver::request::{Body, ContentType, Method, Request, Response, ResponseBody};
use crate::apiserver::route::ResourceRoute;
use crate::apiserver::validation::field;
use crate::apiserver::versions::shown_object;
use crate::apiserver::{ApiServer, patch};
use crate::sim::{Action, Sim};

/// Answers the scale of an object.
pub(in crate::apiserver) fn get(
    api: &ApiServer,
    route: ResourceRoute<'_>,
    name: &str,
) -> Result<Response, StatusError> {
    let object = shown_object(find(api, route, name)?.clone(), route.form);
    Ok(Response::ok(ResponseBody::Json(scale_of(&object))))
}

/// Replaces or patches the scale of an object.
pub(in crate::apiserver) fn update(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    route: ResourceRoute<'_>,
    name: &str,
) -> Result<Response, StatusError> {
    let old = shown_object(find(api, route, name)?.clone(), route.form);
    let Body::Json(body) = &request.body else {
        return Err(StatusError::bad_request("the body of the request was empty"));
    };
    let scale = match (request.method, request.content_type) {
        (Method::Patch, ContentType::JsonPatch) => patch::json(scale_of(&old), body)?,
        (Method::Patch, _) => patch::merge(scale_of(&old), body),
        _ => body.clone(),
    };
    let version = scale
        .pointer("/metadata/resourceVersion")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !version.is_empty() && version != old.resource_version().to_string() {
        return Err(StatusError::modified(route.names(), name));
    }
    let replicas = scale
        .pointer("/spec/replicas")
        .and_then(Value::as_i64)
        .unwrap_or(0);
    let Some(replicas) = i32::try_from(replicas).ok().filter(|replicas| *replicas >= 0) else {
        let cause = field::invalid("spec.replicas", replicas, field::NOT_NEGATIVE);
        return Err(StatusError::invalid_named(
            "Scale",
            "autoscaling",
            name,
            vec![cause],
        ));
    };
    let mut object = old.clone();
    set_replicas(&mut object, replicas);
    if !object.same_spec(&old) {
        let generation = old.metadata().generation.unwrap_or(0);
        object.metadata_mut().generation = Some(generation + 1);
    }
    let object = if request.dry_run() {
        object
    } else {
        commit(api, sim, request, Action::Update, object, &old)
    };
    Ok(Response::ok(ResponseBody::Json(scale_of(&object))))
}

fn find<'a>(api: &'a ApiServer, route: ResourceRoute<'_>, name: &str) -> Result<&'a AnyObject, StatusError> {
    let key = Key::new(route.kind, route.namespace.unwrap_or_default(), name);
    api.store
        .get(&key)
        .ok_or_else(|| StatusError::not_found(route.names(), name))
}

fn set_replicas(object: &mut AnyObject, replicas: i32) {
    match object {
        AnyObject::Deployment(deployment) => deployment.spec_mut().replicas = Some(replicas),
        AnyObject::ReplicaSet(replica_set) => replica_set.spec_mut().replicas = Some(replicas),
        AnyObject::ReplicationController(controller) => controller.spec_mut().replicas = Some(replicas),
        AnyObject::StatefulSet(stateful_set) => stateful_set.spec_mut().replicas = Some(replicas),
        AnyObject::Dynamic(dynamic) => {
            if let Some(paths) = dynamic
                .custom
                .as_ref()
                .and_then(|kind| kind.definition.scale.as_ref())
            {
                paths::put(dynamic.object.spec_mut(), &paths.spec, replicas.into());
            }
        }
        _ => debug_assert!(false, "{} has no scale", object.kind()),
    }
}

fn scale_of(object: &AnyObject) -> Value {
    let (wanted, found, selector) = match object {
        AnyObject::Deployment(object) => (
            object.spec.replicas,
            object.status.replicas.unwrap_or(0),
            format_selector(&object.spec.selector),
        ),
        AnyObject::ReplicaSet(object) => (
            object.spec.replicas,
            object.status.replicas,
            format_selector(&object.spec.selector),
        ),
        AnyObject::ReplicationController(object) => (
            object.spec.replicas,
            object.status.replicas,
            format_labels(object.spec.selector.as_ref()),
        ),
        AnyObject::StatefulSet(object) => (
            object.spec.replicas,
            object.status.replicas,
            format_selector(&object.spec.selector),
        ),
        AnyObject::Dynamic(_) => custom_scale(object),
        _ => (None, 0, String::new()),
    };
    let wanted = wanted.unwrap_or(1);
    let metadata = object.metadata();
    json!({
        "apiVersion": "autoscaling/v1", "kind": "Scale",
        "metadata": {
            "name": object.name(), "namespace": object.namespace(), "uid": object.uid(),
            "resourceVersion": metadata.resource_version, "creationTimestamp": to_json(&metadata.creation_timestamp),
        },
        "spec": {"replicas": wanted},
        "status": {"replicas": found, "selector": selector},
    })
}

/// What the paths of a definition's `scale` find: wanted, found, selector.
fn custom_scale(object: &AnyObject) -> (Option<i32>, i32, String) {
    let value = object.to_value();
    let found = object
        .custom_kind()
        .and_then(|kind| kind.definition.scale.clone());
    let Some(scale) = found else {
        return (None, 0, String::new());
    };
    let number = |path: &str| i32::try_from(paths::find(&value, path)?.as_i64()?).ok();
    let selector = scale
        .selector
        .and_then(|path| paths::find(&value, &path)?.as_str().map(str::to_owned));
    (
        Some(number(&scale.spec).unwrap_or(0)),
        number(&scale.status).unwrap_or(0),
        selector.unwrap_or_default(),
    )
}
