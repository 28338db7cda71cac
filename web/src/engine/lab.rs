//! An opened lab: a cluster, the log of what was done to it, and the exercise it is for.

use crate::protocol::{
    FromEngine, Input, Keeping, LabId, Open, Opened, Shell, mark_name,
    save::{Entry, Header, Snapshot},
};

use timonier_lessons::view;

use super::{
    VERSION, assist, course::Setting, exercise::Exercise, host::Host, opening, outbox::Outbox,
    persist::Keeper,
};

/// How often the clock is kept, in milliseconds of wall time.
const CLOCK_MS: f64 = 1000.0;
/// How often a snapshot is kept when something changed, in milliseconds of wall time.
const SNAPSHOT_MS: f64 = 30_000.0;

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
    view_told: Option<(u64, u64)>,
    clock_kept_ms: f64,
    snapshot_kept: (f64, u64),
    keeping_told: Keeping,
}

impl Lab {
    /// Opens a lab and tells the page.
    pub(super) async fn open(open: Open, setting: &Setting, keeper: &mut Keeper, outbox: &Outbox) -> Self {
        // The grader sees every moment that is replayed; what the learner typed then is in its ledger already.
        let mut grader = None;
        let standing = opening::open(
            &open,
            setting,
            keeper,
            outbox,
            &mut |host, seed| match &mut grader {
                None => {
                    grader = setting.grader(seed);
                    if let Some(grader) = &mut grader {
                        grader.begin(host.evidence());
                    }
                }
                Some(grader) => grader.observe(host.evidence()),
            },
        )
        .await;
        let exercise = match grader {
            Some(grader) => {
                let lesson = open.lab.lesson.as_deref().unwrap_or_default();
                let name = mark_name(lesson, &grader.exercise().id);
                Some(Exercise::new(name, grader, keeper).await)
            }
            None => None,
        };
        let now_ms = outbox.wall_ms();
        let mut lab = Self {
            id: open.lab,
            snapshot_kept: (now_ms, standing.host.revision()),
            host: standing.host,
            exercise,
            header: standing.header,
            branch: standing.branch,
            shell_told: Shell::default(),
            view_told: None,
            clock_kept_ms: now_ms,
            keeping_told: keeper.keeping(),
        };
        lab.shell_told = lab.host.shell();
        outbox.send(&FromEngine::Opened(Box::new(Opened {
            lab: lab.id.clone(),
            seed: lab.header.seed,
            entries: lab.branch.clone(),
            transcript: standing.transcript,
            exercise: setting.variant(lab.header.seed).as_ref().map(view::exercise),
            shell: lab.shell_told.clone(),
            terminal_size: lab.terminal_size(),
            files: lab.host.files(),
            history: lab.history(),
            notices: standing.notices,
            keeping: lab.keeping_told.clone(),
        })));
        lab
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
        let entry = Entry {
            id: self.header.next_id,
            parent: self.header.head,
            at_us: self.host.now_us(),
            input,
        };
        self.header.next_id += 1;
        self.header.head = Some(entry.id);
        self.header.now_us = entry.at_us;
        self.branch.push(entry.clone());
        keeper.keep_entry(&self.header, &entry).await;
        outbox.send(&FromEngine::Committed {
            seq,
            entry: entry.clone(),
        });
        if let Some(exercise) = &mut self.exercise {
            exercise.attend();
        }
        assist::prepare(&entry.input).await;
        self.host.input(&entry.input);
        outbox.send(&FromEngine::Applied { seq });
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
        self.view_told != Some((self.host.now_us(), self.host.revision()))
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
        if let Some(exercise) = &mut self.exercise {
            for used in used {
                exercise.used(used);
            }
            exercise.report(self.host.evidence(), outbox);
        }
    }

    /// Sends what changed in the view.
    pub(super) fn report_view(&mut self, seq: u64, outbox: &Outbox) -> Told {
        let now = (self.host.now_us(), self.host.revision());
        let told = self.view_told.replace(now);
        if told == Some(now) {
            return Told::Nothing;
        }
        if told.is_some_and(|(_, revision)| revision == now.1) {
            outbox.send(&FromEngine::Clock {
                now_us: now.0,
                revision: now.1,
            });
            return Told::Clock;
        }
        outbox.send(&FromEngine::View {
            seq,
            delta: Box::new(self.host.view_delta()),
        });
        Told::View
    }
}
