//! What travels between programs: a request, and what becomes of it. Plain data, below everything that makes, carries or answers it: the
//! clients are programs of this module, the network carries, the runtime's servers answer.

use std::borrow::Cow;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A header: its name and its value.
pub type Header = (Cow<'static, str>, String);

/// What a client asks of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Payload {
    /// A request in HTTP/1.1.
    Http(HttpRequest),
    /// The words of a Redis command.
    Redis(Vec<String>),
    /// A statement of SQL, and who says it in which database.
    Sql {
        /// The statement, or several, or a command of psql that asks the server (`\dt`).
        text: String,
        /// The user.
        user: String,
        /// The password, empty if none was given.
        password: String,
        /// The database.
        database: String,
    },
    /// A connection, opened and closed.
    Tcp,
}

/// A request in HTTP/1.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// `GET`, `POST` ...
    pub method: String,
    /// The `Host` header.
    pub host: String,
    /// The path with its query.
    pub path: String,
    /// The other headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// Whether it came over TLS, which ended where it is answered.
    pub tls: bool,
}

impl HttpRequest {
    /// The value of a header, whatever its capitals.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// A request as it arrives at a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What is asked.
    pub payload: Payload,
    /// The port it arrives at: the container's own.
    pub port: u16,
    /// The address it seems to come from.
    pub source: Ipv4Addr,
    /// Nobody will look at the answer's headers and body, only at its status, its cost and its time: load.
    pub unseen: bool,
}

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// An answer in HTTP/1.1.
    Http(HttpReply),
    /// What the client of another protocol prints, and whether it is an error.
    Text {
        /// The text, without its last line break.
        text: String,
        /// Whether the server refused.
        failed: bool,
    },
    /// The connection was taken, and closed without a word.
    Closed,
}

/// An answer in HTTP/1.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpReply {
    /// The status.
    pub status: u16,
    /// Its words (`OK`).
    pub reason: Cow<'static, str>,
    /// The headers, `Content-Length` among them.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Arc<str>,
}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The answer.
    pub reply: Reply,
    /// From its arrival until the answer leaves.
    pub latency: Duration,
    /// The processor time it took.
    pub cpu: Duration,
    /// The line that the server logs about it, without its line break.
    pub log: Option<String>,
}

/// Why a server did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refused {
    /// Nobody listens on the port: the machine says so at once.
    NotListening,
    /// The server hangs: nothing ever comes back.
    Silent,
    /// The server closed the connection in the middle: it crashed.
    Reset,
}
