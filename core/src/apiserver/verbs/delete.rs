//! `DELETE`: graceful for Pods, by finalizers for what others must clean up (`registry.Store.Delete`).

use std::time::Duration;

use serde_json::{Value, json};

use super::update::{commit, waits_for_namespace};
use crate::api::meta::{FOREGROUND_FINALIZER, MetaExt, ORPHAN_FINALIZER, meta_time};
use crate::api::types::apiextensions::CustomResourceDefinitionCondition;
use crate::api::{AnyObject, CustomResourceDefinition, Key, Kind, Names, Pod, StatusError};
use crate::apiserver::ApiServer;
use crate::apiserver::admission::node_restriction::{self, Act};
use crate::apiserver::request::{Body, Request, Response, ResponseBody};
use crate::apiserver::route::ResourceRoute;
use crate::apiserver::selection::Selection;
use crate::apiserver::strategy::{DefaultPropagation, strategy};
use crate::sim::{Action, Sim, Time};

/// The namespaces that stay (`NamespaceLifecycle`).
const PROTECTED: [&str; 3] = ["default", "kube-system", "kube-public"];

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

/// Whether a deletion only shows what it would do.
pub(super) fn is_dry_run(request: &Request) -> bool {
    Options::of(request).dry_run
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
    delete_one(api, sim, request, (&key, route.names()), &options).map(Response::ok)
}

/// Deletes every object of a collection that the selectors select.
pub(in crate::apiserver) fn delete_collection(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    route: ResourceRoute<'_>,
) -> Result<Response, StatusError> {
    let selection = Selection::from_request(request, route.form, route.namespace)?;
    let options = Options::of(request);
    let selected: Vec<Key> = api
        .store
        .list(route.kind)
        .filter(|object| selection.selects(object))
        .map(AnyObject::key)
        .collect();
    for key in selected {
        match delete_one(api, sim, request, (&key, route.names()), &options) {
            // Somebody was faster.
            Err(error) if error.is_not_found() => {}
            other => {
                other?;
            }
        }
    }
    Ok(Response::ok(ResponseBody::Json(json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
    }))))
}

fn delete_one(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    (key, names): (&Key, Names<'_>),
    options: &Options,
) -> Result<ResponseBody, StatusError> {
    let old = api
        .store
        .get(key)
        .ok_or_else(|| StatusError::not_found(names, &key.name))?
        .clone();
    if key.kind == Kind::Namespace && PROTECTED.contains(&&*key.name) {
        let why = "this namespace may not be deleted";
        return Err(StatusError::forbidden(key.kind, &key.name, why));
    }
    node_restriction::check(&request.user, Act::Delete, &old)?;
    check_preconditions(&old, options)?;
    let mut object = old.clone();
    let outcome = mark(&mut object, sim, options);
    if options.dry_run {
        return Ok(success(&old));
    }
    match outcome {
        Outcome::Pending => Ok(ResponseBody::Object(old)),
        Outcome::Waits => {
            let kept = commit(api, sim, request, Action::MarkDeleted, object, &old);
            Ok(ResponseBody::Object(kept))
        }
        Outcome::Ends { written } => {
            // Those who watch a Pod see it marked before it is gone.
            if written {
                api.commit(sim, &request.user.name, Action::MarkDeleted, object);
            }
            api.remove(sim, &request.user.name, key);
            Ok(success(&old))
        }
    }
}

fn check_preconditions(object: &AnyObject, options: &Options) -> Result<(), StatusError> {
    let (kind, name) = (object.names(), object.name());
    if let Some(uid) = options.uid.as_deref().filter(|uid| *uid != object.uid()) {
        let found = object.uid();
        let why = format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({found}). The object might have been deleted and then recreated"
        );
        return Err(StatusError::conflict(kind, name, &why));
    }
    let version = object.metadata().resource_version.as_deref().unwrap_or_default();
    let wanted = options.resource_version.as_deref();
    if let Some(wanted) = wanted.filter(|wanted| *wanted != version) {
        let why = format!(
            "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({version}). The object might have been modified"
        );
        return Err(StatusError::conflict(kind, name, &why));
    }
    Ok(())
}

/// What a deletion comes to.
enum Outcome {
    /// It is under way already, and this one changes nothing.
    Pending,
    /// The object is marked, and waits for time or for finalizers.
    Waits,
    /// The object goes at once; `written` if it is marked first.
    Ends {
        /// Whether watchers see the mark.
        written: bool,
    },
}

/// Marks the object for deletion (`rest.BeforeDelete`, `markAsDeleting`).
fn mark(object: &mut AnyObject, sim: &Sim, options: &Options) -> Outcome {
    match object {
        AnyObject::Pod(pod) => match mark_pod(pod, sim, options) {
            Graceful::Pending => return Outcome::Pending,
            Graceful::Secs(secs) => {
                set_propagation_finalizer(object, options);
                return if secs > 0 || has_finalizers(object) {
                    Outcome::Waits
                } else {
                    Outcome::Ends { written: true }
                };
            }
            Graceful::Forced => {}
        },
        AnyObject::Namespace(namespace) => {
            let first = !namespace.metadata.is_deleting();
            if first {
                namespace.metadata_mut().deletion_timestamp = Some(meta_time(sim.now));
                namespace.status_mut().phase = Some("Terminating".to_owned());
            }
            set_propagation_finalizer(object, options);
            return if first || waits_for_namespace(object) || has_finalizers(object) {
                Outcome::Waits
            } else {
                Outcome::Ends { written: false }
            };
        }
        AnyObject::CustomResourceDefinition(definition) if !definition.metadata.is_deleting() => {
            mark_definition(definition, sim);
        }
        _ => {}
    }
    set_propagation_finalizer(object, options);
    if !has_finalizers(object) {
        return Outcome::Ends { written: false };
    }
    let metadata = object.metadata_mut();
    if metadata.deletion_grace_period_seconds.is_none() {
        metadata.generation = metadata.generation.map(|generation| generation + 1);
    }
    let now = meta_time(sim.now);
    if metadata.deletion_timestamp.as_ref().is_none_or(|at| *at > now) {
        metadata.deletion_timestamp = Some(now);
    }
    metadata.deletion_grace_period_seconds = Some(0);
    Outcome::Waits
}

fn has_finalizers(object: &AnyObject) -> bool {
    let finalizers = object.metadata().finalizers.as_ref();
    finalizers.is_some_and(|finalizers| !finalizers.is_empty())
}

/// How a Pod stops.
enum Graceful {
    /// It is stopping already, and not to be hurried.
    Pending,
    /// It may take so long.
    Secs(i64),
    /// It was marked without a time to stop in: it goes at once.
    Forced,
}

fn mark_pod(pod: &mut Pod, sim: &Sim, options: &Options) -> Graceful {
    // A negative time is a second.
    let positive = |secs: i64| if secs < 0 { 1 } else { secs };
    let asked = options.grace_period_secs.map(positive);
    let Some(marked) = &pod.metadata.deletion_timestamp else {
        let secs = if is_bound(pod) && !has_ended(pod) {
            asked.unwrap_or_else(|| positive(pod.spec.termination_grace_period_seconds.unwrap_or(0)))
        } else {
            0
        };
        let metadata = pod.metadata_mut();
        metadata.deletion_timestamp = Some(meta_time(sim.now + grace(secs)));
        metadata.deletion_grace_period_seconds = Some(secs);
        metadata.generation = metadata.generation.map(|generation| generation + 1);
        return Graceful::Secs(secs);
    };
    let Some(before) = pod.metadata.deletion_grace_period_seconds else {
        return Graceful::Forced;
    };
    // A deletion can be hurried, never slowed.
    let Some(secs) = asked.filter(|secs| *secs < before) else {
        return Graceful::Pending;
    };
    let begun = Time::from_timestamp(marked.0) - grace(before);
    let metadata = pod.metadata_mut();
    metadata.deletion_timestamp = Some(meta_time(begun + grace(secs)));
    metadata.deletion_grace_period_seconds = Some(secs);
    Graceful::Secs(secs)
}

/// A definition goes after its objects (`registry/customresourcedefinition.REST.Delete`).
fn mark_definition(definition: &mut CustomResourceDefinition, sim: &Sim) {
    let finalizers = definition.metadata_mut().finalizers.get_or_insert_default();
    finalizers.push("customresourcecleanup.apiextensions.k8s.io".to_owned());
    let conditions = definition.status_mut().conditions.get_or_insert_default();
    conditions.push(CustomResourceDefinitionCondition {
        type_: "Terminating".to_owned(),
        status: "True".to_owned(),
        reason: Some("InstanceDeletionInProgress".to_owned()),
        message: Some("CustomResource deletion is in progress".to_owned()),
        last_transition_time: Some(meta_time(sim.now)),
        ..CustomResourceDefinitionCondition::default()
    });
}

fn grace(secs: i64) -> Duration {
    Duration::from_secs(secs.unsigned_abs())
}

fn is_bound(pod: &Pod) -> bool {
    pod.spec.node_name.as_deref().is_some_and(|node| !node.is_empty())
}

fn has_ended(pod: &Pod) -> bool {
    matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"))
}

fn set_propagation_finalizer(object: &mut AnyObject, options: &Options) {
    let default = strategy(object.kind()).default_propagation();
    let (foreground, orphan) = match options.propagation.as_deref() {
        Some("Foreground") => (true, false),
        Some("Orphan") => (false, true),
        Some(_) => (false, false),
        None => (
            object.metadata().has_finalizer(FOREGROUND_FINALIZER),
            object.metadata().has_finalizer(ORPHAN_FINALIZER) || default == DefaultPropagation::Orphan,
        ),
    };
    if foreground == object.metadata().has_finalizer(FOREGROUND_FINALIZER)
        && orphan == object.metadata().has_finalizer(ORPHAN_FINALIZER)
    {
        return;
    }
    let finalizers = object.metadata_mut().finalizers.get_or_insert_default();
    finalizers.retain(|finalizer| finalizer != FOREGROUND_FINALIZER && finalizer != ORPHAN_FINALIZER);
    if orphan {
        finalizers.push(ORPHAN_FINALIZER.to_owned());
    }
    if foreground {
        finalizers.push(FOREGROUND_FINALIZER.to_owned());
    }
}

fn success(object: &AnyObject) -> ResponseBody {
    let info = object.names();
    let mut details = json!({"name": object.name(), "kind": info.plural, "uid": object.uid()});
    if let Some(details) = details.as_object_mut().filter(|_| !info.group.is_empty()) {
        details.insert("group".to_owned(), json!(info.group));
    }
    ResponseBody::Json(json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
    }))
}
