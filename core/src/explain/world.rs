//! What explanations read: the objects, the trace, what components keep, and the learner's files and commands.

use std::time::Duration;

use super::{Chain, Place, source};
use crate::api::meta::MetaExt;
use crate::api::types::core::Event;
use crate::api::{AnyObject, Key, Kind, Pod, Typed};
use crate::apiserver::LogRequest;
use crate::apiserver::User;
use crate::etcd::Store;
use crate::kubelet::Kubelet;
use crate::network::Traffic;
use crate::runtime::Catalog;
use crate::scheduler::Scheduler;
use crate::sim::{Action, Entry, Time, Trace};
use crate::userland::WorkFile;

/// A moment of a cluster, and what its learner has on their desk.
#[derive(Clone)]
pub struct World<'a> {
    /// The present moment.
    pub now: Time,
    /// The objects.
    pub store: &'a Store,
    /// Who was refused something, the newest last.
    pub refused: &'a [User],
    /// Who did what.
    pub trace: &'a Trace,
    /// The images that can be pulled.
    pub catalog: &'a Catalog,
    /// What it decided about Pods.
    pub scheduler: &'a Scheduler,
    /// The containers' logs, and pulls under way.
    pub kubelets: &'a [Kubelet],
    /// The components that are stopped (`kube-scheduler`, `kubelet worker-1`).
    pub stopped: Vec<String>,
    /// The files of the work folder.
    pub files: Vec<WorkFile>,
    /// What requests met.
    pub traffic: &'a Traffic,
    /// The learner's commands, oldest first.
    pub commands: Vec<(Time, String)>,
}

impl<'a> World<'a> {
    pub(super) fn get<K: Typed>(&self, namespace: &str, name: &str) -> Option<&'a K> {
        self.store
            .get(&Key::new(K::KIND, namespace, name))
            .and_then(K::from_any)
    }

    pub(super) fn find(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Option<&'a AnyObject> {
        let kind = Kind::from_manifest(api_version, kind)?;
        self.store.get(&Key::new(kind.storage(), namespace, name))
    }

    pub(super) fn pods(&self) -> impl Iterator<Item = &'a Pod> {
        self.store.list(Kind::Pod).filter_map(Pod::from_any)
    }

    /// The Pods that this object controls.
    pub(super) fn pods_of(&self, uid: &str) -> Vec<&'a Pod> {
        self.pods()
            .filter(|pod| pod.metadata.is_controlled_by(uid))
            .collect()
    }

    pub(super) fn is_stopped(&self, component: &str) -> bool {
        self.stopped.iter().any(|stopped| stopped == component)
    }

    /// The names of the objects of a kind in a namespace.
    pub(super) fn names(&self, kind: Kind, namespace: &'a str) -> Vec<&'a str> {
        self.store.list_in(kind, namespace).map(AnyObject::name).collect()
    }

    /// The event that was written last about an object, of one of these reasons.
    pub(super) fn event(&self, object: &AnyObject, reasons: &[&str]) -> Option<&'a Event> {
        let uid = object.uid();
        let mut last: Option<(u64, &Event)> = None;
        for any in self.store.list(Kind::Event) {
            let AnyObject::Event(event) = any else { continue };
            let of_it = event.spec.involved_object.uid.as_deref() == Some(uid)
                && reasons.contains(&event.spec.reason.as_deref().unwrap_or_default());
            let revision = any.resource_version();
            if of_it && last.is_none_or(|(before, _)| before < revision) {
                last = Some((revision, &event.spec));
            }
        }
        last.map(|(_, event)| event)
    }

    /// What that event says; empty when there is none.
    pub(super) fn event_words(&self, object: &AnyObject, reasons: &[&str]) -> &'a str {
        self.event(object, reasons)
            .and_then(|event| event.message.as_deref())
            .unwrap_or_default()
    }

    /// The last lines that a container printed.
    pub(super) fn log(&self, pod: &Pod, container: &str, previous: bool) -> String {
        let node = pod.spec.node_name.as_deref().unwrap_or_default();
        let request = LogRequest {
            namespace: pod.namespace().to_owned(),
            pod: pod.name().to_owned(),
            container: container.to_owned(),
            node: node.to_owned(),
            previous,
            tail_lines: Some(3),
            since_secs: None,
            timestamps: false,
            since: None,
            limit_bytes: Some(400),
        };
        let kubelet = self.kubelets.iter().find(|kubelet| kubelet.node_name() == node);
        kubelet
            .and_then(|kubelet| kubelet.logs(&request, self.now).ok())
            .filter(|text| !text.starts_with("unable to retrieve"))
            .unwrap_or_default()
    }

    /// The trace entry of an object's creation, if it is still kept.
    pub(super) fn creation(&self, object: &AnyObject) -> Option<&'a Entry> {
        self.trace.entries().rev().find(|entry| {
            entry.action == Action::Create
                && entry.subject.kind == object.names().kind
                && *entry.subject.name == *object.name()
                && *entry.subject.namespace == *object.namespace()
        })
    }

    /// The object and those that it belongs to, the nearest first.
    pub(super) fn lineage<'o>(&self, object: &'o AnyObject) -> Vec<&'o AnyObject>
    where
        'a: 'o,
    {
        let mut line = vec![object];
        while let Some(last) = line.last()
            && let Some(owner) = last.metadata().controller()
            && let Some(owner) = self.find(&owner.api_version, &owner.kind, last.namespace(), &owner.name)
            && line.len() < 6
        {
            line.push(owner);
        }
        line
    }

    /// The line of the work folder that a field comes from: of the object, or of the one whose template made it.
    pub(super) fn place(&self, object: &AnyObject, path: &str) -> Option<Place> {
        source::place(self, object, path)
    }

    /// The command that a field of an object comes from.
    pub(super) fn command_of(&self, object: &AnyObject, path: &str) -> Option<String> {
        source::command(self, object, path)
    }

    /// How long ago it was.
    pub(super) fn ago(&self, at: Time) -> String {
        length(self.now.since(at))
    }

    /// Explains what another object owes to this one, unless the chain is long already.
    pub(super) fn go_on(&self, object: &AnyObject, chain: &mut Chain) {
        const LONGEST: usize = 12;
        if chain.steps.len() < LONGEST {
            super::explain(self, object, chain);
        }
    }
}

/// `45 s`, `3 min`, `2 h`
pub(super) fn length(time: Duration) -> String {
    let secs = time.as_secs();
    match secs {
        0..120 => format!("{secs}\u{a0}s"),
        120..7200 => format!("{}\u{a0}min", secs / 60),
        _ => format!("{}\u{a0}h", secs / 3600),
    }
}
