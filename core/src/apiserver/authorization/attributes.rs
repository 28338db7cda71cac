//! What a request wants to do (`authorizer.Attributes`, `RequestInfo`), and the words of a refusal.

use crate::api::StatusError;
use crate::apiserver::request::{Body, Method, Request};
use crate::apiserver::user::User;

/// The name in a field selector that selects one object (`metadata.name=web`).
fn named_by_field(selector: &str) -> &str {
    let mut terms = selector
        .split(',')
        .filter_map(|term| term.trim().strip_prefix("metadata.name="));
    terms.next().map_or("", |name| name.trim_start_matches('='))
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attributes<'a> {
    /// Who.
    pub(crate) user: &'a User,
    /// The verb (`list`).
    pub(crate) verb: &'a str,
    /// The namespace; empty: the whole cluster.
    pub(crate) namespace: &'a str,
    /// The API group.
    pub(crate) group: &'a str,
    /// The resource; empty: [`Attributes::path`] counts.
    pub(crate) resource: &'a str,
    /// The subresource.
    pub(crate) subresource: &'a str,
    /// The object's name.
    pub(crate) name: &'a str,
    /// The path, where it is no resource.
    pub(crate) path: &'a str,
}

impl<'a> Attributes<'a> {
    /// What a request wants to do. Its path need not be served.
    pub(crate) fn of(request: &'a Request) -> Self {
        let mut attributes = Self {
            user: &request.user,
            verb: "",
            namespace: "",
            group: "",
            resource: "",
            subresource: "",
            name: "",
            path: &request.path,
        };
        attributes.read_path(&request.path);
        attributes.verb = attributes.verb_of(request);
        if attributes.is_resource() && attributes.name.is_empty() && request.method == Method::Get {
            attributes.name = named_by_field(request.param("fieldSelector").unwrap_or_default());
        }
        attributes
    }

    fn read_path(&mut self, path: &'a str) {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let group = match segments.next() {
            Some("api") => Some(""),
            Some("apis") => segments.next(),
            _ => None,
        };
        let (Some(group), Some(_version), Some(first)) = (group, segments.next(), segments.next()) else {
            return;
        };
        let mut resource = first;
        let mut name = segments.next();
        if first == "namespaces"
            && let Some(namespace) = name
        {
            self.namespace = namespace;
            // `namespaces/x` itself and its subresources are resources too.
            let mut rest = segments.clone();
            match rest.next() {
                None | Some("status" | "finalize") => {}
                Some(inner) => {
                    resource = inner;
                    name = rest.next();
                    segments = rest;
                }
            }
        }
        self.group = group;
        self.resource = resource;
        self.name = name.unwrap_or_default();
        self.subresource = segments.next().unwrap_or_default();
    }

    fn verb_of(&self, request: &Request) -> &'static str {
        let on_collection = self.is_resource() && self.name.is_empty();
        let watches = || matches!(request.param("watch"), Some("true" | "1"));
        match request.method {
            _ if !self.is_resource() => match request.method {
                Method::Get => "get",
                Method::Post => "post",
                Method::Put => "put",
                Method::Patch => "patch",
                Method::Delete => "delete",
            },
            Method::Get if on_collection && watches() => "watch",
            Method::Get if on_collection => "list",
            Method::Get => "get",
            Method::Post => "create",
            // A component's typed patch: upstream some of them send patches, some updates.
            Method::Patch if matches!(request.body, Body::Object(_)) => "update",
            Method::Put => "update",
            Method::Patch => "patch",
            Method::Delete if on_collection => "deletecollection",
            Method::Delete => "delete",
        }
    }

    /// Whether a resource is meant, not another path.
    pub(crate) fn is_resource(&self) -> bool {
        !self.resource.is_empty()
    }

    /// The refusal (`responsewriters.Forbidden`).
    pub(crate) fn forbidden(&self, reason: &str) -> StatusError {
        let Self {
            verb,
            namespace,
            group,
            resource,
            subresource,
            name,
            path,
            ..
        } = self;
        let user = self.user.name.name();
        let mut message = if !self.is_resource() {
            format!("forbidden: User {user:?} cannot {verb} path {path:?}")
        } else {
            let slash = if subresource.is_empty() { "" } else { "/" };
            let dot = if group.is_empty() { "" } else { "." };
            let quoted = if name.is_empty() {
                String::new()
            } else {
                format!(" {name:?}")
            };
            let scope = if namespace.is_empty() {
                "at the cluster scope".to_owned()
            } else {
                format!("in the namespace {namespace:?}")
            };
            format!(
                "{resource}{dot}{group}{quoted} is forbidden: User {user:?} cannot {verb} resource \"{resource}{slash}{subresource}\" in API group {group:?} {scope}"
            )
        };
        if !reason.is_empty() {
            message.push_str(&format!(": {reason}"));
        }
        StatusError {
            name: (*name).to_owned(),
            group: (*group).to_owned(),
            kind: (*resource).to_owned(),
            ..StatusError::new(403, "Forbidden", message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: Method, path: &str, query: &[(&str, &str)], expected: &str) {
        let mut request = Request::new(method, path, User::new("toto", &[]));
        for (name, value) in query {
            request = request.with_query(name, *value);
        }
        let message = Attributes::of(&request).forbidden("").message;
        assert_eq!(message, expected, "{path}");
    }

    #[test]
    fn refusals_are_upstreams() {
        use Method::{Delete, Get, Patch, Post, Put};
        check(
            Get,
            "/api/v1/namespaces/dev/pods",
            &[],
            "pods is forbidden: User \"toto\" cannot list resource \"pods\" in API group \"\" in the namespace \"dev\"",
        );
        check(
            Get,
            "/api/v1/nodes",
            &[("watch", "true")],
            "nodes is forbidden: User \"toto\" cannot watch resource \"nodes\" in API group \"\" at the cluster scope",
        );
        check(
            Get,
            "/api/v1/namespaces/dev",
            &[],
            "namespaces \"dev\" is forbidden: User \"toto\" cannot get resource \"namespaces\" in API group \"\" in the namespace \"dev\"",
        );
        check(
            Put,
            "/api/v1/namespaces/dev/finalize",
            &[],
            "namespaces \"dev\" is forbidden: User \"toto\" cannot update resource \"namespaces/finalize\" in API group \"\" in the namespace \"dev\"",
        );
        check(
            Patch,
            "/apis/apps/v1/namespaces/dev/deployments/web/scale",
            &[],
            "deployments.apps \"web\" is forbidden: User \"toto\" cannot patch resource \"deployments/scale\" in API group \"apps\" in the namespace \"dev\"",
        );
        check(
            Delete,
            "/apis/apps/v1/namespaces/dev/deployments",
            &[],
            "deployments.apps is forbidden: User \"toto\" cannot deletecollection resource \"deployments\" in API group \"apps\" in the namespace \"dev\"",
        );
        check(
            Get,
            "/api/v1/namespaces/dev/pods",
            &[("fieldSelector", "metadata.name=web")],
            "pods \"web\" is forbidden: User \"toto\" cannot list resource \"pods\" in API group \"\" in the namespace \"dev\"",
        );
        check(
            Post,
            "/api/v1/namespaces/dev/pods/web/exec",
            &[],
            "pods \"web\" is forbidden: User \"toto\" cannot create resource \"pods/exec\" in API group \"\" in the namespace \"dev\"",
        );
        check(
            Get,
            "/metrics",
            &[],
            "forbidden: User \"toto\" cannot get path \"/metrics\"",
        );
        check(
            Get,
            "/apis/licornes.io/v1/licornes",
            &[],
            "licornes.licornes.io is forbidden: User \"toto\" cannot list resource \"licornes\" in API group \"licornes.io\" at the cluster scope",
        );
    }
}
