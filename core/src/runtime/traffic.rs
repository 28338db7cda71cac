//! The boundary between containers and the network: requests and answers as plain data, and the one function by which a running container's
//! server answers ([`Instance::serve`]). The network finds the way and carries; the kubelet of the node asks its container
//! (`Kubelet::serve`); probes ask it too.

use super::instance::{Instance, Limits, Surroundings};
use crate::sim::{Rng, Time};
use crate::userland::{Outcome, Serving};

pub use crate::userland::traffic::{
    Call, HttpReply, HttpRequest, Payload, RedisReply, Refused, Reply, Request, Served, SqlReply, SqlRequest,
    status_text,
};

/// The exit code of a process that was killed.
const KILLED: i32 = 137;

impl Instance {
    /// Answers a request that has reached the container. Its log, the CPU time it used, its memory and its counters follow; a request may
    /// crash it or make it use more memory than it may.
    ///
    /// # Errors
    ///
    /// When nothing listens on the port, too many wait already, or it broke off in the middle.
    pub fn serve(
        &mut self,
        request: &Request,
        around: Surroundings<'_>,
        (id, rng, limits): (&str, Rng, Limits),
    ) -> Result<Served, Refused> {
        let now = around.now;
        if self.has_ended(now) || !self.listens(request.port, now) {
            return Err(Refused::Closed);
        }
        if self.cpu.is_swamped(now, limits) {
            return Err(Refused::Silent);
        }
        let outcome = self.ask(request, around, (id, rng))?;
        self.requests += 1;
        let latency = self.cpu.take(now, outcome.cpu, limits) + outcome.wait;
        for (stderr, line) in outcome.log {
            self.log.push(now + latency, line, stderr);
        }
        if let Some(code) = outcome.crash {
            self.finish(now + latency, code);
            return Err(Refused::Reset);
        }
        if limits
            .memory_bytes
            .is_some_and(|limit| self.memory_bytes(now) > limit)
        {
            self.run_out_of_memory(now);
            return Err(Refused::Reset);
        }
        Ok(Served {
            reply: outcome.reply,
            latency,
            cpu: outcome.cpu,
        })
    }

    /// Whether something listens on a port.
    #[must_use]
    pub fn listens(&self, port: u16, now: Time) -> bool {
        let by_image = self
            .server
            .as_ref()
            .is_some_and(|server| server.listens(port, now));
        by_image
            || self
                .processes
                .as_ref()
                .is_some_and(|processes| processes.servers().any(|server| server.listens(port, now)))
    }

    fn ask(
        &mut self,
        request: &Request,
        around: Surroundings<'_>,
        (id, rng): (&str, Rng),
    ) -> Result<Outcome, Refused> {
        let now = around.now;
        let mut server = self.server.take();
        let mut result = Err(Refused::Closed);
        self.with(around, &mut |processes, inside| {
            let own = server.as_mut().filter(|server| server.listens(request.port, now));
            let found = own.or_else(|| {
                let mut servers = processes.servers_mut();
                servers.find(|server| server.listens(request.port, now))
            });
            if let Some(found) = found {
                let mut serving = Serving {
                    now,
                    rng,
                    id,
                    system: inside,
                };
                result = found.serve(request, &mut serving);
            }
        });
        self.server = server;
        result
    }

    /// It is killed for its memory.
    pub fn run_out_of_memory(&mut self, now: Time) {
        self.out_of_memory = true;
        self.finish(now, KILLED);
    }
}
