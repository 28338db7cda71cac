//! Requests that are passed on: `pods/NAME/proxy/PATH`, `services/NAME/proxy/PATH` (`pkg/registry/core/{pod,service}`, `ResourceLocation`).

use crate::api::meta::MetaExt;
use crate::api::{AnyObject, EndpointSlice, Key, Kind, Pod, Service, StatusError};
use crate::apiserver::ApiServer;
use crate::apiserver::request::{Body, ProxyRequest, Request, Response, ResponseBody};

/// Answers a request whose path leads through a Pod or a Service; nothing if it does not.
pub(in crate::apiserver) fn answer(
    api: &ApiServer,
    request: &Request,
) -> Option<Result<Response, StatusError>> {
    let mut parts = request.path.strip_prefix("/api/v1/namespaces/")?.splitn(5, '/');
    let (namespace, plural, id) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next()? != "proxy" {
        return None;
    }
    let found = match plural {
        "pods" => of_pod(api, namespace, id),
        "services" => of_service(api, namespace, id),
        _ => return None,
    };
    let query: Vec<String> = request
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut path = format!("/{}", parts.next().unwrap_or_default());
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    let body = match &request.body {
        Body::Json(value) => value.to_string(),
        _ => String::new(),
    };
    Some(found.map(|(address, port)| {
        Response::ok(ResponseBody::Proxy(ProxyRequest {
            method: request.method,
            address,
            port,
            path,
            body,
        }))
    }))
}

type Place = (std::net::Ipv4Addr, u16);

/// `[SCHEME:]NAME[:PORT]` (`utilnet.SplitSchemeNamePort`)
fn split<'a>(kind: &str, id: &'a str) -> Result<(&'a str, &'a str), StatusError> {
    let parts: Vec<&str> = id.split(':').collect();
    match parts.as_slice() {
        [name] => Ok((*name, "")),
        [name, port] | ["" | "http" | "https", name, port] => Ok((*name, *port)),
        _ => Err(StatusError::bad_request(format!("invalid {kind} request {id:?}"))),
    }
}

fn unavailable(message: String) -> StatusError {
    StatusError::new(503, "ServiceUnavailable", message)
}

fn of_pod(api: &ApiServer, namespace: &str, id: &str) -> Result<Place, StatusError> {
    let (name, port) = split("pod", id)?;
    let key = Key::new(Kind::Pod, namespace, name);
    let found = api.store().get(&key).and_then(AnyObject::get::<Pod>);
    let pod = found.ok_or_else(|| StatusError::not_found(Kind::Pod, name))?;
    let mut declared = pod
        .spec
        .containers
        .iter()
        .flat_map(|container| container.ports.iter().flatten());
    let port = match port.parse() {
        Ok(port) => port,
        Err(_) => declared
            .next()
            .and_then(|port| u16::try_from(port.container_port).ok())
            .unwrap_or(80),
    };
    let address = pod
        .status
        .pod_ip
        .as_deref()
        .and_then(|address| address.parse().ok());
    let none = || StatusError::bad_request("address not allowed".to_owned());
    Ok((address.ok_or_else(none)?, port))
}

fn of_service(api: &ApiServer, namespace: &str, id: &str) -> Result<Place, StatusError> {
    let (name, asked) = split("service", id)?;
    let key = Key::new(Kind::Service, namespace, name);
    let found = api.store().get(&key).and_then(AnyObject::get::<Service>);
    let service = found.ok_or_else(|| StatusError::not_found(Kind::Service, name))?;
    let mut wanted = asked;
    if let Ok(number) = asked.parse::<i32>() {
        let mut ports = service.spec.ports.iter().flatten();
        let found = ports.find(|port| port.port == number);
        let none = || unavailable(format!("no service port {number} found for service {name:?}"));
        wanted = found.ok_or_else(none)?.name.as_deref().unwrap_or_default();
    }
    let slices = api.store().list_in(Kind::EndpointSlice, namespace);
    let own = slices
        .filter_map(AnyObject::get::<EndpointSlice>)
        .filter(|slice| {
            let labels = slice.metadata.labels_or_empty();
            labels
                .get("kubernetes.io/service-name")
                .is_some_and(|of| of == name)
        });
    let place = |slice: &EndpointSlice| {
        let mut ports = slice.spec.ports.iter().flatten();
        let port = ports.find(|port| port.name.as_deref().unwrap_or_default() == wanted)?;
        let ready = slice.spec.endpoints.iter().flatten().find(|endpoint| {
            let conditions = endpoint.conditions.as_ref();
            conditions.is_none_or(|conditions| conditions.ready != Some(false))
        })?;
        let address = ready.addresses.first()?.parse().ok()?;
        Some((address, u16::try_from(port.port?).ok()?))
    };
    let mut found = own.filter_map(place);
    let place = found.next();
    place.ok_or_else(|| unavailable(format!("no endpoints available for service {name:?}")))
}
