//! The API server's rules, as its clients see them. Each file is a topic; each check is data: a manifest and what the
//! server makes of it.

mod apply;
mod boundary;
mod defaults;
mod deletion;
mod invalid;
mod node_restriction;
mod paging;
mod shape;
mod tables;
mod updates;

use std::time::Duration;

use serde_json::Value;

use super::{
    Accept, ApiServer, Body, ContentType, Method, Request, Response, ResponseBody, Table, User,
    collection_path, object_path,
};
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, Kind, ServiceAccount, StatusError};
use crate::manifest;
use crate::sim::Sim;

/// A bare API server with the default ServiceAccount, and a clock.
pub(super) struct Server {
    pub(super) api: ApiServer,
    pub(super) sim: Sim,
}

/// A manifest as JSON.
pub(super) fn yaml(text: &str) -> Value {
    let documents = manifest::parse(text);
    let document = documents.into_iter().next().expect("a document");
    document.expect("valid YAML").value
}

fn kind_of(value: &Value) -> Kind {
    let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
    Kind::from_manifest(&text("apiVersion"), &text("kind")).expect("a known kind")
}

fn namespace_of(value: &Value) -> String {
    let namespace = value.pointer("/metadata/namespace").and_then(Value::as_str);
    namespace.unwrap_or("default").to_owned()
}

impl Server {
    pub(super) fn new() -> Self {
        let mut server = Self {
            api: ApiServer::default(),
            sim: Sim::new(1),
        };
        server.api.bootstrap(&mut server.sim);
        let metadata = ObjectMeta {
            name: Some("default".to_owned()),
            namespace: Some("default".to_owned()),
            ..ObjectMeta::default()
        };
        let account = ServiceAccount {
            metadata: metadata.into(),
            ..ServiceAccount::default()
        };
        let path = collection_path(Kind::ServiceAccount, "default");
        let body = Body::Object(AnyObject::ServiceAccount(account));
        assert_eq!(server.send(Method::Post, path, body).status, 201);
        server
    }

    pub(super) fn send(&mut self, method: Method, path: String, body: Body) -> Response {
        self.send_as(method, path, ContentType::Json, body)
    }

    fn send_as(&mut self, method: Method, path: String, content_type: ContentType, body: Body) -> Response {
        let mut request = Request::new(method, path, User::admin()).with_body(body);
        request.content_type = content_type;
        self.api.handle(&mut self.sim, &request)
    }

    /// `POST` of a manifest, as JSON.
    pub(super) fn create(&mut self, manifest: &str) -> Response {
        let value = yaml(manifest);
        let path = collection_path(kind_of(&value), &namespace_of(&value));
        self.send(Method::Post, path, Body::Json(value))
    }

    /// `POST` of a manifest that must be right.
    pub(super) fn created(&mut self, manifest: &str) -> Value {
        let response = self.create(manifest);
        assert_eq!(response.status, 201, "{:?}", response.body);
        response.to_value().expect("an object")
    }

    /// `PUT` of a manifest.
    pub(super) fn replace(&mut self, manifest: &str) -> Response {
        let value = yaml(manifest);
        let name = value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let path = object_path(kind_of(&value), &namespace_of(&value), &name);
        self.send(Method::Put, path, Body::Json(value))
    }

    /// A merge patch.
    pub(super) fn patch(&mut self, kind: Kind, name: &str, document: &str) -> Response {
        let path = object_path(kind, "default", name);
        self.send_as(
            Method::Patch,
            path,
            ContentType::MergePatch,
            Body::Json(yaml(document)),
        )
    }

    /// A merge patch of the status.
    pub(super) fn patch_status(&mut self, kind: Kind, name: &str, document: &str) -> Response {
        let path = format!("{}/status", object_path(kind, "default", name));
        self.send_as(
            Method::Patch,
            path,
            ContentType::MergePatch,
            Body::Json(yaml(document)),
        )
    }

    pub(super) fn get(&mut self, kind: Kind, name: &str) -> Response {
        self.send(Method::Get, object_path(kind, "default", name), Body::Empty)
    }

    pub(super) fn value(&mut self, kind: Kind, name: &str) -> Value {
        self.get(kind, name).to_value().unwrap_or_default()
    }

    pub(super) fn delete(&mut self, kind: Kind, name: &str, options: &str) -> Response {
        let body = if options.is_empty() {
            Body::Empty
        } else {
            Body::Json(yaml(options))
        };
        self.send(Method::Delete, object_path(kind, "default", name), body)
    }

    pub(super) fn table(&mut self, kind: Kind, query: &[(&str, &str)]) -> Table {
        let mut request = Request::new(Method::Get, collection_path(kind, "default"), User::admin());
        request.accept = Accept::Table;
        for (name, value) in query {
            request = request.with_query(name, *value);
        }
        match self.api.handle(&mut self.sim, &request).body {
            ResponseBody::Table(table) => table,
            other => panic!("no table: {other:?}"),
        }
    }

    pub(super) fn advance(&mut self, secs: u64) {
        self.sim.now += Duration::from_secs(secs);
    }
}

/// The refusal in a response, as kubectl prints it: one line, or a list.
pub(super) fn refusal(response: &Response) -> String {
    let ResponseBody::Error(error) = &response.body else {
        return format!("accepted with {}", response.status);
    };
    printed(error)
}

fn printed(error: &StatusError) -> String {
    if error.reason != "Invalid" || error.causes.is_empty() {
        return format!("({}) {}", error.reason, error.message);
    }
    let said: Vec<_> = error.causes.iter().map(ToString::to_string).collect();
    said.join("\n")
}
