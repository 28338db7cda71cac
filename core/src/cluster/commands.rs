//! Commands of the cluster's users: kubectl sees the API server through this.

use super::Cluster;
use crate::api::StatusError;
use crate::apiserver::{Request, Response, Watch, WatchEvent};
use crate::kubectl::Client;
use crate::sim::Time;

impl Client for Cluster {
    fn now(&self) -> Time {
        self.sim.now
    }

    fn request(&mut self, request: Request) -> Response {
        Self::request(self, &request)
    }

    fn watch_next(&mut self, watch: &mut Watch) -> Result<Vec<WatchEvent>, StatusError> {
        self.api.watch_next(watch)
    }
}
