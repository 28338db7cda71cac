//! `rancher.io/local-path`, which clusters of kind and k3s come with: it makes a folder on the node of the first Pod, and
//! deletes it with the claim (`sig-storage-lib-external-provisioner`). It runs outside of the control plane; the lab
//! simulates it here.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::resizer;
use super::volumes::is_provisioned;
use super::{claim_key, volume_key};
use crate::api::meta::MetaExt;
use crate::api::types::core::{
    HostPathVolumeSource, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, ObjectReference,
    PersistentVolumeSpec, VolumeNodeAffinity,
};
use crate::api::types::meta::ObjectMeta;
use crate::api::volumes::{PROVISIONED_BY, SELECTED_NODE, STORAGE_PROVISIONER, claim_class, requested};
use crate::api::{
    AnyObject, Key, Kind, PersistentVolume, PersistentVolumeClaim, StatusError, StorageClass, Typed,
};
use crate::apiserver::User;
use crate::client::EventType::{self, Normal, Warning};
use crate::client::{Cache, Client, DeleteOptions, Delta, EventRecorder, QueuedItem, WorkQueue};
use crate::controllers::{Context, Controller};
use crate::sim::Time;

/// The name that classes call it by.
pub(super) const PROVISIONER: &str = "rancher.io/local-path";
/// What making or deleting a folder takes: a helper Pod does it.
const HELPER_TIME: Duration = Duration::from_millis(2_500);

/// Makes and deletes volumes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::controllers) struct LocalPathProvisioner {
    user: User,
    queue: WorkQueue,
    recorder: EventRecorder,
    /// Whether the cluster has it.
    installed: bool,
    /// When each claim's or volume's folder will be ready or gone.
    under_way: BTreeMap<Key, Time>,
}

impl LocalPathProvisioner {
    /// A cluster has it, or it does not.
    pub(in crate::controllers) fn new(installed: bool) -> Self {
        Self {
            user: User::component(
                "system:serviceaccount:local-path-storage:local-path-provisioner-service-account",
            ),
            queue: WorkQueue::default(),
            recorder: EventRecorder::new("rancher.io/local-path_local-path-provisioner", ""),
            installed,
            under_way: BTreeMap::new(),
        }
    }
}

impl Default for LocalPathProvisioner {
    fn default() -> Self {
        Self::new(false)
    }
}

impl Controller for LocalPathProvisioner {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, _: &Cache, delta: &Delta, _: Time) {
        let concerned = match &delta.object {
            AnyObject::PersistentVolumeClaim(claim) => {
                claim.metadata.annotation(STORAGE_PROVISIONER) == Some(PROVISIONER)
            }
            AnyObject::PersistentVolume(volume) => {
                is_provisioned(volume) && volume.status.phase.as_deref() == Some("Released")
            }
            _ => false,
        };
        if self.installed && concerned {
            self.queue.add(delta.object.key(), delta.trace);
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let cache = context.cache;
        let key = &item.key;
        if key.kind == Kind::PersistentVolume {
            let Some(volume) = cache.typed::<PersistentVolume>("", &key.name) else {
                self.under_way.remove(key);
                return Ok(());
            };
            return self.delete(context, volume, key);
        }
        let claim = cache.typed::<PersistentVolumeClaim>(&key.namespace, &key.name);
        if let Some(claim) = claim.filter(|claim| resizer::grows(claim)) {
            return self.expand(context, claim, key);
        }
        let waiting = |claim: &&PersistentVolumeClaim| {
            claim.spec.volume_name.as_deref().unwrap_or_default().is_empty() && !claim.metadata.is_deleting()
        };
        let Some(claim) = claim.filter(waiting) else {
            self.under_way.remove(key);
            return Ok(());
        };
        match cache.typed::<StorageClass>("", claim_class(claim)) {
            Some(class) => self.provision(context, claim, class, key),
            None => Ok(()),
        }
    }
}

impl LocalPathProvisioner {
    /// Whether the helper Pod is through with it; if not, the key comes back then.
    pub(super) fn done(&mut self, key: &Key, now: Time) -> bool {
        let at = *self.under_way.entry(key.clone()).or_insert(now + HELPER_TIME);
        if at > now {
            self.queue.add_at(at, key.clone(), None);
        }
        at <= now
    }

    /// Whether it works on an object already.
    pub(super) fn is_under_way(&self, key: &Key) -> bool {
        self.under_way.contains_key(key)
    }

    /// It works on an object no more.
    pub(super) fn forget(&mut self, key: &Key) {
        self.under_way.remove(key);
    }

    /// Records an event about an object.
    pub(super) fn say(
        &mut self,
        context: &mut Context<'_, '_>,
        about: &AnyObject,
        kind: (EventType, &str),
        message: String,
    ) {
        self.recorder
            .record(context.env, &self.user, about, None, kind, message);
    }

    /// Changes an object; nothing happens if it is gone.
    pub(super) fn change(
        &self,
        context: &mut Context<'_, '_>,
        key: Key,
        subresource: Option<&str>,
        change: impl FnOnce(&mut AnyObject),
    ) -> Result<(), StatusError> {
        match Client::new(context.env, &self.user).modify(&key, subresource, change) {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    fn provision(
        &mut self,
        context: &mut Context<'_, '_>,
        claim: &PersistentVolumeClaim,
        class: &StorageClass,
        key: &Key,
    ) -> Result<(), StatusError> {
        let about = claim.clone().into_any();
        let mut say = |context: &mut Context<'_, '_>, kind, message: String| {
            self.recorder
                .record(context.env, &self.user, &about, None, kind, message);
        };
        let claim_name = format!("{}/{}", claim.namespace(), claim.name());
        if !self.under_way.contains_key(key) {
            let message = format!("External provisioner is provisioning volume for claim {claim_name:?}");
            say(context, (Normal, "Provisioning"), message);
            if let Some(why) = impossible(claim) {
                let class = class.name();
                let message = format!("failed to provision volume with StorageClass {class:?}: {why}");
                say(context, (Warning, "ProvisioningFailed"), message);
                return Ok(());
            }
        }
        if !self.done(key, context.env.sim.now) {
            return Ok(());
        }
        let volume = volume_for(claim, class);
        let name = volume.name().to_owned();
        match Client::new(context.env, &self.user).create(volume.into_any()) {
            Err(error) if !error.is_already_exists() => return Err(error),
            _ => {}
        }
        self.under_way.remove(key);
        self.recorder.record(
            context.env,
            &self.user,
            &about,
            None,
            (Normal, "ProvisioningSucceeded"),
            format!("Successfully provisioned volume {name}"),
        );
        Ok(())
    }

    fn delete(
        &mut self,
        context: &mut Context<'_, '_>,
        volume: &PersistentVolume,
        key: &Key,
    ) -> Result<(), StatusError> {
        let wanted = volume.spec.persistent_volume_reclaim_policy.as_deref() == Some("Delete")
            && volume.status.phase.as_deref() == Some("Released")
            && !volume.metadata.is_deleting();
        if !wanted || !self.done(key, context.env.sim.now) {
            return Ok(());
        }
        self.under_way.remove(key);
        let key = volume_key(volume.name());
        match Client::new(context.env, &self.user).delete(&key, &DeleteOptions::default()) {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}

/// Why no folder can be made for a claim.
fn impossible(claim: &PersistentVolumeClaim) -> Option<&'static str> {
    let alone = |mode: &String| matches!(mode.as_str(), "ReadWriteOnce" | "ReadWriteOncePod");
    if !claim.spec.access_modes.iter().flatten().all(alone) {
        return Some("NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes");
    }
    let node = claim.metadata.annotation(SELECTED_NODE);
    node.is_none()
        .then_some("configuration error, no node was specified")
}

fn volume_for(claim: &PersistentVolumeClaim, class: &StorageClass) -> PersistentVolume {
    let name = format!("pvc-{}", claim.uid());
    let node = claim
        .metadata
        .annotation(SELECTED_NODE)
        .unwrap_or_default()
        .to_owned();
    let path = format!(
        "/var/local-path-provisioner/{name}_{}_{}",
        claim.namespace(),
        claim.name()
    );
    let mut metadata = ObjectMeta {
        name: Some(name),
        ..ObjectMeta::default()
    };
    metadata.set_annotation("local.path.provisioner/selected-node", node.as_str());
    metadata.set_annotation(PROVISIONED_BY, PROVISIONER);
    let host = NodeSelectorRequirement {
        key: "kubernetes.io/hostname".to_owned(),
        operator: "In".to_owned(),
        values: Some(vec![node]),
    };
    let key = claim_key(claim.namespace(), claim.name());
    let spec = PersistentVolumeSpec {
        access_modes: claim.spec.access_modes.clone(),
        capacity: Some([("storage".to_owned(), requested(claim).into())].into()),
        claim_ref: Some(ObjectReference {
            api_version: Some("v1".to_owned()),
            kind: Some(key.kind.name().to_owned()),
            name: Some(claim.name().to_owned()),
            namespace: Some(claim.namespace().to_owned()),
            uid: Some(claim.uid().to_owned()),
            resource_version: claim.metadata.resource_version.clone(),
            ..ObjectReference::default()
        }),
        host_path: Some(HostPathVolumeSource {
            path,
            type_: Some("DirectoryOrCreate".to_owned()),
        }),
        node_affinity: Some(VolumeNodeAffinity {
            required: Some(NodeSelector {
                node_selector_terms: vec![NodeSelectorTerm {
                    match_expressions: Some(vec![host]),
                    match_fields: None,
                }],
            }),
        }),
        persistent_volume_reclaim_policy: class.spec.reclaim_policy.clone(),
        storage_class_name: Some(class.name().to_owned()),
        volume_mode: claim.spec.volume_mode.clone(),
        ..PersistentVolumeSpec::default()
    };
    PersistentVolume::new(metadata, spec, Default::default())
}
