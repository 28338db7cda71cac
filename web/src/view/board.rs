//! A board: cards in lanes and columns, wires between them, marks that travel along the wires. The engine decides what stands
//! where (`engine::board`), for it knows labels, selectors, mounts and the trace; the page lays it out and draws it. Three of the four
//! views are boards, so that there is one layout, one painter, one walk by keys for them all.

use serde::{Deserialize, Serialize};

use super::look::State;
use super::projection::Id;
use super::scene::Tint;

/// Which view of the cluster is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lens {
    /// Machines and the Pods in them.
    #[default]
    Nodes,
    /// Owners, selectors, what is attached.
    Objects,
    /// Requests and where they go.
    Traffic,
    /// The control plane's components and what they say to each other.
    Machinery,
}

impl Lens {
    /// All of them, in the order of their keys.
    pub const ALL: [Self; 4] = [Self::Nodes, Self::Objects, Self::Traffic, Self::Machinery];
}

/// What the learner looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Through which view.
    pub lens: Lens,
    /// Only this namespace.
    pub namespace: Option<String>,
    /// The cluster's own objects too.
    pub show_system: bool,
}

/// What stands where.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Board {
    /// The view it is for.
    pub lens: Lens,
    /// What each column holds.
    pub headings: Vec<String>,
    /// From top to bottom.
    pub lanes: Vec<Lane>,
    /// From card to card.
    pub wires: Vec<Wire>,
    /// What has begun to travel since the board before.
    pub marks: Vec<Mark>,
    /// How many more did, that are not told one by one.
    pub skipped: u32,
    /// Curves over time.
    pub charts: Vec<Chart>,
    /// What to say when there is nothing to see: title and advice.
    pub empty: Option<(String, String)>,
}

/// Cards that stand beside each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// A title above it; may be empty.
    pub title: String,
    /// It goes with the one above.
    pub joined: bool,
    /// Columns are centred on the highest, not aligned at the top.
    pub centred: bool,
    /// The cards of each column.
    pub columns: Vec<Vec<Card>>,
}

/// How a card looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// An object that owns others.
    #[default]
    Owner,
    /// An object that selects others, or leads to them.
    Selector,
    /// Something that is only used.
    Store,
    /// Only a place for the pods in it.
    Tray,
    /// A program or a machine.
    Place,
}

/// One card.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The object that a click opens, or the place it stands for.
    pub id: Id,
    /// Its look.
    pub shape: Shape,
    /// What sort of thing it is.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How it stands, at the right of its kind.
    pub note: String,
    /// Its state.
    pub state: Option<State>,
    /// The mark of its revision.
    pub tint: Tint,
    /// Further lines.
    pub lines: Vec<String>,
    /// A bar: so many of so many.
    pub bar: Option<(u32, u32)>,
    /// Pods in it.
    pub pods: Vec<Id>,
    /// What is read out.
    pub label: String,
    /// What can be done to it: words and a command for the terminal.
    pub action: Option<(String, String)>,
}

/// What joins two cards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Join {
    /// The first owns the second.
    #[default]
    Owns,
    /// The first selects the second, or sends to it.
    Selects,
    /// The second is used by the first.
    Uses,
    /// They talk.
    Talks,
    /// Nothing passes any more.
    Broken,
}

/// A line between two cards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wire {
    /// From this card.
    pub from: Id,
    /// To this one.
    pub to: Id,
    /// What it means.
    pub join: Join,
}

/// What a mark is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Glyph {
    /// A request that goes well.
    #[default]
    Request,
    /// Somebody is told of a change.
    Notice,
    /// A request that is answered with an error.
    Error,
    /// A request that is lost.
    Lost,
}

/// Something that travels from card to card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Its number.
    pub number: u64,
    /// When, in microseconds of virtual time.
    pub at_micros: u64,
    /// What it is.
    pub glyph: Glyph,
    /// The cards it passes.
    pub path: Vec<Id>,
    /// In a few words, for the list and for readers.
    pub title: String,
    /// Beside the mark while it travels, very short.
    pub tag: String,
    /// All there is to say: what and its value.
    pub detail: Vec<(String, String)>,
}

/// A curve.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// The last value, in words.
    pub now: String,
    /// Its scale's end, in words.
    pub top: String,
    /// Values from 0 to 1, oldest first; a gap where nothing is known.
    pub points: Vec<Option<f32>>,
    /// It counts what goes wrong.
    pub bad: bool,
}
