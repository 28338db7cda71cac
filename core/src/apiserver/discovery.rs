//! Paths that name no object: version, health, and which kinds are served (`/api`, `/apis`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::custom::Customs;
use super::request::{Accept, Method, Request, Response, ResponseBody};
use crate::api::{CustomKind, Kind, Names, StatusError, version_priority};

/// The version the API server reports.
pub const GIT_VERSION: &str = "v1.36.2";

/// The verbs of custom kinds, in the order of the custom resources' own discovery.
const CUSTOM_VERBS: &[&str] = &[
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "create",
    "update",
    "watch",
];

/// Everything that is served: the kinds of the table, and these.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Discovery {
    /// The custom kinds, in each of their versions.
    pub customs: Vec<Arc<CustomKind>>,
}

/// A resource as discovery tells of it.
struct Resource<'a> {
    names: Names<'a>,
    short_names: Vec<&'a str>,
    categories: Vec<&'a str>,
    verbs: &'static [&'static str],
    subresources: Vec<&'a str>,
}

impl Discovery {
    fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        let table = Kind::all().map(|kind| {
            let info = kind.info();
            Resource {
                names: info.names(),
                short_names: info.short_names.to_vec(),
                categories: info.categories.to_vec(),
                verbs: info.verbs(),
                subresources: info.subresources.to_vec(),
            }
        });
        table.chain(self.customs.iter().map(|kind| Resource {
            names: (&**kind).into(),
            short_names: kind.short_names.iter().map(String::as_str).collect(),
            categories: kind.categories.iter().map(String::as_str).collect(),
            verbs: CUSTOM_VERBS,
            subresources: kind.subresources.iter().map(String::as_str).collect(),
        }))
    }

    /// Each group with its versions, the preferred one first.
    fn groups(&self) -> Vec<(&str, Vec<&str>)> {
        let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
        for resource in self.resources() {
            let (group, version) = (resource.names.group, resource.names.version);
            match groups.iter_mut().find(|(known, _)| *known == group) {
                Some((_, versions)) if versions.contains(&version) => {}
                Some((_, versions)) => versions.push(version),
                None => groups.push((group, vec![version])),
            }
        }
        for (_, versions) in &mut groups {
            crate::sort::sort_by_key(versions, |version| std::cmp::Reverse(version_priority(version)));
        }
        groups
    }

    /// `APIGroupDiscoveryList`, as `/apis` has it: the core group is told of at `/api`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let items: Vec<Value> = self
            .groups()
            .into_iter()
            .filter(|(group, _)| !group.is_empty())
            .map(|(group, versions)| {
                let versions: Vec<Value> = versions
                    .into_iter()
                    .map(|version| {
                        json!({"version": version, "freshness": "Current",
                                          "resources": self.aggregated(group, version)})
                    })
                    .collect();
                json!({"metadata": {"name": group, "creationTimestamp": null}, "versions": versions})
            })
            .collect();
        json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
    }

    fn aggregated(&self, group: &str, version: &str) -> Vec<Value> {
        let of_version =
            |resource: &Resource<'_>| resource.names.group == group && resource.names.version == version;
        self.resources()
            .filter(of_version)
            .map(|resource| {
                let names = resource.names;
                let kind = json!({"group": names.group, "version": names.version, "kind": names.kind});
                let below: Vec<Value> = resource
                    .subresources
                    .iter()
                    .map(|name| json!({"subresource": name, "responseKind": kind, "verbs": ["get", "patch", "update"]}))
                    .collect();
                json!({
                    "resource": names.plural, "responseKind": kind, "singularResource": names.singular,
                    "scope": if names.namespaced { "Namespaced" } else { "Cluster" },
                    "verbs": resource.verbs, "shortNames": resource.short_names,
                    "categories": resource.categories, "subresources": below,
                })
            })
            .collect()
    }

    fn group(&self, group: &str) -> Option<Value> {
        let (name, versions) = self.groups().into_iter().find(|(name, _)| *name == group)?;
        let versions: Vec<Value> = versions
            .into_iter()
            .map(|version| json!({"groupVersion": format!("{name}/{version}"), "version": version}))
            .collect();
        let preferred = versions.first();
        Some(json!({"name": name, "versions": versions, "preferredVersion": preferred}))
    }

    fn group_list(&self) -> Value {
        let groups: Vec<Value> = self
            .groups()
            .into_iter()
            .filter(|(name, _)| !name.is_empty())
            .filter_map(|(name, _)| self.group(name))
            .collect();
        json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
    }

    fn resource_list(&self, group: &str, version: &str) -> Result<Value, StatusError> {
        let mut resources = Vec::new();
        let mut group_version = None;
        for resource in self.resources() {
            let names = resource.names;
            if names.group != group || names.version != version {
                continue;
            }
            group_version = Some(names.api_version());
            let mut item = json!({
                "name": names.plural, "singularName": names.singular, "namespaced": names.namespaced,
                "kind": names.kind, "verbs": resource.verbs,
            });
            for (field, list) in [
                ("shortNames", &resource.short_names),
                ("categories", &resource.categories),
            ] {
                if let Some(item) = item.as_object_mut().filter(|_| !list.is_empty()) {
                    item.insert(field.to_owned(), json!(list));
                }
            }
            resources.push(item);
            for subresource in &resource.subresources {
                resources.push(json!({
                    "name": format!("{}/{subresource}", names.plural), "singularName": "",
                    "namespaced": names.namespaced, "kind": names.kind, "verbs": ["get", "patch", "update"],
                }));
            }
        }
        let group_version = group_version.ok_or_else(StatusError::no_such_path)?;
        Ok(json!({
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources,
        }))
    }
}

/// Answers a GET of such a path.
pub(super) fn answer(
    customs: &Customs,
    request: &Request,
    segments: &[&str],
) -> Result<Response, StatusError> {
    if request.method != Method::Get {
        return Err(StatusError::method_not_allowed());
    }
    let discovery = || Discovery {
        customs: customs.served().cloned().collect(),
    };
    let body = match segments {
        ["version"] => ResponseBody::Text(version()),
        ["healthz" | "livez" | "readyz", ..] => ResponseBody::Text("ok".to_owned()),
        ["apis"] if request.accept == Accept::Discovery => ResponseBody::Discovery(discovery()),
        ["api"] => ResponseBody::Json(json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "172.18.0.2:6443"}],
        })),
        ["apis"] => ResponseBody::Json(discovery().group_list()),
        ["api", version] => ResponseBody::Json(discovery().resource_list("", version)?),
        ["apis", group] => {
            let mut group = discovery().group(group).ok_or_else(StatusError::no_such_path)?;
            if let Value::Object(map) = &mut group {
                map.insert("kind".to_owned(), json!("APIGroup"));
                map.insert("apiVersion".to_owned(), json!("v1"));
            }
            ResponseBody::Json(group)
        }
        ["apis", group, version] => ResponseBody::Json(discovery().resource_list(group, version)?),
        _ => return Err(StatusError::no_such_path()),
    };
    Ok(Response::ok(body))
}

/// `version.Info`, laid out as the server does: in the order of Go's fields, indented.
fn version() -> String {
    let fields = [
        ("major", "1"),
        ("minor", "36"),
        ("emulationMajor", "1"),
        ("emulationMinor", "36"),
        ("minCompatibilityMajor", "1"),
        ("minCompatibilityMinor", "35"),
        ("gitVersion", GIT_VERSION),
        ("gitCommit", "0000000000000000000000000000000000000000"),
        ("gitTreeState", "clean"),
        ("buildDate", "2026-07-22T00:00:00Z"),
        ("goVersion", "go1.26.6"),
        ("compiler", "gc"),
        ("platform", "linux/amd64"),
    ];
    let lines = fields.map(|(name, value)| format!("  \"{name}\": \"{value}\""));
    format!("{{\n{}\n}}", lines.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_preferred_by_stability() {
        let mut versions = ["v1beta1", "foo", "v1", "v1alpha1", "v2beta2", "v10", "v2"];
        crate::sort::sort_by_key(&mut versions, |version| {
            std::cmp::Reverse(version_priority(version))
        });
        assert_eq!(
            versions,
            ["v10", "v2", "v1", "v2beta2", "v1beta1", "v1alpha1", "foo"]
        );
    }

    #[test]
    fn every_group_is_served() {
        let discovery = Discovery::default();
        let list = discovery.resource_list("apps", "v1").expect("served");
        assert_eq!(list["resources"][0]["name"], "controllerrevisions");
        assert_eq!(
            discovery.group("autoscaling").expect("served")["preferredVersion"]["version"],
            "v2"
        );
        assert_eq!(discovery.groups().len(), 21);
        assert!(discovery.resource_list("apps", "v2").is_err());
    }
}
