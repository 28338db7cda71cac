//! An opened lab: a cluster, the log of what was done to it, and the exercise it is for.

use crate::protocol::{
    FromEngine, Input, Keeping, LabId, Open, Opened, Shell, Times, mark_name,
    save::{self, Entry, Header, Snapshot},
};
use crate::view::board::Look;

use timonier_core::cluster::Cluster;
use timonier_lessons::grade::Grader;
use timonier_lessons::view;

use super::{
    VERSION, assist,
    course::Setting,
    exercise::Exercise,
    host::{Host, Skipped},
    opening::{self, Standing},
    outbox::Outbox,
    persist::Keeper,
    timeline::{Past, Timeline},
};

/// How often the clock is kept, in milliseconds of wall time.
const CLOCK_MS: f64 = 1000.0;
/// How often a snapshot is kept when something changed, in milliseconds of wall time.
const SNAPSHOT_MS: f64 = 30_000.0;

/// How far the search for the next change goes, in microseconds of virtual time: a day.
const SEARCH_US: u64 = 86_400_000_000;

/// A place in the tree: the head there, and when it was left, in microseconds.
type Place = (Option<u64>, u64);

/// A move in the tree.
pub(super) struct Move {
    to: Place,
    /// Files that the learner saved after the place and that are not to be lost.
    files: Vec<Input>,
    redo: Vec<Place>,
}

/// What the page was told of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing: there is no news.
    Nothing,
    /// The clock.
    Clock,
    /// A view, to be acknowledged.
    View,
}

/// A lab being worked in.
pub(super) struct Lab {
    id: LabId,
    host: Host,
    exercise: Option<Exercise>,
    header: Header,
    branch: Vec<Entry>,
    shell_told: Shell,
    edit_told: Option<(String, String)>,
    view_told: Option<(u64, u64)>,
    clock_kept_ms: f64,
    snapshot_kept: (f64, u64),
    keeping_told: Keeping,
    setting: Setting,
    /// Every entry there is, on all branches.
    tree: Vec<Entry>,
    base: Option<Snapshot>,
    timeline: Timeline,
    /// The moment that is looked at, unless it is the present.
    past: Option<Past>,
    /// Where what was undone led to, the last one last.
    redo: Vec<Place>,
    /// Commands of several lines that ended: when they began, and their text.
    long: Vec<(u64, String)>,
    /// Until when the next change is searched for.
    search_until_us: Option<u64>,
    quiet: bool,
    times_told: Times,
    look: Look,
}

impl Lab {
    /// Opens a lab and tells the page.
    pub(super) async fn open(open: Open, setting: &Setting, keeper: &mut Keeper, outbox: &Outbox) -> Self {
        // The grader sees every moment that is replayed; what the learner typed then is in its ledger already.
        let mut grader = None;
        let mut watch = watcher(setting, &mut grader);
        let standing = opening::open(&open, setting, keeper, outbox, &mut watch).await;
        drop(watch);
        let (mut lab, told) = Self::new(open.lab, standing, grader, setting, keeper, outbox).await;
        lab.tell_opened(told, outbox);
        lab
    }

    async fn new(
        id: LabId,
        standing: Standing,
        grader: Option<Grader>,
        setting: &Setting,
        keeper: &Keeper,
        outbox: &Outbox,
    ) -> (Self, (String, Vec<crate::protocol::Notice>)) {
        let exercise = match grader {
            Some(grader) => {
                let lesson = id.lesson.as_deref().unwrap_or_default();
                let name = mark_name(lesson, &grader.exercise().id);
                Some(Exercise::new(name, grader, keeper).await)
            }
            None => None,
        };
        let now_ms = outbox.wall_ms();
        let lab = Self {
            id,
            snapshot_kept: (now_ms, standing.host.revision()),
            host: standing.host,
            exercise,
            header: standing.header,
            branch: standing.branch,
            shell_told: Shell::default(),
            edit_told: None,
            view_told: None,
            clock_kept_ms: now_ms,
            keeping_told: keeper.keeping(),
            setting: setting.clone(),
            tree: standing.tree,
            base: standing.base,
            timeline: standing.timeline,
            past: None,
            redo: Vec::new(),
            long: Vec::new(),
            search_until_us: None,
            quiet: false,
            times_told: Times::default(),
            look: Look::default(),
        };
        (lab, (standing.transcript, standing.notices))
    }

    fn tell_opened(&mut self, told: (String, Vec<crate::protocol::Notice>), outbox: &Outbox) {
        self.shell_told = self.host.shell();
        outbox.send(&FromEngine::Opened(Box::new(Opened {
            lab: self.id.clone(),
            seed: self.header.seed,
            entries: self.branch.clone(),
            transcript: told.0,
            exercise: self
                .setting
                .variant(self.header.seed)
                .as_ref()
                .map(view::exercise),
            shell: self.shell_told.clone(),
            terminal_size: self.terminal_size(),
            files: self.host.files(),
            history: self.history(),
            notices: told.1,
            keeping: self.keeping_told.clone(),
        })));
        self.times_told = Times {
            quiet: true,
            ..Times::default()
        };
    }

    /// To another place of the tree: everything up to it is played again, as it is after a reload. Hints and commands used stay used.
    pub(super) async fn moved(mut self, to: Move, keeper: &mut Keeper, outbox: &Outbox) -> Self {
        let Ok(branch) = save::branch(&self.tree, to.to.0) else {
            return self;
        };
        let header = Header {
            head: to.to.0,
            now_us: to.to.1,
            ..self.header.clone()
        };
        keeper.keep_header(&header).await;
        let script = opening::Script {
            until_us: header.now_us,
            header,
            branch,
            tree: std::mem::take(&mut self.tree),
            base: self.base.take(),
            files: Vec::new(),
        };
        let ledger = self.exercise.as_ref().map(|exercise| exercise.ledger().clone());
        let mut grader = None;
        let mut watch = watcher(&self.setting, &mut grader);
        let standing = opening::play(script, &self.setting, outbox, Vec::new(), &mut watch).await;
        drop(watch);
        let (mut lab, told) = Self::new(self.id, standing, grader, &self.setting, keeper, outbox).await;
        if let (Some(exercise), Some(ledger)) = (&mut lab.exercise, ledger) {
            exercise.carry(ledger);
        }
        for input in to.files {
            lab.commit(&input, keeper).await;
            lab.host.input(&input);
        }
        lab.redo = to.redo;
        lab.look(self.look);
        lab.tell_opened(told, outbox);
        lab
    }

    /// The learner looks at the cluster so.
    pub(super) fn look(&mut self, look: Look) {
        self.host.look(look.clone());
        if let Some(past) = &mut self.past {
            past.host().look(look.clone());
        }
        self.look = look;
        self.view_told = None;
    }

    /// Looks at a moment of the past.
    pub(super) fn look_back(&mut self, at_us: u64) {
        self.past = Past::new(&self.timeline, self.past.take(), at_us.min(self.host.now_us()));
        self.view_told = None;
        let look = self.look.clone();
        if let Some(past) = &mut self.past {
            past.host().look(look);
        }
    }

    /// Back to the present.
    pub(super) fn look_ahead(&mut self) {
        if self.past.take().is_some() {
            self.host.tell_anew();
            self.host.look(self.look.clone());
            self.view_told = None;
        }
    }

    /// Whether the past is looked at.
    pub(super) fn is_past(&self) -> bool {
        self.past.is_some()
    }

    /// Computes the moment looked at, after `granted_us` more of it; true when it is reached.
    pub(super) fn run_past(&mut self, granted_us: u64, enough: impl FnMut() -> bool) -> bool {
        let Some(past) = &mut self.past else { return true };
        past.play(granted_us);
        if past.target_us() >= self.host.now_us() && granted_us > 0 {
            self.look_ahead();
            return true;
        }
        past.run(&self.branch, enough)
    }

    /// From the moment looked at on another branch.
    pub(super) fn branch_off(&self) -> Option<Move> {
        let at_us = self.past.as_ref()?.target_us();
        let last = self.branch.iter().rev().find(|entry| entry.at_us <= at_us);
        Some(Move {
            to: (last.map(|entry| entry.id), at_us),
            files: Vec::new(),
            redo: vec![(self.header.head, self.host.now_us())],
        })
    }

    /// The entry that began the last command, with its text.
    fn last_command(&self) -> Option<(usize, &str)> {
        let (place, line, at_us) = self.branch.iter().enumerate().rev().find_map(|(place, entry)| {
            let (Input::Line(line) | Input::Beside(line)) = &entry.input else {
                return None;
            };
            (!line.trim().is_empty()).then_some((place, line.as_str(), entry.at_us))
        })?;
        // A command of several lines is undone as a whole.
        let whole = self
            .long
            .iter()
            .rev()
            .find(|(began_us, text)| *began_us <= at_us && text.rsplit('\n').next() == Some(line));
        let first = whole.and_then(|(began_us, text)| {
            let text = text.split('\n').next()?;
            let is_first =
                |entry: &Entry| entry.at_us == *began_us && entry.input == Input::Line(text.to_owned());
            Some((self.branch.iter().position(is_first)?, text))
        });
        let (place, line) = first.unwrap_or((place, line));
        Some((place, line))
    }

    /// To before the last command; what the learner saved in the editor since stays saved.
    pub(super) fn undo(&self) -> Option<Move> {
        let (place, _) = self.last_command()?;
        let entry = self.branch.get(place)?;
        let is_file = |input: &Input| {
            matches!(
                input,
                Input::SaveFile { .. } | Input::RemoveFile { .. } | Input::RenameFile { .. }
            )
        };
        let later = self.branch.iter().skip(place + 1).map(|entry| &entry.input);
        let mut redo = self.redo.clone();
        redo.push((self.header.head, self.host.now_us()));
        Some(Move {
            to: (entry.parent, entry.at_us),
            files: later.filter(|input| is_file(input)).cloned().collect(),
            redo,
        })
    }

    /// To after what was undone last.
    pub(super) fn redo(&self) -> Option<Move> {
        let mut redo = self.redo.clone();
        let to = redo.pop()?;
        Some(Move {
            to,
            files: Vec::new(),
            redo,
        })
    }

    /// Searches for the next change from now on.
    pub(super) fn search(&mut self) {
        self.search_until_us = Some(self.host.now_us() + SEARCH_US);
        self.quiet = false;
    }

    /// Goes on with the search, if there is one; true when nothing is left to search.
    pub(super) fn run_search(&mut self, enough: impl FnMut() -> bool) -> bool {
        let Some(until_us) = self.search_until_us else {
            return true;
        };
        let found = self.host.skip(until_us, enough);
        if found != Skipped::Half {
            self.search_until_us = None;
        }
        self.quiet = found == Skipped::Nothing;
        found != Skipped::Half
    }

    /// Whether the next change is being searched for.
    pub(super) fn searches(&self) -> bool {
        self.search_until_us.is_some()
    }

    /// So much of the wall clock was spent on computing the present.
    pub(super) fn computed(&mut self, ms: f64) {
        self.timeline.computed(ms, &self.host, self.branch.len());
    }

    /// Tells the page where the lab stands in time, if that changed.
    pub(super) fn report_times(&mut self, outbox: &Outbox) {
        let times = Times {
            past_us: self.past.as_ref().map(Past::target_us),
            now_us: if self.is_past() { self.host.now_us() } else { 0 },
            undo: self.last_command().map(|(_, line)| line.to_owned()),
            redo: !self.redo.is_empty(),
            quiet: self.quiet,
            coarse: self.timeline.is_coarse(),
        };
        if times != self.times_told {
            self.times_told = times.clone();
            outbox.send(&FromEngine::Times(times));
        }
    }

    /// The cluster that is looked at.
    pub(super) fn cluster(&self) -> &Cluster {
        self.past.as_ref().map_or(&self.host, Past::seen).cluster()
    }

    fn terminal_size(&self) -> Option<(u16, u16)> {
        let size = |entry: &Entry| match entry.input {
            Input::Resize { columns, rows } => Some((columns, rows)),
            _ => None,
        };
        self.branch.iter().rev().find_map(size)
    }

    fn history(&self) -> Vec<String> {
        let line = |entry: &Entry| match &entry.input {
            Input::Line(line) if !line.trim().is_empty() => Some(line.clone()),
            _ => None,
        };
        self.branch.iter().filter_map(line).collect()
    }

    /// The learner did something: keep it, tell the page, let it reach the cluster.
    pub(super) async fn act(&mut self, seq: u32, input: Input, keeper: &mut Keeper, outbox: &Outbox) {
        if self.is_past() {
            // The page does not offer it; a message that was under way is too late.
            return;
        }
        self.quiet = false;
        if !matches!(input, Input::Resize { .. }) {
            self.redo.clear();
        }
        let entry = self.commit(&input, keeper).await;
        outbox.send(&FromEngine::Committed {
            seq,
            entry: entry.clone(),
        });
        if let Some(exercise) = &mut self.exercise {
            exercise.attend();
        }
        if let Input::Line(_) = &input {
            // So the page takes it to be: a command that is over at once and prints nothing must be told too.
            self.shell_told.running = true;
        }
        assist::prepare(&entry.input).await;
        self.host.input(&entry.input);
        outbox.send(&FromEngine::Applied { seq });
    }

    /// Keeps an input, with the head moved to it.
    async fn commit(&mut self, input: &Input, keeper: &mut Keeper) -> Entry {
        let entry = Entry {
            id: self.header.next_id,
            parent: self.header.head,
            at_us: self.host.now_us(),
            input: input.clone(),
        };
        self.header.next_id += 1;
        self.header.head = Some(entry.id);
        self.header.now_us = entry.at_us;
        self.branch.push(entry.clone());
        self.tree.push(entry.clone());
        keeper.keep_entry(&self.header, &entry).await;
        entry
    }

    /// Computes up to this much virtual time, in microseconds; false when `enough` stopped it before.
    pub(super) fn run(&mut self, granted_us: u64, enough: impl FnMut() -> bool) -> bool {
        self.host.run_until(self.host.now_us() + granted_us, enough)
    }

    /// Computes the next moment at which something happens.
    pub(super) fn step(&mut self) {
        if let Some(next_us) = self.host.next_event_us() {
            self.host.run_until(next_us, || false);
        }
    }

    /// Virtual time, in microseconds.
    pub(super) fn now_us(&self) -> u64 {
        self.host.now_us()
    }

    /// The exercise.
    pub(super) fn exercise(&mut self) -> Option<&mut Exercise> {
        self.exercise.as_mut()
    }

    /// The cluster.
    pub(super) fn host(&mut self) -> &mut Host {
        &mut self.host
    }

    /// Whether the page has not been told everything yet.
    pub(super) fn has_news(&self) -> bool {
        let shown = self.past.as_ref().map_or(&self.host, Past::seen);
        self.view_told != Some((shown.now_us(), shown.revision()))
    }

    /// Keeps the clock every second, and a snapshot every half minute when something changed.
    pub(super) async fn keep(&mut self, keeper: &mut Keeper, outbox: &Outbox) {
        let (now_ms, now_us, revision) = (outbox.wall_ms(), self.host.now_us(), self.host.revision());
        if now_ms - self.clock_kept_ms >= CLOCK_MS && now_us != self.header.now_us {
            self.clock_kept_ms = now_ms;
            self.header.now_us = now_us;
            keeper.keep_header(&self.header).await;
        }
        let (kept_ms, kept_revision) = self.snapshot_kept;
        if now_ms - kept_ms >= SNAPSHOT_MS && revision != kept_revision {
            self.snapshot_kept = (now_ms, revision);
            let snapshot = self.snapshot();
            keeper.keep_snapshot(&self.header.lab, &snapshot).await;
        }
        if let Some(exercise) = &mut self.exercise {
            exercise.keep(keeper).await;
        }
        let keeping = keeper.keeping();
        if keeping != self.keeping_told {
            self.keeping_told = keeping.clone();
            outbox.send(&FromEngine::Keeping(keeping));
        }
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            engine: VERSION.to_owned(),
            now_us: self.host.now_us(),
            head: self.header.head,
            objects: self.host.objects(),
            files: self.host.files(),
        }
    }

    /// Sends what the terminal printed.
    pub(super) fn report_terminal(&mut self, outbox: &Outbox) {
        let output = self.host.take_output();
        let shell = self.host.shell();
        if !output.is_empty() || shell != self.shell_told {
            self.shell_told = shell.clone();
            outbox.send(&FromEngine::Terminal { output, shell });
        }
        let edit = self.host.editing();
        if edit != self.edit_told {
            self.edit_told.clone_from(&edit);
            outbox.send(&FromEngine::Edit(edit));
        }
        for path in self.host.take_opened() {
            outbox.send(&FromEngine::OpenFile(path));
        }
        let files = self.host.take_changed_files();
        if !files.is_empty() {
            outbox.send(&FromEngine::Files(files));
        }
    }

    /// Sends how the exercise stands, if that changed.
    pub(super) fn report_standing(&mut self, outbox: &Outbox) {
        let used = self.host.take_used();
        let long = used.iter().filter(|used| used.line.contains('\n'));
        self.long
            .extend(long.map(|used| (used.at.as_micros(), used.line.clone())));
        if let Some(exercise) = &mut self.exercise {
            for used in used {
                exercise.used(used);
            }
            exercise.report(self.host.evidence(), outbox);
        }
    }

    /// Sends what changed in the view.
    pub(super) fn report_view(&mut self, seq: u64, outbox: &Outbox) -> Told {
        let shown = self.past.as_mut().map_or(&mut self.host, Past::host);
        let now = (shown.now_us(), shown.revision());
        let told = self.view_told.replace(now);
        if told == Some(now) {
            return Told::Nothing;
        }
        if told.is_some_and(|(_, revision)| revision == now.1) {
            outbox.send(&FromEngine::Clock {
                now_us: now.0,
                revision: now.1,
            });
            if shown.has_traffic()
                && let Some(board) = shown.board()
            {
                outbox.send(&FromEngine::Board(Box::new(board)));
            }
            return Told::Clock;
        }
        outbox.send(&FromEngine::View {
            seq,
            delta: Box::new(shown.view_delta()),
            board: shown.board().map(Box::new),
        });
        Told::View
    }
}

/// Shows an exercise's grader every moment that is played.
fn watcher<'a>(setting: &'a Setting, grader: &'a mut Option<Grader>) -> impl FnMut(&Host, u64) + 'a {
    move |host, seed| match grader {
        None => {
            *grader = setting.grader(seed);
            if let Some(grader) = grader {
                grader.begin(host.evidence());
            }
        }
        Some(grader) => grader.observe(host.evidence()),
    }
}
