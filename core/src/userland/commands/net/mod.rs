//! Programs that speak over the network, and the resolver below them.

mod curl;
mod exchange;
mod http;
mod resolver;
mod url;

use serde::{Deserialize, Serialize};

use super::{Start, System, Wrong};
use crate::sh::{Io, Poll};

/// Programs of this module, sorted.
pub(super) const NAMES: &[&str] = &["curl"];

/// A program that waits for the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::userland) enum Client {
    /// `curl`
    Curl(curl::Curl),
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
            _ => return None,
        })
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>, host: &mut dyn System) -> Poll {
        match self {
            Self::Curl(curl) => curl.step(io, host),
        }
    }
}
