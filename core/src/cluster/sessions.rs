//! The learner's terminals on the cluster: sessions of one laptop, polled when their time has come, when somebody types,
//! and when the cluster changes while a command watches it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Actor, Cluster};
use crate::kubectl;
use crate::sh::Wake;
use crate::sim::Time;
use crate::terminal::{Completion, Input, Laptop, Output, Session, State};

/// How long a change takes to reach a command that watches.
const WATCH_LATENCY: Duration = Duration::from_millis(4);

/// A terminal window or a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SessionId(pub(super) u32);

/// A session, and what it waits for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OpenSession {
    session: Session,
    wake: Wake,
    /// When it hears of what was written.
    changed_at: Option<Time>,
}

impl OpenSession {
    fn new(session: Session) -> Self {
        Self {
            session,
            wake: Wake::default(),
            changed_at: None,
        }
    }

    pub(super) fn wake_at(&self) -> Option<Time> {
        [self.wake.at, self.changed_at].into_iter().flatten().min()
    }

    /// Something was written; answers whether the session wants to hear of it.
    pub(super) fn notify(&mut self, now: Time) -> bool {
        if self.wake.on_change && self.changed_at.is_none() {
            self.changed_at = Some(now + WATCH_LATENCY);
        }
        self.changed_at.is_some()
    }
}

impl Cluster {
    /// Opens a terminal window.
    pub fn open_session(&mut self) -> SessionId {
        self.add_session(Session::new())
    }

    /// Begins a script: it runs as virtual time passes, until its session's state is [`State::Ended`].
    pub fn run_script(&mut self, text: &str) -> SessionId {
        let session = Session::run_script(text, self.sim.now);
        let id = self.add_session(session);
        self.poll_session(id, None);
        id
    }

    fn add_session(&mut self, session: Session) -> SessionId {
        let id = SessionId(self.next_session);
        self.next_session += 1;
        self.sessions.insert(id, OpenSession::new(session));
        id
    }

    /// Closes a session, whatever runs in it.
    pub fn close_session(&mut self, id: SessionId) {
        if let Some(open) = self.sessions.remove(&id) {
            open.session.close(&mut self.laptop);
        }
    }

    /// A session.
    #[must_use]
    pub fn session(&self, id: SessionId) -> Option<&Session> {
        self.sessions.get(&id).map(|open| &open.session)
    }

    /// From now on a session's texts are edited by a person ([`Session::offer_editor`]).
    pub fn offer_editor(&mut self, id: SessionId) {
        if let Some(open) = self.sessions.get_mut(&id) {
            open.session.offer_editor();
        }
    }

    /// Runs until the session takes a command again or has ended, at most until a moment; answers its state then.
    pub fn run_until_idle(&mut self, id: SessionId, until: Time) -> Option<State> {
        loop {
            let state = self.session(id)?.state();
            if !matches!(state, State::Running { .. }) || !self.wake_next(until) {
                return Some(state);
            }
        }
    }

    /// What a person does at a terminal.
    pub fn send(&mut self, id: SessionId, input: Input) {
        self.poll_session(id, Some(input));
    }

    /// What may stand at `cursor` (in bytes) in a line that is being typed. Asking changes nothing: a copy of the cluster answers.
    #[must_use]
    pub fn complete(&self, id: SessionId, line: &str, cursor: usize) -> Completion {
        let Some(session) = self.session(id) else {
            return Completion::default();
        };
        let ask = |words: &[String]| kubectl::complete(words, &self.laptop.kubectl, &mut self.fork());
        session.complete(line, cursor, &self.laptop, ask)
    }

    /// Takes what a session has to show.
    pub fn take_output(&mut self, id: SessionId) -> Vec<Output> {
        self.sessions
            .get_mut(&id)
            .map(|open| open.session.take_output())
            .unwrap_or_default()
    }

    /// Takes what a script has printed: standard output and standard error.
    pub fn take_text(&mut self, id: SessionId) -> (String, String) {
        self.sessions
            .get_mut(&id)
            .map(|open| open.session.take_text())
            .unwrap_or_default()
    }

    /// The learner's laptop.
    #[must_use]
    pub fn laptop(&self) -> &Laptop {
        &self.laptop
    }

    /// The learner's laptop, to write files to its work folder.
    pub fn laptop_mut(&mut self) -> &mut Laptop {
        &mut self.laptop
    }

    pub(super) fn poll_session(&mut self, id: SessionId, input: Option<Input>) {
        let Some(mut open) = self.sessions.remove(&id) else {
            return;
        };
        open.changed_at = None;
        self.sim.cause = None;
        // The session acts on the cluster that it is part of: it and its laptop are taken out meanwhile.
        let mut laptop = std::mem::take(&mut self.laptop);
        open.wake = match input {
            Some(input) => open.session.input(input, &mut laptop, self),
            None => open.session.poll(&mut laptop, self),
        };
        self.sessions.insert(id, open);
        self.bring_back(laptop);
        self.plan(Actor::Session(id));
        self.settle();
    }

    /// Something came over the network: who waits for it looks at once.
    pub(super) fn wake_sessions(&mut self) {
        let now = self.sim.now;
        let waiting: Vec<SessionId> = self
            .sessions
            .iter_mut()
            .filter(|(_, open)| open.wake.on_change)
            .map(|(id, open)| {
                open.changed_at = Some(now);
                *id
            })
            .collect();
        for id in waiting {
            self.plan(Actor::Session(id));
        }
    }

    /// Tells the sessions that something was written.
    pub(super) fn notify_sessions(&mut self) {
        let now = self.sim.now;
        let concerned: Vec<SessionId> = self
            .sessions
            .iter_mut()
            .filter_map(|(id, open)| open.notify(now).then_some(*id))
            .collect();
        for id in concerned {
            self.plan(Actor::Session(id));
        }
    }
}
