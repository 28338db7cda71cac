//! `Ingress`: its rules (`pkg/apis/networking/validation.ValidateIngress`, `pkg/registry/networking/ingress`).

use std::net::IpAddr;
use std::sync::Arc;

use super::pod::validation::one_of;
use crate::api::meta::MetaExt;
use crate::api::types::networking::{HTTPIngressPath, IngressBackend, IngressRule};
use crate::api::{AnyObject, Cause, Ingress};
use crate::apiserver::printing::{age_of, or_none};
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};
use crate::sim::Time;

/// The rules of `Ingress`.
pub(crate) struct IngressStrategy;

/// How a class was once named.
const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";
const PATH_TYPES: [&str; 3] = ["Exact", "ImplementationSpecific", "Prefix"];
/// How many hosts a row names.
const NAMED: usize = 3;

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Class"),
    Column::new("Hosts"),
    Column::new("Address"),
    Column::new("Ports"),
    Column::new("Age"),
];

impl Strategy for IngressStrategy {
    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(ingress) = object.get::<Ingress>() {
            if let (Some(class), Some(_)) = (
                ingress.metadata.annotation(CLASS_ANNOTATION),
                &ingress.spec.ingress_class_name,
            ) {
                let path = format!("annotations.{CLASS_ANNOTATION}");
                let detail = "can not be set when the class field is also set";
                causes.push(field::invalid(path, class, detail));
            }
            validate(&mut causes, ingress);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let (Some(new), Some(old)) = (object.get::<Ingress>(), old.get::<Ingress>())
            && !Arc::ptr_eq(&new.spec, &old.spec)
        {
            validate(&mut causes, new);
        }
        causes
    }

    fn warnings(&self, object: &AnyObject) -> Vec<String> {
        let annotated = object.metadata().annotation(CLASS_ANNOTATION).is_some();
        let warning = "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead";
        annotated.then(|| warning.to_owned()).into_iter().collect()
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(ingress) = object.get::<Ingress>() else {
            return Vec::new();
        };
        let spec = &ingress.spec;
        let secured = spec.tls.as_ref().is_some_and(|tls| !tls.is_empty());
        vec![
            ingress.name().to_owned(),
            spec.ingress_class_name.clone().unwrap_or_else(|| or_none(None)),
            hosts(spec.rules.as_deref().unwrap_or_default()),
            address(ingress),
            if secured { "80, 443" } else { "80" }.to_owned(),
            age_of(&ingress.metadata, now),
        ]
    }
}

/// The hosts of the rules, `*` if there are none.
fn hosts(rules: &[IngressRule]) -> String {
    let named = || {
        let hosts = rules.iter().filter_map(|rule| rule.host.as_deref());
        hosts.filter(|host| !host.is_empty())
    };
    let shown: Vec<&str> = named().take(NAMED).collect();
    if shown.is_empty() {
        return "*".to_owned();
    }
    if named().count() > NAMED {
        return format!("{} + {} more...", shown.join(","), rules.len() - NAMED);
    }
    shown.join(",")
}

/// Where the Ingress is reached.
fn address(ingress: &Ingress) -> String {
    let balancer = ingress.status.load_balancer.as_ref();
    let points = balancer.and_then(|balancer| balancer.ingress.as_ref());
    let texts: Vec<&str> = points
        .into_iter()
        .flatten()
        .filter_map(|point| point.ip.as_deref().or(point.hostname.as_deref()))
        .collect();
    texts.join(",")
}

fn validate(causes: &mut Vec<Cause>, ingress: &Ingress) {
    let (spec, path) = (&*ingress.spec, Path::new("spec"));
    let rules = spec.rules.as_deref().unwrap_or_default();
    if rules.is_empty() && spec.default_backend.is_none() {
        let detail = "either `defaultBackend` or `rules` must be specified";
        causes.push(field::invalid(path, serde_json::Value::Null, detail));
    }
    if let Some(default) = &spec.default_backend {
        backend(causes, default, path.child("defaultBackend"));
    }
    let at = path.child("rules");
    for (index, rule) in rules.iter().enumerate() {
        let path = at.index(index);
        host(
            causes,
            rule.host.as_deref().unwrap_or_default(),
            path.child("host"),
            true,
        );
        let Some(http) = &rule.http else { continue };
        let http_path = path.child("http");
        let path = http_path.child("paths");
        if http.paths.is_empty() {
            causes.push(field::required(path, ""));
        }
        for (index, entry) in http.paths.iter().enumerate() {
            http_path_entry(causes, entry, path.index(index));
        }
    }
    let at = path.child("tls");
    for (index, tls) in spec.tls.iter().flatten().enumerate() {
        let path = at.index(index);
        let path = path.child("hosts");
        for (index, name) in tls.hosts.iter().flatten().enumerate() {
            host(causes, name, path.index(index), false);
        }
    }
    if let Some(class) = &spec.ingress_class_name {
        let wrong = names::dns1123_subdomain(class);
        field::invalid_each(causes, path.child("ingressClassName"), class, &wrong);
    }
}

/// A name, or one that begins with `*.`.
fn host(causes: &mut Vec<Cause>, name: &str, path: Path<'_>, of_rule: bool) {
    if name.is_empty() && of_rule {
        return;
    }
    if of_rule && name.parse::<IpAddr>().is_ok() {
        causes.push(field::invalid(
            path,
            name,
            "must be a DNS name, not an IP address",
        ));
    }
    let wrong = if name.contains('*') {
        names::wildcard_dns1123_subdomain(name)
    } else {
        names::dns1123_subdomain(name)
    };
    field::invalid_each(causes, path, name, &wrong);
}

fn http_path_entry(causes: &mut Vec<Cause>, entry: &HTTPIngressPath, path: Path<'_>) {
    let kind = entry.path_type.as_str();
    if kind.is_empty() {
        let detail = "pathType must be specified";
        return causes.push(field::required(path.child("pathType"), detail));
    }
    let text = entry.path.as_deref().unwrap_or_default();
    let mut refuse = |detail: &str| causes.push(field::invalid(path.child("path"), text, detail));
    match kind {
        "Exact" | "Prefix" => {
            if !text.starts_with('/') {
                refuse("must be an absolute path");
            }
            for sequence in ["//", "/./", "/../", "%2f", "%2F"] {
                if text.contains(sequence) {
                    refuse(&format!("must not contain '{sequence}'"));
                }
            }
            for suffix in ["/..", "/."] {
                if text.ends_with(suffix) {
                    refuse(&format!("cannot end with '{suffix}'"));
                }
            }
        }
        "ImplementationSpecific" if !text.is_empty() && !text.starts_with('/') => {
            refuse("must be an absolute path");
        }
        _ => {}
    }
    one_of(causes, Some(kind), &PATH_TYPES, path.child("pathType"));
    backend(causes, &entry.backend, path.child("backend"));
}

fn backend(causes: &mut Vec<Cause>, backend: &IngressBackend, path: Path<'_>) {
    match (&backend.service, &backend.resource) {
        (Some(_), Some(_)) => {
            let detail = "cannot set both resource and service backends";
            causes.push(field::invalid(path, "", detail));
        }
        (None, None) => {
            let detail = "resource or service backend is required";
            causes.push(field::invalid(path, "", detail));
        }
        (None, Some(resource)) => {
            let path = path.child("resource");
            for (name, text) in [("kind", &resource.kind), ("name", &resource.name)] {
                if text.is_empty() {
                    causes.push(field::required(path.child(name), ""));
                }
            }
        }
        (Some(service), None) => {
            let at = path.child("service");
            if service.name.is_empty() {
                causes.push(field::required(at.child("name"), ""));
            } else {
                let wrong = names::dns1035_label(&service.name);
                field::invalid_each(causes, at.child("name"), &service.name, &wrong);
            }
            let port = service.port.clone().unwrap_or_default();
            let (name, number) = (port.name.unwrap_or_default(), port.number.unwrap_or(0));
            let at = at.child("port");
            if !name.is_empty() && number != 0 {
                let detail = "cannot set both port name & port number";
                causes.push(field::invalid(path, "", detail));
            } else if !name.is_empty() {
                field::invalid_each(causes, at.child("name"), &name, &names::port_name(&name));
            } else if number != 0 {
                for detail in names::port_number(number) {
                    causes.push(field::invalid(at.child("number"), number, &detail));
                }
            } else {
                causes.push(field::required(path, "port name or number is required"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::Kind;

    fn ingress(spec: Value) -> AnyObject {
        AnyObject::from_value(Kind::Ingress, json!({"metadata": {"name": "i"}, "spec": spec}))
            .expect("an Ingress")
    }

    fn path(path: Value) -> Value {
        let mut whole = json!({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"number": 80}}}});
        for (key, value) in path.as_object().cloned().unwrap_or_default() {
            whole[&key] = value;
        }
        json!({"rules": [{"http": {"paths": [whole]}}]})
    }

    #[test]
    fn rules_are_checked() {
        for (spec, expected) in [
            (path(json!({})), ""),
            (
                json!({}),
                "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified",
            ),
            (
                json!({"rules": [{"host": "10.0.0.1"}]}),
                "spec.rules[0].host: Invalid value: \"10.0.0.1\": must be a DNS name, not an IP address",
            ),
            (json!({"rules": [{"host": "*.exemple.fr"}]}), ""),
            (
                path(json!({"path": "api"})),
                "spec.rules[0].http.paths[0].path: Invalid value: \"api\": must be an absolute path",
            ),
            (
                path(json!({"pathType": "Regex"})),
                "spec.rules[0].http.paths[0].pathType: Unsupported value: \"Regex\": supported values: \"Exact\", \"ImplementationSpecific\", \"Prefix\"",
            ),
            (
                path(json!({"path": "/a//b"})),
                "spec.rules[0].http.paths[0].path: Invalid value: \"/a//b\": must not contain '//'",
            ),
            (
                path(json!({"backend": {}})),
                "spec.rules[0].http.paths[0].backend: Invalid value: \"\": resource or service backend is required",
            ),
            (
                path(json!({"backend": {"service": {"name": "s"}}})),
                "spec.rules[0].http.paths[0].backend: Required value: port name or number is required",
            ),
            (
                json!({"defaultBackend": {"service": {"name": "s", "port": {"number": 70_000}}}}),
                "spec.defaultBackend.service.port.number: Invalid value: 70000: must be between 1 and 65535, inclusive",
            ),
        ] {
            let causes = IngressStrategy.validate(&ingress(spec.clone()));
            let said: Vec<String> = causes.iter().map(ToString::to_string).collect();
            assert_eq!(said.join("; "), expected, "{spec}");
        }
    }

    #[test]
    fn a_row_names_three_hosts() {
        let rule = |host: &str| json!({"host": host});
        for (rules, expected) in [
            (json!([]), "*"),
            (json!([rule("a"), rule("b")]), "a,b"),
            (
                json!([rule("a"), rule("b"), rule("c"), rule("d"), rule("e")]),
                "a,b,c + 2 more...",
            ),
        ] {
            let cells = IngressStrategy.cells(&ingress(json!({"rules": rules})), Time::ZERO);
            assert_eq!(cells.get(2).map(String::as_str), Some(expected));
        }
    }
}
