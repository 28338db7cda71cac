//! Terminating that does not end: finalizers, a grace period, a node that does not answer, what a namespace still holds.

use super::{Chain, World, node, texts};
use crate::api::volumes::{CLAIM_PROTECTION, VOLUME_PROTECTION};
use crate::api::{AnyObject, Namespace, PersistentVolume, Pod};
use crate::sim::Time;

/// Explains an object that is being deleted; answers whether it is.
pub(super) fn explain(world: &World<'_>, object: &AnyObject, chain: &mut Chain) -> bool {
    let metadata = object.metadata();
    let Some(at) = &metadata.deletion_timestamp else {
        return false;
    };
    let due = Time::from_timestamp(at.0);
    let (kind, name) = (object.names().kind, object.name());
    let since = if let AnyObject::Pod(_) = object {
        let grace = metadata.deletion_grace_period_seconds.unwrap_or(0);
        Time(
            due.0
                .saturating_sub(u64::try_from(grace).unwrap_or(0) * 1_000_000),
        )
    } else {
        due
    };
    chain
        .blame(
            texts::TERMINATING,
            &[&texts::the_first(kind), name, &world.ago(since)],
        )
        .about(object);
    if let AnyObject::Pod(pod) = object {
        of_pod(world, object, pod, due, chain);
    }
    if let AnyObject::Namespace(namespace) = object {
        of_namespace(world, namespace, chain);
    }
    for finalizer in metadata.finalizers.iter().flatten() {
        of_finalizer(world, object, finalizer, chain);
    }
    if world.is_stopped("kube-controller-manager") {
        chain.say(texts::CONTROLLERS_STOPPED, &[&texts::the(kind), name]);
    }
    true
}

fn of_pod(world: &World<'_>, object: &AnyObject, pod: &Pod, due: Time, chain: &mut Chain) {
    let node = pod.spec.node_name.as_deref().unwrap_or_default();
    if !node::is_ready(world, node) && !node.is_empty() {
        chain
            .say(texts::TERMINATING_LOST, &[node])
            .named("Node", "", node);
        return;
    }
    if due > world.now {
        let left = super::world::length(due.since(world.now));
        let grace = pod
            .metadata
            .deletion_grace_period_seconds
            .unwrap_or(30)
            .to_string();
        chain.say(texts::GRACE, &[&grace, &left]).about(object).from(
            world,
            object,
            "spec.terminationGracePeriodSeconds",
        );
        let hook = pod.spec.containers.iter().position(|container| {
            container
                .lifecycle
                .as_ref()
                .is_some_and(|lifecycle| lifecycle.pre_stop.is_some())
        });
        if let Some(index) = hook {
            chain.say(texts::PRE_STOP, &[]).from(
                world,
                object,
                &format!("spec.containers[{index}].lifecycle.preStop"),
            );
        }
    }
}

fn of_namespace(world: &World<'_>, namespace: &Namespace, chain: &mut Chain) {
    let conditions = namespace.status.conditions.iter().flatten();
    for condition in conditions.filter(|condition| condition.status == "True") {
        let words = condition.message.as_deref().unwrap_or_default();
        let text = match condition.type_.as_str() {
            "NamespaceContentRemaining" => texts::CONTENT_REMAINS,
            "NamespaceFinalizersRemaining" => texts::FINALIZERS_REMAIN,
            _ => continue,
        };
        chain.say(text, &[namespace.name()]).quoting(words);
    }
    let held = world.store.all().find(|object| {
        object.namespace() == namespace.name()
            && object
                .metadata()
                .finalizers
                .as_ref()
                .is_some_and(|list| !list.is_empty())
    });
    if let Some(held) = held {
        chain
            .say(
                texts::HOLDS_NAMESPACE,
                &[&texts::the_first(held.names().kind), held.name()],
            )
            .about(held);
        for finalizer in held.metadata().finalizers.iter().flatten() {
            of_finalizer(world, held, finalizer, chain);
        }
    }
}

fn of_finalizer(world: &World<'_>, object: &AnyObject, finalizer: &str, chain: &mut Chain) {
    let (name, namespace) = (object.name(), object.namespace());
    match finalizer {
        CLAIM_PROTECTION => {
            let user = world.pods().find(|pod| {
                let claims = pod
                    .spec
                    .volumes
                    .iter()
                    .flatten()
                    .filter_map(|volume| volume.persistent_volume_claim.as_ref());
                pod.namespace() == namespace && claims.into_iter().any(|claim| claim.claim_name == name)
            });
            if let Some(pod) = user {
                chain
                    .say(texts::CLAIM_USED, &[name, pod.name()])
                    .named("Pod", namespace, pod.name())
                    .quoting(finalizer);
                return;
            }
        }
        VOLUME_PROTECTION => {
            let claim = world
                .get::<PersistentVolume>("", name)
                .and_then(|volume| volume.spec.claim_ref.as_ref());
            if let Some(claim) = claim {
                let text = |part: &Option<String>| part.clone().unwrap_or_default();
                let (space, claim) = (text(&claim.namespace), text(&claim.name));
                chain
                    .say(texts::VOLUME_USED, &[name, &claim])
                    .named("PersistentVolumeClaim", &space, &claim)
                    .quoting(finalizer);
                return;
            }
        }
        "foregroundDeletion" => {
            let owned = world.store.all().find(|found| {
                let mut owners = found.metadata().owner_references.iter().flatten();
                owners.any(|owner| owner.uid == object.uid())
            });
            if let Some(owned) = owned {
                chain
                    .say(
                        texts::FOREGROUND,
                        &[name, &texts::the(owned.names().kind), owned.name()],
                    )
                    .about(owned)
                    .quoting(finalizer);
                return;
            }
        }
        _ => {}
    }
    chain
        .say(texts::FINALIZER, &[name, finalizer])
        .about(object)
        .from(world, object, "metadata.finalizers");
}
