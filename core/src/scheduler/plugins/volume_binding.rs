//! `VolumeBinding`: a Pod goes where its volumes are or can be made (`pkg/scheduler/framework/plugins/volumebinding`).

use crate::api::meta::MetaExt;
use crate::api::scheduling::term_matches;
use crate::api::types::core::ObjectReference;
use crate::api::volumes::{
    BIND_COMPLETED, BOUND_BY_CONTROLLER, NO_PROVISIONER, SELECTED_NODE, claim_class, find_matching,
    requested, waits_for_consumer,
};
use crate::api::{
    AnyObject, Key, Kind, Node, PersistentVolume, PersistentVolumeClaim, Pod, StatusError, StorageClass,
};
use crate::apiserver::User;
use crate::client::{Cache, Client, Env};
use crate::scheduler::framework::{ClusterEvent, Plugin, PodState, Refusal};
use crate::scheduler::node_info::NodeInfo;
use crate::sort::sort_by_key;
use crate::sorted::SortedSet;

/// The plugin.
pub(in crate::scheduler) struct VolumeBinding;

const NO_VOLUME: &str = "node(s) didn't find available persistent volumes to bind";
const ELSEWHERE: &str = "node(s) didn't match PersistentVolume's node affinity";
const GONE: &str = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

/// The names of the claims that a Pod uses, and whether each is made for it.
fn claim_names(pod: &Pod) -> impl Iterator<Item = (String, bool)> {
    pod.spec.volumes.iter().flatten().filter_map(|volume| {
        if volume.ephemeral.is_some() {
            return Some((format!("{}-{}", pod.name(), volume.name), true));
        }
        let named = volume.persistent_volume_claim.as_ref()?;
        Some((named.claim_name.clone(), false))
    })
}

fn claims<'a>(cache: &'a Cache, pod: &Pod) -> Vec<&'a PersistentVolumeClaim> {
    let found = |(name, _): (String, bool)| cache.typed::<PersistentVolumeClaim>(pod.namespace(), &name);
    claim_names(pod).filter_map(found).collect()
}

fn is_bound(claim: &PersistentVolumeClaim) -> bool {
    let named = claim
        .spec
        .volume_name
        .as_deref()
        .is_some_and(|name| !name.is_empty());
    named && claim.metadata.annotation(BIND_COMPLETED).is_some()
}

/// Whether every claim of a Pod has its volume.
pub(in crate::scheduler) fn all_bound(cache: &Cache, pod: &Pod) -> bool {
    claims(cache, pod).into_iter().all(is_bound)
}

/// Why a claim cannot be used at all.
fn unusable(claim: &PersistentVolumeClaim) -> Option<String> {
    let name = claim.name();
    if claim.status.phase.as_deref() == Some("Lost") {
        let volume = claim.spec.volume_name.as_deref().unwrap_or_default();
        return Some(format!(
            "persistentvolumeclaim {name:?} bound to non-existent persistentvolume {volume:?}"
        ));
    }
    let leaving = claim.metadata.is_deleting();
    leaving.then(|| format!("persistentvolumeclaim {name:?} is being deleted"))
}

fn reaches(node: &Node, volume: &PersistentVolume) -> bool {
    let affinity = volume.spec.node_affinity.as_ref();
    let required = affinity.and_then(|affinity| affinity.required.as_ref());
    required.is_none_or(|required| {
        let mut terms = required.node_selector_terms.iter();
        terms.any(|term| term_matches(term, node))
    })
}

/// What is to be done for a Pod on a node: volumes for some claims, and claims whose volumes are to be made there.
#[derive(Default)]
struct Plan<'a> {
    matched: Vec<(&'a PersistentVolumeClaim, &'a PersistentVolume)>,
    made: Vec<&'a PersistentVolumeClaim>,
}

/// Finds a volume for each claim that waits for its Pod, or lets one be made; `None` if the node cannot have them all.
fn plan<'a>(cache: &'a Cache, pod: &Pod, node: &Node) -> Option<Plan<'a>> {
    let mut waiting: Vec<_> = claims(cache, pod)
        .into_iter()
        .filter(|claim| !is_bound(claim))
        .collect();
    sort_by_key(&mut waiting, |claim| requested(claim).nanos);
    let mut plan = Plan::default();
    let mut taken = SortedSet::new();
    let here: &dyn Fn(&PersistentVolume) -> bool = &|volume| reaches(node, volume);
    for claim in waiting {
        if let Some(selected) = claim.metadata.annotation(SELECTED_NODE) {
            if selected != node.name() {
                return None;
            }
            plan.made.push(claim);
            continue;
        }
        let volumes = cache.list::<PersistentVolume>();
        if let Some(volume) = find_matching(claim, volumes, true, Some(here), &taken) {
            taken.insert(volume.name().to_owned());
            plan.matched.push((claim, volume));
            continue;
        }
        let class = cache.typed::<StorageClass>("", claim_class(claim))?;
        if class.spec.provisioner == NO_PROVISIONER {
            return None;
        }
        plan.made.push(claim);
    }
    Some(plan)
}

/// Promises volumes to the claims of a Pod, and says on which node others are to be made (`BindPodVolumes`).
///
/// # Errors
///
/// What the API server refuses.
pub(in crate::scheduler) fn bind_volumes(
    env: &mut Env<'_>,
    user: &User,
    cache: &Cache,
    pod: &Pod,
    node: &Node,
) -> Result<(), StatusError> {
    let plan = plan(cache, pod, node).unwrap_or_default();
    for (claim, volume) in plan.matched {
        let key = Key::new(Kind::PersistentVolume, "", volume.name());
        Client::new(env, user).modify(&key, None, |object| {
            let Some(volume) = object.get_mut::<PersistentVolume>() else {
                return;
            };
            if volume.spec.claim_ref.is_none() {
                volume.metadata_mut().set_annotation(BOUND_BY_CONTROLLER, "yes");
                volume.spec_mut().claim_ref = Some(ObjectReference {
                    api_version: Some("v1".to_owned()),
                    kind: Some("PersistentVolumeClaim".to_owned()),
                    name: Some(claim.name().to_owned()),
                    namespace: Some(claim.namespace().to_owned()),
                    uid: Some(claim.uid().to_owned()),
                    resource_version: claim.metadata.resource_version.clone(),
                    ..ObjectReference::default()
                });
            }
        })?;
    }
    for claim in plan.made {
        let key = Key::new(Kind::PersistentVolumeClaim, claim.namespace(), claim.name());
        Client::new(env, user).modify(&key, None, |object| {
            object.metadata_mut().set_annotation(SELECTED_NODE, node.name());
        })?;
    }
    Ok(())
}

impl Plugin for VolumeBinding {
    fn name(&self) -> &'static str {
        "VolumeBinding"
    }

    fn pre_filter(&self, state: &PodState<'_>) -> Result<Option<SortedSet<String>>, Refusal> {
        let (pod, cache) = (state.pod, state.cache);
        for (name, made) in claim_names(pod) {
            match cache.typed::<PersistentVolumeClaim>(pod.namespace(), &name) {
                None if made => {
                    return Err(Refusal::unresolvable(format!(
                        "waiting for ephemeral volume controller to create the persistentvolumeclaim {name:?}"
                    )));
                }
                None => {
                    let why = format!("persistentvolumeclaim {name:?} not found");
                    return Err(Refusal::unresolvable(why));
                }
                Some(claim) => {
                    if let Some(why) = unusable(claim) {
                        return Err(Refusal::unresolvable(why));
                    }
                }
            }
        }
        let immediate = |claim: &&PersistentVolumeClaim| {
            let class = cache.typed::<StorageClass>("", claim_class(claim));
            let named = claim
                .spec
                .volume_name
                .as_deref()
                .is_some_and(|name| !name.is_empty());
            !is_bound(claim) && (named || !class.is_some_and(waits_for_consumer))
        };
        if claims(cache, pod).iter().any(immediate) {
            return Err(Refusal::unresolvable(
                "pod has unbound immediate PersistentVolumeClaims",
            ));
        }
        Ok(None)
    }

    fn filter(&self, state: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        let claims = claims(state.cache, state.pod);
        if claims.is_empty() {
            return Ok(());
        }
        let mut reasons = SortedSet::new();
        for claim in claims.iter().filter(|claim| is_bound(claim)) {
            let name = claim.spec.volume_name.as_deref().unwrap_or_default();
            match state.cache.typed::<PersistentVolume>("", name) {
                None => {
                    reasons.insert(GONE);
                }
                Some(volume) if !reaches(&node.node, volume) => {
                    reasons.insert(ELSEWHERE);
                }
                Some(_) => {}
            }
        }
        if plan(state.cache, state.pod, &node.node).is_none() {
            reasons.insert(NO_VOLUME);
        }
        if reasons.is_empty() {
            return Ok(());
        }
        let mut refusal = Refusal::unresolvable("");
        refusal.reasons = reasons.into_iter().map(Into::into).collect();
        Err(refusal)
    }

    fn hint(&self, pod: &Pod, event: ClusterEvent<'_>) -> bool {
        match event {
            ClusterEvent::NodeAdded(_) | ClusterEvent::NodeUpdated(..) => true,
            ClusterEvent::Changed(AnyObject::PersistentVolumeClaim(claim)) => {
                claim.namespace() == pod.namespace() && claim_names(pod).any(|(name, _)| name == claim.name())
            }
            ClusterEvent::Changed(AnyObject::PersistentVolume(_) | AnyObject::StorageClass(_)) => true,
            _ => false,
        }
    }
}
