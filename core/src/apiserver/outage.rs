//! When the API server cannot answer: nobody listens, or etcd has no leader.

use serde::{Deserialize, Serialize};

use super::Request;
use crate::api::StatusError;

/// The API server's address, as clients say it.
const SERVER: &str = "127.0.0.1:6443";
const NO_LEADER: &str = "etcdserver: request timed out";

/// Why no request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outage {
    /// Nothing listens on its port.
    Refused,
    /// Most members of etcd are down: nothing is read, nothing written.
    NoQuorum,
}

impl Outage {
    /// What a client gets.
    #[must_use]
    pub fn error(self) -> StatusError {
        match self {
            Self::Refused => {
                let message = format!(
                    "The connection to the server {SERVER} was refused - did you specify the right host or port?"
                );
                StatusError::new(0, "ConnectionRefused", message)
            }
            Self::NoQuorum => StatusError::new(500, "", NO_LEADER),
        }
    }

    /// The outage that a message tells of, whatever stands before it.
    #[must_use]
    pub fn told(message: &str) -> Option<Self> {
        message.trim_end().ends_with(NO_LEADER).then_some(Self::NoQuorum)
    }

    /// What a client's library says of a request that was refused.
    #[must_use]
    pub fn dial_error(request: &Request) -> String {
        let method = request.method.name();
        let (first, rest) = method.split_at_checked(1).unwrap_or((method, ""));
        let pairs: Vec<String> = request
            .query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let query = if pairs.is_empty() {
            String::new()
        } else {
            format!("?{}", pairs.join("&"))
        };
        format!(
            "{first}{} \"https://{SERVER}{}{query}\": dial tcp {SERVER}: connect: connection refused",
            rest.to_lowercase(),
            request.path
        )
    }

    /// The outage that an error tells of.
    #[must_use]
    pub fn of(error: &StatusError) -> Option<Self> {
        match (error.reason.as_str(), error.message.as_str()) {
            ("ConnectionRefused", _) => Some(Self::Refused),
            (_, NO_LEADER) => Some(Self::NoQuorum),
            _ => None,
        }
    }
}
