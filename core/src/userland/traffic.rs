//! Requests between programs, as plain data: what a client asks, what a server answers, how it can refuse. The network carries them; nothing
//! here knows an address from a name.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A request as it reaches a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The address that the server sees its client under.
    pub source: String,
    /// The port of the container that it comes to.
    pub port: u16,
    /// What is asked.
    pub payload: Payload,
}

/// What is asked, in the protocol of the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Payload {
    /// HTTP/1.1
    Http(HttpRequest),
    /// A command of redis and its arguments.
    Redis(Vec<String>),
    /// A statement for PostgreSQL.
    Sql(SqlRequest),
    /// A connection that is opened and closed again.
    Tcp,
}

/// A request of HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// `GET`, `POST` ...
    pub method: String,
    /// The `Host` header: a name or an address, with the port if it is not 80.
    pub host: String,
    /// The path with its query, from `/` on.
    pub path: String,
    /// The other headers, in order.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// `GET` of a path at a host.
    #[must_use]
    pub fn get(host: &str, path: &str) -> Self {
        Self {
            method: "GET".to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            ..Self::default()
        }
    }

    /// A header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

/// A statement for PostgreSQL, and who sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlRequest {
    /// The user.
    pub user: String,
    /// The password, if one is given.
    pub password: Option<String>,
    /// The database.
    pub database: String,
    /// The statement, or a command of psql that asks the catalogue (`\dt`).
    pub text: String,
}

/// What a server made of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Its answer. A [`Reply::Call`] is none yet.
    pub reply: Reply,
    /// From the arrival of the request until the answer leaves.
    pub latency: Duration,
    /// The CPU time that it took.
    pub cpu: Duration,
}

/// An answer, in the protocol of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// HTTP/1.1
    Http(HttpReply),
    /// As redis says it.
    Redis(RedisReply),
    /// As PostgreSQL says it.
    Sql(SqlReply),
    /// The connection was accepted: all that [`Payload::Tcp`] asks.
    Accepted,
    /// The connection was accepted and closed without an answer: the server speaks another protocol.
    Hung,
    /// The server has to ask another first: carry that request, then [`Call::finish`] with what came of it.
    Call(Box<Call>),
}

/// An answer of HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpReply {
    /// The status code.
    pub status: u16,
    /// The headers, in order; without `Content-Length` and `Date`.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
}

impl HttpReply {
    /// A text with a status.
    #[must_use]
    pub fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
        }
    }

    /// A header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// What is said of its status (`net/http` `StatusText`).
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        status_text(self.status)
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut headers = headers.iter();
    headers
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// What is said of a status code.
#[must_use]
pub const fn status_text(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

/// An answer of redis (RESP).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RedisReply {
    /// `OK`, `PONG`
    Status(String),
    /// `(error) ...`
    Error(String),
    /// `(integer) 1`
    Integer(i64),
    /// A string; `None` is `(nil)`.
    Bulk(Option<String>),
    /// A list.
    Array(Vec<Self>),
}

/// An answer of PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SqlReply {
    /// Rows with the names of their columns; texts that are numbers are marked.
    Rows {
        /// A title above the table (`List of relations`).
        title: Option<String>,
        /// Names, and whether values stand on the right.
        columns: Vec<(String, bool)>,
        /// Values; `None` is null.
        rows: Vec<Vec<Option<String>>>,
    },
    /// `CREATE TABLE`, `INSERT 0 1`, or words of psql.
    Tag(String),
    /// `ERROR:  ...` and the lines below it.
    Error(String),
    /// The connection was refused: `FATAL:  ...`.
    Fatal(String),
}

/// Why a container gives no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refused {
    /// Nothing listens on the port: not started yet, stopping, ended (`connection refused`).
    Closed,
    /// Something listens, but does not come to it: too many wait already (the client times out).
    Silent,
    /// It broke off in the middle: its process died (`connection reset by peer`).
    Reset,
    /// There is no such container any more (`no route to host`, a time-out).
    Gone,
}

/// A request that a server has to make before it can answer its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The name or address that it calls.
    pub host: String,
    /// The port there.
    pub port: u16,
    /// What it asks there.
    pub payload: Payload,
    /// It gives up after so long.
    pub timeout: Duration,
    /// What it will say: `{{call.body}}` and `{{call.status}}` stand for the other's answer.
    pub answer: HttpReply,
    /// What it will say when there is none: `{{call.error}}` says why.
    pub failed: HttpReply,
    /// The other's answer is passed on as it is: a proxy.
    pub proxy: bool,
}

impl Call {
    /// The answer to the first request, once the second has been answered, or not (`error` says why in the client's words).
    #[must_use]
    pub fn finish(&self, came: Result<&Reply, &str>) -> HttpReply {
        let fill = |template: &HttpReply, pairs: &[(&str, &str)]| {
            let mut body = String::from_utf8_lossy(&template.body).into_owned();
            for (name, value) in pairs {
                body = body.replace(name, value);
            }
            HttpReply {
                body: body.into_bytes(),
                ..template.clone()
            }
        };
        let error = match came {
            Ok(Reply::Http(reply)) if self.proxy => return reply.clone(),
            Ok(Reply::Http(reply)) if reply.status < 500 => {
                let body = String::from_utf8_lossy(&reply.body);
                let pairs = [
                    ("{{call.body}}", body.trim_end()),
                    ("{{call.status}}", &reply.status.to_string()),
                ];
                return fill(&self.answer, &pairs);
            }
            Ok(Reply::Http(reply)) => format!("{} {}", reply.status, reply.reason()),
            Ok(
                Reply::Redis(RedisReply::Error(text))
                | Reply::Sql(SqlReply::Error(text) | SqlReply::Fatal(text)),
            ) => text.clone(),
            Ok(Reply::Redis(reply)) => {
                return fill(&self.answer, &[("{{call.body}}", &reply.plain())]);
            }
            Ok(_) => "unexpected answer".to_owned(),
            Err(why) => why.to_owned(),
        };
        fill(&self.failed, &[("{{call.error}}", &error)])
    }
}

impl RedisReply {
    /// Its text without marks, as `redis-cli` prints it into a pipe.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Status(text) => text.clone(),
            Self::Error(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Bulk(text) => text.clone().unwrap_or_default(),
            Self::Array(items) => {
                let lines: Vec<String> = items.iter().map(Self::plain).collect();
                lines.join("\n")
            }
        }
    }
}
