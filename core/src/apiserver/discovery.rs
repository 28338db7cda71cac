//! Paths that name no object: version, health, and which kinds are served (`/api`, `/apis`).

use serde_json::{Value, json};

use super::request::{Method, Request, Response, ResponseBody};
use crate::api::{Kind, StatusError};

/// The version the API server reports.
pub const GIT_VERSION: &str = "v1.36.2";

/// Answers a GET of such a path.
pub(super) fn answer(request: &Request, segments: &[&str]) -> Result<Response, StatusError> {
    if request.method != Method::Get {
        return Err(StatusError::method_not_allowed());
    }
    let body = match segments {
        ["version"] => ResponseBody::Json(version()),
        ["healthz" | "livez" | "readyz"] => ResponseBody::Text("ok".to_owned()),
        ["api"] => ResponseBody::Json(json!({"kind": "APIVersions", "versions": ["v1"]})),
        ["apis"] => ResponseBody::Json(groups()),
        ["api", version] => ResponseBody::Json(resources("", version)?),
        ["apis", group, version] => ResponseBody::Json(resources(group, version)?),
        _ => return Err(StatusError::no_such_path()),
    };
    Ok(Response::ok(body))
}

fn version() -> Value {
    json!({
        "major": "1", "minor": "36", "gitVersion": GIT_VERSION, "gitTreeState": "clean",
        "goVersion": "go1.26.2", "compiler": "gc", "platform": "linux/amd64",
    })
}

fn groups() -> Value {
    let mut names: Vec<(&str, &str)> = Kind::all()
        .map(|kind| (kind.info().group, kind.info().version))
        .collect();
    names.retain(|(group, _)| !group.is_empty());
    names.sort_unstable();
    names.dedup();
    let groups: Vec<_> = names
        .iter()
        .map(|(group, version)| {
            let version = json!({"groupVersion": format!("{group}/{version}"), "version": version});
            json!({"name": group, "versions": [version], "preferredVersion": version})
        })
        .collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn resources(group: &str, version: &str) -> Result<Value, StatusError> {
    let mut resources = Vec::new();
    let mut group_version = None;
    for info in Kind::all()
        .map(Kind::info)
        .filter(|info| info.group == group && info.version == version)
    {
        group_version = Some(info.api_version());
        resources.push(json!({
            "name": info.plural, "singularName": info.singular, "namespaced": info.namespaced(), "kind": info.name,
            "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
            "shortNames": info.short_names, "categories": info.categories,
        }));
        for subresource in info.subresources {
            resources.push(json!({
                "name": format!("{}/{subresource}", info.plural), "singularName": "", "namespaced": info.namespaced(),
                "kind": info.name, "verbs": ["get", "patch", "update"],
            }));
        }
    }
    let group_version = group_version.ok_or_else(StatusError::no_such_path)?;
    Ok(
        json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}),
    )
}
