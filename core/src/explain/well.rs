//! Nothing is wrong: how the object is, who made it, and because of whom.

use super::{Chain, World, pod, texts};
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Deployment, Pod};
use crate::sim::{Action, Entry};

/// Says why the object is as it is.
pub(super) fn explain(world: &World<'_>, object: &AnyObject, chain: &mut Chain) {
    let metadata = object.metadata();
    let age = world.ago(metadata.created_at());
    let (kind, name) = (object.names().kind, object.name());
    if chain.steps.is_empty() {
        match object {
            AnyObject::Pod(pod) => of_pod(world, object, pod, chain),
            AnyObject::Deployment(deployment) => of_deployment(object, deployment, chain),
            _ => {
                chain
                    .say(texts::WELL, &[&texts::the_first(kind), name, &age])
                    .about(object);
            }
        }
    }
    made(world, object, chain);
}

fn of_pod(world: &World<'_>, object: &AnyObject, pod: &Pod, chain: &mut Chain) {
    let node = pod.spec.node_name.as_deref().unwrap_or_default();
    let age = world.ago(pod.metadata.created_at());
    chain
        .say(texts::POD_WELL, &[pod.name(), node, &age])
        .about(object);
    for part in pod::parts(object, pod) {
        let restarts = part.status.map_or(0, |status| status.restart_count);
        if let (1.., Some(ended)) = (restarts, part.ended()) {
            let (restarts, code) = (restarts.to_string(), ended.exit_code.to_string());
            let reason = ended.reason.as_deref().unwrap_or_default();
            chain.say(texts::RESTARTED, &[&part.spec.name, &restarts, &code, reason]);
        }
    }
    let Some(decision) = world.scheduler.decision(&object.key()) else {
        return;
    };
    if decision.chosen.as_deref() != Some(node) {
        return;
    }
    let mut fitting: Vec<_> = decision
        .verdicts
        .iter()
        .filter(|verdict| verdict.refusal.is_none())
        .collect();
    crate::sort::sort_by_key(&mut fitting, |verdict| std::cmp::Reverse(verdict.total()));
    let refused = decision.verdicts.len() - fitting.len();
    let scores: Vec<String> = fitting
        .iter()
        .take(5)
        .map(|verdict| format!("{}\u{a0}: {}", verdict.node, verdict.total()))
        .collect();
    let step = if fitting.len() < 2 {
        chain.say(texts::ONLY_NODE, &[node])
    } else {
        chain.say(
            texts::BEST_NODE,
            &[
                node,
                &fitting.len().to_string(),
                &refused.to_string(),
                &scores.join(", "),
            ],
        )
    };
    step.named("Node", "", node);
}

fn of_deployment(object: &AnyObject, deployment: &Deployment, chain: &mut Chain) {
    let wanted = deployment.spec.replicas.unwrap_or(1).to_string();
    chain
        .say(texts::DEPLOYMENT_WELL, &[deployment.name(), &wanted])
        .about(object);
}

/// Who made it: the trace's causes, or at least its owners.
fn made(world: &World<'_>, object: &AnyObject, chain: &mut Chain) {
    const LONGEST: usize = 5;
    let mut entry = world.creation(object);
    let mut last = object;
    for owner in world.lineage(object).into_iter().take(LONGEST) {
        if let Some(found) = world.creation(owner) {
            entry = Some(found);
            say(found, owner, chain);
        } else if owner.uid() != object.uid() {
            chain
                .say(texts::OWNED, &[&texts::the(owner.names().kind), owner.name()])
                .about(owner);
        }
        last = owner;
    }
    let Some(entry) = entry else { return };
    let typed = super::source::command(world, last, "");
    let place = world.place(last, "metadata.name");
    if place.is_none() && typed.is_none() {
        return;
    }
    let when = world.ago(entry.at);
    let step = chain.say(texts::FROM_YOU, &[&when]);
    step.place = place;
    step.command = typed.unwrap_or_default();
}

fn say(entry: &Entry, object: &AnyObject, chain: &mut Chain) {
    let (kind, name) = (object.names().kind, object.name());
    let who = texts::actor(entry.actor.name());
    debug_assert_eq!(entry.action, Action::Create, "creations are asked for");
    chain
        .say(texts::MADE, &[&texts::the_first(kind), name, &who])
        .about(object);
}
