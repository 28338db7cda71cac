//! Every namespace has a ServiceAccount named `default` (`pkg/controller/serviceaccount`).

use serde::{Deserialize, Serialize};

use super::{Context, Controller, every_namespace};
use crate::api::types::core::ServiceAccount as FullServiceAccount;
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, Kind, NoStatus, ServiceAccount, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Delta, QueuedItem, WorkQueue};
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
        if let Some(key) = every_namespace::concerned(delta, Kind::ServiceAccount, NAME) {
            self.queue.add(key, delta.trace);
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let namespace = &item.key.name;
        if !every_namespace::stays(context.cache, namespace)
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
        every_namespace::create(context, &self.user, AnyObject::ServiceAccount(account))
    }
}
