//! What programs on the laptop send: over the network, and through the API server to Pods (`kubectl port-forward`).

use std::net::Ipv4Addr;
use std::time::Duration;

use super::{Actor, Cluster, kubelet_for};
use crate::api::{Key, Kind, Pod};
use crate::kubectl::{Forward, Met};
use crate::network::{Counted, Delivery, Fate, Origin, PATIENCE, Reason, Ticket};
use crate::runtime::traffic::Request;
use crate::terminal::{self, Laptop};
use crate::userland::socket::{Arrival, Failure, Packet};

impl Cluster {
    /// Sends something from the laptop.
    pub(super) fn send_from_laptop(&mut self, packet: Packet) -> u64 {
        let socket = self.sockets.send(packet.clone());
        self.sockets.outgoing.clear();
        let origin = Origin::Laptop;
        let whose = Delivery::Laptop(socket);
        if let Some(at) = self.on_network(|network, ground| network.send(ground, &origin, whose, packet)) {
            self.sockets.connect(socket, at);
        }
        socket
    }

    /// Passes a request of the laptop on to a Pod, through the API server and the kubelet.
    pub(super) fn forward_from_laptop(
        &mut self,
        to: &Forward,
        (mut request, tls): (Request, Option<String>),
        load: Option<&Counted>,
    ) -> (u64, Met) {
        request.port = to.port;
        let Some((machine, address)) = self.forwarded_pod(to) else {
            return (self.post_on_laptop(closed_by_kubectl(), load), Met::Lost);
        };
        let (socket, whose) = match load {
            Some(load) => (0, (Ticket::Load, load.patience)),
            None => {
                let socket = self.sockets.number();
                (socket, (Ticket::Client(Delivery::Laptop(socket)), PATIENCE))
            }
        };
        let way = (machine, address);
        let (stands, fate) =
            self.on_network(|network, ground| network.forward(ground, whose, way, (request, tls)));
        if let (Some(at), None) = (stands, load) {
            self.sockets.connect(socket, at);
        }
        let met = match fate {
            Fate::Failed(Reason::NotListening) => Met::Nobody,
            Fate::Failed(Reason::NoRoute | Reason::Dropped) => Met::Lost,
            _ => Met::Somebody,
        };
        (socket, met)
    }

    /// The machine and the address of a Pod that a port leads to, as long as its kubelet can be spoken with.
    fn forwarded_pod(&self, to: &Forward) -> Option<(u32, Ipv4Addr)> {
        let key = Key::new(Kind::Pod, &to.namespace, &to.pod);
        let pod = self.api.store().get(&key)?.get::<Pod>()?;
        let machine = kubelet_for(&self.kubelet_of, pod)?;
        let runs = pod.uid() == to.uid && self.control_plane.kubelet_runs(machine);
        let address = pod.status.pod_ip.as_deref()?.parse().ok()?;
        runs.then_some((machine, address))
    }

    /// Something arrives on the laptop when it has taken its time.
    pub(super) fn post_on_laptop(&mut self, arrival: Arrival, load: Option<&Counted>) -> u64 {
        let now = self.sim.now;
        if let Some(load) = load {
            self.network.count_local(now, load, &arrival);
            return 0;
        }
        let socket = self.sockets.number();
        if let Some(after) = arrival.connected {
            self.sockets.connect(socket, now + after);
        }
        self.network.post_arrival(now, Delivery::Laptop(socket), arrival);
        self.plan(Actor::Network);
        socket
    }

    /// What load asks on the laptop itself, whoever listens there answers.
    pub(super) fn answer_local(&mut self) {
        let due = self.network.take_local();
        if due.is_empty() {
            return;
        }
        let mut laptop = std::mem::take(&mut self.laptop);
        for local in due {
            terminal::answer_load(&mut laptop, self, local);
        }
        self.bring_back(laptop);
    }

    /// The laptop is back, whose programs may have been asked something.
    pub(super) fn bring_back(&mut self, laptop: Laptop) {
        let connected = laptop.is_connected_to();
        self.laptop = laptop;
        if connected {
            // kubectl sees a connection before its answer comes.
            self.wake_sessions();
        }
        self.plan(Actor::Docker);
        if self.docker.spoke() {
            self.notify_sessions();
        }
    }

    pub(super) fn abandon_from_laptop(&mut self, socket: u64) {
        self.sockets.abandon(socket);
        self.sockets.abandoned.clear();
        self.on_network(|network, ground| network.abandon(ground, &Delivery::Laptop(socket)));
    }

    pub(super) fn receive_on_laptop(&mut self, socket: u64) -> Option<Arrival> {
        self.sockets.receive(socket)
    }

    pub(super) fn is_laptop_connected(&self, socket: u64) -> bool {
        self.sockets.is_connected(socket, self.sim.now)
    }
}

/// What a client of `kubectl port-forward` sees where the Pod cannot be reached.
fn closed_by_kubectl() -> Arrival {
    Arrival {
        connected: Some(Duration::from_micros(80)),
        took: Duration::from_millis(3),
        result: Err(Failure::Empty),
        certificate: None,
    }
}
