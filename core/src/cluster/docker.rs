//! Docker on the laptop, woken in virtual time like everything else.

use super::{Actor, Cluster};
use crate::runtime::traffic::{Refused, Request, Served};
use crate::terminal::DockerHost;

impl Cluster {
    /// Lets docker do what is due, and tells the terminals if anything came of it.
    pub(super) fn wake_docker(&mut self) {
        let mut host = DockerHost {
            now: self.sim.now,
            rng: self.sim.rng,
            catalog: &mut self.catalog,
            files: &mut self.laptop.folder,
            nothing: &mut self.nothing,
        };
        self.docker.wake(&mut host);
        if self.docker.spoke() {
            self.notify_sessions();
        }
    }

    /// A request to a port that a container of docker publishes on the laptop.
    ///
    /// # Errors
    ///
    /// When nobody has published the port, or who has does not answer.
    pub fn serve_published(&mut self, request: &Request) -> Result<Served, Refused> {
        let mut host = DockerHost {
            now: self.sim.now,
            rng: self.sim.rng,
            catalog: &mut self.catalog,
            files: &mut self.laptop.folder,
            nothing: &mut self.nothing,
        };
        let served = self.docker.serve(&mut host, request);
        self.plan(Actor::Docker);
        served
    }
}
