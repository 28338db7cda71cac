//! `Ingress` and `IngressClass`

use super::service::{endpoints, slices_of};
use super::writer::Writer;
use crate::api::types::networking::IngressBackend;
use crate::api::{AnyObject, Ingress, IngressClass, Kind, Service};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;

/// An Ingress: its rules, and what is behind them.
pub(super) fn write(cx: &mut Cx<'_>, w: &mut Writer, ingress: &Ingress) -> Result<(), Failure> {
    let (metadata, spec) = (&ingress.metadata, &ingress.spec);
    w.field(0, "Name", ingress.name());
    w.labels("", "Labels", metadata.labels.as_ref());
    w.field(0, "Namespace", ingress.namespace());
    w.field(0, "Address", address(ingress));
    w.field(
        0,
        "Ingress Class",
        spec.ingress_class_name.as_deref().unwrap_or("<none>"),
    );
    let default = match &spec.default_backend {
        Some(default) => backend(cx, ingress.namespace(), default)?,
        None => "<default>".to_owned(),
    };
    w.field(0, "Default backend", &default);
    let tls = spec.tls.as_deref().unwrap_or_default();
    if !tls.is_empty() {
        w.line(0, "TLS:");
    }
    for entry in tls {
        let hosts = entry.hosts.as_deref().unwrap_or_default().join(",");
        match entry.secret_name.as_deref() {
            None | Some("") => w.line(1, format!("SNI routes {hosts}")),
            Some(secret) => w.line(1, format!("{secret} terminates {hosts}")),
        }
    }
    w.line(0, "Rules:\n  Host\tPath\tBackends\n  ----\t----\t--------");
    let mut none = true;
    for rule in spec.rules.iter().flatten() {
        let Some(http) = &rule.http else { continue };
        none = false;
        let host = rule
            .host
            .as_deref()
            .filter(|host| !host.is_empty())
            .unwrap_or("*");
        w.line(1, format!("{host}\t"));
        for path in &http.paths {
            let backend = backend(cx, ingress.namespace(), &path.backend)?;
            let path = path.path.as_deref().unwrap_or_default();
            w.line(2, format!("\t{path} \t{backend}"));
        }
    }
    if none {
        w.line(1, format!("*\t*\t{default}"));
    }
    w.annotations("Annotations", metadata.annotations.as_ref());
    Ok(())
}

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

/// A backend, with the addresses that are behind it.
fn backend(cx: &mut Cx<'_>, namespace: &str, backend: &IngressBackend) -> Result<String, Failure> {
    if let Some(resource) = &backend.resource {
        let group = resource.api_group.as_deref().unwrap_or("<none>");
        let (kind, name) = (&resource.kind, &resource.name);
        return Ok(format!("APIGroup: {group}, Kind: {kind}, Name: {name}"));
    }
    let Some(service) = &backend.service else {
        return Ok(String::new());
    };
    let port = service.port.clone().unwrap_or_default();
    let (name, number) = (port.name.unwrap_or_default(), port.number.unwrap_or(0));
    let shown = if number == 0 {
        format!("{}:{name}", service.name)
    } else {
        format!("{}:{number}", service.name)
    };
    let found = match cx.get_object(Kind::Service, namespace, &service.name) {
        Ok(found) => found,
        Err(error) => return Ok(format!("{shown} (<error: {}>)", Failure::from(error).bare())),
    };
    let ports = found.get::<Service>().and_then(|found| found.spec.ports.clone());
    let port = ports.unwrap_or_default().into_iter().find(|port| {
        let named = port.name.as_deref().unwrap_or_default();
        (number != 0 && port.port == number) || (!name.is_empty() && named == name)
    });
    let port_name = port.and_then(|port| port.name).unwrap_or_default();
    let listed = slices_of(cx, namespace, &service.name)?;
    let slices: Vec<_> = listed.items.iter().filter_map(AnyObject::get).collect();
    Ok(format!("{shown} ({})", endpoints(&slices, &port_name)))
}

/// An IngressClass.
pub(super) fn write_class(w: &mut Writer, class: &IngressClass) {
    w.field(0, "Name", class.name());
    w.labels("", "Labels", class.metadata.labels.as_ref());
    w.annotations("Annotations", class.metadata.annotations.as_ref());
    w.field(
        0,
        "Controller",
        class.spec.controller.as_deref().unwrap_or_default(),
    );
    if let Some(parameters) = &class.spec.parameters {
        w.line(0, "Parameters:");
        if let Some(group) = &parameters.api_group {
            w.field(1, "APIGroup", group);
        }
        w.field(1, "Kind", &parameters.kind);
        w.field(1, "Name", &parameters.name);
    }
}
