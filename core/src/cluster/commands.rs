//! Commands of the cluster's users: kubectl sees the API server through this.

use super::{Actor, Cluster};
use crate::api::StatusError;
use crate::apiserver::{Request, Response, StreamId, Watch, WatchEvent};
use crate::explain::World;
use crate::kubectl::{Client, Forward, Met};
use crate::kubelet::Streamed;
use crate::network::{Cni, Counted, Generator, Traffic};
use crate::runtime::traffic;
use crate::sim::Time;
use crate::terminal::{DockerParts, Order, Outcome, Site, Status, component_name};
use crate::userland::socket::{Arrival, Packet};

impl Site for Cluster {
    fn operate(&mut self, order: &Order) -> Outcome {
        Self::operate(self, order)
    }

    fn components(&self) -> Vec<Status> {
        Self::components(self)
    }

    fn send(&mut self, packet: Packet) -> u64 {
        self.send_from_laptop(packet)
    }

    fn receive(&mut self, socket: u64) -> Option<Arrival> {
        self.receive_on_laptop(socket)
    }

    fn is_connected(&self, socket: u64) -> bool {
        self.is_laptop_connected(socket)
    }

    fn abandon(&mut self, socket: u64) {
        self.abandon_from_laptop(socket);
    }

    fn forward(
        &mut self,
        to: &Forward,
        asked: (traffic::Request, Option<String>),
        load: Option<&Counted>,
    ) -> (u64, Met) {
        self.forward_from_laptop(to, asked, load)
    }

    fn post(&mut self, arrival: Arrival, load: Option<&Counted>) -> u64 {
        self.post_on_laptop(arrival, load)
    }

    fn switch_balancers(&mut self, on: bool) {
        Self::switch_balancers(self, on);
    }

    fn install_cni(&mut self, cni: Cni) {
        Self::install_cni(self, cni);
    }

    fn iptables_save(&mut self, node: &str) -> String {
        Self::iptables_save(self, node)
    }

    fn start_load(&mut self, generator: Generator) {
        Self::start_load(self, generator);
    }

    fn stop_loads(&mut self) -> usize {
        let ids: Vec<_> = self.network().loads().map(|(id, _)| id).collect();
        ids.into_iter().filter(|id| self.stop_load(*id)).count()
    }

    fn traffic(&self) -> Option<&Traffic> {
        Some(Self::traffic(self))
    }

    fn world(&self) -> Option<World<'_>> {
        let off = Self::components(self)
            .into_iter()
            .filter(|status| !status.running);
        Some(World {
            now: self.sim.now,
            store: self.api.store(),
            refused: self.api.refused(),
            trace: &self.sim.trace,
            catalog: &self.catalog,
            scheduler: &self.scheduler,
            kubelets: &self.kubelets,
            stopped: off.map(|status| component_name(&status.component)).collect(),
            traffic: Self::traffic(self),
            files: Vec::new(),
            commands: Vec::new(),
        })
    }

    fn docker(&mut self) -> Option<DockerParts<'_>> {
        Some(DockerParts {
            engine: &mut self.docker,
            catalog: &mut self.catalog,
            rng: self.sim.rng,
            nothing: &mut self.nothing,
        })
    }
}

impl Client for Cluster {
    fn now(&self) -> Time {
        self.sim.now
    }

    fn request(&mut self, request: Request) -> Response {
        Self::request(self, &request)
    }

    fn stream(&mut self, stream: &StreamId, input: &[u8], input_ended: bool) -> Streamed {
        let now = self.sim.now;
        let Some(index) = self.kubelet_of.get(&stream.node).copied() else {
            return Streamed::default();
        };
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        let Some(kubelet) = self.kubelets.get_mut(place) else {
            return Streamed::default();
        };
        let streamed = kubelet.stream(stream.id, input, input_ended, now);
        self.plan(Actor::Kubelet(index));
        streamed
    }

    fn watch_next(&mut self, watch: &mut Watch) -> Result<Vec<WatchEvent>, StatusError> {
        self.api.watch_next(watch)
    }
}
