//! From a JSON body to a typed object, with the API server's words for what does not fit.
//!
//! Models the strict serializer of `k8s.io/apimachinery`. Fields are checked against the schema rather than by the typed
//! decoder: its errors would be Rust's, and it takes unknown fields silently.

use serde_json::Value;

use super::custom::prune::prune;
use super::route::Form;
use super::versions;
use crate::api::schema::schema;
use crate::api::{AnyObject, Kind, StatusError};

/// What is done with fields that the kind does not have (`fieldValidation`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValidation {
    /// They are dropped.
    Ignore,
    /// They are dropped with a warning.
    Warn,
    /// They are refused.
    Strict,
}

/// A decoded body, and the warnings about it.
#[derive(Debug)]
pub struct Decoded {
    /// The object.
    pub object: AnyObject,
    /// One for each unknown or doubled field, under [`FieldValidation::Warn`].
    pub warnings: Vec<String>,
}

/// Decodes a body of this kind.
///
/// # Errors
///
/// 400 when it does not fit the kind.
pub(super) fn decode(form: Form<'_>, value: Value, fields: FieldValidation) -> Result<Decoded, StatusError> {
    let refused = |error: String| StatusError::bad_request(format!("{}: {error}", cannot_be_handled(form)));
    let (value, warnings) = fit_form(form, value, fields).map_err(refused)?;
    let object = versions::stored(form, value).map_err(|error| refused(error.to_string()))?;
    Ok(Decoded { object, warnings })
}

/// Holds a value against the schema of its kind: what decodes, and warnings; or the server's words.
///
/// # Errors
///
/// A wrong type or text; in strict mode, unknown fields.
pub fn fit(kind: Kind, value: Value, fields: FieldValidation) -> Result<(Value, Vec<String>), String> {
    fit_form(Form::Kind(kind), value, fields)
}

fn fit_form(form: Form<'_>, value: Value, fields: FieldValidation) -> Result<(Value, Vec<String>), String> {
    let (value, unknown) = match form {
        Form::Custom(kind) => {
            let mut value = value;
            let dropped = prune(&mut value, &kind.definition.schema);
            let unknown = dropped.iter().map(|path| format!("unknown field {path:?}"));
            (value, unknown.collect())
        }
        Form::Kind(kind) => {
            let info = kind.info();
            let schema = schema();
            let Some(root) = schema.kind(&info.api_version(), info.name) else {
                return Ok((value, Vec::new()));
            };
            let checked = schema.check(root, &value);
            if let Some(problem) = checked.error() {
                return Err(problem.message.clone());
            }
            let unknown: Vec<String> = checked.unknown_fields().map(str::to_owned).collect();
            (checked.value, unknown)
        }
    };
    match fields {
        FieldValidation::Strict if !unknown.is_empty() => {
            Err(format!("strict decoding error: {}", unknown.join(", ")))
        }
        FieldValidation::Warn => Ok((value, unknown)),
        FieldValidation::Ignore | FieldValidation::Strict => Ok((value, Vec::new())),
    }
}

fn cannot_be_handled(form: Form<'_>) -> String {
    let names = form.names();
    format!(
        "{} in version {:?} cannot be handled as a {}",
        names.kind, names.version, names.kind
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;

    const RECORDED: &str = include_str!("../manifest/testdata/recorded.yaml");

    /// The API server's verdict on the recorded manifests of the kinds it serves.
    #[test]
    fn recorded_manifests_get_the_servers_verdict() {
        let cases = manifest::parse(RECORDED).remove(0).unwrap().value;
        let mut refused = 0;
        for case in cases.as_array().unwrap() {
            let Some(Ok(document)) = manifest::parse(case["text"].as_str().unwrap()).into_iter().next()
            else {
                continue;
            };
            let Some(kind) = Kind::all().find(|kind| {
                document.value["kind"] == kind.info().name
                    && document.value["apiVersion"] == kind.info().api_version()
            }) else {
                continue;
            };
            // Without a name kubectl stops before it sends anything.
            if document.value["metadata"]["name"].is_null() {
                continue;
            }
            let verdict = fit(kind, document.value, FieldValidation::Strict).err();
            assert_eq!(verdict.as_deref(), case["decode"].as_str(), "{}", case["name"]);
            refused += usize::from(verdict.is_some());
        }
        assert!(refused >= 6, "{refused} refused");
    }

    #[test]
    fn unknown_fields_follow_the_field_validation() {
        let pod = serde_json::json!({"spec": {"containers": [], "absent": 1}});
        let refused = decode(Form::Kind(Kind::Pod), pod.clone(), FieldValidation::Strict).unwrap_err();
        assert_eq!(
            refused.message,
            "Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: unknown field \"spec.absent\""
        );
        let warned = decode(Form::Kind(Kind::Pod), pod.clone(), FieldValidation::Warn).unwrap();
        assert_eq!(warned.warnings, ["unknown field \"spec.absent\""]);
        assert!(
            decode(Form::Kind(Kind::Pod), pod, FieldValidation::Ignore)
                .unwrap()
                .warnings
                .is_empty()
        );
    }
}
