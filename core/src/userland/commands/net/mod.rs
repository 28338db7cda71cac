//! Programs that speak over the network, and the resolver below them.

mod curl;
mod exchange;
mod http;
mod names;
mod probe;
pub(super) mod resolver;
mod rules;
mod stores;
mod url;
mod wget;

use serde::{Deserialize, Serialize};

use super::{Start, System, Wrong};
use crate::sh::{Io, Poll};

/// Programs of this module, sorted.
pub(super) const NAMES: &[&str] = &[
    "curl",
    "dig",
    "getent",
    "host",
    "nc",
    "nslookup",
    "pg_isready",
    "ping",
    "psql",
    "redis-cli",
    "wget",
];

/// A program that waits for the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::userland) enum Client {
    /// `curl`
    Curl(curl::Curl),
    /// `nslookup`, `dig`, `host`, `getent`
    Names(names::Names),
    /// `nc`
    Netcat(probe::Netcat),
    /// `ping`
    Ping(probe::Ping),
    /// `iptables-save`
    Rules(rules::Rules),
    /// `redis-cli`, `psql`
    Store(stores::Store),
    /// `wget`
    Wget(wget::Wget),
}

impl Client {
    /// The client of a name, if it is one.
    pub(in crate::userland) fn start(
        name: &str,
        start: &Start,
        host: &dyn System,
    ) -> Option<Result<Self, Wrong>> {
        Some(match name {
            "curl" => curl::Curl::start(start, host).map(Self::Curl),
            "dig" | "getent" | "host" | "nslookup" => names::Names::start(name, start, host).map(Self::Names),
            "iptables-save" => Ok(Self::Rules(rules::Rules::default())),
            "nc" => probe::Netcat::start(start).map(Self::Netcat),
            "ping" => probe::Ping::start(start).map(Self::Ping),
            "pg_isready" | "psql" | "redis-cli" => stores::Store::start(name, start).map(Self::Store),
            "wget" => wget::Wget::start(start).map(Self::Wget),
            _ => return None,
        })
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>, host: &mut dyn System) -> Poll {
        match self {
            Self::Curl(client) => client.step(io, host),
            Self::Names(client) => client.step(io, host),
            Self::Netcat(client) => client.step(io, host),
            Self::Ping(client) => client.step(io, host),
            Self::Rules(client) => client.step(io, host),
            Self::Store(client) => client.step(io, host),
            Self::Wget(client) => client.step(io, host),
        }
    }
}
