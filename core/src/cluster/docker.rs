//! Docker on the laptop, woken in virtual time like everything else.

use super::Cluster;
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
}
