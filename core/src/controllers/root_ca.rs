//! Every namespace has a ConfigMap named `kube-root-ca.crt` with the certificate by which Pods recognise the API server
//! (`pkg/controller/certificates/rootcacertpublisher`).

use serde::{Deserialize, Serialize};

use super::{Context, Controller, every_namespace};
use crate::api::types::core::ConfigMap as FullConfigMap;
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, ConfigMap, Key, Kind, NoStatus, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, Delta, QueuedItem, WorkQueue};
use crate::sim::Time;

const NAME: &str = "kube-root-ca.crt";
const DESCRIPTION: (&str, &str) = (
    "kubernetes.io/description",
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
);

/// Creates the ConfigMap `kube-root-ca.crt` in every namespace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RootCaController {
    user: User,
    queue: WorkQueue,
}

impl Default for RootCaController {
    fn default() -> Self {
        let user = User::component("system:serviceaccount:kube-system:root-ca-cert-publisher");
        Self {
            user,
            queue: WorkQueue::default(),
        }
    }
}

impl Controller for RootCaController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, _: &Cache, delta: &Delta, _: Time) {
        if let Some(key) = every_namespace::concerned(delta, Kind::ConfigMap, NAME) {
            self.queue.add(key, delta.trace);
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let namespace = &item.key.name;
        if !every_namespace::stays(context.cache, namespace) {
            return Ok(());
        }
        let certificate = certificate(context.env.sim.rng);
        let data: Option<_> = Some([("ca.crt".to_owned(), certificate)].into());
        if let Some(found) = context.cache.typed::<ConfigMap>(namespace, NAME) {
            if found.spec.data == data {
                return Ok(());
            }
            let key = Key::new(Kind::ConfigMap, namespace, NAME);
            return Client::new(context.env, &self.user)
                .modify(&key, None, |object| {
                    if let Some(config) = object.get_mut::<ConfigMap>() {
                        config.spec_mut().data = data;
                    }
                })
                .map(|_| ());
        }
        let metadata = ObjectMeta {
            name: Some(NAME.to_owned()),
            namespace: Some(namespace.to_string()),
            annotations: Some([(DESCRIPTION.0.to_owned(), DESCRIPTION.1.to_owned())].into()),
            ..ObjectMeta::default()
        };
        let config = ConfigMap::new(
            metadata,
            FullConfigMap {
                data,
                ..FullConfigMap::default()
            },
            NoStatus {},
        );
        every_namespace::create(context, &self.user, AnyObject::ConfigMap(config))
    }
}

/// The shape of a certificate, drawn from the seed: nothing in the lab verifies it.
fn certificate(rng: crate::sim::Rng) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let line = |n: u64| -> String {
        (0..64)
            .map(|i| {
                let index =
                    usize::try_from(rng.draw("root-ca", "kubernetes", n * 64 + i) % 64).unwrap_or_default();
                ALPHABET.get(index).copied().map_or('A', char::from)
            })
            .collect()
    };
    let body: Vec<String> = (0..17).map(line).collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        body.join("\n")
    )
}
