//! The page's side of an open lab: the worker's life, questions and answers, and what happens when the worker traps.
//!
//! The run is deterministic, so replaying everything after a trap would trap again. The first time, the branch is replayed
//! up to the last input before the trap; if that traps too without anything new from the learner, one input less, and time
//! stands still until the learner says otherwise. So a fault can never become a restart loop.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use futures_channel::oneshot;
use timonier_core::sorted::SortedMap;

use crate::protocol::{
    Answer, FromEngine, Input, LabId, Open, Opened, Pace, Query, Source, Standing, Times, ToEngine, Travel,
    save::Entry,
};
use crate::view::board::Look;

use super::{
    bus::{Bus, Subscription},
    engine_link::{EngineLink, Incoming},
    store,
};

/// News from the session.
#[derive(Clone, Debug)]
pub enum News {
    /// The engine is being started or restarted.
    Starting,
    /// The engine answered.
    Ready,
    /// A message of the engine.
    Engine(Rc<FromEngine>),
    /// A command that the page types for the learner, visibly, in the terminal.
    Run(String),
    /// A command that must run even while another holds the terminal.
    Apply(String),
    /// Whether this tab may write to the store.
    Keeps(bool),
    /// A text that the page opens in the editor for the learner: path and text.
    OpenFile(String, String),
    /// The inspector is to open on this object: its kind, namespace and name.
    Inspect(String, String, String),
    /// The editor is to show this line of a file.
    ShowLine(String, u32),
    /// The pace changed.
    Pace(Pace),
    /// The engine trapped; a recovery begins. With what is known of the trap.
    Trapped(String),
    /// The engine cannot be brought back.
    Lost,
}

/// The branch the lab stands on, as the page heard of it, and how it fared.
#[derive(Default)]
struct Mirror {
    entries: Vec<Entry>,
    /// The entry that is reaching the cluster right now.
    applying: Option<u64>,
    /// Where the last recovery stopped: a trap with the same entries again costs one more.
    recovered_at: Option<Option<u64>>,
    /// Virtual time last heard of, in microseconds.
    now_us: u64,
}

struct Inner {
    link: RefCell<Option<EngineLink>>,
    ready: Cell<bool>,
    open: RefCell<Option<Open>>,
    opened: RefCell<Option<Rc<Opened>>>,
    edit: RefCell<Option<(String, String)>>,
    standing: RefCell<Option<Rc<(Standing, u32)>>>,
    mirror: RefCell<Mirror>,
    trap_report: RefCell<Vec<(String, Vec<Entry>)>>,
    times: RefCell<Times>,
    look: RefCell<Look>,
    pace: Cell<Pace>,
    keeps: Cell<bool>,
    taken: Cell<bool>,
    next: Cell<u32>,
    waiting: RefCell<SortedMap<u32, oneshot::Sender<Result<Answer, String>>>>,
    /// Questions asked before the engine could hear them.
    early: RefCell<Vec<ToEngine>>,
    /// What the learner wanted of a panel that was not there yet, in order.
    held: RefCell<Vec<News>>,
    /// A panel cannot come: nothing waits for it.
    lacking: Cell<bool>,
    bus: Bus<News>,
}

/// A handle on the session; cheap to clone.
#[derive(Clone)]
pub struct Session(Rc<Inner>);

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Default for Session {
    fn default() -> Self {
        Self(Rc::new(Inner {
            link: RefCell::new(None),
            ready: Cell::new(false),
            open: RefCell::new(None),
            opened: RefCell::new(None),
            edit: RefCell::new(None),
            standing: RefCell::new(None),
            mirror: RefCell::default(),
            trap_report: RefCell::default(),
            times: RefCell::default(),
            look: RefCell::default(),
            pace: Cell::new(Pace::Normal),
            keeps: Cell::new(false),
            taken: Cell::new(false),
            next: Cell::new(1),
            waiting: RefCell::default(),
            early: RefCell::default(),
            held: RefCell::default(),
            lacking: Cell::new(false),
            bus: Bus::default(),
        }))
    }
}

impl Session {
    /// Hears the news until the subscription is dropped.
    pub fn subscribe(&self, listener: impl Fn(&News) + 'static) -> Subscription<News> {
        self.0.bus.subscribe(listener)
    }

    /// Starts the engine, once.
    pub fn start(&self) {
        if self.0.link.borrow().is_none() {
            self.start_worker();
        }
    }

    fn start_worker(&self) {
        self.0.ready.set(false);
        self.0.bus.publish(&News::Starting);
        let weak = Rc::downgrade(&self.0);
        let hear = Rc::new(move |incoming| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).hear(incoming);
            }
        });
        match EngineLink::start(hear) {
            Ok(link) => drop(self.0.link.replace(Some(link))),
            Err(error) => {
                web_sys::console::error_1(&error);
                self.0.bus.publish(&News::Lost);
            }
        }
    }

    /// Whether the engine answers.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.ready.get()
    }

    /// The lab that is open, if one is.
    #[must_use]
    pub fn opened(&self) -> Option<Rc<Opened>> {
        self.0.opened.borrow().clone()
    }

    /// The text that a command waits to have edited, with the name of its file.
    #[must_use]
    pub fn edit(&self) -> Option<(String, String)> {
        self.0.edit.borrow().clone()
    }

    /// How the open exercise stands, and its best mark.
    #[must_use]
    pub fn standing(&self) -> Option<Rc<(Standing, u32)>> {
        self.0.standing.borrow().clone()
    }

    /// The pace.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.0.pace.get()
    }

    /// Virtual time last heard of, in microseconds.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        self.0.mirror.borrow().now_us
    }

    /// Opens a lab.
    pub fn open(&self, lab: LabId, source: Source) {
        let last_seen = store::get(&format!("clock.{}", lab.key())).and_then(|text| last_seen(&text));
        let open = Open {
            lab,
            source,
            keeps: self.0.keeps.get(),
            last_seen,
            seed: new_seed(),
            pace: self.0.pace.get(),
        };
        self.0.mirror.replace(Mirror::default());
        self.begin(open);
    }

    /// Begins the open lab again from its start.
    pub fn restart(&self) {
        let lab = self.0.open.borrow().as_ref().map(|open| open.lab.clone());
        if let Some(lab) = lab {
            self.open(lab, Source::Afresh);
        }
    }

    /// Opens the same lab again from what is kept.
    pub fn reopen(&self) {
        let lab = self.0.open.borrow().as_ref().map(|open| open.lab.clone());
        if let Some(lab) = lab {
            self.open(lab, Source::Kept);
        }
    }

    fn begin(&self, open: Open) {
        self.0.held.take();
        self.0.opened.replace(None);
        self.0.edit.replace(None);
        self.0.standing.replace(None);
        if self.0.ready.get() {
            self.send(&ToEngine::Open(open.clone()));
        }
        self.0.open.replace(Some(open));
    }

    /// Whether this tab may write to the store.
    pub fn set_keeps(&self, keeps: bool) {
        let kept = self.0.keeps.replace(keeps);
        self.0.taken.set(kept && !keeps);
        self.send(&ToEngine::Keeps(keeps));
        self.0.bus.publish(&News::Keeps(keeps));
    }

    /// Whether another tab writes: what is done here would be lost, so nothing can be.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.0.link.borrow().is_some() && !self.0.keeps.get()
    }

    /// Whether this tab wrote until another one took over.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.0.taken.get()
    }

    /// Forgets the open lab, because everything is being erased.
    pub fn forget(&self) {
        self.0.open.replace(None);
        self.0.opened.replace(None);
    }

    /// Sets the pace.
    pub fn set_pace(&self, pace: Pace) {
        self.0.pace.set(pace);
        self.send(&ToEngine::Pace(pace));
        self.0.bus.publish(&News::Pace(pace));
    }

    /// Where the lab stands in time.
    #[must_use]
    pub fn times(&self) -> Times {
        self.0.times.borrow().clone()
    }

    /// Whether what is shown is the past: nothing can be done to it.
    #[must_use]
    pub fn is_past(&self) -> bool {
        self.0.times.borrow().past_us.is_some()
    }

    /// The learner's lines on the branch the lab stands on, and when each was typed, in microseconds.
    #[must_use]
    pub fn lines(&self) -> Vec<(u64, String)> {
        let line = |entry: &Entry| match &entry.input {
            Input::Line(line) | Input::Beside(line) if !line.trim().is_empty() => {
                Some((entry.at_us, line.clone()))
            }
            _ => None,
        };
        self.0.mirror.borrow().entries.iter().filter_map(line).collect()
    }

    /// To another moment. What is looked at then stands still, until the learner lets it run.
    pub fn travel(&self, travel: Travel) {
        if matches!(travel, Travel::To(_)) && self.pace() != Pace::Paused {
            self.set_pace(Pace::Paused);
        }
        let moves = matches!(travel, Travel::Branch | Travel::Undo | Travel::Redo);
        if !(moves && self.is_read_only()) {
            self.send(&ToEngine::Travel(travel));
        }
    }

    /// The learner looks at the cluster so; a worker that is started later hears of it too.
    pub fn look(&self, look: Look) {
        self.send(&ToEngine::Look(look.clone()));
        self.0.look.replace(look);
    }

    /// Computes one step.
    pub fn step(&self) {
        self.send(&ToEngine::Step);
    }

    /// The view numbered so has been taken in.
    pub fn view_seen(&self, seq: u64) {
        self.send(&ToEngine::ViewSeen(seq));
    }

    /// The learner does something; a tab that only reads does not.
    pub fn act(&self, input: Input) {
        if self.is_read_only() || self.is_past() {
            return;
        }
        self.send(&ToEngine::Do {
            seq: self.number(),
            input,
        });
    }

    /// Keeps what a panel cannot do yet, for when it can.
    pub fn hold(&self, news: &News) {
        if !self.0.lacking.get() {
            self.0.held.borrow_mut().push(news.clone());
        }
    }

    /// A panel has come, or the lab has: what was held is wanted again, up to what has to wait longer.
    pub fn release(&self) {
        let mut wanted = self.0.held.take().into_iter();
        for news in wanted.by_ref() {
            self.0.bus.publish(&news);
            if !self.0.held.borrow().is_empty() {
                break;
            }
        }
        self.0.held.borrow_mut().extend(wanted);
    }

    /// A panel could not be loaded.
    pub fn give_up(&self) {
        self.0.lacking.set(true);
        self.release();
    }

    /// The learner wants something of a panel; it waits behind what waits already.
    fn want(&self, news: News) {
        if self.0.held.borrow().is_empty() {
            self.0.bus.publish(&news);
        } else {
            self.hold(&news);
        }
    }

    /// Types a command into the terminal for the learner, visibly.
    pub fn run(&self, line: &str) {
        self.want(News::Run(line.to_owned()));
    }

    /// Runs a command beside the terminal when that is busy.
    pub fn apply(&self, line: &str) {
        self.0.bus.publish(&News::Apply(line.to_owned()));
    }

    /// Opens a text as a file in the editor.
    pub fn open_file(&self, path: &str, text: &str) {
        self.want(News::OpenFile(path.to_owned(), text.to_owned()));
    }

    /// Opens the inspector on an object.
    pub fn inspect(&self, kind: String, namespace: String, name: String) {
        self.0.bus.publish(&News::Inspect(kind, namespace, name));
    }

    /// Shows a line of a file in the editor.
    pub fn show_line(&self, path: &str, line: u32) {
        self.0.bus.publish(&News::ShowLine(path.to_owned(), line));
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// The engine's sentence, or an empty one when the engine went away meanwhile.
    pub async fn ask(&self, query: Query) -> Result<Answer, String> {
        let acts = matches!(query, Query::NextHint | Query::Solution | Query::Answer { .. });
        if acts && self.is_read_only() {
            return Err(String::new());
        }
        let id = self.number();
        let (sender, receiver) = oneshot::channel();
        self.0.waiting.borrow_mut().insert(id, sender);
        let question = ToEngine::Ask { id, query };
        if self.0.ready.get() {
            self.send(&question);
        } else {
            // A worker that is still starting hears nothing.
            self.0.early.borrow_mut().push(question);
        }
        receiver.await.unwrap_or_else(|_| Err(String::new()))
    }

    /// What traps have put aside so far: reason and inputs.
    #[must_use]
    pub fn trap_report(&self) -> Vec<(String, Vec<Entry>)> {
        self.0.trap_report.borrow().clone()
    }

    /// Remembers the clock for the next visit; the store's own is up to a second older.
    pub fn keep_clock(&self) {
        let open = self.0.open.borrow();
        if let (Some(open), Some(_), true) = (open.as_ref(), self.opened(), self.0.keeps.get()) {
            let mirror = self.0.mirror.borrow();
            let head = mirror.entries.last().map_or(0, |entry| entry.id);
            store::set(
                &format!("clock.{}", open.lab.key()),
                &format!("{head} {}", mirror.now_us),
            );
        }
    }

    fn number(&self) -> u32 {
        let number = self.0.next.get();
        self.0.next.set(number.wrapping_add(1));
        number
    }

    fn send(&self, message: &ToEngine) {
        if let Some(link) = self.0.link.borrow().as_ref() {
            link.send(message);
        }
    }

    fn hear(&self, incoming: Incoming) {
        match incoming {
            Incoming::Message(message) => self.hear_message(message),
            Incoming::Trapped(reason) => self.recover(reason),
        }
    }

    fn hear_message(&self, message: FromEngine) {
        match &message {
            FromEngine::Ready { .. } => {
                self.0.ready.set(true);
                let look = self.0.look.borrow().clone();
                self.send(&ToEngine::Look(look));
                let open = self.0.open.borrow().clone();
                if let Some(mut open) = open {
                    open.keeps = self.0.keeps.get();
                    open.pace = self.0.pace.get();
                    self.send(&ToEngine::Open(open));
                }
                for question in self.0.early.take() {
                    self.send(&question);
                }
                self.0.bus.publish(&News::Ready);
            }
            FromEngine::Replaying(entries) => self.0.mirror.borrow_mut().entries.clone_from(entries),
            FromEngine::Opened(opened) => {
                self.0.times.take();
                self.0.mirror.borrow_mut().now_us = 0;
                self.0.mirror.borrow_mut().entries.clone_from(&opened.entries);
                self.0.opened.replace(Some(Rc::new((**opened).clone())));
            }
            FromEngine::Edit(edit) => self.0.edit.borrow_mut().clone_from(edit),
            FromEngine::Committed { entry, .. } => {
                let mut mirror = self.0.mirror.borrow_mut();
                mirror.applying = Some(entry.id);
                mirror.recovered_at = None;
                mirror.entries.push(entry.clone());
            }
            FromEngine::Applied { .. } => self.0.mirror.borrow_mut().applying = None,
            FromEngine::Times(times) => drop(self.0.times.replace(times.clone())),
            FromEngine::Clock { now_us, .. } if !self.is_past() => {
                self.0.mirror.borrow_mut().now_us = *now_us;
            }
            FromEngine::Standing { standing, best } => {
                drop(
                    self.0
                        .standing
                        .replace(Some(Rc::new(((**standing).clone(), *best)))),
                );
            }
            FromEngine::Answer { id, answer } => {
                let waiting = self.0.waiting.borrow_mut().remove(id);
                if let Some(waiting) = waiting {
                    drop(waiting.send(answer.clone()));
                }
                return;
            }
            _ => {}
        }
        self.0.bus.publish(&News::Engine(Rc::new(message)));
    }

    fn recover(&self, reason: String) {
        drop(self.0.link.replace(None));
        self.0.waiting.borrow_mut().clear();
        self.0.early.borrow_mut().clear();
        web_sys::console::error_1(&format!("the engine trapped: {reason}").into());
        let was_ready = self.0.ready.get();
        let Some(mut open) = self.0.open.borrow().clone().filter(|_| was_ready) else {
            self.0.bus.publish(&News::Lost);
            return;
        };
        let (head, again, entries) = {
            let mirror = self.0.mirror.borrow();
            let (head, again) = cut(&mirror);
            (head, again, mirror.entries.clone())
        };
        if again && head.is_none() && entries.is_empty() {
            // Nothing is left to take away: the lab itself traps.
            self.0.bus.publish(&News::Lost);
            return;
        }
        if again {
            self.0.pace.set(Pace::Paused);
            self.0.bus.publish(&News::Pace(Pace::Paused));
        }
        let kept = crate::protocol::save::branch(&entries, head).unwrap_or_default();
        let dropped = entries
            .iter()
            .filter(|entry| !kept.contains(entry))
            .cloned()
            .collect();
        self.0.trap_report.borrow_mut().push((reason.clone(), dropped));
        if let Some(opened) = self.0.opened.borrow().as_ref() {
            open.seed = opened.seed;
        }
        open.pace = self.0.pace.get();
        open.keeps = self.0.keeps.get();
        open.last_seen = None;
        open.source = Source::Recovered {
            entries,
            head,
            reason: reason.clone(),
        };
        self.0.mirror.replace(Mirror {
            entries: kept,
            recovered_at: Some(head),
            ..Mirror::default()
        });
        self.0.opened.replace(None);
        self.0.open.replace(Some(open));
        self.0.bus.publish(&News::Trapped(reason));
        self.start_worker();
    }
}

/// Where to stop the replay, and whether this is the same trap again.
fn cut(mirror: &Mirror) -> (Option<u64>, bool) {
    let last = mirror.entries.last();
    let parent_of_last = last.and_then(|entry| entry.parent);
    let again = mirror.recovered_at.is_some();
    if again || (mirror.applying.is_some() && mirror.applying == last.map(|entry| entry.id)) {
        (parent_of_last, again)
    } else {
        (last.map(|entry| entry.id), false)
    }
}

/// What [`Session::keep_clock`] wrote: head (0 for none) and microseconds.
fn last_seen(text: &str) -> Option<(Option<u64>, u64)> {
    let (head, now_us) = text.split_once(' ')?;
    let head: u64 = head.parse().ok()?;
    Some(((head > 0).then_some(head), now_us.parse().ok()?))
}

fn new_seed() -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "any 52 bits will do"
    )]
    let seed = (js_sys::Math::random() * 4_503_599_627_370_496.0) as u64;
    seed
}

#[cfg(test)]
mod tests {
    use super::{Mirror, cut};
    use crate::protocol::{Input, save::Entry};

    fn entries(count: u64) -> Vec<Entry> {
        (1..=count)
            .map(|id| Entry {
                id,
                parent: (id > 1).then(|| id - 1),
                at_us: id,
                input: Input::Interrupt,
            })
            .collect()
    }

    fn check(
        count: u64,
        applying: Option<u64>,
        recovered_at: Option<Option<u64>>,
        expected: (Option<u64>, bool),
    ) {
        let mirror = Mirror {
            entries: entries(count),
            applying,
            recovered_at,
            now_us: 0,
        };
        assert_eq!(cut(&mirror), expected, "{count} {applying:?} {recovered_at:?}");
    }

    #[test]
    fn a_trap_costs_as_little_as_possible() {
        // A timer trapped: everything the learner did is replayed first, then one input less each time.
        check(3, None, None, (Some(3), false));
        check(3, None, Some(Some(3)), (Some(2), true));
        check(2, None, Some(Some(2)), (Some(1), true));
        check(1, None, Some(Some(1)), (None, true));
        // An input trapped: it is not replayed at all.
        check(3, Some(3), None, (Some(2), false));
        check(1, Some(1), None, (None, false));
        // Nothing was done.
        check(0, None, None, (None, false));
    }
}
