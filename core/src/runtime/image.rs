//! Image names (`github.com/distribution/reference`): what is written, and what is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An image name, split as a registry client does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ImageReference {
    /// The registry (`docker.io`).
    pub registry: String,
    /// The repository (`library/nginx`).
    pub repository: String,
    /// The tag (`latest` if none was written), or `sha256:...`.
    pub tag: String,
}

impl ImageReference {
    /// Reads an image name; `None` if no registry client would take it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, digest) = text
            .split_once('@')
            .map_or((text, None), |(name, digest)| (name, Some(digest)));
        let (name, tag) = match name.rsplit_once(':') {
            Some((before, tag)) if !tag.contains('/') => (before, Some(tag)),
            _ => (name, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest.to_owned()),
            Some(_) => ("docker.io", name.to_owned()),
            None => ("docker.io", format!("library/{name}")),
        };
        let path_ok = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c);
        let tag_ok = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let tag = tag.unwrap_or("latest");
        let parts_ok = path
            .split('/')
            .all(|part| part.starts_with(|c: char| c.is_ascii_alphanumeric()));
        if !path.chars().all(path_ok) || !parts_ok || tag.is_empty() || !tag.chars().all(tag_ok) {
            return None;
        }
        let tag = digest.unwrap_or(tag).to_owned();
        Some(Self {
            registry: registry.to_owned(),
            repository: path,
            tag,
        })
    }

    /// The repository with its registry (`docker.io/library/nginx`).
    #[must_use]
    pub fn name(&self) -> String {
        [&self.registry, "/", &self.repository].concat()
    }
}

impl fmt::Display for ImageReference {
    /// The full name (`docker.io/library/nginx:1.27`), as a node's image store lists it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.tag.starts_with("sha256:") { '@' } else { ':' };
        write!(f, "{}/{}{separator}{}", self.registry, self.repository, self.tag)
    }
}

/// An image as a registry serves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedImage {
    /// Its full name.
    pub reference: ImageReference,
    /// Its digest (`sha256:...`).
    pub digest: String,
    /// What travels, compressed.
    pub size_bytes: u64,
}

/// Why an image cannot be pulled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullError {
    /// In containerd's words.
    pub message: String,
    /// How long it takes to know, in seconds; 0 if the registry says so.
    pub takes_secs: u64,
}

impl PullError {
    /// What a registry that answers says.
    #[must_use]
    pub const fn now(message: String) -> Self {
        Self {
            message,
            takes_secs: 0,
        }
    }
}

/// Who somebody is to a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The registry's address.
    pub registry: String,
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed_as_docker_does() {
        for (written, meant) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("nginx:1.27", "docker.io/library/nginx:1.27"),
            ("hashicorp/http-echo:1.0", "docker.io/hashicorp/http-echo:1.0"),
            ("ghcr.io/example/api:2.1", "ghcr.io/example/api:2.1"),
            ("localhost:5000/a", "localhost:5000/a:latest"),
        ] {
            assert_eq!(
                ImageReference::parse(written).map(|image| image.to_string()),
                Some(meant.to_owned())
            );
        }
        for wrong in ["Nginx", "nginx:", "a b", ""] {
            assert_eq!(ImageReference::parse(wrong), None, "{wrong}");
        }
    }
}
