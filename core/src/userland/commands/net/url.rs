//! Addresses of the web.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An address of the web.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Url {
    pub(super) tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
    /// The path with its query, from `/` on.
    pub(super) path: String,
}

impl Url {
    /// Reads an address; without a scheme it is `http`.
    ///
    /// # Errors
    ///
    /// What curl says of it, and its exit status.
    pub(super) fn parse(text: &str) -> Result<Self, (i32, String)> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            other => {
                return Err((
                    1,
                    format!("Protocol \"{other}\" not supported or disabled in libcurl"),
                ));
            }
        };
        let bad = || (3, "URL using bad/illegal format or missing URL".to_owned());
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, "")) => (host, None),
            Some((host, port)) => match port.parse::<u16>() {
                Ok(port) => (host, Some(port)),
                Err(_) => {
                    return Err((
                        3,
                        "URL rejected: Port number was not a decimal number between 0 and 65535".to_owned(),
                    ));
                }
            },
            None => (authority, None),
        };
        if host.is_empty() {
            return Err((3, "URL rejected: No host part in the URL".to_owned()));
        }
        if host.contains([' ', '"', '<', '>']) {
            return Err(bad());
        }
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        Ok(Self {
            tls,
            host: host.to_owned(),
            port: port.unwrap_or(if tls { 443 } else { 80 }),
            path,
        })
    }

    /// Where a redirect leads from here.
    pub(super) fn join(&self, target: &str) -> Result<Self, (i32, String)> {
        if target.contains("://") {
            return Self::parse(target);
        }
        let path = if target.starts_with('/') {
            target.to_owned()
        } else {
            let folder = self.path.split('?').next().unwrap_or_default();
            let folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{folder}/{target}")
        };
        Ok(Self { path, ..self.clone() })
    }

    /// The host with its port, unless that is the usual one.
    pub(super) fn authority(&self) -> String {
        let usual = if self.tls { 443 } else { 80 };
        if self.port == usual {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.path)
    }
}

/// Whether a certificate's name is good for a host.
pub(super) fn fits(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(domain) => host
            .split_once('.')
            .is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => name.eq_ignore_ascii_case(host),
    }
}
