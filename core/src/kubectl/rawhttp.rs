//! `--raw`: a path as it is, and what is answered as it is (`k8s.io/kubectl/pkg/rawhttp`, `k8s.io/client-go/rest`).

use super::context::Cx;
use super::failure::Failure;
use crate::api::StatusError;
use crate::apiserver::{Accept, Method, ResponseBody};
use crate::userland::traffic::HttpReply;

/// Prints what is served at a path with its query.
///
/// # Errors
///
/// When the API server refuses, or a Pod that it asked.
pub(super) fn get(cx: &mut Cx<'_>, uri: &str) -> Result<(), Failure> {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let mut request = cx.request(Method::Get, path);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request = request.with_query(name, value.replace("%3D", "=").replace("%2C", ","));
    }
    request.accept = Accept::Managed;
    let response = cx.send(request)?;
    let text = match (&response.body, response.to_value()) {
        (ResponseBody::Text(text), _) => text.clone(),
        (ResponseBody::Proxied(reply), _) => proxied(reply)?,
        (_, Some(value)) => crate::manifest::print::to_json_compact(&value) + "\n",
        _ => String::new(),
    };
    cx.io.stdout(&text);
    Ok(())
}

/// The body of an answer that is none of the API server's own; what is not good is told in the client's words (`NewGenericServerResponse`).
fn proxied(reply: &HttpReply) -> Result<String, StatusError> {
    let body = String::from_utf8_lossy(&reply.body);
    let error = |reason, message: &str| Err(StatusError::new(reply.status, reason, message));
    match reply.status {
        ..300 => Ok(body.into_owned()),
        400 => error(
            "BadRequest",
            "the server rejected our request for an unknown reason",
        ),
        401 => error(
            "Unauthorized",
            "the server has asked for the client to provide credentials",
        ),
        403 => error("Forbidden", told(reply, &body)),
        404 => Err(StatusError::no_such_path()),
        405 => Err(StatusError::method_not_allowed()),
        429 => error(
            "TooManyRequests",
            "the server has received too many requests and has asked us to try again later",
        ),
        503 => error(
            "ServiceUnavailable",
            "the server is currently unable to handle the request",
        ),
        504 => error(
            "Timeout",
            "the server was unable to return a response in the time allotted, but may still be processing the request",
        ),
        500.. => error(
            "InternalError",
            &format!(
                "an error on the server ({:?}) has prevented the request from succeeding",
                told(reply, &body)
            ),
        ),
        status => error(
            "Unknown",
            &format!(
                "the server responded with the status code {status} but did not return more information"
            ),
        ),
    }
}

/// What a text says; another type says nothing.
fn told<'a>(reply: &HttpReply, body: &'a str) -> &'a str {
    match reply.header("Content-Type") {
        Some(kind) if !kind.starts_with("text/") => "unknown",
        _ => body.trim(),
    }
}
