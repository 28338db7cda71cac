//! `GET`: one object, a list, a watch; as objects or as a table.

use crate::api::{AnyObject, Key, Kind, StatusError};
use crate::apiserver::ApiServer;
use crate::apiserver::request::{Accept, List, Request, Response, ResponseBody};
use crate::apiserver::route::ResourceRoute;
use crate::apiserver::selection::Selection;
use crate::apiserver::strategy::strategy;
use crate::apiserver::table::{ColumnDefinition, Row, Table};
use crate::apiserver::watch::Watch;
use crate::sim::{Sim, Time};

/// Answers one object.
pub(in crate::apiserver) fn get(
    api: &ApiServer,
    sim: &Sim,
    request: &Request,
    route: ResourceRoute<'_>,
    name: &str,
) -> Result<Response, StatusError> {
    let key = Key::new(route.kind, route.namespace.unwrap_or_default(), name);
    let object = api
        .store
        .get(&key)
        .ok_or_else(|| StatusError::not_found(route.kind, name))?
        .clone();
    Ok(Response::ok(match request.accept {
        Accept::Object => ResponseBody::Object(object),
        Accept::Table => ResponseBody::Table(table(route.kind, vec![object], api.store.revision(), sim.now)),
    }))
}

/// Answers the objects of a collection, or begins to watch it.
pub(in crate::apiserver) fn list(
    api: &ApiServer,
    sim: &Sim,
    request: &Request,
    route: ResourceRoute<'_>,
) -> Result<Response, StatusError> {
    let selection = Selection::from_request(request, route.kind, route.namespace)?;
    let revision = api.store.revision();
    if request
        .param("watch")
        .is_some_and(|watch| matches!(watch, "true" | "1"))
    {
        let from = request
            .param("resourceVersion")
            .and_then(|version| version.parse().ok());
        let watch = Watch {
            kind: route.kind,
            selection,
            revision: from.unwrap_or(revision),
        };
        return Ok(Response::ok(ResponseBody::Watch(watch)));
    }
    let items: Vec<AnyObject> = match route.namespace {
        Some(namespace) => api
            .store
            .list_in(route.kind, namespace)
            .filter(|item| selection.selects(item))
            .cloned()
            .collect(),
        None => api
            .store
            .list(route.kind)
            .filter(|item| selection.selects(item))
            .cloned()
            .collect(),
    };
    Ok(Response::ok(match request.accept {
        Accept::Object => ResponseBody::List(List {
            kind: route.kind,
            revision,
            items,
        }),
        Accept::Table => ResponseBody::Table(table(route.kind, items, revision, sim.now)),
    }))
}

/// Prints objects as rows.
pub(in crate::apiserver) fn table(kind: Kind, objects: Vec<AnyObject>, revision: u64, now: Time) -> Table {
    let rules = strategy(kind);
    let columns = rules
        .columns()
        .iter()
        .map(|column| ColumnDefinition {
            name: column.name.to_owned(),
            priority: column.priority,
        })
        .collect();
    let rows = objects
        .into_iter()
        .map(|object| Row {
            cells: rules.cells(&object, now),
            object,
        })
        .collect();
    Table {
        columns,
        rows,
        revision,
    }
}
