//! The REST boundary: HTTP-like requests and responses, in process. A body is a shared typed object or JSON; components
//! inside the cluster send and receive typed bodies, everybody else JSON.

use std::net::Ipv4Addr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::discovery::Discovery;
use super::paging::Page;
use super::table::Table;
use super::user::{Impersonation, User};
use super::watch::Watch;
use crate::api::{AnyObject, CustomKind, Kind, Names, StatusError};
use crate::sim::Time;
use crate::userland::traffic::{HttpReply, HttpRequest};

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// Its name in a request line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The `Content-Type` of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContentType {
    /// `application/json`
    #[default]
    Json,
    /// `application/json-patch+json` (RFC 6902)
    JsonPatch,
    /// `application/merge-patch+json` (RFC 7386)
    MergePatch,
    /// `application/strategic-merge-patch+json`
    StrategicMergePatch,
    /// `application/apply-patch+yaml`: server-side apply; the document is JSON here
    Apply,
}

/// What the client can read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Accept {
    /// Objects.
    #[default]
    Object,
    /// `as=Table;v=v1;g=meta.k8s.io`: rows to print.
    Table,
    /// Objects with their `managedFields`, which are worked out when they are asked for.
    Managed,
    /// `as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io`: everything that is served, at once.
    Discovery,
}

/// The body of a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// JSON: from outside the cluster's own components.
    Json(Value),
    /// A shared typed object.
    Object(AnyObject),
    /// The whole request as its client sent it, to be passed on to a Pod.
    Http(Box<HttpRequest>),
}

/// A request to the API server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, without the query (`/api/v1/namespaces/default/pods/web`).
    pub path: String,
    /// The query's parameters, decoded.
    pub query: Vec<(String, String)>,
    /// The body's type.
    pub content_type: ContentType,
    /// What the client can read.
    pub accept: Accept,
    /// Who asks, by the certificate they show.
    pub user: User,
    /// `Authorization: Bearer`: says who asks instead.
    pub token: Option<String>,
    /// The `Impersonate-*` headers: for whom they ask.
    pub impersonate: Option<Box<Impersonation>>,
    /// The body.
    pub body: Body,
}

impl Request {
    /// A request without query and body.
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>, user: User) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            content_type: ContentType::Json,
            accept: Accept::Object,
            user,
            token: None,
            impersonate: None,
            body: Body::Empty,
        }
    }

    /// With this body.
    #[must_use]
    pub fn with_body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// With this parameter in the query.
    #[must_use]
    pub fn with_query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// The first value of a parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter.
    #[must_use]
    pub fn params(&self, name: &str) -> Vec<String> {
        let found = self.query.iter().filter(|(found, _)| found == name);
        found.map(|(_, value)| value.clone()).collect()
    }

    /// Whether nothing is to be committed (`dryRun=All`).
    #[must_use]
    pub fn dry_run(&self) -> bool {
        self.param("dryRun").is_some_and(|value| value == "All")
    }
}

/// The path of a kind's collection, in a namespace if it has one and it is not empty.
#[must_use]
pub fn collection_path<'a>(kind: impl Into<Names<'a>>, namespace: &str) -> String {
    path_of(kind.into(), namespace, "")
}

/// The path of an object.
#[must_use]
pub fn object_path<'a>(kind: impl Into<Names<'a>>, namespace: &str, name: &str) -> String {
    path_of(kind.into(), namespace, name)
}

fn path_of(info: Names<'_>, namespace: &str, name: &str) -> String {
    let inside = info.namespaced && !namespace.is_empty();
    let segments = [
        if info.group.is_empty() { "api" } else { "apis" },
        info.group,
        info.version,
        if inside { "namespaces" } else { "" },
        if inside { namespace } else { "" },
        info.plural,
        name,
    ];
    let mut path = String::with_capacity(128);
    for segment in segments.into_iter().filter(|segment| !segment.is_empty()) {
        path.push('/');
        path.push_str(segment);
    }
    path
}

/// A list of objects of one kind, as of a revision of the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct List {
    /// The kind of the items.
    pub kind: Kind,
    /// The version of a custom kind.
    pub custom: Option<Arc<CustomKind>>,
    /// The store's revision.
    pub revision: u64,
    /// The items.
    pub items: Vec<AnyObject>,
    /// Where it goes on.
    pub page: Page,
}

/// What only the kubelet of a node can answer; the cluster passes it on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRequest {
    /// The Pod's namespace.
    pub namespace: String,
    /// The Pod's name.
    pub pod: String,
    /// The container.
    pub container: String,
    /// The node it runs on.
    pub node: String,
    /// The previous instance of the container.
    pub previous: bool,
    /// Only the last lines.
    pub tail_lines: Option<u64>,
    /// Only what is younger, in seconds.
    pub since_secs: Option<u64>,
    /// Each line after its time.
    pub timestamps: bool,
    /// Only what is not older.
    pub since: Option<Time>,
    /// At most so many bytes.
    pub limit_bytes: Option<u64>,
}

/// A command to run in a container, or a container to attach to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecRequest {
    /// The Pod's namespace.
    pub namespace: String,
    /// The Pod's name.
    pub pod: String,
    /// The container.
    pub container: String,
    /// The node it runs on.
    pub node: String,
    /// The command; none attaches to the container's own.
    pub command: Option<Vec<String>>,
    /// Whether standard input is passed on.
    pub stdin: bool,
    /// Whether there is a terminal.
    pub terminal: bool,
}

/// A request that the API server passes on to a Pod (`pods/NAME/proxy`, `services/NAME/proxy`); the cluster's network carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyRequest {
    /// The Pod's address.
    pub address: Ipv4Addr,
    /// The port there.
    pub port: u16,
    /// What it is asked.
    pub request: HttpRequest,
}

/// A stream to a container of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamId {
    /// The node.
    pub node: String,
    /// Its number there.
    pub id: u64,
}

/// The body of a response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ResponseBody {
    /// An object.
    Object(AnyObject),
    /// A list.
    List(List),
    /// Rows to print.
    Table(Table),
    /// What is served.
    Discovery(Discovery),
    /// Other JSON: a scale, a successful deletion.
    Json(Value),
    /// Plain text: logs.
    Text(String),
    /// A watch: read it with [`super::ApiServer::watch_next`].
    Watch(Watch),
    /// To be answered by a kubelet.
    Logs(LogRequest),
    /// To be answered by a kubelet too.
    Exec(ExecRequest),
    /// To be answered by a Pod.
    Proxy(ProxyRequest),
    /// What the Pod answered.
    Proxied(HttpReply),
    /// What it answers: a stream, which the client talks over.
    Stream(StreamId),
    /// A refusal.
    Error(StatusError),
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// The body.
    pub body: ResponseBody,
    /// `Warning` headers.
    pub warnings: Vec<String>,
}

impl Response {
    /// A successful answer.
    #[must_use]
    pub fn ok(body: ResponseBody) -> Self {
        Self {
            status: 200,
            body,
            warnings: Vec::new(),
        }
    }

    /// The body, or the refusal.
    ///
    /// # Errors
    ///
    /// When the API server refused.
    pub fn into_result(self) -> Result<ResponseBody, StatusError> {
        match self.body {
            ResponseBody::Error(error) => Err(error),
            body => Ok(body),
        }
    }

    /// The object in the body.
    ///
    /// # Errors
    ///
    /// When the API server refused, or answered something else than an object.
    pub fn into_object(self) -> Result<AnyObject, StatusError> {
        match self.body {
            ResponseBody::Object(object) => Ok(object),
            ResponseBody::Error(error) => Err(error),
            _ => Err(StatusError::new(
                500,
                "InternalError",
                "the answer is not an object",
            )),
        }
    }

    /// The body as JSON; `None` for plain text and watches.
    #[must_use]
    pub fn to_value(&self) -> Option<Value> {
        Some(match &self.body {
            ResponseBody::Object(object) => object.to_value(),
            ResponseBody::List(list) => list.to_value(),
            ResponseBody::Table(table) => table.to_value(),
            ResponseBody::Discovery(discovery) => discovery.to_value(),
            ResponseBody::Json(value) => value.clone(),
            ResponseBody::Error(error) => error.to_value(),
            ResponseBody::Text(_)
            | ResponseBody::Watch(_)
            | ResponseBody::Logs(_)
            | ResponseBody::Exec(_)
            | ResponseBody::Proxy(_)
            | ResponseBody::Proxied(_)
            | ResponseBody::Stream(_) => return None,
        })
    }
}

impl List {
    /// The list as JSON (`PodList`); items bear no kind of their own, as upstream.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let items: Vec<_> = self
            .items
            .iter()
            .map(|item| {
                let mut value = item.to_value();
                // Untyped items say what they are.
                if let (Value::Object(map), None) = (&mut value, &self.custom) {
                    map.remove("apiVersion");
                    map.remove("kind");
                }
                value
            })
            .collect();
        let (api_version, kind) = match &self.custom {
            Some(custom) => (Names::from(&**custom).api_version(), custom.list_kind.clone()),
            None => (
                self.kind.info().api_version(),
                format!("{}List", self.kind.name()),
            ),
        };
        let mut metadata = json!({"resourceVersion": self.revision.to_string()});
        self.page.write(&mut metadata);
        json!({
            "apiVersion": api_version,
            "kind": kind,
            "metadata": metadata,
            "items": items,
        })
    }
}

impl From<Result<Self, StatusError>> for Response {
    fn from(result: Result<Self, StatusError>) -> Self {
        result.unwrap_or_else(|error| Self {
            status: error.code,
            body: ResponseBody::Error(error),
            warnings: Vec::new(),
        })
    }
}
