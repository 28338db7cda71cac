//! Every namespace has a ServiceAccount named `default` (`pkg/controller/serviceaccount`).

use serde::{Deserialize, Serialize};

use super::{Context, Controller};
use crate::api::types::core::ServiceAccount as FullServiceAccount;
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, Key, Kind, Namespace, NoStatus, ServiceAccount, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, Delta, QueuedItem, WorkQueue};
use crate::sim::Time;

const NAME: &str = "default";

/// Creates the ServiceAccount `default` in every namespace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ServiceAccountController {
    user: User,
    queue: WorkQueue,
}

impl Default for ServiceAccountController {
    fn default() -> Self {
        let user = User::component("system:serviceaccount:kube-system:service-account-controller");
        Self {
            user,
            queue: WorkQueue::default(),
        }
    }
}

impl Controller for ServiceAccountController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, _: &Cache, delta: &Delta, _: Time) {
        let namespace = match &delta.object {
            AnyObject::Namespace(namespace) => namespace.name(),
            AnyObject::ServiceAccount(account) if account.name() == NAME => account.namespace(),
            _ => return,
        };
        self.queue
            .add(Key::new(Kind::Namespace, "", namespace), delta.trace);
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let namespace = &item.key.name;
        let wanted = context.cache.typed::<Namespace>("", namespace);
        if wanted.is_none_or(|namespace| namespace.metadata.deletion_timestamp.is_some())
            || context.cache.typed::<ServiceAccount>(namespace, NAME).is_some()
        {
            return Ok(());
        }
        let metadata = ObjectMeta {
            name: Some(NAME.to_owned()),
            namespace: Some(namespace.to_string()),
            ..ObjectMeta::default()
        };
        let account = ServiceAccount::new(metadata, FullServiceAccount::default(), NoStatus {});
        match Client::new(context.env, &self.user).create(AnyObject::ServiceAccount(account)) {
            Err(error) if !error.is_already_exists() => Err(error),
            _ => Ok(()),
        }
    }
}
