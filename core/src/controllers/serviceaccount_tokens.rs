//! Secrets of the type `kubernetes.io/service-account-token` are filled with a token of their account, and go with it
//! (`pkg/controller/serviceaccount/tokens_controller.go`).

use serde::{Deserialize, Serialize};

use super::{Context, Controller};
use crate::api::meta::MetaExt;
use crate::api::types::ByteString;
use crate::api::{AnyObject, ConfigMap, Key, Secret, ServiceAccount, StatusError, Typed};
use crate::apiserver::{User, secret_token};
use crate::client::{Cache, Client, DeleteOptions, Delta, QueuedItem, WorkQueue};
use crate::sim::Time;

const TYPE: &str = "kubernetes.io/service-account-token";
const ACCOUNT_NAME: &str = "kubernetes.io/service-account.name";
const ACCOUNT_UID: &str = "kubernetes.io/service-account.uid";

/// Fills Secrets with tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TokensController {
    user: User,
    queue: WorkQueue,
}

impl Default for TokensController {
    fn default() -> Self {
        Self {
            user: User::component("system:kube-controller-manager"),
            queue: WorkQueue::default(),
        }
    }
}

fn account_of(secret: &Secret) -> Option<&str> {
    let of_type = secret.spec.type_.as_deref() == Some(TYPE);
    secret.metadata.annotation(ACCOUNT_NAME).filter(|_| of_type)
}

impl Controller for TokensController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        match &delta.object {
            AnyObject::Secret(secret) if account_of(secret).is_some() => {
                self.queue.add(delta.object.key(), delta.trace);
            }
            AnyObject::ServiceAccount(account) => {
                for secret in cache.list_in::<Secret>(account.namespace()) {
                    if account_of(secret) == Some(account.name()) {
                        self.queue.add(secret.clone().into_any().key(), delta.trace);
                    }
                }
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let (key, cache) = (&item.key, context.cache);
        let Some(secret) = cache.typed::<Secret>(&key.namespace, &key.name) else {
            return Ok(());
        };
        let account = account_of(secret).map(|name| {
            // An account that is newer than the cache is no reason to delete.
            Client::new(context.env, &self.user).get::<ServiceAccount>(&key.namespace, name)
        });
        let account = match account {
            None => return Ok(()),
            Some(Err(error)) if !error.is_not_found() => return Err(error),
            Some(found) => found.ok(),
        };
        let uid = secret.metadata.annotation(ACCOUNT_UID);
        let account = account.filter(|account| uid.is_none_or(|uid| uid.is_empty() || uid == account.uid()));
        let Some(account) = account else {
            return delete(context, &self.user, key);
        };
        let root = cache.typed::<ConfigMap>(&key.namespace, "kube-root-ca.crt");
        let root = root.and_then(|map| map.spec.data.as_ref()?.get("ca.crt").cloned());
        let has = |name: &str| {
            secret
                .spec
                .data
                .as_ref()
                .is_some_and(|data| data.contains_key(name))
        };
        if uid.is_some() && ["token", "namespace", "ca.crt"].into_iter().all(has) {
            return Ok(());
        }
        let account = account.into_any();
        let token = secret_token(context.env.sim, &account, &secret.clone().into_any());
        let written = Client::new(context.env, &self.user).modify(key, None, |object| {
            let Some(secret) = object.get_mut::<Secret>() else {
                return;
            };
            secret.metadata_mut().set_annotation(ACCOUNT_UID, account.uid());
            let data = secret.spec_mut().data.get_or_insert_default();
            let values = [
                ("token", Some(token)),
                ("namespace", Some(key.namespace.to_string())),
                ("ca.crt", root),
            ];
            for (name, value) in values {
                if let Some(value) = value {
                    data.entry(name.to_owned())
                        .or_insert_with(|| ByteString(value.into_bytes()));
                }
            }
        });
        match written {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}

fn delete(context: &mut Context<'_, '_>, user: &User, key: &Key) -> Result<(), StatusError> {
    match Client::new(context.env, user).delete(key, &DeleteOptions::default()) {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}
