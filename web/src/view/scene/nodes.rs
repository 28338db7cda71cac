//! Nodes and the scheduler's waiting area, as places; pods as things in them.

use std::rc::Rc;

use crate::view::geometry::{Rect, Size};
use crate::view::look::{self, State};
use crate::view::projection::{NodeRecord, PodRecord};
use crate::view::texts;
use crate::view::theme::Token;

use super::grid::Level;
use super::index::{Index, Tint, is_system};
use super::layout::GAP;
use super::{Emphasis, Figure, Item, Key, Scene};

/// A worker is never narrower.
pub(super) const MIN_WIDTH: f64 = 112.0;
/// A node is never lower.
pub(super) const MIN_HEIGHT: f64 = 74.0;
/// Title and sums.
const HEADER: f64 = 47.0;
/// Bars with numbers: one line each for CPU and memory.
const BARS: f64 = 28.0;
/// Folded system pods.
const FOOTER: f64 = 22.0;
const PADDING: f64 = 10.0;

/// What a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    /// A node for the learner's pods.
    Worker,
    /// A node of the control plane.
    ControlPlane,
    /// Where pods wait for the scheduler.
    Waiting,
}

/// How much of a node's resource is requested.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauge {
    /// What it measures.
    pub name: &'static str,
    /// The share that is asked for, 0 to 1.
    pub share: f64,
    /// The share that is used, 0 to 1.
    pub used: f64,
    /// All numbers in words, then fewer of them.
    pub words: [String; 2],
}

/// What the scheduler thought of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ribbon {
    /// It took the Pod (`Some(true)`), it could have (`Some(false)`), it could not.
    pub fits: Option<bool>,
    /// Its points, or why it was refused.
    pub words: String,
}

/// A node or the waiting area.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceFigure {
    /// What it is.
    pub kind: PlaceKind,
    /// The node's name, or the title.
    pub title: String,
    /// Short words beside the title, with their colours.
    pub badges: Vec<(String, Token)>,
    /// How many pods are in each state.
    pub sums: Vec<(State, usize)>,
    /// What to say when there are none.
    pub when_empty: Option<&'static str>,
    /// Requested and used resources.
    pub gauges: Vec<Gauge>,
    /// The gauges have lines of their own, with their numbers.
    pub roomy: bool,
    /// What the scheduler thought of it.
    pub ribbon: Option<Ribbon>,
    /// States of the folded system pods.
    pub system: Vec<State>,
    /// No new pods come here.
    pub cordoned: bool,
    /// The node does not answer.
    pub unreachable: bool,
}

/// A pod.
#[derive(Clone, Debug, PartialEq)]
pub struct PodFigure {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: State,
    /// Its state in words.
    pub label: String,
    /// How much of its image has arrived, if known.
    pub progress: Option<f64>,
    /// The mark of its revision.
    pub tint: Tint,
    /// The state of each container that is not an init container.
    pub containers: Vec<State>,
    /// Restarts of all containers.
    pub restarts: u32,
    /// A shown Service leads to it.
    pub served: bool,
    /// One of the cluster's own.
    pub system: bool,
}

/// The size of each place when a region is shared out.
pub(super) fn place_size(width: f64, height: f64, columns: usize, rows: usize) -> Size {
    let share = |total: f64, parts: usize| (total - GAP * (parts as f64 - 1.0)) / parts as f64;
    Size {
        w: share(width, columns),
        h: share(height, rows),
    }
}

fn pods_on<'a>(index: &'a Index, node: &NodeRecord) -> &'a [Rc<PodRecord>] {
    index.on_node.get(&node.meta.name).map_or(&[], Vec::as_slice)
}

fn footer(index: &Index, node: &NodeRecord) -> f64 {
    if index.folded.contains_key(&node.meta.name) || index.ribbons.contains_key(&node.meta.name) {
        FOOTER
    } else {
        0.0
    }
}

/// The height of what stands above the pods.
fn header(index: &Index) -> f64 {
    HEADER + if index.roomy { BARS } else { 0.0 }
}

/// The height that a node needs to show its pods at a level of detail.
pub(super) fn height_for(index: &Index, node: &NodeRecord, width: f64, level: Level) -> f64 {
    let pods = pods_on(index, node).len();
    let inner = level.height_for(pods, width - 2.0 * PADDING);
    let inner = if pods > 0 { inner + PADDING } else { 0.0 };
    (header(index) + inner + footer(index, node)).max(if node.control_plane { 0.0 } else { MIN_HEIGHT })
}

/// Adds a node and its pods.
pub(super) fn add(scene: &mut Scene, index: &Index, node: &NodeRecord, rect: Rect, level: Level) {
    let pods = pods_on(index, node);
    let figure = PlaceFigure {
        kind: if node.control_plane {
            PlaceKind::ControlPlane
        } else {
            PlaceKind::Worker
        },
        title: node.meta.name.clone(),
        badges: badges(node),
        sums: sums(pods),
        when_empty: None,
        gauges: Gauge::of(index, node),
        roomy: index.roomy,
        ribbon: index.ribbons.get(&node.meta.name).cloned(),
        system: index
            .folded
            .get(&node.meta.name)
            .map(|pods| pods.iter().map(|pod| State::of(pod)).collect())
            .unwrap_or_default(),
        cordoned: node.unschedulable,
        unreachable: !node.ready,
    };
    scene.items.push(Item {
        key: Key::Node(node.meta.id),
        rect,
        figure: Figure::Place(Rc::new(figure)),
        target: Some(node.meta.id),
        emphasis: Emphasis::Plain,
        origin: None,
    });
    let room = Rect::new(
        rect.x + PADDING,
        rect.y + header(index),
        rect.w - 2.0 * PADDING,
        rect.h - header(index) - PADDING - footer(index, node),
    );
    add_pods(scene, pods, room, level);
}

fn badges(node: &NodeRecord) -> Vec<(String, Token)> {
    let mut badges = Vec::new();
    if !node.ready {
        badges.push((texts::NOT_READY.into(), Token::Failing));
    }
    if node.unschedulable {
        badges.push((texts::CORDONED.into(), Token::Waiting));
    }
    if node.control_plane {
        badges.push((texts::CONTROL_PLANE.into(), Token::Soft));
        return badges;
    }
    // what a node's state adds is said by its state
    let own = || {
        node.taints
            .iter()
            .filter(|taint| !taint.starts_with("node.kubernetes.io/"))
    };
    if let Some(taint) = own().next() {
        let more = match own().count() {
            1 => String::new(),
            count => format!(" +{}", count - 1),
        };
        badges.push((format!("{} {taint}{more}", texts::TAINTED), Token::Waiting));
    }
    badges
}

fn sums(pods: &[Rc<PodRecord>]) -> Vec<(State, usize)> {
    State::count(pods)
}

impl Gauge {
    /// CPU and memory of a node.
    #[must_use]
    pub fn of(index: &Index, node: &NodeRecord) -> Vec<Self> {
        let asked = index.requested.get(&node.meta.name).copied().unwrap_or_default();
        let used = index.usage.get(&node.meta.name).copied().unwrap_or_default();
        let share = |used: u64, total: u64| {
            if total == 0 {
                0.0
            } else {
                (used as f64 / total as f64).min(1.0)
            }
        };
        let gauge = |name, asked: u64, used: u64, all: u64, words: fn(u64) -> String| Self {
            name,
            share: share(asked, all),
            used: share(used, all),
            words: [
                texts::gauge(&words(asked), &words(used), &words(all.saturating_sub(asked))),
                format!("{}\u{a0}/\u{a0}{}", words(asked), words(all)),
            ],
        };
        vec![
            gauge(texts::GAUGE_CPU, asked.0, used.0, node.cpu_millis, texts::cores),
            gauge(
                texts::GAUGE_MEMORY,
                asked.1,
                used.1,
                node.memory_bytes,
                texts::bytes,
            ),
        ]
    }
}

/// The level of detail of the waiting area in a room, and the height it needs.
pub(super) fn waiting_level(index: &Index, width: f64, room: f64) -> (Level, f64) {
    let count = index.waiting.len();
    let inner = width - 2.0 * PADDING;
    let needed = |level: Level| {
        let pods = if count > 0 {
            level.height_for(count, inner) + PADDING
        } else {
            0.0
        };
        HEADER + pods
    };
    let level = Level::DESCENDING
        .into_iter()
        .find(|level| needed(*level) <= room)
        .unwrap_or(Level::Dot);
    (level, needed(level))
}

/// Adds the waiting area and the pods in it.
pub(super) fn add_waiting(scene: &mut Scene, index: &Index, rect: Rect, level: Level) {
    let title = if rect.w < 240.0 {
        texts::WAITING_TITLE_SHORT
    } else {
        texts::WAITING_TITLE
    };
    let figure = PlaceFigure {
        kind: PlaceKind::Waiting,
        title: title.into(),
        badges: Vec::new(),
        sums: sums(&index.waiting),
        when_empty: Some(texts::WAITING_EMPTY),
        gauges: Vec::new(),
        roomy: false,
        ribbon: None,
        system: Vec::new(),
        cordoned: false,
        unreachable: false,
    };
    scene.items.push(Item {
        key: Key::Waiting,
        rect,
        figure: Figure::Place(Rc::new(figure)),
        target: None,
        emphasis: Emphasis::Plain,
        origin: None,
    });
    let room = Rect::new(
        rect.x + PADDING,
        rect.y + HEADER,
        rect.w - 2.0 * PADDING,
        rect.h - HEADER - PADDING,
    );
    add_pods(scene, &index.waiting, room, level);
}

fn add_pods(scene: &mut Scene, pods: &[Rc<PodRecord>], room: Rect, level: Level) {
    for (pod, rect) in pods.iter().zip(level.cells(pods.len(), room)) {
        scene.items.push(Item {
            key: Key::Pod(pod.meta.id),
            rect,
            figure: Figure::Later,
            target: Some(pod.meta.id),
            emphasis: Emphasis::Plain,
            origin: None,
        });
    }
}

pub(super) fn pod_figure(index: &Index, pod: &PodRecord) -> PodFigure {
    PodFigure {
        name: pod.meta.name.clone(),
        state: State::of(pod),
        label: look::label(pod, index.now_micros),
        progress: look::pull_progress(pod, index.now_micros),
        tint: index.tint(pod),
        containers: pod
            .containers
            .iter()
            .filter(|c| !c.init)
            .map(look::container)
            .collect(),
        restarts: pod.containers.iter().map(|c| c.restarts).sum(),
        served: index
            .services
            .iter()
            .any(|s| s.pods.get(&pod.meta.id).copied().unwrap_or(false)),
        system: is_system(&pod.meta),
    }
}

/// New pods come out of the pane of the ReplicaSet that made them.
pub(super) fn set_origins(scene: &mut Scene, index: &Index) {
    let panes: Vec<(Key, Rect)> = scene
        .items
        .iter()
        .filter(|item| matches!(item.key, Key::Pane(_) | Key::Workload(_)))
        .map(|item| (item.key, item.rect))
        .collect();
    let mut owners = timonier_core::sorted::SortedMap::new();
    owners.extend(
        index
            .shown_pods()
            .filter_map(|pod| Some((pod.meta.id, pod.meta.owner?))),
    );
    for item in &mut scene.items {
        let Key::Pod(id) = item.key else { continue };
        let Some(owner) = owners.get(&id) else { continue };
        item.origin = panes
            .iter()
            .find(|(key, _)| *key == Key::Pane(*owner))
            .map(|(_, rect)| *rect);
    }
}
