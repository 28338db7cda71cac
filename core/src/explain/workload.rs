//! What makes Pods: a rollout that does not end, Pods that cannot be made, a Job that failed.

use super::{Chain, World, error, pod, texts};
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Deployment, Kind, Pod, ReplicaSet, Typed};

/// The annotation that numbers the revisions of a Deployment.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// Explains a Deployment.
pub(super) fn deployment(world: &World<'_>, object: &AnyObject, deployment: &Deployment, chain: &mut Chain) {
    let wanted = deployment.spec.replicas.unwrap_or(1);
    let status = &deployment.status;
    let ready = status.ready_replicas.unwrap_or(0);
    let updated = status.updated_replicas.unwrap_or(0);
    let name = deployment.name();
    if stopped(world, object, chain) {
        return;
    }
    if wanted == 0 {
        chain
            .say(texts::ZERO, &[&texts::the_first("Deployment"), name])
            .about(object)
            .from(world, object, "spec.replicas");
        return;
    }
    let mut sets: Vec<(i64, &ReplicaSet)> = world
        .store
        .list_in(Kind::ReplicaSet, deployment.namespace())
        .filter_map(ReplicaSet::from_any)
        .filter(|set| set.metadata.is_controlled_by(deployment.uid()))
        .map(|set| {
            (
                set.metadata
                    .annotation(REVISION)
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(0),
                set,
            )
        })
        .collect();
    crate::sort::sort_by_key(&mut sets, |(revision, _)| std::cmp::Reverse(*revision));
    let old: i32 = sets.iter().skip(1).map(|(_, set)| set.status.replicas).sum();
    if ready >= wanted && updated >= wanted && old == 0 {
        return;
    }
    let (wanted, ready, updated) = (wanted.to_string(), ready.to_string(), updated.to_string());
    let paused = deployment.spec.paused == Some(true);
    let text = if old > 0 { texts::ROLLOUT } else { texts::UNREADY };
    chain
        .blame(text, &[name, &ready, &wanted, &updated])
        .about(object)
        .quoting(late(deployment));
    if paused {
        chain
            .say(texts::PAUSED, &[name])
            .about(object)
            .from(world, object, "spec.paused");
        return;
    }
    let Some((revision, newest)) = sets.first() else {
        return;
    };
    let revision = revision.to_string();
    let newest = newest.to_owned().clone().into_any();
    let sick = stuck(world, &newest);
    if old > 0 && sick.is_some() {
        let held = old.to_string();
        let most = strategy(deployment);
        chain
            .say(texts::ROLLOUT_HOLDS, &[newest.name(), &revision, &held, &most])
            .about(&newest);
    } else if old > 0 {
        chain
            .say(texts::ROLLOUT_GOES, &[newest.name(), &revision])
            .about(&newest);
    }
    made(world, &newest, sick, chain);
}

fn late(deployment: &Deployment) -> &str {
    let mut conditions = deployment.status.conditions.iter().flatten();
    conditions
        .find(|condition| condition.reason.as_deref() == Some("ProgressDeadlineExceeded"))
        .and_then(|condition| condition.message.as_deref())
        .unwrap_or_default()
}

fn strategy(deployment: &Deployment) -> String {
    use crate::api::types::IntOrString;
    let strategy = deployment.spec.strategy.as_ref();
    let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
    match rolling.and_then(|rolling| rolling.max_unavailable.as_ref()) {
        Some(IntOrString::Int(number)) => number.to_string(),
        Some(IntOrString::String(text)) => text.clone(),
        None => "25%".to_owned(),
    }
}

/// The first Pod of an owner that is not ready.
fn stuck<'a>(world: &World<'a>, owner: &AnyObject) -> Option<&'a Pod> {
    let sick = |pod: &&Pod| !pod::is_ready(pod) && pod.status.phase.as_deref() != Some("Succeeded");
    let pods = world.pods_of(owner.uid());
    // One that is going away says nothing of those that stay.
    let staying = || pods.iter().copied().filter(|pod| !pod.metadata.is_deleting());
    staying().find(sick)
}

/// Why the Pods of an owner are not all there, or not ready.
fn made(world: &World<'_>, owner: &AnyObject, sick: Option<&Pod>, chain: &mut Chain) {
    let refused = world.event_words(owner, &["FailedCreate"]);
    if !refused.is_empty() && missing_pods(world, owner) {
        chain
            .blame(
                texts::CREATE_REFUSED,
                &[&texts::the_first(owner.names().kind), owner.name()],
            )
            .about(owner)
            .quoting(refused);
        error::refused(world, Some(owner), refused, chain);
        return;
    }
    if let Some(pod) = sick {
        world.go_on(&pod.clone().into_any(), chain);
    } else if chain.wrong && world.pods_of(owner.uid()).is_empty() {
        chain
            .say(
                texts::NO_PODS_YET,
                &[&texts::the_first(owner.names().kind), owner.name()],
            )
            .about(owner);
    }
}

/// How many Pods the owner wants, if it is of a kind that says so.
fn wanted(owner: &AnyObject) -> Option<i32> {
    Some(match owner {
        AnyObject::ReplicaSet(set) => set.spec.replicas.unwrap_or(1),
        AnyObject::StatefulSet(set) => set.spec.replicas.unwrap_or(1),
        AnyObject::ReplicationController(set) => set.spec.replicas.unwrap_or(1),
        AnyObject::DaemonSet(set) => set.status.desired_number_scheduled,
        _ => return None,
    })
}

fn missing_pods(world: &World<'_>, owner: &AnyObject) -> bool {
    let there = i32::try_from(world.pods_of(owner.uid()).len()).unwrap_or(i32::MAX);
    wanted(owner).is_none_or(|wanted| there < wanted)
}

/// Nobody makes Pods while the controllers are stopped.
fn stopped(world: &World<'_>, object: &AnyObject, chain: &mut Chain) -> bool {
    let off = world.is_stopped("kube-controller-manager");
    if off {
        chain
            .blame(
                texts::CONTROLLERS_STOPPED,
                &[&texts::the(object.names().kind), object.name()],
            )
            .about(object);
    }
    off
}

/// Explains the other kinds that make Pods.
#[expect(clippy::too_many_lines, reason = "one case after another")]
pub(super) fn other(world: &World<'_>, object: &AnyObject, chain: &mut Chain) {
    let kind = texts::the_first(object.names().kind);
    let kind = kind.as_str();
    if stopped(world, object, chain) {
        return;
    }
    match object {
        AnyObject::CronJob(cron) => {
            if cron.spec.suspend == Some(true) {
                chain
                    .blame(texts::SUSPENDED, &[kind, object.name()])
                    .about(object)
                    .from(world, object, "spec.suspend");
            } else {
                chain
                    .say(texts::CRON, &[object.name(), &cron.spec.schedule])
                    .about(object)
                    .from(world, object, "spec.schedule");
            }
            return;
        }
        AnyObject::Job(job) => {
            if job.spec.suspend == Some(true) {
                chain
                    .blame(texts::SUSPENDED, &[kind, object.name()])
                    .about(object)
                    .from(world, object, "spec.suspend");
                return;
            }
            let mut conditions = job.status.conditions.iter().flatten();
            let failed =
                conditions.find(|condition| condition.type_ == "Failed" && condition.status == "True");
            if let Some(failed) = failed {
                let reason = failed.reason.as_deref().unwrap_or_default();
                let limit = job.spec.backoff_limit.unwrap_or(6).to_string();
                chain
                    .blame(texts::JOB_FAILED, &[object.name(), reason, &limit])
                    .about(object)
                    .quoting(failed.message.as_deref().unwrap_or_default())
                    .from(world, object, "spec.backoffLimit");
                let pods = world.pods_of(object.uid());
                let last = pods
                    .iter()
                    .find(|pod| pod.status.phase.as_deref() == Some("Failed"))
                    .or(pods.first());
                if let Some(last) = last {
                    world.go_on(&last.to_owned().clone().into_any(), chain);
                }
                return;
            }
            if job.status.completion_time.is_some() {
                chain.say(texts::JOB_DONE, &[object.name()]).about(object);
                return;
            }
        }
        _ => {}
    }
    if wanted(object) == Some(0) && world.pods_of(object.uid()).is_empty() {
        let owner = world.lineage(object);
        let text = match (object, owner.get(1)) {
            (AnyObject::DaemonSet(_), _) => texts::DAEMON_NOWHERE,
            (_, Some(_)) => texts::ZERO_OLD,
            _ => texts::ZERO,
        };
        chain.say(text, &[kind, object.name()]).about(object);
        return;
    }
    let sick = stuck(world, object);
    if sick.is_some() || missing_pods(world, object) && wanted(object).is_some() {
        let there = world
            .pods_of(object.uid())
            .iter()
            .filter(|pod| pod::is_ready(pod))
            .count();
        let wanted = wanted(object).map_or_else(|| "?".to_owned(), |wanted| wanted.to_string());
        chain
            .blame(
                texts::OWNER_UNREADY,
                &[kind, object.name(), &there.to_string(), &wanted],
            )
            .about(object);
    }
    made(world, object, sick, chain);
}
