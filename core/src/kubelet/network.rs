//! The node's end of the network: who has which address, what programs in containers send, and what comes back for them.

use std::net::Ipv4Addr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::container::{Container, State};
use super::worker::PodWorker;
use super::{Host, Kubelet};
use crate::api::AnyObject;
use crate::client::{Env, EventType};
use crate::sim::Time;
use crate::userland::socket::{Arrival, Packet};

/// What a container's programs have sent, or given up, since the last time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outgoing {
    /// The Pod's UID, namespace and name.
    pub pod: (Arc<str>, Arc<str>, Arc<str>),
    /// Its address.
    pub address: Ipv4Addr,
    /// Whether that is the node's own.
    pub host_network: bool,
    /// The container's name, and the id of its instance.
    pub container: (Arc<str>, Arc<str>),
    /// The packets by number.
    pub packets: Vec<(u64, Packet)>,
    /// The numbers of packets whose answer nobody waits for any more.
    pub abandoned: Vec<u64>,
}

/// Who has an address and listens on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener<'a> {
    /// The Pod's UID, namespace and name.
    pub pod: (&'a str, &'a str, &'a str),
    /// The repository of the image of the container that listens, empty if none does.
    pub image: &'a str,
    /// Since when that container runs.
    pub since: Option<Time>,
}

/// Takes what the programs of a container have sent.
pub(super) fn collect(worker: &mut PodWorker, host: &mut Host<'_>, index: usize) {
    let address = worker.ip().parse().unwrap_or(Ipv4Addr::UNSPECIFIED);
    let pod = &worker.pod;
    let Some(container) = worker.containers.get_mut(index) else {
        return;
    };
    if container.live.sockets.is_idle() {
        return;
    }
    host.outgoing.push(Outgoing {
        pod: (pod.uid().into(), pod.namespace().into(), pod.name().into()),
        address,
        host_network: pod.spec.host_network == Some(true),
        container: (container.name.as_str().into(), container.id.as_str().into()),
        packets: std::mem::take(&mut container.live.sockets.outgoing),
        abandoned: std::mem::take(&mut container.live.sockets.abandoned),
    });
}

impl PodWorker {
    /// The node has no address left for the Pod: its sandbox is tried again later.
    pub(super) fn no_address(&mut self, env: &mut Env<'_>, host: &mut Host<'_>) {
        let why = format!(
            "plugin type=\"bridge\" failed (add): failed to allocate for range 0: no IP addresses available in range set: {}-{}",
            Ipv4Addr::from(u32::from(host.spec.pod_network) + 1),
            Ipv4Addr::from(u32::from(host.spec.pod_network) + 254),
        );
        self.sandbox_refused(env, host, ("setup network for", &why));
    }

    /// The sandbox could not be made: it is tried again later.
    pub(super) fn sandbox_refused(
        &mut self,
        env: &mut Env<'_>,
        host: &mut Host<'_>,
        (what, why): (&str, &str),
    ) {
        let id = env
            .sim
            .rng
            .draw("sandbox-id", self.pod.uid(), env.sim.now.as_secs());
        let message = format!(
            "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to {what} sandbox \"{id:016x}\": {why}"
        );
        let about = AnyObject::Pod(self.pod.clone());
        let kind = (EventType::Warning, "FailedCreatePodSandBox");
        host.recorder.record(env, host.user, &about, None, kind, message);
        self.sandbox_failed(env);
    }
}

fn listener<'a>(worker: &'a PodWorker, port: u16, now: Time) -> Listener<'a> {
    let listens = |container: &&Container| container.is_running() && container.live.listens(port, now);
    let found = worker.containers.iter().find(listens);
    let pod = &worker.pod;
    Listener {
        pod: (pod.uid(), pod.namespace(), pod.name()),
        image: found
            .and_then(|container| container.image.as_ref())
            .map_or("", |image| image.reference.repository.as_str()),
        since: found.and_then(|container| match container.state {
            State::Running { since } => Some(since),
            _ => None,
        }),
    }
}

impl Kubelet {
    /// Who has an address of this node, and listens on a port there.
    #[must_use]
    pub fn listener(&self, address: Ipv4Addr, port: u16, now: Time) -> Option<Listener<'_>> {
        if address == self.spec.address {
            let own = self.workers.values();
            let mut on_host = own
                .filter(|worker| worker.pod.spec.host_network == Some(true))
                .map(|worker| listener(worker, port, now));
            return on_host.find(|listener| listener.since.is_some());
        }
        let worker = self.workers.get(self.addresses.get(&address)?)?;
        // The sandbox of a Pod that has ended is taken down.
        (!worker.done && !worker.has_ended()).then(|| listener(worker, port, now))
    }

    /// Whether the container of a Pod that runs since then still does.
    #[must_use]
    pub fn lives(&self, uid: &str, since: Time, now: Time) -> bool {
        self.workers.get(uid).is_some_and(|worker| {
            worker.containers.iter().any(|container| {
                container.state == State::Running { since } && !container.live.has_ended(now)
            })
        })
    }

    /// Takes what programs have sent since the last time.
    pub fn take_outgoing(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.outgoing)
    }

    /// The connection of a packet will stand from then on.
    pub fn connect(&mut self, uid: &str, (container, id): (&str, &str), socket: u64, at: Time) {
        if let Some(container) = self.instance(uid, container, id) {
            container.live.sockets.connect(socket, at);
        }
    }

    /// Something has come for a program in a container.
    pub fn deliver(
        &mut self,
        uid: &str,
        (container, id): (&str, &str),
        (socket, arrival): (u64, Arrival),
        now: Time,
    ) {
        let Some(container) = self.instance(uid, container, id) else {
            return;
        };
        container.live.sockets.arrive(socket, arrival);
        if let Some(processes) = &mut container.live.processes {
            processes.poke(now);
            self.plan_processes(uid, now);
        }
    }

    fn instance(&mut self, uid: &str, name: &str, id: &str) -> Option<&mut Container> {
        let worker = self.workers.get_mut(uid)?;
        let mut containers = worker.containers.iter_mut();
        containers.find(|container| container.name == name && container.id == id)
    }

    /// A Pod is gone, and its address is free.
    pub(super) fn forget_worker(&mut self, uid: &str) {
        self.workers.remove(uid);
        self.recorder.forget(uid);
        self.addresses.retain(|_, known| known != uid);
    }
}
