//! `PUT` and `PATCH`, of an object or of its status (`registry.Store.Update`).

use super::{body_object, field_validation, settle_namespace};
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Key, Kind, StatusError};
use crate::apiserver::decode::Decoded;
use crate::apiserver::request::{Body, Method, Request, Response, ResponseBody};
use crate::apiserver::route::ResourceRoute;
use crate::apiserver::strategy::{Surroundings, strategy};
use crate::apiserver::{ApiServer, patch, validation};
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
        .ok_or_else(|| StatusError::not_found(route.kind, name))?
        .clone();
    let Decoded {
        mut object,
        mut warnings,
    } = if request.method == Method::Patch {
        patched(request, route.kind, &old)?
    } else {
        body_object(request, route.kind)?
    };
    settle_namespace(&mut object, route)?;
    if object.name() != name {
        return Err(StatusError::bad_request(format!(
            "the name of the object ({}) does not match the name on the URL ({name})",
            object.name()
        )));
    }
    let version = object.resource_version();
    if version != 0 && version != old.resource_version() {
        return Err(StatusError::modified(route.kind, name));
    }
    if object
        .metadata()
        .uid
        .as_ref()
        .is_some_and(|uid| !uid.is_empty() && uid != old.uid())
    {
        let why = format!(
            "Precondition failed: UID in precondition: {}, UID in object meta: {}",
            object.uid(),
            old.uid()
        );
        return Err(StatusError::conflict(route.kind, name, &why));
    }
    let action = match route.subresource {
        Some("status") => {
            settle_status(&mut object, &old);
            Action::UpdateStatus
        }
        Some("finalize") => {
            settle(&mut object, &old);
            Action::Update
        }
        _ => {
            prepare(api, sim, &mut object, &old)?;
            warnings.extend(strategy(route.kind).warnings(&object));
            Action::Update
        }
    };
    let object = if request.dry_run() {
        object
    } else {
        commit(api, sim, request, action, object, &old)
    };
    Ok(Response {
        status: 200,
        body: ResponseBody::Object(object),
        warnings,
    })
}

/// The object that a patch makes of the old one.
fn patched(request: &Request, kind: Kind, old: &AnyObject) -> Result<Decoded, StatusError> {
    let Body::Json(document) = &request.body else {
        return Err(StatusError::bad_request("a patch is JSON"));
    };
    patch::patched(
        kind,
        old,
        request.content_type,
        document,
        field_validation(request)?,
    )
}

/// Puts back what nobody may change.
fn settle(object: &mut AnyObject, old: &AnyObject) {
    let before = old.metadata();
    let metadata = object.metadata_mut();
    metadata.uid.clone_from(&before.uid);
    metadata.creation_timestamp.clone_from(&before.creation_timestamp);
    metadata.deletion_timestamp.clone_from(&before.deletion_timestamp);
    metadata.deletion_grace_period_seconds = before.deletion_grace_period_seconds;
    metadata.generation = before.generation;
    metadata.resource_version.clone_from(&before.resource_version);
    metadata.self_link = None;
    metadata.managed_fields = None;
}

/// A status update changes the status, and of the metadata only labels and annotations.
fn settle_status(object: &mut AnyObject, old: &AnyObject) {
    settle(object, old);
    object.take_spec(old);
    let before = old.metadata();
    let metadata = object.metadata_mut();
    metadata.owner_references.clone_from(&before.owner_references);
    metadata.finalizers.clone_from(&before.finalizers);
}

fn prepare(api: &ApiServer, sim: &Sim, object: &mut AnyObject, old: &AnyObject) -> Result<(), StatusError> {
    let kind = object.kind();
    let rules = strategy(kind);
    settle(object, old);
    object.take_status(old);
    rules.default(object);
    let around = Surroundings {
        store: &api.store,
        now: sim.now,
        rng: sim.rng,
    };
    rules.prepare_for_update(object, old, around)?;
    let mut causes = validation::metadata::validate_update(kind, object.metadata(), old.metadata());
    causes.extend(rules.validate_update(object, old));
    if !causes.is_empty() {
        return Err(StatusError::invalid(kind, object.name(), causes));
    }
    rules.allocate(object, Some(old), around)?;
    if rules.has_generation() && !object.same_spec(old) {
        object.metadata_mut().generation = Some(old.metadata().generation.unwrap_or(0) + 1);
    }
    Ok(())
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
        api.commit(sim, actor, action, object.clone());
        return api.remove(sim, actor, &key).unwrap_or(object);
    }
    let same = object.metadata() == old.metadata() && object.same_spec(old) && object.same_status(old);
    if same {
        old.clone()
    } else {
        api.commit(sim, actor, action, object)
    }
}

/// Whether an object marked for deletion has nothing left to wait for.
fn finished(object: &AnyObject) -> bool {
    let metadata = object.metadata();
    let waits_for_namespace = object.get::<crate::api::Namespace>().is_some_and(|namespace| {
        namespace
            .spec
            .finalizers
            .as_ref()
            .is_some_and(|list| !list.is_empty())
    });
    metadata.is_deleting()
        && metadata.finalizers.as_ref().is_none_or(Vec::is_empty)
        && metadata.deletion_grace_period_seconds.unwrap_or(0) == 0
        && !waits_for_namespace
}
