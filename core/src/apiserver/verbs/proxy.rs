//! Requests that are passed on: `pods/NAME/proxy/PATH`, `services/NAME/proxy/PATH` (`pkg/registry/core/{pod,service}`, `ResourceLocation`).

use crate::api::meta::MetaExt;
use crate::api::{AnyObject, EndpointSlice, Key, Kind, Pod, Service, StatusError};
use crate::apiserver::ApiServer;
use crate::apiserver::request::{Body, Method, ProxyRequest, Request, Response, ResponseBody};
use crate::userland::traffic::{HttpReply, HttpRequest};

/// What a path leads through: the namespace, the plural, the name, and the path from there on if there is one.
fn parts(path: &str) -> Option<(&str, &str, &str, Option<&str>)> {
    let mut parts = path.strip_prefix("/api/v1/namespaces/")?.splitn(5, '/');
    let (namespace, plural, id) = (parts.next()?, parts.next()?, parts.next()?);
    let through = parts.next()? == "proxy" && matches!(plural, "pods" | "services");
    through.then(|| (namespace, plural, id, parts.next()))
}

/// Whether a path leads through a Pod or a Service: what is asked there is passed on as it is.
#[must_use]
pub fn is_proxied(path: &str) -> bool {
    parts(path).is_some()
}

/// Answers a request whose path leads through a Pod or a Service; nothing if it does not.
pub(in crate::apiserver) fn answer(
    api: &ApiServer,
    request: &Request,
) -> Option<Result<Response, StatusError>> {
    let (namespace, plural, id, rest) = parts(&request.path)?;
    let found = match plural {
        "pods" => of_pod(api, namespace, id),
        _ => of_service(api, namespace, id),
    };
    Some(found.map(|(address, port)| {
        let dialled = format!("{address}:{port}");
        let (mut passed, query) = as_sent(request, dialled);
        // `proxyRedirectsforRootPath`: links of a page are relative to a folder.
        if rest.is_none() && matches!(request.body, Body::Http(_)) && request.method == Method::Get {
            let location = format!("{}/{query}", request.path);
            let mut reply = HttpReply::text(301, "", "");
            reply.headers = vec![("Location".to_owned(), location)];
            return proxied(reply);
        }
        passed.path = format!("/{}{query}", rest.unwrap_or_default());
        Response::ok(ResponseBody::Proxy(ProxyRequest {
            address,
            port,
            request: passed,
        }))
    }))
}

/// The answer of who was asked.
#[must_use]
pub fn proxied(reply: HttpReply) -> Response {
    Response {
        status: reply.status,
        ..Response::ok(ResponseBody::Proxied(reply))
    }
}

/// A request as it is passed on, without what only the API server is told; and its query, with the `?` if there is one.
fn as_sent(request: &Request, dialled: String) -> (HttpRequest, String) {
    let mut query: Vec<String> = Vec::new();
    let sent = match &request.body {
        Body::Http(asked) => {
            query.extend(asked.path.split_once('?').map(|(_, query)| query.to_owned()));
            let told = |name: &str| {
                name.eq_ignore_ascii_case("Authorization") || name.to_lowercase().starts_with("impersonate-")
            };
            let mut sent = (**asked).clone();
            sent.headers.retain(|(name, _)| !told(name));
            sent
        }
        body => {
            let pairs = request.query.iter();
            query.extend(pairs.map(|(name, value)| format!("{name}={value}")));
            HttpRequest {
                method: request.method.name().to_owned(),
                host: dialled,
                body: match body {
                    Body::Json(value) => value.to_string().into_bytes(),
                    _ => Vec::new(),
                },
                ..HttpRequest::default()
            }
        }
    };
    let query = query.join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    (sent, format!("{mark}{query}"))
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
