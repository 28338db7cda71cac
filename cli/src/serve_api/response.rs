//! From the API server's answers to HTTP.

use serde_json::json;
use timonier_core::api::StatusError;
use timonier_core::apiserver::{Response, ResponseBody};

use super::request::header;

const JSON: &str = "application/json";
const DISCOVERY: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const OPENAPI_PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// A text and its type.
pub(super) struct Document {
    content_type: &'static str,
    text: String,
}

/// A document of JSON.
pub(super) fn json(value: &serde_json::Value) -> Document {
    Document {
        content_type: JSON,
        text: value.to_string(),
    }
}

/// What is served besides the API server's own paths: an OpenAPI document without definitions, which leaves the validation
/// to the server. Old clients refuse to send anything before they have one.
pub(super) fn document(http: &tiny_http::Request, path: &str) -> Option<Document> {
    if path != "/openapi/v2" {
        return None;
    }
    // An empty message is an empty document.
    if header(http, "accept").contains("protobuf") {
        return Some(Document {
            content_type: OPENAPI_PROTOBUF,
            text: String::new(),
        });
    }
    let text = json!({"swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1.36.2"}, "paths": {}});
    Some(Document {
        content_type: JSON,
        text: text.to_string(),
    })
}

/// Sends an answer.
pub(super) fn send(http: tiny_http::Request, response: &Response) {
    let (content_type, bytes) = match &response.body {
        ResponseBody::Text(text) => ("text/plain", text.clone().into_bytes()),
        ResponseBody::Proxied(reply) => (
            reply.header("Content-Type").unwrap_or_default(),
            reply.body.clone(),
        ),
        ResponseBody::Discovery(_) => (DISCOVERY, json_text(response).into_bytes()),
        _ => (JSON, json_text(response).into_bytes()),
    };
    let mut answer = tiny_http::Response::from_data(bytes).with_status_code(response.status);
    let quoted = response
        .warnings
        .iter()
        .map(|warning| warning.replace('\\', "\\\\").replace('"', "\\\""));
    let warnings = quoted.map(|warning| of("Warning", &format!("299 - \"{warning}\"")));
    for header in warnings.chain([of("Content-Type", content_type)]).flatten() {
        answer.add_header(header);
    }
    // A client that went away has no use for it.
    let _ = http.respond(answer);
}

/// Sends a text.
pub(super) fn send_text(http: tiny_http::Request, document: Document) {
    let mut answer = tiny_http::Response::from_string(document.text);
    if let Some(header) = of("Content-Type", document.content_type) {
        answer.add_header(header);
    }
    let _ = http.respond(answer);
}

fn json_text(response: &Response) -> String {
    let nothing = || StatusError::new(500, "InternalError", "the answer cannot be sent over HTTP").to_value();
    response.to_value().unwrap_or_else(nothing).to_string()
}

/// A header; what no header can hold is left out of it.
fn of(name: &str, value: &str) -> Option<tiny_http::Header> {
    let plain: String = value.chars().filter(|c| matches!(c, ' '..='~')).collect();
    tiny_http::Header::from_bytes(name, plain).ok()
}
