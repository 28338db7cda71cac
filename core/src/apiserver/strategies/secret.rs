//! `Secret`: its rules (`pkg/apis/core/validation.ValidateSecret`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::types::ByteString;
use crate::api::{AnyObject, Cause, Secret};
use crate::apiserver::printing::age_of;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names, pem};
use crate::sim::Time;

/// The rules of `Secret`.
pub(crate) struct SecretStrategy;

/// A mebibyte.
const MAX_BYTES: usize = 1 << 20;
const IMMUTABLE: &str = "field is immutable when `immutable` is set";
const OPAQUE: &str = "Opaque";
/// The account whose token a `kubernetes.io/service-account-token` holds.
const SERVICE_ACCOUNT: &str = "kubernetes.io/service-account.name";

impl Strategy for SecretStrategy {
    fn default(&self, object: &mut AnyObject) {
        let Some(secret) = object.get_mut::<Secret>() else {
            return;
        };
        let spec = secret.spec_mut();
        // What is written as text is kept as bytes.
        for (key, text) in spec.string_data.take().into_iter().flatten() {
            let data = spec.data.get_or_insert_default();
            data.insert(key, ByteString(text.into_bytes()));
        }
        let kind = spec.type_.get_or_insert_default();
        if kind.is_empty() {
            OPAQUE.clone_into(kind);
        }
    }

    fn has_generation(&self) -> bool {
        false
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(secret) = object.get::<Secret>() {
            validate(&mut causes, secret);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(new), Some(old)) = (object.get::<Secret>(), old.get::<Secret>()) else {
            return causes;
        };
        if Arc::ptr_eq(&new.spec, &old.spec) {
            return causes;
        }
        if new.spec.type_ != old.spec.type_ {
            causes.push(field::invalid("type", kind(new), field::IMMUTABLE));
        }
        if old.spec.immutable == Some(true) {
            if new.spec.immutable != Some(true) {
                causes.push(field::forbidden("immutable", IMMUTABLE));
            }
            if data(new) != data(old) {
                causes.push(field::forbidden("data", IMMUTABLE));
            }
        }
        validate(&mut causes, new);
        causes
    }

    fn warnings(&self, object: &AnyObject) -> Vec<String> {
        let secret = object
            .get::<Secret>()
            .filter(|secret| kind(secret) == "kubernetes.io/tls");
        let wrong = secret.and_then(|secret| {
            let bytes = |key: &str| {
                let found = secret.spec.data.as_ref().and_then(|data| data.get(key));
                found.map_or(&[][..], |bytes| &bytes.0)
            };
            pem::key_pair(bytes("tls.crt"), bytes("tls.key")).err()
        });
        wrong.into_iter().collect()
    }

    fn columns(&self) -> &'static [Column] {
        const {
            &[
                Column::new("Name"),
                Column::new("Type"),
                Column::new("Data"),
                Column::new("Age"),
            ]
        }
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(secret) = object.get::<Secret>() else {
            return Vec::new();
        };
        vec![
            secret.name().to_owned(),
            kind(secret).to_owned(),
            secret.spec.data.as_ref().map_or(0, BTreeMap::len).to_string(),
            age_of(&secret.metadata, now),
        ]
    }

    fn selectable_fields(&self) -> &'static [&'static str] {
        &["type"]
    }

    fn field<'a>(&self, object: &'a AnyObject, _: &str) -> Cow<'a, str> {
        object.get::<Secret>().map_or("", kind).into()
    }
}

fn kind(secret: &Secret) -> &str {
    secret.spec.type_.as_deref().unwrap_or_default()
}

/// None and empty are alike.
fn data(secret: &Secret) -> Option<&BTreeMap<String, ByteString>> {
    secret.spec.data.as_ref().filter(|data| !data.is_empty())
}

fn validate(causes: &mut Vec<Cause>, secret: &Secret) {
    let path = Path::new("data");
    let mut size = 0;
    for (key, value) in secret.spec.data.iter().flatten() {
        field::invalid_each(causes, path.key(key), key, &names::config_map_key(key));
        size += value.0.len();
    }
    if size > MAX_BYTES {
        causes.push(field::too_long(path, MAX_BYTES));
    }
    let value = |key: &str| data(secret)?.get(key).map(|bytes| bytes.0.as_slice());
    let require = |causes: &mut Vec<Cause>, key: &str| causes.push(field::required(path.key(key), ""));
    match kind(secret) {
        "kubernetes.io/service-account-token" => {
            let annotations = secret.metadata.annotations.as_ref();
            let account = annotations.and_then(|annotations| annotations.get(SERVICE_ACCOUNT));
            if account.is_none_or(String::is_empty) {
                let metadata = Path::new("metadata");
                let annotations = metadata.child("annotations");
                causes.push(field::required(annotations.key(SERVICE_ACCOUNT), ""));
            }
        }
        "kubernetes.io/dockercfg" => docker_config(causes, path.key(".dockercfg"), value(".dockercfg")),
        "kubernetes.io/dockerconfigjson" => {
            docker_config(causes, path.key(".dockerconfigjson"), value(".dockerconfigjson"));
        }
        "kubernetes.io/basic-auth" if value("username").is_none() && value("password").is_none() => {
            require(causes, "username");
            require(causes, "password");
        }
        "kubernetes.io/ssh-auth" if value("ssh-privatekey").is_none_or(<[u8]>::is_empty) => {
            require(causes, "ssh-privatekey");
        }
        "kubernetes.io/tls" => {
            for key in ["tls.crt", "tls.key"] {
                if value(key).is_none() {
                    require(causes, key);
                }
            }
        }
        _ => {}
    }
}

/// The key must be there, and hold a JSON object.
fn docker_config(causes: &mut Vec<Cause>, path: Path<'_>, value: Option<&[u8]>) {
    let Some(bytes) = value else {
        return causes.push(field::required(path, ""));
    };
    let why = match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(serde_json::Value::Object(_) | serde_json::Value::Null) => return,
        Ok(other) => {
            let found = match other {
                serde_json::Value::Bool(_) => "bool",
                serde_json::Value::Number(_) => "number",
                serde_json::Value::Array(_) => "array",
                _ => "string",
            };
            format!("json: cannot unmarshal {found} into Go value of type map[string]interface {{}}")
        }
        Err(_) => syntax_error(bytes),
    };
    causes.push(field::invalid(path, "<secret contents redacted>", &why));
}

/// What `encoding/json` says of the commonest faults: nothing there, or a text that begins like no JSON.
fn syntax_error(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let first = text.trim_start().chars().next();
    match first {
        Some(c) if !matches!(c, '{' | '[' | '"' | '-' | '0'..='9' | 't' | 'f' | 'n') => {
            format!("invalid character {c:?} looking for beginning of value")
        }
        _ => "unexpected end of JSON input".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::Kind;

    fn secret(value: Value) -> AnyObject {
        let mut object = AnyObject::from_value(Kind::Secret, value).expect("a Secret");
        SecretStrategy.default(&mut object);
        object
    }

    #[test]
    fn texts_become_data_and_win() {
        let object = secret(json!({"data": {"a": "MQ==", "b": "Mg=="}, "stringData": {"b": "3", "c": "é"}}));
        assert_eq!(
            object.to_value()["data"],
            json!({"a": "MQ==", "b": "Mw==", "c": "w6k="})
        );
        assert_eq!(object.to_value()["type"], "Opaque");
        assert!(object.to_value().get("stringData").is_none());
    }

    #[test]
    fn each_type_wants_its_keys() {
        let wrong = |kind: &str, data: Value| {
            let object = secret(json!({"type": kind, "data": data}));
            let causes = SecretStrategy.validate(&object);
            causes
                .iter()
                .map(|cause| format!("{}: {}", cause.field, cause.message))
                .collect::<Vec<_>>()
        };
        assert_eq!(wrong("Opaque", json!({})), [""; 0]);
        assert_eq!(wrong("made/up", json!({})), [""; 0]);
        assert_eq!(
            wrong("kubernetes.io/service-account-token", json!({})),
            ["metadata.annotations[kubernetes.io/service-account.name]: Required value"]
        );
        assert_eq!(
            wrong("kubernetes.io/dockerconfigjson", json!({})),
            ["data[.dockerconfigjson]: Required value"]
        );
        assert_eq!(
            wrong(
                "kubernetes.io/dockerconfigjson",
                json!({".dockerconfigjson": "bm9u"})
            ),
            [
                "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": unexpected end of JSON input"
            ]
        );
        assert_eq!(
            wrong("kubernetes.io/basic-auth", json!({})),
            ["data[username]: Required value", "data[password]: Required value"]
        );
        assert_eq!(
            wrong("kubernetes.io/basic-auth", json!({"password": ""})),
            [""; 0]
        );
        assert_eq!(
            wrong("kubernetes.io/ssh-auth", json!({"ssh-privatekey": ""})),
            ["data[ssh-privatekey]: Required value"]
        );
        assert_eq!(
            wrong("kubernetes.io/tls", json!({"tls.key": ""})),
            ["data[tls.crt]: Required value"]
        );
        assert_eq!(
            wrong("Opaque", json!({"a/b": ""})),
            [
                "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
            ]
        );
    }

    #[test]
    fn an_immutable_secret_stays() {
        let old = secret(json!({"immutable": true, "data": {"a": "MQ=="}}));
        let new = secret(json!({"type": "other", "data": {"a": "Mg=="}}));
        let fields: Vec<_> = SecretStrategy
            .validate_update(&new, &old)
            .into_iter()
            .map(|c| c.field)
            .collect();
        assert_eq!(fields, ["type", "immutable", "data"]);
    }
}
