//! Deployments and their ReplicaSets: what is wanted, what there is, and, during a rollout, the old version beside the
//! new one.

use std::rc::Rc;

use crate::view::geometry::Rect;
use crate::view::look::State;
use crate::view::projection::{Projection, ReplicaSetRecord};
use crate::view::texts;
use crate::view::theme::Token;

use super::index::{Index, Tint, Workload};
use super::layout::GAP;
use super::{Emphasis, Figure, Item, Key, Scene};

/// A full card and its parts.
const HEADER: f64 = 30.0;
const PANE_HEIGHT: f64 = 58.0;
const PADDING: f64 = 8.0;
const PANE_WIDTH: f64 = 196.0;
/// Room for the arrow from the old version to the new one.
const ARROW: f64 = 22.0;
/// A card of one line, when there are many.
const COMPACT_HEIGHT: f64 = 34.0;
const COMPACT_WIDTH: f64 = 190.0;
const MOST_COMPACT_ROWS: usize = 3;
/// Versions shown side by side.
const MOST_PANES: usize = 3;

/// A Deployment's card, or that of a ReplicaSet that stands alone; its versions are [`PaneFigure`]s upon it.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadFigure {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How it stands: how many of its Pods are ready, or have ended, or when it runs next.
    pub summary: String,
    /// What it is doing, as a pod's state.
    pub state: State,
    /// Short words, with their colours.
    pub badges: Vec<(String, Token)>,
    /// Several versions have pods.
    pub rolling: bool,
    /// The share of each version, old to new, for the bar of a compact card.
    pub shares: Vec<(Tint, u32)>,
    /// One line only.
    pub compact: bool,
    /// Old versions without pods.
    pub idle: usize,
}

/// A ReplicaSet: one version.
#[derive(Clone, Debug, PartialEq)]
pub struct PaneFigure {
    /// The ReplicaSet's name.
    pub name: String,
    /// Its mark.
    pub tint: Tint,
    /// Its revision's number.
    pub revision: u64,
    /// The template's images.
    pub images: String,
    /// Ready pods.
    pub ready: u32,
    /// Wanted pods.
    pub wanted: u32,
    /// The states of its pods.
    pub pods: Vec<State>,
    /// An older version stands before it: an arrow leads here.
    pub follows: bool,
}

/// Adds the cards of all workloads from the top of an area; gives the height they take.
pub(super) fn add(scene: &mut Scene, view: &Projection, index: &Index, area: Rect, dense: bool) -> f64 {
    if index.workloads.is_empty() {
        return 0.0;
    }
    let widths: Vec<f64> = index
        .workloads
        .iter()
        .map(|workload| full_width(workload, area.w))
        .collect();
    let rows = rows(&widths, area.w);
    let full_height = HEADER + PANE_HEIGHT + PADDING;
    let narrow = area.w < 420.0;
    let rows_allowed = if narrow {
        4
    } else {
        ((area.h * 0.3) / (full_height + GAP)).floor().max(1.0) as usize
    };
    if dense || rows.len() > rows_allowed {
        return add_compact(scene, index, area);
    }
    let mut place = 0;
    for (row, count) in rows.iter().enumerate() {
        let mut x = area.x;
        let y = area.y + row as f64 * (full_height + GAP);
        for workload in index.workloads.iter().skip(place).take(*count) {
            let rect = Rect::new(x, y, full_width(workload, area.w), full_height);
            add_full(scene, view, index, workload, rect);
            x = rect.right() + GAP;
        }
        place += count;
    }
    rows.len() as f64 * (full_height + GAP) - GAP
}

/// How many cards stand in each row.
fn rows(widths: &[f64], room: f64) -> Vec<usize> {
    let mut rows = Vec::new();
    let mut used = f64::INFINITY;
    for width in widths {
        if used + GAP + width > room + 0.01 {
            rows.push(0);
            used = -GAP;
        }
        used += GAP + width;
        if let Some(last) = rows.last_mut() {
            *last += 1;
        }
    }
    rows
}

fn panes(workload: &Workload) -> &[Rc<ReplicaSetRecord>] {
    let surplus = workload.active.len().saturating_sub(MOST_PANES);
    workload.active.get(surplus..).unwrap_or_default()
}

fn full_width(workload: &Workload, room: f64) -> f64 {
    let count = panes(workload).len().max(1) as f64;
    let alone = if count > 1.0 { 0.0 } else { 72.0 };
    (count * PANE_WIDTH + alone + (count - 1.0) * ARROW + 2.0 * PADDING).min(room)
}

fn add_full(scene: &mut Scene, view: &Projection, index: &Index, workload: &Workload, rect: Rect) {
    push_card(scene, index, workload, rect, false);
    let panes = panes(workload);
    let count = panes.len() as f64;
    let width = (rect.w - 2.0 * PADDING - (count - 1.0).max(0.0) * ARROW) / count.max(1.0);
    for (place, set) in panes.iter().enumerate() {
        let x = rect.x + PADDING + place as f64 * (width + ARROW);
        let pane = Rect::new(x, rect.y + HEADER, width, PANE_HEIGHT);
        let mut pods: Vec<State> = view
            .pods
            .values()
            .filter(|pod| pod.meta.owner == Some(set.meta.id))
            .map(|pod| State::of(pod))
            .collect();
        timonier_core::sort::sort(&mut pods);
        let figure = PaneFigure {
            name: set.meta.name.clone(),
            tint: index.tint_of(set.meta.id),
            revision: set.revision,
            images: set.images.join(", "),
            ready: set.ready,
            wanted: set.replicas,
            pods,
            follows: place > 0,
        };
        scene.items.push(Item {
            key: Key::Pane(set.meta.id),
            rect: pane,
            figure: Figure::Pane(Rc::new(figure)),
            target: Some(set.meta.id),
            emphasis: Emphasis::Plain,
            origin: Some(rect),
        });
    }
}

fn push_card(scene: &mut Scene, index: &Index, workload: &Workload, rect: Rect, compact: bool) {
    let Some(target) = workload.meta().map(|meta| meta.id) else {
        return;
    };
    scene.items.push(Item {
        key: Key::Workload(target),
        rect,
        figure: Figure::Workload(Rc::new(card(index, workload, compact))),
        target: Some(target),
        emphasis: Emphasis::Plain,
        origin: None,
    });
}

fn card(index: &Index, workload: &Workload, compact: bool) -> WorkloadFigure {
    let shares = workload
        .active
        .iter()
        .map(|set| (index.tint_of(set.meta.id), set.current))
        .collect();
    let (kind, name) = workload.name();
    let mut badges = Vec::new();
    let mut state = State::Ready;
    let mut summary = String::new();
    // The Jobs of a CronJob follow each other, they do not replace each other.
    let mut rolling = workload.active.len() > 1;
    match &workload.deployment {
        Some(cron) if cron.kind == "CronJob" => {
            rolling = false;
            summary.clone_from(&cron.schedule);
            state = workload.active.last().map_or(State::Done, |job| set_state(job));
        }
        Some(d) => {
            summary = texts::ready_of(d.ready, d.replicas);
            if d.stuck {
                badges.push((texts::STUCK.to_owned(), Token::Failing));
                state = State::Failing;
            } else if d.ready < d.replicas || rolling {
                state = State::Starting;
            }
        }
        None => {
            if let Some(set) = workload.active.first() {
                summary = if set.kind == "Job" {
                    texts::ended_of(set.ready, set.replicas)
                } else {
                    texts::ready_of(set.ready, set.replicas)
                };
                state = set_state(set);
            }
        }
    }
    if workload.deployment.as_ref().is_some_and(|d| d.paused) {
        badges.push((texts::PAUSED.to_owned(), Token::Waiting));
    }
    badges.extend(index.scaled_by(workload).map(|words| (words, Token::Soft)));
    WorkloadFigure {
        kind: kind.to_owned(),
        name: name.to_owned(),
        summary,
        state,
        badges,
        rolling,
        shares,
        compact,
        idle: workload.idle,
    }
}

fn set_state(set: &ReplicaSetRecord) -> State {
    match set.ended {
        Some(true) => State::Done,
        Some(false) => State::Failing,
        None if set.ready >= set.replicas && set.kind != "Job" => State::Ready,
        None => State::Starting,
    }
}

fn add_compact(scene: &mut Scene, index: &Index, area: Rect) -> f64 {
    let columns = (((area.w + GAP) / (COMPACT_WIDTH + GAP)).floor() as usize).max(1);
    let total = index.workloads.len();
    let places = columns * MOST_COMPACT_ROWS;
    let shown = if total > places { places - 1 } else { total };
    let width = (area.w - GAP * (columns as f64 - 1.0)) / columns as f64;
    let cell = |place: usize| {
        let x = area.x + (place % columns) as f64 * (width + GAP);
        Rect::new(
            x,
            area.y + (place / columns) as f64 * (COMPACT_HEIGHT + GAP),
            width,
            COMPACT_HEIGHT,
        )
    };
    for (place, workload) in index.workloads.iter().take(shown).enumerate() {
        push_card(scene, index, workload, cell(place), true);
    }
    if shown < total {
        scene.items.push(Item {
            key: Key::More(0),
            rect: cell(shown),
            figure: Figure::More(texts::more(total - shown)),
            target: None,
            emphasis: Emphasis::Plain,
            origin: None,
        });
    }
    let rows = (shown + usize::from(shown < total)).div_ceil(columns);
    rows as f64 * (COMPACT_HEIGHT + GAP) - GAP
}
