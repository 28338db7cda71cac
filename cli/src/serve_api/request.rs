//! From HTTP to the API server's requests.

use std::io::Read;

use serde_json::Value;
use timonier_core::api::StatusError;
use timonier_core::apiserver::{Accept, Body, ContentType, Method, Request, User};
use timonier_core::manifest;

/// The largest body that is read: etcd's own limit, twice.
const MAX_BODY: u64 = 3 << 20;

/// A request, and whether it is a watch.
pub(super) struct ReadRequest {
    pub(super) request: Request,
    pub(super) watch: bool,
}

/// Reads a request.
///
/// # Errors
///
/// The refusal, when it cannot be understood.
pub(super) fn read(http: &mut tiny_http::Request) -> Result<ReadRequest, StatusError> {
    let method = match http.method() {
        tiny_http::Method::Get | tiny_http::Method::Head => Method::Get,
        tiny_http::Method::Post => Method::Post,
        tiny_http::Method::Put => Method::Put,
        tiny_http::Method::Patch => Method::Patch,
        tiny_http::Method::Delete => Method::Delete,
        _ => return Err(StatusError::method_not_allowed()),
    };
    let (path, query) = match http.url().split_once('?') {
        Some((path, query)) => (path.to_owned(), query.to_owned()),
        None => (http.url().to_owned(), String::new()),
    };
    let query: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect();
    let watch = query
        .iter()
        .any(|(name, value)| name == "watch" && matches!(value.as_str(), "true" | "1"));
    let sent = header(http, "content-type");
    let accept = accept(&header(http, "accept"));
    let token = header(http, "authorization")
        .strip_prefix("Bearer ")
        .map(str::to_owned);
    let content_type = content_type(&sent)?;
    let body = body(http, &sent)?;
    let request = Request {
        query,
        content_type,
        accept,
        token,
        ..Request::new(method, decoded(&path), User::admin()).with_body(body)
    };
    Ok(ReadRequest { request, watch })
}

/// The value of a header, empty if it is not there.
pub(super) fn header(http: &tiny_http::Request, name: &str) -> String {
    let found = http
        .headers()
        .iter()
        .find(|header| header.field.as_str().as_str().eq_ignore_ascii_case(name));
    found.map_or_else(String::new, |header| header.value.as_str().to_owned())
}

fn accept(text: &str) -> Accept {
    // The first form that is known counts, as clients order them by preference.
    let first = text.split(',').find(|form| {
        let form = form.trim();
        form == "application/json"
            || form == "*/*"
            || form.contains("as=Table;v=v1;")
            || (form.contains("as=APIGroupDiscoveryList") && form.contains("v=v2;"))
            || (form.contains("v=v2;") && form.contains("g=apidiscovery.k8s.io"))
    });
    match first {
        Some(form) if form.contains("as=Table") => Accept::Table,
        Some(form) if form.contains("APIGroupDiscoveryList") => Accept::Discovery,
        // Other clients than ours expect to be told who manages which field.
        _ => Accept::Managed,
    }
}

fn content_type(text: &str) -> Result<ContentType, StatusError> {
    match text.split(';').next().unwrap_or_default().trim() {
        "" | "application/json" | "application/yaml" => Ok(ContentType::Json),
        "application/json-patch+json" => Ok(ContentType::JsonPatch),
        "application/merge-patch+json" => Ok(ContentType::MergePatch),
        "application/strategic-merge-patch+json" => Ok(ContentType::StrategicMergePatch),
        "application/apply-patch+yaml" => Ok(ContentType::Apply),
        other => Err(StatusError::new(
            415,
            "UnsupportedMediaType",
            format!(
                "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml; got {other}"
            ),
        )),
    }
}

fn body(http: &mut tiny_http::Request, content_type: &str) -> Result<Body, StatusError> {
    let mut text = String::new();
    http.as_reader()
        .take(MAX_BODY)
        .read_to_string(&mut text)
        .map_err(|error| StatusError::bad_request(format!("the body could not be read: {error}")))?;
    if text.trim().is_empty() {
        return Ok(Body::Empty);
    }
    let value: Result<Value, String> = if content_type.contains("yaml") {
        match manifest::parse(&text).into_iter().next() {
            Some(document) => document
                .map(|document| document.value)
                .map_err(|problem| problem.message),
            None => Ok(Value::Null),
        }
    } else {
        serde_json::from_str(&text).map_err(|error| error.to_string())
    };
    value.map(Body::Json).map_err(|error| {
        StatusError::bad_request(format!("couldn't get version/kind; json parse error: {error}"))
    })
}

/// Text without its percent encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = [rest.next(), rest.next()]
                    .map(|byte| byte.and_then(|byte| char::from(byte).to_digit(16)));
                match pair {
                    [Some(high), Some(low)] => u8::try_from(high * 16 + low).unwrap_or(b'?'),
                    _ => b'%',
                }
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded() {
        for (text, expected) in [
            ("app%3Dweb%2Ctier+in+%28a%29", "app=web,tier in (a)"),
            ("%C3%A9t%C3%A9", "été"),
            ("100%", "100%"),
        ] {
            assert_eq!(decoded(text), expected);
        }
    }

    #[test]
    fn what_the_client_reads_is_recognised() {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
        let discovery =
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
        for (text, expected) in [
            ("application/json", Accept::Managed),
            ("", Accept::Managed),
            ("application/json, */*", Accept::Managed),
            (table, Accept::Table),
            (discovery, Accept::Discovery),
        ] {
            assert_eq!(accept(text), expected, "{text}");
        }
    }
}
