//! A Service that nobody answers for, and an Ingress that leads to one.

use std::collections::BTreeMap;

use super::{Chain, World, lost, pod, texts};
use crate::api::labels::contains_all;
use crate::api::meta::MetaExt;
use crate::api::types::IntOrString;
use crate::api::types::core::ServicePort;
use crate::api::{AnyObject, Deployment, Ingress, Kind, Pod, Service, Typed};
use crate::manifest::nearest;

type Labels = BTreeMap<String, String>;

/// Explains a Service: who answers for it, and what it has lost of late.
pub(super) fn service(world: &World<'_>, object: &AnyObject, service: &Service, chain: &mut Chain) {
    at_present(world, object, service, chain);
    if !chain.wrong {
        lost::of_service(world, object, service, chain);
    }
}

/// Who answers for a Service by now.
pub(super) fn at_present(world: &World<'_>, object: &AnyObject, service: &Service, chain: &mut Chain) {
    let name = service.name();
    if service.spec.type_.as_deref() == Some("ExternalName") {
        let to = service.spec.external_name.as_deref().unwrap_or_default();
        chain.say(texts::EXTERNAL_NAME, &[name, to]).about(object);
        return;
    }
    let Some(wanted) = service.spec.selector.as_ref().filter(|wanted| !wanted.is_empty()) else {
        chain.say(texts::NO_SELECTOR, &[name]).about(object);
        return;
    };
    let pods: Vec<&Pod> = world
        .pods()
        .filter(|pod| pod.namespace() == service.namespace())
        .collect();
    let chosen: Vec<&Pod> = pods
        .iter()
        .copied()
        .filter(|pod| contains_all(wanted, pod.metadata.labels_or_empty()))
        .collect();
    if chosen.is_empty() {
        return nobody(world, object, service, wanted, chain);
    }
    let ready: Vec<&&Pod> = chosen.iter().filter(|pod| pod::is_ready(pod)).collect();
    let (count, all) = (ready.len().to_string(), chosen.len().to_string());
    for (index, port) in service.spec.ports.iter().flatten().enumerate() {
        if wrong_port(world, object, port, index, &chosen, chain) {
            return;
        }
    }
    if ready.is_empty() {
        chain
            .blame(texts::NONE_READY, &[name, &all, &pairs(wanted)])
            .about(object);
        if let Some(first) = chosen.first() {
            world.go_on(&first.to_owned().clone().into_any(), chain);
        }
    } else {
        chain
            .say(texts::SERVES, &[name, &count, &all, &pairs(wanted)])
            .about(object);
    }
}

fn pairs(labels: &Labels) -> String {
    let pairs: Vec<String> = labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join(", ")
}

/// The selector finds no Pod at all.
fn nobody(world: &World<'_>, object: &AnyObject, service: &Service, wanted: &Labels, chain: &mut Chain) {
    let (name, namespace) = (service.name(), service.namespace());
    chain
        .blame(texts::NO_PODS, &[name, &pairs(wanted), namespace])
        .about(object);
    let path = match wanted.keys().next() {
        Some(key) => format!("spec.selector.{key}"),
        None => "spec.selector".to_owned(),
    };
    // The label stands on the Deployment, and not in its template.
    let labelled = world.store.list_in(Kind::Deployment, namespace).find(|found| {
        contains_all(wanted, found.metadata().labels_or_empty())
            && Deployment::from_any(found).is_some_and(|found| found.spec.replicas != Some(0))
    });
    if let Some(found) = labelled {
        chain
            .say(texts::LABEL_ON_OWNER, &[found.name(), &pairs(wanted)])
            .about(found)
            .from(world, found, "spec.template.metadata.labels");
        return;
    }
    let elsewhere = world
        .pods()
        .find(|pod| contains_all(wanted, pod.metadata.labels_or_empty()));
    if let Some(pod) = elsewhere {
        chain
            .say(texts::PODS_ELSEWHERE, &[pod.namespace(), namespace])
            .named("Pod", pod.namespace(), pod.name())
            .from(world, object, "metadata.namespace");
        return;
    }
    if let Some((pod, key, value, found)) = near(world, namespace, wanted) {
        let (asked, has) = (format!("{key}={value}"), found);
        chain
            .say(texts::LABEL_NEAR, &[&asked, pod.name(), &has])
            .named("Pod", namespace, pod.name())
            .from(world, object, &format!("spec.selector.{key}"));
        return;
    }
    let off = world.store.list_in(Kind::Deployment, namespace).find(|found| {
        Deployment::from_any(found).is_some_and(|found| {
            let labels = found
                .spec
                .template
                .metadata
                .as_ref()
                .and_then(|meta| meta.labels.as_ref());
            labels.is_some_and(|labels| contains_all(wanted, labels))
        })
    });
    if let Some(found) = off {
        chain.say(texts::OWNER_WITHOUT_PODS, &[found.name()]).about(found);
        return world.go_on(found, chain);
    }
    chain
        .say(texts::NO_LABEL, &[&pairs(wanted)])
        .from(world, object, &path);
}

/// The Pod that fails the selector by one label only, that label, and what it has instead.
fn near<'a>(
    world: &World<'a>,
    namespace: &str,
    wanted: &Labels,
) -> Option<(&'a Pod, String, String, String)> {
    let mut best: Option<(usize, &Pod, String, String, String)> = None;
    for pod in world.pods().filter(|pod| pod.namespace() == namespace) {
        let labels = pod.metadata.labels_or_empty();
        let wrong: Vec<(&String, &String)> = wanted
            .iter()
            .filter(|(key, value)| labels.get(*key) != Some(value))
            .collect();
        let Some((key, value)) = wrong.first() else {
            continue;
        };
        let found = match labels.get(*key) {
            Some(found) => Some(format!("{key}={found}")),
            None => nearest(key, labels.keys().map(String::as_str))
                .map(|near| format!("{near}={}", labels.get(near).map_or("", String::as_str))),
        };
        // A template's hash, or a label that only looks alike from afar, is no near miss.
        let Some(found) = found else { continue };
        let far = wrong.len() * 4
            + usize::from(nearest(value, [found.rsplit('=').next().unwrap_or_default()]).is_none());
        if best.as_ref().is_none_or(|(before, ..)| far < *before) {
            best = Some((far, pod, (*key).clone(), (*value).clone(), found));
        }
    }
    best.map(|(_, pod, key, value, found)| (pod, key, value, found))
}

/// A target port that the Pods do not have.
fn wrong_port(
    world: &World<'_>,
    object: &AnyObject,
    port: &ServicePort,
    index: usize,
    pods: &[&Pod],
    chain: &mut Chain,
) -> bool {
    let Some(pod) = pods.first() else { return false };
    let declared: Vec<(i32, &str)> = pod
        .spec
        .containers
        .iter()
        .flat_map(|container| container.ports.iter().flatten())
        .map(|port| (port.container_port, port.name.as_deref().unwrap_or_default()))
        .collect();
    let shown: Vec<String> = declared
        .iter()
        .map(|(number, name)| {
            if name.is_empty() {
                number.to_string()
            } else {
                format!("{number} ({name})")
            }
        })
        .collect();
    let shown = shown.join(", ");
    let mut path = format!("spec.ports[{index}].targetPort");
    let target = port.target_port.clone().unwrap_or(IntOrString::Int(port.port));
    let (text, wanted) = match target {
        IntOrString::String(name) => {
            if declared.iter().any(|(_, known)| *known == name) {
                return false;
            }
            (texts::PORT_NAME, name)
        }
        IntOrString::Int(number) => {
            let number = if number == 0 { port.port } else { number };
            if declared.is_empty() || declared.iter().any(|(known, _)| *known == number) {
                return false;
            }
            (texts::PORT_NUMBER, number.to_string())
        }
    };
    if world
        .place(object, &path)
        .is_none_or(|place| !place.text.contains("targetPort"))
    {
        path = format!("spec.ports[{index}].port");
    }
    let none = if shown.is_empty() { texts::NO_PORTS } else { &shown };
    let (seen, number) = (object.name().to_owned(), port.port.to_string());
    chain
        .blame(texts::PORT_SEEN, &[&seen, &number, &wanted])
        .about(object);
    chain
        .say(text, &[&wanted, none])
        .named("Pod", pod.namespace(), pod.name())
        .from(world, object, &path);
    true
}

/// Explains an Ingress: each Service that it leads to.
pub(super) fn ingress(world: &World<'_>, object: &AnyObject, ingress: &Ingress, chain: &mut Chain) {
    let namespace = ingress.namespace();
    let rules = ingress.spec.rules.as_deref().unwrap_or_default();
    for (at, rule) in rules.iter().enumerate() {
        let paths = rule
            .http
            .as_ref()
            .map(|http| http.paths.as_slice())
            .unwrap_or_default();
        for (index, path) in paths.iter().enumerate() {
            let Some(backend) = &path.backend.service else {
                continue;
            };
            let field = format!("spec.rules[{at}].http.paths[{index}].backend.service");
            let Some(found) = world.get::<Service>(namespace, &backend.name) else {
                let names = world.store.list_in(Kind::Service, namespace).map(AnyObject::name);
                let step = match nearest(&backend.name, names) {
                    Some(meant) => chain.blame(texts::BACKEND_MEANT, &[&backend.name, meant]),
                    None => chain.blame(texts::BACKEND_MISSING, &[&backend.name, namespace]),
                };
                step.about(object).from(world, object, &format!("{field}.name"));
                return;
            };
            let ports = found.spec.ports.iter().flatten();
            let known = |port: &ServicePort| {
                backend.port.as_ref().is_some_and(|asked| {
                    asked.number == Some(port.port) || (asked.name.is_some() && asked.name == port.name)
                })
            };
            if !ports.clone().any(known) {
                let shown: Vec<String> = ports.map(|port| port.port.to_string()).collect();
                chain
                    .blame(texts::BACKEND_PORT, &[&backend.name, &shown.join(", ")])
                    .about(object)
                    .from(world, object, &format!("{field}.port"));
                return;
            }
            let found = AnyObject::Service(found.clone());
            let mut below = Chain::default();
            world.go_on(&found, &mut below);
            if below.wrong {
                chain
                    .blame(texts::BACKEND_SICK, &[ingress.name(), &backend.name])
                    .about(object);
                chain.steps.extend(below.steps);
                return;
            }
        }
    }
}
