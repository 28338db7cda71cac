//! The scene: what stands where, decided without a browser.
//!
//! A pure function of the projection, the options and the size of the view. Each [`Item`] has a key that stays the same
//! from scene to scene, so that [`motion`](super::motion) can move it; its [`Figure`] says what to draw, in words and
//! token names, not in pixels.

mod board;
mod grid;
mod index;
mod layout;
mod nodes;
mod notices;
mod services;
pub mod text;
mod things;
mod workloads;

#[cfg(test)]
mod tests;

pub use board::{CardFigure, WireFigure};
pub use grid::Level;
pub use index::{Backed, Index, Tint, Workload, is_system};
pub use nodes::{Gauge, PlaceFigure, PlaceKind, PodFigure, Ribbon};
pub use notices::{NoticeFigure, TooltipFigure};
pub use services::{LinkFigure, ServiceFigure};
pub use things::ThingFigure;
pub use workloads::{PaneFigure, WorkloadFigure};

use std::rc::Rc;

use super::board::{Board, Lens};
use super::decision::Decision;
use super::geometry::{Point, Rect, Size};
use super::projection::{Id, Projection};

/// What the learner chose to see.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// The cluster's own objects are shown one by one, not folded.
    pub show_system: bool,
    /// Only this namespace (and the cluster's own objects).
    pub namespace: Option<String>,
    /// Virtual time that has passed since the projection's, in microseconds: moves pulls on between two messages.
    pub ahead_micros: u64,
    /// Under the pointer.
    pub hovered: Option<Id>,
    /// Has the keyboard focus.
    pub focused: Option<Id>,
    /// Open in the inspector.
    pub selected: Option<Id>,
    /// Through which view the cluster is seen.
    pub lens: Lens,
    /// What the scheduler thought of each node, for the Pod that is selected or waits.
    pub decision: Option<Rc<Decision>>,
}

impl Options {
    /// The object whose relations are shown: the hovered one, else the focused, else the selected.
    #[must_use]
    pub fn subject(&self) -> Option<Id> {
        self.hovered.or(self.focused).or(self.selected)
    }
}

/// Names an item for the whole time it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A node's place.
    Node(Id),
    /// The place where pods wait for the scheduler.
    Waiting,
    /// A workload's card.
    Workload(Id),
    /// A revision's pane in a card.
    Pane(Id),
    /// "And N others".
    More(u8),
    /// A Service's card.
    Service(Id),
    /// The line from a Service to a pod.
    Link(Id, Id),
    /// A pod.
    Pod(Id),
    /// A thing that runs nothing.
    Thing(Id),
    /// All things of a kind, by the first of them.
    Things(Id),
    /// The text of an empty cluster.
    Notice,
    /// What is said of the thing under the pointer.
    Tooltip,
    /// A card of a board.
    Card(Id),
    /// The line between two cards.
    Wire(Id, Id),
    /// A title of a board.
    Heading(u16),
}

/// What to draw.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// A node or the waiting area.
    Place(Rc<PlaceFigure>),
    /// A pod.
    Pod(Rc<PodFigure>),
    /// A workload's card, without its panes.
    Workload(Rc<WorkloadFigure>),
    /// A revision's pane.
    Pane(Rc<PaneFigure>),
    /// A Service.
    Service(Rc<ServiceFigure>),
    /// A line from a Service to a pod.
    Link(LinkFigure),
    /// A thing that runs nothing, or all of a kind.
    Thing(Rc<ThingFigure>),
    /// "And N others".
    More(String),
    /// The text of an empty cluster.
    Notice(NoticeFigure),
    /// What is said of the thing under the pointer.
    Tooltip(Rc<TooltipFigure>),
    /// A card of a board.
    Card(Rc<CardFigure>),
    /// A line between two cards.
    Wire(WireFigure),
    /// A title of a board; whether it is that of a lane.
    Heading(String, bool),
    /// A pod of which nothing is said yet.
    Later,
}

/// How an item stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Emphasis {
    /// It does not.
    #[default]
    Plain,
    /// It has to do with the subject.
    Related,
    /// It has nothing to do with the subject: drawn faint.
    Faint,
    /// Under the pointer.
    Hovered,
    /// Has the keyboard focus.
    Focused,
    /// Open in the inspector.
    Selected,
}

/// One thing on the view.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its name from scene to scene.
    pub key: Key,
    /// Where it stands.
    pub rect: Rect,
    /// What it is.
    pub figure: Figure,
    /// The object that a click on it opens.
    pub target: Option<Id>,
    /// How it stands out.
    pub emphasis: Emphasis,
    /// Where it comes from when it first appears: its owner, for a pod.
    pub origin: Option<Rect>,
}

/// What stands where.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// What is drawn, from back to front.
    pub items: Vec<Item>,
    /// The size of it all; higher than the view when it has to be scrolled.
    pub size: Size,
    /// How much is said of each pod.
    pub level: Level,
    /// What it was laid out from.
    pub index: Index,
}

impl Scene {
    /// Lays out a projection for a view of the given size.
    #[must_use]
    pub fn new(view: &Projection, board: Option<&Board>, options: &Options, viewport: Size) -> Self {
        Self::of(Index::new(view, options), view, board, options, viewport)
    }

    /// Lays out a projection that is sorted already.
    #[must_use]
    pub fn of(
        mut index: Index,
        view: &Projection,
        board: Option<&Board>,
        options: &Options,
        viewport: Size,
    ) -> Self {
        let mut scene = if options.lens == Lens::Nodes {
            layout::lay_out(view, &mut index, viewport)
        } else {
            board::lay_out(view, board, options, viewport)
        };
        // arrangements are tried; what is said of each pod is worked out once, for the one that is kept
        for item in &mut scene.items {
            if let Key::Pod(id) = item.key
                && let Some(pod) = view.pods.get(&id)
            {
                item.figure = Figure::Pod(Rc::new(nodes::pod_figure(&index, pod)));
            }
        }
        if options.lens == Lens::Nodes {
            emphasise(&mut scene, view, &index, options);
        }
        notices::add_tooltip(&mut scene, view, options);
        scene.index = index;
        scene
    }

    fn push(&mut self, key: Key, rect: Rect, figure: Figure, target: Option<Id>) {
        self.items.push(Item {
            key,
            rect,
            figure,
            target,
            emphasis: Emphasis::Plain,
            origin: None,
        });
    }

    /// The object under a point: the front one.
    #[must_use]
    pub fn hit(&self, point: Point) -> Option<Id> {
        self.items
            .iter()
            .rev()
            .filter(|item| {
                !matches!(
                    item.figure,
                    Figure::Tooltip(_) | Figure::Link(_) | Figure::Wire(_)
                )
            })
            .find(|item| item.target.is_some() && item.rect.contains(point))
            .and_then(|item| item.target)
    }

    /// The item that shows an object.
    #[must_use]
    pub fn item_of(&self, id: Id) -> Option<&Item> {
        self.items
            .iter()
            .find(|item| item.target == Some(id) && !matches!(item.figure, Figure::Tooltip(_)))
    }
}

/// Marks the subject, what it has to do with, and, for a workload or a Service, the pods it has nothing to do with.
fn emphasise(scene: &mut Scene, view: &Projection, index: &Index, options: &Options) {
    let subject = options.subject();
    let related = subject.map(|id| relations(view, index, id)).unwrap_or_default();
    let dims = subject.is_some_and(|id| {
        view.deployments.contains_key(&id)
            || view.replica_sets.contains_key(&id)
            || view.services.contains_key(&id)
    });
    mark(scene, options, &related, dims);
    for item in &mut scene.items {
        if let Key::Link(service, pod) = item.key {
            let ends = [Some(service), Some(pod)];
            item.emphasis = if ends.contains(&subject) {
                Emphasis::Related
            } else if subject.is_some() && dims {
                Emphasis::Faint
            } else {
                Emphasis::Plain
            };
        }
    }
    // lines that would be too many to read are drawn only for the subject
    let links = scene
        .items
        .iter()
        .filter(|item| matches!(item.figure, Figure::Link(_)))
        .count();
    if links > services::LINKS_READABLE || scene.level < Level::Chip {
        scene
            .items
            .retain(|item| !matches!(item.figure, Figure::Link(_)) || item.emphasis == Emphasis::Related);
    }
}

/// How each item stands out.
fn mark(scene: &mut Scene, options: &Options, related: &[Id], dims: bool) {
    for item in &mut scene.items {
        let Some(id) = item.target else { continue };
        let this = Some(id);
        item.emphasis = if this == options.focused {
            Emphasis::Focused
        } else if this == options.selected {
            Emphasis::Selected
        } else if this == options.hovered {
            Emphasis::Hovered
        } else if related.contains(&id) {
            Emphasis::Related
        } else if dims && matches!(item.figure, Figure::Pod(_)) {
            Emphasis::Faint
        } else {
            Emphasis::Plain
        };
    }
}

fn relations(view: &Projection, index: &Index, id: Id) -> Vec<Id> {
    let mut related = Vec::new();
    let services_of = |pod: Id| {
        index
            .services
            .iter()
            .filter(move |s| s.pods.contains_key(&pod))
            .map(|s| s.service.meta.id)
            .collect::<Vec<_>>()
    };
    if let Some(pod) = view.pods.get(&id) {
        related.extend(pod.meta.owner);
        let set = pod.meta.owner.and_then(|owner| view.replica_sets.get(&owner));
        related.extend(set.and_then(|set| set.meta.owner));
        related.extend(services_of(id));
    }
    if let Some(backed) = index.services.iter().find(|s| s.service.meta.id == id) {
        related.extend(backed.pods.keys());
    }
    let sets: Vec<Id> = if view.deployments.contains_key(&id) {
        view.replica_sets_of(id).iter().map(|set| set.meta.id).collect()
    } else {
        vec![id]
    };
    let owned = |owner: Option<Id>| owner.is_some_and(|owner| sets.contains(&owner));
    related.extend(
        index
            .shown_pods()
            .filter(|pod| owned(pod.meta.owner))
            .map(|pod| pod.meta.id),
    );
    related.extend(sets.into_iter().filter(|set| *set != id));
    related.extend(view.replica_sets.get(&id).and_then(|set| set.meta.owner));
    related
}
