//! Who a Pod is to registries: its image pull secrets (`pkg/credentialprovider/secrets`).

use serde_json::Value;

use super::Host;
use crate::api::{AnyObject, Pod, Secret, base64};
use crate::client::{Client, Env, EventType};
use crate::runtime::Credential;

/// The credentials that a Pod's pull secrets hold; what is missing is said in an event.
pub(super) fn of(pod: &Pod, env: &mut Env<'_>, host: &mut Host<'_>) -> Vec<Credential> {
    let mut credentials = Vec::new();
    let mut missing = Vec::new();
    for secret in pod.spec.image_pull_secrets.iter().flatten() {
        match Client::new(env, host.user).get::<Secret>(pod.namespace(), &secret.name) {
            Ok(found) => credentials.extend(read(&found)),
            Err(_) => missing.push(secret.name.clone()),
        }
    }
    if !missing.is_empty() {
        let message = format!(
            "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed.",
            missing.join(", ")
        );
        let about = AnyObject::Pod(pod.clone());
        let kind = (EventType::Warning, "FailedToRetrieveImagePullSecret");
        host.recorder.record(env, host.user, &about, None, kind, message);
    }
    credentials
}

fn read(secret: &Secret) -> Vec<Credential> {
    let data = |key: &str| {
        let bytes = &secret.spec.data.as_ref()?.get(key)?.0;
        serde_json::from_slice::<Value>(bytes).ok()
    };
    let auths = match data(".dockerconfigjson") {
        Some(config) => config.get("auths").cloned(),
        None => data(".dockercfg"),
    };
    let entries = auths.as_ref().and_then(Value::as_object);
    entries
        .into_iter()
        .flatten()
        .filter_map(|(server, entry)| {
            let text = |key: &str| entry.get(key)?.as_str().map(str::to_owned);
            let joined = text("auth").and_then(|auth| base64::decode(&auth));
            let joined = joined.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let (user, password) = match joined.as_deref().and_then(|joined| joined.split_once(':')) {
                Some((user, password)) => (user.to_owned(), password.to_owned()),
                None => (text("username")?, text("password")?),
            };
            // `https://index.docker.io/v1/`
            let server = server.split_once("://").map_or(server.as_str(), |(_, rest)| rest);
            Some(Credential {
                registry: server.split('/').next().unwrap_or(server).to_owned(),
                user,
                password,
            })
        })
        .collect()
}
