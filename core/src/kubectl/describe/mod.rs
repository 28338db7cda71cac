//! `kubectl describe`: an object and what surrounds it, for people. One file a kind (`k8s.io/kubectl/pkg/describe`).

mod configmap;
mod containers;
mod cronjob;
mod daemonset;
mod deployment;
mod endpoints;
mod endpointslice;
mod events;
mod generic;
mod horizontalpodautoscaler;
mod ingress;
mod job;
mod limitrange;
mod namespace;
mod networkpolicy;
mod node;
mod persistentvolume;
mod persistentvolumeclaim;
mod pod;
mod poddisruptionbudget;
mod priorityclass;
mod replicaset;
mod replicationcontroller;
mod resourcequota;
mod role;
mod secret;
mod service;
mod serviceaccount;
mod statefulset;
mod storageclass;
mod template;
mod volumes;
mod writer;

pub(crate) use template::pod_template;

use writer::Writer;

use super::command::Command;
use super::common::{ALL_NAMESPACES, CHUNK_SIZE, FILENAME, SELECTOR};
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use super::resources::{Info, Pick};
use crate::api::AnyObject;

const FLAGS: &[Flag] = &[Flag::switch(
    "show-events",
    "true",
    "If true, display events related to the described object.",
)];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
    flags: &[FLAGS, FILENAME, SELECTOR, ALL_NAMESPACES, CHUNK_SIZE],
    run: Some(run),
    ..Command::named(
        "describe",
        "Show details of a specific resource or group of resources",
    )
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if parsed.args.is_empty() && crate::kubectl::common::files(parsed).is_empty() {
        return Err("You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.".into());
    }
    let pick = Pick {
        fetch: true,
        types_alone: true,
    };
    let picked = cx.pick(parsed, &parsed.args, pick)?;
    let mut events = parsed.on("show-events");
    if !parsed.given("show-events") && (picked.infos.len() > 1 || !picked.failures.is_empty()) {
        events = false;
    }
    if let ([failure], [word, prefix]) = (picked.failures.as_slice(), parsed.args.as_slice())
        && failure.status().is_some_and(|status| status.code == 404)
    {
        return matching(cx, word, prefix, failure.clone(), parsed.on("show-events"));
    }
    let nothing = picked.infos.is_empty() && picked.failures.is_empty();
    let mut failures = picked.failures;
    for (index, info) in picked.infos.iter().enumerate() {
        match describe(cx, info, events) {
            Ok(text) => {
                if index > 0 {
                    cx.io.stdout("\n\n");
                }
                cx.io.stdout(&text);
            }
            Err(failure) => failures.push(failure),
        }
    }
    if nothing {
        let message = if parsed.on("all-namespaces") {
            "No resources found".to_owned()
        } else {
            format!("No resources found in {} namespace.", cx.namespace)
        };
        cx.warn(&message);
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(Flow::Done(0)),
    }
}

/// All objects whose names begin so; the first failure if there are none.
fn matching(
    cx: &mut Cx<'_>,
    word: &str,
    prefix: &str,
    failure: Failure,
    events: bool,
) -> Result<Flow, Failure> {
    let kind = cx.kind_named(word)?;
    let namespace = if kind.namespaced() {
        cx.namespace.clone()
    } else {
        String::new()
    };
    let listed = cx.list(kind, &namespace, "", "")?;
    let mut found = false;
    for object in listed
        .items
        .iter()
        .filter(|object| object.name().starts_with(prefix))
    {
        found = true;
        let info = Info {
            kind,
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
            source: String::new(),
            object: serde_json::Value::Null,
        };
        let text = describe(cx, &info, events)?;
        cx.io.stdout(&format!("{text}\n"));
    }
    if found { Ok(Flow::Done(0)) } else { Err(failure) }
}

/// The description of an object, with its events if wanted.
pub(crate) fn describe(cx: &mut Cx<'_>, info: &Info, with_events: bool) -> Result<String, Failure> {
    let object = cx.get_object(info.kind, &info.namespace, &info.name)?;
    let mut w = Writer::default();
    match &object {
        AnyObject::ConfigMap(found) => configmap::write(&mut w, found),
        AnyObject::LimitRange(found) => limitrange::write(&mut w, found),
        AnyObject::Namespace(found) => namespace::write(cx, &mut w, found)?,
        AnyObject::Node(found) => node::write(cx, &mut w, found)?,
        AnyObject::PersistentVolume(found) => persistentvolume::write(&mut w, found, cx.api.now()),
        AnyObject::PersistentVolumeClaim(found) => persistentvolumeclaim::write(cx, &mut w, found)?,
        AnyObject::Pod(found) => pod::write(cx, &mut w, found),
        AnyObject::PriorityClass(found) => priorityclass::write(&mut w, found),
        AnyObject::ResourceQuota(found) => resourcequota::write(&mut w, found),
        AnyObject::Secret(found) => secret::write(&mut w, found),
        AnyObject::StorageClass(found) => storageclass::write(&mut w, found),
        AnyObject::Endpoints(found) => endpoints::write(&mut w, found),
        AnyObject::Ingress(found) => ingress::write(cx, &mut w, found)?,
        AnyObject::IngressClass(found) => ingress::write_class(&mut w, found),
        AnyObject::NetworkPolicy(found) => networkpolicy::write(&mut w, found),
        AnyObject::Service(found) => service::write(cx, &mut w, found)?,
        AnyObject::ServiceAccount(found) => serviceaccount::write(&mut w, found),
        AnyObject::Deployment(found) => deployment::write(cx, &mut w, found)?,
        AnyObject::ReplicaSet(found) => replicaset::write(cx, &mut w, found)?,
        AnyObject::ReplicationController(found) => replicationcontroller::write(cx, &mut w, found)?,
        AnyObject::StatefulSet(found) => statefulset::write(cx, &mut w, found)?,
        AnyObject::DaemonSet(found) => daemonset::write(cx, &mut w, found)?,
        AnyObject::PodDisruptionBudget(found) => poddisruptionbudget::write(&mut w, found),
        AnyObject::EndpointSlice(found) => endpointslice::write(&mut w, found),
        AnyObject::CronJob(found) => cronjob::write(&mut w, found),
        AnyObject::HorizontalPodAutoscaler(found) => horizontalpodautoscaler::write(&mut w, found),
        AnyObject::Job(found) => job::write(&mut w, found),
        AnyObject::Role(found) => role::write(&mut w, &found.metadata, found.spec.rules.as_ref()),
        AnyObject::ClusterRole(found) => role::write(&mut w, &found.metadata, found.spec.rules.as_ref()),
        AnyObject::RoleBinding(found) => {
            let (role, subjects) = (&found.spec.role_ref, found.spec.subjects.as_ref());
            role::write_binding(&mut w, &found.metadata, role, subjects);
        }
        AnyObject::ClusterRoleBinding(found) => {
            let (role, subjects) = (&found.spec.role_ref, found.spec.subjects.as_ref());
            role::write_binding(&mut w, &found.metadata, role, subjects);
        }
        _ => generic::write(&mut w, &object),
    }
    // Upstream describes these without their events.
    let silent = matches!(
        object,
        AnyObject::LimitRange(_)
            | AnyObject::Namespace(_)
            | AnyObject::NetworkPolicy(_)
            | AnyObject::ResourceQuota(_)
            | AnyObject::Secret(_)
            | AnyObject::Role(_)
            | AnyObject::ClusterRole(_)
            | AnyObject::RoleBinding(_)
            | AnyObject::ClusterRoleBinding(_)
    );
    if with_events && !silent {
        events::write(cx, &mut w, &object)?;
    }
    Ok(w.finish())
}
