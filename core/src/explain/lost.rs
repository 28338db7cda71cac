//! A request that was lost: from what its client saw, through the last hop that it passed, to the Service, the Pod or the policy that it comes from.

use std::collections::BTreeMap;

use super::{Chain, World, endpoints, pod, texts};
use crate::api::labels::contains_all;
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Deployment, Key, Kind, Pod, Service, Typed};
use crate::network::{Fate, Hop, Reason, Stage, Target, Trip};

/// How long ago a loss is still worth speaking of, when a Service is asked about.
const RECENT_SECS: u64 = 60;

/// Explains the requests that a Service, which has Pods that are ready, has lost in the last minute.
pub(super) fn of_service(world: &World<'_>, object: &AnyObject, service: &Service, chain: &mut Chain) {
    let target = Target::Service(service.namespace().into(), service.name().into());
    let Some(record) = world.traffic.of(&target) else {
        return;
    };
    let counts = record.window(world.now, std::time::Duration::from_secs(RECENT_SECS));
    if counts.bad() == 0 {
        return;
    }
    let (sent, bad) = (counts.sent.to_string(), counts.bad().to_string());
    chain.blame(texts::LOSSES, &[&sent, &bad]).about(object);
    // What most of them met explains most.
    let most = Reason::ALL
        .iter()
        .zip(counts.failed)
        .max_by_key(|(_, count)| *count);
    let most = most.map(|(reason, _)| Fate::Failed(*reason));
    let recent = |trip: &&Trip| trip.target == target && world.now.since(trip.at).as_secs() <= RECENT_SECS;
    let failures = || world.traffic.failures().iter().rev().filter(recent);
    let chosen = failures().find(|trip| Some(trip.fate) == most);
    if let Some(trip) = chosen.or_else(|| failures().next()) {
        explain(world, trip, chain);
    }
}

/// Explains the last request that was lost, whoever it was for.
#[must_use]
pub fn last_lost(world: &World<'_>) -> Option<Chain> {
    let trip = world.traffic.failures().back()?;
    let mut chain = Chain::default();
    explain(world, trip, &mut chain);
    Some(chain)
}

fn explain(world: &World<'_>, trip: &Trip, chain: &mut Chain) {
    let (from, ago) = (client(&trip.origin), world.ago(trip.at));
    let step = match trip.fate {
        Fate::Served(status) => chain.blame(
            texts::LOST_FAULT,
            &[&trip.asked, &from, &ago, &status.to_string()],
        ),
        Fate::Failed(_) => chain.blame(texts::LOST, &[&trip.asked, &from, &ago]),
    };
    if let Target::Service(namespace, name) = &trip.target {
        step.named("Service", namespace, name);
    }
    if trip.pod.is_none() && without_pod(trip, chain) {
        return;
    }
    match trip.fate {
        Fate::Served(status) => served_badly(world, trip, status, chain),
        Fate::Failed(Reason::Name) => drop(chain.say(texts::LOST_NAME, &[])),
        Fate::Failed(Reason::NoEndpoint) => no_endpoint(world, trip, chain),
        Fate::Failed(Reason::NotListening) => not_listening(world, trip, chain),
        Fate::Failed(Reason::Broken) => broken(world, trip, chain),
        Fate::Failed(Reason::Dropped) => dropped(world, trip, chain),
        Fate::Failed(Reason::NoRoute) => no_route(world, trip, chain),
        Fate::Failed(Reason::TooSlow) => too_slow(world, trip, chain),
        Fate::Failed(Reason::Nonsense) => {
            let (_, name) = pod_name(trip);
            named_pod(chain, texts::LOST_NONSENSE, trip, &[name, port(trip)]);
        }
    }
}

/// What somebody who is no Pod made of it; whether that is all there is to say.
fn without_pod(trip: &Trip, chain: &mut Chain) -> bool {
    let text = match trip.fate {
        Fate::Served(_) => return true,
        Fate::Failed(Reason::NotListening) if hop(trip, Stage::Process).is_some() => texts::LOST_NOBODY_HERE,
        Fate::Failed(Reason::NotListening) => texts::LOST_NOBODY_THERE,
        Fate::Failed(Reason::Broken | Reason::Nonsense) => texts::LOST_HUNG_UP,
        Fate::Failed(_) => return false,
    };
    chain.say(text, &[]);
    true
}

/// Where it began, in French.
fn client(origin: &str) -> String {
    let text = match origin.split_once('/') {
        Some(("pod", rest)) => {
            let name = rest.rsplit('/').next().unwrap_or_default();
            return texts::fill(texts::FROM_POD, &[name]);
        }
        Some((_, node)) => return texts::fill(texts::FROM_NODE, &[node]),
        None if origin == "laptop" => texts::FROM_LAPTOP,
        None => texts::FROM_INTERNET,
    };
    texts::fill(text, &[])
}

fn hop(trip: &Trip, stage: Stage) -> Option<&Hop> {
    trip.hops.iter().rev().find(|hop| hop.stage == stage)
}

/// The machine whose rules it passed.
fn node(trip: &Trip) -> &str {
    let passed = hop(trip, Stage::Proxy).or_else(|| hop(trip, Stage::Node));
    passed.map_or("", |hop| hop.name.as_str())
}

/// The Pod that it came to.
fn pod_name(trip: &Trip) -> (&str, &str) {
    let pod = trip.pod.as_ref();
    pod.map_or(("", ""), |(namespace, name)| (&**namespace, &**name))
}

/// The port that it knocked at there.
fn port(trip: &Trip) -> &str {
    let note = hop(trip, Stage::Pod).map_or("", |hop| &*hop.note);
    note.rsplit(':').next().unwrap_or_default()
}

fn service<'a>(world: &World<'a>, trip: &Trip) -> Option<(&'a AnyObject, &'a Service)> {
    let Target::Service(namespace, name) = &trip.target else {
        return None;
    };
    let object = world.store.get(&Key::new(Kind::Service, namespace, name))?;
    Some((object, Service::from_any(object)?))
}

/// A step about the Pod that it came to.
fn named_pod(chain: &mut Chain, text: &str, trip: &Trip, arguments: &[&str]) {
    let (namespace, name) = pod_name(trip);
    chain.say(text, arguments).named("Pod", namespace, name);
}

/// What an object below suffers from, if it does.
fn go_on(world: &World<'_>, object: &AnyObject, chain: &mut Chain) -> bool {
    let mut below = Chain::default();
    world.go_on(object, &mut below);
    if below.wrong {
        chain.steps.extend(below.steps);
    }
    below.wrong
}

fn no_endpoint(world: &World<'_>, trip: &Trip, chain: &mut Chain) {
    let Target::Service(namespace, name) = &trip.target else {
        return;
    };
    chain.say(texts::LOST_NO_ENDPOINT, &[node(trip), name]);
    let Some((object, service)) = service(world, trip) else {
        chain.say(texts::GONE, &[&texts::the_first("Service"), name]);
        return;
    };
    let mut below = Chain::default();
    endpoints::at_present(world, object, service, &mut below);
    if below.wrong {
        chain.steps.extend(below.steps);
        return;
    }
    let selector = service.spec.selector.clone().unwrap_or_default();
    let recreated =
        deployment(world, namespace, |labels| contains_all(&selector, labels)).filter(|(_, found)| {
            let strategy = found.spec.strategy.as_ref();
            strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("Recreate")
        });
    match recreated {
        Some((object, found)) => chain
            .say(texts::LOST_RECREATE, &[found.name()])
            .about(object)
            .from(world, object, "spec.strategy.type"),
        None => chain.say(texts::LOST_EMPTY_ONCE, &[name]),
    };
}

/// The Deployment whose Pods' labels are such.
fn deployment<'a>(
    world: &World<'a>,
    namespace: &str,
    fits: impl Fn(&BTreeMap<String, String>) -> bool,
) -> Option<(&'a AnyObject, &'a Deployment)> {
    let all = world.store.list(Kind::Deployment);
    all.filter(|object| object.namespace() == namespace)
        .find_map(|object| {
            let found = Deployment::from_any(object)?;
            let labels = found.spec.template.metadata.as_ref()?.labels.as_ref()?;
            fits(labels).then_some((object, found))
        })
}

/// The Pod that it came to, if it still is and means to stay.
fn standing<'a>(world: &World<'a>, trip: &Trip) -> Option<(&'a AnyObject, &'a Pod)> {
    let (namespace, name) = pod_name(trip);
    let object = world.store.get(&Key::new(Kind::Pod, namespace, name))?;
    let pod = Pod::from_any(object)?;
    (!pod.metadata.is_deleting()).then_some((object, pod))
}

fn not_listening(world: &World<'_>, trip: &Trip, chain: &mut Chain) {
    let (_, name) = pod_name(trip);
    let Some((object, pod)) = standing(world, trip) else {
        named_pod(chain, texts::LOST_STOPPING, trip, &[name, node(trip)]);
        return without_pre_stop(world, trip, chain);
    };
    if listens(world, pod, port(trip)) {
        named_pod(chain, texts::LOST_STARTING, trip, &[name]);
        let containers = pod.spec.containers.iter().enumerate();
        let mut bare = containers.filter(|(_, container)| container.readiness_probe.is_none());
        if let Some((index, _)) = bare.next() {
            chain.say(texts::LOST_NO_READINESS, &[]).from(
                world,
                object,
                &format!("spec.containers[{index}].image"),
            );
        }
        return;
    }
    named_pod(chain, texts::LOST_NOBODY, trip, &[name, port(trip)]);
    if !pod::is_ready(pod) && go_on(world, object, chain) {
        return;
    }
    let Some((object, service)) = service(world, trip) else {
        return;
    };
    let aimed = |wanted: &str| {
        let ports = service.spec.ports.iter().flatten().enumerate();
        ports.into_iter().find_map(|(index, port)| {
            let target = match &port.target_port {
                Some(crate::api::types::IntOrString::Int(number)) if *number != 0 => number.to_string(),
                Some(crate::api::types::IntOrString::String(_)) => return None,
                _ => port.port.to_string(),
            };
            (target == wanted).then_some(index)
        })
    };
    if let Some(index) = aimed(port(trip)) {
        let mut path = format!("spec.ports[{index}].targetPort");
        let said = world.place(object, &path);
        if said.is_none_or(|place| !place.text.contains("targetPort")) {
            path = format!("spec.ports[{index}].port");
        }
        chain
            .say(texts::LOST_TARGET_PORT, &[service.name(), port(trip)])
            .about(object)
            .from(world, object, &path);
    }
}

/// Whether somebody listens on a port of a Pod by now.
fn listens(world: &World<'_>, pod: &Pod, port: &str) -> bool {
    let node = pod.spec.node_name.as_deref().unwrap_or_default();
    let kubelet = world.kubelets.iter().find(|kubelet| kubelet.node_name() == node);
    let address = pod
        .status
        .pod_ip
        .as_deref()
        .and_then(|address| address.parse().ok());
    let (Some(kubelet), Some(address), Ok(port)) = (kubelet, address, port.parse()) else {
        return false;
    };
    let listener = kubelet.listener(address, port, world.now);
    listener.is_some_and(|listener| listener.since.is_some())
}

/// A Pod that stopped at once: nothing makes it wait until everybody knows.
fn without_pre_stop(world: &World<'_>, trip: &Trip, chain: &mut Chain) {
    let (namespace, name) = pod_name(trip);
    let record = world.traffic.of(&trip.target);
    let share = record.and_then(|record| record.pods.iter().find(|share| *share.pod.1 == *name));
    let found =
        share.and_then(|share| deployment(world, namespace, |labels| contains_all(labels, &share.labels)));
    let Some((object, found)) = found else {
        chain.say(texts::LOST_NO_PRESTOP, &[]);
        return;
    };
    let containers = found.spec.template.spec.iter().flat_map(|spec| &spec.containers);
    let waits = |container: &crate::api::types::core::Container| {
        let lifecycle = container.lifecycle.as_ref();
        lifecycle.is_some_and(|lifecycle| lifecycle.pre_stop.is_some())
    };
    let text = if containers.into_iter().any(waits) {
        texts::LOST_PRESTOP_LATE
    } else {
        texts::LOST_NO_PRESTOP
    };
    chain
        .say(text, &[])
        .about(object)
        .from(world, object, "spec.template.spec.containers[0].image");
}

fn broken(world: &World<'_>, trip: &Trip, chain: &mut Chain) {
    let (_, name) = pod_name(trip);
    match standing(world, trip) {
        None => {
            named_pod(chain, texts::LOST_BROKEN_STOP, trip, &[name]);
            without_pre_stop(world, trip, chain);
        }
        Some((object, _)) => {
            named_pod(chain, texts::LOST_BROKEN, trip, &[name]);
            go_on(world, object, chain);
        }
    }
}

fn dropped(world: &World<'_>, trip: &Trip, chain: &mut Chain) {
    let Some(denied) = hop(trip, Stage::Policy) else {
        let note = hop(trip, Stage::Proxy).map_or("", |hop| &*hop.note);
        let text = if note.contains("no local endpoints") {
            texts::LOST_LOCAL
        } else {
            texts::LOST_DROPPED
        };
        let step = chain.say(text, &[node(trip)]).quoting(note);
        if let Some((object, _)) = service(world, trip) {
            step.about(object)
                .from(world, object, "spec.externalTrafficPolicy");
        }
        return;
    };
    let egress = denied.note.starts_with("Egress");
    let own = match (&trip.target, egress) {
        (_, true) => trip.origin.split('/').nth(1),
        (Target::Service(namespace, _) | Target::Pod(namespace, _), false) => Some(&**namespace),
        (Target::Host(_), false) => None,
    };
    let text = if egress {
        texts::LOST_EGRESS
    } else {
        texts::LOST_INGRESS
    };
    let step = chain.say(text, &[&denied.name]);
    let key = own.map(|namespace| Key::new(Kind::NetworkPolicy, namespace, &denied.name));
    if let Some(policy) = key.and_then(|key| world.store.get(&key)) {
        step.about(policy).from(world, policy, "spec.podSelector");
    }
}

fn no_route(world: &World<'_>, trip: &Trip, chain: &mut Chain) {
    let note = trip.hops.last().map_or("", |hop| &*hop.note);
    let found = service(world, trip);
    if let (Some((object, service)), true) = (found, note.contains("has no port")) {
        let asked = note.rsplit(' ').next().unwrap_or_default();
        let ports = service.spec.ports.iter().flatten();
        let known: Vec<String> = ports.map(|port| port.port.to_string()).collect();
        chain
            .say(texts::LOST_NO_PORT, &[service.name(), asked, &known.join(", ")])
            .about(object)
            .from(world, object, "spec.ports");
        return;
    }
    if note.starts_with("no rule") {
        chain.say(texts::LOST_NO_RULE, &[node(trip)]).quoting(note);
        return;
    }
    if trip.pod.is_some() || note == "no such address" {
        chain.say(texts::LOST_POD_GONE, &[]).quoting(note);
        return;
    }
    chain.say(texts::LOST_NO_ROUTE, &[]).quoting(note);
}

fn too_slow(world: &World<'_>, trip: &Trip, chain: &mut Chain) {
    let (_, name) = pod_name(trip);
    if name.is_empty() {
        chain.say(texts::LOST_GIVEN_UP, &[]);
        return;
    }
    named_pod(chain, texts::LOST_SLOW, trip, &[name]);
    let Some((object, pod)) = standing(world, trip) else {
        return;
    };
    for (index, container) in pod.spec.containers.iter().enumerate() {
        let resources = container.resources.as_ref();
        let limits = resources.and_then(|resources| resources.limits.as_ref());
        if let Some(limit) = limits.and_then(|limits| limits.get("cpu")) {
            chain.say(texts::LOST_CPU, &[&limit.0]).about(object).from(
                world,
                object,
                &format!("spec.containers[{index}].resources.limits.cpu"),
            );
            return;
        }
    }
}

fn served_badly(world: &World<'_>, trip: &Trip, status: u16, chain: &mut Chain) {
    let (namespace, name) = pod_name(trip);
    let status = status.to_string();
    let Some(pod) = world.get::<Pod>(namespace, name) else {
        named_pod(chain, texts::LOST_ANSWERED, trip, &[name, &status]);
        return;
    };
    let container = pod
        .spec
        .containers
        .first()
        .map_or("", |container| &container.name);
    let log = world.log(pod, container, false);
    chain
        .say(texts::LOST_ANSWERED, &[name, &status])
        .named("Pod", namespace, name)
        .quoting(&log);
}
