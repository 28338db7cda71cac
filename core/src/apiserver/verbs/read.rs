//! `GET`: one object, a list, a watch; as objects or as a table.

use crate::api::{AnyObject, CustomKind, Key, Kind, StatusError};
use crate::apiserver::paging::{self, Page};
use crate::apiserver::request::{Accept, List, Request, Response, ResponseBody};
use crate::apiserver::route::{Form, ResourceRoute};
use crate::apiserver::selection::Selection;
use crate::apiserver::strategy::strategy;
use crate::apiserver::table::{ColumnDefinition, Row, Table};
use crate::apiserver::watch::Watch;
use crate::apiserver::{ApiServer, custom};
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
        .ok_or_else(|| StatusError::not_found(route.names(), name))?
        .clone();
    Ok(Response::ok(match request.accept {
        Accept::Table => ResponseBody::Table(table(route.form, vec![object], api.store.revision(), sim.now)),
        Accept::Object | Accept::Managed | Accept::Discovery => ResponseBody::Object(object),
    }))
}

/// Answers the objects of a collection, or begins to watch it.
pub(in crate::apiserver) fn list(
    api: &ApiServer,
    sim: &Sim,
    request: &Request,
    route: ResourceRoute<'_>,
) -> Result<Response, StatusError> {
    let selection = Selection::from_request(request, route.form, route.namespace)?;
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
            custom: match route.form {
                Form::Custom(kind) => Some(kind.clone()),
                Form::Kind(_) => None,
            },
            shown_as: match route.form {
                Form::Kind(kind) if kind != route.kind => Some(kind),
                _ => None,
            },
            revision: from.unwrap_or(revision),
        };
        return Ok(Response::ok(ResponseBody::Watch(watch)));
    }
    let (items, revision, page) = paging::list(api, request, route, &selection)?;
    Ok(Response::ok(match request.accept {
        Accept::Table => ResponseBody::Table(Table {
            page,
            ..table(route.form, items, revision, sim.now)
        }),
        Accept::Object | Accept::Managed | Accept::Discovery => ResponseBody::List(List {
            kind: route.kind,
            custom: None,
            revision,
            items,
            page,
        }),
    }))
}

/// Prints objects as rows.
fn table(form: Form<'_>, objects: Vec<AnyObject>, revision: u64, now: Time) -> Table {
    let (custom, kind) = match form {
        Form::Custom(kind) => (Some(&**kind), form.stored()),
        Form::Kind(kind) => (None, kind.storage()),
    };
    let row = |object: AnyObject| Row {
        cells: cells(kind, custom, &object, now),
        object,
    };
    Table {
        columns: columns(kind, custom),
        rows: objects.into_iter().map(row).collect(),
        revision,
        page: Page::default(),
    }
}

/// The columns that objects of a kind are printed in.
#[must_use]
pub fn columns(kind: Kind, custom: Option<&CustomKind>) -> Vec<ColumnDefinition> {
    match custom {
        Some(custom) => custom::columns::columns(custom),
        None => strategy(kind)
            .columns()
            .iter()
            .map(|column| ColumnDefinition {
                name: column.name.to_owned(),
                priority: column.priority,
            })
            .collect(),
    }
}

/// The cells of an object, one for each column.
#[must_use]
pub fn cells(kind: Kind, custom: Option<&CustomKind>, object: &AnyObject, now: Time) -> Vec<String> {
    match custom {
        Some(custom) => custom::columns::cells(custom, object, now),
        None => strategy(kind).cells(object, now),
    }
}
