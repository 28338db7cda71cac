//! The worker's one loop: hear everything, compute a slice, tell the page, wait.

use crate::protocol::{Answer, FromEngine, Open, Query, ToEngine, Travel};
use crate::view::board::Look;

use super::{
    course::Course,
    lab::{Lab, Told},
    mailbox::Mailbox,
    outbox::Outbox,
    pacing::Pacing,
    persist::Keeper,
    queries,
};

/// The longest the engine computes before it listens again, in milliseconds.
const SLICE_MS: f64 = 8.0;
/// The pause between looks at the clock while virtual time runs and nothing is late, in milliseconds.
const TICK_MS: u32 = 20;
/// The shortest time between two views, in milliseconds.
const VIEW_MS: f64 = 100.0;

/// The shortest time between two looks at the exercise, in milliseconds.
const STANDING_MS: f64 = 200.0;

/// Runs the engine for ever.
pub(super) async fn run(mailbox: Mailbox, outbox: Outbox) {
    let mut service = Service {
        outbox,
        keeper: Keeper::open().await,
        course: Course::default(),
        standing_at_ms: 0.0,
        lab: None,
        pacing: Pacing::new(crate::protocol::Pace::Normal),
        view: Views::default(),
        look: Look::default(),
    };
    loop {
        while let Some(message) = mailbox.take() {
            service.hear(message).await;
        }
        let rest = service.compute();
        service.report();
        service.keep().await;
        mailbox.wait(service.patience(rest)).await;
    }
}

/// What is left to do after a slice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Nothing until a message comes.
    Still,
    /// Virtual time runs and nothing is late.
    OnTime,
    /// The slice ended before the work.
    Late,
}

/// Views sent and seen.
#[derive(Default)]
struct Views {
    sent: u64,
    seen: u64,
    sent_at_ms: f64,
}

struct Service {
    outbox: Outbox,
    keeper: Keeper,
    course: Course,
    standing_at_ms: f64,
    lab: Option<Lab>,
    pacing: Pacing,
    view: Views,
    look: Look,
}

impl Service {
    async fn hear(&mut self, message: ToEngine) {
        match message {
            ToEngine::Open(open) => self.open(open).await,
            ToEngine::Do { seq, input } => {
                if let Some(lab) = &mut self.lab {
                    lab.act(seq, input, &mut self.keeper, &self.outbox).await;
                }
            }
            ToEngine::Pace(pace) => self.pacing.set_pace(pace),
            ToEngine::Step => {
                if let Some(lab) = &mut self.lab {
                    lab.step();
                }
            }
            ToEngine::Look(look) => {
                self.look = look.clone();
                if let Some(lab) = &mut self.lab {
                    lab.look(look);
                }
            }
            ToEngine::Travel(travel) => self.travel(travel).await,
            ToEngine::ViewSeen(seq) => self.view.seen = self.view.seen.max(seq),
            ToEngine::Keeps(keeps) => self.keeper.set_writes(keeps),
            ToEngine::Ask { id, query } => {
                let answer = self.answer(query).await;
                self.outbox.send(&FromEngine::Answer { id, answer });
            }
        }
    }

    async fn open(&mut self, open: Open) {
        self.lab = None;
        self.view.seen = self.view.sent;
        self.pacing = Pacing::new(open.pace);
        self.keeper.set_writes(open.keeps);
        match self.course.setting(&open.lab, &self.keeper).await {
            Ok(setting) => {
                let mut lab = Lab::open(open, &setting, &mut self.keeper, &self.outbox).await;
                lab.look(self.look.clone());
                self.lab = Some(lab);
            }
            Err(reason) => web_sys::console::error_1(&reason.into()),
        }
    }

    async fn travel(&mut self, travel: Travel) {
        let Some(lab) = &mut self.lab else { return };
        let to = match travel {
            Travel::To(at_us) => {
                self.pacing.set_pace(crate::protocol::Pace::Paused);
                return lab.look_back(at_us);
            }
            Travel::Now => return lab.look_ahead(),
            Travel::Skip => return lab.search(),
            Travel::Branch => lab.branch_off(),
            Travel::Undo => lab.undo(),
            Travel::Redo => lab.redo(),
        };
        if let (Some(to), Some(lab)) = (to, self.lab.take()) {
            self.lab = Some(lab.moved(to, &mut self.keeper, &self.outbox).await);
        }
    }

    async fn answer(&mut self, query: Query) -> Result<Answer, String> {
        if query == Query::EraseAll {
            // What is open would be written again, in pieces.
            self.lab = None;
            self.course = Course::default();
            self.keeper.erase().await;
            return Ok(Answer::Done);
        }
        queries::answer(self.lab.as_mut(), &mut self.keeper, &mut self.course, query).await
    }

    /// Computes at most one slice of virtual time.
    fn compute(&mut self) -> Rest {
        let Some(lab) = &mut self.lab else {
            return Rest::Still;
        };
        let began_ms = self.outbox.wall_ms();
        let granted_us = self.pacing.grant(began_ms);
        let clock = self.outbox.clone();
        if lab.is_past() || lab.searches() {
            let enough = || clock.wall_ms() - began_ms >= SLICE_MS;
            let reached = if lab.is_past() {
                self.pacing.spend(granted_us);
                lab.run_past(granted_us, enough)
            } else {
                let found = lab.run_search(enough);
                lab.computed(clock.wall_ms() - began_ms);
                found
            };
            return match (reached, self.pacing.pace().factor()) {
                (false, _) => Rest::Late,
                (true, 0) => Rest::Still,
                (true, _) => Rest::OnTime,
            };
        }
        if self.pacing.pace().factor() == 0 {
            return Rest::Still;
        }
        let outbox = self.outbox.clone();
        let before_us = lab.now_us();
        let reached = lab.run(granted_us, || outbox.wall_ms() - began_ms >= SLICE_MS);
        self.pacing.spend(lab.now_us() - before_us);
        lab.computed(clock.wall_ms() - began_ms);
        if reached { Rest::OnTime } else { Rest::Late }
    }

    /// Tells the page what is new: the terminal at once, the view at most ten times a second and only when the page has
    /// taken in the one before.
    fn report(&mut self) {
        let Some(lab) = &mut self.lab else {
            return;
        };
        lab.report_terminal(&self.outbox);
        lab.report_times(&self.outbox);
        let now_ms = self.outbox.wall_ms();
        if now_ms - self.standing_at_ms >= STANDING_MS {
            self.standing_at_ms = now_ms;
            lab.report_standing(&self.outbox);
        }
        if self.view.seen != self.view.sent || now_ms - self.view.sent_at_ms < VIEW_MS {
            return;
        }
        match lab.report_view(self.view.sent + 1, &self.outbox) {
            Told::Nothing => return,
            Told::Clock => {}
            Told::View => self.view.sent += 1,
        }
        self.view.sent_at_ms = now_ms;
    }

    async fn keep(&mut self) {
        if let Some(lab) = &mut self.lab {
            lab.keep(&mut self.keeper, &self.outbox).await;
        }
    }

    /// How long to wait for the next message, in milliseconds.
    fn patience(&self, rest: Rest) -> Option<u32> {
        match rest {
            Rest::Late => Some(0),
            Rest::OnTime => Some(TICK_MS),
            Rest::Still if self.lab.as_ref().is_some_and(Lab::has_news) => Some(TICK_MS),
            Rest::Still => None,
        }
    }
}
