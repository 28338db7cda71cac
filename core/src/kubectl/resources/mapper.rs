//! What kubectl remembers of discovery, and asks again when it does not know a word (`~/.kube/cache/discovery`,
//! `k8s.io/client-go/discovery/cached/disk`): custom kinds come and go, the others are the table's.

use std::sync::Arc;

use super::args::{Query, Target, targets};
use super::types::kind_called;
use crate::api::{CustomKind, Kind, Names};
use crate::apiserver::{Accept, Method, ResponseBody};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;

/// The names of a kind, custom ones as they were discovered.
pub(crate) fn names_of(kind: Kind, customs: &[Arc<CustomKind>]) -> Names<'_> {
    let known = customs
        .iter()
        .find(|custom| Kind::Custom(custom.id) == kind)
        .or_else(|| {
            customs
                .iter()
                .find(|custom| Kind::Custom(custom.id.hub()) == kind.storage())
        });
    known.map_or(kind.into(), |custom| (&**custom).into())
}

impl Cx<'_> {
    /// What a kind is called.
    pub(crate) fn names(&self, kind: Kind) -> Names<'_> {
        names_of(kind, &self.env.discovered)
    }

    /// The kind of that name (`pods`, `po`, `deployments.apps`, `bateaux`).
    ///
    /// # Errors
    ///
    /// When nothing served is called so.
    pub(crate) fn kind_named(&mut self, word: &str) -> Result<Kind, Failure> {
        self.known(|customs| kind_called(word, customs))
    }

    /// What the words name.
    ///
    /// # Errors
    ///
    /// When a type is not served, or names and types do not go together.
    pub(crate) fn targets(&mut self, query: &Query<'_>) -> Result<Vec<Target>, Failure> {
        self.known(|customs| targets(query, customs))
    }

    /// The kind named so in this group and version.
    pub(crate) fn kind_in_manifest(&mut self, api_version: &str, kind: &str) -> Option<Kind> {
        if let Some(kind) = Kind::from_manifest(api_version, kind) {
            return Some(kind);
        }
        let find = |customs: &[Arc<CustomKind>]| {
            let found = customs
                .iter()
                .find(|custom| custom.kind == kind && Names::from(&***custom).api_version() == api_version);
            found
                .map(|custom| Kind::Custom(custom.id))
                .ok_or(Failure::Exit(1))
        };
        self.known(find).ok()
    }

    /// Looks something up; what is not known is asked for once more.
    fn known<T>(&mut self, find: impl Fn(&[Arc<CustomKind>]) -> Result<T, Failure>) -> Result<T, Failure> {
        match find(&self.env.discovered) {
            Ok(found) => Ok(found),
            Err(_) => {
                self.discover();
                find(&self.env.discovered)
            }
        }
    }

    /// Asks the API server what it serves, and remembers it.
    pub(crate) fn discover(&mut self) {
        let mut request = self.request(Method::Get, "/apis");
        request.accept = Accept::Discovery;
        if let ResponseBody::Discovery(discovery) = self.api.request(request).body {
            let mut customs = discovery.customs;
            crate::sort::sort_by(&mut customs, |a, b| {
                (&a.group, b.priority()).cmp(&(&b.group, a.priority()))
            });
            self.env.discovered = customs;
            self.io.save_discovery(&self.env.discovered);
        }
    }
}
