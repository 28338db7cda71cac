//! Tokens of service accounts (`pkg/serviceaccount`, `TokenRequest`): three parts as a JWT has them, which anybody can read
//! and only this API server writes. The signature is drawn from the cluster's seed.

use std::sync::Arc;

use serde_json::{Value, json};

use super::base64url;
use crate::api::{AnyObject, Key, Kind, StatusError};
use crate::apiserver::ApiServer;
use crate::apiserver::user::{AUTHENTICATED, CREDENTIAL_ID, Extra, SERVICE_ACCOUNT, User};
use crate::sim::Sim;

/// `--service-account-issuer`, the audience of tokens that name none.
pub(in crate::apiserver) const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// What a token says besides whose it is.
pub(in crate::apiserver) struct Claims<'a> {
    /// For whom it is.
    pub(in crate::apiserver) audiences: &'a [String],
    /// How long it holds; `None`: as long as its Secret.
    pub(in crate::apiserver) lifetime_secs: Option<i64>,
    /// The object it ends with.
    pub(in crate::apiserver) bound: Option<&'a AnyObject>,
    /// Its number.
    pub(in crate::apiserver) number: u64,
}

/// A token of a service account.
pub(in crate::apiserver) fn issue(sim: &Sim, account: &AnyObject, claims: &Claims<'_>) -> String {
    let (namespace, name) = (account.namespace(), account.name());
    let now = sim.now.timestamp().as_second();
    let mut private = json!({
        "namespace": namespace,
        "serviceaccount": {"name": name, "uid": account.uid()},
    });
    if let (Some(bound), Value::Object(private)) = (claims.bound, &mut private) {
        let reference = json!({"name": bound.name(), "uid": bound.uid()});
        private.insert(bound.kind().info().singular.to_owned(), reference);
    }
    let mut payload = json!({
        "aud": claims.audiences, "iat": now, "nbf": now, "iss": ISSUER, "kubernetes.io": private,
        "jti": sim.rng.uuid("token", account.uid(), claims.number),
        "sub": format!("{SERVICE_ACCOUNT}{namespace}:{name}"),
    });
    if let (Some(secs), Value::Object(payload)) = (claims.lifetime_secs, &mut payload) {
        payload.insert("exp".to_owned(), json!(now + secs));
    }
    let key = base64url::encode(&drawn(sim, "signing-key", 4));
    let header = json!({"alg": "RS256", "kid": key});
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(&header), part(&payload));
    let signature = base64url::encode(&drawn(sim, &signed, 32));
    format!("{signed}.{signature}")
}

/// The token that a Secret holds: it ends with the Secret.
pub(crate) fn secret_token(sim: &Sim, account: &AnyObject, secret: &AnyObject) -> String {
    let claims = Claims {
        audiences: &[ISSUER.to_owned()],
        lifetime_secs: None,
        bound: Some(secret),
        number: 0,
    };
    issue(sim, account, &claims)
}

fn drawn(sim: &Sim, what: &str, words: u64) -> Vec<u8> {
    let word = |n| sim.rng.draw("token-signature", what, n).to_le_bytes();
    (0..words).flat_map(word).collect()
}

/// Whose token it is, and for whom.
///
/// # Errors
///
/// Why it is not good, in upstream's words.
pub(in crate::apiserver) fn verify(
    api: &ApiServer,
    sim: &Sim,
    token: &str,
) -> Result<(User, Vec<String>), &'static str> {
    const INVALID: &str = "invalid bearer token";
    let (signed, signature) = token.rsplit_once('.').ok_or(INVALID)?;
    if base64url::encode(&drawn(sim, signed, 32)) != signature {
        return Err(INVALID);
    }
    let (_, payload) = signed.split_once('.').ok_or(INVALID)?;
    let payload = base64url::decode(payload).ok_or(INVALID)?;
    let payload: Value = serde_json::from_slice(&payload).map_err(|_| INVALID)?;
    let text = |pointer: &str| {
        payload
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let expires = payload.get("exp").and_then(Value::as_i64);
    if expires.is_some_and(|at| at <= sim.now.timestamp().as_second()) {
        return Err("[invalid bearer token, service account token has expired]");
    }
    let namespace = text("/kubernetes.io/namespace");
    let name = text("/kubernetes.io/serviceaccount/name");
    let uid = text("/kubernetes.io/serviceaccount/uid");
    let same = |kind: Kind, namespace: &str, name: &str, uid: &str| {
        let found = api.store.get(&Key::new(kind, namespace, name));
        found.is_some_and(|found| found.uid() == uid)
    };
    if !same(Kind::ServiceAccount, namespace, name, uid) {
        return Err("[invalid bearer token, service account token has been invalidated]");
    }
    let mut extra: Extra = [(CREDENTIAL_ID.to_owned(), vec![format!("JTI={}", text("/jti"))])].into();
    for kind in [Kind::Pod, Kind::Secret, Kind::Node] {
        let field = kind.info().singular;
        let bound = text(&format!("/kubernetes.io/{field}/name"));
        if bound.is_empty() {
            continue;
        }
        let bound_uid = text(&format!("/kubernetes.io/{field}/uid"));
        let within = if kind.namespaced() { namespace } else { "" };
        if !same(kind, within, bound, bound_uid) {
            return Err("[invalid bearer token, service account token has been invalidated]");
        }
        if kind != Kind::Secret {
            let key = |what: &str| format!("authentication.kubernetes.io/{field}-{what}");
            extra.insert(key("name"), vec![bound.to_owned()]);
            extra.insert(key("uid"), vec![bound_uid.to_owned()]);
        }
    }
    let within = format!("system:serviceaccounts:{namespace}");
    let groups = ["system:serviceaccounts", within.as_str(), AUTHENTICATED];
    let audiences = payload.get("aud").and_then(Value::as_array).into_iter().flatten();
    let audiences = audiences.filter_map(Value::as_str).map(str::to_owned).collect();
    let user = User {
        uid: Some(uid.into()),
        extra: Some(Arc::new(extra)),
        ..User::new(&format!("{SERVICE_ACCOUNT}{namespace}:{name}"), &groups)
    };
    Ok((user, audiences))
}

/// What a token is to be bound to, looked up.
///
/// # Errors
///
/// When it is not there, or is another one of that name.
pub(in crate::apiserver) fn bound<'s>(
    api: &'s ApiServer,
    namespace: &str,
    reference: &Value,
) -> Result<Option<&'s AnyObject>, StatusError> {
    let text = |field: &str| reference.get(field).and_then(Value::as_str).unwrap_or_default();
    let kind = match text("kind") {
        "" => return Ok(None),
        "Pod" => Kind::Pod,
        "Secret" => Kind::Secret,
        "Node" => Kind::Node,
        other => {
            let version = text("apiVersion");
            let why =
                format!("cannot bind token for serviceaccount to object of type {version}, Kind={other}");
            return Err(StatusError::bad_request(why));
        }
    };
    let within = if kind.namespaced() { namespace } else { "" };
    let key = Key::new(kind, within, text("name"));
    let found = api
        .store
        .get(&key)
        .ok_or_else(|| StatusError::not_found(kind, text("name")))?;
    let (wanted, uid) = (text("uid"), found.uid());
    if !wanted.is_empty() && wanted != uid {
        let why = format!(
            "the UID in the bound object reference ({wanted}) does not match the UID in record. The object might have been deleted and then recreated"
        );
        return Err(StatusError::conflict(kind, text("name"), &why));
    }
    Ok(Some(found))
}
