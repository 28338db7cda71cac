//! Resources by name: roles may name them, and questions be about them.

use crate::kubectl::context::Cx;

/// A resource of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// Its name in paths (`pods`).
    pub(crate) plural: String,
    /// Its API group.
    pub(crate) group: String,
    /// Whether it is in a namespace, if that is known.
    pub(crate) namespaced: Option<bool>,
}

impl Cx<'_> {
    /// The resource of that name (`pods`, `po`, `deployments.apps`); `None` if nothing served is called so.
    pub(crate) fn resource_named(&mut self, word: &str) -> Option<Resource> {
        let kind = self.kind_named(word).ok()?;
        let names = self.names(kind);
        Some(Resource {
            plural: names.plural.to_owned(),
            group: names.group.to_owned(),
            namespaced: Some(names.namespaced),
        })
    }
}
