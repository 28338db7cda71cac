//! The claims of a StatefulSet's Pods: created before them, and owned as `persistentVolumeClaimRetentionPolicy` says
//! (`createPersistentVolumeClaims`, `claimOwnerMatchesSetAndPod`).

use super::control::Update;
use super::identity;
use crate::api::meta::{MetaExt, controller_reference};
use crate::api::types::meta::OwnerReference;
use crate::api::{AnyObject, Key, Kind, PersistentVolumeClaim, Pod, StatusError};
use crate::client::{Client, EventType};

/// Who owns a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Owners {
    set: bool,
    pod: bool,
}

impl<'a> Update<'_, 'a, '_> {
    /// Creates the claims of a Pod that are not there.
    pub(super) fn create_missing_claims(&mut self, pod: &Pod) -> Result<(), StatusError> {
        let mut failure = None;
        for claim in self.claims_of(pod) {
            let found = self
                .context
                .cache
                .typed::<PersistentVolumeClaim>(claim.namespace(), claim.name());
            if let Some(found) = found {
                if found.metadata.is_deleting() {
                    let why = format!("pvc {} is being deleted", found.name());
                    failure = Some(StatusError::new(500, "", why));
                }
                continue;
            }
            let name = claim.name().to_owned();
            let created = Client::new(self.context.env, &self.control.user)
                .create(AnyObject::PersistentVolumeClaim(claim));
            match created {
                Ok(_) => self.claim_event(&name, pod, None),
                Err(error) if error.is_already_exists() => {}
                Err(error) => {
                    self.claim_event(&name, pod, Some(&error));
                    let message = format!("failed to create PVC {name}: {error}");
                    failure = Some(StatusError { message, ..error });
                }
            }
        }
        failure.map_or(Ok(()), Err)
    }

    /// The claims of a Pod's ordinal.
    fn claims_of(&self, pod: &Pod) -> Vec<PersistentVolumeClaim> {
        let ordinal = identity::ordinal(pod);
        let templates = self.set.spec.volume_claim_templates.iter().flatten();
        templates
            .map(|template| {
                let mut metadata = template.metadata.clone();
                let name = metadata.name.take().unwrap_or_default();
                metadata.name = Some(identity::claim_name(&self.set, &name, ordinal));
                metadata.namespace = Some(self.set.namespace().to_owned());
                let mut labels = metadata.labels.take().unwrap_or_default();
                labels.extend(self.set.spec.selector.match_labels.clone().unwrap_or_default());
                metadata.labels = Some(labels);
                let spec = template.spec.clone().unwrap_or_default();
                PersistentVolumeClaim::new(metadata, spec, Default::default())
            })
            .collect()
    }

    fn claim_event(&mut self, claim: &str, pod: &Pod, failure: Option<&StatusError>) {
        let (pod, set) = (pod.name(), self.set.name());
        match failure {
            None => {
                let message = format!("Create Claim {claim} Pod {pod} in StatefulSet {set} success");
                self.event(EventType::Normal, "SuccessfulCreate", message);
            }
            Some(error) => {
                let message =
                    format!("Create Claim {claim} for Pod {pod} in StatefulSet {set} failed error: {error}");
                self.event(EventType::Warning, "FailedCreate", message);
            }
        }
    }

    /// Whether a claim still belongs to an earlier Pod of this name: it will go with it (`PodClaimIsStale`).
    pub(super) fn has_stale_claim(&self, pod: &Pod) -> bool {
        if !self.deletes("scaled") {
            return false;
        }
        self.known_claims(pod).iter().any(|claim| {
            let owners = claim.metadata.owner_references.iter().flatten();
            owners
                .filter(|owner| owner.kind == "Pod" && owner.name == pod.name())
                .any(|owner| owner.uid != pod.uid())
        })
    }

    /// Whether the claims of a Pod are owned as the policy says (`ClaimsMatchRetentionPolicy`).
    pub(super) fn claims_match(&self, pod: &Pod) -> bool {
        let wanted = self.owners(pod);
        let mut claims = self.known_claims(pod).into_iter();
        claims.all(|claim| self.found_owners(claim, pod) == wanted)
    }

    /// Gives the claims of a Pod the owners that the policy says (`UpdatePodClaimForRetentionPolicy`).
    pub(super) fn settle_claims(&mut self, pod: &Pod) -> Result<(), StatusError> {
        let wanted = self.owners(pod);
        let known = self.known_claims(pod).into_iter();
        let wrong: Vec<Key> = known
            .filter(|claim| self.found_owners(claim, pod) != wanted)
            .map(|claim| Key::new(Kind::PersistentVolumeClaim, claim.namespace(), claim.name()))
            .collect();
        let set = controller_reference(&self.owner);
        let pod = controller_reference(&AnyObject::Pod(pod.clone()));
        for key in wrong {
            let settle = |object: &mut AnyObject| {
                let owners = object.metadata_mut().owner_references.get_or_insert_default();
                let mine = |owner: &OwnerReference| {
                    owner.uid == set.uid || (owner.kind == "Pod" && owner.name == pod.name)
                };
                owners.retain(|owner| !mine(owner));
                owners.extend(wanted.set.then(|| set.clone()));
                owners.extend(wanted.pod.then(|| pod.clone()));
            };
            Client::new(self.context.env, &self.control.user).modify(&key, None, settle)?;
        }
        Ok(())
    }

    fn known_claims(&self, pod: &Pod) -> Vec<&'a PersistentVolumeClaim> {
        let (cache, ordinal) = (self.context.cache, identity::ordinal(pod));
        identity::claim_templates(&self.set)
            .filter_map(|template| {
                let name = identity::claim_name(&self.set, template, ordinal);
                cache.typed::<PersistentVolumeClaim>(self.set.namespace(), &name)
            })
            .collect()
    }

    fn deletes(&self, when: &str) -> bool {
        let policy = self.set.spec.persistent_volume_claim_retention_policy.as_ref();
        let choice = policy.and_then(|policy| match when {
            "deleted" => policy.when_deleted.as_deref(),
            _ => policy.when_scaled.as_deref(),
        });
        choice == Some("Delete")
    }

    fn owners(&self, pod: &Pod) -> Owners {
        let goes = self.deletes("scaled") && !identity::in_range(pod, &self.set);
        Owners {
            set: self.deletes("deleted") && !goes,
            pod: goes,
        }
    }

    fn found_owners(&self, claim: &PersistentVolumeClaim, pod: &Pod) -> Owners {
        let has = |uid: &str| {
            let mut owners = claim.metadata.owner_references.iter().flatten();
            owners.any(|owner| owner.uid == uid)
        };
        Owners {
            set: has(self.set.uid()),
            pod: !pod.uid().is_empty() && has(pod.uid()),
        }
    }
}
