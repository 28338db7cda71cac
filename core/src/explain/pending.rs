//! Pending: no node has taken the Pod.

use std::collections::BTreeMap;

use super::{Chain, World, claim, missing, texts};
use crate::api::meta::MetaExt;
use crate::api::quantity::Amount;
use crate::api::taints::tolerates;
use crate::api::{AnyObject, Kind, Node, PersistentVolumeClaim, Pod};
use crate::manifest::nearest;
use crate::scheduler::{Decision, Resources, pod_requests};

/// Explains a Pod without a node.
pub(super) fn explain(world: &World<'_>, object: &AnyObject, pod: &Pod, chain: &mut Chain) {
    let age = world.ago(pod.metadata.created_at());
    chain.blame(texts::PENDING, &[pod.name(), &age]).about(object);
    if let Some(gate) = pod.spec.scheduling_gates.iter().flatten().next() {
        chain
            .say(texts::GATED, &[&gate.name])
            .from(world, object, "spec.schedulingGates");
        return;
    }
    let asked = pod.spec.scheduler_name.as_deref().unwrap_or("default-scheduler");
    if asked != "default-scheduler" {
        chain
            .say(texts::OTHER_SCHEDULER, &[asked])
            .from(world, object, "spec.schedulerName");
        return;
    }
    if world.is_stopped("kube-scheduler") {
        chain.say(texts::SCHEDULER_STOPPED, &[]);
        return;
    }
    let decision = world.scheduler.decision(&object.key());
    let Some(decision) = decision.filter(|decision| decision.chosen.is_none()) else {
        chain.say(texts::SCHEDULER_SOON, &[]);
        return;
    };
    let nodes = decision.nodes.to_string();
    chain
        .say(texts::REFUSED, &[&nodes])
        .about(object)
        .quoting(&decision.message);
    if let Some(why) = &decision.refused_at_once {
        return volumes(world, object, pod, why, chain);
    }
    for (reason, nodes) in reasons(decision) {
        refusal(world, (object, pod), &reason, &nodes, chain);
    }
    if let Some((node, victims)) = &decision.preempts {
        chain
            .say(texts::PREEMPTS, &[node, &victims.join(", ")])
            .named("Node", "", node);
    }
}

/// The nodes that gave each reason.
fn reasons(decision: &Decision) -> Vec<(String, Vec<&str>)> {
    let mut all: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for verdict in &decision.verdicts {
        let refusal = verdict.refusal.as_ref().map(|(_, refusal)| &refusal.reasons);
        for reason in refusal.into_iter().flatten() {
            all.entry(reason.to_string()).or_default().push(&verdict.node);
        }
    }
    let mut all: Vec<_> = all.into_iter().collect();
    // What every cluster has (the taint of its control plane) says least.
    crate::sort::sort_by_key(&mut all, |(reason, nodes)| {
        (reason.contains("taint"), usize::MAX - nodes.len())
    });
    all
}

/// One reason, with what it compares.
fn refusal(
    world: &World<'_>,
    (object, pod): (&AnyObject, &Pod),
    reason: &str,
    nodes: &[&str],
    chain: &mut Chain,
) {
    let names = nodes.join(", ");
    if let Some(resource) = reason.strip_prefix("Insufficient ") {
        return no_room(world, (object, pod), resource, nodes, chain);
    }
    let (text, path) = match reason {
        "Too many pods" => (texts::TOO_MANY, ""),
        "node(s) had untolerated taint(s)" => return tainted(world, pod, nodes, chain),
        "node(s) didn't match Pod's node affinity/selector" => {
            return selector(world, (object, pod), nodes, chain);
        }
        "node(s) were unschedulable" => (texts::CORDONED, ""),
        "node(s) didn't match the requested node name" => (texts::NODE_NAME, "spec.nodeName"),
        "node(s) didn't have free ports for the requested pod ports" => {
            (texts::HOST_PORT, "spec.containers[0].ports")
        }
        "node(s) didn't match pod anti-affinity rules" => {
            (texts::ANTI_AFFINITY, "spec.affinity.podAntiAffinity")
        }
        "node(s) didn't satisfy existing pods anti-affinity rules" => (texts::OTHERS_AFFINITY, ""),
        "node(s) didn't match pod affinity rules" => (texts::POD_AFFINITY, "spec.affinity.podAffinity"),
        _ if reason.contains("topology spread") => (texts::SPREAD, "spec.topologySpreadConstraints"),
        _ if reason.contains("persistent volumes") || reason.contains("PersistentVolume") => {
            return volumes(world, object, pod, reason, chain);
        }
        _ => (texts::OTHER_REFUSAL, ""),
    };
    let step = chain.say(text, &[&names]).quoting(reason);
    if let ([node], true) = (nodes, path.is_empty()) {
        step.named("Node", "", node);
    }
    if !path.is_empty() {
        step.from(world, object, path);
    }
}

/// What is left of a resource on a node, and how much there is at all.
fn left(world: &World<'_>, node: &str, resource: &str) -> (i64, i64) {
    let all = world.get::<Node>("", node).map_or(0, |node| {
        Resources::of(node.status.allocatable.as_ref()).get(resource)
    });
    let here = world.pods().filter(|pod| {
        pod.spec.node_name.as_deref() == Some(node)
            && !matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"))
    });
    let taken: i64 = here.map(|pod| pod_requests(pod).get(resource)).sum();
    (all - taken, all)
}

fn shown(resource: &str, amount: i64) -> String {
    match resource {
        "cpu" => Amount::from_millis(amount).to_string(),
        _ if amount % (1 << 20) == 0 || amount < 1 << 20 => Amount::from_bytes(amount).to_string(),
        // A round number says more than `3897548Ki`.
        _ => Amount::from_bytes(amount >> 20 << 20).to_string(),
    }
}

fn no_room(
    world: &World<'_>,
    (object, pod): (&AnyObject, &Pod),
    resource: &str,
    nodes: &[&str],
    chain: &mut Chain,
) {
    let asked = pod_requests(pod).get(resource);
    let places = || nodes.iter().map(|node| (left(world, node, resource), *node));
    let ((best, _), node) = places().max().unwrap_or_default();
    let largest = places().map(|((_, all), _)| all).max().unwrap_or(0);
    let what = texts::resource(resource);
    let (asked_text, best_text) = (shown(resource, asked), shown(resource, best.max(0)));
    chain
        .say(
            texts::NO_ROOM,
            &[&nodes.join(", "), what, &asked_text, &best_text, node],
        )
        .named("Node", "", node);
    let text = if asked > largest {
        texts::NO_ROOM_EVER
    } else {
        texts::NO_ROOM_NOW
    };
    let index = pod.spec.containers.iter().position(|container| {
        let resources = container.resources.as_ref();
        resources.is_some_and(|list| {
            [&list.requests, &list.limits]
                .into_iter()
                .flatten()
                .any(|list| list.contains_key(resource))
        })
    });
    let index = index.unwrap_or(0);
    let mut path = format!("spec.containers[{index}].resources.requests.{resource}");
    let written = |path: &str| {
        world
            .place(object, path)
            .is_some_and(|place| place.text.contains(resource))
    };
    let limits = format!("spec.containers[{index}].resources.limits.{resource}");
    if !written(&path) && written(&limits) {
        // A limit alone is a request too.
        path = limits;
    }
    chain
        .say(text, &[&shown(resource, largest), what, &asked_text])
        .from(world, object, &path);
}

fn tainted(world: &World<'_>, pod: &Pod, nodes: &[&str], chain: &mut Chain) {
    let tolerations = pod.spec.tolerations.as_deref().unwrap_or_default();
    for name in nodes {
        let Some(node) = world.get::<Node>("", name) else {
            continue;
        };
        let refusing = node.spec.taints.iter().flatten().find(|taint| {
            taint.effect != "PreferNoSchedule"
                && !tolerations.iter().any(|toleration| tolerates(toleration, taint))
        });
        let Some(taint) = refusing else { continue };
        let value = taint.value.as_deref().filter(|value| !value.is_empty());
        let shown = match value {
            Some(value) => format!("{}={value}:{}", taint.key, taint.effect),
            None => format!("{}:{}", taint.key, taint.effect),
        };
        let text = match taint.key.as_str() {
            "node-role.kubernetes.io/control-plane" => texts::TAINT_CONTROL_PLANE,
            "node.kubernetes.io/not-ready" | "node.kubernetes.io/unreachable" => texts::TAINT_NOT_READY,
            "node.kubernetes.io/unschedulable" => texts::TAINT_CORDON,
            _ => texts::TAINT,
        };
        let typed = world
            .commands
            .iter()
            .rev()
            .find(|(_, line)| line.contains(" taint ") && line.contains(name));
        let step = chain.say(text, &[name, &shown]).named("Node", "", name);
        if let (Some((_, line)), true) = (typed, text == texts::TAINT) {
            step.command.clone_from(line);
        }
    }
}

fn selector(world: &World<'_>, (object, pod): (&AnyObject, &Pod), nodes: &[&str], chain: &mut Chain) {
    let wanted = pod.spec.node_selector.iter().flatten();
    let mut said = false;
    for (key, value) in wanted {
        let all = || world.store.list(Kind::Node);
        let values: Vec<(&str, &str)> = all()
            .filter_map(|node| Some((node.name(), node.metadata().labels_or_empty().get(key)?.as_str())))
            .collect();
        if values.iter().any(|(_, found)| found == value) {
            continue;
        }
        let pair = format!("{key}={value}");
        let keys = all().flat_map(|node| node.metadata().labels_or_empty().keys().map(String::as_str));
        let path = format!("spec.nodeSelector.{key}");
        let step = if let Some((node, found)) = values.first() {
            let near = format!("{key}={found}");
            chain
                .say(texts::SELECTOR_VALUE, &[&pair, node, &near])
                .named("Node", "", node)
        } else if let Some(meant) = nearest(key, keys) {
            chain.say(texts::SELECTOR_KEY, &[&pair, meant])
        } else {
            chain.say(texts::SELECTOR, &[&pair])
        };
        step.from(world, object, &path);
        said = true;
    }
    if !said {
        let path = if pod.spec.affinity.is_some() {
            "spec.affinity.nodeAffinity"
        } else {
            "spec.nodeSelector"
        };
        chain
            .say(texts::NODE_AFFINITY, &[&nodes.join(", ")])
            .from(world, object, path);
    }
}

/// The claims that the Pod waits for.
fn volumes(world: &World<'_>, object: &AnyObject, pod: &Pod, why: &str, chain: &mut Chain) {
    if let Some(name) = missing::between(why, "persistentvolumeclaim \"", "\" not found") {
        return missing::absent(world, object, pod, (Kind::PersistentVolumeClaim, name), chain);
    }
    for (index, volume) in pod.spec.volumes.iter().flatten().enumerate() {
        let Some(source) = &volume.persistent_volume_claim else {
            continue;
        };
        let Some(found) = world.get::<PersistentVolumeClaim>(pod.namespace(), &source.claim_name) else {
            continue;
        };
        if found.status.phase.as_deref() == Some("Bound") && !why.contains("affinity") {
            continue;
        }
        let found = AnyObject::PersistentVolumeClaim(found.clone());
        chain
            .say(texts::WAITS_CLAIM, &[&source.claim_name])
            .about(&found)
            .from(
                world,
                object,
                &format!("spec.volumes[{index}].persistentVolumeClaim.claimName"),
            );
        if let AnyObject::PersistentVolumeClaim(claim) = &found {
            claim::explain(world, &found, claim, chain);
        }
        return;
    }
    chain.say(texts::OTHER_REFUSAL, &["*"]).quoting(why);
}
