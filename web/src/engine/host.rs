//! The cluster as the engine drives it: one learner, one shell session, one work folder. The only place of the web crate
//! that drives the simulator.

use std::time::Duration;
use timonier_core::sorted::SortedMap;
use timonier_core::{
    api::Kind,
    cluster::{Cluster, SessionId, Topology},
    sh::{Stream, resolve},
    sim::Time,
    terminal::{self, HOME, Output, State},
};
use timonier_lessons::{
    evidence::Evidence,
    format::Start,
    grade::Used,
    lab::{self, Ran},
};

use crate::{
    protocol::{Completion, Input, Shell, save::Snapshot},
    texts,
    view::{
        board::{Board, Look},
        projection::Delta,
    },
};

use super::{
    board::{BoardBuilder, Samples},
    restore,
    view::ViewBuilder,
    windows::{self, Window},
};

/// Events computed between two looks at the wall clock.
const EVENTS_PER_LOOK: u32 = 8;
/// What stands before a line that ran beside the terminal.
const SECOND_TERMINAL: &str = "[second terminal]";
/// Changes that the store keeps for watches.
const MOST_CHANGES: usize = 20_000;
/// How long a line of a start's script may run, in virtual time.
const SCRIPT_PATIENCE: Duration = Duration::from_secs(600);

/// What came of a search for the next change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skipped {
    /// Something changed.
    Found,
    /// The search goes on.
    Half,
    /// Nothing is going to change.
    Nothing,
}

/// A cluster with the learner's session on it.
#[derive(Clone)]
pub(super) struct Host {
    cluster: Cluster,
    session: SessionId,
    view: ViewBuilder,
    board: BoardBuilder,
    samples: Samples,
    /// When a fault made on purpose is due; debug builds only.
    trap_at: Option<Time>,
    /// What the terminal printed and nobody has taken.
    output: String,
    /// Whether what it printed last ended a row.
    at_edge: bool,
    /// Lines that run in terminals of their own: the session, when the line was typed, and its text.
    beside: Vec<(SessionId, Time, String)>,
    /// Why the start state is not what it should be.
    start_failed: Option<String>,
    /// Files that a command wants open in the editor.
    opened: Vec<String>,
    /// The command that runs: when it was typed, and its text.
    running: Option<(Time, String)>,
    /// The number of the window that is shown, and what it has shown.
    window: u8,
    kept: String,
    /// The other windows.
    windows: Vec<Window>,
    /// The size that the learner's terminal has.
    size: Option<(u16, u16)>,
    used: Vec<Used>,
    /// The work folder as the page knows it.
    files_told: SortedMap<String, String>,
    folder_told: u64,
}

impl Host {
    /// A new cluster, in the start state of its lab.
    pub(super) fn new(seed: u64, start: &Start) -> Self {
        let workers = start.topology.as_ref().map(|topology| topology.workers);
        let topology = workers.map_or_else(Topology::default, Topology::with_workers);
        let mut cluster = Cluster::new(seed, &topology);
        for (name, image) in &start.images {
            let added = cluster
                .catalog_mut()
                .add(name, image.text.as_deref().unwrap_or_default());
            if let Err(error) = added {
                web_sys::console::error_1(&format!("image {name}: {error:?}").into());
            }
        }
        let mut host = Self::of(cluster);
        host.start_failed = lab::begin(&mut host, start).err();
        host.forget_script();
        host
    }

    /// What a start's script typed is not the learner's.
    fn forget_script(&mut self) {
        self.cluster.close_session(self.session);
        self.session = self.cluster.open_session();
        self.kept.clear();
        self.cluster.offer_editor(self.session);
        self.cluster.forget_unsimulated();
        let laptop = self.cluster.laptop_mut();
        laptop.history.clear();
        laptop.used.clear();
        self.output.clear();
        self.at_edge = true;
        self.opened.clear();
        self.used.clear();
        self.running = None;
        self.files_told = self.files().into_iter().collect();
        self.folder_told = self.cluster.laptop().folder.revision();
    }

    /// The cluster of a snapshot: a new one with its objects and files, for another version wrote it.
    pub(super) fn from_snapshot(seed: u64, start: &Start, snapshot: &Snapshot) -> Self {
        let mut host = Self::new(
            seed,
            &Start {
                script: Vec::new(),
                ..start.clone()
            },
        );
        restore::objects(&mut host.cluster, &snapshot.objects);
        for (path, text) in &snapshot.files {
            host.input(&Input::SaveFile {
                path: path.clone(),
                text: text.clone(),
            });
        }
        host.run_until(snapshot.now_us, || false);
        host.forget_script();
        host
    }

    fn of(mut cluster: Cluster) -> Self {
        let session = cluster.open_session();
        cluster.offer_editor(session);
        Self {
            cluster,
            session,
            view: ViewBuilder::default(),
            board: BoardBuilder::default(),
            samples: Samples::default(),
            trap_at: None,
            output: String::new(),
            at_edge: true,
            beside: Vec::new(),
            start_failed: None,
            opened: Vec::new(),
            running: None,
            window: 1,
            kept: String::new(),
            windows: Vec::new(),
            size: None,
            used: Vec::new(),
            files_told: SortedMap::new(),
            folder_told: 0,
        }
    }

    /// Virtual time, in microseconds.
    pub(super) fn now_us(&self) -> u64 {
        self.cluster.now().as_micros()
    }

    /// When the next thing happens, in microseconds; `None` when nothing is due.
    pub(super) fn next_event_us(&self) -> Option<u64> {
        self.cluster.next_event_at().map(Time::as_micros)
    }

    /// Computes until this moment or until `enough` says so; true when the moment was reached.
    pub(super) fn run_until(&mut self, until_us: u64, mut enough: impl FnMut() -> bool) -> bool {
        let until = Time(until_us).max(self.cluster.now());
        let trap = self.trap_at.filter(|at| *at <= until);
        let reached = loop {
            let reached = self.cluster.run_slice(trap.unwrap_or(until), EVENTS_PER_LOOK);
            self.listen();
            if reached {
                break true;
            }
            if enough() {
                break false;
            }
        };
        if trap.is_some() && reached {
            fault(self.cluster.now());
        }
        reached
    }

    /// The learner's input reaches the session or the work folder.
    pub(super) fn input(&mut self, input: &Input) {
        match input {
            Input::Line(line) => self.line(line),
            Input::Beside(line) => self.beside(line),
            Input::Stdin(line) => {
                self.keep(&format!("{line}\n"));
                self.send(terminal::Input::Line(line.clone()));
            }
            Input::EndOfFile => self.send(terminal::Input::Eof),
            Input::Interrupt => {
                self.keep("^C\n");
                self.send(terminal::Input::Interrupt);
            }
            Input::Window(number) => self.show_window(*number),
            Input::CloseWindow(number) => self.close_window(*number),
            Input::Edited(text) => self.send(terminal::Input::Edited(text.clone())),
            Input::Resize { columns, rows } => {
                self.size = Some((*columns, *rows));
                self.send(terminal::Input::Resize {
                    columns: *columns,
                    rows: *rows,
                });
            }
            Input::SaveFile { path, text } => {
                let saved = self.cluster.laptop_mut().save_file(path, text);
                if saved.is_ok() {
                    self.files_told.insert(path.clone(), text.clone());
                }
            }
            Input::RemoveFile { path } => {
                let removed = self.cluster.laptop_mut().folder.remove(&resolve(HOME, path));
                if removed.is_ok() {
                    self.files_told.remove(path);
                }
            }
            Input::RenameFile { from, to } => {
                let (from_path, to_path) = (resolve(HOME, from), resolve(HOME, to));
                let renamed = self.cluster.laptop_mut().folder.rename(&from_path, &to_path);
                if renamed.is_ok()
                    && let Some(text) = self.files_told.remove(from)
                {
                    self.files_told.insert(to.clone(), text);
                }
            }
        }
    }

    fn line(&mut self, line: &str) {
        if let Some(after) = armed(line) {
            match after {
                None => fault(self.cluster.now()),
                Some(after) => self.trap_at = Some(self.cluster.now() + after),
            }
        }
        let now = self.cluster.now();
        let prompt = self.shell().prompt;
        self.keep(&format!("{prompt}{line}\n"));
        match &mut self.running {
            Some((_, text)) => {
                text.push('\n');
                text.push_str(line);
            }
            None => self.running = Some((now, line.to_owned())),
        }
        self.send(terminal::Input::Line(line.to_owned()));
    }

    /// Runs a line in a terminal of its own; what it prints is shown between the rows of the first.
    fn beside(&mut self, line: &str) {
        let (session, now) = (self.cluster.open_session(), self.cluster.now());
        let edge = if self.at_edge { "" } else { "\n" };
        self.print(&format!("{edge}\x1b[2m{SECOND_TERMINAL} $ {line}\x1b[0m\n"));
        self.beside.push((session, now, line.to_owned()));
        self.cluster.send(session, terminal::Input::Line(line.to_owned()));
        self.listen();
    }

    fn print(&mut self, text: &str) {
        if !text.is_empty() {
            self.keep(text);
            self.output.push_str(text);
            self.at_edge = text.ends_with('\n');
        }
    }

    /// Keeps what the window shows, for when it is shown again.
    fn keep(&mut self, text: &str) {
        windows::keep(&mut self.kept, text);
    }

    /// Puts the window that is shown aside and shows another.
    fn show_window(&mut self, number: u8) {
        if number == self.window {
            return;
        }
        let place = self.windows.iter().position(|window| window.number == number);
        let next = match place {
            Some(place) => self.windows.swap_remove(place),
            None if self.windows.len() + 1 >= windows::MOST => return,
            None => {
                let session = self.cluster.open_session();
                self.cluster.offer_editor(session);
                Window::new(number, session)
            }
        };
        self.windows.push(Window {
            number: std::mem::replace(&mut self.window, next.number),
            session: std::mem::replace(&mut self.session, next.session),
            kept: std::mem::replace(&mut self.kept, next.kept),
            at_edge: std::mem::replace(&mut self.at_edge, next.at_edge),
            running: std::mem::replace(&mut self.running, next.running),
        });
        self.output = format!("{}{}", windows::CLEAR, self.kept);
        if let Some((columns, rows)) = self.size {
            self.send(terminal::Input::Resize { columns, rows });
        }
    }

    fn close_window(&mut self, number: u8) {
        if self.window == number {
            let Some(next) = self.windows.iter().map(|window| window.number).min() else {
                return;
            };
            self.show_window(next);
        }
        if let Some(place) = self.windows.iter().position(|window| window.number == number) {
            let closed = self.windows.swap_remove(place);
            self.cluster.close_session(closed.session);
        }
    }

    /// Hears the windows that are not shown.
    fn listen_aside(&mut self) {
        let mut all = std::mem::take(&mut self.windows);
        for window in &mut all {
            for output in self.cluster.take_output(window.session) {
                match output {
                    Output::Text { stream, text } => window.print(&painted_text(stream, text)),
                    Output::Open(path) => self.opened.push(relative(&path)),
                }
            }
            if let Some(State::Ready { exit, .. } | State::Ended { exit, .. }) = self.state(window.session)
                && let Some((at, line)) = window.running.take()
            {
                self.ended(at, line, exit);
            }
        }
        self.windows = all;
    }

    fn send(&mut self, input: terminal::Input) {
        self.cluster.send(self.session, input);
        self.listen();
    }

    fn state(&self, session: SessionId) -> Option<State> {
        self.cluster.session(session).map(terminal::Session::state)
    }

    /// Takes what the session printed, and notes a command that ended.
    fn listen(&mut self) {
        self.take_from(self.session);
        self.listen_aside();
        if let Some(State::Ready { exit, .. } | State::Ended { exit, .. }) = self.state(self.session)
            && let Some((at, line)) = self.running.take()
        {
            self.ended(at, line, exit);
        }
        for what in self.cluster.take_unsimulated() {
            let kind = what.starts_with(|c: char| c.is_uppercase());
            let said = if kind {
                texts::UNSIMULATED_KIND
            } else {
                texts::UNSIMULATED_FIELD
            };
            let edge = if self.at_edge { "" } else { "\n" };
            self.print(&format!("{edge}\x1b[2m# {}\x1b[0m\n", said.replace("{}", &what)));
        }
        for (session, at, line) in std::mem::take(&mut self.beside) {
            self.take_from(session);
            match self.state(session) {
                Some(State::Running { .. }) => self.beside.push((session, at, line)),
                Some(State::Ready { exit, .. } | State::Ended { exit, .. }) => {
                    self.cluster.close_session(session);
                    self.ended(at, line, exit);
                }
                _ => self.cluster.close_session(session),
            }
        }
    }

    fn take_from(&mut self, session: SessionId) {
        for output in self.cluster.take_output(session) {
            match output {
                Output::Text { stream, text } => self.print(&painted_text(stream, text)),
                Output::Open(path) => self.opened.push(relative(&path)),
            }
        }
    }

    fn ended(&mut self, at: Time, line: String, exit: i32) {
        if !line.trim().is_empty() {
            self.used.push(Used {
                at,
                line,
                exit: Some(exit),
            });
        }
    }

    /// Why the start state is not what it should be, once.
    pub(super) fn take_start_failure(&mut self) -> Option<String> {
        self.start_failed.take()
    }

    /// What the terminal has printed since the last call.
    pub(super) fn take_output(&mut self) -> String {
        std::mem::take(&mut self.output)
    }

    /// Files that commands want open in the editor, since the last call.
    pub(super) fn take_opened(&mut self) -> Vec<String> {
        std::mem::take(&mut self.opened)
    }

    /// The text that a command waits to have edited, with the name of its file.
    pub(super) fn editing(&self) -> Option<(String, String)> {
        let edit = self.cluster.session(self.session)?.editing()?;
        let name = edit.path.rsplit('/').next().unwrap_or_default();
        Some((name.to_owned(), edit.text.clone()))
    }

    /// The learner's commands that ended since the last call.
    pub(super) fn take_used(&mut self) -> Vec<Used> {
        std::mem::take(&mut self.used)
    }

    /// The shell's state.
    pub(super) fn shell(&self) -> Shell {
        let Some(session) = self.cluster.session(self.session) else {
            return Shell::default();
        };
        let mut windows: Vec<u8> = self.windows.iter().map(|window| window.number).collect();
        windows.push(self.window);
        windows.sort_unstable();
        let (running, reading) = match session.state() {
            State::Running { reading } => (true, reading),
            _ => (false, false),
        };
        Shell {
            prompt: painted(&session.prompt()),
            running,
            reading,
            windows,
            window: self.window,
        }
    }

    /// How a line at the prompt may go on.
    pub(super) fn complete(&self, line: &str, cursor: usize) -> Completion {
        let found = self.cluster.complete(self.session, line, cursor);
        Completion {
            start: u32::try_from(found.start).unwrap_or(u32::MAX),
            candidates: found
                .candidates
                .into_iter()
                .map(|candidate| (candidate.text, candidate.description))
                .collect(),
        }
    }

    /// Files of the work folder.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        let files = self.cluster.laptop().folder.files_under(HOME);
        files.into_iter().map(|file| (file.path, file.text)).collect()
    }

    /// Files that commands changed since the last call: path, and text or `None` when gone.
    pub(super) fn take_changed_files(&mut self) -> Vec<(String, Option<String>)> {
        let revision = self.cluster.laptop().folder.revision();
        if std::mem::replace(&mut self.folder_told, revision) == revision {
            return Vec::new();
        }
        let now: SortedMap<String, String> = self.files().into_iter().collect();
        let told = std::mem::replace(&mut self.files_told, now);
        let gone = told
            .keys()
            .filter(|path| !self.files_told.contains_key(*path))
            .map(|path| (path.clone(), None));
        let changed = self
            .files_told
            .iter()
            .filter(|(path, text)| told.get(*path) != Some(*text));
        gone.chain(changed.map(|(path, text)| (path.clone(), Some(text.clone()))))
            .collect()
    }

    /// The store's revision.
    pub(super) fn revision(&self) -> u64 {
        self.cluster.store().revision()
    }

    /// What changed in the view since the last call.
    pub(super) fn view_delta(&mut self) -> Delta {
        let delta = self.view.delta(&self.cluster);
        self.samples.note(self.view.told().0, self.now_us());
        delta
    }

    /// The learner looks so from now on.
    pub(super) fn look(&mut self, look: Look) {
        self.board = BoardBuilder::new(look);
    }

    /// Whether requests ended that the page has not been told of.
    pub(super) fn has_traffic(&self) -> bool {
        self.board.has_news(&self.cluster)
    }

    /// What stands on the view, of the cluster as the last delta told it.
    pub(super) fn board(&mut self) -> Option<Board> {
        self.board.board(&self.cluster, &self.view, &self.samples)
    }

    /// Everything is told again: the page shows another cluster, or another past of this one.
    pub(super) fn tell_anew(&mut self) {
        self.view.tell_anew();
    }

    /// About what a copy of this takes: maps of pointers to shared objects, in the store, in the caches and in the kubelets.
    pub(super) fn copy_bytes(&self) -> usize {
        const OBJECT: usize = 1_600;
        const CHANGE: usize = 64;
        let store = self.cluster.store();
        let changes = usize::try_from(store.revision())
            .unwrap_or(usize::MAX)
            .min(MOST_CHANGES);
        let traced = usize::try_from(self.cluster.trace().last_id().0).unwrap_or(usize::MAX);
        (200 << 10) + store.all().count() * OBJECT + changes * CHANGE + traced.min(2 * MOST_CHANGES) * 8
    }

    /// Computes until something changes that the views show or the terminal prints; false when `enough` stopped it before or nothing
    /// is due until then.
    pub(super) fn skip(&mut self, until_us: u64, mut enough: impl FnMut() -> bool) -> Skipped {
        let mut seen = self.revision();
        while let Some(next) = self
            .cluster
            .next_event_at()
            .filter(|next| next.as_micros() <= until_us)
        {
            self.cluster.run_slice(next, 1);
            self.listen();
            let revision = self.revision();
            let shown = revision > seen && self.view.shows_change(&self.cluster, seen);
            if shown || !self.output.is_empty() {
                return Skipped::Found;
            }
            seen = revision;
            if enough() {
                return Skipped::Half;
            }
        }
        Skipped::Nothing
    }

    /// The objects as JSON, for every version; Events and Nodes make themselves.
    pub(super) fn objects(&self) -> Vec<String> {
        let kept = self
            .cluster
            .store()
            .all()
            .filter(|object| !matches!(object.kind(), Kind::Event | Kind::Node));
        kept.map(|object| object.to_value().to_string()).collect()
    }

    /// The cluster, to look at.
    pub(super) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The cluster, for the grader.
    pub(super) fn evidence(&self) -> &dyn Evidence {
        &self.cluster
    }
}

/// The prompt in the colours of a fresh Debian or Ubuntu.
fn painted(prompt: &str) -> String {
    match prompt
        .split_once(':')
        .and_then(|(who, rest)| Some((who, rest.strip_suffix("$ ")?)))
    {
        Some((who, path)) => format!("\x1b[1;32m{who}\x1b[0m:\x1b[1;34m{path}\x1b[0m$ "),
        None => prompt.to_owned(),
    }
}

/// What a session printed, in colours.
fn painted_text(stream: Stream, text: String) -> String {
    if stream == Stream::Stderr {
        reddened(&text)
    } else {
        text
    }
}

/// Errors in red, as the lab has it; warnings in yellow, as kubectl has them.
fn reddened(text: &str) -> String {
    let paint = |line: &str| {
        let body = line.trim_end_matches('\n');
        let end = line.get(body.len()..).unwrap_or_default();
        match body.strip_prefix("Warning:") {
            Some(rest) => format!("\x1b[33;1mWarning:\x1b[0m{rest}{end}"),
            None if body.starts_with("error:") || body.starts_with("Error from server") => {
                format!("\x1b[31m{body}\x1b[0m{end}")
            }
            None => line.to_owned(),
        }
    };
    text.split_inclusive('\n').map(paint).collect()
}

/// A path in the work folder, as the editor names it.
fn relative(path: &str) -> String {
    let inside = path.strip_prefix(HOME).and_then(|rest| rest.strip_prefix('/'));
    inside.unwrap_or(path).to_owned()
}

/// `timonier-trap [SECONDS]`, in debug builds: a fault at once (`Some(None)`), or from a timer of virtual time.
fn armed(line: &str) -> Option<Option<Duration>> {
    if !cfg!(any(debug_assertions, feature = "faults")) {
        return None;
    }
    let rest = line.trim().strip_prefix("timonier-trap")?;
    Some(rest.trim().parse().ok().map(Duration::from_secs))
}

/// A fault made on purpose.
#[expect(clippy::panic, reason = "to prove that the page survives a trap")]
fn fault(now: Time) {
    panic!("a fault made on purpose at {now:?}");
}

/// How a lesson's start script plays on the host: as if typed, each line to its end.
impl lab::Lab for Host {
    fn run(&mut self, line: &str) -> Ran {
        self.line(line);
        let until = self.cluster.now() + SCRIPT_PATIENCE;
        let state = self.cluster.run_until_idle(self.session, until);
        self.listen();
        let exit = match state {
            Some(State::Ready { exit, .. } | State::Ended { exit, .. }) => Some(exit),
            _ => {
                self.send(terminal::Input::Interrupt);
                None
            }
        };
        Ran {
            output: self.take_output(),
            exit,
        }
    }

    fn write(&mut self, file: &str, text: &str) {
        self.input(&Input::SaveFile {
            path: file.to_owned(),
            text: text.to_owned(),
        });
    }

    fn load(&mut self, load: &timonier_lessons::format::Load) -> Result<(), String> {
        let generator = timonier_lessons::requests::generator(load, self.cluster.now())?;
        self.cluster.start_load(generator);
        Ok(())
    }

    fn wait(&mut self, micros: u64) {
        self.run_until(self.now_us().saturating_add(micros), || false);
    }

    fn evidence(&self) -> &dyn Evidence {
        &self.cluster
    }
}

#[cfg(test)]
mod tests {
    use timonier_lessons::format::Start;

    use super::Host;
    use crate::protocol::Input;

    fn run_for(host: &mut Host, seconds: u64) -> String {
        host.run_until(host.now_us() + seconds * 1_000_000, || false);
        host.take_output()
    }

    #[test]
    fn a_line_runs_beside_a_command_that_holds_the_terminal() {
        let mut host = Host::new(1, &Start::default());
        host.input(&Input::Line("kubectl get configmaps --watch --selector=a".into()));
        run_for(&mut host, 2);
        host.input(&Input::Beside("kubectl create namespace essai".into()));
        let output = run_for(&mut host, 5);
        assert_eq!(
            output,
            "\u{1b}[2m[second terminal] $ kubectl create namespace essai\u{1b}[0m\nnamespace/essai created\n"
        );
        assert!(host.shell().running, "the first command goes on");
        let used: Vec<_> = host.take_used().into_iter().map(|used| used.line).collect();
        assert_eq!(used, ["kubectl create namespace essai"]);
    }
}
