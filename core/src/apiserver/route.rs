//! From a path to what it names (`k8s.io/apiserver/pkg/endpoints/request.RequestInfo`).

use crate::api::{Kind, StatusError};

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// A collection or an object of a kind.
    Resource(ResourceRoute<'a>),
    /// Anything else: discovery, health, version.
    NonResource(Vec<&'a str>),
}

/// A collection, an object or a subresource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResourceRoute<'a> {
    /// The kind.
    pub(crate) kind: Kind,
    /// The namespace, if the path names one.
    pub(crate) namespace: Option<&'a str>,
    /// The object's name, if it is not the collection.
    pub(crate) name: Option<&'a str>,
    /// The subresource.
    pub(crate) subresource: Option<&'a str>,
}

/// Reads a path.
pub(crate) fn route(path: &str) -> Result<Route<'_>, StatusError> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let (group, version, rest) = match segments.as_slice() {
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
    let kind = Kind::from_resource(group, version, plural).ok_or_else(StatusError::no_such_path)?;
    if kind.namespaced() != namespace.is_some() && (namespace.is_some() || name.is_some()) {
        return Err(StatusError::no_such_path());
    }
    if subresource.is_some_and(|subresource| !kind.info().subresources.contains(&subresource)) {
        return Err(StatusError::no_such_path());
    }
    Ok(Route::Resource(ResourceRoute {
        kind,
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
                namespace,
                name,
                subresource,
            };
            assert_eq!(route(path), Ok(Route::Resource(expected)), "{path}");
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
            assert_eq!(route(path), Err(StatusError::no_such_path()), "{path}");
        }
    }
}
