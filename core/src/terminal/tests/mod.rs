//! Tests of the terminal: commands against what GNU's printed, sessions as a person has them, kubectl through them.

mod access;
mod completion;
mod recorded;
mod sessions;

use std::time::Duration;

use super::lab::Site;
use super::{Input, Laptop, Output, Session, State};
use crate::api::StatusError;
use crate::apiserver::{ApiServer, Request, Response, Watch, WatchEvent};
use crate::kubectl::Client;
use crate::sim::{Sim, Time};
use crate::userland::socket::{Arrival, Sockets};

/// An API server with nothing behind it.
pub(super) struct World {
    sim: Sim,
    api: ApiServer,
    sockets: Sockets,
}

impl World {
    fn new() -> Self {
        Self {
            sim: Sim::new(1),
            api: ApiServer::default(),
            sockets: Sockets::default(),
        }
    }
}

impl Client for World {
    fn now(&self) -> Time {
        self.sim.now
    }

    fn request(&mut self, request: Request) -> Response {
        self.api.handle(&mut self.sim, &request)
    }

    fn watch_next(&mut self, watch: &mut Watch) -> Result<Vec<WatchEvent>, StatusError> {
        self.api.watch_next(watch)
    }
}

/// What the laptop answers itself arrives at once; there is no network.
impl Site for World {
    fn post(&mut self, arrival: Arrival, _load: Option<&crate::network::Counted>) -> u64 {
        let id = self.sockets.number();
        self.sockets.arrive(id, arrival);
        id
    }

    fn receive(&mut self, socket: u64) -> Option<Arrival> {
        self.sockets.receive(socket)
    }
}

/// Runs a session until it takes a command again, has ended, or waits for more than `limit`.
fn settle(session: &mut Session, laptop: &mut Laptop, world: &mut World, limit: Duration) {
    let end = world.now() + limit;
    loop {
        let wake = session.poll(laptop, world);
        let next = match (session.state(), wake.at) {
            (State::Running { .. }, Some(at)) if at <= end => at,
            _ => return,
        };
        world.sim.now = next;
    }
}

/// Runs a script as `timonier run` does: status, standard output, standard error.
fn script(text: &str, laptop: &mut Laptop, world: &mut World) -> (i32, String, String) {
    let mut session = Session::run_script(text, world.now());
    settle(&mut session, laptop, world, Duration::from_secs(3_600));
    let (stdout, stderr) = session.take_text();
    match session.state() {
        State::Ended { exit, .. } => (exit, stdout, stderr),
        other => panic!("{text}: {other:?}"),
    }
}

/// What a session has shown, as one text.
fn shown(session: &mut Session) -> String {
    let output = session.take_output();
    output
        .into_iter()
        .map(|output| match output {
            Output::Text { text, .. } => text,
            Output::Open(path) => format!("<open {path}>"),
        })
        .collect()
}

/// Types a line and waits for its end.
fn type_line(session: &mut Session, line: &str, laptop: &mut Laptop, world: &mut World) -> String {
    session.input(Input::Line(line.to_owned()), laptop, world);
    settle(session, laptop, world, Duration::from_secs(600));
    shown(session)
}
