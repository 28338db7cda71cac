//! `DELETE`: graceful for Pods, by finalizers for what others must clean up (`registry.Store.Delete`).

use serde_json::{Value, json};

use super::update::commit;
use crate::api::meta::{MetaExt, meta_time};
use crate::api::{AnyObject, Key, Kind, Namespace, Pod, StatusError};
use crate::apiserver::ApiServer;
use crate::apiserver::request::{Body, Request, Response, ResponseBody};
use crate::apiserver::route::ResourceRoute;
use crate::apiserver::selection::Selection;
use crate::apiserver::strategy::{DefaultPropagation, strategy};
use crate::sim::{Action, Sim};

/// The finalizer of foreground deletion.
pub(in crate::apiserver) const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer that orphans owned objects.
pub(in crate::apiserver) const ORPHAN: &str = "orphan";

/// `metav1.DeleteOptions`, from the body or the query.
#[derive(Default)]
struct Options {
    grace_period_secs: Option<i64>,
    propagation: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
    dry_run: bool,
}

impl Options {
    fn of(request: &Request) -> Self {
        let body = if let Body::Json(value) = &request.body {
            value
        } else {
            &Value::Null
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let query = |name: &str| request.param(name).map(str::to_owned);
        let in_body = body
            .get("dryRun")
            .and_then(Value::as_array)
            .is_some_and(|list| !list.is_empty());
        Self {
            grace_period_secs: body
                .get("gracePeriodSeconds")
                .and_then(Value::as_i64)
                .or_else(|| query("gracePeriodSeconds")?.parse().ok()),
            propagation: body
                .get("propagationPolicy")
                .and_then(text)
                .or_else(|| query("propagationPolicy")),
            uid: body.pointer("/preconditions/uid").and_then(text),
            resource_version: body.pointer("/preconditions/resourceVersion").and_then(text),
            dry_run: in_body || request.dry_run(),
        }
    }
}

/// Deletes an object, or marks it for deletion.
pub(in crate::apiserver) fn delete(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    route: ResourceRoute<'_>,
    name: &str,
) -> Result<Response, StatusError> {
    let key = Key::new(route.kind, route.namespace.unwrap_or_default(), name);
    let options = Options::of(request);
    delete_one(api, sim, request, &key, &options).map(Response::ok)
}

/// Deletes every object of a collection that the selectors select.
pub(in crate::apiserver) fn delete_collection(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    route: ResourceRoute<'_>,
) -> Result<Response, StatusError> {
    let selection = Selection::from_request(request, route.kind, route.namespace)?;
    let options = Options::of(request);
    let selected: Vec<Key> = api
        .store
        .list(route.kind)
        .filter(|object| selection.selects(object))
        .map(AnyObject::key)
        .collect();
    for key in selected {
        delete_one(api, sim, request, &key, &options)?;
    }
    Ok(Response::ok(ResponseBody::Json(json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
    }))))
}

fn delete_one(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    key: &Key,
    options: &Options,
) -> Result<ResponseBody, StatusError> {
    let old = api
        .store
        .get(key)
        .ok_or_else(|| StatusError::not_found(key.kind, &key.name))?
        .clone();
    check_preconditions(&old, options)?;
    if key.kind == Kind::Namespace && matches!(&*key.name, "default" | "kube-system" | "kube-public") {
        return Err(StatusError::forbidden(
            key.kind,
            &key.name,
            "this namespace may not be deleted",
        ));
    }
    let mut object = old.clone();
    let waits = mark(&mut object, sim, options);
    if options.dry_run {
        return Ok(success(&old));
    }
    if waits {
        let kept = commit(api, sim, request, Action::MarkDeleted, object, &old);
        return Ok(ResponseBody::Object(kept));
    }
    api.remove(sim, &request.user.name, key);
    Ok(success(&old))
}

fn check_preconditions(object: &AnyObject, options: &Options) -> Result<(), StatusError> {
    let (kind, name) = (object.kind(), object.name());
    if let Some(uid) = options.uid.as_deref().filter(|uid| *uid != object.uid()) {
        let found = object.uid();
        let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {found}");
        return Err(StatusError::conflict(kind, name, &why));
    }
    let version = object.metadata().resource_version.as_deref().unwrap_or_default();
    if let Some(wanted) = options
        .resource_version
        .as_deref()
        .filter(|wanted| *wanted != version)
    {
        let why = format!(
            "Precondition failed: ResourceVersion in precondition: {wanted}, ResourceVersion in object meta: {version}"
        );
        return Err(StatusError::conflict(kind, name, &why));
    }
    Ok(())
}

/// Marks the object for deletion and answers whether it waits for something.
fn mark(object: &mut AnyObject, sim: &Sim, options: &Options) -> bool {
    let grace_secs = grace_period_secs(object, options);
    let already = object.metadata().is_deleting();
    set_propagation_finalizer(object, options);
    let mut waits = object
        .metadata()
        .finalizers
        .as_ref()
        .is_some_and(|finalizers| !finalizers.is_empty());
    if let Some(namespace) = object.get_mut::<Namespace>() {
        waits |= namespace
            .spec
            .finalizers
            .as_ref()
            .is_some_and(|finalizers| !finalizers.is_empty());
        namespace.status_mut().phase = Some("Terminating".to_owned());
    }
    let shortened = object
        .metadata()
        .deletion_grace_period_seconds
        .is_none_or(|before| grace_secs < before);
    let metadata = object.metadata_mut();
    if !already || shortened {
        if already || grace_secs > 0 || waits {
            let at = sim.now + std::time::Duration::from_secs(grace_secs.unsigned_abs());
            metadata.deletion_timestamp = Some(meta_time(at));
        }
        metadata.deletion_grace_period_seconds = Some(grace_secs);
        if !already {
            metadata.generation = metadata.generation.map(|generation| generation + 1);
        }
    }
    waits || (grace_secs > 0)
}

/// How long the object may take to stop: only Pods on a node take any time.
fn grace_period_secs(object: &AnyObject, options: &Options) -> i64 {
    let Some(pod) = object.get::<Pod>() else { return 0 };
    let bound = pod.spec.node_name.as_deref().is_some_and(|node| !node.is_empty());
    let ended = matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
    if !bound || ended {
        return 0;
    }
    let asked = options
        .grace_period_secs
        .or(pod.spec.termination_grace_period_seconds)
        .unwrap_or(30);
    // A deletion can be hurried, never slowed.
    let asked = if asked < 0 { 1 } else { asked };
    pod.metadata
        .deletion_grace_period_seconds
        .map_or(asked, |before| before.min(asked))
}

fn set_propagation_finalizer(object: &mut AnyObject, options: &Options) {
    let default = strategy(object.kind()).default_propagation();
    let (foreground, orphan) = match options.propagation.as_deref() {
        Some("Foreground") => (true, false),
        Some("Orphan") => (false, true),
        Some(_) => (false, false),
        None => (
            object.metadata().has_finalizer(FOREGROUND),
            object.metadata().has_finalizer(ORPHAN) || default == DefaultPropagation::Orphan,
        ),
    };
    if foreground == object.metadata().has_finalizer(FOREGROUND)
        && orphan == object.metadata().has_finalizer(ORPHAN)
    {
        return;
    }
    let finalizers = object.metadata_mut().finalizers.get_or_insert_default();
    finalizers.retain(|finalizer| finalizer != FOREGROUND && finalizer != ORPHAN);
    if orphan {
        finalizers.push(ORPHAN.to_owned());
    }
    if foreground {
        finalizers.push(FOREGROUND.to_owned());
    }
}

fn success(object: &AnyObject) -> ResponseBody {
    let info = object.kind().info();
    let mut details = json!({"name": object.name(), "kind": info.plural, "uid": object.uid()});
    if !info.group.is_empty() {
        details["group"] = json!(info.group);
    }
    ResponseBody::Json(json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
    }))
}
