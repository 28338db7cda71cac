//! The messages themselves.

use serde::{Deserialize, Serialize};

use crate::view::{
    board::{Board, Look},
    decision::Decision,
    projection::Delta,
};

use super::course::{CourseMap, ExerciseView, Lesson, OpenedLessons, Standing};
use super::input::{Input, Pace};
use super::save::Entry;

/// Which lab: one of the course's exercises, a lesson's text, or the sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LabId {
    /// The lesson; `None` in the sandbox.
    pub lesson: Option<String>,
    /// The exercise of it.
    pub exercise: Option<String>,
}

impl LabId {
    /// The name it is kept under.
    #[must_use]
    pub fn key(&self) -> String {
        match (&self.lesson, &self.exercise) {
            (None, _) => "sandbox".to_owned(),
            (Some(lesson), None) => format!("lesson:{lesson}"),
            (Some(lesson), Some(exercise)) => format!("lesson:{lesson}/{exercise}"),
        }
    }
}

/// From where a lab is opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Source {
    /// From what is kept, or new when nothing is.
    Kept,
    /// From the beginning; the kept log is replaced, marks and hints stay.
    Afresh,
    /// After a trap: from this branch, up to and including `head`. What lies beyond becomes a report.
    Recovered {
        /// The whole branch, as the page heard of it.
        entries: Vec<Entry>,
        /// Where to stop; `None` begins anew.
        head: Option<u64>,
        /// What is known of the trap.
        reason: String,
    },
}

/// How to open a lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// Which one.
    pub lab: LabId,
    /// From where.
    pub source: Source,
    /// Whether this tab may write to the store.
    pub keeps: bool,
    /// The entry and the virtual time, in microseconds, that the page last saw: it may know better than the store.
    pub last_seen: Option<(Option<u64>, u64)>,
    /// Seed to use for a new lab.
    pub seed: u64,
    /// How fast to run.
    pub pace: Pace,
}

/// Where to in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Travel {
    /// Look at this moment of the past, in microseconds.
    To(u64),
    /// Back to the present.
    Now,
    /// Go on from the moment looked at: what came after stays in the tree, on another branch.
    Branch,
    /// To before the last command.
    Undo,
    /// To after the command that was undone last.
    Redo,
    /// To the next moment at which something changes that can be seen.
    Skip,
}

/// What the page says to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToEngine {
    /// Open a lab, leaving the one before.
    Open(Open),
    /// The learner did something.
    Do {
        /// The page's number for it.
        seq: u32,
        /// What.
        input: Input,
    },
    /// Run at this speed.
    Pace(Pace),
    /// While paused: compute the next moment at which something happens.
    Step,
    /// The view numbered so has been taken in; the next may be sent.
    ViewSeen(u64),
    /// The learner looks at the cluster so.
    Look(Look),
    /// To another moment.
    Travel(Travel),
    /// Whether this tab may write to the store from now on.
    Keeps(bool),
    /// Something the page wants to know.
    Ask {
        /// The page's number for it.
        id: u32,
        /// What.
        query: Query,
    },
}

/// What the page may want to know, answered out of turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Query {
    /// The course map with marks.
    Course,
    /// A lesson's text.
    Lesson(String),
    /// Open lessons from these files, path and bytes: those of a folder or of a zip.
    OpenLessons(Vec<(String, Vec<u8>)>),
    /// Put an opened lesson away; the work done in it stays.
    CloseLesson(String),
    /// An object of the cluster, as text.
    Object {
        /// What to show of it.
        what: ObjectText,
        /// Its kind, as in manifests.
        kind: String,
        /// Its namespace, empty for kinds without.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// What the scheduler thought of each node for a Pod: namespace and name.
    Decision(String, String),
    /// What is wrong in a manifest.
    Diagnose {
        /// The text of the editor.
        text: String,
    },
    /// What may stand at a place of a manifest (line and letter, from 0).
    Suggest {
        /// The text of the editor.
        text: String,
        /// The line.
        line: u32,
        /// The letter in it.
        letter: u32,
    },
    /// What the word at a place of a manifest means (line and letter, from 0).
    Meaning {
        /// The text of the editor.
        text: String,
        /// The line.
        line: u32,
        /// The letter in it.
        letter: u32,
    },
    /// A manifest with its indentation set right.
    Format(String),
    /// What applying a manifest would change: the objects as they are and as they would be, as two texts with
    /// [`CHANGES`](super::CHANGES) between them.
    Changes(String),
    /// What Kubernetes' documentation says, by the line that a suggestion names.
    About(u32),
    /// How a line at the prompt may go on.
    Complete {
        /// The line.
        line: String,
        /// Where the cursor is, in bytes.
        cursor: u32,
    },
    /// The objects named in a line of the terminal: a line of text for each, with its letter, length, kind, namespace and name
    /// between tabs.
    Names(String),
    /// Show the next hint of the open exercise; it costs.
    NextHint,
    /// Show the solution of the open exercise; it costs.
    Solution,
    /// An answer to a question of the open exercise.
    Answer {
        /// The question's id.
        question: String,
        /// The choice's id.
        choice: String,
    },
    /// The text of a file in the work folder.
    File(String),
    /// All marks as a file to take to another machine.
    ExportMarks,
    /// Take the marks of such a file in.
    ImportMarks(String),
    /// Forget everything that is kept.
    EraseAll,
    /// What has been put aside, as a text to download.
    Aside,
}

/// Stands between what is and what would be in the answer to [`Query::Changes`].
pub const CHANGES: &str = "\u{c}";

/// What to show of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ObjectText {
    /// `kubectl get -o yaml`.
    Yaml,
    /// `kubectl describe`.
    Describe,
    /// `kubectl get events` about it.
    Events,
    /// Why it is as it is, in the lines of `timonier_core::explain::lines`.
    Why,
    /// The manifest that makes it, to edit and apply.
    Manifest,
}

/// Answers to queries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// Done; nothing to say.
    Done,
    /// A text.
    Text(String),
    /// What the scheduler thought, if that is still known.
    Decision(Option<Box<Decision>>),
    /// The course map.
    Course(CourseMap),
    /// A lesson.
    Lesson(Box<Lesson>),
    /// What came of opening lessons.
    Opened(OpenedLessons),
    /// What is wrong in a manifest.
    Diagnostics(Vec<Diagnostic>),
    /// How a line may go on.
    Completion(Completion),
    /// What may stand at a place, and the letter at which what it replaces begins.
    Suggestions(u32, Vec<Suggestion>),
    /// What a word means: in short, at length, and where it begins and ends in its line.
    Meaning(Option<(String, String, u32, u32)>),
}

/// Something that may be written at a place of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What the learner reads in the list.
    pub label: String,
    /// What is written, as a snippet.
    pub insert: String,
    /// Its type.
    pub detail: String,
    /// Lower ones first.
    pub rank: u8,
    /// To be asked about with [`Query::About`].
    pub about: Option<u32>,
}

/// A remark on a manifest, with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// First line, from 1.
    pub line: u32,
    /// First column, from 1, in UTF-16 units as the editor counts.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last character.
    pub end_column: u32,
    /// An error, or only a warning.
    pub error: bool,
    /// Kubernetes' own words.
    pub message: String,
    /// The lab's advice, in French.
    pub hint: String,
}

/// How a line may go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// Where the replaced word begins, in bytes.
    pub start: u32,
    /// What may stand there, and what it is when there is more to say.
    pub candidates: Vec<(String, String)>,
}

/// The state of the learner's shell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shell {
    /// What to print before the next line.
    pub prompt: String,
    /// Whether a command is running.
    pub running: bool,
    /// Whether that command waits for a line on its standard input.
    pub reading: bool,
    /// The terminal windows there are, by number.
    pub windows: Vec<u8>,
    /// The one that is shown.
    pub window: u8,
}

/// Whether what happens is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keeping {
    /// Everything is kept.
    #[default]
    Kept,
    /// Another tab writes; this one only reads.
    ReadOnly,
    /// The browser offers no store, or it failed for this reason.
    Unavailable(String),
}

/// What the learner must be told once about an opened lab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    /// The log could not be read and was put aside.
    LogUnreadable,
    /// The log was of another version: the cluster was loaded from its snapshot.
    LoadedFromSnapshot,
    /// The log was of another version and had no snapshot: begun anew with the files.
    BegunAnew,
    /// The start of the lab is not what its author thinks: a command of its script failed, with the author's words for it.
    StartFailed(String),
    /// The simulator trapped; this many of the learner's inputs were put aside.
    Recovered {
        /// How many inputs were put aside.
        dropped: u32,
    },
}

/// An opened lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Which one.
    pub lab: LabId,
    /// Seed in use.
    pub seed: u64,
    /// The branch it stands on, to recover from.
    pub entries: Vec<Entry>,
    /// What the terminal shows.
    pub transcript: String,
    /// The shell.
    pub shell: Shell,
    /// The terminal's size that the shell was told last: columns and rows.
    pub terminal_size: Option<(u16, u16)>,
    /// The exercise it is for, with this learner's parameters.
    pub exercise: Option<ExerciseView>,
    /// Files of the work folder, path and text.
    pub files: Vec<(String, String)>,
    /// Lines typed before, oldest first.
    pub history: Vec<String>,
    /// What to tell the learner.
    pub notices: Vec<Notice>,
    /// Whether it is kept.
    pub keeping: Keeping,
}

/// Where the lab stands in time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// The moment of the past that is looked at, in microseconds.
    pub past_us: Option<u64>,
    /// The present, in microseconds, when the past is looked at.
    pub now_us: u64,
    /// The command that can be undone.
    pub undo: Option<String>,
    /// Whether one that was undone can be done again.
    pub redo: bool,
    /// The search for the next change found that nothing is going to change.
    pub quiet: bool,
    /// Old moments take longer to compute than they should: their keyframes were given up.
    pub coarse: bool,
}

/// What the engine says to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromEngine {
    /// The worker is up.
    Ready {
        /// Version of the engine.
        version: String,
    },
    /// The branch that is about to be replayed, so that the page can recover should it trap.
    Replaying(Vec<Entry>),
    /// A lab is open.
    Opened(Box<Opened>),
    /// An input is kept and is about to reach the cluster.
    Committed {
        /// The page's number for it.
        seq: u32,
        /// The entry it became.
        entry: Entry,
    },
    /// The input reached the cluster, which survived it.
    Applied {
        /// The page's number for it.
        seq: u32,
    },
    /// The terminal printed something, or the shell changed.
    Terminal {
        /// Bytes for the emulator.
        output: String,
        /// The shell now.
        shell: Shell,
    },
    /// A command asks for the editor to open this file of the work folder.
    OpenFile(String),
    /// The text that a command waits to have edited, with the name of its file; none any more. Answered by
    /// [`Input::Edited`].
    Edit(Option<(String, String)>),
    /// Files of the work folder that a command changed: path, and text or `None` when deleted.
    Files(Vec<(String, Option<String>)>),
    /// What changed in the view since the one before; to be acknowledged by [`ToEngine::ViewSeen`].
    View {
        /// Its number.
        seq: u64,
        /// What changed.
        delta: Box<Delta>,
        /// What stands on the view that the learner looks at, unless it is that of the nodes.
        board: Option<Box<Board>>,
    },
    /// The same, when only requests moved.
    Board(Box<Board>),
    /// The clock, when nothing else changed.
    Clock {
        /// Virtual time, in microseconds.
        now_us: u64,
        /// The store's revision.
        revision: u64,
    },
    /// How the open exercise stands.
    Standing {
        /// Its goals, hints and points.
        standing: Box<Standing>,
        /// The best mark so far.
        best: u32,
    },
    /// Whether what happens is kept, when that changes.
    Keeping(Keeping),
    /// Where the lab stands in time, when that changes.
    Times(Times),
    /// An answer.
    Answer {
        /// The page's number of the question.
        id: u32,
        /// The answer, or why there is none.
        answer: Result<Answer, String>,
    },
}
