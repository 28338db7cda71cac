//! Requests to the API server, as the commands send them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::Cx;
use super::failure::UNREACHABLE;
use super::kubeconfig::Kubeconfig;
use crate::api::{AnyObject, Kind, StatusError};
use crate::apiserver::{
    Accept, Body, ContentType, Method, Outage, Request, Response, ResponseBody, Table, collection_path,
    object_path,
};
use crate::kubectl::value::put;

/// Options of a write.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Write {
    /// Nothing is kept.
    pub(crate) dry_run: bool,
    /// `Strict`, `Warn` or `Ignore`; empty: the server's choice.
    pub(crate) validation: String,
    /// The subresource that is written.
    pub(crate) subresource: String,
    /// Server-side apply takes fields that others manage.
    pub(crate) force: bool,
}

impl Cx<'_> {
    /// Sends a request; warnings are printed.
    ///
    /// # Errors
    ///
    /// When the API server refuses.
    pub(crate) fn send(&mut self, request: Request) -> Result<Response, StatusError> {
        let refused = Outage::dial_error(&request);
        if !Kubeconfig::is_served(&self.env.server) {
            return Err(self.unreachable());
        }
        let response = if self.verbosity > 0 {
            self.log_request(&request);
            let response = self.api.request(request.clone());
            self.log_response(&request, &response);
            response
        } else {
            self.api.request(request)
        };
        for warning in &response.warnings {
            if self.warned.insert(warning.clone()) {
                self.io.stderr(&format!("Warning: {warning}\n"));
            }
        }
        match response.body {
            ResponseBody::Error(error) if Outage::of(&error) == Some(Outage::Refused) => Err(StatusError {
                message: refused,
                ..error
            }),
            ResponseBody::Error(error) => Err(error),
            _ => Ok(response),
        }
    }

    /// Sends a request about an object, or about all of a kind: where nothing is served, the client says what it asked for.
    fn send_about(&mut self, request: Request, kind: Kind, name: &str) -> Result<Response, StatusError> {
        let verb = request.method.name().to_lowercase();
        self.send(request).map_err(|mut error| {
            if error.code == 404 && error.kind.is_empty() {
                let resource = self.names(kind).group_resource();
                let object = if name.is_empty() {
                    String::new()
                } else {
                    format!(" {name}")
                };
                error.message = format!("{} ({verb} {resource}{object})", error.message);
            }
            error
        })
    }

    /// Nobody listens at the address that the configuration names.
    fn unreachable(&self) -> StatusError {
        let server = &self.env.server;
        let host = server.split_once("://").map_or(server.as_str(), |(_, rest)| rest);
        let host = host.split('/').next().unwrap_or_default();
        let message = format!(
            "The connection to the server {host} was refused - did you specify the right host or port?"
        );
        StatusError::new(503, UNREACHABLE, message)
    }

    /// A request as the user of this command.
    pub(crate) fn request(&self, method: Method, path: impl Into<String>) -> Request {
        Request {
            token: self.env.token.clone(),
            impersonate: self.env.impersonate.clone().map(Box::new),
            ..Request::new(method, path, self.env.user.clone())
        }
    }

    /// An object as JSON.
    ///
    /// # Errors
    ///
    /// When the API server refuses.
    pub(crate) fn get(&mut self, kind: Kind, namespace: &str, name: &str) -> Result<Value, StatusError> {
        let request = self.request(Method::Get, object_path(self.names(kind), namespace, name));
        value(self.send_about(request, kind, name)?)
    }

    /// An object as JSON, with its `managedFields`.
    ///
    /// # Errors
    ///
    /// When the API server refuses.
    pub(crate) fn get_managed(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<Value, StatusError> {
        let mut request = self.request(Method::Get, object_path(self.names(kind), namespace, name));
        request.accept = Accept::Managed;
        value(self.send_about(request, kind, name)?)
    }

    /// The objects of a kind, with their `managedFields`.
    ///
    /// # Errors
    ///
    /// When the API server refuses.
    pub(crate) fn list_managed(
        &mut self,
        kind: Kind,
        namespace: &str,
        labels: &str,
        fields: &str,
    ) -> Result<Listed, StatusError> {
        let response = self.list_response(kind, namespace, labels, fields, Accept::Managed)?;
        listed(response)
    }

    /// A typed object.
    ///
    /// # Errors
    ///
    /// When the API server refuses.
    pub(crate) fn get_object(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<AnyObject, StatusError> {
        let request = self.request(Method::Get, object_path(self.names(kind), namespace, name));
        self.send_about(request, kind, name)?.into_object()
    }

    /// The objects of a kind; all namespaces if `namespace` is empty.
    ///
    /// # Errors
    ///
    /// When the API server refuses.
    pub(crate) fn list(
        &mut self,
        kind: Kind,
        namespace: &str,
        labels: &str,
        fields: &str,
    ) -> Result<Listed, StatusError> {
        let response = self.list_response(kind, namespace, labels, fields, Accept::Object)?;
        listed(response)
    }

    /// The objects of a kind as a table.
    ///
    /// # Errors
    ///
    /// When the API server refuses.
    pub(crate) fn list_table(
        &mut self,
        kind: Kind,
        namespace: &str,
        labels: &str,
        fields: &str,
    ) -> Result<Table, StatusError> {
        table(self.list_response(kind, namespace, labels, fields, Accept::Table)?)
    }

    /// An object as a table of one row.
    ///
    /// # Errors
    ///
    /// When the API server refuses.
    pub(crate) fn get_table(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<Table, StatusError> {
        let mut request = self.request(Method::Get, object_path(self.names(kind), namespace, name));
        request.accept = Accept::Table;
        table(self.send_about(request, kind, name)?)
    }

    fn list_response(
        &mut self,
        kind: Kind,
        namespace: &str,
        labels: &str,
        fields: &str,
        accept: Accept,
    ) -> Result<Response, StatusError> {
        let mut request = self.request(Method::Get, collection_path(self.names(kind), namespace));
        request.accept = accept;
        if !labels.is_empty() {
            request = request.with_query("labelSelector", labels);
        }
        if !fields.is_empty() {
            request = request.with_query("fieldSelector", fields);
        }
        let chunk = self.chunk;
        let ask = |cx: &mut Self, next: &str| {
            let mut request = request.clone();
            if chunk > 0 {
                request = request.with_query("limit", chunk.to_string());
            }
            if !next.is_empty() {
                request = request.with_query("continue", next);
            }
            cx.send_about(request, kind, "")
        };
        let mut whole = ask(self, "").map_err(|mut error| {
            if error.code == 404 {
                let names = self.names(kind);
                let (group, version) = (names.group, names.version);
                error.message = format!(
                    "Unable to list \"{group}/{version}, Resource={}\": {}",
                    names.plural, error.message
                );
            }
            error
        })?;
        loop {
            let next = match &whole.body {
                ResponseBody::List(list) => list.page.next.clone(),
                ResponseBody::Table(table) => table.page.next.clone(),
                _ => String::new(),
            };
            if next.is_empty() {
                return Ok(whole);
            }
            match (&mut whole.body, ask(self, &next)?.body) {
                (ResponseBody::List(list), ResponseBody::List(more)) => {
                    list.items.extend(more.items);
                    list.page = more.page;
                }
                (ResponseBody::Table(table), ResponseBody::Table(more)) => {
                    table.rows.extend(more.rows);
                    table.page = more.page;
                }
                _ => return Ok(whole),
            }
        }
    }

    /// Creates an object.
    ///
    /// # Errors
    ///
    /// When the API server refuses.
    pub(crate) fn create(
        &mut self,
        kind: Kind,
        namespace: &str,
        object: Value,
        options: &Write,
    ) -> Result<Value, StatusError> {
        let request = self
            .request(Method::Post, collection_path(self.names(kind), namespace))
            .with_body(Body::Json(object));
        value(self.send_about(options.apply(request, &self.manager), kind, "")?)
    }

    /// Replaces an object.
    ///
    /// # Errors
    ///
    /// When the API server refuses.
    pub(crate) fn replace(
        &mut self,
        kind: Kind,
        namespace: &str,
        object: Value,
        options: &Write,
    ) -> Result<Value, StatusError> {
        let name = super::value::name(&object).to_owned();
        let path = options.path(object_path(self.names(kind), namespace, &name));
        let request = self.request(Method::Put, path).with_body(Body::Json(object));
        value(self.send_about(options.apply(request, &self.manager), kind, &name)?)
    }

    /// Patches an object.
    ///
    /// # Errors
    ///
    /// When the API server refuses.
    pub(crate) fn patch(
        &mut self,
        (kind, namespace, name): (Kind, &str, &str),
        content_type: ContentType,
        patch: Value,
        options: &Write,
    ) -> Result<Value, StatusError> {
        let path = options.path(object_path(self.names(kind), namespace, name));
        let mut request = self.request(Method::Patch, path).with_body(Body::Json(patch));
        request.content_type = content_type;
        value(self.send_about(options.apply(request, &self.manager), kind, name)?)
    }

    /// Deletes an object.
    ///
    /// # Errors
    ///
    /// When the API server refuses.
    pub(crate) fn delete(
        &mut self,
        (kind, namespace, name): (Kind, &str, &str),
        grace_period_secs: Option<i64>,
        propagation: &str,
        dry_run: bool,
    ) -> Result<Value, StatusError> {
        let mut options =
            json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation});
        if let Some(secs) = grace_period_secs {
            put(&mut options, &["gracePeriodSeconds"], json!(secs));
        }
        if dry_run {
            put(&mut options, &["dryRun"], json!(["All"]));
        }
        let request = self
            .request(Method::Delete, object_path(self.names(kind), namespace, name))
            .with_body(Body::Json(options));
        value(self.send_about(request, kind, name)?)
    }

    /// Prints a line on standard output.
    pub(crate) fn say(&mut self, line: &str) {
        self.io.stdout(&format!("{line}\n"));
    }

    /// Whether there is a terminal, which a command that wants one is told.
    pub(crate) fn has_terminal(&mut self) -> bool {
        let has = self.io.terminal_width().is_some();
        if !has {
            self.io
                .stderr("Unable to use a TTY - input is not a terminal or the right kind of file\n");
        }
        has
    }

    /// Prints a line on standard error.
    pub(crate) fn warn(&mut self, line: &str) {
        self.io.stderr(&format!("{line}\n"));
    }
}

/// Objects of a kind as of a revision.
pub(crate) struct Listed {
    /// The store's revision.
    pub(crate) revision: u64,
    /// The objects.
    pub(crate) items: Vec<AnyObject>,
}

impl Write {
    fn path(&self, path: String) -> String {
        if self.subresource.is_empty() {
            path
        } else {
            format!("{path}/{}", self.subresource)
        }
    }

    fn apply(&self, mut request: Request, manager: &str) -> Request {
        request = request.with_query("fieldManager", manager);
        if self.force {
            request = request.with_query("force", "true");
        }
        if self.dry_run {
            request = request.with_query("dryRun", "All");
        }
        if !self.validation.is_empty() {
            request = request.with_query("fieldValidation", self.validation.clone());
        }
        request
    }
}

fn listed(response: Response) -> Result<Listed, StatusError> {
    match response.body {
        ResponseBody::List(list) => Ok(Listed {
            revision: list.revision,
            items: list.items,
        }),
        _ => Err(unexpected()),
    }
}

fn unexpected() -> StatusError {
    StatusError::new(500, "InternalError", "the answer is of an unexpected kind")
}

fn value(response: Response) -> Result<Value, StatusError> {
    response.to_value().ok_or_else(unexpected)
}

fn table(response: Response) -> Result<Table, StatusError> {
    match response.body {
        ResponseBody::Table(table) => Ok(table),
        _ => Err(unexpected()),
    }
}
