//! How a kind is called: in manifests, in paths, in errors. The same for kinds of the table and for custom ones.

use std::fmt;

use super::custom::CustomKind;
use super::kind::Kind;

/// The names of a kind in one of its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names<'a> {
    /// `Deployment`
    pub kind: &'a str,
    /// `apps`, empty for the core group.
    pub group: &'a str,
    /// `v1`
    pub version: &'a str,
    /// `deployments`
    pub plural: &'a str,
    /// `deployment`
    pub singular: &'a str,
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
}

impl Names<'_> {
    /// `group/version` as in `apiVersion`.
    #[must_use]
    pub fn api_version(&self) -> String {
        qualified(self.group, '/', self.version)
    }

    /// `plural.group`, or `plural` in the core group: how errors name a resource.
    #[must_use]
    pub fn group_resource(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            qualified(self.plural, '.', self.group)
        }
    }

    /// `singular.group`, or `singular` in the core group: how messages name a kind.
    #[must_use]
    pub fn group_singular(&self) -> String {
        if self.group.is_empty() {
            self.singular.to_owned()
        } else {
            qualified(self.singular, '.', self.group)
        }
    }
}

fn qualified(before: &str, separator: char, after: &str) -> String {
    if before.is_empty() {
        after.to_owned()
    } else {
        format!("{before}{separator}{after}")
    }
}

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)
    }
}

impl From<Kind> for Names<'static> {
    fn from(kind: Kind) -> Self {
        kind.info().names()
    }
}

impl<'a> From<&'a CustomKind> for Names<'a> {
    fn from(kind: &'a CustomKind) -> Self {
        Self {
            kind: &kind.kind,
            group: &kind.group,
            version: &kind.version,
            plural: &kind.plural,
            singular: &kind.singular,
            namespaced: kind.id.namespaced(),
        }
    }
}
