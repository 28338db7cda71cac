//! `POST pods/binding`: the scheduler's verdict (`pkg/registry/core/pod/storage.BindingREST`).

use serde_json::json;

use crate::api::types::core::PodCondition;
use crate::api::{AnyObject, Key, Kind, Pod, StatusError, meta};
use crate::apiserver::ApiServer;
use crate::apiserver::request::{Body, Request, Response, ResponseBody};
use crate::apiserver::route::ResourceRoute;
use crate::sim::{Action, Sim};

/// Binds a Pod to the node that the body's `target` names.
pub(in crate::apiserver) fn bind(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    route: ResourceRoute<'_>,
    name: &str,
) -> Result<Response, StatusError> {
    let Body::Json(binding) = &request.body else {
        return Err(StatusError::bad_request("the body of the request was empty"));
    };
    let node = binding
        .pointer("/target/name")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    let key = Key::new(Kind::Pod, route.namespace.unwrap_or_default(), name);
    let found = api.store.get(&key).and_then(AnyObject::get::<Pod>);
    let mut pod = found
        .ok_or_else(|| StatusError::not_found(Kind::Pod, name))?
        .clone();
    if pod.metadata.deletion_timestamp.is_some() {
        let why = format!("pod {name} is being deleted, cannot be assigned to a host");
        return Err(StatusError::conflict(Kind::Pod, name, &why));
    }
    if let Some(taken) = pod.spec.node_name.as_deref().filter(|node| !node.is_empty()) {
        let why = format!("pod {name} is already assigned to node \"{taken}\"");
        return Err(StatusError::conflict(Kind::Pod, name, &why));
    }
    pod.spec_mut().node_name = Some(node.to_owned());
    let generation = pod.metadata.generation;
    let conditions = pod.status_mut().conditions.get_or_insert_default();
    conditions.retain(|condition| condition.type_ != "PodScheduled");
    conditions.push(PodCondition {
        type_: "PodScheduled".to_owned(),
        status: "True".to_owned(),
        last_transition_time: Some(meta::meta_time(sim.now)),
        observed_generation: generation,
        ..PodCondition::default()
    });
    api.commit(sim, &request.user.name, Action::Bind, AnyObject::Pod(pod));
    let success = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"});
    Ok(Response {
        status: 201,
        body: ResponseBody::Json(success),
        warnings: Vec::new(),
    })
}
