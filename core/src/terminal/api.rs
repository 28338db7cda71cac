//! Requests over HTTP to the API server, as any client makes them.

#![expect(clippy::needless_borrows_for_generic_args, reason = "a text of the line")]

use std::borrow::Cow;

use crate::api::StatusError;
use crate::apiserver::{Body, ContentType, Method, Request, Response, ResponseBody, User, is_proxied};
use crate::manifest;
use crate::runtime::traffic::{HttpReply, HttpRequest};

/// The API server's request that a client's request is; and how its response is written.
pub fn api_call(asked: &HttpRequest, user: User) -> (Request, fn(&Response) -> HttpReply) {
    let bearer = asked.header("Authorization");
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let mut request = Request {
        token: bearer.map(|token| token.trim().to_owned()),
        ..Request::new(method(&asked.method), path, user)
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request = request.with_query(name, &unescaped(value));
    }
    request.content_type = match asked.header("Content-Type") {
        Some("application/merge-patch+json") => ContentType::MergePatch,
        Some("application/json-patch+json") => ContentType::JsonPatch,
        Some("application/apply-patch+yaml") => ContentType::Apply,
        Some("application/strategic-merge-patch+json") => ContentType::StrategicMergePatch,
        _ => ContentType::Json,
    };
    if is_proxied(path) {
        request.body = Body::Http(Box::new(asked.clone()));
        return (request, reply);
    }
    let text: Cow<'_, str> = String::from_utf8_lossy(&asked.body);
    if let Some(Ok(document)) = (!text.is_empty())
        .then(|| manifest::parse(&text).into_iter().next())
        .flatten()
    {
        request.body = Body::Json(document.value);
    }
    (request, reply)
}

fn method(name: &str) -> Method {
    match name {
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => Method::Get,
    }
}

fn unescaped(text: &str) -> String {
    text.replace("%3D", "=")
        .replace("%2C", ",")
        .replace('+', " ")
        .replace("%20", " ")
}

fn reply(response: &Response) -> HttpReply {
    const TEXT: &str = "text/plain; charset=utf-8";
    let json = |status, value: &_| {
        let text = serde_json::to_string_pretty(value).unwrap_or_default() + "\n";
        HttpReply::text(status, "application/json", text)
    };
    let mut reply = match (&response.body, response.to_value()) {
        (ResponseBody::Proxied(reply), _) => reply.clone(),
        (ResponseBody::Text(text), _) => HttpReply::text(response.status, TEXT, text.clone()),
        (_, Some(value)) => json(response.status, &value),
        (ResponseBody::Exec(_) | ResponseBody::Stream(_), None) => json(
            400,
            &StatusError::bad_request("Upgrade request required").to_value(),
        ),
        (_, None) => HttpReply::text(response.status, TEXT, ""),
    };
    let cache = ("Cache-Control".to_owned(), "no-cache, private".to_owned());
    reply.headers.insert(0, cache);
    reply
}
