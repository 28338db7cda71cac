//! `POST`: default, admit, allocate, validate, store (`k8s.io/apiserver/pkg/registry/generic/registry.Store.Create`).

use super::{body_object, settle_namespace};
use crate::api::{AnyObject, Key, StatusError, meta};
use crate::apiserver::admission::node_restriction::{self, Act};
use crate::apiserver::authorization::escalation;
use crate::apiserver::request::{Request, Response, ResponseBody};
use crate::apiserver::route::{Form, ResourceRoute};
use crate::apiserver::strategy::{Strategy, Surroundings, strategy};
use crate::apiserver::{ApiServer, admission, validation};
use crate::sim::{Action, Sim};

/// Attempts at a free generated name before giving up.
const NAME_ATTEMPTS: u64 = 8;

/// Creates the object in the request's body.
pub(in crate::apiserver) fn create(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    route: ResourceRoute<'_>,
) -> Result<Response, StatusError> {
    let decoded = body_object(request, route)?;
    let (mut object, mut warnings) = (decoded.object, decoded.warnings);
    let rules = strategy(route.kind);
    settle_namespace(&mut object, route)?;
    if let Form::Custom(kind) = route.form
        && kind.definition.terminating
    {
        return Err(StatusError::new(
            405,
            "MethodNotAllowed",
            "create not allowed while custom resource definition is terminating",
        ));
    }
    rules.default(&mut object);
    let versioned = object.resource_version() != 0;
    settle_metadata(api, sim, rules, &mut object);
    admission::admit_create(&api.store, sim.rng, &request.user, &mut object)?;
    escalation::check(api, request, &object, None)?;
    node_restriction::check(&request.user, Act::Create, &object)?;
    let around = Surroundings {
        store: &api.store,
        now: sim.now,
        rng: sim.rng,
    };
    rules.allocate(&mut object, None, around)?;
    rules.prepare_for_create(&mut object, around)?;
    let mut causes = validation::metadata::validate(route.kind, object.metadata());
    causes.extend(rules.validate(&object));
    if !causes.is_empty() {
        return Err(StatusError::invalid(route.names(), object.name(), causes));
    }
    admission::validate(&api.store, &object, None)?;
    let charged = admission::resource_quota::evaluate(&api.store, sim.now, &object, None)?;
    if versioned {
        // The store's own error, without a reason.
        let why = "resourceVersion should not be set on objects to be created";
        return Err(StatusError::new(500, "", why));
    }
    if api.store.get(&object.key()).is_some() {
        return Err(StatusError::already_exists(route.names(), object.name()));
    }
    warnings.extend(rules.warnings(&object));
    if !request.dry_run() {
        api.charge(sim, charged);
        api.created += 1;
        object = api.commit(sim, &request.user.name, Action::Create, object);
    }
    Ok(Response {
        status: 201,
        body: ResponseBody::Object(object),
        warnings,
    })
}

/// Gives the object its name, UID, creation time and generation.
fn settle_metadata(api: &ApiServer, sim: &Sim, rules: &dyn Strategy, object: &mut AnyObject) {
    let uid = sim.rng.uuid("uid", object.names().kind, api.created);
    let name = generated_name(api, sim, object);
    let metadata = object.metadata_mut();
    if metadata.name.as_deref().unwrap_or_default().is_empty() {
        metadata.name = name;
    }
    metadata.uid = Some(uid);
    metadata.creation_timestamp = Some(meta::meta_time(sim.now));
    metadata.deletion_timestamp = None;
    metadata.deletion_grace_period_seconds = None;
    metadata.self_link = None;
    metadata.resource_version = None;
    metadata.managed_fields = None;
    metadata.generation = rules.has_generation().then_some(1);
}

/// A free name from `generateName`, if there is one.
fn generated_name(api: &ApiServer, sim: &Sim, object: &AnyObject) -> Option<String> {
    if !object.name().is_empty() {
        return None;
    }
    let base = object
        .metadata()
        .generate_name
        .as_deref()
        .filter(|base| !base.is_empty())?;
    // 63 characters less the five that are appended.
    let base: String = base.chars().take(58).collect();
    let mut name = String::new();
    for attempt in 0..NAME_ATTEMPTS {
        let suffix = sim
            .rng
            .suffix("generate-name", &base, api.created * NAME_ATTEMPTS + attempt, 5);
        name = format!("{base}{suffix}");
        if api
            .store
            .get(&Key::new(object.kind(), object.namespace(), &name))
            .is_none()
        {
            break;
        }
    }
    Some(name)
}
