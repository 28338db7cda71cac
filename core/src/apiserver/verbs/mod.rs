//! The verbs: one file each.

pub(super) mod apply;
pub(super) mod bind;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod evict;
pub(super) mod log;
pub(super) mod proxy;
pub(super) mod read;
pub(super) mod scale;
pub(super) mod token;
pub(super) mod update;

use super::decode::{Decoded, FieldValidation, decode};
use serde_json::json;

use super::request::{Body, Method, Request, Response, ResponseBody};
use super::route::ResourceRoute;
use super::versions::shown_object;
use crate::api::{AnyObject, StatusError};

/// The object in a request's body, decoded if it is JSON.
fn body_object(request: &Request, route: ResourceRoute<'_>) -> Result<Decoded, StatusError> {
    let object = match &request.body {
        Body::Object(object) => Decoded {
            object: shown_object(object.clone(), route.form),
            warnings: Vec::new(),
        },
        Body::Json(value) => decode(route.form, value.clone(), field_validation(request)?)?,
        Body::Empty | Body::Http(_) => {
            return Err(StatusError::bad_request("the body of the request was empty"));
        }
    };
    if object.object.kind() == route.kind {
        return Ok(object);
    }
    let message = format!(
        "the object provided is unrecognized (must be of type {})",
        route.names()
    );
    Err(StatusError::bad_request(message))
}

/// What the request asks for. Whoever asks for nothing gets strictness, except with a patch: `kubectl patch` asks for
/// nothing, and is warned.
fn field_validation(request: &Request) -> Result<FieldValidation, StatusError> {
    match request.param("fieldValidation") {
        None | Some("") if request.method == Method::Patch => Ok(FieldValidation::Warn),
        None | Some("" | "Strict") => Ok(FieldValidation::Strict),
        Some("Warn") => Ok(FieldValidation::Warn),
        Some("Ignore") => Ok(FieldValidation::Ignore),
        Some(other) => Err(StatusError::bad_request(format!(
            "Unsupported fieldValidation value: \"{other}\""
        ))),
    }
}

/// Puts the path's namespace into the object, and refuses another one.
fn settle_namespace(object: &mut AnyObject, route: ResourceRoute<'_>) -> Result<(), StatusError> {
    let expected = route.namespace.unwrap_or_default();
    if object.namespace().is_empty() && !expected.is_empty() {
        object.metadata_mut().namespace = Some(expected.to_owned());
    } else if object.namespace() != expected {
        return Err(StatusError::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}

/// A `Status` that says that all went well.
fn success(code: u16) -> Response {
    Response {
        status: code,
        body: ResponseBody::Json(json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": code,
        })),
        warnings: Vec::new(),
    }
}
