//! A save: a tree of inputs. This is the format that outlives versions, so it is written as self-describing CBOR with
//! named fields, and a test keeps an old one that must always open.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::input::Input;

/// The number of this format. A reader takes every number up to its own.
pub const FORMAT: u32 = 1;

/// What a log begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Number of the format, see [`FORMAT`].
    pub format: u32,
    /// Version of the engine that wrote the log. Only the same one may replay it.
    pub engine: String,
    /// Which lab: see [`super::LabId::key`].
    pub lab: String,
    /// Revision of the lesson when the lab was begun; 0 in the sandbox.
    pub lesson_revision: u32,
    /// Seed of the cluster and of the exercise's parameters.
    pub seed: u64,
    /// The entry that the lab stands at; `None` before the first input.
    pub head: Option<u64>,
    /// Virtual time the lab had reached when last heard of, in microseconds.
    pub now_us: u64,
    /// Next free id of an entry.
    pub next_id: u64,
}

/// One node of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Unique in its log.
    pub id: u64,
    /// The entry it follows; `None` for a first one.
    pub parent: Option<u64>,
    /// Virtual time at which it reached the cluster, in microseconds.
    pub at_us: u64,
    /// What the learner did.
    pub input: Input,
}

/// The state of a cluster as the API sees it, for versions that cannot replay the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Version of the engine that wrote it.
    pub engine: String,
    /// Virtual time, in microseconds.
    pub now_us: u64,
    /// Entry the lab stood at.
    pub head: Option<u64>,
    /// Kubernetes objects as JSON, one each: the part that every version can read.
    pub objects: Vec<String>,
    /// Files of the work folder, path and text.
    pub files: Vec<(String, String)>,
}

/// What a learner has earned in one exercise; survives restarts of the exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Best mark so far.
    pub best: u32,
    /// Full mark.
    pub max: u32,
    /// Hints shown so far; they count over all attempts.
    pub hints_used: u32,
    /// Whether the solution has been shown.
    pub solution_seen: bool,
    /// How long the learner worked on it, all attempts together; breaks do not count.
    #[serde(default)]
    pub active_secs: u32,
}

/// A log or a tail of one that had to be put aside; it can be downloaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// Why, in English, for who debugs it.
    pub reason: String,
    /// The header as it was, when it could be read.
    pub header: Option<Header>,
    /// The entries put aside, when they could be read.
    pub entries: Vec<Entry>,
    /// The raw records, when they could not.
    pub raw: Vec<(String, Vec<u8>)>,
}

/// A record's bytes.
///
/// # Errors
/// When the value cannot be written.
pub fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// The record in these bytes.
///
/// # Errors
/// When they are not such a record.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    // By way of a value: reading each type from bytes would be several times the code.
    let value: ciborium::Value = ciborium::from_reader(bytes).map_err(|error| error.to_string())?;
    value.deserialized().map_err(|error| error.to_string())
}

/// The entries from the first to `head`, in order.
///
/// # Errors
/// When a parent is missing or the chain loops.
pub fn branch(entries: &[Entry], head: Option<u64>) -> Result<Vec<Entry>, String> {
    let mut path = Vec::new();
    let mut next = head;
    while let Some(id) = next {
        let entry = entries
            .iter()
            .find(|entry| entry.id == id)
            .ok_or_else(|| format!("entry {id} is missing"))?;
        if path.len() >= entries.len() {
            return Err(format!("the log loops at entry {id}"));
        }
        path.push(entry.clone());
        next = entry.parent;
    }
    path.reverse();
    if !path.is_sorted_by_key(|entry| entry.at_us) {
        return Err("time runs backwards in the log".to_owned());
    }
    Ok(path)
}
