//! Services beside the workloads, or below the nodes where there is no room, joined to the pods that are ready for them.

use std::rc::Rc;

use timonier_core::sorted::SortedMap;

use crate::view::geometry::Rect;
use crate::view::projection::Id;
use crate::view::texts;

use super::index::{Backed, Index};
use super::layout::GAP;
use super::{Emphasis, Figure, Item, Key, Scene};

/// More lines than this are drawn for the subject only.
pub(super) const LINKS_READABLE: usize = 60;
const WIDTH: f64 = 256.0;
const HEIGHT: f64 = 44.0;
const MOST_ROWS: usize = 2;
/// Lines of different Services run beside each other, this far apart, in this many lanes.
const LANE: f64 = 2.5;
const LANES: usize = 3;

/// A Service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceFigure {
    /// Its name.
    pub name: String,
    /// Type, address and ports.
    pub address: String,
    /// How many pods are ready for it.
    pub ready: usize,
    /// How many pods it selects in all.
    pub total: usize,
}

/// A line from a Service to a pod: from the Service to a level beside the nodes, along it to the right gutter of the
/// pod's node, up the gutter, and under the pod's row to the pod. Lines of one Service run together like a bus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkFigure {
    /// The Service.
    pub from: Key,
    /// The pod.
    pub to: Key,
    /// Where the gutter is.
    pub gutter_x: f64,
    /// Where the level beside the nodes is.
    pub bus_y: f64,
}

fn columns(width: f64) -> usize {
    (((width + GAP) / (WIDTH + GAP)).floor() as usize).max(1)
}

/// Between the rows of the region: two rows are as high as a workload's card.
const ROW_GAP: f64 = 8.0;

/// The room at the right of the workloads, if they stand in one row and all Services fit beside them: the nodes gain what
/// a region of its own below them would take.
pub(super) fn beside(scene: &Scene, index: &Index, strip: Rect) -> Option<Rect> {
    let cards: Vec<Rect> = scene
        .items
        .iter()
        .filter(|i| matches!(i.key, Key::Workload(_)))
        .map(|i| i.rect)
        .collect();
    let count = index.services.len();
    if count == 0 || cards.is_empty() || cards.iter().any(|card| card.y > strip.y) {
        return None;
    }
    let rows = ((strip.h + ROW_GAP) / (HEIGHT + ROW_GAP)).floor() as usize;
    let columns = count.div_ceil(rows.max(1));
    let width = columns as f64 * (WIDTH + GAP) - GAP;
    let taken = cards.iter().map(Rect::right).fold(strip.x, f64::max);
    let room = Rect::new(strip.right() - width, strip.y, width, strip.h);
    (rows > 0 && room.x >= taken + GAP).then_some(room)
}

/// The height of the region.
pub(super) fn height(index: &Index, width: f64) -> f64 {
    let rows = index.services.len().div_ceil(columns(width)).min(MOST_ROWS);
    rows as f64 * (HEIGHT + ROW_GAP) - if rows > 0 { ROW_GAP } else { 0.0 }
}

/// Adds the Services and their lines.
pub(super) fn add(scene: &mut Scene, index: &Index, area: Rect, bus_y: f64) {
    let columns = columns(area.w);
    let places = columns * MOST_ROWS;
    let total = index.services.len();
    let shown = if total > places { places - 1 } else { total };
    let width = if total < columns {
        WIDTH.min(area.w)
    } else {
        (area.w - GAP * (columns as f64 - 1.0)) / columns as f64
    };
    let cell = |place: usize| {
        let x = area.x + (place % columns) as f64 * (width + GAP);
        let y = area.y + (place / columns) as f64 * (HEIGHT + ROW_GAP);
        Rect::new(x, y, width, HEIGHT)
    };
    let ways = ways(scene, index);
    for (place, backed) in index.services.iter().take(shown).enumerate() {
        add_links(scene, backed, &ways, place % LANES, bus_y);
        add_card(scene, backed, cell(place));
    }
    if shown < total {
        scene.items.push(Item {
            key: Key::More(1),
            rect: cell(shown),
            figure: Figure::More(texts::more(total - shown)),
            target: None,
            emphasis: Emphasis::Plain,
            origin: None,
        });
    }
}

fn add_card(scene: &mut Scene, backed: &Backed, rect: Rect) {
    let service = &backed.service;
    let ip = if service.cluster_ip.is_empty() {
        String::new()
    } else {
        format!(" {}", service.cluster_ip)
    };
    let figure = ServiceFigure {
        name: service.meta.name.clone(),
        address: format!("{}{ip} {}", service.service_type, service.ports.join(","))
            .trim_end()
            .to_owned(),
        ready: backed.pods.values().filter(|ready| **ready).count(),
        total: backed.pods.len(),
    };
    scene.items.push(Item {
        key: Key::Service(service.meta.id),
        rect,
        figure: Figure::Service(Rc::new(figure)),
        target: Some(service.meta.id),
        emphasis: Emphasis::Plain,
        origin: None,
    });
}

/// The right edge of the place of each shown pod.
fn ways(scene: &Scene, index: &Index) -> SortedMap<Id, f64> {
    let places = scene.items.iter().filter_map(|item| match &item.figure {
        Figure::Place(place) => Some((place.title.as_str(), item.rect.right())),
        _ => None,
    });
    let mut rights: SortedMap<&str, f64> = SortedMap::new();
    rights.extend(places);
    index
        .on_node
        .iter()
        .filter_map(|(node, pods)| Some((*rights.get(node.as_str())?, pods)))
        .flat_map(|(right, pods)| pods.iter().map(move |pod| (pod.meta.id, right)))
        .collect()
}

fn add_links(scene: &mut Scene, backed: &Backed, ways: &SortedMap<Id, f64>, lane: usize, bus_y: f64) {
    let from = Key::Service(backed.service.meta.id);
    let shift = lane as f64 * LANE;
    for (pod, _) in backed.pods.iter().filter(|(_, ready)| **ready) {
        let Some(right) = ways.get(pod) else { continue };
        let to = Key::Pod(*pod);
        let (gutter_x, bus_y) = (right - 4.5 + shift, bus_y - shift);
        scene.items.push(Item {
            key: Key::Link(backed.service.meta.id, *pod),
            rect: Rect::default(),
            figure: Figure::Link(LinkFigure {
                from,
                to,
                gutter_x,
                bus_y,
            }),
            target: None,
            emphasis: Emphasis::Plain,
            origin: None,
        });
    }
}
