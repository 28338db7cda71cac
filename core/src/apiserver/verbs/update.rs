//! `PUT` and `PATCH`, of an object or of its status (`registry.Store.Update`).

use super::{body_object, field_validation, settle_namespace};
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Cause, Key, ResourceQuota, StatusError};
use crate::apiserver::admission::node_restriction::{self, Act};
use crate::apiserver::authorization::escalation;
use crate::apiserver::decode::Decoded;
use crate::apiserver::request::{Body, Method, Request, Response, ResponseBody};
use crate::apiserver::route::ResourceRoute;
use crate::apiserver::strategies::pod::add_ephemeral;
use crate::apiserver::strategy::{Surroundings, strategy};
use crate::apiserver::{ApiServer, admission, patch, validation};
use crate::sim::{Action, Sim};

/// Replaces or patches an object or its status.
pub(in crate::apiserver) fn update(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    route: ResourceRoute<'_>,
    name: &str,
) -> Result<Response, StatusError> {
    let key = Key::new(route.kind, route.namespace.unwrap_or_default(), name);
    let old = api
        .store
        .get(&key)
        .ok_or_else(|| StatusError::not_found(route.names(), name))?
        .clone();
    let decoded = if request.method == Method::Patch && !matches!(request.body, Body::Object(_)) {
        patched(request, route, &old)?
    } else {
        body_object(request, route)?
    };
    replace(api, sim, request, route, &old, decoded)
}

/// Puts an object in the place of the old one.
pub(super) fn replace(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    route: ResourceRoute<'_>,
    old: &AnyObject,
    Decoded {
        mut object,
        mut warnings,
    }: Decoded,
) -> Result<Response, StatusError> {
    settle_namespace(&mut object, route)?;
    check_identity(&object, old, old.name())?;
    settle(&mut object, old);
    let mut charged = Vec::new();
    escalation::check(api, request, &object, Some(old))?;
    node_restriction::check(&request.user, Act::Update(route.subresource, old), &object)?;
    let action = match route.subresource {
        Some("status") => {
            prepare_status(&mut object, old)?;
            Action::UpdateStatus
        }
        Some("finalize") => {
            object.take_status(old);
            Action::Update
        }
        Some("ephemeralcontainers") => {
            if let (Some(pod), Some(old)) = (object.get_mut(), old.get()) {
                let causes = add_ephemeral(pod, old);
                refuse(&object, causes)?;
            }
            Action::Update
        }
        _ => {
            let (more, quotas) = prepare(api, sim, &mut object, old)?;
            warnings.extend(more);
            charged = quotas;
            Action::Update
        }
    };
    let object = if request.dry_run() {
        object
    } else {
        api.charge(sim, charged);
        commit(api, sim, request, action, object, old)
    };
    Ok(Response {
        status: 200,
        body: ResponseBody::Object(object),
        warnings,
    })
}

/// The object that a patch makes of the old one.
fn patched(request: &Request, route: ResourceRoute<'_>, old: &AnyObject) -> Result<Decoded, StatusError> {
    let Body::Json(document) = &request.body else {
        return Err(StatusError::bad_request("a patch is JSON"));
    };
    patch::patched(
        route.form,
        old,
        request.content_type,
        document,
        field_validation(request)?,
    )
}

/// The object must be the one that is stored, as it was read.
fn check_identity(object: &AnyObject, old: &AnyObject, name: &str) -> Result<(), StatusError> {
    if object.name() != name {
        return Err(StatusError::bad_request(format!(
            "the name of the object ({}) does not match the name on the URL ({name})",
            object.name()
        )));
    }
    let uid = object.uid();
    if !uid.is_empty() && uid != old.uid() {
        let found = old.uid();
        let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {found}");
        return Err(StatusError::conflict(old.names(), name, &why));
    }
    let version = object.metadata().resource_version.as_deref().unwrap_or_default();
    if version.parse().is_ok_and(|version: u64| version != 0)
        && object.resource_version() != old.resource_version()
    {
        return Err(StatusError::modified(old.names(), name));
    }
    Ok(())
}

/// Puts back what nobody may change.
fn settle(object: &mut AnyObject, old: &AnyObject) {
    let before = old.metadata();
    if std::sync::Arc::ptr_eq(object.metadata(), before) {
        return;
    }
    let metadata = object.metadata_mut();
    metadata.uid.clone_from(&before.uid);
    metadata.creation_timestamp.clone_from(&before.creation_timestamp);
    metadata.deletion_timestamp.clone_from(&before.deletion_timestamp);
    metadata.deletion_grace_period_seconds = before.deletion_grace_period_seconds;
    metadata.generation = before.generation;
    metadata.generate_name.clone_from(&before.generate_name);
    metadata.resource_version.clone_from(&before.resource_version);
    metadata.self_link = None;
    metadata.managed_fields = None;
}

/// A status update changes the status, and of the metadata only labels and annotations.
fn prepare_status(object: &mut AnyObject, old: &AnyObject) -> Result<(), StatusError> {
    object.take_spec(old);
    let before = old.metadata();
    if object.metadata().owner_references != before.owner_references
        || object.metadata().finalizers != before.finalizers
    {
        let metadata = object.metadata_mut();
        metadata.owner_references.clone_from(&before.owner_references);
        metadata.finalizers.clone_from(&before.finalizers);
    }
    strategy(object.kind()).prepare_for_status_update(object, old);
    refuse(
        object,
        validation::metadata::validate_update(object.metadata(), before),
    )
}

/// Makes a changed object ready to be stored; answers the warnings about it, and the quotas that it is charged to.
fn prepare(
    api: &ApiServer,
    sim: &Sim,
    object: &mut AnyObject,
    old: &AnyObject,
) -> Result<(Vec<String>, Vec<ResourceQuota>), StatusError> {
    let rules = strategy(object.kind());
    if rules.keeps_status(object) {
        object.take_status(old);
    }
    if !object.shares_spec(old) {
        rules.default(object);
    }
    let around = Surroundings {
        store: &api.store,
        now: sim.now,
        rng: sim.rng,
    };
    rules.allocate(object, Some(old), around)?;
    rules.prepare_for_update(object, old, around)?;
    // An equal spec that came from outside is the old one: nothing of it has to be looked at or kept twice.
    let same_spec = object.same_spec(old);
    if same_spec {
        object.take_spec(old);
    }
    let mut causes = validation::metadata::validate_update(object.metadata(), old.metadata());
    causes.extend(rules.validate_update(object, old));
    refuse(object, causes)?;
    if rules.has_generation() && rules.is_new_generation(object, old) {
        object.metadata_mut().generation = Some(old.metadata().generation.unwrap_or(0) + 1);
    }
    if same_spec {
        return Ok(Default::default());
    }
    admission::validate(&api.store, object, Some(old))?;
    let charged = admission::resource_quota::evaluate(&api.store, sim.now, object, Some(old))?;
    Ok((rules.warnings(object), charged))
}

/// 422 if there are causes.
fn refuse(object: &AnyObject, causes: Vec<Cause>) -> Result<(), StatusError> {
    if causes.is_empty() {
        Ok(())
    } else {
        Err(StatusError::invalid(object.names(), object.name(), causes))
    }
}

/// Stores the object if anything changed; removes it if it was only waiting for this.
pub(super) fn commit(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    action: Action,
    object: AnyObject,
    old: &AnyObject,
) -> AnyObject {
    let actor = &request.user.name;
    if finished(&object) {
        let key = object.key();
        return api.remove(sim, actor, &key).unwrap_or(object);
    }
    let same = object.same_metadata(old) && object.same_spec(old) && object.same_status(old);
    if same {
        old.clone()
    } else {
        api.commit(sim, actor, action, object)
    }
}

/// Whether an object marked for deletion has nothing left to wait for.
fn finished(object: &AnyObject) -> bool {
    let metadata = object.metadata();
    metadata.is_deleting()
        && metadata.finalizers.as_ref().is_none_or(Vec::is_empty)
        && metadata.deletion_grace_period_seconds.unwrap_or(0) == 0
        && !waits_for_namespace(object)
}

/// A Namespace also waits for what it contains.
pub(super) fn waits_for_namespace(object: &AnyObject) -> bool {
    object.get::<crate::api::Namespace>().is_some_and(|namespace| {
        let finalizers = namespace.spec.finalizers.as_ref();
        finalizers.is_some_and(|list| !list.is_empty())
    })
}
