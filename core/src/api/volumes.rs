//! Claims and volumes: which volume fits a claim (`k8s.io/component-helpers/storage/volume`). The binder and the scheduler
//! both ask.

use super::labels::selector_matches;
use super::meta::MetaExt;
use super::quantity::{Amount, amount};
use super::{PersistentVolume, PersistentVolumeClaim, StorageClass};
use crate::sort::sort_by;
use crate::sorted::SortedSet;

/// On a claim: both sides of its binding are written.
pub const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// On a claim or volume: the binding is the controller's, not the user's.
pub const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
/// On a volume: who made it.
pub const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// On a claim: the node that its Pod will run on.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// On a claim: who is to make its volume.
pub const STORAGE_PROVISIONER: &str = "volume.kubernetes.io/storage-provisioner";
/// The same, as it was once called.
pub const BETA_STORAGE_PROVISIONER: &str = "volume.beta.kubernetes.io/storage-provisioner";
/// The provisioner of classes whose volumes are made by hand.
pub const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";
/// On a class: claims without a class get it.
pub const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";
/// What keeps a claim while Pods use it.
pub const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";
/// What keeps a volume while it is bound.
pub const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";

const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";
const BETA_DEFAULT_CLASS: &str = "storageclass.beta.kubernetes.io/is-default-class";

/// The class of a claim, empty for none.
#[must_use]
pub fn claim_class(claim: &PersistentVolumeClaim) -> &str {
    let annotated = claim.metadata.annotation(BETA_CLASS);
    annotated
        .or(claim.spec.storage_class_name.as_deref())
        .unwrap_or_default()
}

/// Whether a claim says nothing of a class, not even that it wants none.
#[must_use]
pub fn without_class(claim: &PersistentVolumeClaim) -> bool {
    claim.metadata.annotation(BETA_CLASS).is_none() && claim.spec.storage_class_name.is_none()
}

/// The class of a volume, empty for none.
#[must_use]
pub fn volume_class(volume: &PersistentVolume) -> &str {
    let annotated = volume.metadata.annotation(BETA_CLASS);
    annotated
        .or(volume.spec.storage_class_name.as_deref())
        .unwrap_or_default()
}

/// Whether a class is for claims without one.
#[must_use]
pub fn is_default_class(class: &StorageClass) -> bool {
    [DEFAULT_CLASS, BETA_DEFAULT_CLASS]
        .iter()
        .any(|name| class.metadata.annotation(name) == Some("true"))
}

/// The class for claims without one: of several the newest.
pub fn default_class<'a>(classes: impl Iterator<Item = &'a StorageClass>) -> Option<&'a StorageClass> {
    let mut found: Vec<_> = classes.filter(|class| is_default_class(class)).collect();
    sort_by(&mut found, |a, b| {
        let age = b.metadata.created_at().cmp(&a.metadata.created_at());
        age.then_with(|| a.name().cmp(b.name()))
    });
    found.first().copied()
}

/// Whether volumes of this class are bound only once a Pod that uses the claim is placed.
#[must_use]
pub fn waits_for_consumer(class: &StorageClass) -> bool {
    class.spec.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer")
}

/// What a claim asks for.
#[must_use]
pub fn requested(claim: &PersistentVolumeClaim) -> Amount {
    let requests = claim
        .spec
        .resources
        .as_ref()
        .and_then(|resources| resources.requests.as_ref());
    let storage = requests.and_then(|requests| requests.get("storage"));
    storage.map_or(Amount::from_bytes(0), amount)
}

/// What a volume holds.
#[must_use]
pub fn capacity(volume: &PersistentVolume) -> Amount {
    let storage = volume
        .spec
        .capacity
        .as_ref()
        .and_then(|capacity| capacity.get("storage"));
    storage.map_or(Amount::from_bytes(0), amount)
}

/// Whether the volume names the claim (`IsVolumeBoundToClaim`).
#[must_use]
pub fn is_bound_to(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> bool {
    volume.spec.claim_ref.as_ref().is_some_and(|reference| {
        let uid = reference.uid.as_deref().unwrap_or_default();
        reference.name.as_deref() == Some(claim.name())
            && reference.namespace.as_deref() == Some(claim.namespace())
            && (uid.is_empty() || uid == claim.uid())
    })
}

fn mode(mode: Option<&str>) -> &str {
    mode.filter(|mode| !mode.is_empty()).unwrap_or("Filesystem")
}

fn modes_fit(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> bool {
    let offered = volume.spec.access_modes.as_deref().unwrap_or_default();
    let mut wanted = claim.spec.access_modes.iter().flatten();
    wanted.all(|mode| offered.contains(mode))
}

/// Why a volume does not fit the claim that names it (`checkVolumeSatisfyClaim`).
#[must_use]
pub fn mismatch(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> Option<&'static str> {
    if capacity(volume).nanos < requested(claim).nanos {
        return Some("requested PV is too small");
    }
    if volume_class(volume) != claim_class(claim) {
        return Some("storageClassName does not match");
    }
    if mode(volume.spec.volume_mode.as_deref()) != mode(claim.spec.volume_mode.as_deref()) {
        return Some("incompatible volumeMode");
    }
    (!modes_fit(volume, claim)).then_some("incompatible accessMode")
}

/// The volume for a claim (`FindMatchingVolume`): one that names it, or the smallest of the free ones that fit, those
/// with the fewest access modes first.
///
/// `node` says whether a node reaches a volume; without one, and when the claim waits for its Pod (`delayed`), only a
/// volume that names the claim is found. Volumes in `taken` are for others.
pub fn find_matching<'a>(
    claim: &PersistentVolumeClaim,
    volumes: impl Iterator<Item = &'a PersistentVolume>,
    delayed: bool,
    node: Option<&dyn Fn(&PersistentVolume) -> bool>,
    taken: &SortedSet<String>,
) -> Option<&'a PersistentVolume> {
    let mut best: Option<&PersistentVolume> = None;
    for volume in volumes {
        let named = is_bound_to(volume, claim);
        let elsewhere = volume.spec.claim_ref.is_some() && !named;
        let modes = [&volume.spec.volume_mode, &claim.spec.volume_mode].map(|text| mode(text.as_deref()));
        if elsewhere
            || taken.contains(volume.name())
            || volume.metadata.is_deleting()
            || capacity(volume).nanos < requested(claim).nanos
            || modes.first() != modes.last()
            || !modes_fit(volume, claim)
            || node.is_some_and(|reaches| !reaches(volume))
        {
            continue;
        }
        if named {
            return Some(volume);
        }
        let free = volume.status.phase.as_deref() == Some("Available");
        let selected = claim
            .spec
            .selector
            .as_ref()
            .is_none_or(|selector| selector_matches(Some(selector), volume.metadata.labels_or_empty()));
        if (node.is_none() && delayed) || !free || !selected || volume_class(volume) != claim_class(claim) {
            continue;
        }
        if best.is_none_or(|best| rank(volume) < rank(best)) {
            best = Some(volume);
        }
    }
    best
}

fn rank(volume: &PersistentVolume) -> (usize, i128) {
    (
        volume.spec.access_modes.as_ref().map_or(0, Vec::len),
        capacity(volume).nanos,
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::{AnyObject, Kind};

    fn volume(name: &str, spec: Value, change: impl Fn(&mut PersistentVolume)) -> PersistentVolume {
        let value = json!({"metadata": {"name": name, "labels": {"disque": name}}, "spec": spec,
            "status": {"phase": "Available"}});
        let object = AnyObject::from_value(Kind::PersistentVolume, value).expect("a volume");
        let mut volume = object.get::<PersistentVolume>().expect("a volume").clone();
        change(&mut volume);
        volume
    }

    fn claim(spec: Value) -> PersistentVolumeClaim {
        let value = json!({"metadata": {"name": "c", "namespace": "default", "uid": "u"}, "spec": spec});
        let object = AnyObject::from_value(Kind::PersistentVolumeClaim, value).expect("a claim");
        object.get::<PersistentVolumeClaim>().expect("a claim").clone()
    }

    fn size(size: &str, modes: &[&str]) -> Value {
        json!({"capacity": {"storage": size}, "accessModes": modes, "storageClassName": "m"})
    }

    #[test]
    fn the_smallest_that_fits_is_found() {
        let same = |_: &mut PersistentVolume| {};
        let mut reserved = size("20Gi", &["ReadWriteOnce"]);
        reserved["claimRef"] = json!({"name": "autre", "namespace": "default"});
        let mut other_class = size("4Gi", &["ReadWriteOnce"]);
        other_class["storageClassName"] = json!("autre");
        let volumes = [
            volume("grand", size("50Gi", &["ReadWriteOnce"]), same),
            volume("petit", size("1Gi", &["ReadWriteOnce"]), same),
            volume("juste", size("5Gi", &["ReadWriteOnce"]), same),
            volume("deux", size("4Gi", &["ReadWriteOnce", "ReadWriteMany"]), same),
            volume("reserve", reserved, same),
            volume("autre", other_class, same),
            volume("libere", size("4Gi", &["ReadWriteOnce"]), |volume| {
                volume.status_mut().phase = Some("Released".to_owned());
            }),
        ];
        let asks = |spec: Value| {
            let mut whole = json!({"storageClassName": "m", "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "3Gi"}}});
            for (key, value) in spec.as_object().cloned().unwrap_or_default() {
                whole[&key] = value;
            }
            claim(whole)
        };
        let none = SortedSet::new();
        for (spec, expected) in [
            (json!({}), Some("juste")),
            (json!({"accessModes": ["ReadWriteMany"]}), Some("deux")),
            (json!({"accessModes": ["ReadOnlyMany"]}), None),
            (
                json!({"resources": {"requests": {"storage": "6Gi"}}}),
                Some("grand"),
            ),
            (json!({"resources": {"requests": {"storage": "60Gi"}}}), None),
            (json!({"storageClassName": ""}), None),
            (json!({"volumeMode": "Block"}), None),
            (
                json!({"selector": {"matchLabels": {"disque": "grand"}}}),
                Some("grand"),
            ),
        ] {
            let found = find_matching(&asks(spec.clone()), volumes.iter(), false, None, &none);
            assert_eq!(found.map(PersistentVolume::name), expected, "{spec}");
        }
        let waiting = find_matching(&asks(json!({})), volumes.iter(), true, None, &none);
        assert_eq!(waiting.map(PersistentVolume::name), None);
        let reaches: &dyn Fn(&PersistentVolume) -> bool = &|volume| volume.name() != "juste";
        let here = find_matching(&asks(json!({})), volumes.iter(), true, Some(reaches), &none);
        assert_eq!(here.map(PersistentVolume::name), Some("grand"));
    }

    #[test]
    fn a_volume_that_names_the_claim_goes_first() {
        let mut spec = size("50Gi", &["ReadWriteOnce"]);
        spec["claimRef"] = json!({"name": "c", "namespace": "default"});
        let volumes = [
            volume("juste", size("3Gi", &["ReadWriteOnce"]), |_| {}),
            volume("promis", spec, |_| {}),
        ];
        let asked = claim(json!({"storageClassName": "m", "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "3Gi"}}}));
        let found = find_matching(&asked, volumes.iter(), true, None, &SortedSet::new());
        assert_eq!(found.map(PersistentVolume::name), Some("promis"));
    }
}
