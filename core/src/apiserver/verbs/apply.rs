//! `PATCH` with `application/apply-patch+yaml`: server-side apply (`endpoints/handlers.applyPatcher`,
//! `managedfields/internal/structuredmerge.go`).

use serde_json::Value;

use super::{create, update};
use crate::api::schema::check::{Problem, ProblemKind};
use crate::api::schema::{FieldType, schema};
use crate::api::{AnyObject, Key, StatusError};
use crate::apiserver::decode::Decoded;
use crate::apiserver::managed::{Manager, Operation, Set, Shape, compare, conflict, fields_of, merge, prune};
use crate::apiserver::request::{Body, Request, Response};
use crate::apiserver::route::{Form, ResourceRoute};
use crate::apiserver::versions::{shown_object, stored};
use crate::apiserver::{ApiServer, custom};
use crate::sim::Sim;

/// The manager that kubectl applies with, and the one that it applied with on the client's side.
const KUBECTL: &str = "kubectl";
const CLIENT_SIDE: &str = "kubectl-client-side-apply";
/// The annotation that keeps what was applied on the client's side.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Applies the configuration in the body.
pub(in crate::apiserver) fn apply(
    api: &mut ApiServer,
    sim: &mut Sim,
    request: &Request,
    route: ResourceRoute<'_>,
    name: &str,
) -> Result<Response, StatusError> {
    let manager = request.param("fieldManager").unwrap_or_default();
    if manager.is_empty() {
        let cause =
            crate::apiserver::validation::field::required("fieldManager", "is required for apply patch");
        return Err(StatusError::invalid_named(
            "PatchOptions",
            "meta.k8s.io",
            "",
            vec![cause],
        ));
    }
    let Body::Json(config) = &request.body else {
        return Err(StatusError::bad_request(
            "error decoding YAML: the body of the request was empty",
        ));
    };
    let config = checked(route, config, name)?;
    let key = Key::new(route.kind, route.namespace.unwrap_or_default(), name);
    let shape = Shape::of(route.form);
    let mut fields = fields_of(&config, &shape);
    let subresource = route.subresource.unwrap_or_default();
    fields.strip(subresource);
    let own = Manager {
        name: manager.to_owned(),
        operation: Operation::Apply,
        api_version: route.names().api_version(),
        subresource: subresource.to_owned(),
        time: sim.now,
        fields,
    };
    let Some(old) = api.store.get(&key).cloned() else {
        api.writer.applied = Some(vec![own]);
        let creation = Request {
            body: Body::Json(config),
            ..request.clone()
        };
        let route = ResourceRoute { name: None, ..route };
        return create::create(api, sim, &creation, route);
    };
    let force = matches!(request.param("force"), Some("true" | "1"));
    let merged = merge_into(api, &old, &config, own, (route.form, &shape), force)?;
    api.writer.applied = Some(merged.managers.clone());
    let object =
        stored(route.form, merged.value).map_err(|error| StatusError::bad_request(error.to_string()))?;
    let decoded = Decoded {
        object,
        warnings: Vec::new(),
    };
    let response = update::replace(api, sim, request, route, &old, decoded)?;
    if !request.dry_run() && api.store.get(&key).is_some() {
        // Managers count even where no value changed.
        let writer = api.writer.clone();
        api.owners.note(&key, &writer, sim.now, || None);
    }
    Ok(response)
}

/// The merged object and who manages it then.
struct Merged {
    value: Value,
    managers: Vec<Manager>,
}

fn merge_into(
    api: &ApiServer,
    old: &AnyObject,
    config: &Value,
    mut own: Manager,
    (form, shape): (Form<'_>, &Shape<'_>),
    force: bool,
) -> Result<Merged, StatusError> {
    let live = shown_object(old.clone(), form).to_value();
    let mut managers = api.owners.of(old);
    let is_own = |manager: &Manager| {
        manager.operation == Operation::Apply
            && manager.name == own.name
            && manager.subresource == own.subresource
    };
    let mut last = Set::default();
    managers.retain(|manager| {
        // What kubectl applied on the client's side is its own.
        let moved = own.name == KUBECTL && manager.name == CLIENT_SIDE;
        if is_own(manager) || moved {
            last.add(&manager.fields);
        }
        !(is_own(manager) || moved)
    });
    // kubectl keeps what it applied last in the annotation, under a name of its own.
    if own.name == KUBECTL
        && let Some(annotations) = last
            .children
            .get_mut("f:metadata")
            .and_then(|metadata| metadata.children.get_mut("f:annotations"))
    {
        annotations.member = false;
        annotations.children.remove(&format!("f:{LAST_APPLIED}"));
    }
    let mut others = Set::default();
    for manager in &managers {
        others.add(&manager.fields);
    }
    let mut value = merge(Some(live.clone()), config, shape);
    prune(&mut value, shape, &last, &own.fields, &others);
    let (mut changed, removed) = compare(&live, &value, shape);
    changed.strip(&own.subresource);
    let forgiven = (own.name == KUBECTL).then(|| last_applied(old, shape)).flatten();
    let mut conflicts = Vec::new();
    for manager in &managers {
        let mut both = manager.fields.both(&changed);
        if let Some(forgiven) = &forgiven {
            both.remove(forgiven);
        }
        if !both.is_empty() {
            conflicts.push((manager, both.paths()));
        }
    }
    if !conflicts.is_empty() && !force {
        return Err(conflict(conflicts));
    }
    for manager in &mut managers {
        manager.fields.remove(&changed);
        manager.fields.remove(&removed);
    }
    managers.retain(|manager| !manager.fields.is_empty());
    if last == own.fields && changed.is_empty() && removed.is_empty() {
        let known = api.owners.of(old);
        if let Some(known) = known.iter().find(|manager| is_own(manager)) {
            own.time = known.time;
        }
    }
    managers.push(own);
    Ok(Merged { value, managers })
}

/// What was applied on the client's side.
fn last_applied(object: &AnyObject, shape: &Shape<'_>) -> Option<Set> {
    let text = object.metadata().annotations.as_ref()?.get(LAST_APPLIED)?;
    let value: Value = serde_json::from_str(text).ok()?;
    Some(fields_of(&value, shape))
}

/// The configuration, if it fits the kind.
fn checked(route: ResourceRoute<'_>, config: &Value, name: &str) -> Result<Value, StatusError> {
    let text = |pointer: &str| {
        config
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    if config
        .pointer("/metadata/managedFields")
        .is_some_and(|found| !found.is_null())
    {
        return Err(StatusError::bad_request("metadata.managedFields must be nil"));
    }
    let names = route.names();
    let mut wrong = Vec::new();
    let mut value = config.clone();
    match route.form {
        Form::Custom(kind) => {
            let dropped = custom::prune::prune(&mut value, &kind.definition.schema);
            wrong.extend(
                dropped
                    .iter()
                    .map(|path| format!(".{path}: field not declared in schema")),
            );
        }
        Form::Kind(_) => {
            let schema = schema();
            if let Some(root) = schema.kind(&names.api_version(), names.kind) {
                let checked = schema.check(root, config);
                wrong.extend(
                    checked
                        .problems
                        .iter()
                        .map(|problem| problem_text(config, problem)),
                );
                value = checked.value;
            }
        }
    }
    let (group, version) = (names.group, names.version);
    let namespace = route.namespace.unwrap_or_default();
    let what = format!("{namespace}/{name}; {group}/{version}, Kind={}", names.kind);
    let why = match wrong.as_slice() {
        [] if text("/metadata/name").is_empty() => {
            if let Value::Object(map) = &mut value {
                let metadata = map
                    .entry("metadata")
                    .or_insert_with(|| Value::Object(serde_json::Map::new()));
                if let Value::Object(metadata) = metadata {
                    metadata.insert("name".to_owned(), name.into());
                }
            }
            return Ok(value);
        }
        [] => return Ok(value),
        [one] => one.clone(),
        several => {
            let lines: Vec<String> = several.iter().map(|line| format!("  {line}")).collect();
            format!("errors:\n{}", lines.join("\n"))
        }
    };
    let message = format!("failed to create typed patch object ({what}): {why}");
    Err(StatusError::new(500, "", message))
}

fn problem_text(config: &Value, problem: &Problem) -> String {
    let path = &problem.path;
    if problem.kind == ProblemKind::Unknown {
        return format!(".{path}: field not declared in schema");
    }
    let expected = match &problem.expected {
        Some(FieldType::Int32 | FieldType::Int64 | FieldType::Double) => "numeric (int or float)",
        Some(FieldType::Bool) => "boolean",
        Some(FieldType::List(_)) => "list",
        Some(FieldType::Object(_) | FieldType::Map(_)) => "map",
        _ => "string",
    };
    let found = crate::api::schema::check::find(config, path)
        .cloned()
        .unwrap_or_default();
    format!(".{path}: expected {expected}, got &value.valueUnstructured{{Value:{found}}}")
}
