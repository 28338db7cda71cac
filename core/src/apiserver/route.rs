//! From a path to what it names (`k8s.io/apiserver/pkg/endpoints/request.RequestInfo`).

use std::sync::Arc;

use super::custom::Customs;
use super::metrics;
use crate::api::{CustomKind, Kind, Names, StatusError};

/// What a path names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Route<'a> {
    /// A collection or an object of a kind.
    Resource(ResourceRoute<'a>),
    /// Anything else: discovery, health, version.
    NonResource(Vec<&'a str>),
}

/// The kind and version that a client speaks of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form<'a> {
    /// A kind of the table.
    Kind(Kind),
    /// A version of a custom kind.
    Custom(&'a Arc<CustomKind>),
}

impl<'a> Form<'a> {
    /// What it is called.
    pub(crate) fn names(self) -> Names<'a> {
        match self {
            Self::Kind(kind) => kind.into(),
            Self::Custom(kind) => (&**kind).into(),
        }
    }

    /// The kind that its objects are stored under.
    pub(crate) fn stored(self) -> Kind {
        match self {
            Self::Kind(kind) => kind.storage(),
            Self::Custom(kind) => Kind::Custom(kind.id.hub()),
        }
    }

    fn has_subresource(self, name: &str) -> bool {
        match self {
            Self::Kind(kind) => kind.info().subresources.contains(&name),
            Self::Custom(kind) => kind.subresources.iter().any(|found| found == name),
        }
    }
}

/// A collection, an object or a subresource.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ResourceRoute<'a> {
    /// The kind that the objects are stored under.
    pub(crate) kind: Kind,
    /// The kind and version that the client speaks of.
    pub(crate) form: Form<'a>,
    /// The namespace, if the path names one.
    pub(crate) namespace: Option<&'a str>,
    /// The object's name, if it is not the collection.
    pub(crate) name: Option<&'a str>,
    /// The subresource.
    pub(crate) subresource: Option<&'a str>,
}

impl<'a> ResourceRoute<'a> {
    /// What the kind is called.
    pub(crate) fn names(self) -> Names<'a> {
        self.form.names()
    }
}

/// The custom kind that a path is about, if it is about one.
pub(crate) fn custom_kind(path: &str, customs: &Customs) -> Option<Arc<CustomKind>> {
    let mut segments = path
        .strip_prefix("/apis/")?
        .split('/')
        .filter(|segment| !segment.is_empty());
    let (group, version) = (segments.next()?, segments.next()?);
    let plural = match segments.next()? {
        "namespaces" => segments.nth(1)?,
        plural => plural,
    };
    customs.resource(group, version, plural).cloned()
}

/// Reads a path.
pub(crate) fn route<'a>(
    path: &'a str,
    custom: Option<&'a Arc<CustomKind>>,
) -> Result<Route<'a>, StatusError> {
    let mut segments = Vec::with_capacity(8);
    segments.extend(path.split('/').filter(|segment| !segment.is_empty()));
    let (group, version, rest) = match segments.as_slice() {
        // Not of the table: a metrics server adds it.
        ["apis", metrics::GROUP, ..] => return Ok(Route::NonResource(segments)),
        ["api", version, rest @ ..] if !rest.is_empty() => ("", *version, rest),
        ["apis", group, version, rest @ ..] if !rest.is_empty() => (*group, *version, rest),
        _ => return Ok(Route::NonResource(segments)),
    };
    let (namespace, rest) = match rest {
        // `namespaces/x` itself, and its subresources, are not inside a namespace.
        ["namespaces", _, "status" | "finalize"] | ["namespaces"] | ["namespaces", _] => (None, rest),
        ["namespaces", namespace, rest @ ..] => (Some(*namespace), rest),
        _ => (None, rest),
    };
    let (plural, name, subresource) = match rest {
        [plural] => (*plural, None, None),
        [plural, name] => (*plural, Some(*name), None),
        [plural, name, subresource] => (*plural, Some(*name), Some(*subresource)),
        _ => return Err(StatusError::no_such_path()),
    };
    let form = match custom {
        Some(kind) => Form::Custom(kind),
        None => {
            Form::Kind(Kind::from_resource(group, version, plural).ok_or_else(StatusError::no_such_path)?)
        }
    };
    if form.names().namespaced != namespace.is_some() && (namespace.is_some() || name.is_some()) {
        return Err(StatusError::no_such_path());
    }
    if subresource.is_some_and(|subresource| !form.has_subresource(subresource)) {
        return Err(StatusError::no_such_path());
    }
    Ok(Route::Resource(ResourceRoute {
        kind: form.stored(),
        form,
        namespace,
        name,
        subresource,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_resources() {
        let check = |path, kind, namespace, name, subresource| {
            let expected = ResourceRoute {
                kind,
                form: Form::Kind(kind),
                namespace,
                name,
                subresource,
            };
            assert_eq!(route(path, None), Ok(Route::Resource(expected)), "{path}");
        };
        check("/api/v1/pods", Kind::Pod, None, None, None);
        check("/api/v1/namespaces/a/pods", Kind::Pod, Some("a"), None, None);
        check(
            "/api/v1/namespaces/a/pods/b/log",
            Kind::Pod,
            Some("a"),
            Some("b"),
            Some("log"),
        );
        check("/api/v1/namespaces/a", Kind::Namespace, None, Some("a"), None);
        check(
            "/api/v1/namespaces/a/finalize",
            Kind::Namespace,
            None,
            Some("a"),
            Some("finalize"),
        );
        check(
            "/apis/apps/v1/namespaces/a/deployments/b",
            Kind::Deployment,
            Some("a"),
            Some("b"),
            None,
        );
        for path in [
            "/api/v1/podz",
            "/api/v1/pods/web",
            "/apis/apps/v1/namespaces/a/deployments/b/log",
            "/api/v1/a/b/c/d/e",
        ] {
            assert_eq!(route(path, None), Err(StatusError::no_such_path()), "{path}");
        }
    }
}
