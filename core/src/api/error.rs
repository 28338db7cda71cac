//! Errors as Kubernetes' API returns them: `metav1.Status` objects with a code, a reason, a message and causes
//! (`k8s.io/apimachinery/pkg/api/errors`).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::names::Names;

/// One field that is wrong (`metav1.StatusCause`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Why, for machines (`FieldValueInvalid`).
    pub reason: String,
    /// What is said about it, without the field.
    pub message: String,
    /// The field's path (`spec.containers[0].name`).
    pub field: String,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// A refusal of the API server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusError {
    /// HTTP status code.
    pub code: u16,
    /// Why, for machines (`NotFound`).
    pub reason: String,
    /// What is said.
    pub message: String,
    /// The name of the object.
    pub name: String,
    /// The group of the kind or resource.
    pub group: String,
    /// The kind or resource.
    pub kind: String,
    /// Each field that is wrong.
    pub causes: Vec<Cause>,
    /// What a list in pieces may go on with, though not as it began (`continue`).
    #[serde(default)]
    pub next: String,
}

impl StatusError {
    /// An error of this code, reason and message, about nothing in particular.
    #[must_use]
    pub fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.to_owned(),
            message: message.into(),
            name: String::new(),
            group: String::new(),
            kind: String::new(),
            causes: Vec::new(),
            next: String::new(),
        }
    }

    fn about(mut self, kind: Names<'_>, name: &str) -> Self {
        name.clone_into(&mut self.name);
        kind.group.clone_into(&mut self.group);
        kind.plural.clone_into(&mut self.kind);
        self
    }

    /// 404: there is no such object (`NewNotFound`).
    #[must_use]
    pub fn not_found<'a>(kind: impl Into<Names<'a>>, name: &str) -> Self {
        let kind = kind.into();
        let resource = kind.group_resource();
        Self::new(404, "NotFound", format!("{resource} \"{name}\" not found")).about(kind, name)
    }

    /// 404: no such path is served.
    #[must_use]
    pub fn no_such_path() -> Self {
        Self::new(
            404,
            "NotFound",
            "the server could not find the requested resource",
        )
    }

    /// 409: the name is taken (`NewAlreadyExists`).
    #[must_use]
    pub fn already_exists<'a>(kind: impl Into<Names<'a>>, name: &str) -> Self {
        let kind = kind.into();
        let resource = kind.group_resource();
        Self::new(
            409,
            "AlreadyExists",
            format!("{resource} \"{name}\" already exists"),
        )
        .about(kind, name)
    }

    /// 409: somebody else wrote first (`NewConflict`).
    #[must_use]
    pub fn conflict<'a>(kind: impl Into<Names<'a>>, name: &str, why: &str) -> Self {
        let kind = kind.into();
        let resource = kind.group_resource();
        let message = format!("Operation cannot be fulfilled on {resource} \"{name}\": {why}");
        Self::new(409, "Conflict", message).about(kind, name)
    }

    /// 409 on a resource that is none of the kinds (`pods/binding`).
    #[must_use]
    pub fn conflict_on(resource: &str, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {resource} \"{name}\": {why}");
        Self {
            name: name.to_owned(),
            kind: resource.to_owned(),
            ..Self::new(409, "Conflict", message)
        }
    }

    /// 409: the object was modified since it was read.
    #[must_use]
    pub fn modified<'a>(kind: impl Into<Names<'a>>, name: &str) -> Self {
        let why =
            "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(kind, name, why)
    }

    /// 400: the request itself is wrong (`NewBadRequest`).
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 403: not allowed (`NewForbidden`).
    #[must_use]
    pub fn forbidden<'a>(kind: impl Into<Names<'a>>, name: &str, why: &str) -> Self {
        let kind = kind.into();
        let resource = kind.group_resource();
        let message = if name.is_empty() {
            format!("{resource} is forbidden: {why}")
        } else {
            format!("{resource} \"{name}\" is forbidden: {why}")
        };
        Self::new(403, "Forbidden", message).about(kind, name)
    }

    /// 422: fields are wrong (`NewInvalid`).
    #[must_use]
    pub fn invalid<'a>(kind: impl Into<Names<'a>>, name: &str, causes: Vec<Cause>) -> Self {
        let kind = kind.into();
        Self::invalid_named(kind.kind, kind.group, name, causes)
    }

    /// 422 about something that is none of the kinds (`Scale`, `Binding`).
    #[must_use]
    pub fn invalid_named(kind: &str, group: &str, name: &str, causes: Vec<Cause>) -> Self {
        let qualified = if group.is_empty() {
            kind.to_owned()
        } else {
            format!("{kind}.{group}")
        };
        let said: Vec<_> = causes.iter().map(ToString::to_string).collect();
        let list = match said.as_slice() {
            [] => "<nil>".to_owned(),
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let message = format!("{qualified} \"{name}\" is invalid: {list}");
        Self {
            name: name.to_owned(),
            group: group.to_owned(),
            kind: kind.to_owned(),
            causes,
            ..Self::new(422, "Invalid", message)
        }
    }

    /// 405: the verb is not served here (`NewMethodNotSupported`).
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )
    }

    /// 429: not now (`NewTooManyRequests`).
    #[must_use]
    pub fn too_many_requests(message: impl Into<String>) -> Self {
        Self::new(429, "TooManyRequests", message)
    }

    /// 410: the asked resource version is too old (`NewResourceExpired`).
    #[must_use]
    pub fn gone(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// 415: the patch or body has a type that is not understood.
    #[must_use]
    pub fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(415, "UnsupportedMediaType", message)
    }

    /// Whether it says that the object does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.reason == "NotFound"
    }

    /// Whether it says that the name is taken.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        self.reason == "AlreadyExists"
    }

    /// Whether it says that somebody else wrote first.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.reason == "Conflict"
    }

    /// The `Status` object, as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut status = Map::new();
        let fixed = [
            ("kind", json!("Status")),
            ("apiVersion", json!("v1")),
            (
                "metadata",
                if self.next.is_empty() {
                    json!({})
                } else {
                    json!({"continue": self.next})
                },
            ),
            ("status", json!("Failure")),
            ("message", json!(self.message)),
            ("reason", json!(self.reason)),
            ("code", json!(self.code)),
        ];
        status.extend(fixed.map(|(name, value)| (name.to_owned(), value)));
        if !self.kind.is_empty() || !self.causes.is_empty() {
            let causes = self.causes.iter().map(|cause| {
                let mut said = json!({"reason": cause.reason, "message": cause.message});
                if let Some(said) = said.as_object_mut().filter(|_| !cause.field.is_empty()) {
                    said.insert("field".to_owned(), json!(cause.field));
                }
                said
            });
            let causes = Value::Array(causes.collect());
            let details = [
                ("name", json!(self.name), !self.name.is_empty()),
                ("group", json!(self.group), !self.group.is_empty()),
                ("kind", json!(self.kind), !self.kind.is_empty()),
                ("causes", causes, !self.causes.is_empty()),
            ];
            let given = details.into_iter().filter(|(.., given)| *given);
            let details: Map<_, _> = given.map(|(name, value, _)| (name.to_owned(), value)).collect();
            status.insert("details".to_owned(), Value::Object(details));
        }
        Value::Object(status)
    }
}

impl fmt::Display for StatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StatusError {}
