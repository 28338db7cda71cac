//! `POST pods/eviction`: a deletion that asks the Pod's disruption budget first
//! (`pkg/registry/core/pod/storage.EvictionREST`).

use serde_json::{Value, json};

use super::{delete, success};
use crate::api::disruption::{concerns, update_condition};
use crate::api::meta::{MetaExt, meta_time};
use crate::api::types::core::PodCondition;
use crate::api::{AnyObject, Cause, Key, Kind, Pod, PodDisruptionBudget, StatusError};
use crate::apiserver::ApiServer;
use crate::apiserver::request::{Body, Request, Response};
use crate::apiserver::route::ResourceRoute;
use crate::sim::{Action, Sim};

/// So many evicted Pods are waited for at most (`MaxDisruptedPodSize`).
const MAX_DISRUPTED_PODS: usize = 2_000;

/// Deletes a Pod with the body's `deleteOptions`, if its budget allows it.
pub(in crate::apiserver) fn evict(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    route: ResourceRoute<'_>,
    name: &str,
) -> Result<Response, StatusError> {
    let eviction = match &request.body {
        Body::Json(eviction) => eviction,
        _ => &Value::Null,
    };
    let named = eviction.pointer("/metadata/name").and_then(Value::as_str);
    if named.is_some_and(|named| named != name) {
        let message = "name in URL does not match name in Eviction object";
        return Err(StatusError::bad_request(message));
    }
    let options = eviction.get("deleteOptions").cloned().unwrap_or(json!({}));
    let deletion = request.clone().with_body(Body::Json(options));
    let dry_run = delete::is_dry_run(&deletion);
    let key = Key::new(Kind::Pod, route.namespace.unwrap_or_default(), name);
    let found = api.store.get(&key).and_then(AnyObject::get::<Pod>);
    let pod = found
        .ok_or_else(|| StatusError::not_found(Kind::Pod, name))?
        .clone();
    if !can_ignore_budgets(&pod) {
        ask_budget(api, sim, request, &pod, dry_run)?;
    }
    if !dry_run {
        say_why(api, sim, request, pod);
    }
    delete::delete(api, sim, &deletion, route, name)?;
    Ok(success(201))
}

/// Pods that serve nobody, or no longer (`canIgnorePDB`).
fn can_ignore_budgets(pod: &Pod) -> bool {
    matches!(
        pod.status.phase.as_deref(),
        Some("Succeeded" | "Failed" | "Pending")
    ) || pod.metadata.is_deleting()
}

fn ask_budget(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    pod: &Pod,
    dry_run: bool,
) -> Result<(), StatusError> {
    let listed = api.store.list_in(Kind::PodDisruptionBudget, pod.namespace());
    let budgets: Vec<PodDisruptionBudget> = listed
        .filter_map(AnyObject::get::<PodDisruptionBudget>)
        .filter(|budget| concerns(budget, pod))
        .cloned()
        .collect();
    let mut budget = match budgets.as_slice() {
        [] => return Ok(()),
        [budget] => budget.clone(),
        _ => {
            let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return Err(StatusError::new(500, "", message));
        }
    };
    if !is_ready(pod) && may_go_unhealthy(&budget) {
        return Ok(());
    }
    check(&budget)?;
    let status = budget.status_mut();
    let left = status.disruptions_allowed.unwrap_or(0) - 1;
    status.disruptions_allowed = Some(left);
    let evicted = status.disrupted_pods.get_or_insert_default();
    evicted.insert(pod.name().to_owned(), meta_time(sim.now));
    if left == 0 {
        update_condition(&mut budget, sim.now);
    }
    if !dry_run {
        let budget = AnyObject::PodDisruptionBudget(budget);
        api.commit(sim, &request.user.name, Action::UpdateStatus, budget);
    }
    Ok(())
}

fn is_ready(pod: &Pod) -> bool {
    let mut conditions = pod.status.conditions.iter().flatten();
    conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Whether a Pod that is not ready may go without counting (`unhealthyPodEvictionPolicy`).
fn may_go_unhealthy(budget: &PodDisruptionBudget) -> bool {
    let (healthy, wanted) = (
        budget.status.current_healthy.unwrap_or(0),
        budget.status.desired_healthy.unwrap_or(0),
    );
    let always = budget.spec.unhealthy_pod_eviction_policy.as_deref() == Some("AlwaysAllow");
    always || (healthy >= wanted && wanted > 0)
}

/// Whether the budget allows one more (`checkAndDecrement`).
fn check(budget: &PodDisruptionBudget) -> Result<(), StatusError> {
    let (name, status) = (budget.name(), &budget.status);
    let refused = |why: String| {
        let message = "Cannot evict pod as it would violate the pod's disruption budget.";
        let mut error = StatusError::too_many_requests(message);
        error.causes.push(Cause {
            reason: "DisruptionBudget".to_owned(),
            message: why,
            field: String::new(),
        });
        error
    };
    if status.observed_generation.unwrap_or(0) < budget.metadata.generation.unwrap_or(0) {
        return Err(refused(format!(
            "The disruption budget {name} is still being processed by the server."
        )));
    }
    let kind = Kind::PodDisruptionBudget;
    let allowed = status.disruptions_allowed.unwrap_or(0);
    if allowed < 0 {
        return Err(StatusError::forbidden(
            kind,
            name,
            "pdb disruptions allowed is negative",
        ));
    }
    let evicted = status.disrupted_pods.as_ref();
    if evicted.is_some_and(|pods| pods.len() > MAX_DISRUPTED_PODS) {
        let why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
        return Err(StatusError::forbidden(kind, name, why));
    }
    if allowed == 0 {
        return Err(refused(format!(
            "The disruption budget {name} needs {} healthy pods and has {} currently",
            status.desired_healthy.unwrap_or(0),
            status.current_healthy.unwrap_or(0)
        )));
    }
    Ok(())
}

/// The Pod says who takes it away (`addConditionAndDeletePod`).
fn say_why(api: &mut ApiServer, sim: &mut Sim, request: &Request, mut pod: Pod) {
    let condition = PodCondition {
        type_: "DisruptionTarget".to_owned(),
        status: "True".to_owned(),
        reason: Some("EvictionByEvictionAPI".to_owned()),
        message: Some("Eviction API: evicting".to_owned()),
        last_transition_time: Some(meta_time(sim.now)),
        observed_generation: pod.metadata.generation,
        ..PodCondition::default()
    };
    let conditions = pod.status_mut().conditions.get_or_insert_default();
    match conditions.iter_mut().find(|found| found.type_ == condition.type_) {
        Some(found) if found.status == condition.status && found.reason == condition.reason => return,
        Some(found) => *found = condition,
        None => conditions.push(condition),
    }
    api.commit(sim, &request.user.name, Action::UpdateStatus, AnyObject::Pod(pod));
}
