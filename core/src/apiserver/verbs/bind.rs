//! `POST pods/binding`: the scheduler's verdict (`pkg/registry/core/pod/storage.BindingREST`).

use serde_json::Value;

use super::success;
use crate::api::types::core::PodCondition;
use crate::api::{AnyObject, Key, Kind, Pod, StatusError, meta};
use crate::apiserver::ApiServer;
use crate::apiserver::request::{Body, Request, Response};
use crate::apiserver::route::ResourceRoute;
use crate::apiserver::validation::field;
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
    let target = |field: &str| binding.pointer(field).and_then(Value::as_str).unwrap_or_default();
    let (kind, node) = (target("/target/kind"), target("/target/name"));
    let mut causes = Vec::new();
    if !matches!(kind, "" | "Node") {
        causes.push(field::not_supported("target.kind", kind, &["Node", "<empty>"]));
    }
    if node.is_empty() {
        causes.push(field::required("target.name", ""));
    }
    if !causes.is_empty() {
        return Err(StatusError::invalid_named("Binding", "", name, causes));
    }
    let key = Key::new(Kind::Pod, route.namespace.unwrap_or_default(), name);
    let found = api.store.get(&key).and_then(AnyObject::get::<Pod>);
    let mut pod = found
        .ok_or_else(|| StatusError::not_found(Kind::Pod, name))?
        .clone();
    if let Some(why) = refusal(&pod) {
        return Err(StatusError::conflict_on("pods/binding", name, &why));
    }
    pod.spec_mut().node_name = Some(node.to_owned());
    scheduled(&mut pod, sim);
    if !request.dry_run() {
        api.commit(sim, &request.user.name, Action::Bind, AnyObject::Pod(pod));
    }
    Ok(success(201))
}

/// Why a Pod cannot be bound.
fn refusal(pod: &Pod) -> Option<String> {
    let name = pod.name();
    if pod.metadata.deletion_timestamp.is_some() {
        return Some(format!(
            "pod {name} is being deleted, cannot be assigned to a host"
        ));
    }
    if let Some(taken) = pod.spec.node_name.as_deref().filter(|node| !node.is_empty()) {
        return Some(format!("pod {name} is already assigned to node \"{taken}\""));
    }
    let gates = pod.spec.scheduling_gates.as_ref();
    gates
        .is_some_and(|gates| !gates.is_empty())
        .then(|| format!("pod {name} has non-empty .spec.schedulingGates"))
}

/// Says in the Pod's conditions that it is scheduled.
fn scheduled(pod: &mut Pod, sim: &Sim) {
    let condition = PodCondition {
        type_: "PodScheduled".to_owned(),
        status: "True".to_owned(),
        last_transition_time: Some(meta::meta_time(sim.now)),
        observed_generation: pod.metadata.generation,
        ..PodCondition::default()
    };
    let status = pod.status_mut();
    status.nominated_node_name = None;
    let conditions = status.conditions.get_or_insert_default();
    match conditions.iter_mut().find(|found| found.type_ == condition.type_) {
        Some(found) => *found = condition,
        None => conditions.push(condition),
    }
}
